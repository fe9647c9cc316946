/**
 * The channels of the v5 API: where each one lives, what it needs, when it pushes and which rows it makes from
 * the market. A feed serves all subscribers of one channel and argument, so that everyone gets the same numbers.
 */
import { PRIVATE_CHANNELS } from "./account/channels.ts";
import type { Bar } from "./bars.ts";
import { BARS } from "./bars.ts";
import { bookFeed, topFeed } from "./book_feeds.ts";
import { indexCandles, markCandles, tradeCandles } from "./candle_feeds.ts";
import type { Arg, Endpoint, Feed, Push } from "./feed.ts";
import { instrumentRow } from "./instruments.ts";
import type { Listing } from "./listing.ts";
import type { Market } from "./market.ts";
import { QUIET_CHANNELS, quietFeed } from "./quiet_channels.ts";
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

export type Channel = {
  readonly endpoint: Endpoint;
  readonly login: boolean;
  /** Pushes of one instrument leave in this order (books first, in the official order). */
  readonly rank: number;
  /** Whether its pushes are events that each count. */
  readonly events?: boolean;
  /** None when the argument names nothing that exists. */
  open(market: Market, arg: Arg): Feed | undefined;
};

const CHANNELS: ReadonlyMap<string, Channel> = new Map([
  ...[
    entry("bbo-tbt", { rank: 0, open: onListing((listing) => topFeed(listing, 1)) }),
    entry("books-l2-tbt", { rank: 1, login: true, open: onListing((listing) => bookFeed(listing, 400)) }),
    entry("books50-l2-tbt", { rank: 2, login: true, open: onListing((listing) => bookFeed(listing, 50)) }),
    entry("books", { rank: 3, open: onListing((listing) => bookFeed(listing, 400)) }),
    entry("books5", { rank: 4, open: onListing((listing) => topFeed(listing, 5)) }),
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
    entry("estimated-price", { open: (_, arg) => quietFor(arg, ["OPTION", "FUTURES", "SWAP", "EVENTS"]) }),
    entry("adl-warning", { open: (_, arg) => quietFor(arg, ["OPTION", "FUTURES", "SWAP"]) }),
  ],
  ...PRIVATE_CHANNELS.map(({ name, endpoint, open }) =>
    entry(name, { endpoint, login: true, open: (market, arg) => open(market.desk, arg) })
  ),
  ...[...BARS.values()].flatMap(candleEntries),
  ...QUIET_CHANNELS.flatMap(({ endpoint, login, names }) =>
    names.split(" ").map((name) => entry(name, { endpoint, login, open: quietFeed }))
  ),
]);

export function findChannel(name: string): Channel | undefined {
  return CHANNELS.get(name);
}

export function channelNames(): string[] {
  return [...CHANNELS.keys()];
}

type Latest = {
  version: (nowMs: number) => unknown;
  rows: (nowMs: number) => Row[];
  instId?: string;
  /** Shortest time between two pushes. */
  leastMs?: number;
  /** After this time a push comes without a change too. */
  mostMs?: number;
};

/** A feed whose pushes each replace the one before. */
function latest(options: Latest): Feed {
  const { version, rows, leastMs = 0, mostMs = Infinity } = options;
  let sentMs = -Infinity;
  let sentVersion: unknown;
  const push = (nowMs: number): Push[] => {
    sentMs = nowMs;
    sentVersion = version(nowMs);
    return [{ data: rows(nowMs) }];
  };
  return {
    ...(options.instId === undefined ? {} : { instId: options.instId }),
    // A newcomer's row must not count as the others' push.
    first: (nowMs) => sentMs === -Infinity ? push(nowMs) : [{ data: rows(nowMs) }],
    next(nowMs) {
      const age = nowMs - sentMs;
      if (age < leastMs || (age < mostMs && version(nowMs) === sentVersion)) return [];
      return push(nowMs);
    },
  };
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

/** `candle<bar>`, `mark-price-candle<bar>` and `index-candle<bar>`; only the first has one-second bars. */
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
    entry(`index-candle${bar.name}`, {
      endpoint: "business",
      open: (market, arg) => indexCandles(bar, market, arg["instId"] ?? ""),
    }),
  ];
}

/** All options of the family at first, then the whole family again once a second. */
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

/** Nothing at first (since 2022-12-28); every two minutes a maximum size of some instrument changes. */
function instrumentFeed(market: Market, instType: string): Feed | undefined {
  const instruments = [...market.listings.values()].map(({ instrument }) => instrument)
    .filter((one) => one.instType === instType || (instType === "MARGIN" && one.margin));
  const [first] = instruments;
  if (first === undefined) return undefined;
  let dueMs = market.nowMs + 120_000;
  let count = 0;
  return {
    first: () => [],
    next(nowMs) {
      if (nowMs < dueMs) return [];
      dueMs = nowMs + 120_000;
      count++;
      const instrument = instruments[count % instruments.length] ?? first;
      const type = instType === "MARGIN" ? instType : instrument.instType;
      return [{ data: [{ ...instrumentRow(instrument, type), maxMktSz: String(30_000 + count) }] }];
    },
  };
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

/** Right to subscribe to, but nothing to say in an ordinary market. */
function quietFor(arg: Arg, instTypes: readonly string[]): Feed | undefined {
  return instTypes.includes(arg["instType"] ?? "") ? { first: () => [], next: () => [] } : undefined;
}

function onListing(open: (listing: Listing, market: Market) => Feed | undefined): Channel["open"] {
  return (market, arg) => {
    const listing = market.listings.get(arg["instId"] ?? "");
    return listing && open(listing, market);
  };
}

function entry(name: string, options: Partial<Channel> & Pick<Channel, "open">): [string, Channel] {
  return [name, { endpoint: "public", login: false, rank: 9, ...options }];
}
