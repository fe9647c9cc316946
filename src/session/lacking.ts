/**
 * What is known to be there and what lists of the exchange lack. A list may be older than what was pushed before it: without
 * proof something is believed to be gone when lists asked for some time apart all lack it.
 */
import type { Refusal } from "../event.ts";

/** When lists are believed, in milliseconds. */
export type ListTiming = {
  /** Lists that far apart have to lack what is known, before it is believed to be gone. */
  readonly agreeMs: number;
  /** Until the second look at what is missing; each further one waits twice as long. */
  readonly pauseMs: number;
  /** When the lists are looked at again, counted from the first look. */
  readonly looksMs: readonly number[];
};

export const DEFAULT_LIST_TIMING: ListTiming = {
  agreeMs: 10_000,
  pauseMs: 2000,
  looksMs: [5000, 15_000, 60_000],
};

/** Pauses double so often at most. */
const MAX_DOUBLINGS = 2;

/** How long to wait before the look that follows the `attempt`th one, which is 0. */
export function pauseOf({ pauseMs }: ListTiming, attempt: number): number {
  return pauseMs * 2 ** Math.min(attempt, MAX_DOUBLINGS);
}

/** Why a path is not live although its lists are there. */
export function missingRefusal(rows: number): Refusal {
  return {
    code: "missing",
    message: `${rows} known of before and in no list of the exchange, asking again`,
  };
}

/** See the module comment. The lists of one subscription on one connection. */
export class Lacking {
  readonly #agreeMs: number;
  #since = new Map<string, number>();

  constructor({ agreeMs }: ListTiming) {
    this.#agreeMs = agreeMs;
  }

  /** What the newest list lacks, asked for at this time of a monotonic clock. Returns what is not believed to be gone yet. */
  take(ids: Iterable<string>, askedAt: number): string[] {
    const since = new Map<string, number>();
    for (const id of ids) since.set(id, this.#since.get(id) ?? askedAt);
    this.#since = since;
    return [...since].filter(([, at]) => askedAt - at < this.#agreeMs).map(([id]) => id);
  }
}
