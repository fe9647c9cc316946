/** A whole screen of a live view: what is up, the tables or what lies over them, and one line of what the keys do. Pure. */
import type { TerminalSize } from "../io.ts";
import { cutText, widthOf } from "../text.ts";
import { wrapText } from "../wrap.ts";
import { type Body, columnId, type Grid, renderGrids, type Widths } from "./grid.ts";
import { type Detail, renderPanel } from "./panel.ts";
import type { Paint } from "./style.ts";
import type { Extent, Ui, UnsubscribeTarget } from "./ui.ts";
import { english, type Translate } from "../../i18n/translate.ts";

/** One screen: at most as many lines as the terminal has, and what keys may do next. `top` is the first line of the body. */
export type Screen = { readonly lines: readonly string[]; readonly extent: Extent; readonly top: number };

/** What a view shows. Lines of the head are made for the columns that there are, and for the tab that is shown. */
export type ScreenContent = {
  readonly head: (columns: number, tab: number) => readonly string[];
  readonly grids: readonly Grid[];
  /** Tables that are shown in a tab of their own alone. */
  readonly more?: readonly Grid[];
  /** A row in full; undefined: it is gone. */
  readonly detail?: (key: string) => Detail | undefined;
  /** What unsubscribing a row would end. */
  readonly targetOf?: (key: string) => UnsubscribeTarget | undefined;
};

/** What a frame is drawn for: the terminal, the choices, the colours, and the widths of the frames before. */
export type Drawing = {
  readonly size: TerminalSize;
  readonly ui: Ui;
  readonly paint: Paint;
  readonly widths?: Widths;
  readonly t?: Translate;
  /** What became of the last request, instead of what the keys do. */
  readonly notice?: string;
};

/** Lines of what became of a request. */
const MAX_NOTICE = 4;

/** On a screen of fewer lines there is no line of tabs. */
const LEAST_ROWS_FOR_TABS = 8;

/** Fits a view to a terminal. */
export function renderFrame(view: ScreenContent, drawing: Drawing): Screen {
  const { size, ui, paint, widths, t = english, notice } = drawing;
  const { columns, rows } = size;
  const { grids, more = [], detail, targetOf } = view;
  const hasAll = grids.length > 1;
  const tabs = [...(hasAll ? [grids] : []), ...[...grids, ...more].map((grid) => [grid])];
  const tab = Math.min(ui.tab, tabs.length - 1);
  const shown = tabs[tab] ?? [];
  const head = shrinkHead(view.head(columns, tab), rows);
  const hasLine = tabs.length > 1 && rows >= LEAST_ROWS_FOR_TABS;
  const tabLines = hasLine ? [tabLine(tabs, ui.tab, hasAll, { columns, paint, t })] : [];
  const below = Math.max(0, rows - head.length - tabLines.length - 1);
  const body = renderGrids(shown, { columns, rows: below }, ui, paint, widths, t);
  // What is read for a moment has the screen to itself; a question is about what is seen.
  const isCovered = ui.overlay !== undefined && ui.overlay.kind !== "confirm";
  const upper = isCovered ? [] : [...head, ...tabLines];
  const left = Math.max(0, rows - upper.length - 1);
  const extent: Extent = {
    ...{ page: body.page, total: body.total, columns: body.columns, hidden: body.hidden, keys: body.keys },
    ...{ tabs: tabs.length, hasAll, hasDetail: detail !== undefined },
    choices: shown.flatMap((grid) => grid.columns.map((column) => columnId(grid, column))),
    ...(targetOf === undefined ? {} : { targetOf }),
  };
  const finish = (lines: readonly string[], foot: string) => {
    const blank = new Array<string>(Math.max(0, left - lines.length)).fill("");
    return [...upper, ...lines, ...blank, foot].slice(0, rows);
  };
  if (ui.overlay !== undefined) {
    const source = { grids: shown, hasTabs: tabs.length > 1, detail, canUnsubscribe: targetOf !== undefined };
    const panel = renderPanel(ui.overlay, source, { columns, ui, paint, t });
    const furthest = Math.max(0, panel.lines.length - left);
    const at = Math.min(panel.at, furthest);
    const lines = finish(panel.lines.slice(at, at + left), paint("key", fitFoot(t(panel.foot), columns)));
    return { lines, extent: { ...extent, page: left, panel: furthest }, top: body.top };
  }
  const lines = finish(
    body.lines,
    renderFoot(body, { columns, ui, paint, t, canUnsubscribe: targetOf !== undefined }),
  );
  if (notice === undefined) return { lines, extent, top: body.top };
  const said = wrapText(notice, columns).slice(0, Math.min(MAX_NOTICE, rows)).map((line) =>
    paint("warn", line)
  );
  return { lines: [...lines.slice(0, rows - said.length), ...said], extent, top: body.top };
}

