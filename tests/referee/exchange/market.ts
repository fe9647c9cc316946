/** The whole truth of the exchange: what there is and what has happened, with what of it went out. */
import { type Account, createAccount } from "./account.ts";
import { type Book, createBook } from "./book.ts";
import { type Feed, makeRow, type Row } from "./rows.ts";
import { type Bars, createBars, createTape, type Tape } from "./series.ts";
import type { Random } from "../random.ts";

export type Sent = { at: number; row: Row };

export type Market = {
  /** The newest row of each feed, and what of them went out, with the time of this machine. */
  current: Map<Feed, Row>;
  sent: Map<Feed, Sent[]>;
  tapes: Map<Feed, Tape>;
  bars: Map<Feed, Bars>;
  /** By instrument. */
  books: Map<string, Book>;
  account: Account;
  instruments: Map<string, Row>;
};

export const SPOT = ["A-USDT", "B-USDT", "C-USDT", "D-USDT"];
export const SWAP = "A-USDT-SWAP";

/** Feeds whose newest row replaces the one before. */
export const ROW_FEEDS: readonly Feed[] = [
  ...SPOT.map((instId) => `tickers|${instId}`),
  ...[`mark-price|${SWAP}`, `open-interest|${SWAP}`, `funding-rate|${SWAP}`],
  "index-tickers|A-USDT",
  "books5|B-USDT",
];

export const BAR_FEEDS: readonly Feed[] = ["candle1s|A-USDT", "candle1s|C-USDT", "candle1m|A-USDT"];

export function createMarket(now: number, random: Random): Market {
  const market: Market = {
    current: new Map(),
    sent: new Map(),
    tapes: new Map(),
    bars: new Map(),
    books: new Map(),
    account: createAccount(now, random),
    instruments: new Map(),
  };
  for (const feed of ROW_FEEDS) {
    const [channel, instId] = split(feed);
    market.current.set(feed, makeRow(channel, instId, now, random));
  }
  // Two instruments with the same ids: ids are unique for each instrument only.
  for (const instId of SPOT) market.tapes.set(`trades|${instId}`, createTape(500_000_000));
  market.tapes.set("liquidation-orders|SWAP", createTape(1000));
  market.tapes.set("option-trades|A-USD", createTape(2000));
  for (const feed of BAR_FEEDS) {
    const [channel] = split(feed);
    market.bars.set(feed, createBars(channel === "candle1s" ? 1000 : 60_000, 400, now, random));
  }
  for (const instId of ["A-USDT", "C-USDT"]) market.books.set(instId, createBook(random));
  for (const instId of SPOT) {
    market.instruments.set(instId, instrument(instId, "live"));
  }
  return market;
}

export function instrument(instId: string, state: string): Row {
  const [baseCcy, quoteCcy] = instId.split("-");
  return { instType: "SPOT", instId, baseCcy, quoteCcy, tickSz: "0.1", lotSz: "0.001", state };
}

export function split(feed: Feed): [string, string] {
  const at = feed.indexOf("|");
  return [feed.slice(0, at), feed.slice(at + 1)];
}
