/// <reference lib="dom" />
/** The newest trades of the chosen instrument, newest first. */
import { find, make, resize, setAttribute, setText } from "./dom.ts";
import { decimalsOf, formatClock, formatFixed } from "./format.ts";
import { type RawRow, readTrade, type Trade } from "./rows.ts";
import { t } from "./texts.ts";

/** What others may do with the tape. */
export type TapePanel = {
  setRows(rows: readonly RawRow[]): void;
  addRows(rows: readonly RawRow[]): void;
  clear(...words: (Node | string)[]): void;
  /** The shown rows, newest first. */
  rows(): readonly RawRow[];
};

const MAX_TRADES = 80;

/** Starts an empty tape. */
export function startTapePanel(): TapePanel {
  const tape = find("trades");
  const empty = find("trades-empty");
  let trades: Trade[] = [];
  const raw = new WeakMap<Trade, RawRow>();

  const add = (rows: readonly RawRow[]) => {
    const known = new Set(trades.map(({ id }) => id));
    const fresh = rows.flatMap((row) => {
      const trade = readTrade(row);
      if (trade === undefined || known.has(trade.id)) return [];
      raw.set(trade, row);
      return [trade];
    });
    trades = [...trades, ...fresh].sort((a, b) => b.at - a.at).slice(0, MAX_TRADES);
    draw();
  };

  const draw = () => {
    resize(
      tape,
      trades.length,
      () => make("div", { class: "trade" }, make("span"), make("span"), make("span")),
    );
    const digits = (texts: string[], most: number) => Math.min(most, Math.max(0, ...texts.map(decimalsOf)));
    const prices = digits(trades.map(({ price }) => price), 10);
    const sizes = digits(trades.map(({ size }) => size), 6);
    for (const [i, { side, price, size, at }] of trades.entries()) {
      const row = tape.children[i] as Element;
      setAttribute(row, "class", `trade ${side}`);
      setText(row.children[0] as Element, formatFixed(Number(price), prices));
      setText(row.children[1] as Element, formatFixed(Number(size), sizes));
      setText(row.children[2] as Element, formatClock(at));
    }
  };

  return {
    setRows(rows) {
      setText(empty, rows.length === 0 ? t("page.no_trade") : "");
      trades = [];
      add(rows);
    },
    addRows(rows) {
      setText(empty, "");
      add(rows);
    },
    clear(...words) {
      trades = [];
      draw();
      empty.replaceChildren(...words);
    },
    rows: () => trades.map((trade) => raw.get(trade)).filter((row) => row !== undefined),
  };
}
