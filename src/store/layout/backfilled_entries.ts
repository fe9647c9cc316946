/**
 * Entries of streams that were backfilled, and stand behind newer ones there: which of them are older than the newest that a
 * stream keeps. They go before anything newer does.
 */
import { tradeIdOf } from "../../okx/trade_row.ts";
import type { Row } from "../../okx/frame.ts";

/**
 * `base`: so many rows had been pushed as there would have been, had everything newer than this one been pushed since.
 */
type Entry = { readonly id: string; readonly number: number; readonly base: number };

/** An entry that stands behind newer ones, and how many rows of the stream are newer. */
export type Backfilled = { readonly id: string; readonly number: number; readonly newer: number };

type Stream = { pushed: number; entries: Entry[] };

/** The backfilled entries of each stream of a server. */
export class BackfilledEntries {
  readonly #streams = new Map<string, Stream>();

  /** Takes entries that an earlier process has backfilled; of each it is known how many there are that are newer. */
  resumeFrom(key: string, entries: readonly Backfilled[]): void {
    if (entries.length === 0 || this.#streams.has(key)) return;
    const known = entries.map(({ id, number, newer }) => ({ id, number, base: -newer }));
    this.#streams.set(key, { pushed: 0, entries: known.sort((a, b) => a.number - b.number) });
  }

  /** Counts rows that were pushed, but only while there is something that they may push out. */
  push(key: string, rows: number): void {
    const stream = this.#streams.get(key);
    if (stream !== undefined) stream.pushed += rows;
  }

  /** Takes entries that were backfilled, before which `newer` rows had come that are newer than all of them. */
  fill(key: string, added: readonly { readonly id: string; readonly row: Row }[], newer: number): void {
    const stream = this.#streams.get(key) ?? { pushed: 0, entries: [] };
    this.#streams.set(key, stream);
    const fresh = added.map(({ id, row }) => ({ id, number: tradeIdOf(row) ?? 0 }))
      .sort((a, b) => a.number - b.number);
    const known = stream.entries.map((entry) => ({
      ...entry,
      base: entry.base - fresh.filter(({ number }) => number > entry.number).length,
    }));
    const { length } = fresh;
    stream.entries = [
      ...known,
      ...fresh.map((entry, i) => ({ ...entry, base: stream.pushed - newer - (length - 1 - i) })),
    ].sort((a, b) => a.number - b.number);
  }

  /** Returns the ids of those that are not among the newest `keep` any more; each is answered once. */
  over(key: string, keep: number): string[] {
    const stream = this.#streams.get(key);
    if (stream === undefined) return [];
    const { pushed, entries } = stream;
    const first = entries.findIndex(({ base }) => pushed - base < keep);
    const gone = entries.splice(0, first < 0 ? entries.length : first);
    if (entries.length === 0) this.#streams.delete(key);
    return gone.map(({ id }) => id);
  }

  /** Forgets a stream that is no longer written, or begins again. */
  forget(key: string): void {
    this.#streams.delete(key);
  }
}

/** Returns those entries of a stream, oldest first, that stand behind newer ones. */
export function backfilled(
  entries: readonly { readonly id: string; readonly row: Row }[],
): Backfilled[] {
  const numbered = entries.flatMap(({ id, row }) => {
    const number = tradeIdOf(row);
    return number === undefined ? [] : [{ id, number }];
  });
  const ranks = new Map(
    numbered.map(({ number }) => number).sort((a, b) => b - a).map((number, i) => [number, i]),
  );
  let highest = -Infinity;
  return numbered.filter(({ number }) => {
    const isBehind = number < highest;
    highest = Math.max(highest, number);
    return isBehind;
  }).map((entry) => ({ ...entry, newer: ranks.get(entry.number) ?? 0 }));
}
