/**
 * The public REST calls that fill gaps, answered from the same market as the pushes: envelope, paging, errors
 * and, when asked for, the rate limits of the official documentation.
 */
import { instrumentRow } from "./instruments.ts";
import type { Market } from "./market.ts";
import { historyTrades, indexCandles, markCandles, newestFills, tradeCandles } from "./rest_pages.ts";
import type { Query } from "./rest_query.ts";
import { listed, listingOf, numberOf, required, RestError, unknownInstrument } from "./rest_query.ts";
import {
  bookEntries,
  fundingRow,
  indexRow,
  markPriceRow,
  openInterestRow,
  optionRow,
  priceLimitRow,
  statusRow,
  tickerRow,
} from "./rows.ts";

export type RestAnswer = {
  readonly status: number;
  readonly body: { readonly code: string; readonly msg: string; readonly data: readonly unknown[] };
};

export type Rest = (url: URL, request: { nowMs: number; client: string }) => RestAnswer;

type Call = {
  /** Calls in `windowMs`, for each client and value of `per`. */
  readonly limit: number;
  readonly windowMs?: number;
  readonly per?: string;
  readonly answer: (query: Query) => readonly unknown[];
};

const CALLS: ReadonlyMap<string, Call> = new Map<string, Call>([
  ["/market/candles", { limit: 40, answer: (query) => tradeCandles(query, { most: 300, reach: 1440 }) }],
  ["/market/history-candles", { limit: 20, answer: (query) => tradeCandles(query, { most: 300 }) }],
  ["/market/mark-price-candles", {
    limit: 20,
    answer: (query) => markCandles(query, { most: 100, reach: 1440 }),
  }],
  ["/market/history-mark-price-candles", { limit: 20, answer: (query) => markCandles(query, { most: 100 }) }],
  ["/market/index-candles", {
    limit: 20,
    answer: (query) => indexCandles(query, { most: 100, reach: 1440 }),
  }],
  ["/market/history-index-candles", { limit: 10, answer: (query) => indexCandles(query, { most: 100 }) }],
  ["/market/trades", {
    limit: 100,
    answer: newestFills,
  }],
  ["/market/history-trades", { limit: 20, answer: historyTrades }],
  ["/market/books", { limit: 40, answer: books }],
  ["/market/tickers", {
    limit: 20,
    answer: (query) =>
      listed(query).map(({ listing, instType }) => tickerRow(listing, query.nowMs, instType)),
  }],
  ["/market/ticker", { limit: 20, answer: (query) => [tickerRow(listingOf(query), query.nowMs)] }],
  ["/market/index-tickers", { limit: 20, answer: indexTickers }],
  ["/public/instruments", {
    limit: 20,
    per: "instType",
    answer: (query) =>
      listed(query).map(({ listing: { instrument }, instType }) => ({
        ...instrumentRow(instrument, instType),
        tradeQuoteCcyList: instrument.contractValue === 0 ? [instrument.quote] : [],
        initPxLmtPct: "",
        floatPxLmtPct: "",
        maxPxLmtPct: "",
        rpiMinLevel: "",
        rpiMinPxBand: "",
      })),
  }],
  ["/public/time", { limit: 10, answer: ({ nowMs }) => [{ ts: String(nowMs) }] }],
  ["/public/mark-price", {
    limit: 10,
    per: "instId",
    answer: (query) =>
      listed(query).map(({ listing, instType }) => markPriceRow(listing, query.nowMs, instType)),
  }],
  ["/public/price-limit", { limit: 20, answer: (query) => [priceLimitRow(listingOf(query), query.nowMs)] }],
  ["/public/funding-rate", {
    limit: 10,
    per: "instId",
    answer: (query) => {
      const listing = listingOf(query);
      if (listing.instrument.instType !== "SWAP") throw unknownInstrument(query);
      return [fundingRow(query.market, listing, query.nowMs)];
    },
  }],
  ["/public/open-interest", {
    limit: 20,
    per: "instId",
    answer: (query) =>
      listed(query).filter(({ listing }) => listing.instrument.contractValue > 0)
        .map(({ listing }) => openInterestRow(query.market, listing, query.nowMs)),
  }],
  ["/public/opt-summary", {
    limit: 20,
    per: "instFamily",
    answer: (query) => {
      const family = required(query, "instFamily");
      return [...query.market.listings.values()]
        .filter(({ instrument }) => instrument.strike !== undefined && instrument.indexId === family)
        .map((listing) => optionRow(query.market, listing, query.nowMs));
    },
  }],
  ["/system/status", {
    limit: 1,
    windowMs: 5000,
    answer: ({ market, params }) =>
      ["completed", null].includes(params.get("state")) ? [statusRow(market.startMs)] : [],
  }],
]);

const PREFIX = "/api/v5";

export function createRest(market: Market, options: { limits: boolean }): Rest {
  const used = new Map<string, number[]>();
  return (url, { nowMs, client }) => {
    const path = url.pathname.slice(PREFIX.length);
    const call = CALLS.get(path);
    try {
      if (call === undefined) throw new RestError(404, "404", "Not Found");
      if (options.limits) {
        const key = [client, path, call.per === undefined ? "" : url.searchParams.get(call.per)].join(" ");
        countCall(used, key, call, nowMs);
      }
      const data = call.answer({ market, params: url.searchParams, nowMs });
      return { status: 200, body: { code: "0", msg: "", data } };
    } catch (error) {
      if (!(error instanceof RestError)) throw error;
      return { status: error.status, body: { code: error.code, msg: error.message, data: [] } };
    }
  };
}

function countCall(used: Map<string, number[]>, key: string, call: Call, nowMs: number): void {
  const { limit, windowMs = 2000 } = call;
  const times = (used.get(key) ?? []).filter((timeMs) => nowMs - timeMs < windowMs);
  if (times.length >= limit) throw new RestError(429, "50011", "Too Many Requests");
  used.set(key, [...times, nowMs]);
}

function books(query: Query): unknown[] {
  const listing = listingOf(query);
  const size = Math.min(Math.max(numberOf(query, "sz") ?? 1, 1), 400);
  const { book, bookMs } = listing;
  return [{
    asks: bookEntries(listing, book.asks.slice(0, size)),
    bids: bookEntries(listing, book.bids.slice(0, size)),
    ts: String(bookMs),
    seqId: book.seqId,
  }];
}

function indexTickers({ market, params, nowMs }: Query): unknown[] {
  const instId = params.get("instId");
  const quote = params.get("quoteCcy");
  return [...market.indexes.values()]
    .filter(({ indexId }) => instId === null ? indexId.endsWith(`-${quote}`) : indexId === instId)
    .map((index) => indexRow(index, nowMs));
}
