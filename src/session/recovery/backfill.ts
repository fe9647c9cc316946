/**
 * Fetches by REST what the series of one server have missed: a few at once, each again with growing pauses until nothing is
 * missing or its time is up. A gap is filled when everything is there, not when the exchange has no more to say.
 */
import { backoff } from "../../shared/async/backoff.ts";
import { TaskGroup } from "../../shared/async/task_group.ts";
import { hasPassed } from "../../shared/elapsed.ts";
import { sleep } from "../../shared/async/sleep.ts";
import { roomLogger } from "../../logging/log.ts";
import type { RestHost } from "../../okx/endpoints.ts";
import { candleCalls } from "../../okx/history.ts";
import type { Stats } from "../../model/stats.ts";
import type { GapTracker, PathGaps } from "./gap_tracker.ts";
import { BarSeries } from "./bar_series.ts";
import { fetchBars, type Fetched, fetchTrades, isFinal } from "./backfill_requests.ts";
import { type Gap, goesOn, isByTime, isOpen, isUnseen, outcomeOf } from "./gap.ts";
import { bounded, type Range } from "./ranges.ts";

/** When is asked, and how often. In milliseconds. */
export type BackfillTiming = {
  /** The exchange's REST may know a row a little later than its socket, and what is late may still be pushed. */
  readonly debounceMs: number;
  /** How long is asked again for what REST has not; what it has not by then it is taken not to have at all. */
  readonly lagMs: number;
  /** How long is asked again while REST itself fails. */
  readonly failMs: number;
  /** How long a gap of trades stays open on a live series where nothing comes that would show what was missed. */
  readonly quietMs: number;
  /** How often REST is asked about such a gap, once it has been asked for `lagMs`. */
  readonly idleMs: number;
  readonly retry: { readonly baseMs: number; readonly capMs: number };
};

/** What suits the live exchange. */
export const DEFAULT_FILL_TIMING: BackfillTiming = {
  debounceMs: 300,
  lagMs: 30_000,
  failMs: 600_000,
  quietMs: 600_000,
  idleMs: 60_000,
  retry: { baseMs: 500, capMs: 10_000 },
};

/** Settings of {@link Backfiller}. */
export type BackfillerOptions = {
  readonly tracker: GapTracker;
  readonly stats: Pick<Stats, "unreadable">;
  readonly rest: RestHost;
  /** Waits for a turn in the pace of a path. */
  readonly turn: (path: string, signal: AbortSignal) => Promise<void>;
  /** Unix milliseconds as the exchange counts them. */
  readonly clock: () => number;
  readonly timing: BackfillTiming;
};

/** Series that are fetched at once, so that others who call the exchange wait for few. */
const MAX_AT_ONCE = 3;

const log = roomLogger("session");

/** When a series is fetched next, and how often in a row it brought nothing. */
type Turn = { at: number; attempt: number; lastAt: number };

/** Since when a gap has been asked for: with an answer, and at all. */
type Asked = { readonly since: number; answeredSince: number | undefined };

/** Fetches what is missing, for all series of one server. */
export class Backfiller {
  readonly #options: BackfillerOptions;
  readonly #turns = new Map<string, Turn>();
  readonly #busy = new Set<string>();
  /** Of each series by when a gap began, since a gap changes while it is fetched. */
  readonly #asked = new Map<string, Map<number, Asked>>();
  #wake: (() => void) | undefined;

  constructor(options: BackfillerOptions) {
    this.#options = options;
  }

  /** Has a series fetched that misses something, or is live again while it does. */
  schedule(key: string): void {
    const now = performance.now();
    const { debounceMs: debounceMs, retry } = this.#options.timing;
    const turn = this.#turns.get(key) ?? { at: Infinity, attempt: 0, lastAt: -Infinity };
    // Something new is no reason to ask more often than the first pause allows.
    turn.at = Math.min(turn.at, Math.max(now + debounceMs, turn.lastAt + 2 * retry.baseMs));
    this.#turns.set(key, turn);
    this.#wake?.();
  }

