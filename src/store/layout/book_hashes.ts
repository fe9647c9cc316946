/**
 * One order book on its way into its hashes: what has changed of it since they were written last. Nothing is put into
 * words before it is sent: `take()` is called when a batch is made.
 */
import { bookChannel } from "../../okx/book_channels.ts";
import type { BookView } from "../../model/events.ts";
import type { SideName } from "../../okx/book_side.ts";
import { bookChecksum } from "../../okx/checksum.ts";
import type { DataFrame, PriceLevel, Row } from "../../okx/frame.ts";
import { readLevel, seqText } from "../../okx/order_book.ts";
import type { Topic } from "../../okx/topic.ts";
import { encodeLevel } from "./book_levels.ts";
import { SideChanges } from "./side_changes.ts";
import { type BookSource, flatten, type HashChange } from "../write/write.ts";
import { hasPassed } from "../../shared/elapsed.ts";

/** How books are kept. `top`: levels in the lists; `depth`: levels in the hashes of both sides, and in legacy lists. */
export type BookOptions = {
  readonly depth: number;
  readonly top: number;
  readonly full: boolean;
  readonly intervalMs: number;
};

/** The names of a book's hashes; `bids` and `asks` are those of all its levels. */
export type BookKeys = { readonly key: string; readonly bids: string; readonly asks: string };

/** What is said of a book: as the exchange has it, being built again, lost, or no longer desired. */
export type BookState = BookView["state"] | "stale" | "closed";

/** What goes with a batch. `full`: every level; `whole`: all that there is, in place of whatever there was. */
type Due = { state: boolean; best: boolean; lists: boolean; full: boolean; whole: boolean };

const ALL: Due = { state: true, best: true, lists: true, full: true, whole: false };
const NOTHING: Due = { state: false, best: false, lists: false, full: false, whole: false };

/** One book of one topic. */
export class BookHashes implements BookSource {
  readonly #topic: Topic;
  readonly #keys: BookKeys;
  readonly #options: BookOptions;
  /** The live book, or what it was when it was live last. */
  #book: BookView;
  #isCopy = false;
  #state: BookState;
  #best = "";
  readonly #bids: SideChanges;
  readonly #asks: SideChanges;
  /** What goes with the next batch. */
  #due = { ...ALL };
  /** Something has changed since the lists were written. */
  #hasChanged = true;
  #listsAt = -Infinity;
  #written: Row | undefined;
  #respelled = 0;

  constructor(topic: Topic, keys: BookKeys, { book, options }: {
    readonly book: BookView;
    readonly options: BookOptions;
  }) {
    this.#topic = topic;
    this.#keys = keys;
    this.#options = options;
    this.#book = book;
    this.#state = book.state;
    const native = !topic.isLegacy;
    const full = native && options.full;
    const { levels } = bookChannel(topic.arg.channel);
    const kept = {
      ...{ depth: options.depth, full },
      encode: (level: PriceLevel) => encodeLevel(levels, level),
    };
    this.#bids = new SideChanges(kept);
    this.#asks = new SideChanges(kept);
  }

