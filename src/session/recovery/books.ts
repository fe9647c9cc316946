/**
 * The order books of one connection: applies what comes, says what state each book is in, and decides how a broken one
 * is rebuilt: by subscribing it again, or by a REST snapshot where no snapshot comes. One book's trouble touches no other.
 *
 * A book is live only where it is at least as new as what was applied or seen of it before, by any connection. A snapshot
 * that is older is syncing: it goes on with its increments for a while, then another one is asked for.
 */
import { doubled } from "../../shared/async/backoff.ts";
import type { BookView } from "../../model/events.ts";
import { type BookStep, isBroken, OrderBook, seqIdOf, tsOf } from "../../okx/order_book.ts";
import { bookChannel } from "../../okx/book_channels.ts";
import { findChannel } from "../../okx/channels.ts";
import type { Arg, DataFrame, Row } from "../../okx/frame.ts";
import { type BookFloor, BookMarks, isBefore } from "./book_marks.ts";

/** What a frame, or its absence, asks for. */
export type BookVerdict = {
  readonly view: BookView;
  /** The rows may be passed on: they were applied. */
  readonly applied: boolean;
  /** The book has just lost its certainty, for this reason. */
  readonly broken: BookStep | "silent" | "behind" | undefined;
};

/** A book that needs a REST snapshot. */
export type SnapshotDue = { readonly key: string; readonly arg: Arg };

/** Limits in milliseconds. */
export type BookTiming = {
  /** How long a snapshot may take, or one that is behind to catch up, before another or a REST snapshot is asked for. */
  readonly snapshotMs: number;
  /** The exchange repeats itself about every 60 s on a quiet book (documentation, "Order book channel"). */
  readonly silentMs: number;
};

export const DEFAULT_BOOK_TIMING: BookTiming = { snapshotMs: 3000, silentMs: 75_000 };

/** Increments kept for a book that waits for its REST snapshot; 100 a second at most, for the time of a few attempts. */
const MAX_BUFFERED = 2000;

/** Levels of one increment that is kept; the exchange's books have 400 on each side. */
const MAX_INCREMENT = 1000;

/** A book that stayed whole this long has recovered: after its next loss it is rebuilt without delay again. */
const SETTLED_MS = 60_000;

type Entry = {
  readonly arg: Arg;
  readonly book: OrderBook;
  /** Whether the exchange says something of it at least every minute. */
  readonly promises: boolean;
  state: BookView["state"];
  lastFrameAt: number;
  /** Increments that came without a book, oldest first. */
  buffered: Row[];
  /** When a REST snapshot becomes due; Infinity: none is. */
  snapshotDueAt: number;
  /** A REST snapshot was asked for and may come; one that comes later belongs to a book that was given up. */
  snapshotPending: boolean;
  /** The last base was a REST snapshot, so the next increment has to reach across its number. */
  isFromRest: boolean;
  /** The last REST snapshot was older than what was known. */
  snapshotBehind: boolean;
  troubles: number;
  /** Times in a row that it fell silent, with nothing but snapshots in between. */
  silences: number;
  wholeSince: number;
  /** The position that it has to reach to be live, and since when it has to. */
  floor: BookFloor | undefined;
  floorAt: number;
};

/**
 * The order books of one connection with their states. Times are milliseconds of one monotonic clock; `key` names the
 * upstream subscription.
 */
export class OrderBooks {
  readonly #entries = new Map<string, Entry>();
  readonly #timing: BookTiming;
  readonly #marks: BookMarks;

  /** `marks` is shared by the connections of a server. */
  constructor(timing: BookTiming, marks = new BookMarks()) {
    this.#timing = timing;
    this.#marks = marks;
  }

  /** Begins a book that is subscribed again: what comes from now on follows nothing that came before. */
  begin(key: string): void {
    const entry = this.#entries.get(key);
    if (entry !== undefined) clear(entry);
  }

  /** Expects a snapshot from now on; where none comes, a REST snapshot is asked for. */
  expect(key: string, arg: Arg, now: number): void {
    const entry = this.#entry(key, arg, now);
    if (entry.state === "syncing" && entry.snapshotDueAt === Infinity) {
      entry.snapshotDueAt = now + this.#timing.snapshotMs;
    }
  }

  /** Returns the number at which a live book is; empty: none is known. */
  seqIdOf(key: string): string {
    const entry = this.#entries.get(key);
    return entry?.state === "live" ? entry.book.seqId : "";
  }

  /**
   * Keeps a book from being live before it has reached a number, because what was emitted of it last is of that. Returns
   * undefined where that changes nothing that was emitted.
   */
  waitFor(key: string, arg: Arg, seqId: string, now: number): BookVerdict | undefined {
    const entry = this.#entry(key, arg, now);
    const known = this.#marks.of(key);
    entry.floor = { seqId, ts: known?.ts ?? "", since: known?.since ?? 0 };
    this.#marks.note(key, entry.floor);
    entry.floorAt = now;
    const view = viewOf(entry);
    return entry.state === "live" && view.state === "syncing"
      ? { view, applied: true, broken: undefined }
      : undefined;
  }

