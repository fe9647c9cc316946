/**
 * What one server's paths have lost, whatever the reason: gaps of the exchange, rows that Redis did not take in time, and
 * rows that were in Redis and are not there any more. Each becomes a record in `P/gaps`; the records are remembered, since
 * Redis may lose them too.
 */
import type { SessionEvent } from "../../model/events.ts";
import type { Row } from "../../okx/frame.ts";
import type { Drop } from "../write/dropped_events.ts";
import type { LostEntries } from "../write/recent_entries.ts";
import { millisecondsOf } from "../write/stream_id.ts";
import type { Write } from "../write/write.ts";
import { GapOutcomes } from "./gap_outcomes.ts";
import { GapRecords, type RecordEntry } from "./gap_records.ts";
import type { Keys } from "./keys.ts";
import type { Span, StoredSeries } from "./stored_series.ts";

/** What records are made with. */
export type LossOptions = {
  readonly series: StoredSeries;
  /** The writes of a record. */
  readonly write: (record: Row, at: number) => Write[];
  /** A moment of this machine's clock as Redis counts it. */
  readonly toRedisTime: (at: number) => number;
};

/** The losses of one server. */
export class LossRecords {
  readonly #keys: Keys;
  readonly #options: LossOptions;
  readonly #series: StoredSeries;
  readonly #records: GapRecords;
  readonly #outcomes: GapOutcomes;
  readonly #lost: Span[] = [];

  constructor(keys: Keys, options: LossOptions) {
    this.#keys = keys;
    this.#options = options;
    this.#series = options.series;
    this.#records = new GapRecords(keys.gaps);
    this.#outcomes = new GapOutcomes((gap, at) => this.#record(gap, at));
  }

  /** Returns the record of a gap that is settled, unless that waits for the rows which were fetched. */
  onGap(gap: SessionEvent & { readonly kind: "gap" }): Write[] {
    return this.#outcomes.add(gap);
  }

  /** Notes that everything that was queued so far goes with the next batch. */
  offer(): void {
    this.#outcomes.offer();
  }

  /** Returns whether the record of a path waits for the rows that were fetched. */
  awaits(path: string): boolean {
    return this.#outcomes.awaits(path);
  }

  /** Redis has taken the batch that was offered: the records of what was in it. */
  acknowledge(): Write[] {
    return this.#outcomes.acknowledge();
  }

  /** Whether every record is written. */
  get isSettled(): boolean {
    return this.#outcomes.isEmpty;
  }

  /** Notes that a row that was backfilled under this key is dropped, or refused; of others' rows nothing is noted. */
  noteUnkept(key: string): void {
    if (!this.#keys.isOwn(key)) return;
    const path = this.#keys.pathOf(key);
    this.#outcomes.noteUnkept(path);
    this.#series.count(path, -1);
  }

  /** Returns the series whose rows only Redis has. */
  series(): Span[] {
    return this.#series.all();
  }

  /** Returns how many entries of a stream are missing, as {@link StoredSeries.missing}. */
  missing(path: string, found: { readonly added: number; readonly length: number }): number {
    return this.#series.missing(path, found);
  }

  /** Returns the series of which something was lost as a whole since the last call. */
  takeLost(): Span[] {
    return this.#lost.splice(0);
  }

  /** Returns the record of a series that Redis no longer has. */
  recordSeries(span: Span, at: number): Write[] {
    const { path, rows } = span;
    this.#series.forget(path);
    this.#lost.push(span);
    return this.#record({ path, from: beginningOf(span), to: at, outcome: "not", rows, missing: "" }, at);
  }

  /** Returns the record of entries of a stream that Redis no longer has. */
  recordSome(span: Span, missing: number, at: number): Write[] {
    const { path } = span;
    return this.#record({ path, from: beginningOf(span), to: at, outcome: "not", rows: 0, missing }, at);
  }

  /** Returns the records of entries that this server's streams lack for good; ids begin with the time of receipt. */
  recordEntries(lost: readonly LostEntries[], at: number): Write[] {
    const streams = new Map(
      this.#series.all().filter(({ storage }) => storage === "events").map((span) => [span.key, span]),
    );
    return lost.flatMap(({ key, after, upTo }) => {
      const span = streams.get(key);
      const path = span?.path ?? this.#earlierPathOf(key);
      if (path === undefined) return [];
      const beginning = span === undefined ? 0 : beginningOf(span);
      const from = after === undefined ? beginning : millisecondsOf(after);
      this.#series.forget(path);
      const to = Math.max(from, millisecondsOf(upTo));
      return this.#record({ path, from, to, outcome: "not", rows: 0, missing: "" }, at);
    });
  }

  /** Returns records of what this server's paths lost because Redis did not keep up; others' are left alone. */
  recordDrops(drops: readonly Drop[], at: number): Write[] {
    return drops.filter(({ name }) => this.#keys.isOwn(name)).flatMap(({ name, from, to, rows }) => {
      const path = this.#keys.pathOf(name);
      this.#series.count(path, -rows);
      return this.#record({ path, from, to, outcome: "dropped", rows, missing: rows }, at);
    });
  }

  /** Takes records of gaps that an earlier process has left. */
  resumeRecords(entries: readonly RecordEntry[]): void {
    this.#records.resumeFrom(entries);
  }

  /** Returns the newest records of gaps, `most` of them: all that is remembered from then on. */
  records(most: number): Write[] {
    return this.#records.all(most);
  }

  /** Returns the path of a stream of which only an earlier process has written rows. */
  #earlierPathOf(key: string): string | undefined {
    if (!this.#keys.isOwn(key)) return undefined;
    const path = this.#keys.pathOf(key);
    return this.#series.isOlder(path) ? path : undefined;
  }

  /** Returns a record of what is missing, by Redis' clock, as that of subscriptions. */
  #record(gap: Row & { readonly from: number; readonly to: number }, at: number): Write[] {
    const { write, toRedisTime } = this.#options;
    const from = gap.from === 0 ? 0 : Math.round(toRedisTime(gap.from));
    const writes = write({ ...gap, from, to: Math.round(toRedisTime(gap.to)) }, at);
    this.#records.note(writes);
    return writes;
  }
}

/** Since when a series has had rows; 0: nobody knows. */
function beginningOf({ from, isOlder }: Span): number {
  return isOlder === true ? 0 : from;
}
