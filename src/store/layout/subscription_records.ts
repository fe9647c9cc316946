/** What `P/subs` says of each path, kept up to date without writing each change by itself. */
import type { ExchangeRejection, Holding, SubscriptionState } from "../../model/events.ts";
import type { Topic } from "../../okx/topic.ts";
import type { Keys } from "./keys.ts";
import { type Clocks, movedTimes } from "./moved_times.ts";
import { newRecord, type SubRecord } from "./subscription_record.ts";
import type { Write } from "../write/write.ts";

/** What a change of state says. */
export type SubChange = {
  readonly state: SubscriptionState;
  readonly refusal: ExchangeRejection | undefined;
  readonly holding: Holding | undefined;
};

/** What is said of the rows of a path. */
type Counts = Pick<SubRecord, "rows" | "receivedAt" | "exchangeAt">;

/** Rows that are counted and wait for Redis. */
type Waiting = {
  /** What was counted when the last batch had been taken: more than that is not confirmed. */
  readonly shown: Counts;
  /** When the first row came that is not among those. */
  readonly from: number;
  /** What the batch under way will have written. */
  offered?: Counts;
  /** When the first row came that is not in the batch under way either. */
  next?: number;
};

/** How the rows of a path go to Redis: `now`: nobody asks whether they got there; `batch`: with the next batch; `queue`: one after the other. */
type Passage = "now" | "batch" | "queue";

type Entry = { -readonly [Name in keyof SubRecord]: SubRecord[Name] } & {
  readonly path: string;
  /** It says more than what was last written. */
  dirty: boolean;
  /** When it was last written for the rows that were counted, on the monotonic clock. */
  flushedAt: number;
  passage: Passage;
  waiting: Waiting | undefined;
  /** Its row is one of an earlier process, and nothing has confirmed it since. */
  inherited: boolean;
  /** As `receivedAt`, by this machine's clock. */
  receivedHere: number;
  /** Why Redis does not keep what this path brings. */
  fault: ExchangeRejection | undefined;
  written: Write | undefined;
};

/** Rows of a path that were received. */
type Counted = {
  readonly rows: number;
  readonly exchangeAt: number;
  readonly at: number;
  /** As `at`, by this machine's clock. */
  readonly here: number;
  /** Whether any of them was taken: the others are counted, and make nothing fresh. */
  readonly isTaken: boolean;
};

/**
 * Least time between two writes of a record whose state does not change: rows that are counted cost no command each, and
 * nobody sees an age that is more than this above the true one.
 */
export const RECORD_MS = 1000;

/** The records of one server. Times are those of Redis' clock. */
export class SubRecords {
  readonly #keys: Keys;
  readonly #epoch: () => number;
  readonly #entries = new Map<string, Entry>();
  /** Changed entries that may be written, and entries whose rows were last written less than {@link RECORD_MS} ago, in order. */
  readonly #due = new Set<Entry>();
  readonly #recent = new Set<Entry>();
  readonly #inherited = new Map<string, SubRecord>();
  /** What the batch under way will have written. */
  readonly #offered = new Set<Entry>();

  /** `epoch` is that of the service. */
  constructor(keys: Keys, epoch: () => number = () => 0) {
    this.#keys = keys;
    this.#epoch = epoch;
  }

