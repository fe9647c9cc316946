/**
 * Whether the snapshot that a channel of the account pushes is whole. `account` and `positions` number its pages;
 * `balance_and_position` splits it without a word (OKX v5, "Balance and position channel"), so it is whole when no
 * further part has come for a while.
 */
import type { DataFrame, Row } from "../../okx/frame.ts";
import type { Topic } from "../../okx/topic.ts";

/** No further part within this time: the snapshot was whole. */
export const QUIET_MS = 500;

/** Pages of one snapshot follow each other within this time. */
export const PAGE_MS = 3000;

/** The pages of one snapshot that have come so far. One subscription on one connection. */
export class Snapshot {
  #page = 0;
  #pageAt = -Infinity;
  /** Rows since the first page, with what was pushed between the pages. */
  #rows: unknown[] = [];
  /** Rows since the first part of a snapshot without pages. */
  #parts: Row[] | undefined;
  #partAt = -Infinity;
  #spoiled = false;
  #isOver = false;
  /** Whether it comes in parts that are not numbered. */
  readonly #isSplit: boolean;

  constructor(parts: Topic["parts"]) {
    this.#isSplit = parts === "balancesAndPositions";
  }

  /** Returns whether that was the last page of a snapshot. `now` is of a monotonic clock. */
  take(frame: DataFrame, now: number): boolean {
    if (this.#spoiled) return false;
    const rows = frame.rows as readonly Row[];
    if (this.#isSplit) {
      if (!this.#isOver && rows.some((row) => row?.eventType === "snapshot")) {
        this.#parts ??= [];
        this.#partAt = now;
      } else if (now - this.#partAt > PAGE_MS) this.#parts = undefined;
      // What happens meanwhile is newer and belongs to it too.
      this.#parts?.push(...rows);
      return false;
    }
    if (now - this.#pageAt > PAGE_MS) this.#page = -Infinity;
    if (frame.action !== "snapshot" || frame.page === undefined) {
      if (this.#page > 0) this.#rows.push(...rows);
      return false;
    }
    const { number, last } = frame.page;
    this.#page = number === 1 || number === this.#page + 1 ? number : -Infinity;
    this.#pageAt = now;
    this.#rows = this.#page === 1 ? [...rows] : this.#page > 0 ? [...this.#rows, ...rows] : [];
    const isWhole = last && this.#page > 0;
    if (last) this.#page = -Infinity;
    return isWhole;
  }

  /** Returns the rows of the last snapshot that was whole, until something more is taken. */
  rows(): readonly unknown[] {
    return this.#rows;
  }

  /**
   * Ends the wait for pages and parts after a list was delivered: those that have come belong to no whole any more.
   */
  end(): void {
    this.#page = -Infinity;
    this.#rows = [];
    this.#parts = undefined;
    this.#isOver = true;
  }

  /** Notes that something of what was pushed cannot be read: nothing that is pushed makes a whole any more. */
  spoil(): void {
    this.#spoiled = true;
  }

  /** Milliseconds until the parts that have come are a whole; undefined: none has come. */
  dueIn(now: number): number | undefined {
    return this.#parts === undefined || this.#spoiled
      ? undefined
      : Math.max(0, this.#partAt + QUIET_MS - now);
  }

  /** Returns all parts as one snapshot, once. */
  join(): readonly Row[] {
    const parts = this.#parts ?? [];
    this.#parts = undefined;
    this.#isOver = true;
    const list = (name: string) => parts.flatMap((row) => Array.isArray(row[name]) ? row[name] as Row[] : []);
    return [{ ...parts.at(-1), eventType: "snapshot", balData: list("balData"), posData: list("posData") }];
  }
}
