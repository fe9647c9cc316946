/** One order book of the exchange: its levels now, and as they were at each sequence number. */
import { amount } from "./rows.ts";
import type { Random } from "../random.ts";

type Side = Map<number, string>;
export type Levels = { asks: string[][]; bids: string[][] };
export type Increment = Levels & { ts: string; checksum: number; seqId: number; prevSeqId: number };

export type Book = {
  asks: Side;
  bids: Side;
  seqId: number;
  /** Levels at each sequence number; numbers never come again, see `reset`. */
  history: Map<number, Levels>;
  /** Numbers that went out on a socket, in order, with the time of this machine. */
  sent: { seqId: number; at: number }[];
};

const START = 90_000_000_000;
/** Changes that the history goes back; at a few changes a second that is more than any episode. */
const HISTORY = 20_000;

export function createBook(random: Random): Book {
  const asks: Side = new Map(), bids: Side = new Map();
  for (let tick = 0; tick < 30; tick++) {
    asks.set(10_001 + tick, amount(random, 1, 9));
    bids.set(10_000 - tick, amount(random, 1, 9));
  }
  const book: Book = { asks, bids, seqId: START, history: new Map(), sent: [] };
  remember(book);
  return book;
}

/** Changes some levels and returns the increment; bids stay at or below 100.00 and asks above. */
export function change(book: Book, random: Random, now: number): Increment {
  const changed: Levels = { asks: [], bids: [] };
  for (let count = random.int(1, 4); count > 0; count--) {
    const side = random.pick(["asks", "bids"] as const);
    const tick = side === "asks" ? 10_001 + random.int(0, 40) : 10_000 - random.int(0, 40);
    if (changed[side].some(([price]) => price === text(tick))) continue;
    const removed = book[side].has(tick) && book[side].size > 10 && random.chance(0.4);
    const size = removed ? "0" : amount(random, 1, 9);
    if (removed) book[side].delete(tick);
    else book[side].set(tick, size);
    changed[side].push([text(tick), size, "0", removed ? "0" : "1"]);
  }
  return advance(book, changed, book.seqId + random.int(1, 5), now);
}

/** The sign of life of a quiet book: no level, both numbers equal. */
export function heartbeat(book: Book, now: number): Increment {
  return advance(book, { asks: [], bids: [] }, book.seqId, now);
}

/** Numbers begin again lower, as after maintenance; the chain of `prevSeqId` holds. */
export function reset(book: Book, random: Random, now: number): Increment {
  const increment = change(book, random, now);
  const lower = Math.floor(increment.prevSeqId / 1e9) * 1e9 - 1e9;
  book.history.delete(book.seqId);
  book.seqId = lower;
  remember(book);
  return { ...increment, seqId: lower };
}

export function snapshot(book: Book, now: number): Increment {
  return { ...levelsOf(book), ts: String(now), checksum: 0, seqId: book.seqId, prevSeqId: -1 };
}

export function levelsOf(book: Book): Levels {
  const list = (side: Side, order: number) =>
    [...side].sort(([one], [other]) => order * (one - other)).map((
      [tick, size],
    ) => [text(tick), size, "0", "1"]);
  return { asks: list(book.asks, 1), bids: list(book.bids, -1) };
}

function advance(book: Book, levels: Levels, seqId: number, now: number): Increment {
  const prevSeqId = book.seqId;
  book.seqId = seqId;
  remember(book);
  return { ...levels, ts: String(now), checksum: 0, seqId, prevSeqId };
}

function remember(book: Book): void {
  book.history.set(book.seqId, levelsOf(book));
  if (book.history.size > HISTORY) book.history.delete(book.history.keys().next().value!);
}

function text(tick: number): string {
  return (tick / 100).toFixed(2);
}
