/// <reference lib="dom" />
/** The newest row of any path, name by name; of a list the newest few, one below the other. */
import { find, make, resize, setAttribute, setText } from "./dom.ts";
import type { RawRow } from "./rows.ts";
import { t } from "./texts.ts";

/** What others may do with the panel. */
export type RowPanel = {
  setRows(rows: readonly RawRow[]): void;
  addRows(rows: readonly RawRow[]): void;
  clear(...words: (Node | string)[]): void;
  /** The shown rows, newest first. */
  rows(): readonly RawRow[];
};

const MAX_TEXT = 600;

/** Starts an empty panel. */
export function startRowPanel(): RowPanel {
  const box = find("row");
  const empty = find("row-empty");
  let shown: RawRow[] = [];
  /** Rows side by side: one that is replaced, or the newest of a list. */
  let most = 1;

  const draw = () => {
    const cells = shown.flatMap((row, n) =>
      Object.entries(row).map(([name, value], i) => ({ name, value, split: n > 0 && i === 0 }))
    );
    resize(box, cells.length, () => make("div", {}, make("dt"), make("dd")));
    for (const [i, { name, value, split }] of cells.entries()) {
      const line = box.children[i] as Element;
      setAttribute(line, "class", split ? "split" : "");
      setText(line.children[0] as Element, name);
      setText(line.children[1] as Element, textOf(value));
    }
    setText(empty, shown.length === 0 ? t("page.no_row") : "");
  };

  return {
    setRows(rows) {
      most = rows.length > 1 ? 20 : 1;
      shown = rows.slice(-most).reverse();
      draw();
    },
    addRows(rows) {
      shown = [...[...rows].reverse(), ...shown].slice(0, most);
      draw();
    },
    clear(...words) {
      shown = [];
      draw();
      empty.replaceChildren(...words);
    },
    rows: () => shown,
  };
}

function textOf(value: unknown): string {
  const text = typeof value === "string" ? value : JSON.stringify(value) ?? "";
  return text.length > MAX_TEXT ? `${text.slice(0, MAX_TEXT)}…` : text;
}
