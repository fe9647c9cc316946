/** Feeds of what the market says only now and then: they read on in its events. */
import type { Arg, Feed, MockEndpoint, Push } from "./feed.ts";
import { instrumentRow } from "../market/instruments.ts";
import { latest } from "./latest_feed.ts";
import type { Listing } from "../market/listing.ts";
import type { Market } from "../market/market.ts";
import { blockTickerRow, optionTradeRow } from "./rare_rows.ts";
import type { Row } from "./rows.ts";
import { fillRows } from "./rows.ts";

export type RareChannel = {
  readonly name: string;
  readonly endpoint: MockEndpoint;
  readonly login?: true;
  readonly events?: true;
  /** Whether a new subscriber gets the last row. */
  readonly current?: true;
};

export const RARE_CHANNELS: readonly RareChannel[] = [
  { name: "call-auction-details", endpoint: "public", current: true },
  { name: "event-contract-markets", endpoint: "public" },
  { name: "estimated-price", endpoint: "public" },
  { name: "adl-warning", endpoint: "public" },
  { name: "public-block-trades", endpoint: "business", events: true },
  { name: "public-struc-block-trades", endpoint: "business", events: true },
  { name: "struc-block-trades", endpoint: "business", login: true, events: true },
  { name: "economic-calendar", endpoint: "business", login: true },
  { name: "copytrading-lead-notification", endpoint: "business", login: true, events: true },
];

/** The values that `instType` may have, and where it has to be there. */
const TYPES: Readonly<Record<string, readonly string[]>> = {
  "estimated-price": ["OPTION", "FUTURES", "SWAP", "EVENTS"],
  "adl-warning": ["OPTION", "FUTURES", "SWAP"],
  "event-contract-markets": ["EVENTS"],
  "copytrading-lead-notification": ["SWAP"],
};
const NEEDS_ID = ["call-auction-details", "public-block-trades"];

/** What pushes leave out of the argument that was subscribed to, as the samples of the documentation do. */
const WITHOUT: Readonly<Record<string, { readonly arg: NonNullable<Push["arg"]> }>> = {
  "event-contract-markets": { arg: { instType: undefined } },
};

/** Creates the feed of a channel that rarely has rows; none when the argument lacks something, or names what does not exist. */
export function rareFeed({ name, current }: RareChannel, market: Market, arg: Arg): Feed | undefined {
  const { instId, instType, instFamily } = arg;
  if (TYPES[name]?.includes(instType ?? "") === false) return undefined;
  if (instId === undefined ? NEEDS_ID.includes(name) : !market.listings.has(instId)) return undefined;
  const fits = (row: Row) =>
    (instId === undefined || row["instId"] === instId) &&
    (instType === undefined || row["instType"] === undefined || row["instType"] === instType) &&
    (instFamily === undefined || familyOf(market, row) === instFamily);
  return eventRows(market, name, { fits, current: current === true, ...WITHOUT[name] });
}

/** Returns rows of one channel of the market's events. */
function eventRows(
  { events }: Market,
  channel: string,
  options: {
    readonly fits: (row: Row) => boolean;
    readonly current: boolean;
    readonly arg?: Push["arg"] | undefined;
  },
): Feed {
  const { arg } = options;
  let seen = events.count(channel);
  const push = (row: Row): Push => ({ data: [row], ...(arg === undefined ? {} : { arg }) });
  return {
    prompt: true,
    first: () => options.current ? events.after(channel, 0).filter(options.fits).slice(-1).map(push) : [],
    next() {
      const rows = events.after(channel, seen);
      seen = events.count(channel);
      return rows.filter(options.fits).map(push);
    },
  };
}

/**
 * Creates the feed of `instruments`: nothing at first (since 2022-12-28); then what is listed and delisted, and every two
 * minutes a maximum size of some instrument changes.
 */
export function instrumentFeed(market: Market, instType: string): Feed | undefined {
  if (!["SPOT", "MARGIN", "SWAP", "FUTURES", "OPTION", "EVENTS"].includes(instType)) return undefined;
  const listed = eventRows(market, "instruments", {
    fits: (row) => row["instType"] === instType,
    current: false,
  });
  let dueMs = market.nowMs + 120_000;
  let count = 0;
  return {
    ...listed,
    next(nowMs) {
      const news = listed.next(nowMs);
      const instruments = [...market.listings.values()].map(({ instrument }) => instrument)
        .filter((one) => one.instType === instType || (instType === "MARGIN" && one.margin));
      if (nowMs < dueMs || instruments.length === 0) return news;
      dueMs = nowMs + 120_000;
      const instrument = instruments[++count % instruments.length]!;
      const type = instType === "MARGIN" ? instType : instrument.instType;
      const row = instrumentRow(instrument, { instType: type, nowMs });
      return [...news, { data: [{ ...row, maxMktSz: String(30_000 + count) }] }];
    },
  };
}

/** Returns every five minutes and with each block trade. */
export function blockTickerFeed(market: Market, listing: Listing): Feed {
  const lots = () => market.events.blockLots.get(listing.instrument.instId) ?? 0;
  const feed = latest({
    version: lots,
    rows: (nowMs) => [blockTickerRow(listing, lots(), nowMs)],
    mostMs: 300_000,
  });
  // The samples of the documentation have no `instId` in the argument of a push.
  const bare = (pushes: Push[]) => pushes.map((push) => ({ ...push, arg: { instId: undefined } }));
  return { prompt: true, first: (nowMs) => bare(feed.first(nowMs)), next: (nowMs) => bare(feed.next(nowMs)) };
}

/** Fills of one option, or of all of a family; at first the newest that is kept. */
export function optionTradeFeed(market: Market, { instType, instId, instFamily }: Arg): Feed | undefined {
  const options = [...market.listings.values()].filter(({ instrument }) =>
    instrument.strike !== undefined &&
    (instId === undefined ? instrument.indexId === instFamily : instrument.instId === instId)
  );
  if (instType !== "OPTION" || options.length === 0) return undefined;
  const seen = new Map(options.map((listing) => [listing, listing.lastTradeId]));
  const rows = (listing: Listing, fills: readonly Row[]): Push[] =>
    fills.map((fill) => ({ data: [optionTradeRow(market.fair, listing, fill)] }));
  const newest = (listing: Listing) =>
    listing.recentTrades().slice(-1).flatMap((trade) => fillRows(listing, trade));
  return {
    ...(instId === undefined ? {} : { instId }),
    first: () => options.slice(0, 1).flatMap((listing) => rows(listing, newest(listing).slice(-1))),
    next: () =>
      options.flatMap((listing) => {
        const after = seen.get(listing) ?? listing.lastTradeId;
        seen.set(listing, listing.lastTradeId);
        if (after === listing.lastTradeId) return [];
        return rows(listing, listing.tradesAfter(after).flatMap((trade) => fillRows(listing, trade)));
      }),
  };
}

function familyOf(market: Market, row: Row): unknown {
  return row["instFamily"] ?? market.listings.get(String(row["instId"]))?.instrument.indexId;
}
