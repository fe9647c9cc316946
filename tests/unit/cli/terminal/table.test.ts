/** Tables on a terminal. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { widthOf } from "../../../../src/cli/terminal/text.ts";
import { shownText } from "../../../support/any_text.ts";
import { renderTable } from "../../../../src/cli/terminal/table.ts";

Deno.test("renderTable() sets texts to the left and numbers to the right", () => {
  assert.deepEqual(renderTable(["path", "rows"], [["tickers:A", "5"], ["b", "1,234"]]), [
    "path        rows",
    "---------  -----",
    "tickers:A      5",
    "b          1,234",
  ]);
});

Deno.test("renderTable() breaks cells between words where the terminal is narrower", () => {
  const rows = [["test", "wss://host:8443/ws", "closed with code 1006"], ["b", "", ""]];
  assert.deepEqual(renderTable(["server", "URL", "last error"], rows, 44), [
    "server  URL                 last error",
    "------  ------------------  ----------------",
    "test    wss://host:8443/ws  closed with code",
    "                            1006",
    "b",
  ]);
  assert.deepEqual(
    renderTable(["server", "URL", "last error"], rows, 100),
    renderTable(
      ["server", "URL", "last error"],
      rows,
    ),
  );
});

Deno.test("renderTable() moves columns together before it breaks cells", () => {
  assert.deepEqual(renderTable(["a", "b"], [["11", "222"]], 6), [" a   b", "-- ---", "11 222"]);
});

Deno.test("renderTable() lists the cells of each row where no table is narrow enough", () => {
  const rows = [["1795786000000", "101.25", "of a word"], ["1795786060000", "", "x"]];
  assert.deepEqual(renderTable(["ts", "close", "note"], rows, 20), [
    "ts     1795786000000",
    "close  101.25",
    "note   of a word",
    "",
    "ts     1795786060000",
    "close",
    "note   x",
  ]);
});

Deno.test("renderTable() lists the cells where a column would be too narrow to be read", () => {
  const row = ["public", "could not connect to the exchange: no answer in 10 s"];
  assert.equal(renderTable(["connection", "last error"], [row], 28).length, 6);
  assert.deepEqual(renderTable(["connection", "last error"], [row], 26), [
    "connection  public",
    "last error  could not",
    "            connect to the",
    "            exchange: no",
    "            answer in 10 s",
  ]);
  assert.deepEqual(renderTable(["状态", "期望它的"], [["已经连接上", "配置文件"]], 12), [
    "状态      已经连接",
    "          上",
    "期望它的  配置文件",
  ]);
});

Deno.test("renderTable() has no line that is wider than the terminal, whatever the cells", () => {
  const cells = fc.array(fc.array(shownText({ maxLength: 12 }), { minLength: 3, maxLength: 3 }), {
    maxLength: 4,
  });
  fc.assert(fc.property(cells, fc.integer({ min: 20, max: 60 }), (rows, columns) => {
    for (const line of renderTable(["a", "bb", "ccc"], rows, columns)) {
      assert.ok(widthOf(line) <= columns, line);
    }
  }));
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