  /** Returns whether all that is there of a book is older than what was known of it. */
  isBehind(key: string): boolean {
    const entry = this.#entries.get(key);
    return entry !== undefined && (entry.snapshotBehind || (entry.state === "live" && isBehind(entry)));
  }

  /** Applies a push. */
  onFrame(key: string, frame: DataFrame, now: number): BookVerdict {
    const entry = this.#entry(key, frame.arg, now);
    if (frame.rows.length > 0) {
      entry.lastFrameAt = now;
      if (frame.action === "update") entry.silences = 0;
    }
    let broken: BookStep | undefined;
    let applied = true;
    for (const row of frame.rows) {
      const step = this.#apply(key, frame.action, row as Row, now);
      this.#note(key, entry, row as Row, step);
      if (step === "early" || step === "duplicate") applied = false;
      else if (isBroken(step)) {
        broken = step;
        applied = false;
        break;
      }
    }
    if (broken !== undefined) this.#markLost(entry, now);
    const { floor, book } = entry;
    // A client that follows the pushes has what comes before that position already.
    if (floor !== undefined && (book.seqId === floor.seqId || isBehind(entry))) applied = false;
    return { view: viewOf(entry), applied, broken };
  }

  /** Applies a REST snapshot and what was buffered since; returns undefined when the REST snapshot does not fit and another is due. */
  onRestSnapshot(key: string, row: Row, now: number): BookVerdict | undefined {
    const entry = this.#entries.get(key);
    if (entry === undefined || !entry.snapshotPending) return undefined;
    if (isBroken(entry.book.applySnapshot(row))) return undefined;
    entry.isFromRest = true;
    const waiting = entry.buffered;
    entry.buffered = [];
    for (const [i, increment] of waiting.entries()) {
      if (!isBroken(this.#applyIncrement(entry, increment))) continue;
      // The REST snapshot is older than the first increment we hold: a later one will reach it.
      entry.buffered = waiting.slice(i);
      entry.book.clear();
      return undefined;
    }
    if (this.#marks.judge(key, entry.book, now) !== "current") {
      entry.buffered = waiting;
      entry.book.clear();
      entry.snapshotBehind = true;
      return undefined;
    }
    this.#markLive(entry, now);
    entry.floor = undefined;
    this.#marks.note(key, entry.book);
    return { view: viewOf(entry), applied: true, broken: undefined };
  }

  /** Books that wait for a REST snapshot now; each is named once per waiting time. */
  snapshotsDue(now: number): SnapshotDue[] {
    const due: SnapshotDue[] = [];
    for (const [key, entry] of this.#entries) {
      if (now < entry.snapshotDueAt) continue;
      entry.snapshotDueAt = now + doubled(this.#timing.snapshotMs, Math.min(entry.troubles, 5));
      entry.troubles += 1;
      entry.snapshotPending = true;
      due.push({ key, arg: entry.arg });
    }
    return due;
  }

  /**
   * Returns the live books on which nothing came for longer than the exchange is ever silent, and makes them syncing. `again`:
   * not for the first time in a row.
   */
  silent(now: number): { key: string; verdict: BookVerdict; again: boolean }[] {
    const found: { key: string; verdict: BookVerdict; again: boolean }[] = [];
    for (const [key, entry] of this.#entries) {
      if (entry.state !== "live" || !entry.promises) continue;
      if (now - entry.lastFrameAt < this.#timing.silentMs) continue;
      this.#markLost(entry, now);
      entry.silences += 1;
      const verdict = { view: viewOf(entry), applied: false, broken: "silent" } as const;
      found.push({ key, verdict, again: entry.silences > 1 });
    }
    return found;
  }

  /** Books that have not caught up with what was known of them in the time of a snapshot: another one is due. */
  behind(now: number): { key: string; verdict: BookVerdict }[] {
    const found: { key: string; verdict: BookVerdict }[] = [];
    for (const [key, entry] of this.#entries) {
      if (entry.floor === undefined || entry.state !== "live") continue;
      if (now - entry.floorAt < this.#timing.snapshotMs) continue;
      this.#markLost(entry, now);
      found.push({ key, verdict: { view: viewOf(entry), applied: false, broken: "behind" } });
    }
    return found;
  }

  /**
   * Returns how long to wait before it is rebuilt, in milliseconds: none the first time, then longer with each further trouble.
   */
  resyncDelay(key: string): number {
    const troubles = this.#entries.get(key)?.troubles ?? 1;
    return troubles <= 1 ? 0 : doubled(1000, troubles - 2, 60_000);
  }

  /** Removes a book that is no longer desired. */
  remove(key: string): void {
    this.#entries.delete(key);
  }

  #apply(key: string, action: string | undefined, row: Row, now: number): BookStep {
    const entry = this.#entries.get(key) as Entry;
    if (typeof row !== "object" || row === null) return "unreadable";
    if (action === "update" && !entry.book.whole) {
      if (entry.state === "syncing" && entry.snapshotDueAt === Infinity) {
        entry.snapshotDueAt = now + this.#timing.snapshotMs;
      }
      if (entry.buffered.length >= MAX_BUFFERED) entry.buffered.shift();
      // An increment larger than a whole book is none: what it leaves out shows as a gap.
      if (levelsIn(row.bids) + levelsIn(row.asks) <= MAX_INCREMENT) entry.buffered.push(row);
      return "early";
    }
    if (action === "update") return this.#applyIncrement(entry, row);
    const isOlder = this.#marks.compare(key, { seqId: seqIdOf(row) ?? "", ts: tsOf(row) }) === "older";
    // A snapshot that nobody asked for takes nothing back.
    if (isOlder && viewOf(entry).state === "live") return "duplicate";
    const step = entry.book.apply(action, row);
    entry.isFromRest = false;
    if (isBroken(step)) return step;
    // A snapshot may come after increments that follow it.
    for (const increment of entry.buffered) {
      if (entry.book.isOld(increment)) continue;
      const next = entry.book.apply("update", increment);
      if (isBroken(next)) return next;
    }
    this.#markLive(entry, now);
    const isCurrent = this.#marks.judge(key, entry.book, now) === "current";
    entry.floor = isCurrent ? undefined : this.#marks.of(key);
    entry.floorAt = now;
    return step;
  }

  /** Remembers how far the book has come, or would have. */
  #note(key: string, entry: Entry, row: Row, step: BookStep): void {
    if (step === "reset") {
      this.#marks.reset(key, entry.book);
      const isThere = this.#marks.compare(key, entry.book) === "current";
      entry.floor = isThere ? undefined : this.#marks.of(key);
    } else if (step === "early" || isBroken(step)) {
      if (typeof row === "object" && row !== null) this.#marks.see(key, row);
    } else if (!isBehind(entry)) this.#marks.note(key, entry.book);
  }

  #applyIncrement(entry: Entry, row: Row): BookStep {
    if (!entry.isFromRest) return entry.book.apply("update", row);
    if (entry.book.isOld(row)) return "liveness";
    if (!entry.book.continuesRest(row)) return "gap";
    entry.isFromRest = false;
    return entry.book.applyAfterRest(row);
  }

  #markLive(entry: Entry, now: number): void {
    if (entry.state !== "live") entry.wholeSince = now;
    entry.state = "live";
    entry.buffered = [];
    entry.snapshotBehind = false;
    entry.snapshotDueAt = Infinity;
    entry.snapshotPending = false;
  }

  #markLost(entry: Entry, now: number): void {
    if (entry.state === "live" && now - entry.wholeSince > SETTLED_MS) entry.troubles = 0;
    entry.troubles += 1;
    clear(entry);
  }

