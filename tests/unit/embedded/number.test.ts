/** Integers and scores of the embedded store, exact and spelled as Redis does. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { addInt64, formatScore, parseBound, parseInt64, parseScore } from "../../../src/embedded/number.ts";

Deno.test("parseInt64 takes the one canonical spelling of a 64-bit integer", () => {
  assert.equal(parseInt64("0"), 0);
  assert.equal(parseInt64("-12"), -12);
  assert.equal(parseInt64("9223372036854775807"), 9223372036854775807n);
  assert.equal(parseInt64("-9223372036854775808"), -9223372036854775808n);
  for (const text of ["", "-", "-0", "+1", "01", " 1", "1 ", "1.0", "9223372036854775808", "1e3", "\xff"]) {
    assert.equal(parseInt64(text), undefined, text);
  }
});

Deno.test("parseInt64 reads back every 64-bit integer", () => {
  fc.assert(
    fc.property(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), (value) => {
      assert.equal(BigInt(parseInt64(String(value)) ?? NaN), value);
    }),
    { seed: 2 },
  );
});

Deno.test("addInt64 is exact beyond 2^53 and stops at the 64-bit range", () => {
  assert.equal(addInt64(2 ** 53 - 1, 2), 9007199254740993n);
  assert.equal(addInt64(9223372036854775806n, 1), 9223372036854775807n);
  assert.equal(addInt64(9223372036854775807n, 1), undefined);
  assert.equal(addInt64(9007199254740993n, -9007199254740993n), 0);
});

Deno.test("formatScore writes what C writes with %.17g", () => {
  const rows: [number, string][] = [
    [1, "1"],
    [-0, "-0"],
    [0.1, "0.10000000000000001"],
    [1.5, "1.5"],
    [3e-5, "3.0000000000000001e-05"],
    [0.0001, "0.0001"],
    [1e17, "1e+17"],
    [2 ** 56, "72057594037927936"],
    [1e300, "1.0000000000000001e+300"],
    [2 ** -25, "2.9802322387695312e-08"],
    [-1234.5678, "-1234.5678"],
    [Infinity, "inf"],
    [-Infinity, "-inf"],
  ];
  for (const [value, text] of rows) assert.equal(formatScore(value), text);
});

Deno.test("formatScore and parseScore are inverse", () => {
  fc.assert(
    fc.property(fc.double({ noNaN: true }), (value) => {
      assert.ok(Object.is(parseScore(formatScore(value)), value));
    }),
    { seed: 3 },
  );
});

Deno.test("parseScore and parseBound differ on what C's strtod lets pass", () => {
  assert.deepEqual(["1e400", "", " 1", "nan", "x"].map(parseScore), Array(5).fill(undefined));
  assert.deepEqual(["1e400", "", " 1", "nan", "x"].map(parseBound), [Infinity, 0, 1, undefined, undefined]);
  assert.deepEqual(["0x10", "+inf", "-Infinity", ".5", "5."].map(parseScore), [
    16,
    Infinity,
    -Infinity,
    0.5,
    5,
  ]);
});
