/**
 * Takes out events that were received before: by this connection, by another one, or by an earlier process. What was
 * received is remembered for a bounded while; two equal rows within one push are two events, unless they have an id.
 */
import { eventKey, eventKeys, eventTime, nestedEvents } from "../../okx/event_key.ts";
import type { Row } from "../../okx/frame.ts";

/** Events remembered of one subscription. */
const MAX_EVENTS = 2000;

/** The events that were received lately, to recognize repetitions. */
export class RepeatedEvents {
  readonly #known = new Set<string>();

  /** What is older than this was received long ago, and is not remembered one by one. */
  #since = -Infinity;

  /** Takes rows that an earlier process received, oldest first; `full`: there were older ones, for which there is no room. */
  resumeFrom(rows: readonly Row[], full = false): void {
    for (const row of rows) for (const id of eventKeys(row)) this.#note(id);
    if (!full) return;
    const times = rows.flatMap((row) => nestedEvents(row) ?? [row]).map(eventTime).filter((time) =>
      time !== undefined
    );
    if (times.length > 0) this.#since = Math.min(...times);
  }

  /** Returns the rows that are new; the same list where all of them are. Of a row with several parts, those that are. */
  fresh(rows: readonly unknown[]): readonly unknown[] {
    const seen: string[] = [];
    let changed = false;
    const fresh = rows.flatMap((row) => {
      if (typeof row !== "object" || row === null || Array.isArray(row)) return [row];
      const left = this.#unseen(row as Row);
      if (left !== row) changed = true;
      if (left === undefined) return [];
      seen.push(...eventKeys(left));
      return [left];
    });
    for (const id of seen) this.#note(id);
    return changed ? fresh : rows;
  }

  #unseen(row: Row): Row | undefined {
    const parts = nestedEvents(row);
    if (parts === undefined) {
      return this.#isKnown(row) ? undefined : row;
    }
    const known = parts.map((part) => this.#isKnown(part));
    if (!known.includes(true)) return row;
    const details = (row.details as readonly unknown[]).filter((_, i) => known[i] !== true);
    return details.length === 0 ? undefined : { ...row, details };
  }

  #isKnown(event: Row): boolean {
    if ((eventTime(event) ?? Infinity) < this.#since) return true;
    const id = eventKey(event);
    return id !== undefined && this.#known.has(id);
  }

  #note(id: string): void {
    // The newest stay: one that comes again is not the oldest any more.
    this.#known.delete(id);
    this.#known.add(id);
    if (this.#known.size > MAX_EVENTS) this.#known.delete(this.#known.values().next().value as string);
  }
}
