/** Rows that are left out are counted, and make nothing fresh. */
import assert from "node:assert/strict";
import type { SessionEvent } from "../../../../src/model/events.ts";
import { Projector } from "../../../../src/store/layout/projector.ts";
import type { SubRecord } from "../../../../src/store/layout/subscription_record.ts";
import { AT, frameOf, only, rowsOf, stateOf } from "./events.ts";
import { topicOf } from "../../../support/topics.ts";

type Said = Pick<SubRecord, "rows" | "receivedAt" | "exchangeAt">;

/** What `P/subs` says of a path after each push; times are those after AT. */
function start(path: string) {
  const projector = new Projector({ keyPrefix: "okex", server: "test", maxRow: 10 });
  let said: Said = { rows: 0, receivedAt: 0, exchangeAt: 0 };
  projector.project(stateOf(path, "live"));
  const take = (event: SessionEvent): [rows: number, receivedAt: number, exchangeAt: number] => {
    projector.project(event);
    const record = only(projector.flush(true, Infinity), "field").findLast(({ field }) => field === path);
    projector.acknowledge();
    if (record !== undefined) said = JSON.parse(record.value);
    const { rows, receivedAt, exchangeAt } = said;
    return [rows, receivedAt - AT, exchangeAt - AT];
  };
  const push = (rows: readonly unknown[], at: number) => take(rowsOf(path, rows, AT + at));
  return { push, take, projector };
}

const at = (ms: number) => String(AT + ms);
const order = (uTime: number, more = {}) => ({
  ...{ ordId: "1", instId: "A-B", instType: "SPOT", state: "live", cTime: at(0), uTime: at(uTime) },
  ...more,
});
const balance = (ccy: string, uTime: number) => ({
  ccy,
  cashBal: "1",
  eq: "1",
  availBal: "1",
  uTime: at(uTime),
});
const account = (uTime: number, ...details: unknown[]) => ({ uTime: at(uTime), totalEq: "1", details });

/** A row that is taken, with its time, and one that is older; each path has them in its own form. */
const OLDER: readonly (readonly [path: string, rowAt: (ms: number) => unknown])[] = [
  ["tickers:A-B", (ms) => ({ instId: "A-B", last: "1", ts: at(ms) })],
  ["spot/ticker:A-B", (ms) => ({ instId: "A-B", last: "1", ts: at(ms) })],
  ["opt-summary:A-USD", (ms) => ({ instId: "A-USD-1", ts: at(ms) })],
  ["orders:SPOT", order],
  ["spot/order:A-B", order],
  ["positions:SWAP", (ms) => ({ instType: "SWAP", instId: "A-B", posId: "1", pos: "1", uTime: at(ms) })],
  ["account", (ms) => account(ms, balance("USDT", ms))],
  ["spot/account:USDT", (ms) => account(ms, balance("USDT", ms))],
];

for (const [path, rowAt] of OLDER) {
  Deno.test(`an older row of ${path} makes nothing fresh`, () => {
    const { push } = start(path);
    assert.deepEqual(push([rowAt(1000)], 1100), [1, 1100, 1000]);
    assert.deepEqual(push([rowAt(500)], 9000), [2, 1100, 1000]);
    assert.deepEqual(push([rowAt(1000)], 9500), [3, 9500, 1000], "the same again is as new");
  });
}

Deno.test("rows of something else do not count for the path over which they came", () => {
  const { push, take } = start("tickers:A-B");
  push([{ instId: "A-B", last: "1", ts: at(1000) }], 1100);
  const topic = topicOf("tickers:A-B");
  const others = frameOf(topic, [{ instId: "C-D", last: "2", ts: at(9000) }]);
  const frame = { ...others, action: "foreign" } as const;
  assert.deepEqual(take({ kind: "rows", topics: [topic], frame, at: AT + 9100 }), [1, 1100, 1000]);
});

Deno.test("an account's row of other currencies makes none of a path to one currency fresh", () => {
  const { push } = start("spot/account:USDT");
  push([account(1000, balance("USDT", 1000), balance("BTC", 1000))], 1100);
  assert.deepEqual(push([account(9000, balance("BTC", 9000))], 9100), [2, 1100, 1000]);
  assert.deepEqual(push([account(9500, balance("USDT", 9400))], 9600), [3, 9600, 9400]);
});

Deno.test("what a snapshot leaves out is news of it", () => {
  const { push, take } = start("spot/account:USDT");
  push([account(1000, balance("USDT", 1000))], 1100);
  const page = { eventType: "snapshot", curPage: 1, lastPage: true };
  const topic = topicOf("spot/account:USDT");
  const frame = frameOf(topic, [account(5000, balance("BTC", 5000))], page);
  assert.deepEqual(take({ kind: "rows", topics: [topic], frame, at: AT + 5100 }).slice(0, 2), [2, 5100]);
});

Deno.test("orders that are left out are no rows that a series could have lost", () => {
  const { push, projector } = start("spot/order:A-B");
  push([order(1000, { ordId: "" })], 1100);
  assert.deepEqual(projector.losses.series(), []);
});
