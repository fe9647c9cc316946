/** What fetched rows make of one series. */
import assert from "node:assert/strict";
import { createSeries, type Series } from "../../../../src/session/recovery/series.ts";
import { takeFetched } from "../../../../src/session/recovery/series_backfill.ts";
import { openOutage, takePushed } from "../../../../src/session/recovery/series_push.ts";
import { topicOf } from "../../../support/topics.ts";

const NOW = Date.UTC(2026, 10, 27, 12);
const TRADES = topicOf("trades:X");

function trade(id: number, ts = NOW + id) {
  return { instId: "X", tradeId: String(id), count: "1", ts: String(ts) };
}

function found(id: number, ts?: number) {
  return { number: id, row: trade(id, ts) };
}

/** A series with these ids pushed, each with a time after the one before. */
function seriesWith(...ids: readonly number[]): Series {
  const series = createSeries(TRADES);
  series.topics.set(TRADES.path, TRADES);
  for (const id of ids) takePushed(series, [trade(id)], NOW + id);
  return series;
}

function summary({ passed }: ReturnType<typeof takeFetched>) {
  return passed.map(({ topics, rows, newer }) => ({
    paths: topics.map(({ path }) => path),
    ids: rows.map((row) => Number((row as { tradeId: string }).tradeId)),
    newer,
  }));
}

Deno.test("takeFetched() passes what is missing, oldest first, with how many newer rows there are", () => {
  const series = seriesWith(1, 5, 6);
  const taken = takeFetched(series, [found(4), found(2), found(6)], { maxRow: 100 });
  assert.equal(taken.count, 2);
  assert.deepEqual(summary(taken), [{ paths: [TRADES.path], ids: [2, 4], newer: 2 }]);
  const [gap] = series.gaps;
  assert.deepEqual([gap?.missing, gap?.rows, gap?.left], [[[3, 3]], 2, 0]);
  assert.equal(series.count, 5);
});

Deno.test("takeFetched() takes nothing twice, whether it is fetched again or pushed afterwards", () => {
  const series = seriesWith(1, 4);
  takeFetched(series, [found(2)], { maxRow: 100 });
  assert.deepEqual(takeFetched(series, [found(2)], { maxRow: 100 }), { count: 0, passed: [] });
  assert.deepEqual(takePushed(series, [trade(2)], NOW + 9), []);
  assert.equal(series.count, 3);
});

Deno.test("takeFetched() leaves out what is older than the newest rows that are kept, and counts it", () => {
  const series = seriesWith(1, 6);
  const taken = takeFetched(series, [2, 3, 4, 5].map((id) => found(id)), { maxRow: 3 });
  assert.deepEqual(summary(taken), [{ paths: [TRADES.path], ids: [4, 5], newer: 1 }]);
  const [gap] = series.gaps;
  assert.deepEqual([gap?.rows, gap?.left, gap?.missing], [2, 2, []]);
});

Deno.test("takeFetched() gives each gap its own rows, and counts those of a later gap as newer", () => {
  const series = seriesWith(1, 3, 5);
  const taken = takeFetched(series, [found(2), found(4)], { maxRow: 100 });
  assert.deepEqual(summary(taken), [
    { paths: [TRADES.path], ids: [2], newer: 2 },
    { paths: [TRADES.path], ids: [4], newer: 1 },
  ]);
});

Deno.test("takeFetched() passes nothing of a series that nobody desires any more", () => {
  const series = seriesWith(1, 3);
  series.topics.clear();
  const { count, passed } = takeFetched(series, [found(2)], { maxRow: 100 });
  assert.deepEqual([count, passed], [1, []]);
});

Deno.test("a trade that was within an outage is taken by its time, whatever its id", () => {
  const series = seriesWith(10);
  openOutage(series, NOW + 11, NOW);
  takePushed(series, [trade(11, NOW + 1000)], NOW + 1000);
  assert.deepEqual(series.gaps.map(({ missing }) => missing), [[]], "by ids nothing is missing");
  const others = [found(3, NOW + 500), found(4, NOW + 5000), found(11, NOW + 1000)];
  const shown = { ids: new Map([3, 4, 10, 11].map((id) => [id, NOW])), oldest: NOW, latest: NOW + 5000 };
  const taken = takeFetched(series, [], { others, shown, maxRow: 100 });
  assert.deepEqual(summary(taken).map(({ ids }) => ids), [[3]]);
  assert.equal(series.gaps[0]?.looks, Infinity, "all that was between was shown");
});
