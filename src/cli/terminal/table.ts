/**
 * Tables for people: columns as wide as their widest cell, wide characters counted as two. Where that is wider than the
 * terminal, columns move together, then cells are broken between words; where that is not enough, or would make a column
 * so narrow that it is hard to read, each row is shown as a list of its cells.
 */
import { fitText, widthOf } from "./text.ts";
import { longestUnit, wrapText } from "./wrap.ts";

/** Columns between two cells: as many as should be, and the least. */
const GAP = 2;
const LEAST_GAP = 1;

/** Cells are not broken to fewer columns than these. */
const LEAST_CELL = 16;

/** The least columns that a value of a list is broken to. */
const LEAST_VALUE = 8;

/** Renders a table with its header as lines of at most `columns`; columns of numbers are set to the right. */
export function renderTable(
  header: readonly string[],
  rows: readonly (readonly string[])[],
  columns = Infinity,
): string[] {
  const measures = measureTable(header, rows, columns);
  if (measures === undefined) return renderLists(header, rows, columns);
  const rule = measures.widths.map((n) => "-".repeat(n));
  return [header, rule, ...rows].flatMap((cells) => renderRow(cells, measures));
}

/** Width of each column and whether it holds numbers alone, and what is between two of them. */
export type Measures = {
  readonly widths: readonly number[];
  readonly numeric: readonly boolean[];
  readonly gap: number;
};

/** Returns the measures of a table, for rows that are printed one by one; undefined: it cannot be as narrow as `columns`. */
export function measureTable(
  header: readonly string[],
  rows: readonly (readonly string[])[],
  columns = Infinity,
): Measures | undefined {
  const all = [header, ...rows];
  const widest = (measure: (text: string) => number) =>
    header.map((_, i) => all.reduce((most, row) => Math.max(most, measure(row[i] ?? "")), 0));
  const numeric = header.map((_, i) => rows.length > 0 && rows.every((row) => isNumber(row[i] ?? "")));
  const wanted = widest(widthOf);
  const room = (gap: number) => columns - gap * Math.max(0, header.length - 1);
  const fitting = (widths: readonly number[]) => [GAP, LEAST_GAP].find((gap) => sum(widths) <= room(gap));
  const whole = fitting(wanted);
  if (whole !== undefined) return { widths: wanted, numeric, gap: whole };
  const units = widest(longestUnit);
  const least = wanted.map((width, i) => Math.max(units[i] as number, Math.min(width, LEAST_CELL)));
  const gap = fitting(least);
  if (gap === undefined) return undefined;
  let spare = room(gap) - sum(least);
  const widths = least.map((width, i) => {
    const more = Math.min(spare, (wanted[i] as number) - width);
    spare -= more;
    return width + more;
  });
  return { widths, numeric, gap };
}

/** Renders one row of a table, on more than one line where a cell is wider than its column; a word that is wider is left whole. */
export function renderRow(cells: readonly string[], { widths, numeric, gap }: Measures): string[] {
  const wrapped = widths.map((to, i) => {
    const cell = cells[i] ?? "";
    return widthOf(cell) <= to ? [cell] : wrapText(cell, Math.max(to, longestUnit(cell)));
  });
  const height = Math.max(1, ...wrapped.map((lines) => lines.length));
  return Array.from(
    { length: height },
    (_, line) =>
      widths.map((to, i) => pad(wrapped[i]?.[line] ?? "", to, numeric[i] as boolean))
        .join(" ".repeat(gap)).trimEnd(),
  );
}

/** Renders each row as a list of titles and cells, with an empty line between two rows. */
export function renderLists(
  header: readonly string[],
  rows: readonly (readonly string[])[],
  columns: number,
): string[] {
  return rows.flatMap((row, i) => [...(i === 0 ? [] : [""]), ...renderList(header, row, columns)]);
}

/** Renders one row as a list. */
export function renderList(header: readonly string[], row: readonly string[], columns: number): string[] {
  const most = Math.max(0, ...header.map(widthOf));
  const room = Math.max(LEAST_VALUE, columns - most - GAP);
  return header.flatMap((title, i) =>
    wrapText(row[i] ?? "", room).map((part, line) =>
      `${pad(line === 0 ? title : "", most + GAP, false)}${part}`.trimEnd()
    )
  );
}

function pad(text: string, to: number, right: boolean): string {
  return fitText(text, Math.max(to, widthOf(text)), right ? "right" : "left");
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, each) => total + each, 0);
}

function isNumber(text: string): boolean {
  return text === "" || /^-?[\d.,]+%?$/.test(text);
}
