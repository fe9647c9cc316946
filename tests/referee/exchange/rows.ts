/** What the exchange sends, as plain values: rows of the channels that replace each other, made up from a seed. */
import type { Random } from "../random.ts";

export type Row = Record<string, unknown>;

/** A channel and what tells its subscriptions apart, such as `tickers|A-USDT` or `orders|ANY`. */
export type Feed = string;

/** A number as OKX writes it: text, with as many decimals as it happens to have, zeros at the end included. */
export function amount(random: Random, from: number, to: number): string {
  return (from + random.next() * (to - from)).toFixed(random.int(0, 6));
}

/** Channels whose newest row replaces the one before, with a maker of rows for each. */
const MAKERS: Readonly<Record<string, (instId: string, now: number, random: Random) => Row>> = {
  "tickers": (instId, now, random) => ({
    instType: "SPOT",
    instId,
    last: amount(random, 90, 110),
    lastSz: amount(random, 0, 3),
    askPx: amount(random, 100, 110),
    askSz: random.chance(0.05) ? "" : amount(random, 0, 9),
    bidPx: amount(random, 90, 100),
    bidSz: amount(random, 0, 9),
    open24h: "98.10",
    vol24h: amount(random, 1e6, 9e6),
    ts: String(now),
  }),
  "mark-price": (instId, now, random) => ({
    instType: "SWAP",
    instId,
    markPx: amount(random, 90, 110),
    ts: String(now),
  }),
  "index-tickers": (instId, now, random) => ({ instId, idxPx: amount(random, 90, 110), ts: String(now) }),
  "open-interest": (instId, now, random) => ({
    instType: "SWAP",
    instId,
    oi: amount(random, 1e5, 9e5),
    oiCcy: amount(random, 1e3, 9e3),
    ts: String(now),
  }),
  "funding-rate": (instId, now, random) => ({
    instType: "SWAP",
    instId,
    fundingRate: `0.000${random.int(0, 9)}${random.int(0, 9)}0`,
    fundingTime: String(now + 3_600_000),
    ts: String(now),
  }),
  "books5": (instId, now, random) => ({
    asks: levels(random, 101, 1),
    bids: levels(random, 99, -1),
    instId,
    ts: String(now),
    seqId: now,
  }),
};

/** Whether the newest row of this channel replaces the one before. */
export function replaces(channel: string): boolean {
  return channel in MAKERS;
}

export function makeRow(channel: string, instId: string, now: number, random: Random): Row {
  const make = MAKERS[channel];
  if (!make) throw new Error(`no rows for ${channel}`);
  return make(instId, now, random);
}

function levels(random: Random, from: number, step: number): string[][] {
  return Array.from({ length: 5 }, (_, index) => [
    (from + step * index).toFixed(1),
    amount(random, 1, 5),
    "0",
    String(random.int(1, 9)),
  ]);
}

/** A row as a hash of Redis holds it: texts, lists and objects as JSON, null as the empty text. */
export function asHash(row: Row): Record<string, string> {
  return Object.fromEntries(
    Object.entries(row).map(([name, value]) => [
      name,
      value === null ? "" : typeof value === "object" ? JSON.stringify(value) : String(value),
    ]),
  );
}
