/** How long to wait before the next attempt. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { backoff, doubled } from "../../../../src/shared/async/backoff.ts";

const OPTIONS = { baseMs: 100, capMs: 1000 };

Deno.test("backoff() doubles with each attempt up to its cap", () => {
  const delays = [0, 1, 2, 3, 4, 5].map((attempt) => backoff(attempt, () => 1, OPTIONS));
  assert.deepEqual(delays, [100, 200, 400, 800, 1000, 1000]);
});

Deno.test("backoff() is half fixed and half random", () => {
  assert.equal(backoff(2, () => 0, OPTIONS), 200);
  assert.equal(backoff(2, () => 0.5, OPTIONS), 300);
});

Deno.test("backoff() stays between half its cap and its cap however many attempts there were", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 4, max: 1e9 }),
      fc.double({ min: 0, max: 0.999, noNaN: true }),
      (n, random) => {
        const ms = backoff(n, () => random, OPTIONS);
        assert.ok(ms >= 500 && ms <= 1000, String(ms));
      },
    ),
  );
});

Deno.test("doubled() doubles so often and no further than its cap, and never less than not at all", () => {
  assert.deepEqual([-3, 0, 1, 2.5, 3, 9].map((times) => doubled(100, times, 800)), [
    ...[100, 100, 200, 100 * 2 ** 2.5, 800, 800],
  ]);
  assert.ok(Number.isFinite(doubled(1, 1e9)));
});