  setState(path: string, { state, refusal, holding }: SubChange, at: number): Write[] {
    if (state === "gone") {
      this.#forget(path);
      return [{ kind: "unfield", key: this.#keys.subs, field: path }];
    }
    const entry = this.#entryOf(path, at);
    // Rows of an earlier process are there: that they are asked for does not make them any fresher.
    if (!entry.inherited || !(state === "wanted" || state === "sent")) {
      if (entry.state !== state) entry.since = at;
      entry.state = state;
      entry.inherited = false;
    }
    entry.error = refusal ?? (entry.inherited ? entry.error : null);
    if (holding !== undefined) Object.assign(entry, holding);
    return [this.#render(entry)];
  }

  /** Notes that rows that a path had before it was subscribed have been fetched. */
  setHistory(path: string, history: NonNullable<SubRecord["history"]>): Write[] {
    const entry = this.#entries.get(path);
    if (entry === undefined) return [];
    entry.history = history;
    return [this.#render(entry)];
  }

  /** Takes over what an earlier process said of a path: stale until the exchange has answered. */
  inherit(path: string, record: SubRecord): void {
    if (!this.#entries.has(path)) this.#inherited.set(path, record);
  }

  /** Redis refuses what a path brings, or takes it again: `undefined`. */
  setFault(path: string, fault: ExchangeRejection | undefined): Write[] {
    const entry = this.#entries.get(path);
    if (entry === undefined || entry.fault?.message === fault?.message) return [];
    entry.fault = fault;
    return [this.#render(entry)];
  }

  /** Counts rows of a path that were received. */
  countRows(path: string, { rows, exchangeAt, at, here, isTaken }: Counted, passage: Passage = "now"): void {
    // A push under way while its path was unsubscribed must not bring the record back.
    const entry = this.#entries.get(path);
    if (entry === undefined || rows === 0) return;
    if (isTaken) {
      entry.passage = passage;
      if (passage !== "now") {
        entry.waiting ??= { shown: countsOf(entry), from: at };
        if (entry.waiting.offered !== undefined) entry.waiting.next ??= at;
      }
      entry.receivedAt = at;
      entry.receivedHere = here;
      if (exchangeAt > entry.exchangeAt) entry.exchangeAt = exchangeAt;
    }
    entry.rows += rows;
    this.#touch(entry);
  }

  /** Returns the paths that are desired. */
  paths(): Iterable<string> {
    return this.#entries.keys();
  }

  /** Returns whether a path is desired. */
  has(path: string): boolean {
    return this.#entries.has(path);
  }

  /** Returns whether a path is live, so that what is open or listed under it is known as a whole. */
  isLive(path: string): boolean {
    return this.#entries.get(path)?.state === "live";
  }

  /** Returns when a row of a path was last taken, by this machine's clock; 0: never, undefined: it is not desired. */
  receivedHere(path: string): number | undefined {
    return this.#entries.get(path)?.receivedHere;
  }

  /** Returns whether a record waits to be written; `now` on the monotonic clock. */
  hasDue(now = performance.now()): boolean {
    this.#ripen(now);
    return this.#due.size > 0;
  }

  /**
   * Returns the records that changed since they were written, of those whose state is the same at most one in {@link
   * RECORD_MS}; `whole`: everything that was queued so far goes with the next batch.
   */
  flush(whole = true, now = performance.now()): Write[] {
    this.#ripen(now);
    const writes: Write[] = [];
    for (const entry of this.#due) {
      const { passage, waiting } = entry;
      if (waiting !== undefined) {
        if (!whole && passage !== "batch") continue;
        waiting.offered = countsOf(entry);
        delete waiting.next;
        this.#offered.add(entry);
      }
      writes.push(this.#render(entry, waiting !== undefined));
      entry.flushedAt = now;
      this.#recent.add(entry);
    }
    return writes;
  }

  /** Redis has taken the batch that the last {@link flush} was for. */
  acknowledge(): void {
    for (const entry of this.#offered) {
      const { offered: shown, next } = entry.waiting ?? {};
      entry.waiting = shown === undefined || next === undefined ? undefined : { shown, from: next };
    }
    this.#offered.clear();
  }

  /** Moves the times that were noted before Redis' clock was known. */
  shift(byMs: number): void {
    for (const entry of this.#entries.values()) {
      if (!entry.inherited) Object.assign(entry, movedTimes(entry, CLOCKS, byMs));
      this.#touch(entry);
    }
  }

  /** Returns every record again, for a Redis that may have lost them. */
  all(): Write[] {
    return [...this.#entries.values()].map((entry) => this.#render(entry));
  }

  /** Returns what was last written of each record. */
  written(): Write[] {
    return [...this.#entries.values()].flatMap(({ written }) => written === undefined ? [] : [written]);
  }

  #entryOf(path: string, at: number): Entry {
    let entry = this.#entries.get(path);
    if (entry === undefined) {
      const before = this.#inherited.get(path);
      this.#inherited.delete(path);
      entry = { ...before ?? newRecord("wanted", at), ...NEW, path, inherited: before !== undefined };
      this.#entries.set(path, entry);
      this.#touch(entry);
    }
    return entry;
  }

  #touch(entry: Entry): void {
    entry.dirty = true;
    if (!this.#recent.has(entry)) this.#due.add(entry);
  }

  /** What was written long enough ago may be written again. */
  #ripen(now: number): void {
    for (const entry of this.#recent) {
      if (now - entry.flushedAt < RECORD_MS) return;
      this.#recent.delete(entry);
      if (entry.dirty) this.#due.add(entry);
    }
  }

  #forget(path: string): void {
    const entry = this.#entries.get(path);
    this.#entries.delete(path);
    this.#inherited.delete(path);
    if (entry === undefined) return;
    this.#due.delete(entry);
    this.#recent.delete(entry);
  }

  /** With `last` behind the rows that it is about; otherwise no more is said than what Redis has. */
  #render(entry: Entry, last = false): Write {
    const { waiting, fault, ...record } = entry;
    const pending = last ? undefined : waiting;
    const { state, since, rows, receivedAt, exchangeAt } = { ...record, ...pending?.shown };
    const shown: SubRecord = {
      state: fault !== undefined && state === "live" ? "stale" : state,
      // That it ended in order says that everything is there until then.
      since: pending !== undefined && state === "stale" ? Math.min(since, pending.from) : since,
      ...{ receivedAt, exchangeAt, rows },
      error: record.error ?? fault ?? null,
      ...{ owners: record.owners, connection: record.connection, generation: record.generation },
      epoch: this.#epoch(),
      ...(record.history === undefined ? {} : { history: record.history }),
    };
    entry.dirty = pending !== undefined;
    // What follows a change of state, and what this one leaves out, goes with the next batch.
    this.#recent.delete(entry);
    if (entry.dirty) this.#due.add(entry);
    else this.#due.delete(entry);
    const { path: field } = record;
    const write: Write = { kind: "field", key: this.#keys.subs, field, value: JSON.stringify(shown) };
    entry.written = last ? { ...write, last } : write;
    return entry.written;
  }
}

const NEW = {
  dirty: true,
  flushedAt: 0,
  receivedHere: 0,
  fault: undefined,
  written: undefined,
  passage: "now" as const,
  waiting: undefined,
};

const COUNTS: Clocks<Counts> = { rows: "none", receivedAt: "redis", exchangeAt: "exchange" };
const REASON: Clocks<ExchangeRejection> = { nextAt: "redis" };

/** Of everything in an entry but what was written, which stays as it is. */
const CLOCKS: Clocks<Omit<Entry, "written">> = {
  ...{ ...COUNTS, since: "redis", generation: "none", epoch: "none", error: REASON, fault: REASON },
  history: { rows: "none", at: "redis" },
  waiting: { shown: COUNTS, from: "redis", offered: COUNTS, next: "redis" },
  ...{ flushedAt: "monotonic", receivedHere: "here" },
};

function countsOf({ rows, receivedAt, exchangeAt }: Counts): Counts {
  return { rows, receivedAt, exchangeAt };
}

/** Entries of streams wait in a queue; the rows of an index are never more than one batch late. */
export function passageOf({ storage, noInitialSnapshot }: Topic): Passage {
  if (storage === "events") return "queue";
  return storage === "trades" || storage === "candle" || noInitialSnapshot ? "batch" : "now";
}
