/// <reference lib="dom" />
/** The market panels together: which paths they show, and the one stream that feeds them. */
import { startBookPanel } from "./book_panel.ts";
import { startChartPanel } from "./chart_panel.ts";
import { type Companions, companionsOf } from "./companions.ts";
import { find, make, setAttribute, setText } from "./dom.ts";
import type { Model, Path } from "./model.ts";
import type { RawRow } from "./rows.ts";
import { startRowPanel } from "./row_panel.ts";
import { openSource, type Source } from "./source.ts";
import { startTapePanel } from "./tape_panel.ts";
import { t } from "./texts.ts";

/** What others may do with the market panels. */
export type Market = {
  show(path: Path): void;
  /** The paths have changed: what is chosen from may be more, or gone. */
  refresh(): void;
  toggleRow(): void;
  paint(): void;
};

/** A panel that shows a path. */
type Panel = {
  setRows(rows: readonly RawRow[]): void;
  addRows(rows: readonly RawRow[]): void;
  clear(...words: (Node | string)[]): void;
};

type Shown = { readonly panel: Panel; readonly path: Path };

/** Starts the panels; `onChoose` is called with a path that was chosen from a list here. */
export function startMarket(model: Model, onChoose: (path: Path) => void): Market {
  const chart = startChartPanel();
  const ladder = startBookPanel();
  const tape = startTapePanel();
  const row = startRowPanel();
  const book: Panel = {
    setRows: (rows) => ladder.setRow(rows.at(-1)),
    addRows: (rows) => ladder.setRow(rows.at(-1)),
    clear: (...words) => ladder.clear(...words),
  };
  const selects = [
    { select: find<HTMLSelectElement>("chart-path"), kind: "candle" },
    { select: find<HTMLSelectElement>("book-path"), kind: "book" },
  ] as const;
  let chosen: Path | undefined;
  let companions: Companions = companionsOf([], undefined);
  let source: Source | undefined;
  let opened = "";
  let rowShown = false;

  for (const { select } of selects) {
    select.addEventListener("change", () => {
      const path = model.paths.get(Number(select.value));
      if (path !== undefined) onChoose(path);
    });
  }
  const [tabTrades, tabRow] = [find("tab-trades"), find("tab-row")];
  const showTab = (isRow: boolean) => {
    rowShown = isRow;
    for (const [tab, on] of [[tabTrades, !isRow], [tabRow, isRow]] as const) {
      setAttribute(tab, "aria-selected", String(on));
      setAttribute(tab, "tabindex", on ? "0" : "-1");
    }
    find("trades-pane").hidden = isRow;
    find("row-pane").hidden = !isRow;
    const shown = isRow ? chosen : companions.trades;
    setText(find("tape-state"), shown?.path ?? "");
  };
  const toggleRow = () => {
    showTab(!rowShown);
    open();
  };
  tabTrades.addEventListener("click", () => rowShown && toggleRow());
  tabRow.addEventListener("click", () => rowShown || toggleRow());
  for (const tab of [tabTrades, tabRow]) {
    tab.addEventListener("keydown", (event) => {
      if (event.key !== "ArrowLeft" && event.key !== "ArrowRight") return;
      toggleRow();
      (rowShown ? tabRow : tabTrades).focus();
    });
  }

  const mayShow = (path: Path) => !path.login || model.tick?.accounts === true;

  /** What is to be seen now; a path can be seen in two places. */
  const wanted = (): Shown[] => {
    const list: (Shown | undefined)[] = [
      companions.candles && { panel: chart, path: companions.candles },
      companions.book && { panel: book, path: companions.book },
      companions.trades && !rowShown ? { panel: tape, path: companions.trades } : undefined,
      chosen !== undefined && rowShown && mayShow(chosen) ? { panel: row, path: chosen } : undefined,
    ];
    return list.filter((each) => each !== undefined);
  };

  const open = () => {
    const shown = wanted();
    const paths = [...new Set(shown.map(({ path }) => path.path))];
    const key = JSON.stringify([chosen?.server, paths, rowShown]);
    if (key === opened) return;
    opened = key;
    source?.close();
    source = undefined;
    if (chosen === undefined || paths.length === 0) return;
    const panels = (path: unknown) =>
      shown.filter((each) => each.path.path === path).map(({ panel }) => panel);
    const query = new URLSearchParams([["server", chosen.server], ...paths.map((path) => ["path", path])]);
    source = openSource(`/api/rows?${query}`, {
      on: {
        snapshot(data) {
          const { path, rows } = data as Rows;
          for (const panel of panels(path)) panel.setRows(rows);
        },
        rows(data) {
          const { path, rows } = data as Rows;
          for (const panel of panels(path)) panel.addRows(rows);
        },
      },
    }, false);
  };

  const explain = () => {
    const { server = "", subject = "" } = chosen ?? {};
    const tell = (
      panel: Panel,
      path: Path | undefined,
      what: "page.what_candles" | "page.what_book" | "page.what_trades",
      channel: string,
    ) => {
      if (path !== undefined) return;
      if (subject === "") {
        return panel.clear(chosen === undefined ? t("page.choose") : t("page.none_here", { what: t(what) }));
      }
      const command = `okws client subscribe ${server} ${channel}:${subject}`;
      panel.clear(make("span", {}, t("page.none_of", { what: t(what), subject })), make("code", {}, command));
    };
    tell(chart, companions.candles, "page.what_candles", "candle1m");
    tell(book, companions.book, "page.what_book", "books");
    tell(tape, companions.trades, "page.what_trades", "trades");
    if (chosen !== undefined && !mayShow(chosen)) {
      row.clear(t("page.accounts"));
    }
  };

  const fillSelects = () => {
    for (const { select, kind } of selects) {
      const current = kind === "candle" ? companions.candles : companions.book;
      const paths = [...model.paths.values()].filter((path) => path.kind === kind)
        .sort((a, b) => a.server < b.server || (a.server === b.server && a.path < b.path) ? -1 : 1);
      const several = new Set(paths.map(({ server }) => server)).size > 1;
      const options = paths.slice(0, 500).map(({ id, server, path }) =>
        make("option", { value: String(id) }, several ? `${server} ${path}` : path)
      );
      if (current === undefined) options.unshift(make("option", { value: "" }, "–"));
      select.replaceChildren(...options);
      select.value = current === undefined ? "" : String(current.id);
      select.disabled = options.length < 2;
    }
  };

  const show = (path: Path) => {
    const before = companions;
    chosen = path;
    companions = companionsOf(model.paths.values(), path, before);
    // A path that no other panel shows is shown as a row.
    showTab(path.kind === "row" || path.kind === "rows" ? true : path.kind === "trades" ? false : rowShown);
    fillSelects();
    explain();
    open();
  };

  showTab(false);
  explain();
  return {
    show,
    refresh() {
      if (chosen === undefined) return fillSelects();
      // The same path may have another number since the service was restarted.
      const { server, path } = chosen;
      const same = [...model.paths.values()].find((each) => each.server === server && each.path === path);
      if (same !== undefined) return show(same);
      chosen = undefined;
      companions = companionsOf([], undefined);
      fillSelects();
      explain();
      open();
    },
    toggleRow,
    paint: () => chart.paint(),
  };
}

type Rows = { readonly path: string; readonly rows: readonly RawRow[] };
