/** Rows that went from an index together are fetched in parts, and are one record. */
import assert from "node:assert/strict";
import type { SessionEvent } from "../../../../src/model/events.ts";
import { GapTracker } from "../../../../src/session/recovery/gap_tracker.ts";
import { joinLosses } from "../../../../src/session/recovery/stored_rows.ts";
import type { Gap } from "../../../../src/session/recovery/gap.ts";
import { topicOf } from "../../../support/topics.ts";

const TRADES = topicOf("spot/trade:X");
const NOW = 1_795_000_000_000;

Deno.test("rows that are gone in many places are one record when they are there again", () => {
  const events: SessionEvent[] = [];
  const tracker = new GapTracker({ emit: (event) => events.push(event), onGap: () => {}, clock: () => NOW });
  tracker.want(TRADES);
  tracker.onLive(TRADES);
  const rows = Array.from(
    { length: 100 },
    (_, i) => ({ instId: "X", tradeId: String(i + 1), ts: String(NOW + i) }),
  );
  tracker.onRows(TRADES, { kind: "data", arg: TRADES.arg, rows, action: undefined, text: "" }, NOW);
  // Every fourth of them.
  const gone = rows.flatMap(({ tradeId }, i) => i % 4 === 1 ? [tradeId] : []);
  tracker.onGone(TRADES, gone, NOW - 5000);
  const open = tracker.openGaps(TRADES.upstream)?.gaps ?? [];
  assert.ok(open.length > 1, `${open.length} gaps to be fetched`);
  const found = gone.map((id) => ({
    number: Number(id),
    row: { instId: "X", tradeId: id, ts: String(NOW) },
  }));
  assert.equal(tracker.onFetched(TRADES.upstream, found), gone.length);
  tracker.resolve(TRADES.upstream, () => "filled");
  const records = events.filter((event) => event.kind === "gap");
  assert.deepEqual(records.map(({ from, outcome, rows }) => [from, outcome, rows]), [
    [NOW - 5000, "filled", gone.length],
  ]);
  assert.equal(tracker.openGaps(TRADES.upstream), undefined);
});

Deno.test("joinGone() joins what one look at one path has found, and nothing else", () => {
  const gap: Gap = { from: 1, to: 9, missing: [], rows: 2, left: 0, base: 0, skip: false, path: "a" };
  const joined = joinLosses([
    gap,
    { ...gap, to: 12, rows: 3 },
    { ...gap, path: "b" },
    { ...gap, from: 2 },
    { ...gap, path: undefined },
    { ...gap, path: undefined },
    { ...gap, to: undefined },
  ]);
  assert.deepEqual(joined.map(({ path, from, to, rows }) => [path, from, to, rows]), [
    [undefined, 1, 9, 2],
    [undefined, 1, 9, 2],
    ["a", 1, undefined, 2],
    ["a", 1, 12, 5],
    ["b", 1, 9, 2],
    ["a", 2, 9, 2],
  ]);
});

Deno.test("what had no room is not named where newer rows are gone", () => {
  const emit = () => {};
  const tracker = new GapTracker({ emit, onGap: () => {}, clock: () => NOW, maxRow: 4 });
  tracker.want(TRADES);
  tracker.onLive(TRADES);
  const rows = Array.from(
    { length: 10 },
    (_, i) => ({ instId: "X", tradeId: String(i + 1), ts: String(NOW + i) }),
  );
  tracker.onRows(TRADES, { kind: "data", arg: TRADES.arg, rows, action: undefined, text: "" }, NOW);
  const named = () => tracker.named(TRADES)?.map(({ name, time }) => [name, time - NOW]);
  assert.deepEqual(named(), [["7", 6], ["8", 7], ["9", 8], ["10", 9]]);
  tracker.onGone(TRADES, ["8", "9"], NOW);
  assert.deepEqual(named(), [["7", 6], ["10", 9]]);
});

Deno.test("trades are named in the order of their times, as their index has them", () => {
  const tracker = new GapTracker({ emit: () => {}, onGap: () => {}, clock: () => NOW, maxRow: 2 });
  tracker.want(TRADES);
  tracker.onLive(TRADES);
  const rows = [["1", 5], ["2", 3], ["3", 9]].map(([tradeId, ms]) => ({
    ...{ instId: "X", tradeId, ts: String(NOW + Number(ms)) },
  }));
  tracker.onRows(TRADES, { kind: "data", arg: TRADES.arg, rows, action: undefined, text: "" }, NOW);
  assert.deepEqual(tracker.named(TRADES)?.map(({ name }) => name), ["3"]);
});

Deno.test("what was fetched and found no room is not named, whatever time REST says", () => {
  const tracker = new GapTracker({ emit: () => {}, onGap: () => {}, clock: () => NOW, maxRow: 2 });
  tracker.want(TRADES);
  tracker.onLive(TRADES);
  const row = (id: number, ms: number) => ({ instId: "X", tradeId: String(id), ts: String(NOW + ms) });
  const rows = [row(1, 1), row(4, 4), row(5, 5)];
  tracker.onRows(TRADES, { kind: "data", arg: TRADES.arg, rows, action: undefined, text: "" }, NOW);
  tracker.onFetched(TRADES.upstream, [2, 3].map((number) => ({ number, row: row(number, 9) })));
  assert.deepEqual(tracker.named(TRADES), []);
});
