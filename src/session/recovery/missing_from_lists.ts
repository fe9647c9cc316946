/**
 * What is known to be there and what lists of the exchange lack. A list may be older than what was pushed before it: without
 * proof something is believed to be gone when lists asked for some time apart all lack it.
 */
import { doubled } from "../../shared/async/backoff.ts";
import { missingRows } from "../subscriptions/rejections.ts";
import { sleep } from "../../shared/async/sleep.ts";
import type { ExchangeRejection } from "../../model/events.ts";

/** When lists are believed, in milliseconds. */
export type ListTiming = {
  /** Lists that far apart have to lack what is known, before it is believed to be gone. */
  readonly agreeMs: number;
  /** Until the second look at what is missing; each further one waits twice as long. */
  readonly pauseMs: number;
  /** When the lists are looked at again, counted from the first look. */
  readonly checksMs: readonly number[];
};

export const DEFAULT_LIST_TIMING: ListTiming = {
  agreeMs: 10_000,
  pauseMs: 2000,
  checksMs: [5000, 15_000, 60_000],
};

/** Pauses double so often at most. */
const MAX_DOUBLINGS = 2;

/** Further looks in a row at what was pushed shortly before a list that lacks it; by then it is in doubt, or listed. */
const MAX_RECENT_LOOKS = 3;

/** Returns how long to wait before the look that follows the `attempt`th one, which is 0. */
export function pauseOf({ pauseMs }: ListTiming, attempt: number): number {
  return doubled(pauseMs, Math.min(attempt, MAX_DOUBLINGS));
}

/** Of what the newest list lacks; what was pushed since that was asked for is none of it. */
export type ListAbsence = {
  /** Believed to be gone. */
  readonly gone: readonly string[];
  readonly doubted: readonly string[];
  /** Pushed so shortly before that the list may be older. */
  readonly recent: readonly string[];
};

/**
 * Decides when a row that lists lack is believed to be gone. The lists of one subscription on one connection; times
 * are of a monotonic clock.
 */
export class MissingFromLists {
  readonly #agreeMs: number;
  #since = new Map<string, number>();
  readonly #pushedAt = new Map<string, number>();

  constructor({ agreeMs }: Pick<ListTiming, "agreeMs">) {
    this.#agreeMs = agreeMs;
  }

  onPushed(id: string, now: number): void {
    this.#pushedAt.set(id, now);
  }

  /** Returns whether something was pushed since a list was asked for, or so shortly before that it may be older. */
  isRecent(id: string, askedAt: number): boolean {
    return (this.#pushedAt.get(id) ?? -Infinity) >= askedAt - this.#agreeMs;
  }

  /**
   * Returns what the newest list lacks, and when that was asked for and came: it may have been asked for more than once
   * meanwhile.
   */
  take(ids: Iterable<string>, askedAt: number, cameAt = askedAt): ListAbsence {
    const since = new Map<string, number>();
    const lack = { gone: [] as string[], doubted: [] as string[], recent: [] as string[] };
    for (const id of ids) {
      if (this.isRecent(id, askedAt)) {
        if ((this.#pushedAt.get(id) as number) < askedAt) lack.recent.push(id);
        continue;
      }
      const before = this.#since.get(id);
      since.set(id, before ?? cameAt);
      const apartMs = before === undefined ? 0 : askedAt - before;
      (apartMs < this.#agreeMs ? lack.doubted : lack.gone).push(id);
    }
    this.#since = since;
    for (const [id, at] of this.#pushedAt) if (at < askedAt - this.#agreeMs) this.#pushedAt.delete(id);
    return lack;
  }
}

/**
 * What {@link repeatChecks} calls on trouble, and how often it looks when the last of the times is over; undefined: no
 * more.
 */
export type ListChecks = {
  readonly timing: ListTiming;
  readonly signal: AbortSignal;
  readonly onTrouble: (refusal: ExchangeRejection) => void;
  readonly everyMs?: () => number;
};

/**
 * Looks at lists until nothing is in doubt, and again when `timing` says so. `isSoon`: shortly after another look. Ends with
 * the last look, or when the signal is aborted.
 */
export async function repeatChecks(
  { timing, signal, onTrouble, everyMs }: ListChecks,
  look: (isSoon: boolean) => Promise<Pick<ListAbsence, "doubted" | "recent">>,
): Promise<void> {
  const begun = performance.now();
  let attempt = 0;
  let isSoon = false;
  while (!signal.aborted) {
    const { doubted, recent } = await look(isSoon);
    if (signal.aborted) return;
    isSoon = true;
    if (doubted.length > 0) onTrouble(missingRows(doubted.length));
    if (doubted.length > 0 || (recent.length > 0 && attempt < MAX_RECENT_LOOKS)) {
      await sleep(pauseOf(timing, attempt++), signal);
      continue;
    }
    attempt = 0;
    const passed = performance.now() - begun;
    const next = timing.checksMs.find((at) => at > passed);
    if (next === undefined && everyMs === undefined) return;
    isSoon = next !== undefined;
    await sleep(next === undefined ? everyMs?.() ?? 0 : next - passed, signal);
  }
}
