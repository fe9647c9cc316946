/**
 * Where the series of one server go on, whose events were buffered while another service wrote: what that one has written is
 * not written again. Without a service that stood by, where a series stood is what was read of it.
 */
import type { SessionEvent } from "../../model/events.ts";
import type { Topic } from "../../okx/topic.ts";
import type { ResumePoint } from "../recovery/series_resume.ts";
import type { StandbyBuffer } from "./standby_buffer.ts";
import { createIsOlder, type IsOlder, withBuffered } from "./buffered_series.ts";

type RowsEvent = SessionEvent & { readonly kind: "rows" };

/** Until when the service that wrote before is known to have received and written what came on a path, in Unix milliseconds. */
export type WrittenUntilOf = (path: string) => number;

/** What the series need of their server. */
export type ResumedSeriesOptions = {
  /** What is buffered so far; undefined: nothing is, any more. */
  readonly buffer: () => StandbyBuffer | undefined;
  /** Rows that are kept of a series. */
  readonly maxRow: number;
  /** Unix milliseconds as the exchange counts them. */
  readonly clock: () => number;
};

/** The series of a server, from standing by to writing. */
export class ResumedSeries {
  readonly #options: ResumedSeriesOptions;
  /** Of series that were buffered: which rows Redis has. */
  readonly #older = new Map<string, IsOlder>();
  /** Undefined: the service that wrote before still does. */
  #writtenUntil: WrittenUntilOf | undefined;

  constructor(options: ResumedSeriesOptions) {
    this.#options = options;
  }

  /** Whether another service still writes: no series of this one has begun. */
  get isWaiting(): boolean {
    return this.#options.buffer() !== undefined && this.#writtenUntil === undefined;
  }

  /** Notes that this service writes from now on. */
  begin(writtenUntil: WrittenUntilOf): void {
    this.#writtenUntil = writtenUntil;
  }

  /** Returns where a series stood, as far as that counts beside what is buffered of it. */
  pointOf(topic: Topic, seen: ResumePoint | undefined): ResumePoint | undefined {
    const { maxRow, clock } = this.#options;
    const buffer = this.#options.buffer();
    if (buffer === undefined || seen === undefined || this.#writtenUntil === undefined) return seen;
    this.#older.set(topic.upstream, createIsOlder(topic, seen, maxRow));
    const now = Date.now();
    return withBuffered(seen, {
      bufferedSince: buffer.bufferedSince(topic.upstream, now),
      writtenUntil: this.#writtenUntil(topic.path),
      buffered: () => buffer.rowsOf(topic.upstream),
      aheadMs: clock() - now,
    });
  }

  /**
   * Returns a push that was buffered without the rows that are older than what was read of its series; undefined: all of them
   * are.
   */
  newer(event: RowsEvent): RowsEvent | undefined {
    const { frame, at } = event;
    const isOlder = this.#older.get(event.topics[0]?.upstream ?? "");
    if (isOlder === undefined) return event;
    const rows = frame.rows.filter((row) => !isOlder(row, at));
    if (rows.length === frame.rows.length) return event;
    return rows.length === 0 ? undefined : { ...event, frame: { ...frame, rows, text: "", rowsAt: -1 } };
  }

  /** Forgets where series stood: nothing is buffered any more. */
  end(): void {
    this.#older.clear();
  }
}
