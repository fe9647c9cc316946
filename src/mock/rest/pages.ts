/** The REST calls that page through history: candles by opening time, trades by id or time, newest first. */
import type { Bar } from "../market/bars.ts";
import { barEnd } from "../market/bars.ts";
import type { Candle, CandleSeries } from "../market/candles.ts";
import { RestError } from "./error.ts";
import { barOf, limitOf, listingOf, numberOf, required, spreadOf } from "./query.ts";
import type { Query } from "./query.ts";
import { barsBack, candleRow, fillRows, isConfirmed, priceCandleRow } from "../feeds/rows.ts";
import { spreadCandleRow } from "../feeds/spread_rows.ts";

/** What one call gives: `most` rows a page, of `bars`; the newest `reach` bars, or history, which only has finished ones. */
export type Reach = { readonly most: number; readonly bars: readonly string[]; readonly reach?: number };

/**
 * History lags behind: a bar is in it this long after its end. The documentation names no figure; clients saw that it does not
 * have the newest ones.
 */
const HISTORY_LAG_MS = 5000;

export function tradeCandles(query: Query, reach: Reach): unknown[] {
  const listing = listingOf(query);
  return pageOfCandles(
    query,
    listing.candles,
    reach,
    (candle, confirmed) => candleRow(listing, candle, confirmed),
  );
}

export function markCandles(query: Query, reach: Reach): unknown[] {
  const listing = listingOf(query);
  const { price } = listing.instrument;
  return pageOfCandles(
    query,
    listing.markCandles(),
    reach,
    (candle, confirmed) => priceCandleRow(candle, price, confirmed),
  );
}

export function indexCandles(query: Query, reach: Reach): unknown[] {
  const index = query.market.indexes.get(required(query, "instId"));
  if (index === undefined) throw new RestError("51001");
  return pageOfCandles(
    query,
    index.candles(),
    reach,
    (candle, confirmed) => priceCandleRow(candle, index.grid, confirmed),
  );
}

export function spreadCandles(query: Query, reach: Reach): unknown[] {
  const spread = spreadOf(query);
  return pageOfCandles(
    query,
    spread.candles,
    reach,
    (candle, confirmed) => spreadCandleRow(spread, candle, confirmed),
  );
}

/** Newest first; `after` and `before` are exclusive, and `before` alone gives the newest page. */
function pageOfCandles(
  query: Query,
  candles: CandleSeries,
  { most, bars, reach }: Reach,
  row: (candle: Candle, confirmed: boolean) => unknown,
): unknown[] {
  const { nowMs } = query;
  const bar = barOf(query, bars);
  const limit = limitOf(query, most, 100);
  const after = numberOf(query, "after") ?? Infinity;
  const before = numberOf(query, "before") ?? -Infinity;
  const rows: unknown[] = [];
  let passed = 0;
  for (const openMs of barsBack(bar, nowMs + 1, candles.firstMs)) {
    if (rows.length >= limit || openMs <= before || (reach !== undefined && passed++ >= reach)) break;
    if (openMs >= after) continue;
    if (reach === undefined && !isHistory(bar, openMs, nowMs)) continue;
    const candle = candles.bar(bar, openMs, nowMs);
    if (candle !== undefined) rows.push(row(candle, isConfirmed(bar, openMs, nowMs)));
    else if (bar.name === "1s") break;
  }
  return rows;
}

function isHistory(bar: Bar, openMs: number, nowMs: number): boolean {
  return nowMs >= barEnd(bar, openMs) + HISTORY_LAG_MS;
}

/** A fill as REST has it. */
type Fill = { readonly tradeId: string; readonly ts: string };

/** Returns the newest fills, at most 500. */
export function newestFills(query: Query): unknown[] {
  return takeFills(query, { limit: limitOf(query, 500, 100), wanted: () => true });
}

export function historyTrades(query: Query): unknown[] {
  const type = query.params.get("type") ?? "1";
  if (type !== "1" && type !== "2") throw new RestError("51000", "type");
  const member = type === "2" ? "ts" : "tradeId";
  const after = numberOf(query, "after") ?? Infinity;
  const before = numberOf(query, "before") ?? -Infinity;
  if (member === "ts" && before !== -Infinity) throw new RestError("50039");
  const wanted = (fill: Fill) => Number(fill[member]) < after && Number(fill[member]) > before;
  return takeFills(query, { limit: limitOf(query, 100, 100), wanted });
}

/** Newest first. */
function takeFills(
  query: Query,
  { limit, wanted }: { readonly limit: number; readonly wanted: (fill: Fill) => boolean },
): unknown[] {
  const listing = listingOf(query);
  const found: Fill[] = [];
  for (const trade of listing.tradesBack()) {
    if (trade.timeMs > query.nowMs) continue;
    const fills = fillRows(listing, trade) as Fill[];
    found.push(...fills.reverse().filter(wanted));
    if (found.length >= limit) break;
  }
  return found.slice(0, limit);
}
