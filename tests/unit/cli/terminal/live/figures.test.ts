/** Small graphs and rates of a live view. */
import assert from "node:assert/strict";
import { createRate, renderRate } from "../../../../../src/cli/terminal/live/rate.ts";
import { renderSpark } from "../../../../../src/cli/terminal/live/spark.ts";

Deno.test("renderSpark() puts the lowest and the highest of the last values at the ends", () => {
  assert.equal(renderSpark([1, 2, 3], 8), "▁▅█");
  assert.equal(renderSpark([9, 1, 2, 3], 3), "▁▅█");
  assert.equal(renderSpark([5, 5], 8), "▅▅");
  assert.equal(renderSpark([], 8), "");
  assert.equal(renderSpark([NaN, 1, Infinity, 2], 8), "▁█");
});

Deno.test("createRate() counts over the last seconds and forgets the ones before", () => {
  const rate = createRate(0);
  for (let ms = 0; ms < 4000; ms += 100) rate.count(ms);
  assert.equal(rate.perSecond(4000), 10);
  assert.equal(rate.perSecond(6000), 6);
  assert.equal(rate.perSecond(60_000), 0);
  rate.count(60_500);
  assert.equal(rate.perSecond(61_000), 0.2);
});

Deno.test("createRate() counts again when the clock is set back", () => {
  const rate = createRate(3_600_000);
  for (let ms = 0; ms < 6000; ms += 100) rate.count(3_600_000 + ms);
  for (let ms = 0; ms < 4000; ms += 500) rate.count(ms);
  assert.equal(rate.perSecond(4000), 2);
  assert.equal(rate.perSecond(60_000), 0);
});

Deno.test("createRate() says what there is within the first second", () => {
  const rate = createRate(500);
  rate.count(600);
  rate.count(700);
  assert.equal(rate.perSecond(800), 2);
});

Deno.test("renderRate() needs at most five characters", async (t) => {
  const table: [number, string][] = [
    [0, "0"],
    [0.04, "<0.1"],
    [1.25, "1.3"],
    [9.96, "10"],
    [9999, "9999"],
    [12_345, "12.3k"],
    [123_456, "123k"],
    [5_000_000, "1M+"],
  ];
  for (const [value, text] of table) await t.step(text, () => assert.equal(renderRate(value), text));
});
