/**
 * Series whose rows are in Redis alone: what is evicted, deleted or lost with a database cannot be written again, only be
 * recorded as missing. Remembers since when each has had rows, and how many.
 */
import { isSeries, type Topic } from "../../okx/topic.ts";
import type { Keys } from "./keys.ts";
import type { Write } from "../write/write.ts";

/** What a series has had, since it began or was last found missing. Times are Unix milliseconds. */
export type Span = {
  readonly path: string;
  readonly key: string;
  readonly from: number;
  readonly rows: number;
  readonly storage: Topic["storage"];
  /** Entries of a stream that were queued. */
  readonly added: number;
  /** Rows that are kept of it: beyond that the oldest go. */
  readonly keep: number;
  /** An earlier process has left rows: since when there have been any is not known. */
  readonly isOlder?: boolean;
};

type Known = {
  readonly key: string;
  readonly from: number;
  readonly storage: Topic["storage"];
  rows: number;
  added: number;
  /** Entries of those that are not there: taken out, dropped or refused. */
  removed: number;
  /** The stream has at least so many more than were added, as long as there is room for them. */
  least: number;
};

/** The series of one server. */
export class StoredSeries {
  readonly #keys: Keys;
  readonly #maxRow: number;
  readonly #spans = new Map<string, Known>();
  /** Paths of which an earlier process has left rows. */
  readonly #older = new Set<string>();

  constructor(keys: Keys, maxRow: number) {
    this.#keys = keys;
    this.#maxRow = maxRow;
  }

  /** Notes that an earlier process has left rows of a path. */
  resumeFrom(path: string): void {
    this.#older.add(path);
  }

  /** Returns whether an earlier process has left rows of a path, and nothing of it was found missing since. */
  isOlder(path: string): boolean {
    return this.#older.has(path);
  }

  /** Notes that rows of a topic are on their way. */
  note(topic: Topic, rows: number, at: number): void {
    if (!isSeries(topic) || rows === 0) return;
    const known = this.#spans.get(topic.path);
    if (known !== undefined) known.rows += rows;
    else {
      const { storage } = topic;
      const key = this.#keys.path(storage === "trades" ? topic.table : topic.path);
      this.#spans.set(topic.path, { key, from: at, storage, rows, added: 0, removed: 0, least: 0 });
    }
  }

  /** Counts what the writes of a push, from one of them on, add to a stream and take away. */
  countEntries(path: string, writes: readonly Write[], from: number): void {
    const key = this.#keys.path(path);
    for (let i = from; i < writes.length; i++) this.count(path, entriesOf(writes[i] as Write, key));
  }

  /** Counts entries of a stream that are on their way, or (negative) will not be there. */
  count(path: string, entries: number): void {
    const span = this.#spans.get(path);
    if (span === undefined) return;
    if (entries > 0) span.added += entries;
    else span.removed -= entries;
  }

  /**
   * Returns how many entries are missing from a stream that has `length` of them, where the first `added` of those that
   * were queued are written. The next time these count as known to be missing.
   */
  missing(path: string, { added, length }: { readonly added: number; readonly length: number }): number {
    const span = this.#spans.get(path);
    if (span === undefined || added > span.added) return 0;
    const missing = Math.min(this.#maxRow, span.least + added - span.removed) - length;
    const least = Math.min(length, this.#maxRow) - (span.added - span.removed);
    span.least = missing > 0 || length >= this.#maxRow ? least : Math.max(span.least, least);
    return Math.max(0, missing);
  }

  all(): Span[] {
    return [...this.#spans].map(([path, { key, from, storage, rows, added }]) => ({
      ...{ path, key, from, storage, added, keep: this.#maxRow },
      rows: Math.min(rows, this.#maxRow),
      ...(this.#older.has(path) && { isOlder: true }),
    }));
  }

  /** Forgets a series that is no longer desired, or begins again. */
  forget(path: string): void {
    this.#spans.delete(path);
    this.#older.delete(path);
  }
}

/** Returns how many entries of a stream a write adds, or takes away. */
function entriesOf(write: Write, key: string): number {
  if (write.kind === "erase" && write.key === key) return -write.ids.length;
  return write.kind === "append" && write.key === key ? 1 : 0;
}
