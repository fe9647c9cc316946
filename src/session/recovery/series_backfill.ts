/** What rows that were fetched make of a series: those that are still missing are passed on, and the gaps get smaller. */
import { tradeTimeOf } from "../../okx/trade_row.ts";
import type { Topic } from "../../okx/topic.ts";
import type { Fetched, FoundRow } from "./backfill_requests.ts";
import { BarSeries } from "./bar_series.ts";
import {
  afterFetch,
  concerns,
  type FetchedIds,
  type Gap,
  isWithin,
  numbered,
  reduced,
  withoutOlder,
} from "./gap.ts";
import { includes, type Range, withoutRange } from "./ranges.ts";
import { accountFor, exclude, type Series } from "./series.ts";
import { TradeSeries } from "./trade_series.ts";

/** Rows for these paths, oldest first; so many rows of the series are `newer`. */
export type BackfilledRows = {
  readonly topics: readonly Topic[];
  readonly rows: readonly unknown[];
  readonly newer: number;
};

/**
 * Takes rows that were fetched for the gaps of a series, of which `maxRow` rows are kept. Returns how many were missing, and
 * what is to be passed on, by gap.
 */
export function takeFetched(
  series: Series,
  fetched: readonly FoundRow[],
  { others = [], shown, maxRow }: Pick<Fetched, "others" | "shown"> & { readonly maxRow: number },
): { readonly count: number; readonly passed: readonly BackfilledRows[] } {
  const { numbers } = series;
  if (numbers === undefined) return { count: 0, passed: [] };
  if (shown !== undefined) beginWith(series, shown);
  // After ids restarted those of the former count look as if they were missing.
  const asked = uniqueOf([...fetched, ...others]).filter(({ number, row }) =>
    series.gaps.some(({ missing = [] }) => includes(missing, number)) &&
    !(numbers instanceof TradeSeries && numbers.has(row) && !isGone(series, number))
  );
  const isAsked = new Set(asked.map(({ number }) => number));
  const stray = others.filter(({ number, row }) =>
    !isAsked.has(number) && numbers instanceof TradeSeries && numbers.lacks(row) &&
    series.gaps.some((gap) => isWithin(gap, tradeTimeOf(row)))
  );
  if (shown !== undefined) series.gaps = series.gaps.map((gap) => afterFetch(gap, shown));
  const fresh = [...asked, ...stray];
  if (fresh.length === 0) return { count: 0, passed: [] };
  for (const { number, row } of fresh) numbers.onFetched(number, tradeTimeOf(row));
  for (const gap of series.gaps) excludeFetched(series, gap, fresh.map(({ number }) => number));
  const found = series.gaps.map((gap) => rowsOf(series, gap, { asked, stray }));
  const kept = withRoom(series, found, maxRow);
  excludeLeft(series, fresh, kept);
  const passed = kept.map((rows, i) => countIn(series, i, rows.map(({ row }) => row)));
  const all = fresh.map(({ number }): Range => [number, number]);
  series.gaps = series.gaps.map((gap, i) => {
    const { length } = kept[i] as readonly FoundRow[];
    const left = (found[i]?.length ?? 0) - length;
    const now = { ...all.reduce(reduced, gap), rows: gap.rows + length, left: gap.left + left };
    if (left === 0) return now;
    // What is older than what has found no room finds none either.
    const oldest = kept[i]?.[0]?.number ?? found[i]?.at(-1)?.number ?? 0;
    accountFor(series, withoutRange(now.missing ?? [], [oldest, Infinity]));
    return withoutOlder(now, oldest);
  });
  return { count: fresh.length, passed: passed.filter((each) => each !== undefined) };
}

/** Lets gaps that only a time begins, and a series of which nothing came yet, begin where REST shows it. */
function beginWith(series: Series, shown: FetchedIds): void {
  const before = series.gaps;
  series.gaps = before.map((gap) => numbered(gap, shown));
  const begun = series.gaps.find((gap, i) => gap !== before[i]);
  const first = begun?.missing?.[0]?.[0];
  if (first !== undefined && series.numbers instanceof TradeSeries) series.numbers.beginAfter(first - 1);
}

/** Returns each number once. */
function uniqueOf(found: readonly FoundRow[]): FoundRow[] {
  return [...new Map(found.map((each) => [each.number, each])).values()];
}

/** Returns the rows that were found for a gap, oldest first. Of gaps that overlap the first one has got them. */
function rowsOf(
  { gaps }: Series,
  gap: Gap,
  { asked, stray }: { readonly asked: readonly FoundRow[]; readonly stray: readonly FoundRow[] },
): FoundRow[] {
  return [
    ...asked.filter(({ number }) =>
      gap === gaps.find(({ missing = [], path }) => path === gap.path && includes(missing, number))
    ),
    ...stray.filter(({ row }) => gap === gaps.find((each) => isWithin(each, tradeTimeOf(row)))),
  ].sort((a, b) => a.number - b.number);
}

/** Numbers that were fetched for a gap are not for paths that joined when it was there already: these need not have them. */
function excludeFetched(
  series: Series,
  { not = new Set(), missing = [] }: Gap,
  fetched: readonly number[],
): void {
  const own = not.size === 0 ? [] : fetched.filter((number) => includes(missing, number));
  if (own.length === 0) return;
  for (const path of not) if (series.topics.has(path)) exclude(series, path, own);
}

/** Rows that find no room are not written: no path need have them. */
function excludeLeft(
  series: Series,
  found: readonly FoundRow[],
  kept: readonly (readonly FoundRow[])[],
): void {
  const written = new Set(kept.flatMap((rows) => rows.map(({ number }) => number)));
  const left = found.map(({ number }) => number).filter((number) => !written.has(number));
  if (left.length > 0) { for (const path of series.topics.keys()) exclude(series, path, left); }
}

/** Returns of the rows that were found for each gap those that are among the newest that are kept, however late they come. */
function withRoom(
  { numbers, count, gaps }: Series,
  found: readonly (readonly FoundRow[])[],
  maxRow: number,
): readonly (readonly FoundRow[])[] {
  if (numbers instanceof BarSeries) {
    const last = Math.max(numbers.last ?? -Infinity, found.at(-1)?.at(-1)?.number ?? -Infinity);
    return found.map((rows) => rows.filter(({ number }) => last - number < maxRow));
  }
  let newer = 0;
  return found.toReversed().map((rows, i) => {
    const { base } = gaps[gaps.length - 1 - i] as Gap;
    const room = Math.max(0, maxRow - (count - base) - newer);
    const kept = room >= rows.length ? rows : rows.slice(rows.length - room);
    newer += kept.length;
    return kept;
  }).reverse();
}

/** Counts rows that were fetched for one gap: those that come after it are newer. Returns them for the paths that miss them. */
function countIn(series: Series, at: number, rows: readonly unknown[]): BackfilledRows | undefined {
  const gap = series.gaps[at] as Gap;
  const topics = [...series.topics.values()].filter(({ path }) => concerns(gap, path));
  if (rows.length === 0 || topics.length === 0) return undefined;
  const newer = series.count - gap.base;
  series.count += rows.length;
  series.gaps = series.gaps.map((each, i) => i > at ? { ...each, base: each.base + rows.length } : each);
  return { topics, rows, newer };
}

/** Returns whether a number came, and is gone from the key of a path. */
function isGone({ gaps }: Series, number: number): boolean {
  return gaps.some(({ path, missing = [] }) => path !== undefined && includes(missing, number));
}
