/** What was read and published both is given once. */
import assert from "node:assert/strict";
import { createOverlap } from "../../../src/client/overlap.ts";

type Row = Record<string, unknown>;

/** Which of the published rows are new after these were read. */
function newOf(path: string, cached: Row[], published: Row[]): Row[] {
  const overlap = createOverlap(path, cached);
  return published.filter((row) => overlap.isNew(row));
}

function trade(id: number): Row {
  return { instId: "A-B", tradeId: String(id), px: "1", count: "1", ts: String(id) };
}

Deno.test("events that were read already are not new, whatever was published before them", () => {
  const cached = [1, 2, 3, 4].map(trade);
  assert.deepEqual(newOf("trades:A-B", cached, [3, 4, 5, 6].map(trade)), [5, 6].map(trade));
  assert.deepEqual(newOf("trades:A-B", cached, [5, 6].map(trade)), [5, 6].map(trade));
  assert.deepEqual(newOf("trades:A-B", [], [1].map(trade)), [1].map(trade));
});

Deno.test("an event that was trimmed before it was read is new, and those after it are still known", () => {
  assert.deepEqual(newOf("trades:A-B", [3, 4].map(trade), [2, 3, 4, 5].map(trade)), [2, 5].map(trade));
});

Deno.test("equal events count as often as they happened", () => {
  const same = { instType: "SWAP", details: [] };
  const cached = [same, same].map((row) => ({ ...row, details: "[]" }));
  assert.equal(newOf("liquidation-orders:SWAP", cached, [same, same, same]).length, 1);
});

Deno.test("a published row has numbers and lists where the cache has texts, in another order", () => {
  const cached = [{ tradeId: "1", seqId: "7", parts: "[1,2]", none: "" }];
  assert.deepEqual(newOf("trades:A-B", cached, [{ none: null, parts: [1, 2], seqId: 7, tradeId: "1" }]), []);
});

Deno.test("of rows that replace each other, those up to the one that was read are not new", () => {
  const ticker = (last: string, ts: number) => ({ instId: "A-B", last, ts: String(ts) });
  const rows = [ticker("1", 10), ticker("2", 20), ticker("3", 30), ticker("3", 30)];
  assert.deepEqual(newOf("tickers:A-B", [ticker("2", 20)], rows), rows.slice(2));
  assert.deepEqual(newOf("tickers:A-B", [ticker("2", 20)], [ticker("9", 10), ticker("4", 40)]), [
    ticker("4", 40),
  ]);
});

Deno.test("a bar is older when its range or volume is smaller, and other bars are judged by themselves", () => {
  const bar = (ts: number, high: string, vol?: string) => ({
    ...{ ts: String(ts), open: "1", high, low: "1", close: "1" },
    ...(vol === undefined ? {} : { vol }),
  });
  assert.deepEqual(
    newOf("candle1m:A-B", [bar(60, "5", "10")], [bar(60, "5", "9"), bar(60, "5", "10"), bar(120, "1", "1")]),
    [bar(120, "1", "1")],
  );
  assert.deepEqual(newOf("index-candle1m:A-B", [bar(60, "5")], [bar(60, "4"), bar(60, "6")]), [bar(60, "6")]);
});

Deno.test("legacy rows are reported from older ones by their ISO time", () => {
  const row = (last: string, second: string) => ({
    instrument_id: "A-B",
    last,
    timestamp: `2026-11-22T00:00:${second}.000Z`,
  });
  const rows = [row("1", "01"), row("3", "03")];
  assert.deepEqual(newOf("spot/ticker:A-B", [row("2", "02")], rows), rows.slice(1));
});

Deno.test("the state that the cache adds to a book does not make its push new", () => {
  const book = { bids: [["1", "2"]], asks: [], ts: "5" };
  const cached = { bids: '[["1","2"]]', asks: "[]", ts: "5", state: "live" };
  assert.deepEqual(newOf("bbo-tbt:A-B", [cached], [book]), []);
});
