/**
 * What a follower has given already, so that it goes on behind it with another connection: rows that came while Redis was
 * away are in the cache by then.
 */
import { isFromBefore, isSame, normalText } from "./overlap.ts";
import { rowKeyOf } from "./row_key.ts";

type Row = Readonly<Record<string, unknown>>;

/** The rows of one path that were given. */
export type DeliveredRows = {
  note(row: Row): void;
  /** Returns those of the rows that are cached now, oldest first, which were not given. */
  rest<R extends Row>(cached: readonly R[]): R[];
  /** Returns whether one of the rows, or a row that it replaced, was given; also where none was given yet. */
  hasAny(cached: readonly Row[]): boolean;
  /** The keys of rows that were given and are not among these; of events there are none. */
  others(cached: readonly Row[]): string[];
};

/** Rows remembered of a path; a cache is read for as many at least. */
const MAX_ROWS = 10_000;

/** Creates a record of delivered rows, empty at first. */
export function createDeliveredRows(path: string): DeliveredRows {
  const keyOf = rowKeyOf(path);
  return keyOf === undefined ? deliveredEvents() : deliveredStates(keyOf);
}

/** Of events, all behind the first one that was given: what is before it was left out on purpose. */
function deliveredEvents(): DeliveredRows {
  const texts: string[] = [];
  return {
    note(row) {
      texts.push(normalText(row));
      if (texts.length >= 2 * MAX_ROWS) texts.splice(0, MAX_ROWS);
    },
    rest(cached) {
      const left = new Map<string, number>();
      for (const text of texts.slice(-MAX_ROWS)) left.set(text, (left.get(text) ?? 0) + 1);
      const isShown = cached.map((row) => {
        const text = normalText(row);
        const count = left.get(text) ?? 0;
        left.set(text, count - 1);
        return count > 0;
      });
      const first = isShown.indexOf(true);
      return cached.filter((_, i) => i > first && !isShown[i]);
    },
    hasAny(cached) {
      const given = new Set(texts);
      return texts.length === 0 || cached.some((row) => given.has(normalText(row)));
    },
    others: () => [],
  };
}

/** Of rows that replace each other, those that say something newer. */
function deliveredStates(keyOf: (row: Row) => string): DeliveredRows {
  const last = new Map<string, Row>();
  return {
    note(row) {
      const key = keyOf(row);
      last.delete(key);
      last.set(key, row);
      if (last.size > MAX_ROWS) last.delete(last.keys().next().value as string);
    },
    rest: (cached) =>
      cached.filter((row) => {
        const shown = last.get(keyOf(row));
        return shown === undefined || !(isSame(shown, row) || isFromBefore(row, shown));
      }),
    hasAny: (cached) => last.size === 0 || cached.some((row) => last.has(keyOf(row))),
    others(cached) {
      const there = new Set(cached.map(keyOf));
      return [...last.keys()].filter((key) => !there.has(key));
    },
  };
}
