/** Tables and ages on a terminal. */
import assert from "node:assert/strict";
import { renderAge, renderTable } from "../../../../src/cli/terminal/table.ts";

Deno.test("renderTable() sets texts to the left and numbers to the right", () => {
  assert.deepEqual(renderTable(["path", "rows"], [["tickers:A", "5"], ["b", "1,234"]]), [
    "path        rows",
    "---------  -----",
    "tickers:A      5",
    "b          1,234",
  ]);
});

Deno.test("renderTable() leaves no blanks at the end of a line and takes missing cells", () => {
  const lines = renderTable(["a", "b"], [["long text"], ["x", ""], []]);
  for (const line of lines) assert.equal(line, line.trimEnd());
  assert.equal(lines.length, 5);
});

Deno.test("renderTable() has a header without rows", () => {
  assert.deepEqual(renderTable(["name"], []), ["name", "----"]);
});

Deno.test("renderTable() counts wide characters as two", () => {
  const [, , first, second] = renderTable(["title", "x"], [["交易", "a"], ["abcd", "b"]]);
  assert.equal(first, "交易   a");
  assert.equal(second, "abcd   b");
});

Deno.test("renderTable() aligns a column as numbers only where every cell is one", () => {
  const [, , first] = renderTable(["v"], [["5"], ["1.5 s"]]);
  assert.equal(first, "5");
});

Deno.test("renderAge() says how long ago in the unit that fits", async (t) => {
  const table: [number, string][] = [
    [-5, "0 ms"],
    [0, "0 ms"],
    [340.4, "340 ms"],
    [999, "999 ms"],
    [1000, "1.0 s"],
    [1234, "1.2 s"],
    [59_900, "59.9 s"],
    [60_000, "1 min"],
    [3_599_999, "59 min"],
    [3_600_000, "1 h"],
    [86_400_000, "1 d"],
    [10 * 86_400_000, "10 d"],
  ];
  for (const [ms, text] of table) await t.step(text, () => assert.equal(renderAge(ms), text));
});

Deno.test("renderAge() never shows sixty seconds or a thousand milliseconds", () => {
  assert.notEqual(renderAge(999.7), "1000 ms");
  assert.notEqual(renderAge(59_999), "60.0 s");
});
