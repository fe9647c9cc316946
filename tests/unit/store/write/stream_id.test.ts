/** Ids of entries are compared as two numbers of 64 bits. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { compareStreamIds, millisecondsOf } from "../../../../src/store/write/stream_id.ts";

const LARGEST = 18446744073709551615n;

Deno.test("compareStreamIds() compares both numbers of an id, however great", () => {
  assert.ok(compareStreamIds("9-0", "10-0") < 0);
  assert.ok(compareStreamIds("10-10", "10-9") > 0);
  assert.ok(compareStreamIds("10-0", "9-5") > 0);
  assert.equal(compareStreamIds("10-0", "10-0"), 0);
  assert.ok(compareStreamIds(`${LARGEST}-${LARGEST}`, `${LARGEST}-${LARGEST - 1n}`) > 0);
});

Deno.test("compareStreamIds() takes no id, and no number, for zero", () => {
  assert.ok(compareStreamIds(undefined, "0-1") < 0);
  assert.equal(compareStreamIds(undefined, "0-0"), 0);
  assert.equal(compareStreamIds("x-01", "0-1"), 0);
});

Deno.test("compareStreamIds() orders as Redis does", () => {
  const part = fc.bigInt({ min: 0n, max: LARGEST });
  fc.assert(fc.property(part, part, part, part, (a, b, c, d) => {
    const expected = a < c ? -1 : a > c ? 1 : b < d ? -1 : b > d ? 1 : 0;
    assert.equal(Math.sign(compareStreamIds(`${a}-${b}`, `${c}-${d}`)), expected);
  }));
});

Deno.test("millisecondsOf() returns the first number of an id, and 0 of one that Redis is to choose", () => {
  assert.deepEqual(["1795889400412-3", "7", "0-0", "*", ""].map(millisecondsOf), [1795889400412, 7, 0, 0, 0]);
});
