/** The feeds of the spread channels. Their sequence numbers are larger than a double can represent exactly. */
import type { Bar } from "../market/bars.ts";
import type { Level } from "../market/book.ts";
import { diffSide } from "../market/book.ts";
import { candleFeed } from "./candle_feeds.ts";
import type { Feed, Push } from "./feed.ts";
import { latest } from "./latest_feed.ts";
import type { Row } from "./rows.ts";
import type { Spread } from "../market/spread.ts";
import {
  spreadCandleRow,
  spreadChecksum,
  spreadEntries,
  spreadTickerRow,
  spreadTradeRow,
} from "./spread_rows.ts";

export function spreadTickerFeed(spread: Spread): Feed {
  return latest({
    version: () => spread.version,
    rows: (nowMs) => [spreadTickerRow(spread, nowMs)],
    leastMs: 100,
    key: spread.sprdId,
  });
}

/** Returns the last trade first. */
export function spreadTradeFeed(spread: Spread): Feed {
  let seen = spread.tradeCount;
  const push = (trade: Spread["trades"][number]): Push => {
    const row = spreadTradeRow(spread, trade);
    return { data: [row], keyed: [[spread.sprdId, row]] };
  };
  return {
    first: () => spread.trades.slice(-1).map(push),
    next() {
      const count = Number(spread.tradeCount - seen);
      seen = spread.tradeCount;
      return count === 0 ? [] : spread.trades.slice(-count).map(push);
    },
  };
}

export function spreadCandleFeed(bar: Bar, spread: Spread, startMs: number): Feed {
  return candleFeed(bar, {
    version: () => spread.candles.version,
    candle: (openMs, nowMs) => spread.candles.bar(bar, openMs, nowMs),
    row: (candle, confirmed) => spreadCandleRow(spread, candle, confirmed),
  }, startMs);
}

/** Returns the best levels, whole, whenever the book changed. */
export function spreadTopFeed(spread: Spread, depth: 1 | 5): Feed {
  let sent: bigint | undefined;
  const push = (): Push[] => {
    sent = spread.seqId;
    return [exact(spread, {
      asks: spreadEntries(spread, spread.asks.slice(0, depth)),
      bids: spreadEntries(spread, spread.bids.slice(0, depth)),
      ts: String(spread.changedMs),
      seqId: sent,
    })];
  };
  return { first: push, next: () => sent === spread.seqId ? [] : push() };
}

/** Creates a feed of the snapshot and updates of all levels. */
export function spreadBookFeed(spread: Spread): Feed {
  let sent: { bids: readonly Level[]; asks: readonly Level[]; seqId: bigint } | undefined;
  const now = () => ({ bids: spread.bids.slice(), asks: spread.asks.slice(), seqId: spread.seqId });
  const push = (
    action: "snapshot" | "update",
    side: Pick<NonNullable<typeof sent>, "bids" | "asks">,
    prev: bigint,
  ) => {
    const row = {
      asks: spreadEntries(spread, side.asks),
      bids: spreadEntries(spread, side.bids),
      ts: String(spread.changedMs),
      checksum: spreadChecksum(spread),
      prevSeqId: prev,
      seqId: spread.seqId,
    };
    return { ...exact(spread, row), members: { action } };
  };
  return {
    first() {
      sent = now();
      return [push("snapshot", sent, -1n)];
    },
    next() {
      if (sent === undefined || sent.seqId === spread.seqId) return [];
      const before = sent;
      sent = now();
      const changes = {
        asks: diffSide(before.asks, sent.asks, 1),
        bids: diffSide(before.bids, sent.bids, -1),
      };
      return [push("update", changes, before.seqId)];
    },
    value() {
      const last = sent;
      return () =>
        last && {
          asks: spreadEntries(spread, last.asks),
          bids: spreadEntries(spread, last.bids),
          seqId: String(last.seqId),
        };
    },
  };
}

/** Returns a push whose whole numbers are written out in full; what is remembered of it has them as texts. */
function exact({ sprdId }: Spread, row: Row): Push {
  const texts = Object.entries(row).map((
    [name, value],
  ) => [name, typeof value === "bigint" ? String(value) : value]);
  return { data: [row], exact: true, keyed: [[sprdId, Object.fromEntries(texts)]] };
}
