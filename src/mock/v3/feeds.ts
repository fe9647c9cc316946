/**
 * The channels of the v3 API, each fed by the v5 channel that has its data: the same market in the old clothes
 * (`instrument_id`, ISO times, `table` frames, true checksums on depth).
 */
import { openV3PrivateFeed, v3NeedsLogin } from "../account/v3_feeds.ts";
import { V3_BARS } from "../market/bars.ts";
import { bookChecksum } from "./checksum.ts";
import type { Feed, Push } from "../feeds/feed.ts";
import { findChannel } from "../feeds/channels.ts";
import type { InstType } from "../market/instruments.ts";
import { instrumentRow } from "../market/instruments.ts";
import type { Market } from "../market/market.ts";
import type { Entry, Row } from "../feeds/rows.ts";
import {
  entryOf,
  head,
  iso,
  v3CandleRow,
  v3FundingRow,
  v3InstrumentRow,
  v3StatusRow,
  v3TickerRow,
  v3TradeRow,
} from "./rows.ts";

const PRODUCTS: Readonly<Record<string, InstType>> = {
  spot: "SPOT",
  futures: "FUTURES",
  swap: "SWAP",
  option: "OPTION",
};
const CANDLE = /^candle(\d+)s$/;

/** Returns the feed of a v3 channel; none when there is no such channel or no such instrument in that product. */
export function openV3Feed(market: Market, table: string, filter: string): Feed | undefined {
  const [product = "", name = ""] = table.split("/");
  if (table === "system/status") return convert(market, { channel: "status" }, v3StatusRow);
  if (v3NeedsLogin(table)) return openV3PrivateFeed(market.trader, table, filter);
  if (product === "index") return openIndexFeed(market, name, filter);
  if (table === "futures/instruments" && filter === "") return instrumentsFeed(market, "FUTURES");
  if (table === "option/instruments") return instrumentsFeed(market, "OPTION", filter);
  if (market.listings.get(filter)?.instrument.instType !== PRODUCTS[product]) return undefined;
  const derivative = product !== "spot";
  const v5 = (channel: string, row: (row: never) => Row) => convert(market, { channel, instId: filter }, row);
  const bar = V3_BARS.get(Number(CANDLE.exec(name)?.[1]));
  if (bar !== undefined) {
    return v5(`candle${bar}`, (row: string[]) => v3CandleRow(filter, row, derivative ? 7 : 6));
  }
  switch (name) {
    case "ticker":
      return v5("tickers", (row: Row) => v3TickerRow(market, row, derivative));
    case "trade":
      return v5("trades", (row: Row) => v3TradeRow(row, product));
    case "depth5":
      return v5("books5", (row: BookRow) => ({
        asks: row.asks.map(entryOf(product, name)),
        bids: row.bids.map(entryOf(product, name)),
        instrument_id: filter,
        timestamp: iso(row.ts),
      }));
    case "depth":
    case "depth_l2_tbt":
      return depthFeed(market, filter, entryOf(product, name));
  }
  if (product !== "swap" && product !== "futures") return undefined;
  switch (name) {
    case "mark_price":
      return v5("mark-price", (row: Row) => ({ ...head(row), mark_price: row["markPx"] }));
    case "price_range":
      return v5(
        "price-limit",
        (row: Row) => ({ ...head(row), highest: row["buyLmt"], lowest: row["sellLmt"] }),
      );
    case "funding_rate":
      return v5("funding-rate", v3FundingRow);
    case "estimated_price":
      return { first: () => [], next: () => [] };
    default:
      return undefined;
  }
}

type BookRow = { asks: Entry[]; bids: Entry[]; ts: string };

/** Returns the feed of a v5 channel with every row changed; a row may become several or none. */
function convert(
  market: Market,
  arg: Readonly<Record<string, string>>,
  change: (row: never) => Row | Row[],
): Feed | undefined {
  const feed = findChannel(arg["channel"] ?? "")?.open(market, arg);
  if (feed === undefined) return undefined;
  const convertPush = (push: Push): Push => ({ data: push.data.flatMap((row) => change(row as never)) });
  return {
    ...(feed.instId === undefined ? {} : { instId: feed.instId }),
    first: (nowMs) => feed.first(nowMs).map(convertPush),
    next: (nowMs) => feed.next(nowMs).map(convertPush),
  };
}

/** `partial` and `update` with the checksum of the book as it is after them. */
function depthFeed(
  market: Market,
  instId: string,
  entry: (entry: Entry) => readonly string[],
): Feed | undefined {
  const feed = findChannel("books")?.open(market, { channel: "books", instId });
  if (feed === undefined) return undefined;
  const whole = () => feed.value?.()() as BookRow;
  const convertPush = ({ data, members }: Push): Push => {
    const { asks, bids, ts } = data[0] as BookRow;
    const { asks: allAsks, bids: allBids } = whole();
    return {
      members: { action: members?.["action"] === "snapshot" ? "partial" : "update" },
      data: [{
        instrument_id: instId,
        asks: asks.map(entry),
        bids: bids.map(entry),
        timestamp: iso(ts),
        checksum: bookChecksum(allBids, allAsks),
      }],
    };
  };
  return {
    instId,
    first: (nowMs) => feed.first(nowMs).map(convertPush),
    next: (nowMs) => feed.next(nowMs).map(convertPush),
    value() {
      const value = feed.value?.();
      return () => {
        const { asks, bids, ts } = value?.() as BookRow;
        return { instrument_id: instId, asks: asks.map(entry), bids: bids.map(entry), timestamp: iso(ts) };
      };
    },
  };
}

function openIndexFeed(market: Market, name: string, filter: string): Feed | undefined {
  if (name === "ticker") {
    return convert(market, { channel: "index-tickers", instId: filter }, (row: Row) => ({
      last: row["idxPx"],
      open_24h: row["open24h"],
      high_24h: row["high24h"],
      low_24h: row["low24h"],
      ...head(row),
    }));
  }
  const bar = V3_BARS.get(Number(CANDLE.exec(name)?.[1]));
  if (bar === undefined) return undefined;
  const arg = { channel: `index-candle${bar}`, instId: filter };
  return convert(market, arg, (row: string[]) => v3CandleRow(filter, row, 5));
}

/** The whole list at first, as the old API gave it, then nothing. */
function instrumentsFeed(market: Market, instType: InstType, family?: string): Feed | undefined {
  const rows = [...market.listings.values()].map(({ instrument }) => instrument)
    .filter((one) => one.instType === instType && (family === undefined || one.indexId === family))
    .map((one) => v3InstrumentRow(instrumentRow(one, { nowMs: market.nowMs }), market.startMs));
  return rows.length === 0 ? undefined : { first: () => [{ data: rows }], next: () => [] };
}
