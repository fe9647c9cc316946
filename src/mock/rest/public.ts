/** The REST calls that anybody may make, answered from the same market as the pushes. */
import type { Row } from "../account/journal.ts";
import {
  eventInstrumentRow,
  eventMarketRow,
  eventRow,
  SERIES_ID,
  seriesRow,
} from "../market/event_contracts.ts";
import type { EventContract } from "../market/event_contracts.ts";
import { instrumentRow } from "../market/instruments.ts";
import type { Listing } from "../market/listing.ts";
import { blockTickerRow, optionTradeRow } from "../feeds/rare_rows.ts";
import type { Call } from "./call.ts";
import { CANDLE_BARS, HISTORY_CANDLE_BARS, HISTORY_PRICE_CANDLE_BARS, PRICE_CANDLE_BARS } from "./bars.ts";
import { RestError } from "./error.ts";
import { historyTrades, indexCandles, markCandles, newestFills, tradeCandles } from "./pages.ts";
import { SPREAD_CALLS } from "./spreads.ts";
import type { Query } from "./query.ts";
import { hasFamily, listed, listingOf, numberOf, required } from "./query.ts";
import {
  bookEntries,
  fillRows,
  fundingRow,
  indexRow,
  markPriceRow,
  openInterestRow,
  optionRow,
  priceLimitRow,
  rpiEntries,
  statusRow,
  tickerRow,
} from "../feeds/rows.ts";

/** The quick calls have the newest 1440 bars, whatever their length. */
const REACH = 1440;

export const PUBLIC_CALLS: ReadonlyMap<string, Call> = new Map<string, Call>([
  ["/market/candles", {
    limit: 40,
    answer: (query) => tradeCandles(query, { most: 300, reach: REACH, bars: CANDLE_BARS }),
  }],
  ["/market/history-candles", {
    limit: 20,
    answer: (query) => tradeCandles(query, { most: 300, bars: HISTORY_CANDLE_BARS }),
  }],
  ["/market/mark-price-candles", {
    limit: 20,
    answer: (query) => markCandles(query, { most: 100, reach: REACH, bars: PRICE_CANDLE_BARS }),
  }],
  ["/market/history-mark-price-candles", {
    limit: 20,
    answer: (query) => markCandles(query, { most: 100, bars: HISTORY_PRICE_CANDLE_BARS }),
  }],
  ["/market/index-candles", {
    limit: 20,
    answer: (query) => indexCandles(query, { most: 100, reach: REACH, bars: PRICE_CANDLE_BARS }),
  }],
  ["/market/history-index-candles", {
    limit: 10,
    answer: (query) => indexCandles(query, { most: 100, bars: HISTORY_PRICE_CANDLE_BARS }),
  }],
  ["/market/trades", { limit: 100, answer: newestFills }],
  ["/market/history-trades", { limit: 20, answer: historyTrades }],
  ["/market/books", { limit: 40, answer: (query) => books(query, bookEntries) }],
  ["/market/books-rpi", { limit: 20, answer: (query) => books(query, rpiEntries) }],
  ["/market/tickers", {
    limit: 20,
    answer: (query) =>
      listed(query, ["SPOT", "SWAP", "FUTURES", "OPTION", "EVENTS"])
        .map(({ listing, instType }) => tickerRow(listing, query.nowMs, instType)),
  }],
  ["/market/ticker", { limit: 20, answer: (query) => [tickerRow(listingOf(query), query.nowMs)] }],
  ["/market/index-tickers", { limit: 20, answer: indexTickers }],
  ["/public/instruments", { limit: 20, per: "instType", answer: instruments }],
  ["/public/underlying", { limit: 20, answer: underlyings }],
  ["/public/time", { limit: 10, answer: ({ nowMs }) => [{ ts: String(nowMs) }] }],
  ["/public/mark-price", {
    limit: 10,
    per: "instId",
    answer: (query) =>
      listed(query, ["MARGIN", "SWAP", "FUTURES", "OPTION", "EVENTS"])
        .map(({ listing, instType }) => markPriceRow(listing, query.nowMs, instType)),
  }],
  ["/public/price-limit", {
    limit: 20,
    answer: (query) => {
      const listing = listingOf(query);
      return [{ instType: listing.instrument.instType, ...priceLimitRow(listing, query.nowMs) }];
    },
  }],
  ["/public/funding-rate", { limit: 10, per: "instId", answer: fundingRates }],
  ["/public/open-interest", {
    limit: 20,
    per: "instId",
    answer: (query) =>
      listed(query, ["SWAP", "FUTURES", "OPTION", "EVENTS"], { needsFamily: true })
        .map(({ listing }) => openInterestRow(query.market, listing, query.nowMs)),
  }],
  ["/public/opt-summary", { limit: 20, per: "instFamily", answer: optionSummaries }],
  ["/public/option-trades", { limit: 20, answer: optionTrades }],
  ["/public/event-contract/series", {
    limit: 10,
    answer: ({ params }) => [null, SERIES_ID].includes(params.get("seriesId")) ? [seriesRow()] : [],
  }],
  ["/public/event-contract/events", {
    limit: 10,
    answer: (query) => {
      const rows = contractsOf(query).map(eventRow);
      return [...new Map(rows.map((row) => [row["eventId"], row])).values()];
    },
  }],
  ["/public/event-contract/markets", {
    limit: 10,
    answer: (query) => contractsOf(query).map(eventMarketRow),
  }],
  ["/market/block-tickers", {
    limit: 20,
    answer: (query) =>
      listed(query, ["SPOT", "SWAP", "FUTURES", "OPTION"]).map(({ listing }) => blockTicker(query, listing)),
  }],
  ["/market/block-ticker", { limit: 20, answer: (query) => [blockTicker(query, listingOf(query))] }],
  ...SPREAD_CALLS,
  ["/system/status", {
    limit: 1,
    windowMs: 5000,
    answer: ({ market, params }) =>
      ["completed", null].includes(params.get("state")) ? [statusRow(market.startMs)] : [],
  }],
]);

