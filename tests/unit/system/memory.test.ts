/** When memory is given back, and when not. */
import assert from "node:assert/strict";
import { createStats } from "../../../src/model/stats.ts";
import { createTidying, signsOf } from "../../../src/system/memory.ts";

/** Looks once a second; answers the seconds at which it was collected. */
function collections(
  troubles: (second: number) => number,
  seconds: number,
  { ms = 20, lasting = () => false }: { ms?: number; lasting?: (second: number) => boolean } = {},
): number[] {
  const at: number[] = [];
  let second = 0;
  const look = createTidying(() => {
    at.push(second);
    return ms;
  });
  for (; second <= seconds; second++) {
    look({ troubles: troubles(second), lasting: lasting(second) }, second * 1000);
  }
  return at;
}

Deno.test("memory is given back once after the start, and not again while nothing happens", () => {
  assert.deepEqual(collections(() => 0, 7200), [10]);
});

Deno.test("memory is given back when trouble has been over for ten seconds", () => {
  assert.deepEqual(collections((second) => second < 100 ? 0 : Math.min(second, 130), 300), [10, 140]);
});

Deno.test("while trouble goes on nothing is collected, and between two collections half a minute passes", () => {
  assert.deepEqual(collections((second) => second, 300), []);
  assert.deepEqual(collections((second) => Math.floor(second / 15), 100), [10, 40, 70, 100]);
});

Deno.test("after a collection that took long the next one waits for an hour", () => {
  assert.deepEqual(collections((second) => Math.floor(second / 1000), 8000, { ms: 400 }), [10, 3610, 7210]);
});

Deno.test("while much waits for Redis nothing is collected, and afterwards it is", () => {
  assert.deepEqual(collections(() => 0, 300, { lasting: (second) => second > 50 && second < 90 }), [10, 99]);
});

Deno.test("what makes much move at once is trouble, a backlog is while it lasts, and rows are none", () => {
  const stats = createStats(0);
  const before = signsOf(stats);
  stats.rows += 5;
  stats.messages += 5;
  stats.queuedBytes = 100_000;
  assert.deepEqual(signsOf(stats), before);
  stats.queuedBytes = 10_000_000;
  assert.deepEqual(signsOf(stats), { ...before, lasting: true });
  const counts = [
    ...(["dials", "disconnects", "gaps", "handovers"] as const),
    ...(["renewals", "retries", "dropped", "unreadable"] as const),
  ];
  for (const name of counts) {
    const { troubles } = signsOf(stats);
    stats[name] += 1;
    assert.equal(signsOf(stats).troubles, troubles + 1, name);
  }
});
