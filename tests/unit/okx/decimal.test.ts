/** Numbers as texts, compared without floats. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { compareDecimals, isDecimal, isZero } from "../../../src/okx/decimal.ts";

Deno.test("isDecimal() takes what is a number and nothing else that Number() would take", () => {
  for (const text of ["0", "1", "-1", "1.5", "0.00000001", "1e5", "1.5E-8", "12345678901234567890"]) {
    assert.ok(isDecimal(text), text);
  }
  const others = [
    "",
    " ",
    " 1",
    "1 ",
    "abc",
    "1.",
    ".5",
    "+1",
    "0x10",
    "1e",
    "1.5.5",
    "Infinity",
    "NaN",
    "-",
  ];
  for (const text of [...others, "1e999", "9".repeat(100), "１"]) assert.ok(!isDecimal(text), text);
});

Deno.test("isZero() knows zero in every spelling", () => {
  for (const text of ["0", "-0", "0.000", "0e5"]) assert.ok(isZero(text), text);
  for (const text of ["1", "0.1", "-0.00000001", "1e-99"]) assert.ok(!isZero(text), text);
});

Deno.test("compareDecimals() distinguishes numbers that are the same float, and not spellings of one number", () => {
  assert.ok(compareDecimals("0.1234567890123456781", "0.1234567890123456782") < 0);
  assert.ok(compareDecimals("12345678901234567891", "12345678901234567890") > 0);
  for (
    const [one, other] of [["1.10", "1.1"], ["1e2", "100.00"], ["0.10000000000000000000", "0.1"]] as const
  ) {
    assert.equal(compareDecimals(one, other), 0);
  }
});

Deno.test("compareDecimals() orders like exact arithmetic", () => {
  const digits = fc.bigInt({ min: -(10n ** 20n), max: 10n ** 20n });
  fc.assert(fc.property(digits, digits, (one, other) => {
    const sign = Math.sign(compareDecimals(String(one), String(other)));
    assert.equal(sign, one < other ? -1 : one > other ? 1 : 0);
  }));
});
