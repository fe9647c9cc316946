/** Counting values in buckets, and quantiles of what was counted. */
import assert from "node:assert/strict";
import { createHistogram, observe, quantile } from "../../../src/shared/histogram.ts";

Deno.test("observe() puts a value into the bucket whose bound it does not exceed", () => {
  const histogram = createHistogram([1, 2, 5]);
  for (const value of [0, 1, 1.01, 5, 5.01]) observe(histogram, value);
  observe(histogram, 2, 3);
  assert.deepEqual(histogram.counts, [2, 4, 1, 1]);
  assert.equal(histogram.count, 8);
  assert.ok(Math.abs(histogram.sum - 18.02) < 1e-9);
});

Deno.test("quantile() lies inside the bucket that holds it", () => {
  const { bounds } = createHistogram([1, 2, 4]);
  assert.equal(quantile(bounds, [0, 0, 0, 0], 0.5), undefined);
  assert.equal(quantile(bounds, [10, 0, 0, 0], 0.5), 0.5);
  assert.equal(quantile(bounds, [0, 0, 10, 0], 0.5), 3);
  assert.equal(quantile(bounds, [5, 5, 0, 0], 0.99), 1.98);
  assert.equal(quantile(bounds, [0, 0, 0, 10], 0.5), 4);
});
