/**
 * Paths that come and go while a series goes on: one that joins did not miss what the others had missed before, one that was
 * away has missed what came meanwhile, and one that leaves misses nothing any more.
 */
import { concerns, type Gap, isOpen } from "./gap.ts";
import type { PathAbsence, Series } from "./series.ts";

/** What a path has missed while it was away: since when (Unix ms) and how many rows; undefined: that cannot be known. */
export type MissedRows = { readonly from: number; readonly missing: number | undefined };

/**
 * Adds a path to a series; `isResumed`: an earlier process says where its series stood. Returns what the path has missed, where
 * it was away and something came: that is between its rows.
 */
export function joinPath(series: Series, path: string, isResumed: boolean): MissedRows | undefined {
  const left = series.left.get(path);
  if (left === undefined && isResumed) return undefined;
  series.left.delete(path);
  // One that goes on is missed from now on, too.
  series.gaps = series.gaps.map((gap) =>
    isOpen(gap) ? gap : { ...gap, not: new Set([...gap.not ?? [], path]) }
  );
  if (left === undefined || !(left.hasMissed || (series.topics.size > 1 && isBehind(series, left)))) {
    return undefined;
  }
  const count = left.isPaused ? NaN : (series.numbers?.last ?? NaN) - (left.last ?? NaN);
  return { from: left.at, missing: count > 0 ? count : undefined };
}

/** Removes the last path of a series, of which nothing is missed until it is desired again. Returns the gaps that it had. */
export function abandonSeries(series: Series, path: string): readonly Gap[] {
  const { gaps } = series;
  series.gaps = [];
  for (const [other, left] of series.left) {
    series.left.set(other, { ...left, hasMissed: isBehind(series, left), isPaused: true });
  }
  const last = series.numbers?.last;
  series.left.set(path, { at: Date.now(), last, hasMissed: false, isPaused: true });
  series.numbers?.pause();
  series.resolved = [];
  series.live = false;
  return gaps;
}

/** Removes a path of a series that has others. Returns the gaps that it had. */
export function leaveSeries(series: Series, path: string): readonly Gap[] {
  series.left.set(path, { at: Date.now(), last: series.numbers?.last, hasMissed: false, isPaused: false });
  const own = series.gaps.filter((gap) => concerns(gap, path));
  const others = [...series.topics.keys()].filter((other) => other !== path);
  series.gaps = series.gaps.filter((gap) => others.some((other) => concerns(gap, other)));
  return own;
}

/** Returns whether another path has had rows while one was away; of a series without numbers it may have. */
function isBehind({ numbers }: Series, { last, hasMissed, isPaused }: PathAbsence): boolean {
  if (hasMissed || numbers === undefined) return true;
  return isPaused ? numbers.last !== undefined : numbers.last !== last;
}
