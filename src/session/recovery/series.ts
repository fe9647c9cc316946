/**
 * What is known of one series: the rows of one upstream subscription that have to be complete, with the paths that they are
 * for and the gaps that they have. The other `series_*.ts` say how it changes; `gap_tracker.ts` has all of a server.
 */
import type { Topic } from "../../okx/topic.ts";
import { BarSeries } from "./bar_series.ts";
import type { Gap } from "./gap.ts";
import { type Range, withoutRange, withRange } from "./ranges.ts";
import { RepeatedEvents } from "./repeated_events.ts";
import { TradeSeries } from "./trade_series.ts";

/** A series. Times are Unix milliseconds by this machine's clock unless they say otherwise. */
export type Series = {
  /** The paths that are desired. */
  readonly topics: Map<string, Topic>;
  /** Paths of the server that is replaced, which go on where they stood. */
  readonly carried: Set<string>;
  /** Paths that are not desired any more. */
  readonly left: Map<string, PathAbsence>;
  /** Numbers that a path need not have: they came before it was desired. */
  readonly before: Map<string, ReadonlySet<number>>;
  /** Ids of trades or numbers of bars, by which what is missing can be named and fetched; undefined: it has none. */
  readonly numbers: TradeSeries | BarSeries | undefined;
  /** Events without numbers, by all that they say; undefined: it has none. */
  readonly repeats: RepeatedEvents | undefined;
  /** Oldest first. */
  gaps: Gap[];
  /** Numbers of gaps that were settled without them: these are no news. */
  resolved: readonly Range[];
  /** Rows that came, pushed or fetched. */
  count: number;
  live: boolean;
  liveAt: number;
  /** When something numbered was last received. */
  lastAt: number;
  /** When it is looked at next whether a bar should have come, by the exchange's clock, and how long after that again. */
  checkAt: number;
  checkMs: number;
};

/** That a path is not desired any more. */
export type PathAbsence = {
  /** Since when, and what had come last. */
  readonly at: number;
  readonly last: number | undefined;
  /** Rows came for another path since. */
  readonly hasMissed: boolean;
  /** For a while nobody desired the series: numbers do not say how much was missed. */
  readonly isPaused: boolean;
};

/** Milliseconds to the first look for bars that were not pushed, after one was. */
export const CHECK_MS = 60_000;

/** Rows of a path that are named one by one. */
export const MAX_NAMED = 2000;

/** Creates a series that is not desired and of which nothing came. */
export function createSeries(topic: Topic): Series {
  return {
    topics: new Map(),
    carried: new Set(),
    left: new Map(),
    before: new Map(),
    numbers: numbersOf(topic),
    repeats: topic.storage === "events" ? new RepeatedEvents() : undefined,
    gaps: [],
    resolved: [],
    count: 0,
    live: false,
    liveAt: 0,
    lastAt: Date.now(),
    checkAt: 0,
    checkMs: CHECK_MS,
  };
}

/** Goes on where the series of another server stood: its paths are carried until they are desired again. */
export function continueSeries(series: Series): Series {
  const carried = new Set([...series.carried, ...series.topics.keys()]);
  return { ...series, topics: new Map(), carried, live: false };
}

/** Ranges of settled numbers that are remembered, and how many trades one may hold: an absurd id makes endless ones. */
const MAX_SETTLED = 64;
const MAX_SETTLED_TRADES = 2000;

/** Takes what a gap still misses when it is settled out of all others; of bars those that are over `now`, if given. */
export function accountFor(series: Series, missing: readonly Range[], now?: number): void {
  const { numbers } = series;
  const isBars = numbers instanceof BarSeries;
  const most = isBars ? Infinity : MAX_SETTLED_TRADES;
  const closed = (isBars && now !== undefined ? numbers.lastClosed(now) : undefined) ?? Infinity;
  const named = missing.map(([first, last]): Range => [first, Math.min(last, closed)])
    .filter(([first, last]) => last - first < most);
  if (named.length > 0) series.resolved = named.reduce(withRange, [...series.resolved]).slice(-MAX_SETTLED);
}

/** Returns of numbers that did not come those that are in no gap, neither open nor settled. */
export function unaccounted({ resolved, gaps }: Series, ranges: readonly Range[]): readonly Range[] {
  if (ranges.length === 0) return ranges;
  return gaps.reduce<readonly Range[]>(
    (rest, { missing = [] }) => missing.reduce<readonly Range[]>(withoutRange, rest),
    resolved.reduce<readonly Range[]>(withoutRange, ranges),
  );
}

/** Notes that a series is received from `now` on, in Unix milliseconds by the exchange's clock. */
export function beginSeries({ numbers }: Series, now: number): void {
  if (numbers instanceof BarSeries) numbers.begin(now);
}

/** Numbers that a path that joins need not have: those that came before it. */
export function excludeKnown(series: Series, path: string): void {
  series.before.set(path, new Set(series.numbers?.newest(MAX_NAMED)));
}

/** Numbers that a path need not have, beside those that it already need not. */
export function exclude({ before }: Series, path: string, numbers: readonly number[]): void {
  before.set(path, new Set([...before.get(path) ?? [], ...numbers].slice(-MAX_NAMED)));
}

/** Returns the time of the newest trade that was pushed, in Unix milliseconds by the exchange's clock; undefined: not known. */
export function newestTimeOf({ numbers }: Series): number | undefined {
  return numbers instanceof TradeSeries ? numbers.newestTime : undefined;
}

/** Returns whether what is missing of a topic has numbers. */
export function hasNumbers(topic: Topic): boolean {
  return numbersOf(topic) !== undefined;
}

/** Where what is missing can be named and fetched. */
function numbersOf({ bar, hasRest, hasTradeIds }: Topic): TradeSeries | BarSeries | undefined {
  if (!hasRest) return undefined;
  if (bar !== undefined) return new BarSeries(bar);
  return hasTradeIds ? new TradeSeries() : undefined;
}
