/**
 * Which REST calls return what a series has missed, and how often each may be asked. Source: OKX v5 documentation, "Get
 * candlesticks", "Get candlesticks history" and their index, mark price and spread relatives, "Get trades", "Get trades
 * history".
 */
import { barOf } from "./channels.ts";

/** One call that lists rows newest first. `most`: rows of a page. */
export type HistoryCall = { readonly path: string; readonly most: number };

/** Calls of each path in two seconds and from one address; those that are not named have 20. */
const LIMITS: Readonly<Record<string, number>> = {
  "/market/candles": 40,
  "/market/sprd-candles": 40,
  "/market/history-index-candles": 10,
  "/market/trades": 100,
};

/** Returns how many calls of a path the exchange takes in two seconds. */
export function callsPerTwoSeconds(path: string): number {
  return LIMITS[path] ?? 20;
}

/** The newest trades, and those before them. */
export const TRADE_CALLS: readonly [newest: HistoryCall, older: HistoryCall] = [
  { path: "/market/trades", most: 500 },
  { path: "/market/history-trades", most: 100 },
];

/** Bars that the call for the newest ones has not, and those that the history has not. None has bars of five days. */
const NEVER = ["5D", "5Dutc"];
const NOT_RECENT = ["1s"];
const PRICE_NEVER = [...NEVER, "2D", "2Dutc", "3D", "3Dutc"];
const PRICE_NOT_OLD = ["3M", "3Mutc"];

/**
 * Returns the calls that have the bars of a candle channel: that for the newest 1440 of them, then the history, which
 * lags behind. None where the exchange has no such bars by REST.
 */
export function candleCalls(channel: string): readonly HistoryCall[] {
  const bar = barOf(channel) ?? "";
  const family = channel.slice(0, channel.length - bar.length);
  if (family === "candle") {
    if (NEVER.includes(bar)) return [];
    const history = { path: "/market/history-candles", most: 300 };
    return NOT_RECENT.includes(bar) ? [history] : [{ path: "/market/candles", most: 300 }, history];
  }
  if (family === "sprd-candle") {
    if (NEVER.includes(bar)) return [];
    return [{ path: "/market/sprd-candles", most: 300 }, { path: "/market/sprd-history-candles", most: 100 }];
  }
  if (PRICE_NEVER.includes(bar)) return [];
  const name = family === "index-candle" ? "index-candles" : "mark-price-candles";
  const newest = { path: `/market/${name}`, most: 100 };
  return PRICE_NOT_OLD.includes(bar) ? [newest] : [newest, { path: `/market/history-${name}`, most: 100 }];
}
