/** Tables on a terminal. */
import assert from "node:assert/strict";
import { renderTable } from "../../../../src/cli/terminal/table.ts";

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
