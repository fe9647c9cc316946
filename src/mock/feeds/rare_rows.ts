/** Rows of channels that have something to say only now and then, with the members that the official documentation lists. */
import { emptied } from "../account/venue.ts";
import { formatAmount, formatSteps } from "../market/decimal.ts";
import { OPTION_VOLATILITY } from "../market/fair_value.ts";
import type { FairValues } from "../market/fair_value.ts";
import type { Listing } from "../market/listing.ts";
import type { Row } from "../account/journal.ts";

/** A trade that was agreed on away from the book. */
export type BlockTrade = {
  readonly number: number;
  readonly listing: Listing;
  readonly side: "buy" | "sell";
  readonly lots: number;
  readonly timeMs: number;
};

const FIRST_BLOCK_ID = 439_127_542_058_958_848n;

export function blockTradeRow({ number, listing, side, lots, timeMs }: BlockTrade): Row {
  const { price, lot, instId } = listing.instrument;
  return {
    ...emptied("fillVol fwdPx groupId idxPx"),
    instId,
    markPx: formatSteps(listing.markTicks(timeMs), price),
    px: formatSteps(listing.markTicks(timeMs), price),
    side,
    sz: formatSteps(lots, lot),
    tradeId: String(FIRST_BLOCK_ID + 2n * BigInt(number) + 1n),
    ts: String(timeMs),
  };
}

/** Returns the trade with its legs, of which it has one here. */
export function blockStructureRow(trade: BlockTrade): Row {
  const { instId, tradeId, px, sz, side } = blockTradeRow(trade);
  return {
    cTime: String(trade.timeMs),
    blockTdId: String(FIRST_BLOCK_ID + 2n * BigInt(trade.number)),
    groupId: "",
    legs: [{ px, sz, instId, side, tradeId }],
  };
}

/** Returns the row of a block trade as it is pushed to the one who traded. */
export function ownBlockRow(trade: BlockTrade): Row {
  const { cTime, blockTdId, legs } = blockStructureRow(trade);
  return {
    cTime,
    rfqId: String(30_000 + trade.number),
    clRfqId: "",
    quoteId: String(40_000 + trade.number),
    clQuoteId: "",
    blockTdId,
    tag: "",
    tTraderCode: "DEMO",
    mTraderCode: "DSK4",
    isSuccessful: true,
    errorCode: "",
    legs: (legs as readonly Row[]).map((leg) => ({ ...leg, fee: "-0.01", feeCcy: "USDT", tgtCcy: "" })),
  };
}

export function blockTickerRow(listing: Listing, lots: number, nowMs: number): Row {
  const { instType, instId, lot } = listing.instrument;
  const { volCcy } = listing.amounts(listing.markTicks(nowMs), lots);
  return {
    instType,
    instId,
    volCcy24h: formatAmount(volCcy),
    vol24h: formatSteps(lots, lot),
    ts: String(nowMs),
  };
}

export function adlRow(instType: string, instFamily: string, nowMs: number): Row {
  return {
    instType,
    instFamily,
    state: "warning",
    bal: "280784384.95",
    ...emptied("ccy maxBal maxBalTs adlType adlBal adlRecBal decRate adlRate adlRecRate"),
    ts: String(nowMs),
  };
}

export function auctionRow(
  listing: Listing,
  state: "call_auction" | "continuous_trading",
  nowMs: number,
): Row {
  const { instId, price, lot, usualLots } = listing.instrument;
  return {
    instId,
    unmatchedSz: formatSteps(usualLots, lot),
    eqPx: formatSteps(listing.markTicks(nowMs), price),
    matchedSz: formatSteps(2 * usualLots, lot),
    state,
    auctionEndTime: String(nowMs),
    ts: String(nowMs),
  };
}

export function estimateRow(listing: Listing, nowMs: number): Row {
  const { instId, instType, price } = listing.instrument;
  return {
    instId,
    instType,
    settlePx: formatSteps(listing.markTicks(nowMs), price),
    settleType: "delivery",
    ts: String(nowMs),
  };
}

export function calendarRow(number: number, nowMs: number): Row {
  return {
    calendarId: String(319_275 + number),
    date: String(nowMs),
    region: "United States",
    category: "Manufacturing PMI",
    event: "S&P Global Manufacturing PMI Final",
    refDate: String(nowMs),
    actual: "49.2",
    previous: "47.3",
    forecast: "49.3",
    importance: "2",
    ...emptied("prevInitial ccy unit"),
    ts: String(nowMs),
  };
}

export function leadNotificationRow(number: number): Row {
  return {
    infoType: "2",
    instType: "SWAP",
    ...emptied("instId minLeadEq posSide side"),
    maxLeadTraderNum: "3",
    subPosId: String(667_695_035_433_385_984n + BigInt(number)),
    uniqueCode: "3AF72F63E3EAD701",
  };
}

/** Returns a fill of an option as `option-trades` has it; `fill` is the row of `trades-all`. */
export function optionTradeRow(fair: FairValues, { instrument }: Listing, fill: Row): Row {
  const { instId, tradeId, px, sz, side, ts } = fill;
  const timeMs = Number(ts);
  const forward = fair.index(instrument.indexId, timeMs);
  return {
    fillVol: formatAmount(OPTION_VOLATILITY, 16),
    fwdPx: formatAmount(forward, 8),
    idxPx: formatAmount(forward, 1),
    instFamily: instrument.indexId,
    instId,
    markPx: formatAmount(fair.option(instrument, timeMs).price, 16),
    optType: instrument.call ? "C" : "P",
    px,
    side,
    sz,
    tradeId,
    ts,
  };
}
