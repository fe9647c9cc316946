/**
 * The feeds of the candle channels: the bar that is forming at most once a second, and every bar once more when
 * it is complete, with its last element `"1"`.
 */
import type { Bar } from "../market/bars.ts";
import { barEnd, barOpen } from "../market/bars.ts";
import type { Candle } from "../market/candles.ts";
import type { Feed, Push } from "./feed.ts";
import type { Listing } from "../market/listing.ts";
import type { Market } from "../market/market.ts";
import { candleRow, priceCandleRow } from "./rows.ts";

/** Creates the feed of candles of trades; undefined for one-second bars of options, which do not exist. */
export function tradeCandles(bar: Bar, listing: Listing, market: Market): Feed | undefined {
  if (bar.name === "1s" && listing.instrument.strike !== undefined) return undefined;
  return candleFeed(bar, {
    instId: listing.instrument.instId,
    version: () => listing.candles.version,
    candle: (openMs, nowMs) => listing.candles.bar(bar, openMs, nowMs),
    row: (candle, confirmed) => candleRow(listing, candle, confirmed),
  }, market.nowMs);
}

export function markCandles(bar: Bar, listing: Listing, market: Market): Feed {
  const candles = listing.markCandles();
  return candleFeed(bar, {
    instId: listing.instrument.instId,
    version: () => candles.version,
    candle: (openMs, nowMs) => candles.bar(bar, openMs, nowMs),
    row: (candle, confirmed) => priceCandleRow(candle, listing.instrument.price, confirmed),
  }, market.nowMs);
}

export function indexCandles(bar: Bar, market: Market, indexId: string): Feed | undefined {
  const index = market.indexes.get(indexId);
  if (index === undefined) return undefined;
  const candles = index.candles();
  return candleFeed(bar, {
    version: () => candles.version,
    candle: (openMs, nowMs) => candles.bar(bar, openMs, nowMs),
    row: (candle, confirmed) => priceCandleRow(candle, index.grid, confirmed),
  }, market.nowMs);
}

/** What a candle feed is made of. */
export type CandleSource = {
  instId?: string;
  version(nowMs: number): unknown;
  candle(openMs: number, nowMs: number): Candle | undefined;
  row(candle: Candle, confirmed: boolean): string[];
};

export function candleFeed(bar: Bar, source: CandleSource, startMs: number): Feed {
  let openMs = barOpen(bar, startMs);
  let sentMs = -Infinity;
  let sentVersion: unknown;
  const forming = (nowMs: number): Push[] => {
    const candle = source.candle(openMs, nowMs);
    return candle === undefined ? [] : [{ data: [source.row(candle, false)] }];
  };
  return {
    ...(source.instId === undefined ? {} : { instId: source.instId }),
    first: forming,
    next(nowMs) {
      const pushes: Push[] = [];
      while (barEnd(bar, openMs) <= nowMs) {
        const candle = source.candle(openMs, barEnd(bar, openMs) - 1);
        if (candle !== undefined) pushes.push({ data: [source.row(candle, true)] });
        openMs = barEnd(bar, openMs);
      }
      const due = nowMs - sentMs >= 1000 && source.version(nowMs) !== sentVersion;
      if (!due && pushes.length === 0) return [];
      sentMs = nowMs;
      sentVersion = source.version(nowMs);
      return [...pushes, ...forming(nowMs)];
    },
  };
}
