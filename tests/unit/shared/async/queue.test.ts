/** The bounded queue between two tasks. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { Queue } from "../../../../src/shared/async/queue.ts";

async function collect<T>(queue: Queue<T>): Promise<T[]> {
  const items: T[] = [];
  for await (const item of queue) items.push(item);
  return items;
}

Deno.test("Queue refuses a capacity below one", () => {
  for (const capacity of [0, -1, Number.NaN]) assert.throws(() => new Queue(capacity), RangeError);
});

Deno.test("Queue gives items in the order in which they were pushed", async () => {
  const queue = new Queue<number>(3);
  for (const item of [1, 2, 3]) assert.equal(queue.push(item), true);
  queue.close();
  assert.deepEqual(await collect(queue), [1, 2, 3]);
});

Deno.test("Queue answers false when it is full and true again when one item was read", async () => {
  const queue = new Queue<number>(1);
  assert.equal(queue.push(1), true);
  assert.equal(queue.push(2), false);
  const reader = queue[Symbol.asyncIterator]();
  assert.deepEqual(await reader.next(), { done: false, value: 1 });
  assert.equal(queue.push(3), true);
  queue.close();
  assert.deepEqual(await reader.next(), { done: false, value: 3 });
  assert.deepEqual(await reader.next(), { done: true, value: undefined });
});

Deno.test("Queue counts what waits, not what was read", async () => {
  const queue = new Queue<string>(9);
  queue.push("a");
  queue.push("b");
  assert.equal(queue.size, 2);
  const reader = queue[Symbol.asyncIterator]();
  await reader.next();
  assert.equal(queue.size, 1);
  await reader.next();
  assert.equal(queue.size, 0);
});

Deno.test("Queue takes nothing once it is closed, and ends an idle reader", async () => {
  const queue = new Queue<number>(9);
  const reading = collect(queue);
  queue.close();
  assert.equal(queue.push(1), false);
  assert.deepEqual(await reading, []);
});

Deno.test("Queue wakes a waiting reader for each item", async () => {
  const queue = new Queue<number>(9);
  const reader = queue[Symbol.asyncIterator]();
  for (const item of [1, 2, 3]) {
    const next = reader.next();
    queue.push(item);
    assert.deepEqual(await next, { done: false, value: item });
  }
  queue.close();
  assert.equal((await reader.next()).done, true);
});

Deno.test("Queue loses and reorders nothing, however pushes and reads are mixed", async () => {
  await fc.assert(fc.asyncProperty(
    fc.array(fc.boolean(), { maxLength: 60 }),
    fc.integer({ min: 1, max: 5 }),
    async (steps, capacity) => {
      const queue = new Queue<number>(capacity);
      const reader = queue[Symbol.asyncIterator]();
      const taken: number[] = [];
      const read: number[] = [];
      for (const [i, isPush] of steps.entries()) {
        if (isPush) {
          const hadRoom = queue.size < capacity;
          assert.equal(queue.push(i), hadRoom);
          if (hadRoom) taken.push(i);
        } else if (queue.size > 0) read.push((await reader.next()).value as number);
        assert.equal(queue.size, taken.length - read.length);
      }
      queue.close();
      for (let next = await reader.next(); !next.done; next = await reader.next()) read.push(next.value);
      assert.deepEqual(read, taken);
    },
  ));
});
