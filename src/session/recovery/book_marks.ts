/**
 * How far each order book of a server has come, whichever connection or call of REST brought it: the highest number that
 * was applied or only seen, and its time. What is below it is older. Numbers begin again at a lower number after a
 * maintenance (OKX v5 documentation, "Order book channel"): an increment says so itself; of a snapshot it is believed
 * when its time is later and another one says the same a while afterwards.
 */
import { isBelow, seqIdOf, tsOf } from "../../okx/order_book.ts";
import type { Row } from "../../okx/frame.ts";

/** A position of a book: its number, empty where the channel has none, and its time as the exchange writes it. */
export type BookPosition = { readonly seqId: string; readonly ts: string };

/**
 * The position that a book has to reach. `since`: when numbers began again, in Unix milliseconds; 0: not that is known.
 */
export type BookFloor = BookPosition & { readonly since: number };

/** How a position compares with the mark. `lower`: below it, but later in time. */
export type MarkComparison = "current" | "older" | "lower";

type Mark = {
  seqId: string;
  ts: string;
  since: number;
  /** A position that is lower, and when it was first seen by the monotonic clock. */
  lower: (BookPosition & { readonly at: number }) | undefined;
};

/** Books remembered; a server has as many paths at most. */
const MAX_BOOKS = 20_000;

/** Numbers that have begun again are believed when that is said again after this time. */
const RESTART_MS = 10_000;

/** A time later than this from now is none. */
const MAX_AHEAD_MS = 60_000;

/** The highest sequence number of each order book of a server. Books are named by their upstream subscription. */
export class BookMarks {
  readonly #marks = new Map<string, Mark>();
  readonly #clock: () => number;

  /** `clock` gives Unix milliseconds. */
  constructor(clock: () => number = Date.now) {
    this.#clock = clock;
  }

  /** Returns the position that a book must have reached; undefined: it was never seen. */
  of(key: string): BookFloor | undefined {
    const mark = this.#marks.get(key);
    return mark === undefined ? undefined : { seqId: mark.seqId, ts: mark.ts, since: mark.since };
  }

  /** Notes a position that was reached, or seen. */
  note(key: string, { seqId, ts }: BookPosition): void {
    const mark = this.#marks.get(key);
    if (mark === undefined) return this.#set(key, { seqId, ts }, 0);
    if (isBelow(seqId, mark.seqId) || (mark.since > 0 && this.#time(ts) < mark.since)) return;
    if (seqId === "" && (mark.seqId !== "" || this.#time(ts) < this.#time(mark.ts))) return;
    mark.seqId = seqId;
    mark.ts = ts;
  }

  /** Notes an increment that cannot be applied. One in which numbers begin again is to be said by a snapshot, too. */
  see(key: string, row: Row): void {
    const [seqId, ts] = [seqIdOf(row), tsOf(row)];
    if (seqId === undefined) return;
    if (!isReset(row, seqId)) return this.note(key, { seqId, ts });
    const mark = this.#marks.get(key);
    if (mark !== undefined && this.#time(ts) > this.#time(mark.ts)) mark.lower = { seqId, ts, at: -Infinity };
  }

  /** Numbers have begun again, says an increment. */
  reset(key: string, position: BookPosition): void {
    const since = this.#time(position.ts);
    const mark = this.#marks.get(key);
    // Another connection may have said it before.
    if (mark !== undefined && mark.since > 0 && since <= mark.since) return this.note(key, position);
    this.#set(key, position, since);
  }

  /** Compares a position with the mark. */
  compare(key: string, { seqId, ts }: BookPosition): MarkComparison {
    const mark = this.#marks.get(key);
    if (mark === undefined) return "current";
    const [time, markTime] = [this.#time(ts), this.#time(mark.ts)];
    if (mark.seqId === "") return seqId === "" && time < markTime ? "older" : "current";
    if (time > 0 && time < mark.since) return "older";
    if (seqId !== "" && !isBelow(seqId, mark.seqId)) return "current";
    return seqId !== "" && time > markTime ? "lower" : "older";
  }

  /** Takes the position of a small book, each push of which is whole. Returns whether it is not older than the last one. */
  take(key: string, position: BookPosition): boolean {
    const standing = this.compare(key, position);
    if (standing === "lower") this.restart(key, position);
    else if (standing === "current") this.note(key, position);
    return standing !== "older";
  }

  /**
   * Compares as {@link compare} does, for the position of a whole snapshot; one that is lower is current when it is believed.
   */
  judge(key: string, position: BookPosition, now: number): MarkComparison {
    const standing = this.compare(key, position);
    const mark = this.#marks.get(key);
    if (mark === undefined || standing === "older") return standing;
    if (standing === "current") {
      mark.lower = undefined;
      return standing;
    }
    const { lower } = mark;
    const isSame = lower !== undefined && !isBelow(position.seqId, lower.seqId) &&
      this.#time(position.ts) >= this.#time(lower.ts);
    if (!isSame) mark.lower = { seqId: position.seqId, ts: position.ts, at: now };
    else if (now - lower.at >= RESTART_MS) {
      this.restart(key, position);
      return "current";
    }
    return standing;
  }

  /** Numbers have begun again, at or before this position. */
  restart(key: string, position: BookPosition): void {
    const since = this.#time(this.#marks.get(key)?.ts ?? "") + 1;
    this.#set(key, position, since);
  }

  #set(key: string, { seqId, ts }: BookPosition, since: number): void {
    this.#marks.delete(key);
    this.#marks.set(key, { seqId, ts, since, lower: undefined });
    if (this.#marks.size > MAX_BOOKS) this.#marks.delete(this.#marks.keys().next().value as string);
  }

  /** In Unix milliseconds; 0: not known. */
  #time(ts: string): number {
    const time = bookTime(ts);
    return time <= this.#clock() + MAX_AHEAD_MS ? time : 0;
  }
}

/** Returns whether a position is before another one. Without numbers times are compared. */
export function isBefore({ seqId, ts }: BookPosition, floor: BookFloor): boolean {
  const time = bookTime(ts);
  if (floor.seqId === "") return time < bookTime(floor.ts);
  return seqId === "" || (time > 0 && time < floor.since) || isBelow(seqId, floor.seqId);
}

/** Returns the time of a book in Unix milliseconds; 0: it has none. v3 writes times in ISO 8601. */
function bookTime(ts: string): number {
  const time = Number(ts) || Date.parse(ts);
  return time > 0 ? time : 0;
}

function isReset({ prevSeqId }: Row, seqId: string): boolean {
  const before = seqIdOf({ seqId: prevSeqId });
  return before !== undefined && isBelow(seqId, before);
}
