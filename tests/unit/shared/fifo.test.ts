/** The list that queues are made of, against an array. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { Fifo } from "../../../src/shared/fifo.ts";

Deno.test("a Fifo gives back what was added, in that order, through any mix of adding and taking", () => {
  // Whole runs, so that what was taken is cut off now and then.
  const step = fc.record({ push: fc.nat(3000), shift: fc.nat(3000) });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 8 }), (steps) => {
      const fifo = new Fifo<number>();
      const expected: number[] = [];
      let next = 0;
      for (const { push, shift } of steps) {
        for (let i = 0; i < push; i++) {
          fifo.push(next);
          expected.push(next++);
        }
        const taken = expected.splice(0, shift);
        for (const item of taken) assert.equal(fifo.shift(), item);
        if (taken.length < shift) assert.equal(fifo.shift(), undefined);
        assert.equal(fifo.length, expected.length);
        assert.equal(fifo.first, expected[0]);
      }
      assert.deepEqual(fifo.toArray(), expected);
    }),
    { numRuns: 30 },
  );
});

Deno.test("a Fifo takes what is undefined for an item", () => {
  const fifo = new Fifo<undefined>();
  fifo.push(undefined);
  assert.equal(fifo.length, 1);
  fifo.shift();
  assert.equal(fifo.length, 0);
});
