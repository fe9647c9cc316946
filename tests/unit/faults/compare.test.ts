/** How `deno task faults` counts what is lost or doubled, and what a record of a gap excuses. */
import assert from "node:assert/strict";
import { type Gap, isRecorded } from "../../../scripts/faults/compare/gaps.ts";
import { isEmptied } from "../../../scripts/faults/compare/state.ts";
import { countTrades, type Landed } from "../../../scripts/faults/compare/trades.ts";
import type { Exchange, Tape } from "../../../scripts/faults/exchange.ts";
import type { Watched } from "../../../scripts/faults/watched.ts";

const PATH = "trades:BTC-USDT";
const WATCHED: Watched = { trades: [PATH], books: [], latest: [], candles: [], legacy: [] };

Deno.test("countTrades() finds every id once, missing or twice, fills of one row included", async () => {
  const tape: Tape = { from: 1, last: 6, trades: [[3, 3, 1000], [4, 1, 2000], [6, 2, 9000]] };
  const landed = landedOf([1, 1], [2, 1], [3, 2], [4, 1]);
  const count = await countTrades(exchangeWith(tape), WATCHED, { parts: [landed], gaps: [], since: 0 });
  assert.deepEqual({ ...count, faults: count.faults.length }, {
    sent: 6,
    landed: 4,
    lost: 2,
    recorded: 0,
    twice: 1,
    faults: 2,
  });
});

Deno.test("countTrades() excuses what a record owns up to, and takes what an earlier Redis had", async () => {
  const tape: Tape = { from: 1, last: 3, trades: [[1, 1, 1000], [2, 1, 5000], [3, 1, 9000]] };
  const parts = [landedOf([1, 1]), landedOf([3, 1])];
  const gaps = [gap({ from: 4000, to: 6000 })];
  const count = await countTrades(exchangeWith(tape), WATCHED, { parts, gaps, since: 0 });
  assert.deepEqual([count.lost, count.recorded, count.faults], [1, 1, []]);
});

Deno.test("countTrades() leaves out what the exchange did before the service was ready", async () => {
  const tape: Tape = { from: 1, last: 3, trades: [[1, 1, 1000], [2, 1, 5000], [3, 1, 9000]] };
  const count = await countTrades(exchangeWith(tape), WATCHED, {
    parts: [landedOf([3, 1])],
    gaps: [],
    since: 5000,
  });
  assert.deepEqual([count.sent, count.lost, count.landed], [2, 1, 1]);
});

Deno.test("countTrades() takes no id for doubled that an earlier Redis and its successor each have once", async () => {
  const tape: Tape = { from: 1, last: 2, trades: [[1, 1, 1000], [2, 1, 5000]] };
  const once = { parts: [landedOf([1, 1]), landedOf([1, 1], [2, 1])], gaps: [], since: 0 };
  assert.equal((await countTrades(exchangeWith(tape), WATCHED, once)).twice, 0);
  const doubled = { ...once, parts: [landedOf([1, 1]), landedOf([1, 2], [2, 1])] };
  assert.equal((await countTrades(exchangeWith(tape), WATCHED, doubled)).twice, 1);
});

Deno.test("isRecorded() asks for the path, the time and an outcome that admits a loss", () => {
  assert.ok(isRecorded([gap({})], PATH, 5000));
  assert.ok(isRecorded([gap({ outcome: "partly" })], PATH, 6400), "in flight when the connection broke");
  assert.ok(!isRecorded([gap({ outcome: "filled" })], PATH, 5000));
  assert.ok(!isRecorded([gap({ path: "trades:ETH-USDT" })], PATH, 5000));
  assert.ok(!isRecorded([gap({})], PATH, 7000));
});

function gap(changes: Partial<Gap>): Gap {
  return { path: PATH, from: 4000, to: 6000, outcome: "not", rows: 0, ...changes };
}

function landedOf(...ids: [number, number][]): Landed {
  return new Map([[PATH, new Map(ids)]]);
}

function exchangeWith(tape: Tape): Exchange {
  return { trades: () => Promise.resolve(tape) } as unknown as Exchange;
}

Deno.test("a currency is emptied where neither cash nor equity is left, and a row without them is none", () => {
  assert.ok(isEmptied({ ccy: "XRP", cashBal: "0", eq: "0" }));
  for (const row of [{}, { ccy: "XRP" }, { ccy: "XRP", cashBal: "0", eq: "-1" }, { posId: "1", eq: "0" }]) {
    assert.ok(!isEmptied(row), JSON.stringify(row));
  }
});