  #entry(key: string, arg: Arg, now: number): Entry {
    let entry = this.#entries.get(key);
    if (entry === undefined) {
      entry = {
        arg,
        promises: findChannel(arg.channel)?.maxSilenceSeconds !== undefined,
        book: new OrderBook(bookChannel(arg.channel).rules),
        state: "syncing",
        lastFrameAt: now,
        buffered: [],
        snapshotDueAt: Infinity,
        snapshotPending: false,
        isFromRest: false,
        snapshotBehind: false,
        troubles: 0,
        silences: 0,
        wholeSince: now,
        floor: undefined,
        floorAt: 0,
      };
      this.#entries.set(key, entry);
    }
    return entry;
  }
}

function clear(entry: Entry): void {
  entry.state = "syncing";
  entry.book.clear();
  entry.buffered = [];
  entry.isFromRest = false;
  entry.snapshotBehind = false;
  entry.snapshotDueAt = Infinity;
  entry.snapshotPending = false;
  entry.floor = undefined;
}

function viewOf(entry: Entry): BookView {
  const { book } = entry;
  if (!isBehind(entry)) entry.floor = undefined;
  const state = entry.floor === undefined ? entry.state : "syncing";
  return { bids: book.bids, asks: book.asks, ts: book.ts, seqId: book.seqId, state };
}

/** Returns whether a book has not reached the position that it has to. */
function isBehind({ book, floor }: Entry): boolean {
  return floor !== undefined && isBefore(book, floor);
}

function levelsIn(side: unknown): number {
  return Array.isArray(side) ? side.length : 0;
}
