/**
 * What became of gaps, as it is recorded: a row that was fetched counts when Redis has it. So a record of rows that were
 * fetched waits for the batch that they go with, and counts those that Redis refused, or that were dropped, as missing.
 */
import type { SessionEvent } from "../../model/events.ts";
import type { Row } from "../../okx/frame.ts";
import type { Write } from "../write/write.ts";

type Recorder = (gap: Row & { readonly from: number; readonly to: number }, at: number) => Write[];

type GapEvent = SessionEvent & { readonly kind: "gap" };

/** Records of gaps that wait for the rows which were fetched for them. */
export class GapOutcomes {
  readonly #record: Recorder;
  #waiting: GapEvent[] = [];
  #offered: GapEvent[] = [];
  /** Rows that were fetched and not kept, by path. */
  readonly #unkept = new Map<string, number>();

  constructor(record: Recorder) {
    this.#record = record;
  }

  get isEmpty(): boolean {
    return this.#waiting.length === 0 && this.#offered.length === 0;
  }

  /** Adds a gap that is settled. */
  add(gap: GapEvent): Write[] {
    if (gap.rows === 0 && !this.awaits(gap.topic.path)) return this.#write(gap);
    this.#waiting.push(gap);
    return [];
  }

  /** Returns whether the next record of a path waits, or will say less than was fetched. */
  awaits(path: string): boolean {
    return this.#unkept.has(path) ||
      [...this.#waiting, ...this.#offered].some(({ topic }) => topic.path === path);
  }

  /** Notes that a row of a path was fetched and is not kept. */
  noteUnkept(path: string): void {
    this.#unkept.set(path, (this.#unkept.get(path) ?? 0) + 1);
  }

  /** Notes that everything that was queued so far goes with the next batch. */
  offer(): void {
    this.#offered.push(...this.#waiting);
    this.#waiting = [];
  }

  /** Redis has taken that batch: the records of what was in it. */
  acknowledge(): Write[] {
    const offered = this.#offered;
    this.#offered = [];
    return offered.flatMap((gap) => this.#write(gap));
  }

  #write({ topic: { path }, from, to, outcome, rows, missing, at }: GapEvent): Write[] {
    const all = this.#unkept.get(path) ?? 0;
    const unkept = Math.min(rows, all);
    if (unkept === all) this.#unkept.delete(path);
    else this.#unkept.set(path, all - unkept);
    const kept = rows - unkept;
    const said = unkept === 0 ? outcome : kept > 0 ? "partly" : "not";
    const record = { path, from, to, outcome: said, rows: kept };
    return this.#record({ ...record, missing: missing === undefined ? "" : missing + unkept }, at);
  }
}
