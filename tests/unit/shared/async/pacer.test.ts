/** Booking requests ahead, so that no window has too many. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { createPacer } from "../../../../src/shared/async/pacer.ts";

Deno.test("createPacer() grants the first `count` at once and books the next for a window later", () => {
  const pacer = createPacer(3, 1000);
  assert.deepEqual([0, 10, 20, 30].map((now) => pacer.take(now)), [0, 0, 0, 970]);
});

Deno.test("createPacer() grants at once again when the window has passed", () => {
  const pacer = createPacer(1, 1000);
  assert.equal(pacer.take(0), 0);
  assert.equal(pacer.take(1000), 0);
  assert.equal(pacer.take(1500), 500);
});

Deno.test("createPacer() never books more than `count` within any window, and never out of order", () => {
  const gaps = fc.array(fc.integer({ min: 0, max: 700 }), { maxLength: 40 });
  fc.assert(fc.property(gaps, fc.integer({ min: 1, max: 4 }), (steps, count) => {
    const pacer = createPacer(count, 1000);
    const granted: number[] = [];
    let now = 0;
    for (const step of steps) {
      now += step;
      const wait = pacer.take(now);
      assert.ok(wait >= 0);
      granted.push(now + wait);
    }
    for (const [i, at] of granted.entries()) {
      assert.ok(at >= (granted[i - 1] ?? 0));
      if (i >= count) assert.ok(at - (granted[i - count] as number) >= 1000);
    }
  }));
});