  /** Works until the signal is aborted. Rejects with a fault of our own. */
  async run(signal: AbortSignal): Promise<void> {
    const broken = new AbortController();
    let checkedAt = -Infinity;
    await using tasks = new TaskGroup();
    while (!signal.aborted) {
      const now = performance.now();
      if (now - checkedAt >= LOOK_MS) {
        this.#options.tracker.onTime();
        checkedAt = now;
      }
      const due = [...this.#turns].filter(([key, { at }]) => at <= now && !this.#busy.has(key))
        .sort(([, a], [, b]) => a.at - b.at);
      for (const [key, turn] of due.slice(0, MAX_AT_ONCE - this.#busy.size)) {
        turn.at = Infinity;
        turn.lastAt = now;
        this.#busy.add(key);
        tasks.start((ending) => this.#round(key, turn, ending), () => {}, (error) => broken.abort(error));
      }
      const free = this.#busy.size < MAX_AT_ONCE;
      const next = Math.min(
        ...[...this.#turns].filter(([key]) => !this.#busy.has(key)).map(([, { at }]) => at),
      );
      await this.#pause(free ? next - performance.now() : Infinity, signal, broken.signal);
      broken.signal.throwIfAborted();
    }
  }

  /** Waits until something is due, or something has changed. */
  #pause(ms: number, ...signals: AbortSignal[]): Promise<void> {
    const woken = new AbortController();
    this.#wake = () => woken.abort();
    return sleep(Math.min(Math.max(ms, 1), MAX_PAUSE_MS), AbortSignal.any([...signals, woken.signal]));
  }

  async #round(key: string, turn: Turn, signal: AbortSignal): Promise<undefined> {
    try {
      const wanting = this.#options.tracker.openGaps(key);
      if (wanting === undefined) {
        this.#turns.delete(key);
        this.#asked.delete(key);
        return;
      }
      const fetched = await this.#fetch(wanting, signal);
      if (signal.aborted) return;
      this.#options.stats.unreadable += fetched?.unreadable ?? 0;
      const count = fetched === undefined ? 0 : this.#options.tracker.onFetched(key, fetched.found, fetched);
      turn.attempt = count > 0 ? 0 : turn.attempt + 1;
      // What comes bit by bit may go on coming.
      if (count > 0) this.#asked.delete(key);
      this.#resolve(key, wanting, fetched);
      if (this.#options.tracker.openGaps(key) === undefined) {
        this.#asked.delete(key);
        if (turn.at === Infinity) this.#turns.delete(key);
      } else {
        turn.at = Math.min(turn.at, performance.now() + this.#pauseMs(turn, wanting));
      }
    } finally {
      this.#busy.delete(key);
      this.#wake?.();
    }
    return;
  }

  /** Until it is asked again. A series that is only quiet takes no turns from those that surely miss something. */
  #pauseMs({ attempt }: Turn, { numbers, gaps, live, liveAt }: PathGaps): number {
    const { retry, lagMs, idleMs } = this.#options.timing;
    const pause = backoff(attempt, Math.random, retry);
    const isIdle = live && hasPassed(liveAt, lagMs, Date.now()) && !(numbers instanceof BarSeries) &&
      gaps.every(isUnended);
    return isIdle ? Math.max(pause, idleMs) : pause;
  }

  /** Undefined: there is nothing to ask for now, or nobody to ask. */
  async #fetch({ topic, numbers, gaps, live }: PathGaps, signal: AbortSignal): Promise<Fetched | undefined> {
    const { rest, turn } = this.#options;
    const options = { rest, signal, turn: (path: string) => turn(path, signal) };
    const ranges = gaps.filter((gap) => live || !isOpen(gap)).flatMap(({ missing }) => missing ?? [])
      .sort(([a], [b]) => a - b);
    const unseen = gaps.filter((gap) => isByTime(gap) ? live || !isOpen(gap) : !isOpen(gap) && isUnseen(gap));
    if (numbers === undefined || ranges.length + unseen.length === 0) return undefined;
    if (!(numbers instanceof BarSeries)) {
      const since = Math.min(...unseen.map(({ byTime, since = Infinity }) => byTime ?? since));
      const until = Math.max(
        ...unseen.map(({ byTime, until }) => until ?? (byTime === undefined ? -Infinity : Infinity)),
      );
      const between = unseen.length === 0 ? undefined : { since, until };
      return await fetchTrades(topic.arg, { missing: ranges, between }, options);
    }
    const { grid } = numbers;
    const closed = numbers.lastClosed(this.#options.clock()) ?? 0;
    const missing = bounded(ranges, closed);
    if (grid === undefined || missing.length === 0) return NOTHING;
    return await fetchBars(topic.arg, { missing, grid, cells: topic.cells }, options);
  }

  #resolve(key: string, { topic, numbers, live, liveAt }: PathGaps, fetched: Fetched | undefined): void {
    const closed = numbers instanceof BarSeries ? numbers.lastClosed(this.#options.clock()) : undefined;
    const { quietMs } = this.#options.timing;
    const isQuiet = live && hasPassed(liveAt, quietMs, Date.now());
    const cannot = numbers === undefined || isFinal(fetched?.error) ||
      (numbers instanceof BarSeries && candleCalls(topic.arg.channel).length === 0);
    this.#options.tracker.resolve(key, (gap) => {
      // A gap of which nothing is numbered ends when its series is live again.
      if (!live && isOpen(gap)) return undefined;
      if (gap.missing === undefined && !isByTime(gap)) return outcomeOf(gap);
      if (gap.missing !== undefined && isWhole(gap.missing, closed) && !isUnseen(gap)) return "filled";
      if (closed === undefined && isUnended(gap) && !cannot) {
        // Nothing has come after it: REST may be behind, so that what it does not have proves nothing.
        if (isQuiet) log.info("What a quiet series missed cannot be known", { path: topic.path });
        return isQuiet ? outcomeOf(gap) : undefined;
      }
      if (!cannot && !this.#isLate(key, gap, fetched)) return undefined;
      const reason = fetched?.error === undefined ? "the exchange does not have it" : String(fetched.error);
      log.warn("A gap could not be filled", { path: topic.path, reason });
      return outcomeOf(gap);
    });
  }

  /** Returns whether a gap has been asked for as long as makes sense. */
  #isLate(key: string, gap: Gap, fetched: Fetched | undefined): boolean {
    const now = performance.now();
    const ofSeries = this.#asked.get(key) ?? new Map<number, Asked>();
    this.#asked.set(key, ofSeries);
    const asked = ofSeries.get(gap.from) ?? { since: now, answeredSince: undefined };
    ofSeries.set(gap.from, asked);
    if (fetched !== undefined && fetched.error === undefined) asked.answeredSince ??= now;
    const { lagMs, failMs } = this.#options.timing;
    return now - asked.since >= failMs || now - (asked.answeredSince ?? Infinity) >= lagMs;
  }
}

/** How often it is looked whether bars should have come, at most and at least. */
const LOOK_MS = 1000;
const MAX_PAUSE_MS = 5000;

const NOTHING: Fetched = { found: [], newest: undefined, unreadable: 0, error: undefined };

/** Returns whether a gap has no end that is known, since nothing has come after it. */
function isUnended(gap: Gap): boolean {
  return goesOn(gap) || (isOpen(gap) && isByTime(gap));
}

/** Returns whether nothing is missing. Of a gap of bars that nothing has ended yet: up to the last that is over. */
function isWhole(missing: readonly Range[], closed: number | undefined): boolean {
  if (missing.length === 0) return true;
  const [first, last] = missing[0] as Range;
  return last === Infinity && closed !== undefined && first > closed;
}
