/**
 * One numbered database: keys, their values and their deadlines, kept in plain maps and pure of IO. Expiry is lazy at
 * every look, and `sweep` takes a bounded bite out of what nobody looks at. The clock is passed in.
 */
import type { SortedSet } from "./sorted_set.ts";
import type { Stream } from "./stream.ts";

export type Value =
  | { readonly kind: "string"; text: string }
  | { readonly kind: "hash"; readonly fields: Map<string, string> }
  | { readonly kind: "set"; readonly members: Set<string> }
  | SortedSet
  | Stream;

/** One that is notified when a key changes (WATCH). */
export type Watcher = { dirty: boolean };

/** SCAN positions that stay open at once; a forgotten one starts over, which may repeat keys but misses none. */
const MAX_CURSORS = 1000;

export class Keyspace {
  readonly #now: () => number;
  readonly #values = new Map<string, Value>();
  readonly #deadlines = new Map<string, number>();
  readonly #watchers = new Map<string, Set<Watcher>>();
  readonly #cursors = new Map<number, MapIterator<string>>();
  #lastCursor = 0;
  #sweeper: MapIterator<[string, number]> | undefined;

  constructor(now: () => number) {
    this.#now = now;
  }

  /** Keys that there are, those past their deadline and not yet swept included. */
  get size(): number {
    return this.#values.size;
  }

  get expiring(): number {
    return this.#deadlines.size;
  }

  get(key: string): Value | undefined {
    if (this.#deadlines.size > 0 && this.#isExpired(key)) {
      this.delete(key);
      return undefined;
    }
    return this.#values.get(key);
  }

  /** Stores a value under the key; its deadline goes unless it is to be kept. */
  set(key: string, value: Value, options: { keepDeadline?: boolean } = {}): void {
    if (options.keepDeadline !== true) this.#deadlines.delete(key);
    this.#values.set(key, value);
    this.touch(key);
  }

  delete(key: string): boolean {
    this.#deadlines.delete(key);
    const existed = this.#values.delete(key);
    if (existed) this.touch(key);
    return existed;
  }

  /** Notifies watchers that the value under the key changed. */
  touch(key: string): void {
    if (this.#watchers.size === 0) return;
    for (const watcher of this.#watchers.get(key) ?? []) watcher.dirty = true;
  }

  /** Returns when the key goes, in milliseconds since 1970; undefined when it stays. */
  deadline(key: string): number | undefined {
    return this.#deadlines.get(key);
  }

  setDeadline(key: string, at: number): void {
    this.#deadlines.set(key, at);
    this.touch(key);
  }

  clearDeadline(key: string): boolean {
    const had = this.#deadlines.delete(key);
    if (had) this.touch(key);
    return had;
  }

  clear(): void {
    for (const key of this.#watchers.keys()) if (this.#values.has(key)) this.touch(key);
    this.#values.clear();
    this.#deadlines.clear();
    this.#cursors.clear();
    this.#sweeper = undefined;
  }

  /** Returns every live key. */
  keys(): string[] {
    return [...this.#values.keys()].filter((key) => !this.#isExpired(key));
  }

  randomKey(random: () => number): string | undefined {
    const keys = this.keys();
    return keys[Math.floor(random() * keys.length)];
  }

  /**
   * The next `count` keys after `cursor` and the cursor to go on with, 0 at the end. A cursor is an open iterator of
   * the map, which survives insertions and deletions; one that was used up or is unknown starts from the beginning.
   */
  scan(cursor: number, count: number): { cursor: number; keys: string[] } {
    const iterator = this.#cursors.get(cursor) ?? this.#values.keys();
    this.#cursors.delete(cursor);
    const keys: string[] = [];
    for (let i = 0; i < count; i++) {
      const step = iterator.next();
      if (step.done) return { cursor: 0, keys };
      if (!this.#isExpired(step.value)) keys.push(step.value);
    }
    const oldest = this.#cursors.size >= MAX_CURSORS ? this.#cursors.keys().next().value : undefined;
    if (oldest !== undefined) this.#cursors.delete(oldest);
    this.#cursors.set(++this.#lastCursor, iterator);
    return { cursor: this.#lastCursor, keys };
  }

  /** Looks at up to `limit` keys that have a deadline, going on where it last stopped, and drops the expired. */
  sweep(limit: number): number {
    let dropped = 0;
    for (let i = 0; i < limit && this.#deadlines.size > 0; i++) {
      this.#sweeper ??= this.#deadlines.entries();
      const step = this.#sweeper.next();
      if (step.done) {
        this.#sweeper = undefined;
        break;
      }
      const [key, at] = step.value;
      if (this.#now() > at && this.delete(key)) dropped++;
    }
    return dropped;
  }

  watch(key: string, watcher: Watcher): void {
    const watchers = this.#watchers.get(key) ?? new Set();
    watchers.add(watcher);
    this.#watchers.set(key, watchers);
  }

  unwatch(key: string, watcher: Watcher): void {
    const watchers = this.#watchers.get(key);
    watchers?.delete(watcher);
    if (watchers?.size === 0) this.#watchers.delete(key);
  }

  #isExpired(key: string): boolean {
    const at = this.#deadlines.get(key);
    return at !== undefined && this.#now() > at;
  }
}
