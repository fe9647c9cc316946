/** Rows as text, JSON and CSV, and the progress of long work. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { createTranslate, english } from "../../../../src/cli/i18n/translate.ts";
import { ZH } from "../../../../src/cli/i18n/zh.ts";
import { createRowPrinter, renderCached, renderCsv } from "../../../../src/cli/client/rows.ts";
import { withProgress } from "../../../../src/cli/terminal/progress.ts";
import { anyText } from "../../../support/any_text.ts";

Deno.test("renderCsv() quotes what would break a line apart, and only that", () => {
  assert.equal(renderCsv(["plain", "-1.5", "交易"]), "plain,-1.5,交易");
  assert.equal(
    renderCsv(["a,b", 'say "x"', "two\nlines", " blank", ""]),
    '"a,b","say ""x""","two\nlines"," blank",',
  );
});

Deno.test("renderCsv() can be read back whatever is in the cells", () => {
  fc.assert(fc.property(fc.array(anyText(), { minLength: 1, maxLength: 6 }), (cells) => {
    assert.deepEqual(readCsv(renderCsv(cells)), cells);
  }));
});

/** A reader of one line by the letter of RFC 4180. */
function readCsv(line: string): string[] {
  const cells: string[] = [];
  let at = 0;
  do {
    const quoted = /^"((?:[^"]|"")*)"(?=,|$)/s.exec(line.slice(at));
    const plain = quoted ?? /^[^,"]*(?=,|$)/.exec(line.slice(at));
    assert.ok(plain !== null, line);
    cells.push(quoted === null ? plain[0] : (quoted[1] as string).replaceAll('""', '"'));
    at += plain[0].length + 1;
  } while (at <= line.length);
  return cells;
}

Deno.test("columns come in the order of the fullest row, whichever row is the first", () => {
  const fetched = { id: "1", source: "0", ts: "5" };
  const pushed = { id: "2", ts: "6", count: "1", source: "0" };
  assert.equal(renderCached([fetched, pushed], "csv", false)[0], "id,ts,count,source");
  assert.equal(renderCached([pushed, fetched], "csv", false)[0], "id,ts,count,source");
});

Deno.test("rows as CSV have one header with every member, in the order of their first appearance", () => {
  const rows = [{ a: "1", b: "x,y" }, { b: "2", c: "3" }];
  assert.deepEqual(renderCached(rows, "csv", false), ["a,b,c", '1,"x,y",', ",2,3"]);
  assert.deepEqual(renderCached({ a: "1", b: "2" }, "csv", false), ["a,b", "1,2"]);
});

Deno.test("rows that follow keep the columns of the first", () => {
  const csv = createRowPrinter("csv", false);
  assert.deepEqual(csv.first([{ a: "1", b: "2" }]), ["a,b", "1,2"]);
  assert.deepEqual(csv.next({ b: 4, a: "3", c: "new" }), ["3,4"]);
  const table = createRowPrinter("table", false);
  assert.deepEqual(table.first([]), []);
  assert.deepEqual(table.next({ a: "x", b: "y" }), ["a  b", "-  -", "x  y"]);
  assert.deepEqual(table.next({ a: "z" }), ["z"]);
  const json = createRowPrinter("json", false);
  assert.deepEqual([...json.first([{ a: "1" }]), ...json.next({ a: 2 })], ['{"a":"1"}', '{"a":2}']);
});

Deno.test("rows that make too wide a table are lists of their members, those that follow too", () => {
  const row = { ts: "1795786000000", o: "101.25", h: "101.5", l: "100.75" };
  const list = ["ts  1795786000000", "o   101.25", "h   101.5", "l   100.75"];
  const table = createRowPrinter("table", true, 30);
  assert.deepEqual(table.first([row, row]), [...list, "", ...list]);
  assert.deepEqual(table.next(row), ["", ...list]);
  assert.deepEqual(
    renderCached([row], "table", true, english, 40)[0],
    "           ts       o      h       l",
  );
  // One row is a list of its members anyway; a value that is longer than a line goes on below itself.
  assert.deepEqual(renderCached({ a: "1", bids: "x".repeat(20) }, "table", true, english, 20), [
    "a     1",
    `bids  ${"x".repeat(14)}`,
    `      ${"x".repeat(6)}`,
  ]);
  // What goes elsewhere than to a terminal is never broken.
  assert.equal(renderCached([row], "csv", true, english, 10).length, 2);
  assert.equal(renderCached([row], "json", true, english, 10).length, 1);
});

Deno.test("rows cannot act on a terminal in any format, and keep their text in a pipe", () => {
  const row = { ["na\x1bme"]: "a\x1b[2Jb" };
  for (const format of ["table", "json", "csv"] as const) {
    const lines = [...renderCached(row, format, true), ...renderCached([row], format, true)];
    for (const line of lines) assert.doesNotMatch(line, /[\p{Cc}]/u);
  }
  assert.deepEqual(renderCached([row], "csv", false), ["na\x1bme", "a\x1b[2Jb"]);
});

Deno.test("withProgress() says how far long work is, and clears its line at the end", async () => {
  const said: string[] = [];
  let time = 0;
  const io = { progress: (text: string) => void said.push(text) };
  const result = await withProgress(io, (report) => {
    for (let i = 1; i <= 10; i++) {
      time += 100;
      report(`${i} done`);
    }
    return Promise.resolve(7);
  }, () => time);
  assert.equal(result, 7);
  assert.deepEqual(said, ["3 done", "6 done", "9 done", ""]);
});

Deno.test("withProgress() is silent for short work, and where stderr is no terminal", async () => {
  const said: string[] = [];
  const work = (report: (text: string) => void) => Promise.resolve(report("half"));
  await withProgress({ progress: (text) => void said.push(text) }, work);
  await withProgress({}, work);
  assert.deepEqual(said, []);
});

Deno.test("a row of a person who reads Chinese has Chinese titles", () => {
  assert.match(renderCached({ a: "1" }, "table", true, createTranslate(ZH))[0] ?? "", /^字段 +取值$/);
});
