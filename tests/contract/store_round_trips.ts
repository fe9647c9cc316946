/** The part of the suite that projects pushes, applies the writes and reads back: what goes in and what must come out. */
import assert from "node:assert/strict";
import type { SessionEvent } from "../../src/model/events.ts";
import type { DataFrame } from "../../src/okx/frame.ts";
import { decodeV5 } from "../../src/okx/v5.ts";
import { topicOf } from "../support/topics.ts";

/** When the first push came, in Unix milliseconds. */
export const AT = 1_786_540_440_000;

/** What is projected and applied, and what is read back of it. */
export type RoundTrip = {
  readonly path: string;
  /** Rows of each push; `seed` marks a fetched list. */
  readonly pushes: readonly (readonly unknown[] | { readonly seed: readonly unknown[] })[];
  readonly cached: unknown;
  /** Keys below the server's prefix that must not be there. */
  readonly gone?: readonly string[];
};

/** At least one for each way in which rows are kept; of a series the three newest are. */
export function roundTrips(): RoundTrip[] {
  return [...latestTrips(), ...seriesTrips(), ...listTrips()];
}

/** Of which the newest row is kept. */
function latestTrips(): RoundTrip[] {
  const book = { asks: [["2", "1", "0", "1"]], bids: [["1", "1", "0", "1"]], ts: String(AT), seqId: 5 };
  return [
    {
      path: "tickers:X",
      pushes: [[{ instId: "X", last: "1", extra: "x" }], [{ instId: "X", last: "2.50" }]],
      cached: { instId: "X", last: "2.50" },
    },
    {
      path: "spot/ticker:X",
      pushes: [[tickerOf("1")], [tickerOf("2.50")]],
      cached: {
        ...{ instrument_id: "X", last: "2.50", last_qty: "1", best_bid: "2", best_bid_size: "3" },
        ...{ best_ask: "4", best_ask_size: "5", open_24h: "6", high_24h: "7", low_24h: "8" },
        ...{ open_utc0: "9", open_utc8: "10", base_volume_24h: "11", quote_volume_24h: "12" },
        timestamp: new Date(AT).toISOString(),
      },
    },
    {
      path: "books5:X",
      pushes: [[{ ...book, seqId: 4 }], [book]],
      cached: {
        ...{ asks: '[["2","1","0","1"]]', bids: '[["1","1","0","1"]]', ts: String(AT) },
        ...{ seqId: "5", state: "live" },
      },
    },
    {
      path: "account",
      pushes: [[{ totalEq: "10.50", uTime: "1", details: [{ ccy: "BTC", eq: "0.1" }] }]],
      cached: { totalEq: "10.50", uTime: "1" },
    },
  ];
}

/** Of which many rows are kept. */
function seriesTrips(): RoundTrip[] {
  const minutes = [0, 1, 2, 3];
  const iso = (n: number) => new Date(AT + n * 60_000).toISOString();
  return [
    {
      path: "candle1m:X",
      pushes: minutes.map((n) => [bar(n)]),
      cached: [1, 2, 3].map((n) => ({
        ...{ ts: minute(n), open: "1", high: "4", low: "0.5", close: "3" },
        ...{ vol: "10", volCcy: "20", volCcyQuote: "30", confirm: "0" },
      })),
      gone: [`candle1m:X/${minute(0)}`],
    },
    {
      path: "index-candle1H:X",
      pushes: [[["1000", "1", "2", "3", "4", "0"]], [["1000", "1", "2", "3", "5", "1"]]],
      cached: [{ ts: "1000", open: "1", high: "2", low: "3", close: "5", confirm: "1" }],
    },
    {
      path: "swap/candle60s:X",
      pushes: minutes.map((n) => [bar(n)]),
      cached: [1, 2, 3].map((n) => ({
        ...{ timestamp: iso(n), open: "1", high: "4", low: "0.5", close: "3" },
        ...{ volume: "10", currency_volume: "20" },
      })),
      gone: [`swap/candle60s:X/${iso(0)}`],
    },
    {
      path: "trades:X",
      pushes: minutes.map((n) => [{ instId: "X", tradeId: String(n), px: "1.0", seqId: 5 }]),
      cached: [1, 2, 3].map((n) => ({ instId: "X", tradeId: String(n), px: "1.0", seqId: "5" })),
    },
    {
      path: "liquidation-orders:SWAP",
      pushes: [[{ instId: "X", instType: "SWAP", details: [{ sz: "39", bkPx: "0.55205" }] }]],
      cached: [{ instId: "X", instType: "SWAP", details: '[{"sz":"39","bkPx":"0.55205"}]' }],
    },
    {
      path: "spot/trade:X",
      pushes: minutes.map((n) => [tradeOf("X", 9 + n)]),
      cached: [10, 11, 12].map((n) => ({
        ...{ instrument_id: "X", trade_id: String(n), price: "1.5", size: "3", side: "sell" },
        timestamp: new Date(AT).toISOString(),
      })),
      gone: ["spot/trade/9"],
    },
  ];
}

/** Of which every row that is open is kept. */
function listTrips(): RoundTrip[] {
  return [
    {
      path: "orders:SWAP",
      pushes: [
        [{ ordId: "1", state: "live", sz: "5", uTime: "1" }, {
          ordId: "2",
          state: "live",
          sz: "6",
          uTime: "2",
        }],
        [{ ordId: "1", state: "partially_filled", sz: "5", uTime: "3" }],
        [{ ordId: "2", state: "canceled", sz: "6", uTime: "4" }],
      ],
      cached: [{ ordId: "1", state: "partially_filled", sz: "5", uTime: "3" }],
    },
    {
      path: "instruments:SPOT",
      pushes: [
        { seed: [{ instId: "A-B", state: "live" }, { instId: "C-D", state: "live" }] },
        [{ instId: "E-F", state: "preopen" }],
        { seed: [{ instId: "C-D", state: "suspend" }, { instId: "E-F", state: "live" }] },
      ],
      cached: [{ instId: "C-D", state: "suspend" }, { instId: "E-F", state: "live" }],
      gone: ["instruments:SPOT:A-B"],
    },
  ];
}

export function minute(n: number): string {
  return String(AT + n * 60_000);
}

export function bar(n: number): string[] {
  return [minute(n), "1", "4", "0.5", "3", "10", "20", "30", "0"];
}

export function tradeOf(instId: string, n: number): Record<string, string> {
  return { instId, tradeId: String(n), px: "1.5", sz: "3", side: "sell", ts: String(AT) };
}

function tickerOf(last: string): Record<string, string> {
  return {
    ...{ instType: "SPOT", instId: "X", last, lastSz: "1", bidPx: "2", bidSz: "3", askPx: "4", askSz: "5" },
    ...{
      open24h: "6",
      high24h: "7",
      low24h: "8",
      sodUtc0: "9",
      sodUtc8: "10",
      vol24h: "11",
      volCcy24h: "12",
    },
    ts: String(AT),
  };
}

export function eventOf(path: string, push: RoundTrip["pushes"][number], at: number): SessionEvent {
  const topic = topicOf(path);
  if ("seed" in push) {
    const frame: DataFrame = { kind: "data", arg: topic.arg, rows: push.seed, action: "list", text: "" };
    return { kind: "rows", topics: [topic], frame, at };
  }
  const frame = decodeV5(JSON.stringify({ arg: topic.arg, data: push }));
  assert.equal(frame.kind, "data");
  return { kind: "rows", topics: [topic], frame: frame as DataFrame, at };
}
