/**
 * Tables that are drawn again and again: filtered, sorted and scrolled as a person chose, with the columns that fit.
 * Pure: what there is and the size in, lines out.
 */
import { cutText, fitText, widthOf } from "../text.ts";
import type { Paint, Style } from "./style.ts";
import { reveal, type Ui } from "./ui.ts";
import type { Text } from "../../../shared/messages/message.ts";
import { english, type Translate } from "../../i18n/translate.ts";

/** One cell; its text is safe for a terminal already. */
export type Cell = {
  readonly text: string;
  readonly style?: Style;
  /** What it is sorted by where that is not its text. */
  readonly value?: number;
};

/** One column; `Title` is a `Text` until it is put into the reader's language. */
export type Column<Title extends Text = string> = {
  readonly title: Title;
  readonly align?: "right";
  /** Where not all columns fit, those with the highest rank go first; rank 0 stays. */
  readonly rank: number;
  /** Never narrower, so that columns do not jump as values change. */
  readonly min?: number;
  /** Never wider. */
  readonly max?: number;
  /** Takes what the others leave, and is cut where that is less than it needs. One column of a table may be so. */
  readonly flexible?: boolean;
};

/** One table. */
export type Grid<Title extends Text = string> = {
  readonly title: Title;
  readonly columns: readonly Column<Title>[];
  readonly rows: readonly (readonly Cell[])[];
  /** A name for each row by which it can be chosen; each is there once in a view. */
  readonly keys?: readonly string[];
  /** What is said where there is no row. */
  readonly empty: Title;
};

/** The body of a view: the lines that are visible, and how many there are. */
export type Body = {
  readonly lines: readonly string[];
  readonly page: number;
  /** The first line that is visible. */
  readonly top: number;
  readonly total: number;
  readonly columns: number;
  /** Columns that are not shown. */
  readonly hidden: ReadonlySet<number>;
  /** Title of the column that rows are sorted by. */
  readonly sortedBy: string | undefined;
  /** The row of each line, also of those that are not visible; undefined: the line is none. */
  readonly keys: readonly (string | undefined)[];
};

/** Returns what a column is known by. */
export function columnId(grid: Pick<Grid, "title">, { title }: Pick<Column, "title">): string {
  return `${grid.title}\n${title}`;
}

/** Returns the name of a column, with that of its table where there are several. */
export function nameColumn(grid: Pick<Grid, "title"> | undefined, { title }: Pick<Column, "title">): string {
  return grid === undefined ? title : `${grid.title}: ${title}`;
}

/** Returns whether a column of a table was left out by choice. */
export function isHidden(grid: Grid, index: number, { only, toggled }: Ui): boolean {
  const column = grid.columns[index] as Column;
  const isLeftOut = only !== undefined && !only.has(column.title.toLowerCase());
  return isLeftOut !== toggled.has(columnId(grid, column));
}

const GAP = 2;

/** A flexible column needs this much to be of use. */
const LEAST = 12;

/** Widths that columns had, by table and column: within one view a column never shrinks, so that nothing jumps. */
export type Widths = Map<string, number>;

/** Returns a grid in the reader's language; titles that are names of members stay as they are. */
export function translateGrid(grid: Grid<Text>, t: Translate): Grid {
  const shown = (text: Text) => typeof text === "string" ? text : t(text);
  const columns = grid.columns.map((column) => ({ ...column, title: shown(column.title) }));
  return { ...grid, title: shown(grid.title), empty: shown(grid.empty), columns };
}

/**
 * Renders tables below each other. A single one keeps its header in sight where a row fits below it; of several everything
 * scrolls.
 */
export function renderGrids(
  grids: readonly Grid[],
  size: { readonly columns: number; readonly rows: number },
  ui: Ui,
  paint: Paint,
  before: Widths = new Map(),
  t: Translate = english,
): Body {
  const parts = grids.map((grid) => layOut(grid, size.columns, ui, paint, before, t));
  const [only] = parts;
  const fixed = parts.length === 1 && only !== undefined && size.rows > 1 ? [only.header] : [];
  const lines = parts.flatMap(({ title, header, rows }, i) =>
    parts.length === 1 ? rows : [...(i === 0 ? [] : [() => ""]), title, header, ...rows]
  );
  const keys = parts.flatMap(({ keys }, i) =>
    parts.length === 1 ? keys : [...(i === 0 ? [] : [undefined]), undefined, undefined, ...keys]
  );
  const page = Math.max(0, size.rows - fixed.length);
  // A chosen row stays in sight wherever it moves to.
  const at = ui.cursor === undefined ? -1 : keys.indexOf(ui.cursor);
  const wanted = at < 0 ? ui.top : reveal(ui.top, at, page);
  const top = Math.min(wanted, Math.max(0, lines.length - page));
  const shown = [...fixed, ...lines.slice(top, top + page)].slice(0, size.rows).map((line) => line());
  const columns = Math.max(0, ...grids.map((grid) => grid.columns.length));
  const hidden = new Set(
    Array.from({ length: columns }, (_, i) => i).filter((i) =>
      grids.every((grid) => grid.columns[i] === undefined || isHidden(grid, i, ui))
    ),
  );
  const sortedBy = sortedTitle(grids, ui);
  return { lines: shown, page, top, total: lines.length, columns, hidden, sortedBy, keys };
}

