/** The rows of spreads, with the members that the official documentation lists; WebSocket pushes and REST answers share them. */
import { bookChecksum } from "../v3/checksum.ts";
import type { Candle } from "../market/candles.ts";
import type { Level } from "../market/book.ts";
import { formatSteps } from "../market/decimal.ts";
import type { Row } from "./rows.ts";
import type { Spread, SpreadTrade } from "../market/spread.ts";

const DAY = 86_400_000;
const MINUTE = 60_000;

export function spreadTickerRow(spread: Spread, nowMs: number): Row {
  const { candles, price, size } = spread;
  const span = candles.range(Math.floor(nowMs / MINUTE) * MINUTE + MINUTE - DAY, nowMs + MINUTE, nowMs);
  const [ask, bid, last] = [spread.asks[0], spread.bids[0], spread.trades.at(-1)];
  const pxOf = (level: Level | undefined) =>
    level === undefined ? "" : formatSteps(spread.ticksOf(level), price);
  return {
    sprdId: spread.sprdId,
    last: formatSteps(last?.px ?? candles.last, price),
    lastSz: formatSteps(last?.lots ?? 0, size),
    askPx: pxOf(ask),
    askSz: formatSteps(ask?.lots ?? 0, size),
    bidPx: pxOf(bid),
    bidSz: formatSteps(bid?.lots ?? 0, size),
    open24h: formatSteps(span?.open ?? candles.last, price),
    high24h: formatSteps(span?.high ?? candles.last, price),
    low24h: formatSteps(span?.low ?? candles.last, price),
    vol24h: formatSteps(span?.lots ?? 0, size),
    ts: String(spread.changedMs),
  };
}

export function spreadTradeRow({ sprdId, price, size }: Spread, trade: SpreadTrade): Row {
  return {
    sprdId,
    tradeId: trade.tradeId,
    px: formatSteps(trade.px, price),
    sz: formatSteps(trade.lots, size),
    side: trade.side,
    ts: String(trade.timeMs),
  };
}

/** Returns levels as `[price, size, orders]`. */
export function spreadEntries(spread: Spread, levels: readonly Level[]): string[][] {
  return levels.map((level) => [
    formatSteps(spread.ticksOf(level), spread.price),
    formatSteps(level.lots, spread.size),
    String(level.orders),
  ]);
}

/** Returns the checksum of a spread book, which is still a true one. */
export function spreadChecksum(spread: Spread): number {
  return bookChecksum(
    spreadEntries(spread, spread.bids.slice(0, 25)),
    spreadEntries(spread, spread.asks.slice(0, 25)),
  );
}

/** Returns a candle as a row of seven elements. */
export function spreadCandleRow({ price, size }: Spread, candle: Candle, confirmed: boolean): string[] {
  const prices = [candle.open, candle.high, candle.low, candle.close].map((px) => formatSteps(px, price));
  return [String(candle.openMs), ...prices, formatSteps(candle.lots, size), confirmed ? "1" : "0"];
}

/** Returns the row of the list of spreads, which only REST has. */
export function spreadRow(spread: Spread): Row {
  const { base, quote } = spread.legs[0].instrument;
  const [sold, bought] = spread.legs.map(({ instrument }) => instrument.instId);
  return {
    sprdId: spread.sprdId,
    sprdType: "linear",
    state: "live",
    baseCcy: base,
    szCcy: base,
    quoteCcy: quote,
    tickSz: formatSteps(1, spread.price),
    minSz: formatSteps(1, spread.size),
    lotSz: formatSteps(1, spread.size),
    listTime: String(spread.legs[1].instrument.listedMs),
    expTime: "",
    uTime: String(spread.startMs),
    legs: [{ instId: sold, side: "sell" }, { instId: bought, side: "buy" }],
  };
}
