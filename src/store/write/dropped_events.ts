/**
 * What was given up because Redis did not keep up: which path lost how many rows of which time, to be recorded when Redis
 * takes writes again, and a mark in each stream where its entries are missing.
 */
import { millisecondsOf } from "./stream_id.ts";
import type { Write } from "./write.ts";
import { hasPassed } from "../../shared/elapsed.ts";

/**
 * What one path lost. `name` is the path's full key, times are Unix milliseconds by this machine's clock: when the rows were
 * received, or by their own times, where these are earlier or later, since a busy machine receives late.
 */
export type Drop = {
  readonly name: string;
  readonly from: number;
  readonly to: number;
  readonly rows: number;
};

/** Times of receipt are remembered as coarsely as this. */
const TICK_MS = 50;

/** Least time between two reports while events go on being dropped. */
const REPORT_MS = 5000;

/** Paths in one report, those that lost most first; a stream of gaps keeps few more. */
const MAX_REPORTED = 200;

/** Records kept at most; a stream of them has no more. */
const MAX_KEPT = 10_000;

type Loss = { from: number; to: number; rows: number };

/** The events that were dropped, by path, until there is a record of them. */
export class DroppedEventLog {
  readonly #paths = new Map<string, Loss>();
  readonly #streams = new Map<string, Loss & { id: string }>();
  /** Records that are not given up with the rest, oldest first. */
  readonly #kept: Write[] = [];
  /** When the events up to a count were received, oldest first; `#first` is the one that still counts. */
  #ticks: { upTo: number; at: number }[] = [];
  #first = 0;
  #reportedAt = -Infinity;

  /** Whether something was given up of which there is no record yet. */
  get isPending(): boolean {
    return this.#paths.size > 0;
  }

  /** Notes that everything queued so far was received until `at`. */
  tick(at: number, queued: number): void {
    const last = this.#ticks.at(-1);
    if (last !== undefined && !hasPassed(last.at, TICK_MS, at)) last.upTo = queued;
    else this.#ticks.push({ upTo: queued, at });
  }

  /** Forgets the times of events that have left the queue. */
  left(count: number): void {
    while ((this.#ticks[this.#first]?.upTo ?? Infinity) <= count) this.#first += 1;
    if (this.#first > 1000 && this.#first * 2 > this.#ticks.length) {
      this.#ticks = this.#ticks.slice(this.#first);
      this.#first = 0;
    }
  }

  /** Notes that the oldest event is given up; `count` events had left the queue before it. */
  note(write: Write, count: number): void {
    if (write.kind !== "append" && write.kind !== "publish" && write.kind !== "erase") return;
    if (write.kind === "erase" || (write.kind === "append" && write.kept === true)) {
      this.#kept.push(write);
      if (this.#kept.length > MAX_KEPT) this.#kept.shift();
    }
    if (write.kind === "erase" || write.of === undefined) return;
    this.left(count);
    const at = this.#ticks[this.#first]?.at ?? Date.now();
    const loss = add(this.#paths, write.of, at);
    if (write.kind === "append") {
      widen(loss, timeOfEntry(write.id, at));
      const mark = add(this.#streams, write.key, at) as Loss & { id: string };
      mark.id = write.id;
      widen(mark, timeOfEntry(write.id, at));
    }
  }

  /**
   * Returns what goes before the events that are left: entries that say where a stream has lost others, under the id of the
   * last of those, and records that are never given up. Each is answered once.
   */
  marks(): Write[] {
    const kept = this.#kept.splice(0);
    if (this.#streams.size === 0) return kept;
    const marks = [...this.#streams].map(([key, { id, from, to, rows }]): Write => ({
      kind: "append",
      key,
      id,
      row: { gap: "dropped", from: String(from), to: String(to), rows: String(rows) },
      bytes: 64,
    }));
    this.#streams.clear();
    return [...kept, ...marks];
  }

  /** Returns what is to be recorded now; `quiet` when nothing waits any more. */
  report(now: number, quiet: boolean): Drop[] {
    if (this.#paths.size === 0 || (!quiet && !hasPassed(this.#reportedAt, REPORT_MS, now))) return [];
    this.#reportedAt = now;
    const droppedEvents = [...this.#paths].map(([name, loss]) => ({ name, ...loss }))
      .sort((a, b) => b.rows - a.rows).slice(0, MAX_REPORTED);
    // The others are reported the next time.
    for (const { name } of droppedEvents) this.#paths.delete(name);
    return droppedEvents;
  }
}

/** Returns whether an entry of a stream is such a mark; a row of the exchange may have a member of the same name. */
export function isGapMark(entry: Readonly<Record<string, string>>): boolean {
  return entry.gap === "dropped" && Object.keys(entry).toSorted().join() === "from,gap,rows,to";
}

/** A time further from that of receipt is that of another clock, or of an entry that is numbered otherwise. */
const MOST_APART_MS = 60_000;

/** Returns the time in the id of an entry, which is the row's own where it has one. */
function timeOfEntry(id: string, receivedAt: number): number {
  const time = millisecondsOf(id);
  return Math.abs(time - receivedAt) <= MOST_APART_MS ? time : receivedAt;
}

function widen(loss: Loss, time: number): void {
  loss.from = Math.min(loss.from, time);
  loss.to = Math.max(loss.to, time);
}

function add(losses: Map<string, Loss>, name: string, at: number): Loss {
  const known = losses.get(name);
  if (known !== undefined) {
    known.to = Math.max(known.to, at);
    known.rows += 1;
    return known;
  }
  const loss = { from: at, to: at, rows: 1 };
  losses.set(name, loss);
  return loss;
}
