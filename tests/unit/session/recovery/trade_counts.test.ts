/** How many trades a row of `trades` stands for. */
import assert from "node:assert/strict";
import { TradeSeries } from "../../../../src/session/recovery/trade_series.ts";

function trade(id: number, count: unknown = 1) {
  return { instId: "X", tradeId: String(id), count: String(count), ts: String(1_786_540_440_000 + id) };
}

Deno.test("a row reaches back to the last trade received before it, whatever its count says", () => {
  const series = new TradeSeries();
  const spanOf = (id: number, count: unknown) => {
    const step = series.onRow(trade(id, count), () => false);
    return step.kind === "new" ? [step.span, step.missing] : step.kind;
  };
  series.onRow(trade(2), () => false);
  assert.deepEqual(spanOf(5, 3), [[3, 5], []]);
  assert.deepEqual(spanOf(9, 3), [[7, 9], [[6, 6]]]);
  assert.deepEqual(spanOf(20, 1000), [[10, 20], []]);
  assert.deepEqual(series.received, [[2, 5], [7, 20]]);
  assert.deepEqual([spanOf(21, -5), spanOf(22, "x"), spanOf(23, 1e300)], [
    ...[[[21, 21], []], [[22, 22], []], [[23, 23], []]],
  ]);
  // One that comes late fills what is missing before it and nothing else.
  assert.deepEqual(spanOf(6, 1000), [[6, 6], []]);
  assert.deepEqual(series.received, [[2, 23]]);
});

Deno.test("rows of an earlier process reach back no further either, in whatever order they are read", () => {
  const series = new TradeSeries();
  assert.equal(series.resumeFrom([trade(20, 1000), trade(2), trade(9, 3), trade(5, 3)]), 21);
  assert.deepEqual(series.received, [[2, 5], [7, 20]]);
});
