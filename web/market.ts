/// <reference lib="dom" />
/** The market panels together: which paths they show, and the one stream that feeds them. */
import { barSeconds } from "../src/http/instruments.ts";
import { startBookPanel } from "./book_panel.ts";
import { startChartPanel } from "./chart_panel.ts";
import { channelIn, type Companions, companionsOf } from "./companions.ts";
import { download, fileName, formatCsv } from "./csv.ts";
import { type CompanionSelects, startCompanionSelects } from "./companion_selects.ts";
import { find, make, setAttribute, setText } from "./dom.ts";
import type { Model, Path } from "./model.ts";
import { isAccountKind, noticeOf } from "./notice.ts";
import { createRowFeed, type Panel, type Shown } from "./row_feed.ts";
import { startRowPanel } from "./row_panel.ts";
import { type RowTabs, startRowTabs } from "./row_tabs.ts";
import type { RawRow } from "./rows.ts";
import { startTablePanel } from "./table_panel.ts";
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

/** Starts the panels. */
export function startMarket(model: Model, port: MarketPort): Market {
  return new MarketPanels(model, port);
}

/** The panels with what is chosen. */
class MarketPanels implements Market {
  readonly #model: Model;
  readonly #port: MarketPort;
  readonly #chart = startChartPanel();
  readonly #book = createBook();
  readonly #tape = startTapePanel();
  readonly #row = startRowPanel();
  readonly #table = startTablePanel();
  readonly #feed = createRowFeed();
  readonly #selects: CompanionSelects;
  readonly #tabs: RowTabs;
  #chosen: Path | undefined;
  #missing = "";
  #companions: Companions = companionsOf([], undefined);

