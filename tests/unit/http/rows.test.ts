/** Rows on their way to a page: what comes at once is one message, and a whole history fits into it. */
import assert from "node:assert/strict";
import { type RowsPort, type ShownRow, streamRows } from "../../../src/http/rows.ts";
import type { EventStream } from "../../../src/http/streams.ts";
import { waitFor } from "../../support/wait.ts";

Deno.test("the bars of a history come to an open page in one message, each once", async () => {
  const sent: { readonly name: string; readonly data: { readonly rows: readonly ShownRow[] } }[] = [];
  const closing: (() => void)[] = [];
  const stream = {
    send: (name: string, data: string) => void sent.push({ name, data: JSON.parse(data) }),
    onClose: (act: () => void) => void closing.push(act),
    close: () => {},
  } as unknown as EventStream;
  let pass: (row: ShownRow) => void = () => {};
  const port: RowsPort = {
    describe: () => ({ kind: "candle", table: "candles", login: false, command: "" }),
    keyOf: () => undefined,
    read: () => Promise.resolve([]),
    listenAll: () => () => {},
    listen: (_server, _path, onRow) => {
      pass = onRow;
      return () => {};
    },
  };
  await streamRows(stream, port, { server: "test", path: "candle1m:A" });
  for (let i = 0; i < 300; i++) pass({ ts: String(i), close: "1" });
  pass({ ts: "299", close: "2" });
  await waitFor("the rows", () => sent.some(({ name }) => name === "rows"));
  assert.deepEqual(sent.map(({ name, data }) => [name, data.rows.length]), [["snapshot", 0], ["rows", 300]]);
  assert.equal(sent[1]?.data.rows.at(-1)?.close, "2");
  for (const close of closing) close();
});
