/**
 * The channels of the v5 API: where each one lives, what it needs, when it pushes and which rows it makes from
 * the market. A feed serves all subscribers of one channel and argument, so that everyone gets the same numbers.
 */
import { PRIVATE_CHANNELS } from "../account/channels.ts";
import type { Bar } from "../market/bars.ts";
import { BARS } from "../market/bars.ts";
import { bookFeed, topFeed } from "./book_feeds.ts";
import { indexCandles, markCandles, tradeCandles } from "./candle_feeds.ts";
import type { Arg, Feed, MockEndpoint, Push } from "./feed.ts";
import { latest } from "./latest_feed.ts";
import type { Listing } from "../market/listing.ts";
import type { Market } from "../market/market.ts";
import { blockTickerFeed, instrumentFeed, optionTradeFeed, RARE_CHANNELS, rareFeed } from "./rare_feeds.ts";
import type { Row } from "./rows.ts";
import {
  fillRows,
  fundingRow,
  indexRow,
  liquidationRow,
  markPriceRow,
  openInterestRow,
  optionRow,
  priceLimitRow,
  statusRow,
  tickerRow,
  tradeRow,
} from "./rows.ts";
import type { Spread } from "../market/spread.ts";
import {
  spreadBookFeed,
  spreadCandleFeed,
  spreadTickerFeed,
  spreadTopFeed,
  spreadTradeFeed,
} from "./spread_feeds.ts";

export type Channel = {
  readonly endpoint: MockEndpoint;
  readonly login: boolean;
  /** Pushes of one instrument leave in this order (books first, in the official order). */
  readonly rank: number;
  /** Whether its pushes are events that each count. */
  readonly events?: boolean;
  /** None when the argument names nothing that exists. */
  open(market: Market, arg: Arg): Feed | undefined;
};

/** Changelog of 2025-05-06. */
const OPENED_BEFORE_MS = 300_000;

const CHANNELS: ReadonlyMap<string, Channel> = new Map([
  ...[
    entry("bbo-tbt", { rank: 0, open: onListing((listing) => topFeed(listing, 1)) }),
    entry("books-l2-tbt", { rank: 1, login: true, open: onListing((listing) => bookFeed(listing, 400)) }),
    entry("books50-l2-tbt", { rank: 2, login: true, open: onListing((listing) => bookFeed(listing, 50)) }),
    entry("books", { rank: 3, open: onListing((listing) => bookFeed(listing, 400)) }),
    entry("books-rpi", { rank: 4, open: onListing((listing) => bookFeed(listing, 400, { rpi: true })) }),
    entry("books5", { rank: 5, open: onListing((listing) => topFeed(listing, 5)) }),
    entry("tickers", {
      open: onListing((listing) =>
        latest({
          instId: listing.instrument.instId,
          version: () => listing.tickerVersion,
          rows: (nowMs) => [tickerRow(listing, nowMs)],
        })
      ),
    }),
    entry("trades", {
      events: true,
      open: onListing((listing) => tradeFeed(listing, (trade) => [tradeRow(listing, trade)])),
    }),
    entry("trades-all", {
      events: true,
      endpoint: "business",
      open: onListing((listing) => tradeFeed(listing, (trade) => fillRows(listing, trade))),
    }),
    entry("mark-price", {
      open: onListing((listing) =>
        latest({
          instId: listing.instrument.instId,
          version: (nowMs) => listing.markTicks(nowMs),
          rows: (nowMs) => [markPriceRow(listing, nowMs)],
          leastMs: 200,
          mostMs: 10_000,
        })
      ),
    }),
    entry("price-limit", {
      open: onListing((listing) =>
        latest({
          version: (nowMs) => listing.markTicks(nowMs),
          rows: (nowMs) => [priceLimitRow(listing, nowMs)],
          leastMs: 200,
        })
      ),
    }),
    entry("open-interest", {
      open: onListing((listing, market) =>
        listing.instrument.contractValue === 0 ? undefined : latest({
          version: (nowMs) => nowMs,
          rows: (nowMs) => [openInterestRow(market, listing, nowMs)],
          leastMs: 3000,
        })
      ),
    }),
    entry("funding-rate", {
      open: onListing((listing, market) =>
        listing.instrument.instType !== "SWAP" ? undefined : latest({
          version: (nowMs) => nowMs,
          rows: (nowMs) => [fundingRow(market, listing, nowMs)],
          leastMs: 30_000,
        })
      ),
    }),
    entry("index-tickers", {
      open: (market, arg) => {
        const index = market.indexes.get(arg["instId"] ?? "");
        return index && latest({
          version: (nowMs) => index.ticks(nowMs),
          rows: (nowMs) => [indexRow(index, nowMs)],
          leastMs: 100,
          mostMs: 60_000,
        });
      },
    }),
    entry("opt-summary", { open: (market, arg) => optionFeed(market, arg["instFamily"] ?? "") }),
    entry("instruments", { open: (market, arg) => instrumentFeed(market, arg["instType"] ?? "") }),
    entry("status", {
      open: (market) => latest({ version: () => 0, rows: () => [statusRow(market.startMs)] }),
    }),
    entry("liquidation-orders", {
      events: true,
      open: (market, arg) => liquidationFeed(market, arg["instType"] ?? ""),
    }),
    spreadEntry("sprd-tickers", spreadTickerFeed),
    spreadEntry("sprd-public-trades", spreadTradeFeed, { events: true }),
    spreadEntry("sprd-bbo-tbt", (spread) => spreadTopFeed(spread, 1), { rank: 0 }),
    spreadEntry("sprd-books-l2-tbt", spreadBookFeed, { rank: 1 }),
    spreadEntry("sprd-books5", (spread) => spreadTopFeed(spread, 5), { rank: 4 }),
    entry("option-trades", { events: true, open: optionTradeFeed }),
    entry("block-tickers", {
      endpoint: "business",
      open: onListing((listing, market) => blockTickerFeed(market, listing)),
    }),
  ],
  ...PRIVATE_CHANNELS.map(({ name, endpoint, open }) =>
    entry(name, { endpoint, login: true, open: (market, arg) => open(market.trader, arg) })
  ),
  ...[...BARS.values()].flatMap(candleEntries),
  ...RARE_CHANNELS.map((channel) =>
    entry(channel.name, {
      endpoint: channel.endpoint,
      login: channel.login === true,
      events: channel.events === true,
      open: (market, arg) => rareFeed(channel, market, arg),
    })
  ),
]);

