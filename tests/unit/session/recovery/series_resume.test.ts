/** How a series goes on where an earlier process left it. */
import assert from "node:assert/strict";
import type { OpenGap } from "../../../../src/model/events.ts";
import { createSeries } from "../../../../src/session/recovery/series.ts";
import { takePushed } from "../../../../src/session/recovery/series_push.ts";
import { type ResumePoint, resumeSeries } from "../../../../src/session/recovery/series_resume.ts";
import { topicOf } from "../../../support/topics.ts";

const NOW = Date.UTC(2026, 10, 27, 12);
const OPTIONS = { clock: () => NOW, maxRow: 1000 };

function trade(id: number, ts = NOW + id) {
  return { instId: "X", tradeId: String(id), count: "1", ts: String(ts) };
}

function pointOf(point: Partial<ResumePoint>): ResumePoint {
  return { at: NOW, rows: [], bars: [], gaps: [], ...point };
}

function openGap(ranges: OpenGap["ranges"], to: number | null = NOW - 10): OpenGap {
  return { from: NOW - 20, to, ranges, missing: null, rows: 0 };
}

Deno.test("what comes after a start is missing from the last trade that an earlier process received", () => {
  const series = createSeries(topicOf("trades:X"));
  assert.equal(resumeSeries(series, pointOf({ rows: [trade(3), trade(4)] }), OPTIONS), true);
  assert.deepEqual(series.gaps.map(({ from, to, missing }) => ({ from, to, missing })), [
    { from: NOW, to: undefined, missing: [[5, Infinity]] },
  ]);
  takePushed(series, [trade(8)], NOW + 100);
  assert.deepEqual(series.gaps.map(({ to, missing }) => ({ to, missing })), [
    { to: NOW + 100, missing: [[5, 7]] },
  ]);
  assert.deepEqual(takePushed(series, [trade(4)], NOW + 101), [], "it was received before the start");
});

Deno.test("a series that has begun misses what is between", () => {
  const series = createSeries(topicOf("trades:X"));
  takePushed(series, [trade(9)], NOW + 50);
  assert.equal(resumeSeries(series, pointOf({ rows: [trade(4)] }), OPTIONS), true);
  assert.deepEqual(series.gaps.map(({ from, to, missing }) => ({ from, to, missing })), [
    { from: NOW, to: NOW + 50, missing: [[5, 8]] },
  ]);
});

Deno.test("a series that goes on right behind has missed nothing", () => {
  const series = createSeries(topicOf("trades:X"));
  takePushed(series, [trade(5)], NOW + 50);
  assert.equal(resumeSeries(series, pointOf({ rows: [trade(4)] }), OPTIONS), false);
  assert.deepEqual(series.gaps, []);
});

Deno.test("what nobody desired has missed nothing, whatever comes next", () => {
  const series = createSeries(topicOf("trades:X"));
  assert.equal(resumeSeries(series, pointOf({ at: undefined, rows: [trade(4)] }), OPTIONS), false);
  takePushed(series, [trade(900)], NOW);
  assert.deepEqual(series.gaps, []);
});

Deno.test("a gap that was not settled goes on without what is there by now", () => {
  const series = createSeries(topicOf("trades:X"));
  const rows = [trade(1), trade(3), trade(6)];
  resumeSeries(series, pointOf({ rows, gaps: [openGap([[2, 5]])] }), OPTIONS);
  const [earlier, since] = series.gaps;
  assert.deepEqual(earlier?.missing, [[2, 2], [4, 5]]);
  assert.deepEqual(since?.missing, [[7, Infinity]]);
});

Deno.test("an outage that an earlier process was in is one gap with that of the start", () => {
  const series = createSeries(topicOf("trades:X"));
  resumeSeries(
    series,
    pointOf({ at: NOW - 30, rows: [trade(4)], gaps: [openGap([[5, null]], null)] }),
    OPTIONS,
  );
  assert.deepEqual(series.gaps.map(({ to, missing }) => ({ to, missing })), [
    { to: undefined, missing: [[5, Infinity]] },
  ]);
});

Deno.test("a series without numbers has missed what nobody can name", () => {
  const series = createSeries(topicOf("liquidation-orders:SWAP"));
  assert.equal(resumeSeries(series, pointOf({}), OPTIONS), true);
  assert.deepEqual(series.gaps.map(({ from, missing }) => ({ from, missing })), [
    { from: NOW, missing: undefined },
  ]);
});
