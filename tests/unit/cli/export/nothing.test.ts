/** What `okws export` says where there is nothing to export. */
import assert from "node:assert/strict";
import { run } from "../../../../src/cli/mod.ts";
import { testIo } from "../../../support/io.ts";
import { CONNECTION, startRecorder, tempFolder } from "../../../support/recording.ts";

Deno.test("a time or a server without rows is answered with what the recording has", async () => {
  await using folder = await tempFolder();
  const recorder = startRecorder(`${folder.path}/rec`);
  const tap = recorder.recorder.open(CONNECTION);
  tap.onReceived(JSON.stringify({ arg: { channel: "trades", instId: "A-B" }, data: [{ tradeId: "1" }] }));
  await recorder.stop();
  const table: [string[], RegExp][] = [
    [["--from", "2199-01-01T00:00Z"], /no rows in this time; the recording has rows from 20.*Z to 20.*Z$/m],
    [["trades:A-B", "--from", "2199-01-01T00:00Z"], /no rows in this time/],
    [["trades:A-B", "--to", "2001-01-01T00:00Z"], /no rows in this time/],
    [
      ["--server", "nope"],
      new RegExp(`nothing was recorded of nope; recorded are: ${CONNECTION.server}$`, "m"),
    ],
    [["trades:A-B", "--server", "nope"], /nothing was recorded of nope/],
    [["trades:C-D"], /trades:C-D was not recorded; recorded are: trades:A-B/],
  ];
  for (const [args, said] of table) {
    let notes = "";
    const io = testIo({ note: (line) => notes += `${line}\n`, environment: { OKWS_CONFIG: "" } });
    const words = ["export", `${folder.path}/rec`, ...args, "--out", `${folder.path}/out`];
    assert.equal(await run(words, io), 2, notes);
    assert.match(notes, said);
  }
});