function instruments(query: Query): unknown[] {
  const row = (common: Row, quotes: readonly string[]) => ({
    ...common,
    tradeQuoteCcyList: quotes,
    initPxLmtPct: "",
    floatPxLmtPct: "",
    maxPxLmtPct: "",
    rpiMinLevel: "",
    rpiMinPxBand: "",
  });
  if (query.params.get("instType") === "EVENTS") {
    return contractsOf(query).filter(({ state }) => state === "live")
      .map((contract) => row(eventInstrumentRow(contract), ["USDT"]));
  }
  return listed(query, ["SPOT", "MARGIN", "SWAP", "FUTURES", "OPTION"], { needsFamily: true })
    .map(({ listing: { instrument }, instType }) =>
      row(
        instrumentRow(instrument, { instType, nowMs: query.nowMs }),
        instrument.contractValue === 0 ? [instrument.quote] : [],
      )
    );
}

/** Event contracts are listed by series only. */
function contractsOf(query: Query): EventContract[] {
  const { market, params } = query;
  if (required(query, "seriesId") !== SERIES_ID) throw new RestError("51000", "seriesId");
  const [eventId, instId, state] = ["eventId", "instId", "state"].map((name) => params.get(name));
  return market.events.contracts.filter((one) =>
    (!eventId || one.eventId === eventId) && (!instId || one.instId === instId) &&
    (!state || one.state === state)
  );
}

function optionTrades(query: Query): unknown[] {
  const { market, params, nowMs } = query;
  const [instId, family] = [params.get("instId"), params.get("instFamily")];
  if (!instId && !family) throw new RestError("50015", "instId", "instFamily");
  const options = [...market.listings.values()].filter(({ instrument }) =>
    instrument.strike !== undefined && (instId ? instrument.instId === instId : instrument.indexId === family)
  );
  if (options.length === 0) throw new RestError("51001");
  return options.flatMap((listing) =>
    listing.recentTrades().filter(({ timeMs }) => timeMs <= nowMs).flatMap((trade) =>
      fillRows(listing, trade)
    )
      .map((fill) => optionTradeRow(market.fair, listing, fill))
  ).sort((a, b) => Number(b["ts"]) - Number(a["ts"])).slice(0, 100);
}

function blockTicker({ market, nowMs }: Query, listing: Listing): unknown {
  return blockTickerRow(listing, market.events.blockLots.get(listing.instrument.instId) ?? 0, nowMs);
}

/** One row that is itself a list. */
function underlyings(query: Query): unknown[] {
  const families = listed(query, ["SWAP", "FUTURES", "OPTION"]).map(({ listing }) =>
    listing.instrument.indexId
  );
  return [[...new Set(families)]];
}

function fundingRates(query: Query): unknown[] {
  const { market, nowMs, params } = query;
  const swaps = [...market.listings.values()].filter(({ instrument }) => instrument.instType === "SWAP");
  if (params.get("instId") === "ANY") return swaps.map((listing) => fundingRow(market, listing, nowMs));
  const listing = listingOf(query);
  if (!swaps.includes(listing)) throw new RestError("51001");
  return [fundingRow(market, listing, nowMs)];
}

function optionSummaries(query: Query): unknown[] {
  const { market, nowMs, params } = query;
  const family = required(query, "instFamily");
  if (!hasFamily(market, "OPTION", family)) throw new RestError("51000", "instFamily");
  const date = params.get("expTime");
  return [...market.listings.values()]
    .filter(({ instrument }) => instrument.strike !== undefined && instrument.indexId === family)
    .filter(({ instrument }) => date === null || instrument.instId.split("-")[2] === date)
    .map((listing) => optionRow(market, listing, nowMs));
}

function books(query: Query, entries: typeof bookEntries): unknown[] {
  const listing = listingOf(query);
  const size = Math.min(Math.max(numberOf(query, "sz") ?? 1, 1), 400);
  const { book, bookMs } = listing;
  return [{
    asks: entries(listing, book.asks.slice(0, size)),
    bids: entries(listing, book.bids.slice(0, size)),
    ts: String(bookMs),
    seqId: book.seqId,
  }];
}

function indexTickers({ market, params, nowMs }: Query): unknown[] {
  const instId = params.get("instId");
  const quote = params.get("quoteCcy");
  if (instId === null && quote === null) throw new RestError("50015", "instId", "quoteCcy");
  const found = [...market.indexes.values()]
    .filter(({ indexId }) => instId === null ? indexId.endsWith(`-${quote}`) : indexId === instId);
  if (instId !== null && found.length === 0) throw new RestError("51001");
  return found.map((index) => indexRow(index, nowMs));
}
