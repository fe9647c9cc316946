/** The table of faults that `deno task faults` prints and writes, and what it counts in logs and gaps. */
import assert from "node:assert/strict";
import type { Outcome } from "../../../scripts/faults/case.ts";
import { gapSigns, logSigns } from "../../../scripts/faults/signs.ts";
import { BEGIN, END, replaceFigures, replaceRows } from "../../../scripts/faults/page.ts";
import { renderMarkdown, renderTable } from "../../../scripts/faults/table.ts";

const OUTCOME: Outcome = {
  name: "drop",
  title: "a | drop",
  trades: { sent: 10, landed: 8, lost: 2, recorded: 2, twice: 0, faults: [] },
  announced: ["status DISCONNECTED", "gaps not"],
  announcedMs: 120,
  recoveredMs: 1250,
  notes: ["a note"],
  faults: [],
  seconds: 4,
};

Deno.test("renderMarkdown() gives one row an outcome, with its bars escaped", () => {
  const [head, rule, row] = renderMarkdown([OUTCOME]).split("\n");
  assert.match(head ?? "", /^\| fault \| sent \| landed \| lost \| announced \|/);
  assert.match(rule ?? "", /^\| --- \|/);
  assert.equal(
    row,
    "| a \\| drop | 10 | 8 | 2 (2 recorded) | after 0.1 s: status DISCONNECTED; gaps not; a note | 1.3 s | recovered |",
  );
});

Deno.test("renderTable() names below the table what failed", () => {
  const text = renderTable([OUTCOME, { ...OUTCOME, name: "lost", recoveredMs: undefined, faults: ["gone"] }]);
  assert.match(text, /FAILED/);
  assert.match(text, /^lost: gone$/m);
});

Deno.test("replaceFigures() leaves the words of a page as they are", () => {
  const page = `before\n\n${BEGIN}\n\nold\n\n${END}\n\nafter\n`;
  assert.equal(replaceFigures(page, "new"), page.replace("old", "new"));
  assert.equal(replaceFigures("no marks", "new"), "new\n");
});

Deno.test("logSigns() takes warnings once each and lines that are no log lines", () => {
  const lines = [
    { at: 5, text: '{"level":"WARN","message":"before"}' },
    { at: 10, text: '{"level":"INFO","message":"fine"}' },
    { at: 11, text: '{"level":"WARN","message":"Disconnected"}' },
    { at: 12, text: '{"level":"WARN","message":"Disconnected"}' },
    { at: 13, text: "panic" },
  ];
  assert.deepEqual(logSigns(lines, 10).map(({ text, at }) => [text, at]), [
    ["log Disconnected", 11],
    ["log panic", 13],
  ]);
});

Deno.test("gapSigns() counts the paths of each outcome since the strike", () => {
  const gap = { from: 0, to: 100, outcome: "filled", rows: 1 };
  const gaps = [
    { ...gap, path: "a" },
    { ...gap, path: "b" },
    { ...gap, path: "c", outcome: "not" },
    { ...gap, path: "d", to: 10 },
  ];
  assert.deepEqual(gapSigns(gaps, 50).map(({ text, paths }) => [text, paths]), [["gaps filled", 2], [
    "gaps not",
    1,
  ]]);
});

Deno.test("replaceRows() puts single rows into the table of a page, in the order of all", () => {
  const page = (rows: string) =>
    `words\n${BEGIN}\n\n| fault | sent |\n| --- | --- |\n${rows}\n\nMeasured here.\n\n${END}\nmore`;
  const rows = ["| third | 9 |", "| second | 8 |"];
  assert.equal(
    replaceRows(page("| second | 2 |\n| first | 1 |\n| gone | 0 |"), rows, ["first", "second", "third"]),
    page("| first | 1 |\n| second | 8 |\n| third | 9 |"),
  );
});
