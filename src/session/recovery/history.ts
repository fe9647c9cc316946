/**
 * The rows that a series had before it was first subscribed, by REST: so many bars, or trades, older than the first that was
 * pushed. They are no gap, nothing waits for them and nothing is concluded from them; what is never there is not asked for
 * for ever. A few series at once, in the pace of REST.
 */
import { fillsOf, tradeIdOf } from "../../okx/trade_row.ts";
import { backoff } from "../../shared/async/backoff.ts";
import { TaskGroup } from "../../shared/async/task_group.ts";
import { sleep } from "../../shared/async/sleep.ts";
import { roomLogger } from "../../logging/log.ts";
import type { SessionEvent } from "../../model/events.ts";
import { barGrid } from "../../okx/bar_grid.ts";
import type { RestHost } from "../../okx/endpoints.ts";
import type { DataFrame } from "../../okx/frame.ts";
import { candleCalls } from "../../okx/history.ts";
import type { Topic } from "../../okx/topic.ts";
import {
  type BackfillRequestOptions,
  fetchBars,
  type Fetched,
  fetchTrades,
  type FoundRow,
  isFinal,
} from "./backfill_requests.ts";
import type { Range } from "./ranges.ts";

/** When is asked, and how often. In milliseconds. */
export type HistoryTiming = {
  /** How long the first push of a live path is waited for, which says before which row history ends. */
  readonly quietMs: number;
  /** How long is asked again while REST fails. */
  readonly failMs: number;
  readonly retry: { readonly baseMs: number; readonly capMs: number };
};

/** What suits the live exchange. */
const DEFAULT_HISTORY_TIMING: HistoryTiming = {
  quietMs: 5000,
  failMs: 600_000,
  retry: { baseMs: 2000, capMs: 30_000 },
};

/** Settings of {@link HistoryFetcher}. */
export type HistoryOptions = {
  readonly server: string;
  /** Rows of each path; 0: none. */
  readonly rows: number;
  readonly rest: RestHost;
  /** Waits for a turn in the pace of a path. */
  readonly turn: (path: string, signal: AbortSignal) => Promise<void>;
  /** Unix milliseconds as the exchange counts them. */
  readonly clock: () => number;
  readonly emit: (event: SessionEvent) => void;
  readonly timing?: HistoryTiming | undefined;
};

/** A path whose history is desired. Times are of the monotonic clock. */
type Requested = {
  readonly topic: Topic;
  /** Since when it is live; undefined: it is not yet. */
  liveAt: number | undefined;
  /** The oldest row that was pushed: the id of a trade, or when a bar opened; undefined: none was. */
  first: number | undefined;
  /** Not asked for before. */
  dueAt: number;
  attempts: number;
  askedAt: number | undefined;
};

/** Paths that are fetched at once: what is missing goes first. */
const MAX_AT_ONCE = 2;

/** A trade may take so long to be pushed: of those of this time before the subscription it is not sure that they are not. */
const LATENCY_MS = 1000;

/** Attempts for what REST does not have, which may be the bar that is over just now. */
const MAX_ATTEMPTS = 3;

const LOOK_MS = 1000;
const REPORT_MS = 10_000;

const log = roomLogger("session");

/** Fetches the history of the paths of one server. */
export class HistoryFetcher {
  readonly #options: HistoryOptions;
  readonly #timing: HistoryTiming;
  readonly #requested = new Map<string, Requested>();
  readonly #busy = new Set<string>();
  #fetched = { paths: 0, rows: 0 };
  #reportedAt = 0;
  #wake: (() => void) | undefined;

  constructor(options: HistoryOptions) {
    this.#options = options;
    this.#timing = options.timing ?? DEFAULT_HISTORY_TIMING;
  }