export function findChannel(name: string): Channel | undefined {
  return CHANNELS.get(name);
}

export function channelNames(): string[] {
  return [...CHANNELS.keys()];
}

function tradeFeed(
  listing: Listing,
  rows: (trade: ReturnType<Listing["tradesAfter"]>[number]) => Row[],
): Feed {
  let seen = listing.lastTradeId;
  listing.keepTape();
  return {
    instId: listing.instrument.instId,
    first: () => listing.recentTrades().slice(-1).flatMap(rows).slice(-1).map((row) => ({ data: [row] })),
    next() {
      if (listing.lastTradeId === seen) return [];
      const trades = listing.tradesAfter(seen);
      seen = listing.lastTradeId;
      return trades.flatMap(rows).map((row) => ({ data: [row] }));
    },
  };
}

/** `candle<bar>`, `mark-price-candle<bar>`, `index-candle<bar>` and `sprd-candle<bar>`; only the first has one-second bars. */
function candleEntries(bar: Bar): [string, Channel][] {
  const trades = entry(`candle${bar.name}`, {
    endpoint: "business",
    open: onListing((listing, market) => tradeCandles(bar, listing, market)),
  });
  if (bar.name === "1s") return [trades];
  return [
    trades,
    entry(`mark-price-candle${bar.name}`, {
      endpoint: "business",
      open: onListing((listing, market) => markCandles(bar, listing, market)),
    }),
    spreadEntry(`sprd-candle${bar.name}`, (spread, { nowMs }) => spreadCandleFeed(bar, spread, nowMs)),
    entry(`index-candle${bar.name}`, {
      endpoint: "business",
      open: (market, arg) => indexCandles(bar, market, arg["instId"] ?? ""),
    }),
  ];
}

/** Returns all options of the family at first, then the whole family again once a second. */
function optionFeed(market: Market, instFamily: string): Feed | undefined {
  const family = [...market.listings.values()].filter(({ instrument }) =>
    instrument.strike !== undefined && instrument.indexId === instFamily
  );
  if (family.length === 0) return undefined;
  return latest({
    version: (nowMs) => nowMs,
    rows: (nowMs) => family.map((listing) => optionRow(market, listing, nowMs)),
    leastMs: 1000,
  });
}

function liquidationFeed(market: Market, instType: string): Feed | undefined {
  if (!["SWAP", "FUTURES", "MARGIN", "OPTION"].includes(instType)) return undefined;
  const since = (timeMs: number): Push[] =>
    market.liquidations.filter((one) => one.timeMs > timeMs && one.instrument.instType === instType)
      .map((one) => ({ data: [liquidationRow(one)] }));
  let seenMs = market.nowMs;
  return {
    first: () => since(-Infinity).slice(-1),
    next() {
      const latestMs = market.liquidations.at(-1)?.timeMs ?? seenMs;
      if (latestMs <= seenMs) return [];
      const pushes = since(seenMs);
      seenMs = latestMs;
      return pushes;
    },
  };
}

/** Subscribing works from five minutes before a listing on, and not after the end of one, when its feeds fall silent. */
function onListing(open: (listing: Listing, market: Market) => Feed | undefined): Channel["open"] {
  return (market, arg) => {
    const listing = market.listings.get(arg["instId"] ?? "");
    if (listing === undefined || market.nowMs < listing.instrument.listedMs - OPENED_BEFORE_MS) {
      return undefined;
    }
    const feed = open(listing, market);
    if (feed === undefined) return undefined;
    const isListed = () => market.listings.get(listing.instrument.instId) === listing;
    return { ...feed, next: (nowMs) => isListed() ? feed.next(nowMs) : [] };
  };
}

function spreadEntry(
  name: string,
  open: (spread: Spread, market: Market) => Feed,
  options: Partial<Channel> = {},
): [string, Channel] {
  return entry(name, {
    endpoint: "business",
    ...options,
    open: (market, arg) => {
      const spread = market.spreads.get(arg["sprdId"] ?? "");
      return spread && open(spread, market);
    },
  });
}

function entry(name: string, options: Partial<Channel> & Pick<Channel, "open">): [string, Channel] {
  return [name, { endpoint: "public", login: false, rank: 9, ...options }];
}