  /** Takes a book that has come on, or lost its certainty. Returns whether something is to be written now. */
  update(book: BookView, frame: DataFrame | undefined, at: number): boolean {
    if (book.state === "live") this.#live(book, frame);
    else this.freeze();
    if (this.#state !== book.state) this.#due.state = this.#due.lists = true;
    this.#state = book.state;
    this.isDue(at);
    const { state, best, lists, full } = this.#due;
    return state || best || lists || full || this.#bids.isChanged || this.#asks.isChanged;
  }

  /** Returns whether the lists have changed and their interval is over; then they go with the next batch. */
  isDue(at: number): boolean {
    if (!this.#hasChanged || !hasPassed(this.#listsAt, this.#options.intervalMs, at)) return false;
    this.#due.lists = true;
    this.#listsAt = at;
    return true;
  }

  /** Marks the book as no longer kept up. */
  mark(state: "stale" | "closed"): void {
    this.freeze();
    this.#state = state;
    this.#due.state = this.#due.lists = true;
  }

  /** Has all of it go with the next batch. */
  renew(): void {
    this.#due = { ...ALL, whole: true };
  }

  /**
   * Copies the last levels of a book that is not kept up, so that they stay whatever becomes of the lists that they came from.
   */
  freeze(): void {
    if (this.#isCopy) return;
    this.#book = { ...this.#book, bids: this.#book.bids.copy(), asks: this.#book.asks.copy() };
    this.#isCopy = true;
  }

  /** Returns what is to be written now; `isUnknown`: nothing is known of what is there. */
  take(isUnknown: boolean): HashChange[] {
    const due = this.#due;
    const whole = isUnknown || due.whole;
    this.#due = { ...NOTHING };
    const changes = this.#takeTop(whole, due);
    if (this.#bids.full) changes.push(...this.#takeFull(whole || due.full, due.state));
    return changes;
  }

  /** Returns the best levels as they are, as a row. */
  row(): Row {
    const { bids, asks, ts, seqId } = this.#book;
    const { arg, asSent, isLegacy, convert } = this.#topic;
    const { top, depth } = this.#options;
    const state = this.#state;
    if (!isLegacy) {
      return {
        ...{ bids: bids.json(top), asks: asks.json(top), ts, seqId, state },
        ...bestOf(this.#book),
      };
    }
    const lists = { bids: bids.levels(0, depth), asks: asks.levels(0, depth) };
    const row = asSent
      ? { instrument_id: arg.instId, ...lists, timestamp: ts }
      : convert({ ...lists, ts }, arg);
    // Programs of v3 verify the checksum, which v5 no longer sends.
    return { ...row, checksum: bookChecksum(bids, asks), state };
  }

  /** What the hash of the best levels should have, and had when it was written last. */
  get written(): Row | undefined {
    return this.#written;
  }

  get sides(): readonly [bids: string, asks: string] | undefined {
    const isKept = this.#bids.full && this.#written !== undefined && this.#state !== "closed";
    return isKept ? [this.#keys.bids, this.#keys.asks] : undefined;
  }

  isDamaged(
    bids: Readonly<Record<string, string>>,
    asks: Readonly<Record<string, string>>,
  ): boolean {
    if (bids.state === undefined || asks.state === undefined) return true;
    const { seqId, ts } = this.#book;
    const isWaiting = this.#due.full || this.#due.state || this.#bids.isChanged || this.#asks.isChanged;
    // What is on its way cannot be compared; it has its turn again.
    if (isWaiting || bids.seqId !== seqId || bids.ts !== ts) return false;
    return [bids, asks].some((hash) =>
      hash.state !== this.#state || hash.seqId !== seqId || hash.ts !== ts
    ) || this.#bids.differs(this.#book.bids, bids) || this.#asks.differs(this.#book.asks, asks);
  }

  #live(book: BookView, frame: DataFrame | undefined): void {
    const follows = !this.#isCopy && frame !== undefined && isNext(frame, this.#book, book) &&
      this.#respelled === book.bids.respelled + book.asks.respelled;
    this.#book = book;
    this.#isCopy = false;
    this.#respelled = book.bids.respelled + book.asks.respelled;
    if (follows) {
      if (this.#bids.full) {
        this.#bids.note(book.bids, levelsIn(frame, "bids"));
        this.#asks.note(book.asks, levelsIn(frame, "asks"));
      }
    } else {
      this.#bids.restart(book.bids);
      this.#asks.restart(book.asks);
      this.#due.full = this.#bids.full;
    }
    this.#hasChanged = true;
    const best = book.bids.bestText() + book.asks.bestText();
    if (best !== this.#best) this.#due.best = true;
    this.#best = best;
  }

  #takeTop(whole: boolean, due: Record<"state" | "best" | "lists", boolean>): HashChange[] {
    const { key } = this.#keys;
    if (this.#topic.isLegacy) {
      // A row of v3 is written as one.
      if (!whole && !due.state && !due.best && !due.lists) return [];
      this.#hasChanged = false;
      this.#written = this.row();
      return [{ key, clear: whole, set: flatten(this.#written), remove: [] }];
    }
    if (!whole && !due.state && !due.best && !due.lists) return [];
    const { bids, asks, ts, seqId } = this.#book;
    const { top } = this.#options;
    const row: Record<string, string> = {};
    if (whole || due.lists) {
      // Both at once: in a Redis that has gone back to an older copy a side that is left out would be that of then.
      row.bids = bids.json(top);
      row.asks = asks.json(top);
      row.ts = ts;
      row.seqId = seqId;
      this.#hasChanged = false;
    }
    if (whole || due.state) row.state = this.#state;
    if (whole || due.best) Object.assign(row, bestOf(this.#book));
    this.#written = { ...this.#written, ...row };
    return [{ key, clear: whole, set: flatten(row), remove: [] }];
  }

  #takeFull(whole: boolean, isState: boolean): HashChange[] {
    const { bids, asks, ts, seqId } = this.#book;
    const state = this.#state;
    if (state === "closed") {
      this.#bids.clear();
      this.#asks.clear();
      return [this.#keys.bids, this.#keys.asks].map((key) => ({ key, clear: true, set: [], remove: [] }));
    }
    if (!whole && !isState && !this.#bids.isChanged && !this.#asks.isChanged) return [];
    const said = ["seqId", seqId, "ts", ts, ...(whole || isState ? ["state", state] : [])];
    return [
      { key: this.#keys.bids, ...this.#bids.take(bids, whole, said) },
      { key: this.#keys.asks, ...this.#asks.take(asks, whole, said) },
    ];
  }
}

/** Returns whether a push says all that is different between two books. */
function isNext(frame: DataFrame, before: BookView, after: BookView): boolean {
  if (frame.action !== "update" || before.bids !== after.bids || before.asks !== after.asks) return false;
  const [first] = frame.rows as readonly Row[];
  return (seqText(first?.prevSeqId) ?? "") === before.seqId;
}

/** What a push that was applied says of one side. */
function levelsIn({ rows }: DataFrame, name: SideName): PriceLevel[] {
  const levels: PriceLevel[] = [];
  for (const row of rows as readonly Row[]) {
    for (const value of row[name] as readonly unknown[]) {
      const level = readLevel(value);
      if (level !== undefined) levels.push(level);
    }
  }
  return levels;
}

function bestOf({ bids, asks, ts }: BookView): Record<string, string> {
  const [bidPx = "", bidSz = ""] = bids.at(0) ?? [];
  const [askPx = "", askSz = ""] = asks.at(0) ?? [];
  return { bidPx, bidSz, askPx, askSz, bestTs: ts };
}
