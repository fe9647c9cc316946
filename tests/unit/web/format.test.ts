/** Ages, counts and sizes as the dashboard shows them. */
import assert from "node:assert/strict";
import {
  decimalsOf,
  formatAge,
  formatBytes,
  formatCount,
  formatMillis,
  formatSum,
} from "../../../web/format.ts";

Deno.test("ages, counts, bytes and sizes are short and say enough", () => {
  const table: [string, string][] = [
    [formatAge(0), "0 ms"],
    [formatAge(324), "320 ms"],
    [formatAge(1234), "1.2 s"],
    [formatAge(59_400), "59 s"],
    [formatAge(600_000), "10 m"],
    [formatAge(10_800_000), "3 h"],
    [formatAge(5 * 86_400_000), "5 d"],
    [formatAge(-1), ""],
    [formatAge(Infinity), ""],
    [formatCount(0), "0"],
    [formatCount(3.14), "3.1"],
    [formatCount(1234), "1,234"],
    [formatCount(56_789), "56.8k"],
    [formatCount(123_456), "123k"],
    [formatCount(1_234_567), "1.2M"],
    [formatCount(NaN), "–"],
    [formatBytes(0), "0 B"],
    [formatBytes(12_345), "12 kB"],
    [formatBytes(3_400_000), "3.4 MB"],
    [formatBytes(154_000_000), "154 MB"],
    [formatMillis(0.4213), "0.42"],
    [formatMillis(3.14), "3.1"],
    [formatMillis(120.4), "120"],
    [formatMillis(null), "–"],
    [formatSum(0.03917, 0.5), "0.0392"],
    [formatSum(3.21437, 4), "3.214"],
    [formatSum(48.7, 99), "48.70"],
    [formatSum(56_789, 60_000), "56.8k"],
  ];
  for (const [is, expected] of table) assert.equal(is, expected);
});

Deno.test("decimalsOf() counts digits behind the point", () => {
  assert.deepEqual(["1", "1.50", "-0.001", "1e-8", "x.123"].map(decimalsOf), [0, 2, 3, 0, 0]);
});
