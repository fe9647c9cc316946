/**
 * The rows of the v5 API made from the market, each with exactly the members that the official documentation
 * lists. WebSocket pushes and REST answers share them.
 */
import type { Bar } from "../market/bars.ts";
import { barEnd, barOpen } from "../market/bars.ts";
import type { Level } from "../market/book.ts";
import type { Candle } from "../market/candles.ts";
import type { Grid } from "../market/decimal.ts";
import { formatAmount, formatSteps } from "../market/decimal.ts";
import { FUNDING_PERIOD_MS, fundingRate, OPTION_VOLATILITY } from "../market/fair_value.ts";
import type { InstType } from "../market/instruments.ts";
import type { Listing, Trade } from "../market/listing.ts";
import type { Index, Liquidation, Market } from "../market/market.ts";
import { latticeValue, seedOf } from "../market/random.ts";

export type Row = Readonly<Record<string, unknown>>;

/** `[price, size, "0", orders]`, or of books with RPI orders another size in third place. */
export type Entry = readonly [string, string, string, string];

export function tickerRow(listing: Listing, nowMs: number, instType?: InstType): Row {
  const { instrument, book, candles } = listing;
  const { price, lot } = instrument;
  const day = listing.dayFigures(nowMs);
  const ask = book.asks[0];
  const bid = book.bids[0];
  return {
    instType: instType ?? instrument.instType,
    instId: instrument.instId,
    last: formatSteps(candles.last, price),
    lastSz: formatSteps(listing.lastLots, lot),
    askPx: ask === undefined ? "" : formatSteps(ask.px, price),
    askSz: ask === undefined ? "" : formatSteps(ask.lots, lot),
    bidPx: bid === undefined ? "" : formatSteps(bid.px, price),
    bidSz: bid === undefined ? "" : formatSteps(bid.lots, lot),
    open24h: formatSteps(day.open, price),
    high24h: formatSteps(day.high, price),
    low24h: formatSteps(day.low, price),
    volCcy24h: formatAmount(day.volCcy),
    vol24h: formatSteps(day.lots, lot),
    sodUtc0: formatSteps(day.openUtc0, price),
    sodUtc8: formatSteps(day.openUtc8, price),
    ts: String(listing.tickerMs),
  };
}

/** Returns a row of `trades`: one match, its fills merged. */
export function tradeRow(listing: Listing, trade: Trade): Row {
  const { price, lot, instId } = listing.instrument;
  return {
    instId,
    tradeId: String(trade.lastId),
    px: formatSteps(trade.px, price),
    sz: formatSteps(trade.parts.reduce((sum, part) => sum + part, 0), lot),
    side: trade.side,
    ts: String(trade.timeMs),
    count: String(trade.parts.length),
    source: "0",
    seqId: trade.seqId,
  };
}

/** Returns the rows of `trades-all` and REST: one a fill. */
export function fillRows(listing: Listing, trade: Trade): Row[] {
  const { price, lot, instId } = listing.instrument;
  return trade.parts.map((part, index) => ({
    instId,
    tradeId: String(trade.lastId - trade.parts.length + 1 + index),
    px: formatSteps(trade.px, price),
    sz: formatSteps(part, lot),
    side: trade.side,
    source: "0",
    ts: String(trade.timeMs),
  }));
}

export function bookEntries(listing: Listing, levels: readonly Level[]): Entry[] {
  const { price, lot } = listing.instrument;
  return levels.map((level) => [
    formatSteps(level.px, price),
    formatSteps(level.lots, lot),
    "0",
    String(level.orders),
  ]);
}

/** Returns levels as `[price, size, size without RPI orders, orders]`; every third price has some of them here. */
export function rpiEntries(listing: Listing, levels: readonly Level[]): Entry[] {
  const { price, lot } = listing.instrument;
  return levels.map(({ px, lots, orders }) => [
    formatSteps(px, price),
    formatSteps(lots, lot),
    formatSteps(px % 3 === 0 ? lots >> 1 : lots, lot),
    String(orders),
  ]);
}

/** Returns a candle as a row of nine elements. */
export function candleRow(listing: Listing, candle: Candle, confirmed: boolean): string[] {
  const { price, lot } = listing.instrument;
  const [ts, open, high, low, close] = prices(candle, price);
  return [
    ts,
    open,
    high,
    low,
    close,
    formatSteps(candle.lots, lot),
    formatAmount(candle.volCcy),
    formatAmount(candle.volCcyQuote),
    confirmed ? "1" : "0",
  ];
}

/** Returns a candle of mark price or index as a row of six elements. */
export function priceCandleRow(candle: Candle, grid: Grid, confirmed: boolean): string[] {
  return [...prices(candle, grid), confirmed ? "1" : "0"];
}

/** Returns the opening times of the bars before `untilMs`, newest first. */
export function* barsBack(bar: Bar, untilMs: number, firstMs: number): Generator<number> {
  for (let at = barOpen(bar, untilMs - 1); at >= firstMs; at = barOpen(bar, at - 1)) yield at;
}

export function isConfirmed(bar: Bar, openMs: number, nowMs: number): boolean {
  return nowMs >= barEnd(bar, openMs);
}

export function markPriceRow(listing: Listing, nowMs: number, instType?: InstType): Row {
  const { instrument } = listing;
  const markPx = instrument.strike === undefined
    ? formatSteps(listing.markTicks(nowMs), instrument.price)
    : formatAmount(listing.fairTicks(nowMs) * instrument.price.size, 16);
  return {
    instType: instType ?? (instrument.instType === "SPOT" ? "MARGIN" : instrument.instType),
    instId: instrument.instId,
    markPx,
    ts: String(nowMs),
  };
}

