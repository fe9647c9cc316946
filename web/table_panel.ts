/// <reference lib="dom" />
/** Orders, positions or balances as a table: the columns of `okws watch`, a line for each row that newer ones replace. */
import { ACCOUNT_TABLES, type AccountKind, type RowColumn } from "../src/shared/row_tables.ts";
import { find, make, resize, setAttribute, setText } from "./dom.ts";
import { TABLE_NAMES } from "./notice.ts";
import { timeOf } from "./rows.ts";
import type { RawRow } from "./rows.ts";
import { t } from "./texts.ts";

/** What others may do with the table. */
export type TablePanel = {
  /** Which columns rows have from now on. */
  setKind(kind: AccountKind, path: string): void;
  setRows(rows: readonly RawRow[], keys: readonly string[]): void;
  addRows(rows: readonly RawRow[], keys: readonly string[]): void;
  clear(...words: (Node | string)[]): void;
  rows(): readonly RawRow[];
};

/** Rows that the table holds; the one that came longest ago goes first. */
const MAX_ROWS = 500;

const TITLES = {
  "heading.currency": "page.currency",
  "heading.equity": "page.equity",
  "heading.available": "page.available",
  "heading.frozen": "page.frozen",
  "heading.unrealized": "page.unrealized",
  "heading.in_usd": "page.in_usd",
  "heading.instrument": "page.instrument",
  "heading.side": "page.side",
  "heading.size": "page.size",
  "heading.entry": "page.entry",
  "heading.mark": "page.mark",
  "heading.liquidation": "page.liquidation",
  "heading.leverage": "page.leverage",
  "heading.type": "page.type",
  "heading.price": "page.price",
  "heading.filled": "page.filled",
  "heading.order": "page.order_state",
} as const satisfies Readonly<
  Record<Exclude<(typeof ACCOUNT_TABLES)[AccountKind][number]["title"], "id">, string>
>;

/** Starts an empty table. */
export function startTablePanel(): TablePanel {
  const table = find<HTMLTableElement>("table");
  const empty = find("table-empty");
  const [head, body] = [make("tr"), make("tbody")];
  table.append(make("thead", {}, head), body);
  const rows = new Map<string, RawRow>();
  let kind: AccountKind = "orders";
  let path = "";

  const add = (added: readonly RawRow[], keys: readonly string[]) => {
    for (const [i, row] of added.entries()) {
      const key = keys[i] ?? JSON.stringify(row);
      rows.delete(key);
      rows.set(key, row);
      if (rows.size > MAX_ROWS) rows.delete(rows.keys().next().value as string);
    }
  };

  const draw = () => {
    const columns: readonly RowColumn[] = ACCOUNT_TABLES[kind];
    const lines = ordered(kind, [...rows.values()]);
    resize(body, lines.length, () => make("tr"));
    for (const [i, row] of lines.entries()) {
      const line = body.children[i] as Element;
      resize(line, columns.length, () => make("td"));
      for (const [n, column] of columns.entries()) {
        const { text, look } = cellOf(row, column, path);
        const cell = line.children[n] as Element;
        setText(cell, text);
        setAttribute(cell, "class", look);
      }
    }
    table.hidden = lines.length === 0;
    setText(empty, lines.length === 0 ? t("page.no_row") : "");
  };

  return {
    setKind(next, shown) {
      kind = next;
      path = shown;
      rows.clear();
      setText(find("h-table"), t(TABLE_NAMES[kind]));
      const columns: readonly { readonly title: keyof typeof TITLES | "id"; readonly as: string }[] =
        ACCOUNT_TABLES[kind];
      head.replaceChildren(...columns.map(({ title, as }) =>
        make(
          "th",
          { scope: "col", class: as === "figure" || as === "gain" ? "figure" : "" },
          title === "id" ? "id" : t(TITLES[title]),
        )
      ));
      draw();
    },
    setRows(next, keys) {
      rows.clear();
      add(next, keys);
      draw();
    },
    addRows(next, keys) {
      add(next, keys);
      draw();
    },
    clear(...words) {
      rows.clear();
      draw();
      empty.replaceChildren(...words);
    },
    rows: () => ordered(kind, [...rows.values()]),
  };
}

/** Newest orders first; positions and balances by their names. */
function ordered(kind: AccountKind, rows: readonly RawRow[]): RawRow[] {
  if (kind === "orders") return rows.toSorted((a, b) => (timeOf(b) || 0) - (timeOf(a) || 0));
  const name = (row: RawRow) => valueOf(row, ACCOUNT_TABLES[kind][0].members);
  return rows.toSorted((a, b) => name(a) < name(b) ? -1 : name(a) > name(b) ? 1 : 0);
}

/** What a cell says and how it looks. */
function cellOf(
  row: RawRow,
  { as, members }: RowColumn,
  path: string,
): { readonly text: string; readonly look: string } {
  const text = valueOf(row, members);
  switch (as) {
    case "currency":
      return { text: text === "" ? t("page.all_of", { path }) : text, look: "name" };
    case "name":
      return { text: text === "" ? path.slice(path.indexOf(":") + 1) : text, look: "name" };
    case "side":
      return { text, look: text === "buy" ? "up" : text === "sell" ? "down" : "" };
    case "gain":
      return { text, look: `figure${Number(text) > 0 ? " up" : Number(text) < 0 ? " down" : ""}` };
    default:
      return { text, look: as === "figure" ? "figure" : "" };
  }
}

/** The first of these members that says something. */
function valueOf(row: RawRow, members: readonly string[]): string {
  for (const name of members) {
    const value = row[name];
    if (value === undefined || value === null || value === "") continue;
    return (typeof value === "string" ? value : JSON.stringify(value)).slice(0, 100);
  }
  return "";
}
