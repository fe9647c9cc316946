/** What `okws export` and `okws replay` say where a recording has nothing of what was asked for. */
import assert from "node:assert/strict";
import { run } from "../../../src/cli/mod.ts";
import { testIo } from "../../support/io.ts";
import { CONNECTION, startRecorder, tempFolder } from "../../support/recording.ts";

const { server } = CONNECTION;
const OUTSIDE = new RegExp(
  `no rows in this time; the recording has rows of ${server} from 20.*Z to 20.*Z$`,
  "m",
);
const LATE = "2199-01-01T00:00Z";
const EARLY = "2001-01-01T00:00Z";

Deno.test("a time or a server without rows is answered with what the recording has", async () => {
  await using folder = await tempFolder();
  const recorder = startRecorder(`${folder.path}/rec`);
  const tap = recorder.recorder.open(CONNECTION);
  tap.onReceived(JSON.stringify({ arg: { channel: "trades", instId: "A-B" }, data: [{ tradeId: "1" }] }));
  await recorder.stop();
  const both: [string[], RegExp][] = [
    [["--from", LATE], OUTSIDE],
    [["--to", EARLY], OUTSIDE],
    [["--from", LATE, "--to", EARLY], /--from \(2199-01-01T.*\) is after --to \(2001-01-01T.*\)$/m],
    [["--server", "nope"], new RegExp(`nothing was recorded of nope; recorded are: ${server}$`, "m")],
    [["--server", "nope", "--from", LATE], /nothing was recorded of nope/],
  ];
  const table: [string[], RegExp][] = [
    ...both.map(([args, said]): [string[], RegExp] => [["replay", ...args, "--port", "0"], said]),
    ...[
      ...both,
      [["trades:A-B", "--from", LATE], OUTSIDE] as const,
      [["trades:A-B", "--to", EARLY], OUTSIDE] as const,
      [["trades:A-B", "--server", "nope"], /nothing was recorded of nope/] as const,
      [["trades:C-D"], /trades:C-D was not recorded; recorded are: trades:A-B/] as const,
    ].map(([args, said]): [string[], RegExp] => [["export", ...args, "--out", `${folder.path}/out`], said]),
  ];
  for (const [[command = "", ...args], said] of table) {
    let notes = "";
    const io = testIo({ note: (line) => notes += `${line}\n`, environment: { OKWS_CONFIG: "" } });
    assert.equal(await run([command, `${folder.path}/rec`, ...args], io), 2, notes);
    assert.match(notes, said);
  }
});