export function indexRow(index: Index, nowMs: number): Row {
  const { grid } = index;
  const candles = index.candles();
  const minute = 60_000;
  const day = 1440 * minute;
  const from = Math.floor(nowMs / minute) * minute + minute - day;
  const span = candles.range(from, nowMs + minute, nowMs);
  const last = index.ticks(nowMs);
  const openAt = (timeMs: number) => formatSteps(index.ticks(timeMs), grid);
  return {
    instId: index.indexId,
    idxPx: formatSteps(last, grid),
    open24h: formatSteps(span?.open ?? last, grid),
    high24h: formatSteps(Math.max(span?.high ?? last, last), grid),
    low24h: formatSteps(Math.min(span?.low ?? last, last), grid),
    sodUtc0: openAt(Math.floor(nowMs / day) * day),
    sodUtc8: openAt(Math.floor((nowMs + day / 3) / day) * day - day / 3),
    ts: String(nowMs),
  };
}

export function fundingRow(market: Market, listing: Listing, nowMs: number): Row {
  const { instrument } = listing;
  const fundingMs = (Math.floor(nowMs / FUNDING_PERIOD_MS) + 1) * FUNDING_PERIOD_MS;
  const current = fundingRate(instrument, market.seed, nowMs);
  return {
    instType: instrument.instType,
    instId: instrument.instId,
    method: "current_period",
    formulaType: "withRate",
    fundingRate: formatAmount(current, 10),
    fundingTime: String(fundingMs),
    nextFundingRate: "",
    nextFundingTime: String(fundingMs + FUNDING_PERIOD_MS),
    minFundingRate: "-0.00375",
    maxFundingRate: "0.00375",
    interestRate: "0.0001",
    impactValue: "20000",
    settState: "settled",
    settFundingRate: formatAmount(fundingRate(instrument, market.seed, nowMs - FUNDING_PERIOD_MS), 10),
    premium: formatAmount(current - 0.0001, 10),
    ts: String(nowMs),
  };
}

export function openInterestRow(market: Market, listing: Listing, nowMs: number): Row {
  const { instrument } = listing;
  const wave = latticeValue(seedOf(instrument.instId, market.seed), 61, Math.floor(nowMs / 3000));
  const lots = Math.round(instrument.usualLots * 5000 * (1 + 0.02 * wave));
  const { volCcy } = listing.amounts(listing.markTicks(nowMs), lots);
  return {
    instType: instrument.instType,
    instId: instrument.instId,
    oi: formatSteps(lots, instrument.lot),
    oiCcy: formatAmount(volCcy),
    oiUsd: formatAmount(volCcy * market.fair.index(instrument.indexId, nowMs)),
    ts: String(nowMs),
  };
}

export function priceLimitRow(listing: Listing, nowMs: number): Row {
  const { price, instId } = listing.instrument;
  const mark = listing.markTicks(nowMs);
  return {
    instId,
    buyLmt: formatSteps(Math.ceil(mark * 1.02), price),
    sellLmt: formatSteps(Math.max(1, Math.floor(mark * 0.98)), price),
    ts: String(nowMs),
    enabled: true,
  };
}

export function optionRow(market: Market, listing: Listing, nowMs: number): Row {
  const { instrument } = listing;
  const forward = market.fair.index(instrument.indexId, nowMs);
  const { delta, gamma, vega, theta, price } = market.fair.option(instrument, nowMs);
  return {
    instType: "OPTION",
    instId: instrument.instId,
    uly: instrument.indexId,
    delta: formatAmount(delta - price, 10),
    gamma: formatAmount(gamma * forward, 10),
    vega: formatAmount(vega / forward, 10),
    theta: formatAmount(theta / forward, 10),
    lever: formatAmount(1 / Math.max(price, 0.0005), 9),
    markVol: formatAmount(OPTION_VOLATILITY, 10),
    bidVol: formatAmount(OPTION_VOLATILITY - 0.01, 10),
    askVol: formatAmount(OPTION_VOLATILITY + 0.01, 10),
    realVol: "",
    deltaBS: formatAmount(delta, 10),
    gammaBS: formatAmount(gamma, 10),
    thetaBS: formatAmount(theta, 10),
    vegaBS: formatAmount(vega, 10),
    ts: String(nowMs),
    fwdPx: formatAmount(forward, 4),
    volLv: formatAmount(OPTION_VOLATILITY - 0.02, 10),
  };
}

export function liquidationRow(liquidation: Liquidation): Row {
  const { instrument, side, px, lots, timeMs } = liquidation;
  return {
    instType: instrument.instType,
    instId: instrument.instId,
    instFamily: instrument.indexId,
    uly: instrument.indexId,
    details: [{
      bkLoss: "0",
      bkPx: formatSteps(px, instrument.price),
      ccy: "",
      posSide: side === "buy" ? "short" : "long",
      side,
      sz: formatSteps(lots, instrument.lot),
      ts: String(timeMs),
    }],
  };
}

/** Returns the latest maintenance: one that ended an hour before the start. */
export function statusRow(startMs: number): Row {
  const hour = 3_600_000;
  return {
    title: "Simulated exchange WebSocket upgrade",
    state: "completed",
    begin: String(startMs - 2 * hour),
    end: String(startMs - hour),
    preOpenBegin: "",
    href: "",
    serviceType: "0",
    system: "unified",
    scheDesc: "",
    maintType: "1",
    env: "1",
    ts: String(startMs - hour),
  };
}

function prices(candle: Candle, grid: Grid): [string, string, string, string, string] {
  return [
    String(candle.openMs),
    formatSteps(candle.open, grid),
    formatSteps(candle.high, grid),
    formatSteps(candle.low, grid),
    formatSteps(candle.close, grid),
  ];
}