  /** Has the history fetched of a path that is subscribed and of which nothing is there. */
  want(topic: Topic): void {
    if (this.#options.rows === 0 || !hasHistory(topic) || this.#requested.has(topic.path)) return;
    this.#requested.set(topic.path, {
      topic,
      liveAt: undefined,
      first: undefined,
      dueAt: 0,
      attempts: 0,
      askedAt: undefined,
    });
  }

  /** Forgets a path that is not subscribed any more, or has rows after all. */
  forget({ path }: Topic): void {
    this.#requested.delete(path);
  }

  /** Notes that rows of these paths were pushed. */
  onRows(topics: readonly Topic[], rows: readonly unknown[]): void {
    if (this.#requested.size === 0) return;
    for (const topic of topics) {
      const desired = this.#requested.get(topic.path);
      if (desired === undefined || desired.first !== undefined) continue;
      const numbers = rows.map((row) => numberOf(topic, row)).filter((number) => number !== undefined);
      if (numbers.length > 0) desired.first = Math.min(...numbers);
      if (desired.liveAt !== undefined) this.#wake?.();
    }
  }

  /** Notes that a path is live. */
  onLive({ path }: Topic): void {
    const desired = this.#requested.get(path);
    if (desired === undefined || desired.liveAt !== undefined) return;
    desired.liveAt = performance.now();
    this.#wake?.();
  }

  /** Works until the signal is aborted. Rejects with a fault of our own. */
  async run(signal: AbortSignal): Promise<void> {
    if (this.#options.rows === 0) return;
    const broken = new AbortController();
    await using tasks = new TaskGroup();
    while (!signal.aborted) {
      const now = performance.now();
      for (const desired of this.#requested.values()) {
        if (this.#busy.size >= MAX_AT_ONCE) break;
        if (this.#busy.has(desired.topic.path) || !this.#isDue(desired, now)) continue;
        this.#busy.add(desired.topic.path);
        tasks.start((ending) => this.#round(desired, ending), () => {}, (error) => broken.abort(error));
      }
      this.#report(now);
      await this.#pause(signal, broken.signal);
      broken.signal.throwIfAborted();
    }
  }

  #isDue({ liveAt, first, dueAt }: Requested, now: number): boolean {
    if (liveAt === undefined || now < dueAt) return false;
    return first !== undefined || now - liveAt >= this.#timing.quietMs;
  }

  #pause(...signals: AbortSignal[]): Promise<void> {
    const woken = new AbortController();
    this.#wake = () => woken.abort();
    const ms = this.#requested.size === 0 ? 60_000 : Math.min(LOOK_MS, this.#timing.retry.baseMs);
    return sleep(ms, AbortSignal.any([...signals, woken.signal]));
  }

  async #round(desired: Requested, signal: AbortSignal): Promise<undefined> {
    const { topic } = desired;
    try {
      const { rest, turn } = this.#options;
      const fetched = await this.#fetch(desired, {
        rest,
        signal,
        turn: (path) => turn(path, signal),
      });
      if (signal.aborted || this.#requested.get(topic.path) !== desired) return;
      if (this.#mayBringMore(desired, fetched)) return;
      this.#requested.delete(topic.path);
      this.#pass(topic, fetched?.found ?? []);
    } finally {
      this.#busy.delete(topic.path);
      this.#wake?.();
    }
    return;
  }

  /** Returns whether it is asked again, after a while. */
  #mayBringMore(desired: Requested, fetched: Asked | undefined): boolean {
    const { retry, failMs } = this.#timing;
    const now = performance.now();
    desired.askedAt ??= now;
    desired.attempts += 1;
    const isLate = now - desired.askedAt >= failMs;
    if (isLate || isFinal(fetched?.error)) return false;
    const isComplete = fetched !== undefined && fetched.error === undefined &&
      (fetched.hasNewest || desired.attempts >= MAX_ATTEMPTS);
    if (isComplete) return false;
    desired.dueAt = now + backoff(desired.attempts - 1, Math.random, retry);
    return true;
  }

  /** Undefined: there is nothing yet that could be asked for. */
  async #fetch({ topic, first }: Requested, options: BackfillRequestOptions): Promise<Asked | undefined> {
    const { clock, rows } = this.#options;
    const { arg, bar = "", cells, storage } = topic;
    if (storage !== "candle") {
      const before = first ?? await firstAfter(topic, clock() - LATENCY_MS - this.#timing.quietMs, options);
      if (before === undefined) return undefined;
      const missing: Range[] = before > 1 ? [[Math.max(1, before - rows), before - 1]] : [];
      if (missing.length === 0) return { ...NOTHING, hasNewest: true };
      return asked(await fetchTrades(arg, { missing, between: undefined }, options), before - 1);
    }
    const grid = barGrid(bar, first);
    if (grid === undefined) return undefined;
    const before = first === undefined ? grid.at(clock()) : grid.at(first);
    const missing: Range[] = [[before - rows, before - 1]];
    return asked(await fetchBars(arg, { missing, grid, cells }, options), before - 1);
  }

  #pass(topic: Topic, found: readonly FoundRow[]): void {
    const rows = found.slice(-this.#options.rows).map(({ row }) => row);
    this.#fetched = { paths: this.#fetched.paths + 1, rows: this.#fetched.rows + rows.length };
    if (rows.length === 0) return;
    const frame: DataFrame = { kind: "data", arg: topic.arg, rows, action: "backfill", text: "" };
    this.#options.emit({ kind: "history", topic, frame, at: Date.now() });
  }

  /** Of many paths how far it is. */
  #report(now: number): void {
    const { server } = this.#options;
    const waiting = this.#requested.size;
    if (this.#fetched.paths === 0 || (waiting > 0 && now - this.#reportedAt < REPORT_MS)) return;
    this.#reportedAt = now;
    log.info("History was fetched", { server, ...this.#fetched, waiting });
    if (waiting === 0) this.#fetched = { paths: 0, rows: 0 };
  }
}

/** What was fetched, and whether the row before the first that was pushed is among it. */
type Asked = Fetched & { readonly hasNewest: boolean };

const NOTHING: Fetched = { found: [], newest: undefined, unreadable: 0, error: undefined };

function asked(fetched: Fetched, newest: number): Asked {
  return { ...fetched, hasNewest: fetched.found.at(-1)?.number === newest };
}

/** Of a path on which no trade has come: the id behind the newest trade that is older than a time (Unix ms). */
async function firstAfter(
  { arg }: Topic,
  time: number,
  options: BackfillRequestOptions,
): Promise<number | undefined> {
  const between = { since: Infinity, until: Infinity };
  const { shown } = await fetchTrades(arg, { missing: [], between }, options);
  const older = [...shown?.ids ?? []].filter(([, at]) => at <= time).map(([id]) => id);
  return older.length === 0 ? undefined : Math.max(...older) + 1;
}

/** Returns whether a REST call has what a path had before. */
function hasHistory({ arg, hasRest, hasTradeIds, storage }: Topic): boolean {
  if (!hasRest) return false;
  if (storage === "candle") return candleCalls(arg.channel).length > 0;
  return hasTradeIds;
}

/** Returns the id of the first trade that a row stands for; of a bar when it opened, in Unix milliseconds. */
function numberOf({ storage }: Topic, row: unknown): number | undefined {
  if (storage !== "candle") {
    const last = tradeIdOf(row);
    return last === undefined ? undefined : Math.max(1, last - fillsOf(row) + 1);
  }
  const openedAt = Array.isArray(row) ? Number(row[0]) : NaN;
  return Number.isSafeInteger(openedAt) && openedAt > 0 ? openedAt : undefined;
}
