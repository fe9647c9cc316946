/**
 * Event contracts: markets on whether a price will be above a level at a time. They are listed by series and end one by one;
 * nothing is traded here.
 */
import { emptied } from "../account/venue.ts";
import type { Row } from "../account/journal.ts";

export type EventContract = {
  readonly instId: string;
  readonly eventId: string;
  readonly strike: number;
  readonly listedMs: number;
  expiryMs: number;
  state: "live" | "expired";
};

export const SERIES_ID = "BTC-ABOVE-DAILY";

const STRIKES = [60_000, 65_000, 70_000];
const DAY = 86_400_000;
/** 16:00 UTC. */
const EXPIRY_HOUR = 16 * 3_600_000;

/** Returns the markets of one day; `dayMs` is its midnight. */
export function listEventContracts(dayMs: number): EventContract[] {
  const expiryMs = dayMs + EXPIRY_HOUR;
  const date = new Date(dayMs).toISOString().slice(2, 10).replaceAll("-", "");
  const eventId = `${SERIES_ID}-${date}-1600`;
  return STRIKES.map((strike) => ({
    instId: `${eventId}-${strike}`,
    eventId,
    strike,
    listedMs: expiryMs - DAY,
    expiryMs,
    state: "live",
  }));
}

/** Returns the first day whose markets have not ended. */
export function firstDay(nowMs: number): number {
  return Math.floor((nowMs - EXPIRY_HOUR) / DAY + 1) * DAY;
}

export function eventMarketRow(contract: EventContract): Row {
  const { instId, eventId, strike, listedMs, expiryMs, state } = contract;
  return {
    seriesId: SERIES_ID,
    eventId,
    instId,
    listTime: String(listedMs),
    fixTime: "",
    expTime: String(expiryMs),
    state,
    outcome: state === "expired" ? "1" : "0",
    floorStrike: String(strike),
    capStrike: "",
    settleValue: state === "expired" ? String(strike + 1) : "",
    disputed: false,
    hitDir: "",
  };
}

export function eventRow({ eventId, expiryMs, state }: EventContract): Row {
  return { seriesId: SERIES_ID, eventId, expTime: String(expiryMs), state };
}

export function seriesRow(): Row {
  return {
    seriesId: SERIES_ID,
    freq: "daily",
    title: "BTC price above a level",
    category: "Crypto",
    settlement: { method: "price_above", closeEarly: false, srcName: "okx_index", underlying: "BTC-USDT" },
  };
}

/** Returns the row of `instruments`; what only other types have is empty. */
export function eventInstrumentRow({ instId, listedMs, expiryMs, state }: EventContract): Row {
  return {
    instType: "EVENTS",
    seriesId: SERIES_ID,
    instId,
    ...emptied("uly instFamily baseCcy ctVal ctMult ctValCcy ctType optType stk contTdSwTime preMktSwTime"),
    groupId: "1",
    category: "1",
    quoteCcy: "USDT",
    settleCcy: "USDT",
    listTime: String(listedMs),
    auctionEndTime: "",
    openType: "fix_price",
    expTime: String(expiryMs),
    lever: "",
    tickSz: "0.001",
    lotSz: "1",
    minSz: "1",
    alias: "",
    state,
    ruleType: "normal",
    maxLmtSz: "100000",
    maxMktSz: "10000",
    maxLmtAmt: "100000",
    maxMktAmt: "10000",
    ...emptied("maxTwapSz maxIcebergSz maxTriggerSz maxStopSz"),
    futureSettlement: false,
    instIdCode: null,
    instCategory: "1",
    upcChg: [],
  };
}