type Line = () => string;

function layOut(
  grid: Grid,
  columns: number,
  ui: Ui,
  paint: Paint,
  before: Widths,
  t: Translate,
): { title: Line; header: Line; rows: Line[]; keys: (string | undefined)[] } {
  const keyed = grid.rows.map((cells, i) => ({ cells, key: grid.keys?.[i] }));
  const ordered = sortRows(filterRows(keyed, ui.filter), ui);
  const rows = ordered.map(({ cells }) => cells);
  // The mark of the chosen row has a column of its own, so that it is seen without colours.
  const isMarked = ui.cursor !== undefined && width(columns) > 0;
  const mark = (key?: string) =>
    !isMarked ? "" : key !== undefined && key === ui.cursor ? paint("key", MARK) : BLANK;
  const available = isMarked ? width(columns) : columns;
  const wanted = grid.columns.map((column, i) => {
    const name = columnId(grid, column);
    let widest = Math.max(widthOf(column.title), column.min ?? 0, before.get(name) ?? 0);
    for (const row of rows) widest = Math.max(widest, widthOf(row[i]?.text ?? ""));
    const width = Math.min(widest, column.max ?? Infinity);
    before.set(name, width);
    return width;
  });
  const least = wanted.map((width, i) => grid.columns[i]?.flexible ? Math.min(width, LEAST) : width);
  const kept = fitColumns(grid, least, available, ui);
  const spare = available - totalOf(kept, least);
  // A single column is cut as the last resort on a very narrow screen.
  const widths = kept.map((i) => Math.min(wanted[i] as number, (least[i] as number) + spare));
  const join = (cell: (column: number, width: number) => string): string =>
    kept.map((column, k) => cell(column, widths[k] as number)).join(" ".repeat(GAP)).trimEnd();
  const none = ui.filter === "" ? grid.empty : t("live.no_match", { filter: ui.filter });
  return {
    keys: rows.length === 0 ? [undefined] : ordered.map(({ key }) => key),
    title: () => paint("title", cutText(grid.title, columns)),
    header: () =>
      mark() + join((i, width) => {
        const column = grid.columns[i] as Column;
        return paint(i === ui.sort ? "key" : "dim", fitText(column.title, width, column.align));
      }),
    rows: rows.length === 0
      ? [() => paint("dim", cutText(none, columns))]
      : ordered.map(({ cells: row, key }) => () =>
        mark(key) + join((i, width) => {
          const { text, style = "plain" } = row[i] ?? { text: "" };
          return paint(style, fitText(text, width, grid.columns[i]?.align));
        })
      ),
  };
}

const MARK = "› ";
const BLANK = "  ";

/** Columns of the screen that are left beside the mark. */
function width(columns: number): number {
  return columns - BLANK.length;
}

/** Indices of the columns that fit side by side; one stays, whatever was chosen. */
function fitColumns(grid: Grid, widths: readonly number[], available: number, ui: Ui): number[] {
  const { columns } = grid;
  const chosen = columns.map((_, i) => i).filter((i) => !isHidden(grid, i, ui));
  let kept = chosen.length === 0 ? columns.slice(0, 1).map((_, i) => i) : chosen;
  while (kept.length > 1 && totalOf(kept, widths) > available) {
    const rank = (i: number) => (columns[i] as Column).rank;
    const worst = kept.reduce((found, i) => rank(i) >= rank(found) ? i : found);
    kept = kept.filter((i) => i !== worst);
  }
  return kept;
}

/** Columns of the screen that these columns of a table take. */
function totalOf(kept: readonly number[], widths: readonly number[]): number {
  return kept.reduce((sum, i) => sum + (widths[i] as number) + GAP, -GAP);
}

type KeyedRow = { readonly cells: readonly Cell[]; readonly key: string | undefined };

function filterRows(rows: readonly KeyedRow[], filter: string): readonly KeyedRow[] {
  if (filter === "") return rows;
  const wanted = filter.toLowerCase();
  return rows.filter(({ cells }) => cells.some(({ text }) => text.toLowerCase().includes(wanted)));
}

function sortRows(rows: readonly KeyedRow[], { sort, reversed }: Ui): readonly KeyedRow[] {
  if (sort < 0) return reversed ? rows.toReversed() : rows;
  const sorted = rows.toSorted((a, b) => compareCells(a.cells[sort], b.cells[sort]));
  return reversed ? sorted.reverse() : sorted;
}

/** Numbers from the largest down, as one looks for what stands out; texts from A up; nothing last. */
function compareCells(a: Cell | undefined, b: Cell | undefined): number {
  const [x, y] = [numberOf(a), numberOf(b)];
  if (x !== undefined && y !== undefined) return y - x;
  if (x !== undefined || y !== undefined) return x === undefined ? 1 : -1;
  return (a?.text ?? "").localeCompare(b?.text ?? "");
}

function numberOf(cell: Cell | undefined): number | undefined {
  if (cell?.value !== undefined) return cell.value;
  const text = cell?.text ?? "";
  return /^[-+]?\d+(\.\d+)?$/.test(text) ? Number(text) : undefined;
}

function sortedTitle(grids: readonly Grid[], { sort }: Ui): string | undefined {
  return grids.map((grid) => grid.columns[sort]?.title).find((title) => title !== undefined);
}
