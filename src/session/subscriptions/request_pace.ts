/**
 * How often one subscription is asked for, or ended, because somebody desires it or no longer does. The first few
 * requests go at once; a client that changes its mind again and again waits longer each time, and what was desired last is
 * then sent. An hour of it costs a connection at most some 150 of the 480 requests that the exchange takes.
 */
import { doubled } from "../../shared/async/backoff.ts";

/** Requests of one subscription within an hour that wait for nothing. */
const FREE = 4;

/** The first pause, how many requests double it, and the longest. */
const FIRST_MS = 250;
const DOUBLED_BY = 4;
const LONGEST_MS = 30_000;

/** From so many requests on a subscription is restless: it is not given another connection to wear out. */
const RESTLESS = 8;

const HOUR_MS = 3_600_000;

/** Subscriptions remembered before those that have been quiet for an hour are looked for. */
const MANY = 1000;

/**
 * Counts requests of each subscription within the hour. Times are milliseconds of one monotonic clock; `key` names the
 * upstream subscription.
 */
export class RequestPace {
  readonly #sent = new Map<string, number[]>();

  /** Returns whether a request may be sent now. */
  isReady(key: string, now: number): boolean {
    const count = this.#count(key, now);
    if (count < FREE) return true;
    const pause = doubled(FIRST_MS, (count - FREE) / DOUBLED_BY, LONGEST_MS);
    return now - (this.#sent.get(key)?.at(-1) ?? -Infinity) >= pause;
  }

  /** Returns whether it was asked for and ended often within the hour. */
  isRestless(key: string, now: number): boolean {
    return this.#count(key, now) >= RESTLESS;
  }

  /** Notes that a request was sent. */
  note(key: string, now: number): void {
    this.#count(key, now);
    const times = this.#sent.get(key);
    if (times === undefined) this.#sent.set(key, [now]);
    else times.push(now);
    if (this.#sent.size > MANY) { for (const each of [...this.#sent.keys()]) this.#count(each, now); }
  }

  /** Forgets everything: a new connection has an hour of its own. */
  clear(): void {
    this.#sent.clear();
  }

  #count(key: string, now: number): number {
    const times = this.#sent.get(key);
    if (times === undefined) return 0;
    while (times[0] !== undefined && times[0] <= now - HOUR_MS) times.shift();
    if (times.length === 0) this.#sent.delete(key);
    return times.length;
  }
}
