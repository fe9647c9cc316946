/**
 * The feeds of the order book channels: incremental ones that chain their updates by sequence number, and
 * the short ones that repeat the whole top.
 */
import type { Level } from "../market/book.ts";
import { diffSide } from "../market/book.ts";
import type { Feed, Push } from "./feed.ts";
import type { Listing } from "../market/listing.ts";
import { bookEntries, rpiEntries } from "./rows.ts";

/** After this time without a change a book says that it is alive, by the official sequence rules. */
const HEARTBEAT_MS = 60_000;

type Sent = { bids: readonly Level[]; asks: readonly Level[]; seqId: number; atMs: number };

/**
 * Creates a feed of the snapshot and updates of the best `depth` levels; `checksum` is 0, as on the exchange since June 2026.
 * `rpi`: a level says how much of it is for everybody, and there is no checksum.
 */
export function bookFeed(listing: Listing, depth: number, { rpi = false }: { rpi?: boolean } = {}): Feed {
  const { book, instrument } = listing;
  const entries = rpi ? rpiEntries : bookEntries;
  let sent: Sent | undefined;
  const push = (
    action: "snapshot" | "update",
    part: Pick<Sent, "bids" | "asks" | "seqId">,
    prevSeqId: number,
  ): Push => ({
    members: { action },
    data: [{
      asks: entries(listing, part.asks),
      bids: entries(listing, part.bids),
      ts: String(listing.bookMs),
      ...(rpi ? {} : { checksum: 0 }),
      prevSeqId,
      seqId: part.seqId,
    }],
  });
  return {
    instId: instrument.instId,
    first(nowMs) {
      sent ??= { ...top(listing, depth), seqId: book.seqId, atMs: nowMs };
      return [push("snapshot", sent, -1)];
    },
    next(nowMs) {
      if (sent === undefined) return [];
      const { seqId, atMs } = sent;
      const now = top(listing, depth);
      const asks = book.seqId === seqId ? [] : diffSide(sent.asks, now.asks, 1);
      const bids = book.seqId === seqId ? [] : diffSide(sent.bids, now.bids, -1);
      if (asks.length + bids.length > 0) {
        sent = { ...now, seqId: book.seqId, atMs: nowMs };
        return [push("update", { asks, bids, seqId: book.seqId }, seqId)];
      }
      if (nowMs - atMs < HEARTBEAT_MS) return [];
      sent = { ...sent, atMs: nowMs };
      return [push("update", { asks: [], bids: [], seqId }, seqId)];
    },
    value() {
      const last = sent;
      const ts = String(listing.bookMs);
      return () =>
        last && {
          asks: entries(listing, last.asks),
          bids: entries(listing, last.bids),
          ts,
          seqId: last.seqId,
        };
    },
  };
}

/** Returns the best `depth` levels, whole, whenever one of them changed. */
export function topFeed(listing: Listing, depth: 1 | 5): Feed {
  const { book, instrument } = listing;
  let sent: Sent | undefined;
  const push = (nowMs: number): Push[] => {
    const now = top(listing, depth);
    sent = { ...now, seqId: book.seqId, atMs: nowMs };
    const row = {
      asks: bookEntries(listing, now.asks),
      bids: bookEntries(listing, now.bids),
      ...(depth === 5 ? { instId: instrument.instId } : {}),
      ts: String(listing.bookMs),
      seqId: book.seqId,
    };
    return [{ data: [row] }];
  };
  return {
    instId: instrument.instId,
    first: push,
    next(nowMs) {
      if (sent === undefined) return push(nowMs);
      if (nowMs - sent.atMs >= HEARTBEAT_MS) return push(nowMs);
      if (
        book.seqId === sent.seqId || (same(sent.asks, book.asks, depth) && same(sent.bids, book.bids, depth))
      ) {
        return [];
      }
      return push(nowMs);
    },
  };
}

function top({ book }: Listing, depth: number): Pick<Sent, "bids" | "asks"> {
  return { bids: book.bids.slice(0, depth), asks: book.asks.slice(0, depth) };
}

function same(sent: readonly Level[], now: readonly Level[], depth: number): boolean {
  if (sent.length !== Math.min(now.length, depth)) return false;
  return sent.every((level, index) => level === now[index]);
}
