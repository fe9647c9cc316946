/** Rows on their way to a page: what comes at once is one message, and a whole history fits into it. */
import assert from "node:assert/strict";
import { type RowsPort, type ShownRow, streamRows } from "../../../src/http/rows.ts";
import { createStreams, type EventStream } from "../../../src/http/streams.ts";
import { waitFor } from "../../support/wait.ts";

type Kind = ReturnType<RowsPort["describe"]>;
type Sent = { readonly name: string; readonly rows: readonly ShownRow[]; readonly keys?: readonly string[] };

const ORDERS: Pick<Kind, "kind" | "table"> = { kind: "rows", table: "orders" };
const nameOf = (row: ShownRow) => String(row.id);

/** Reads a path whose second read is at once; `live` comes between both reads. */
async function readTwice(
  { kind, table }: Pick<Kind, "kind" | "table">,
  { first, second, live = [], keyOf }: {
    readonly first: readonly ShownRow[];
    readonly second: readonly ShownRow[];
    readonly live?: readonly ShownRow[];
    readonly keyOf?: (row: ShownRow) => string;
  },
): Promise<Sent[]> {
  const sent: Sent[] = [];
  const closing: (() => void)[] = [];
  const stream = {
    send: (name: string, data: string) => void sent.push({ name, ...JSON.parse(data) }),
    onClose: (act: () => void) => void closing.push(act),
    close: () => {},
  } as unknown as EventStream;
  let pass: (row: ShownRow) => void = () => {};
  let reads = 0;
  let isOver = false;
  const port: RowsPort = {
    describe: () => ({ kind, table, login: false, command: "" }),
    keyOf: () => keyOf,
    read() {
      reads += 1;
      if (reads === 1) return Promise.resolve(first);
      for (const row of live) pass(row);
      // What is done with this answer is done before.
      void Promise.resolve().then(() => setTimeout(() => isOver = true));
      return Promise.resolve(second);
    },
    listenAll: () => () => {},
    listen: (_server, _path, onRow) => {
      pass = onRow;
      return () => {};
    },
  };
  await streamRows(stream, port, { server: "test", path: "p", secondReadMs: 0 });
  await waitFor("the second read", () => isOver);
  // What came beside it follows.
  if (live.length > 0) await waitFor("the rest", () => sent.length > 1);
  for (const close of closing) close();
  return sent;
}

Deno.test("a row that was on its way to Redis when a page began to listen comes with the second read", async (t) => {
  const row = (id: string, at: string) => ({ id, at });
  await t.step("a row of a table", async () => {
    const sent = await readTwice(ORDERS, { first: [], second: [row("1", "a")], keyOf: nameOf });
    assert.deepEqual(sent.map(({ name, rows, keys }) => [name, rows, keys]), [
      ["snapshot", [], []],
      ["snapshot", [row("1", "a")], ["1"]],
    ]);
  });
  await t.step("the end of one", async () => {
    const sent = await readTwice(ORDERS, { first: [row("1", "a")], second: [], keyOf: nameOf });
    assert.deepEqual(sent.map(({ rows }) => rows), [[row("1", "a")], []]);
  });
  await t.step("never instead of one that came since", async () => {
    const options = { first: [row("1", "a")], second: [row("1", "b"), row("2", "b")], keyOf: nameOf };
    const sent = await readTwice(ORDERS, { ...options, live: [row("1", "c")] });
    assert.deepEqual(sent.map(({ rows }) => rows), [[row("1", "a")], [row("1", "c"), row("2", "b")]]);
  });
  await t.step("a ticker, a book, a bar and a trade", async () => {
    for (
      const [kind, table, keyOf] of [
        ["row", "quotes", () => "p"],
        ["book", "books", () => "p"],
        ["candle", "candles", undefined],
        ["trades", "tape", undefined],
      ] as const
    ) {
      const sent = await readTwice({ kind, table }, {
        first: [],
        second: [{ ts: "1", px: "2" }],
        ...(keyOf === undefined ? {} : { keyOf }),
      });
      assert.deepEqual(sent.map(({ name, rows }) => [name, rows.length]), [["snapshot", 0], ["snapshot", 1]]);
    }
  });
});

Deno.test("a trade that was pushed is the one that is read, though Redis has texts alone", async () => {
  const read = { tradeId: "7", px: "2", seqId: "12", parts: '["a"]' };
  const sent = await readTwice({ kind: "trades", table: "tape" }, {
    first: [],
    live: [{ seqId: 12, tradeId: "7", parts: ["a"], px: "2" }],
    second: [{ tradeId: "6", px: "1", seqId: "11", parts: "[]" }, read],
  });
  assert.deepEqual(sent.map(({ rows }) => rows.map(({ tradeId }) => tradeId)), [[], ["6", "7"]]);
});

Deno.test("a second read that shows nothing else sends nothing", async () => {
  const rows = [{ id: "1", at: "a" }, { id: "2", at: "a" }];
  const same = await readTwice(ORDERS, { first: rows, second: rows.toReversed(), keyOf: nameOf });
  assert.deepEqual(same.map(({ name }) => name), ["snapshot"]);
  const live = [{ id: "2", at: "b" }];
  const known = await readTwice(ORDERS, {
    first: rows,
    second: [rows[0] as ShownRow, ...live],
    live,
    keyOf: nameOf,
  });
  assert.deepEqual(known.map(({ name, rows }) => [name, rows.length]), [["snapshot", 2], ["rows", 1]]);
});

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

Deno.test("a reader that is cut off by its first answer leaves no timer behind", async () => {
  using streams = createStreams({ maxStreams: 1, maxBytes: 200, heartbeatMs: 60_000 });
  const stream = streams.open();
  assert.ok(stream !== undefined);
  const port: RowsPort = {
    describe: () => ({ kind: "row", table: "rows", login: false, command: "" }),
    keyOf: () => undefined,
    read: () => Promise.resolve([{ text: "x".repeat(400) }]),
    listenAll: () => () => {},
    listen: () => () => {},
  };
  await streamRows(stream, port, { server: "test", path: "p" });
  assert.equal(streams.size, 0);
  await assert.rejects(stream.response.text(), /keep up/);
});
