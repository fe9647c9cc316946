/// <reference lib="dom" />
/** The market panels together: which paths they show, and the one stream that feeds them. */
import { barSeconds } from "../src/http/instruments.ts";
import { startBookPanel } from "./book_panel.ts";
import { startChartPanel } from "./chart_panel.ts";
import { channelIn, type Companions, companionsOf } from "./companions.ts";
import { download, fileName, formatCsv } from "./csv.ts";
import { find, make, setAttribute, setText } from "./dom.ts";
import type { Model, Path } from "./model.ts";
import { noticeOf } from "./notice.ts";
import type { RawRow } from "./rows.ts";
import { startRowPanel } from "./row_panel.ts";
import { openSource, type Source } from "./source.ts";
import { isAccountKind, startTablePanel } from "./table_panel.ts";
import { startTapePanel } from "./tape_panel.ts";
import { t } from "./texts.ts";

/** What is shown beside the chosen path; as in the address. */
export type MarketChoice = {
  readonly row: boolean | undefined;
  readonly candles: string;
  readonly book: string;
};

/** What others may do with the market panels. */
export type Market = {
  show(path: Path, choice?: MarketChoice): void;
  /** Nothing is shown but that there is no such path. */
  showMissing(server: string, path: string): void;
  /** The paths have changed: what is chosen from may be more, or gone. */
  refresh(): void;
  /** What may have become old since. */
  draw(): void;
  chosen(): Path | undefined;
  choice(): MarketChoice;
  toggleRow(): void;
  /** Chooses the candles of the instrument with the next longer (1) or shorter (-1) bar. */
  stepBar(by: 1 | -1): void;
  zoom(by: number): void;
  /** Hands the series of the chosen path to the person as a file. */
  save(): void;
  paint(): void;
};

/** What the market asks of the page. */
export type MarketPort = {
  /** A path was chosen here. */
  onChoose(path: Path): void;
  /** Something else was. */
  onChange(): void;
};

/** A panel that shows a path. */
type Panel = {
  setRows(rows: readonly RawRow[], keys: readonly string[]): void;
  addRows(rows: readonly RawRow[], keys: readonly string[]): void;
  clear(...words: (Node | string)[]): void;
};

type Shown = { readonly panel: Panel; readonly path: Path };

