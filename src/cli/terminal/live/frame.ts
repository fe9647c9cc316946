/** A whole screen of a live view: what is up, the tables, and one line of what the keys do. Pure. */
import type { TerminalSize } from "../io.ts";
import { cutText } from "../text.ts";
import { type Grid, renderGrids, type Widths } from "./grid.ts";
import type { Paint } from "./style.ts";
import type { Extent, Ui } from "./ui.ts";
import { english, type Translate } from "../../i18n/translate.ts";

/** One screen: at most as many lines as the terminal has, and what keys may do next. */
export type Frame = { readonly lines: readonly string[]; readonly extent: Extent };

/** What a view shows. Lines of the head are made for the columns that there are. */
export type View = {
  readonly head: (columns: number) => readonly string[];
  readonly grids: readonly Grid[];
};

/** What a frame is drawn for: the terminal, the choices, the colours, and the widths of the frames before. */
export type Drawing = {
  readonly size: TerminalSize;
  readonly ui: Ui;
  readonly paint: Paint;
  readonly widths?: Widths;
  readonly t?: Translate;
};

/** Fits a view to a terminal. */
export function renderFrame({ head, grids }: View, drawing: Drawing): Frame {
  const { size, ui, paint, widths, t = english } = drawing;
  const { columns, rows } = size;
  const upper = head(columns).slice(0, Math.max(0, rows - 1));
  const left = rows - upper.length - 1;
  const body = renderGrids(grids, { columns, rows: Math.max(0, left) }, ui, paint, widths, t);
  const blank = new Array<string>(Math.max(0, left - body.lines.length)).fill("");
  const { page, total, sortedBy } = body;
  const foot = renderFoot({ page, total, sortedBy, columns }, ui, paint, t);
  return {
    lines: [...upper, ...body.lines, ...blank, foot].slice(0, rows),
    extent: { page, total, columns: body.columns },
  };
}

function renderFoot(
  body: { page: number; total: number; sortedBy: string | undefined; columns: number },
  ui: Ui,
  paint: Paint,
  t: Translate,
): string {
  const { page, total, sortedBy, columns } = body;
  if (ui.typing) return paint("key", cutText(t("live.typing", { filter: ui.filter }), columns));
  const top = Math.min(ui.top, Math.max(0, total - page));
  const parts = [
    t("live.quit"),
    ...(total > page
      ? [t("live.position", { first: top + 1, last: Math.min(total, top + page), all: total })]
      : []),
    ui.filter === "" ? t("live.filter") : `/${ui.filter} (${t("live.clear_filter")})`,
    `${t("live.sort")}${sortedBy === undefined ? "" : `: ${sortedBy}`}`,
    t(ui.reversed ? "live.reversed" : "live.reverse"),
  ];
  return paint("dim", cutText(parts.join("  ·  "), columns));
}
