/** Tables of a live view on screens of any width. */
import assert from "node:assert/strict";
import { type Grid, renderGrids } from "../../../../../src/cli/terminal/live/grid.ts";
import { createPaint } from "../../../../../src/cli/terminal/live/style.ts";
import { FIRST_UI, type Ui } from "../../../../../src/cli/terminal/live/ui.ts";
import { widthOf } from "../../../../../src/cli/terminal/text.ts";

const PLAIN = createPaint(false);

function gridOf(rows: readonly (readonly (string | number)[])[], titles = ["name", "price", "note"]): Grid {
  return {
    title: "Table",
    columns: titles.map((title, i) => ({ title, rank: i, ...(i === 1 ? { align: "right" as const } : {}) })),
    rows: rows.map((row) => row.map((cell) => ({ text: String(cell) }))),
    empty: "nothing",
  };
}

function render(grids: readonly Grid[], columns: number, rows: number, ui: Partial<Ui> = {}): string[] {
  return [...renderGrids(grids, { columns, rows }, { ...FIRST_UI, ...ui }, PLAIN).lines];
}

Deno.test("renderGrids() aligns columns and keeps the header of a single table", () => {
  const grid = gridOf([["a", 1.5, "x"], ["long", 22, "y"]]);
  assert.deepEqual(render([grid], 40, 10), [
    "name  price  note",
    "a       1.5  x",
    "long     22  y",
  ]);
  assert.deepEqual(render([grid], 40, 2, { top: 1 }), ["name  price  note", "long     22  y"]);
});

Deno.test("renderGrids() leaves out the least important columns where not all fit", () => {
  const grid = gridOf([["a", 1, "a note"]]);
  assert.deepEqual(render([grid], 16, 10), ["name  price", "a         1"]);
  assert.deepEqual(render([grid], 8, 10), ["name", "a"]);
  assert.deepEqual(render([gridOf([["abcdefghij", 1, ""]])], 5, 10), ["name", "abcd…"]);
});

Deno.test("renderGrids() cuts a flexible column rather than leaving others out", () => {
  const { columns, ...grid } = gridOf([["a", 1, "a note that is rather long"]]);
  const flexible = { ...grid, columns: columns.map((column, i) => ({ ...column, flexible: i === 2 })) };
  assert.equal(render([flexible], 60, 10)[1], "a         1  a note that is rather long");
  assert.equal(render([flexible], 30, 10)[1], "a         1  a note that is r…");
  assert.equal(render([flexible], 24, 10)[1], "a         1");
});

Deno.test("renderGrids() never makes a line wider than the screen, whatever is in the cells", () => {
  const wild = ["交易所", "💱💱", "e\u0301e\u0301", "👩‍👩‍👧", "x".repeat(300), ""];
  for (const columns of [1, 2, 3, 7, 20, 80]) {
    for (const a of wild) {
      for (const b of wild) {
        for (const line of render([gridOf([[a, b, a]])], columns, 10)) {
          assert.ok(widthOf(line) <= columns, `${columns}: ${line}`);
        }
      }
    }
  }
});

Deno.test("renderGrids() keeps columns in line behind wide characters", () => {
  const [, first, second] = render([gridOf([["币安人生", 1, "x"], ["💱", 22, "y"], ["ab", 3, "z"]])], 60, 10);
  assert.equal(widthOf((first ?? "").split("x")[0] ?? ""), widthOf((second ?? "").split("y")[0] ?? ""));
});

Deno.test("renderGrids() filters by any cell, in any case, and says when nothing matches", () => {
  const grid = gridOf([["BTC-USDT", 1, "x"], ["ETH-USDT", 2, "y"]]);
  assert.deepEqual(render([grid], 40, 10, { filter: "eth" }).slice(1), ["ETH-USDT      2  y"]);
  assert.deepEqual(render([grid], 40, 10, { filter: "zzz" }).slice(1), ["Nothing matches zzz"]);
});

Deno.test("renderGrids() sorts numbers from the largest down, texts up, and either way round", () => {
  const grid = gridOf([["b", 9, ""], ["a", 10, ""], ["c", "", ""]]);
  const names = (ui: Partial<Ui>) => render([grid], 40, 10, ui).slice(1).map((line) => line[0]);
  assert.deepEqual(names({}), ["b", "a", "c"]);
  assert.deepEqual(names({ reversed: true }), ["c", "a", "b"]);
  assert.deepEqual(names({ sort: 0 }), ["a", "b", "c"]);
  assert.deepEqual(names({ sort: 1 }), ["a", "b", "c"]);
  assert.deepEqual(names({ sort: 1, reversed: true }), ["c", "b", "a"]);
});

Deno.test("renderGrids() stacks several tables, which scroll together", () => {
  const grids = [gridOf([["a", 1, ""]]), { ...gridOf([]), title: "Other" }];
  const all = ["Table", "name  price  note", "a         1", "", "Other", "name  price  note", "nothing"];
  assert.deepEqual(render(grids, 40, 20), all);
  assert.deepEqual(render(grids, 40, 3, { top: 2 }), all.slice(2, 5));
  const body = renderGrids(grids, { columns: 40, rows: 3 }, FIRST_UI, PLAIN);
  assert.deepEqual([body.page, body.total, body.columns], [3, 7, 3]);
});

Deno.test("renderGrids() shows the end where it is scrolled beyond it", () => {
  const grid = gridOf([["a", 1, ""], ["b", 2, ""], ["c", 3, ""]]);
  assert.deepEqual(render([grid], 40, 3, { top: 99 }).map((line) => line[0]), ["n", "b", "c"]);
});

Deno.test("renderGrids() does not let a column shrink while a view is open", () => {
  const widths = new Map<string, number>();
  const line = (price: string) =>
    renderGrids([gridOf([["a", price, "x"]])], { columns: 60, rows: 5 }, FIRST_UI, PLAIN, widths).lines[1];
  assert.equal(line("60927.95")?.indexOf("x"), line("1")?.indexOf("x"));
});

Deno.test("renderGrids() colours cells without moving them", () => {
  const grid: Grid = {
    title: "",
    columns: [{ title: "a", rank: 0 }, { title: "b", rank: 0 }],
    rows: [[{ text: "x", style: "bad" }, { text: "y" }]],
    empty: "",
  };
  const { lines } = renderGrids([grid], { columns: 20, rows: 5 }, FIRST_UI, createPaint(true));
  assert.equal(lines[1], "\x1b[1;31mx\x1b[0m  y");
});