/** Starts the panels. */
export function startMarket(model: Model, port: MarketPort): Market {
  const chart = startChartPanel();
  const ladder = startBookPanel();
  const tape = startTapePanel();
  const row = startRowPanel();
  const table = startTablePanel();
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
  let missing = "";
  let companions: Companions = companionsOf([], undefined);
  let source: Source | undefined;
  let opened = "";
  let rowShown = false;

  for (const { select } of selects) {
    select.addEventListener("change", () => {
      const path = model.paths.get(Number(select.value));
      if (path !== undefined) port.onChoose(path);
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
  };
  const toggleRow = () => {
    showTab(!rowShown);
    open();
    draw();
    port.onChange();
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
    const hasTable = chosen !== undefined && isAccountKind(chosen.table) && mayShow(chosen);
    const list: (Shown | undefined)[] = [
      companions.candles && { panel: chart, path: companions.candles },
      companions.book && { panel: book, path: companions.book },
      companions.trades && !rowShown ? { panel: tape, path: companions.trades } : undefined,
      chosen !== undefined && rowShown && mayShow(chosen) ? { panel: row, path: chosen } : undefined,
      chosen !== undefined && hasTable ? { panel: table, path: chosen } : undefined,
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
          const { path, rows, keys = [] } = data as Rows;
          for (const panel of panels(path)) panel.setRows(rows, keys);
        },
        rows(data) {
          const { path, rows, keys = [] } = data as Rows;
          for (const panel of panels(path)) panel.addRows(rows, keys);
        },
      },
    }, false);
  };

  const explain = () => {
    const { server = "", subject = "" } = chosen ?? {};
    const isAccount = chosen !== undefined && (chosen.login || isAccountKind(chosen.table));
    const tell = (
      panel: Panel,
      path: Path | undefined,
      what: "page.what_candles" | "page.what_book" | "page.what_trades",
      channel: string,
    ) => {
      if (path !== undefined) return;
      if (chosen === undefined) return panel.clear(missing || t("page.choose"));
      if (subject === "" || isAccount) return panel.clear(t("page.none_here", { what: t(what) }));
      const command = `okws client subscribe ${server} ${channel}:${subject}`;
      panel.clear(make("span", {}, t("page.none_of", { what: t(what), subject })), make("code", {}, command));
    };
    tell(chart, companions.candles, "page.what_candles", "candle1m");
    tell(book, companions.book, "page.what_book", "books");
    tell(tape, companions.trades, "page.what_trades", "trades");
    if (chosen === undefined) row.clear(missing);
    else if (!mayShow(chosen)) {
      row.clear(t("page.accounts"));
      table.clear(t("page.accounts"));
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

  /** What a person must know of a path before believing its panel. */
  const showNotice = (name: "chart" | "book" | "tape" | "table", path: Path | undefined) => {
    const notice = find(`${name}-notice`);
    const text = noticeOf(path, model.now(), t);
    setText(notice, text);
    notice.hidden = text === "";
    const state = text === "" ? "" : path?.state ?? "";
    // A book says by itself how it stands.
    if (name !== "book") {
      notice.parentElement?.classList.toggle("uncertain", state !== "");
      setText(find(`${name}-state`), name === "tape" && path !== undefined ? path.path : state);
    }
    setAttribute(notice, "data-state", state);
  };

  const draw = () => {
    const hasTable = chosen !== undefined && isAccountKind(chosen.table);
    find("table-panel").hidden = !hasTable;
    find("chart-panel").hidden = hasTable;
    showNotice("chart", companions.candles);
    showNotice("book", companions.book);
    showNotice("tape", rowShown ? chosen : companions.trades);
    showNotice("table", hasTable ? chosen : undefined);
  };

  const pathOf = (server: string, subject: string, channel: string) =>
    [...model.paths.values()].find((path) => path.server === server && path.path === `${channel}:${subject}`);

  const show = (path: Path, choice?: MarketChoice) => {
    const before: Companions = choice === undefined ? companions : {
      candles: pathOf(path.server, path.subject, choice.candles),
      book: pathOf(path.server, path.subject, choice.book),
      trades: companions.trades,
    };
    const isOther = chosen?.server !== path.server || chosen.path !== path.path;
    missing = "";
    chosen = path;
    companions = companionsOf(model.paths.values(), path, before);
    if (isOther && isAccountKind(path.table)) table.setKind(path.table, path.path);
    // A path that no other panel shows is shown as a row.
    showTab(choice?.row ?? rowOf(path) ?? rowShown);
    fillSelects();
    explain();
    open();
    draw();
  };

  const hide = (words: string) => {
    missing = words;
    chosen = undefined;
    companions = companionsOf([], undefined);
    fillSelects();
    explain();
    open();
    draw();
  };

  const save = (rows: readonly RawRow[], path: Path | undefined) => {
    if (path !== undefined && rows.length > 0) download(fileName(path.server, path.path), formatCsv(rows));
  };
  const saveChart = () => save(chart.rows(), companions.candles);
  const saveTape = () => rowShown ? save(row.rows(), chosen) : save(tape.rows(), companions.trades);
  const saveTable = () => save(table.rows(), chosen);
  find("chart-save").addEventListener("click", saveChart);
  find("tape-save").addEventListener("click", saveTape);
  find("table-save").addEventListener("click", saveTable);

  showTab(false);
  explain();
  draw();
  return {
    show,
    showMissing: (server, path) => hide(t("page.not_subscribed", { server, path })),
    refresh() {
      if (chosen === undefined) return fillSelects();
      // The same path may have another number since the service was restarted.
      const { server, path } = chosen;
      const same = [...model.paths.values()].find((each) => each.server === server && each.path === path);
      if (same !== undefined) return show(same, { row: rowShown, ...channelsOf(companions) });
      hide("");
    },
    draw,
    chosen: () => chosen,
    choice() {
      const best = companionsOf(model.paths.values(), chosen);
      const [is, usual] = [channelsOf(companions), channelsOf(best)];
      return {
        row: chosen === undefined || rowShown === (rowOf(chosen) ?? false) ? undefined : rowShown,
        candles: is.candles === usual.candles ? "" : is.candles,
        book: is.book === usual.book ? "" : is.book,
      };
    },
    toggleRow,
    stepBar(by) {
      const current = companions.candles;
      if (current === undefined) return;
      const bars = [...model.paths.values()].filter(({ kind, server, subject }) =>
        kind === "candle" && server === current.server && subject === current.subject
      );
      bars.sort((a, b) => barSeconds(a.path) - barSeconds(b.path) || (a.path < b.path ? -1 : 1));
      const next = bars[bars.indexOf(current) + by];
      if (next !== undefined) port.onChoose(next);
    },
    zoom: (by) => chart.zoom(by),
    save() {
      if (chosen !== undefined && isAccountKind(chosen.table)) saveTable();
      else if (chosen?.kind === "candle" || companions.candles !== undefined) saveChart();
      else saveTape();
    },
    paint: () => chart.paint(),
  };
}

/** Whether a path is shown as a row at first; undefined: as it was before. */
function rowOf({ kind }: Path): boolean | undefined {
  return kind === "row" || kind === "rows" ? true : kind === "trades" ? false : undefined;
}

function channelsOf({ candles, book }: Companions): { candles: string; book: string } {
  return { candles: channelIn(candles), book: channelIn(book) };
}

type Rows = {
  readonly path: string;
  readonly rows: readonly RawRow[];
  readonly keys?: readonly string[];
};