/** Returns the tabs side by side, with the key of each; the one that is shown stands out, also without colours. */
function tabLine(
  tabs: readonly (readonly Grid[])[],
  shown: number,
  hasAll: boolean,
  { columns, paint, t }: { readonly columns: number; readonly paint: Paint; readonly t: Translate },
): string {
  let left = columns;
  const parts: string[] = [];
  for (const [i, grids] of tabs.entries()) {
    const title = grids.length > 1 ? t("live.all_tables") : grids[0]?.title ?? "";
    const text = `${i + (hasAll ? 0 : 1)} ${title}`;
    const cut = cutText(i === shown ? `[${text}]` : ` ${text} `, left);
    if (cut === "") break;
    left -= widthOf(cut) + 1;
    parts.push(paint(i === shown ? "key" : "dim", cut));
  }
  return parts.join(" ");
}

function renderFoot(
  body: Body,
  { columns, ui, paint, t, canUnsubscribe }: {
    readonly columns: number;
    readonly ui: Ui;
    readonly paint: Paint;
    readonly t: Translate;
    readonly canUnsubscribe: boolean;
  },
): string {
  const { page, total, top, sortedBy } = body;
  const filter = ui.filter === "" ? t("live.filter") : `/${ui.filter} (${t("live.clear_filter")})`;
  const canMove = page > 0 && total > page;
  if (ui.typing) return paint("key", cutText(t("live.typing", { filter: ui.filter }), columns));
  const parts = [
    t("live.quit"),
    t("live.help"),
    ...(canUnsubscribe && ui.cursor !== undefined ? [t("live.unsubscribe")] : []),
    // How to get rid of a filter is said first, because narrow screens cut what comes last.
    ...(ui.filter === "" ? [] : [filter]),
    ...(canMove
      ? [t("live.position", { first: top + 1, last: Math.min(total, top + page), all: total })]
      : []),
    ...(ui.filter === "" ? [filter] : []),
    `${t("live.sort")}${sortedBy === undefined ? "" : `: ${sortedBy}`}`,
    t(ui.reversed ? "live.reversed" : "live.reverse"),
  ];
  return paint("dim", fitFoot(parts.join(SEPARATOR), columns));
}

const SEPARATOR = "  ·  ";

/** Returns what keys do in one line; on a narrow screen they stand closer together before the last ones are cut. */
function fitFoot(foot: string, columns: number): string {
  return cutText(widthOf(foot) > columns ? foot.replaceAll(SEPARATOR, " · ") : foot, columns);
}

/** Lines that the tables have before the head has more than a third of the screen. */
const LEAST_BELOW_HEAD = 12;

/** Leaves out the last lines of a head on a low screen, so that rows are seen as well; its first ones matter most. */
function shrinkHead(head: readonly string[], rows: number): readonly string[] {
  const most = rows < 4 ? 0 : Math.max(Math.floor(rows / 3), rows - LEAST_BELOW_HEAD);
  return head.slice(0, most);
}
