/** Points of the graphs: whatever times and values samples have, times only grow and the newest samples are all there. */
import assert from "node:assert/strict";
import fc from "fast-check";
import type { Sample } from "../../../src/http/history.ts";
import { pointsOf } from "../../../web/points.ts";

function sampleOf(at: number, p50: number | null): Sample {
  const rates = { messages: 0, rows: 0, writes: 0, batches: 0, dropped: 0 };
  return { at, ...rates, p50, p99: null, queued: 0, cpu: null, residentBytes: null };
}

Deno.test("pointsOf() keeps two samples of one second, and the place of one without a value", () => {
  const samples = [sampleOf(1_005, 1), sampleOf(2_010, null), sampleOf(2_990, 3)];
  assert.deepEqual(pointsOf(samples, "p50"), [{ time: 1.005, value: 1 }, { time: 2.01 }, {
    time: 2.99,
    value: 3,
  }]);
});

Deno.test("pointsOf() leaves out what a clock that was set back has made later than the newest", () => {
  const samples = [1, 2, 9, 10, 3, 3, 4].map((at, i) => sampleOf(at * 1000, i));
  assert.deepEqual(pointsOf(samples, "p50"), [
    ...[{ time: 1, value: 0 }, { time: 2, value: 1 }, { time: 3, value: 5 }, { time: 4, value: 6 }],
  ]);
});

Deno.test("pointsOf() gives times that only grow, and ends with the newest sample", () => {
  const sample = fc.tuple(fc.integer({ min: 0, max: 20_000 }), fc.option(fc.double({ noNaN: true }))).map(
    ([at, p50]) => sampleOf(at, p50),
  );
  fc.assert(fc.property(fc.array(sample, { maxLength: 40 }), (samples) => {
    const points = pointsOf(samples, "p50");
    for (const [i, { time }] of points.entries()) assert.ok(i === 0 || time > (points[i - 1]?.time ?? 0));
    const newest = samples.at(-1);
    if (newest === undefined) return assert.deepEqual(points, []);
    const value = newest.p50 === null ? {} : { value: newest.p50 };
    assert.deepEqual(points.at(-1), { time: newest.at / 1000, ...value });
    // Nothing is lost that comes in order.
    const isInOrder = samples.every(({ at }, i) => i === 0 || at > (samples[i - 1] as Sample).at);
    if (isInOrder) assert.equal(points.length, samples.length);
  }));
});
