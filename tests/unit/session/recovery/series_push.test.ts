/** What pushes and outages make of one series. */
import assert from "node:assert/strict";
import { createSeries, type Series } from "../../../../src/session/recovery/series.ts";
import { dropLate, openOutage, takePushed } from "../../../../src/session/recovery/series_push.ts";
import { topicOf } from "../../../support/topics.ts";

const NOW = Date.UTC(2026, 10, 27, 12);
const MINUTE = 60_000;

function trade(id: number, ts = NOW + id) {
  return { instId: "X", tradeId: String(id), count: "1", ts: String(ts) };
}

function bar(minute: number, confirm: "0" | "1") {
  return [String(NOW + minute * MINUTE), "1", "2", "1", "2", "5", "6", "7", confirm];
}

function missingOf({ gaps }: Series) {
  return gaps.map(({ missing }) => missing);
}

Deno.test("takePushed() passes the very list where all is new, and leaves out what came before", () => {
  const series = createSeries(topicOf("trades:X"));
  const rows = [trade(7), trade(8)];
  assert.equal(takePushed(series, rows, NOW), rows);
  assert.deepEqual(takePushed(series, [trade(8), trade(9)], NOW), [trade(9)]);
  assert.deepEqual([series.count, series.lastAt, series.gaps], [3, NOW, []]);
});

Deno.test("takePushed() opens a gap of the ids that a push skips, since the last that came before", () => {
  const series = createSeries(topicOf("trades:X"));
  takePushed(series, [trade(1)], NOW);
  const { gaps } = series;
  takePushed(series, [trade(5)], NOW + 10);
  assert.notEqual(series.gaps, gaps, "the list is another one where it changed");
  const [{ from, to, skip, missing } = {}] = series.gaps;
  assert.deepEqual({ from, to, skip, missing }, { from: NOW, to: NOW + 10, skip: true, missing: [[2, 4]] });
});

Deno.test("what was only late makes its gap smaller until dropLate() removes it", () => {
  const series = createSeries(topicOf("trades:X"));
  takePushed(series, [trade(1), trade(4)], NOW);
  takePushed(series, [trade(3)], NOW);
  dropLate(series);
  assert.deepEqual(missingOf(series), [[[2, 2]]]);
  takePushed(series, [trade(2)], NOW);
  assert.deepEqual(missingOf(series), [[]]);
  dropLate(series);
  assert.deepEqual(series.gaps, []);
});

Deno.test("openOutage() opens one gap, which has an end when something comes", () => {
  const series = createSeries(topicOf("trades:X"));
  takePushed(series, [trade(1)], NOW);
  assert.equal(openOutage(series, NOW + 5, NOW), true);
  assert.equal(openOutage(series, NOW + 6, NOW), false, "it is open already");
  assert.deepEqual(missingOf(series), [[[2, Infinity]]]);
  takePushed(series, [trade(4)], NOW + 50);
  const [{ from, to, since, until, next, missing } = {}] = series.gaps;
  assert.deepEqual([from, to, missing], [NOW + 5, NOW + 50, [[2, 3]]]);
  assert.deepEqual([since, until, next], [NOW + 1, NOW + 4, 4], "between which trades it was");
});

Deno.test("an outage of bars misses those whose time is over, from the one that was not final", () => {
  const series = createSeries(topicOf("candle1m:X"));
  takePushed(series, [bar(0, "1"), bar(1, "0")], NOW);
  openOutage(series, NOW, NOW + MINUTE);
  takePushed(series, [bar(4, "0")], NOW + 1);
  const numbers = (series.gaps[0]?.missing ?? []).map(([first, last]) => last - first + 1);
  assert.deepEqual(numbers, [3], "of minutes 1, 2 and 3");
  takePushed(series, [bar(4, "1")], NOW + 2);
  assert.equal(series.gaps.length, 1, "the next bar follows");
});

Deno.test("ids that begin at another place are a gap of which nobody knows how much is missing", () => {
  const series = createSeries(topicOf("trades:X"));
  takePushed(series, [trade(500, NOW)], NOW);
  takePushed(series, [trade(3, NOW + 1000)], NOW + 1000);
  const [{ missing, skip } = { missing: [] }] = series.gaps;
  assert.deepEqual([missing, skip], [undefined, false]);
  assert.deepEqual(takePushed(series, [trade(4, NOW + 1001)], NOW + 1001).length, 1);
  assert.equal(series.gaps.length, 1);
});

Deno.test("events without numbers are left out where they say what came before, and have no gap by number", () => {
  const series = createSeries(topicOf("liquidation-orders:SWAP"));
  const event = (px: string) => ({ instId: "X", details: [{ bkPx: px, ts: String(NOW) }] });
  assert.equal(series.numbers, undefined);
  assert.equal(takePushed(series, [event("1"), event("2")], NOW).length, 2);
  openOutage(series, NOW, NOW);
  assert.deepEqual(missingOf(series), [undefined]);
});
