/** Where a series stood when an earlier process ended, as Redis has it, and what it has missed since. */
import { tradeIdOf, tradeTimeOf } from "../../okx/trade_row.ts";
import type { OpenGap } from "../../model/events.ts";
import type { Row } from "../../okx/frame.ts";
import { BarSeries, type KnownBar } from "./bar_series.ts";
import { ended, type Gap, isOpen, NEW, reduced, resumedGap, withGap } from "./gap.ts";
import { missingOf, type Range } from "./ranges.ts";
import { beginSeries, newestTimeOf, type Series } from "./series.ts";
import { TradeSeries } from "./trade_series.ts";

/** Where a series stood when it was last written, by an earlier process. */
export type ResumePoint = {
  /** Since when nothing is known of it, in Unix milliseconds; undefined: nobody desired it, and it has missed nothing. */
  readonly at: number | undefined;
  /** The newest rows that are there, oldest first. */
  readonly rows: readonly Row[];
  /** Of what opens and closes, the newest that are over. */
  readonly ended?: readonly Row[];
  readonly bars: readonly KnownBar[];
  /** What it had missed, and nobody has settled. */
  readonly gaps: readonly OpenGap[];
  /** Paths that had rows, of which there is nothing. */
  readonly lost?: readonly string[];
  /** What is there is that of several paths together. */
  readonly shared?: boolean;
  /** All that came since is buffered and follows: what is missing shows by its numbers, or nothing is. */
  readonly isBuffered?: boolean;
};

/** What is to be known beside the series: its exchange's time, and rows that are kept of it. */
export type ResumeOptions = { readonly clock: () => number; readonly maxRow: number };

/** Goes on where a series stood. It may have begun already. Returns whether its gaps are to be reported. */
export function resumeSeries(series: Series, seen: ResumePoint, { clock, maxRow }: ResumeOptions): boolean {
  const { at, rows, bars } = seen;
  const { numbers, repeats } = series;
  const begun = numbers?.last;
  repeats?.resumeFrom(rows, rows.length >= maxRow);
  const next = numbers instanceof TradeSeries ? numbers.resumeFrom(rows) : numbers?.resumeFrom(bars);
  if (at === undefined) {
    if (begun !== undefined) return false;
    numbers?.pause();
    if (series.live) beginSeries(series, series.liveAt + clock() - Date.now());
    return false;
  }
  if (seen.isBuffered === true && begun === undefined) {
    series.lastAt = at;
    return false;
  }
  const until = begun === undefined ? undefined : newestTimeOf(series);
  for (const open of seen.gaps) {
    series.gaps = withGap(series.gaps, reopened(series, open, { rows, begun, until, clock }));
  }
  const missing = missedSince(series, next, begun);
  const goingOn = series.gaps.find(isOpen);
  if (goingOn !== undefined) {
    extend(series, goingOn, Math.min(at, goingOn.from), missing);
    return true;
  }
  if (begun !== undefined && missing?.length === 0) return false;
  const to = begun === undefined ? undefined : Math.max(at, series.lastAt);
  if (begun === undefined) series.lastAt = at;
  const since = numbers instanceof TradeSeries ? newestOf(rows) : undefined;
  const span = { from: at, to, missing, since, until, next: begun };
  series.gaps = withGap(series.gaps, { ...span, ...NEW, base: 0, skip: false });
  return true;
}

/**
 * Returns a gap that an earlier process had, without what is there although the gap was not written again before it
 * ended.
 */
function reopened(
  { numbers, lastAt }: Series,
  open: OpenGap,
  { rows, begun, until, clock }: {
    readonly rows: readonly Row[];
    readonly begun: number | undefined;
    readonly until: number | undefined;
    readonly clock: () => number;
  },
): Gap {
  const numberOf = (name: number) => numbers instanceof BarSeries ? numbers.numberOf(name) : name;
  const found = resumedGap(open, numberOf);
  const first = found.missing?.[0]?.[0] ?? Infinity;
  const newer = rows.filter((row) => (tradeIdOf(row) ?? 0) > first).length;
  const isOutage = numbers instanceof TradeSeries && isOpen(found);
  const since = isOutage ? found.from + clock() - Date.now() : undefined;
  const resumed = { ...found, base: -newer, since };
  const gap = begun === undefined
    ? resumed
    : { ...ended(resumed, begun, { restarted: false, at: lastAt }), until, next: begun };
  return (numbers?.received ?? []).reduce(reduced, gap);
}

/** Returns what is missing from the first number that is not there to the one that has come; undefined: nothing names it. */
function missedSince(
  { numbers, gaps }: Series,
  next: number | undefined,
  begun: number | undefined,
): Range[] | undefined {
  if (next === undefined) return undefined;
  const covered = gaps.flatMap(({ missing = [] }) => missing);
  const end = begun === undefined ? Infinity : begun - 1;
  return missingOf([next, end], [...numbers?.received ?? [], ...covered]);
}

/** A gap without an end goes on from `from`: what was received shortly before it never got to Redis. */
function extend(series: Series, goingOn: Gap, from: number, missing: Range[] | undefined): void {
  if (missing === undefined || goingOn.missing === undefined) {
    series.gaps = series.gaps.map((gap) => gap === goingOn ? { ...gap, from } : gap);
  } else if (missing.length > 0) {
    series.gaps = withGap(series.gaps, { from, to: goingOn.from, missing, ...NEW, base: 0, skip: false });
  }
}

/** Returns the time of the newest of these trades, in Unix milliseconds; undefined: none says it. */
function newestOf(rows: readonly unknown[]): number | undefined {
  const newest = Math.max(...rows.map(tradeTimeOf).filter(Number.isFinite));
  return Number.isFinite(newest) ? newest : undefined;
}
