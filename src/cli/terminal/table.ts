/** Tables for people: columns as wide as their widest cell, wide characters counted as two. */
import { fitText, widthOf } from "./text.ts";

/** Renders a table with its header as lines; columns of numbers are set to the right. */
export function renderTable(header: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const { widths, numeric } = measureTable(header, rows);
  const line = (cells: readonly string[]) => renderRow(cells, widths, numeric);
  return [line(header), line(widths.map((n) => "-".repeat(n))), ...rows.map(line)];
}

/** Width of each column, and whether it holds numbers alone. */
export type Measures = { readonly widths: readonly number[]; readonly numeric: readonly boolean[] };

/** Returns the measures of a table, for rows that are printed one by one. */
export function measureTable(header: readonly string[], rows: readonly (readonly string[])[]): Measures {
  const widths = header.map((title, i) => {
    let widest = widthOf(title);
    for (const row of rows) widest = Math.max(widest, widthOf(row[i] ?? ""));
    return widest;
  });
  const numeric = header.map((_, i) => rows.length > 0 && rows.every((row) => isNumber(row[i] ?? "")));
  return { widths, numeric };
}

/** Renders one line of a table; a cell wider than its column is left whole. */
export function renderRow(
  cells: readonly string[],
  widths: readonly number[],
  numeric: readonly boolean[],
): string {
  return widths.map((to, i) => pad(cells[i] ?? "", to, numeric[i] as boolean)).join("  ").trimEnd();
}

function pad(text: string, to: number, right: boolean): string {
  return fitText(text, Math.max(to, widthOf(text)), right ? "right" : "left");
}

function isNumber(text: string): boolean {
  return text === "" || /^-?[\d.,]+%?$/.test(text);
}
