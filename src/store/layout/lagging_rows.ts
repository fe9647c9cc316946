/**
 * Which latest rows are older than the one that is kept, by the exchange's own time: a connection that lags behind
 * another brings them. Such a row replaces nothing, unless times go on below the kept one for a while: then that one was
 * wrong. Rows without a time are taken as they come.
 */
import type { Row } from "../../okx/frame.ts";
import type { Topic } from "../../okx/topic.ts";
import { rowTimeOf } from "../../okx/row_time.ts";

/** A time later than this from now is none. */
const MAX_AHEAD_MS = 60_000;

/** Times that go on below the kept one are believed after this time. */
const FOLLOW_MS = 10_000;

/** Keys remembered that have brought an older row; one that is forgotten begins again. */
const MAX_KEYS = 20_000;

/** Distinguishes rows of a connection that lags behind from new ones. */
export class LaggingRows {
  /** When the first of the older rows came, and the lowest time among them, by key. */
  readonly #older = new Map<string, { readonly at: number; readonly time: number }>();
  readonly #toRedisTime: (at: number) => number;

  /** `toRedisTime` turns a moment of this machine's clock into one of Redis'. */
  constructor(toRedisTime: (at: number) => number = (at) => at) {
    this.#toRedisTime = toRedisTime;
  }

  /**
   * Returns whether a row that was received `at` (Unix ms by this machine's clock) is older than the kept one of its key.
   */
  isOlder(key: string, kept: Row, row: Row, at: number): boolean {
    if (isPlainlyLater(row.ts ?? row.timestamp, kept.ts ?? kept.timestamp)) return this.#follow(key);
    const [before, time] = [rowTimeOf(kept), rowTimeOf(row)];
    const isAbsurd = before > this.#toRedisTime(at) + MAX_AHEAD_MS;
    if (time === 0 || before === 0 || time >= before || isAbsurd) return this.#follow(key);
    const first = this.#older.get(key);
    // What goes on where it is followed rises.
    if (first !== undefined && time >= first.time && at - first.at >= FOLLOW_MS) return this.#follow(key);
    if (first === undefined || time < first.time || at < first.at) {
      this.#older.delete(key);
      this.#older.set(key, { at: Math.min(first?.at ?? at, at), time });
      if (this.#older.size > MAX_KEYS) this.#older.delete(this.#older.keys().next().value as string);
    }
    return true;
  }

  #follow(key: string): false {
    if (this.#older.size > 0) this.#older.delete(key);
    return false;
  }
}

/** Returns whether times of a topic's latest rows say which is newer: those of an account are of its parts. */
export function isOrdered({ storage, merge, login }: Topic): boolean {
  return storage === "latest" && merge === undefined && !login;
}

/** Usually there is nothing to convert: both formats of the exchange sort as text. */
function isPlainlyLater(ts: unknown, before: unknown): boolean {
  return typeof ts === "string" && typeof before === "string" && ts.length === before.length && ts >= before;
}