  constructor(model: Model, port: MarketPort) {
    this.#model = model;
    this.#port = port;
    this.#selects = startCompanionSelects(model, (path) => port.onChoose(path));
    this.#tabs = startRowTabs(() => this.toggleRow());
    find("chart-save").addEventListener("click", () => this.#saveChart());
    find("tape-save").addEventListener("click", () => this.#saveTape());
    find("table-save").addEventListener("click", () => this.#saveTable());
    this.#tabs.show(false);
    this.#explain();
    this.draw();
  }

  show(path: Path, choice?: MarketChoice): void {
    const before: Companions = choice === undefined ? this.#companions : {
      candles: this.#find(path.server, `${choice.candles}:${path.subject}`),
      book: this.#find(path.server, `${choice.book}:${path.subject}`),
      trades: this.#companions.trades,
    };
    const isOther = this.#chosen?.server !== path.server || this.#chosen.path !== path.path;
    this.#missing = "";
    this.#chosen = path;
    this.#companions = companionsOf(this.#model.paths.values(), path, before);
    if (isOther && isAccountKind(path.table)) this.#table.setKind(path.table, path.path);
    // A path that no other panel shows is shown as a row.
    this.#tabs.show(choice?.row ?? rowOf(path) ?? this.#tabs.isRow());
    this.#update();
  }

  showMissing(server: string, path: string): void {
    this.#hide(t("page.not_subscribed", { server, path }));
  }

  refresh(): void {
    if (this.#chosen === undefined) return this.#selects.fill(this.#companions);
    // The same path may have another number since the service was restarted.
    const same = this.#find(this.#chosen.server, this.#chosen.path);
    if (same !== undefined) {
      return this.show(same, { row: this.#tabs.isRow(), ...channelsOf(this.#companions) });
    }
    this.#hide("");
  }

  draw(): void {
    const chosen = this.#chosen;
    const hasTable = chosen !== undefined && isAccountKind(chosen.table);
    find("table-panel").hidden = !hasTable;
    find("chart-panel").hidden = hasTable;
    this.#showNotice("chart", this.#companions.candles);
    this.#showNotice("book", this.#companions.book);
    this.#showNotice("tape", this.#tabs.isRow() ? chosen : this.#companions.trades);
    this.#showNotice("table", hasTable ? chosen : undefined);
  }

  chosen(): Path | undefined {
    return this.#chosen;
  }

  choice(): MarketChoice {
    const best = companionsOf(this.#model.paths.values(), this.#chosen);
    const [is, usual] = [channelsOf(this.#companions), channelsOf(best)];
    const isRow = this.#tabs.isRow();
    return {
      row: this.#chosen === undefined || isRow === (rowOf(this.#chosen) ?? false) ? undefined : isRow,
      candles: is.candles === usual.candles ? "" : is.candles,
      book: is.book === usual.book ? "" : is.book,
    };
  }

  toggleRow(): void {
    this.#tabs.show(!this.#tabs.isRow());
    this.#open();
    this.draw();
    this.#port.onChange();
  }

  stepBar(by: 1 | -1): void {
    const current = this.#companions.candles;
    if (current === undefined) return;
    const bars = [...this.#model.paths.values()].filter(({ kind, server, subject }) =>
      kind === "candle" && server === current.server && subject === current.subject
    );
    bars.sort((a, b) => barSeconds(a.path) - barSeconds(b.path) || (a.path < b.path ? -1 : 1));
    const next = bars[bars.indexOf(current) + by];
    if (next !== undefined) this.#port.onChoose(next);
  }

  zoom(by: number): void {
    this.#chart.zoom(by);
  }

  save(): void {
    const chosen = this.#chosen;
    if (chosen !== undefined && isAccountKind(chosen.table)) this.#saveTable();
    else if (chosen?.kind === "candle" || this.#companions.candles !== undefined) this.#saveChart();
    else this.#saveTape();
  }

  paint(): void {
    this.#chart.paint();
  }

  #hide(words: string): void {
    this.#missing = words;
    this.#chosen = undefined;
    this.#companions = companionsOf([], undefined);
    this.#update();
  }

  #update(): void {
    this.#selects.fill(this.#companions);
    this.#explain();
    this.#open();
    this.draw();
  }

  /** Has the panels fed. */
  #open(): void {
    this.#feed.open(this.#chosen?.server, this.#shown());
  }

  #shown(): Shown[] {
    const { candles, book, trades } = this.#companions;
    const isRow = this.#tabs.isRow();
    const own = this.#chosen !== undefined && this.#mayShow(this.#chosen) ? this.#chosen : undefined;
    const list: (Shown | undefined)[] = [
      candles && { name: "chart", panel: this.#chart, path: candles },
      book && { name: "book", panel: this.#book, path: book },
      trades && !isRow ? { name: "tape", panel: this.#tape, path: trades } : undefined,
      own && isRow ? { name: "row", panel: this.#row, path: own } : undefined,
      own && isAccountKind(own.table) ? { name: "table", panel: this.#table, path: own } : undefined,
    ];
    return list.filter((each) => each !== undefined);
  }

  #mayShow(path: Path): boolean {
    return !path.login || this.#model.tick?.accounts === true;
  }

  /** Says in each panel without a path why it is empty. */
  #explain(): void {
    const { candles, book, trades } = this.#companions;
    if (candles === undefined) this.#explainPanel(this.#chart, "page.what_candles", "candle1m");
    if (book === undefined) this.#explainPanel(this.#book, "page.what_book", "books");
    if (trades === undefined) this.#explainPanel(this.#tape, "page.what_trades", "trades");
    if (this.#chosen === undefined) this.#row.clear(this.#missing);
    else if (!this.#mayShow(this.#chosen)) {
      this.#row.clear(t("page.accounts"));
      this.#table.clear(t("page.accounts"));
    }
  }

  #explainPanel(
    panel: Panel,
    what: "page.what_candles" | "page.what_book" | "page.what_trades",
    channel: string,
  ): void {
    const chosen = this.#chosen;
    if (chosen === undefined) return panel.clear(this.#missing || t("page.choose"));
    const { server, subject } = chosen;
    const isAccount = chosen.login || isAccountKind(chosen.table);
    if (subject === "" || isAccount) return panel.clear(t("page.none_here", { what: t(what) }));
    const command = `okws client subscribe ${server} ${channel}:${subject}`;
    panel.clear(make("span", {}, t("page.none_of", { what: t(what), subject })), make("code", {}, command));
  }

  /** What a person must know of a path before believing its panel. */
  #showNotice(name: "chart" | "book" | "tape" | "table", path: Path | undefined): void {
    const notice = find(`${name}-notice`);
    const text = noticeOf(path, this.#model.now(), t);
    setText(notice, text);
    notice.hidden = text === "";
    const state = text === "" ? "" : path?.state ?? "";
    // A book says by itself how it stands.
    if (name !== "book") {
      notice.parentElement?.classList.toggle("uncertain", state !== "");
      setText(find(`${name}-state`), name === "tape" && path !== undefined ? path.path : state);
    }
    setAttribute(notice, "data-state", state);
  }

  #find(server: string, path: string): Path | undefined {
    return [...this.#model.paths.values()].find((each) => each.server === server && each.path === path);
  }

  #saveChart(): void {
    save(this.#chart.rows(), this.#companions.candles);
  }

  #saveTape(): void {
    if (this.#tabs.isRow()) save(this.#row.rows(), this.#chosen);
    else save(this.#tape.rows(), this.#companions.trades);
  }

  #saveTable(): void {
    save(this.#table.rows(), this.#chosen);
  }
}

/** The book as a panel of rows: the newest is the book. */
function createBook(): Panel {
  const ladder = startBookPanel();
  return {
    setRows: (rows) => ladder.setRow(rows.at(-1)),
    addRows: (rows) => ladder.setRow(rows.at(-1)),
    clear: (...words) => ladder.clear(...words),
  };
}

function save(rows: readonly RawRow[], path: Path | undefined): void {
  if (path !== undefined && rows.length > 0) download(fileName(path.server, path.path), formatCsv(rows));
}

/** Whether a path is shown as a row at first; undefined: as it was before. */
function rowOf({ kind }: Path): boolean | undefined {
  return kind === "row" || kind === "rows" ? true : kind === "trades" ? false : undefined;
}

function channelsOf({ candles, book }: Companions): { candles: string; book: string } {
  return { candles: channelIn(candles), book: channelIn(book) };
}
