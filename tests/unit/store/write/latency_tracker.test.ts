/** How long events took to Redis, measured with few marks. */
import assert from "node:assert/strict";
import { createLatencyTracker } from "../../../../src/store/write/latency_tracker.ts";

/** Receipts by a clock that the test moves, in milliseconds. */
function receiptsAt(): {
  clock: { now: number; asked: number };
  receipts: ReturnType<typeof createLatencyTracker>;
} {
  const clock = { now: 0, asked: 0 };
  return { clock, receipts: createLatencyTracker(() => (clock.asked += 1, clock.now)) };
}

Deno.test("events of one millisecond share a mark, and the clock is asked once", () => {
  const { clock, receipts } = receiptsAt();
  for (let i = 1; i <= 100; i++) receipts.note(1000, i);
  clock.now = 1.5;
  receipts.note(1001, 101);
  assert.deepEqual(receipts.take(101), { times: [0, 1.5], counts: [100, 1] });
  assert.equal(clock.asked, 2);
});

Deno.test("a mark stays until the last of its writes is sent", () => {
  const { clock, receipts } = receiptsAt();
  receipts.note(1, 3);
  clock.now = 1;
  receipts.note(2, 6);
  assert.deepEqual(receipts.take(2), { times: [], counts: [] });
  assert.deepEqual(receipts.take(5), { times: [0], counts: [1] });
  assert.deepEqual(receipts.take(6), { times: [1], counts: [1] });
  assert.deepEqual(receipts.take(6), { times: [], counts: [] });
});

Deno.test("an event without writes that wait is taken with the next batch", () => {
  const { receipts } = receiptsAt();
  receipts.note(1, 0);
  assert.deepEqual(receipts.take(0), { times: [0], counts: [1] });
});

Deno.test("an hour of events without Redis is kept in few marks, each event counted", () => {
  const { clock, receipts } = receiptsAt();
  const events = 3_600_000;
  for (let i = 1; i <= events; i++) {
    clock.now = i;
    receipts.note(i, i);
  }
  const { times, counts } = receipts.take(events);
  assert.ok(times.length < 12_000, `${times.length} marks`);
  assert.equal(counts.reduce((sum, each) => sum + each, 0), events);
});
