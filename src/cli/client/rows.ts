/** Cached rows as a table, as JSON or as CSV: all at once, or one by one as they arrive. */
import type { Cached } from "../../store/read/rows.ts";
import { english, type Translate } from "../i18n/translate.ts";
import { measureTable, renderList, renderRow, renderTable } from "../terminal/table.ts";
import { jsonText, safeText } from "../terminal/text.ts";

/** How rows are printed. */
export type Format = "table" | "json" | "csv";

type Row = Readonly<Record<string, unknown>>;

/** Renders all cached rows at once, a table in at most `columns`; a single row as a table is a line for each member. */
export function renderCached(
  cached: NonNullable<Cached>,
  format: Format,
  onTerminal: boolean,
  t: Translate = english,
  columns = Infinity,
): string[] {
  if (format === "json") return [jsonText(cached, onTerminal)];
  if (Array.isArray(cached)) return createRowPrinter(format, onTerminal, columns).first(cached);
  if (format === "csv") return createRowPrinter(format, onTerminal).first([cached]);
  const members = Object.entries(cached).map(([name, value]) => [safeText(name), safeText(value)]);
  const header = [t("heading.member"), t("heading.value")];
  if (measureTable(header, members, columns) !== undefined) return renderTable(header, members, columns);
  return renderList(members.map(([name = ""]) => name), members.map(([, value = ""]) => value), columns);
}

/** Prints rows one after the other under one header: the columns of the first rows hold for all. */
export type RowPrinter = {
  first(rows: readonly Row[]): string[];
  next(row: Row): string[];
};

/**
 * Creates a printer of rows as they come; `onTerminal`: control characters in the rows are escaped. Rows that make too wide a
 * table for `columns` are lists of their members.
 */
export function createRowPrinter(format: Format, onTerminal: boolean, columns = Infinity): RowPrinter {
  let header: readonly string[] | undefined;
  let render: (row: Row) => string[] = (row) => [jsonText(row, onTerminal)];
  const start = (rows: readonly Row[]): string[] => {
    const names = columnNames(rows);
    header = names;
    const safe = onTerminal || format === "table" ? safeText : (text: string) => text;
    const cells = (row: Row) => names.map((name) => safe(cellText(row[name])));
    const titles = names.map(safe);
    if (format === "csv") {
      render = (row) => [renderCsv(cells(row))];
      return [renderCsv(titles), ...rows.flatMap(render)];
    }
    const measures = measureTable(titles, rows.map(cells), columns);
    render = measures === undefined
      ? (row) => ["", ...renderList(titles, cells(row), columns)]
      : (row) => renderRow(cells(row), measures);
    return renderTable(titles, rows.map(cells), columns);
  };
  return {
    first(rows) {
      if (format === "json") return rows.flatMap(render);
      return rows.length === 0 ? [] : start(rows);
    },
    next: (row) => format === "json" || header !== undefined ? render(row) : start([row]),
  };
}

/**
 * Returns the columns of rows: those of the row with the most members in its order, then what others have besides. Rows
 * that came by REST have fewer members in another order, and which rows are there is a matter of chance.
 */
function columnNames(rows: readonly Row[]): string[] {
  const lists = rows.map((row) => Object.keys(row)).sort((a, b) => b.length - a.length);
  return [...new Set(lists.flat())];
}

function cellText(value: unknown): string {
  if (value === undefined || value === null) return "";
  return typeof value === "string" ? value : JSON.stringify(value) ?? "";
}

/** Renders one line of CSV (RFC 4180); what holds a comma, a quote, a line break or a blank at its ends is quoted. */
export function renderCsv(cells: readonly string[]): string {
  return cells.map((cell) => /[",\r\n]|^\s|\s$/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell).join(
    ",",
  );
}
