/**
 * What a series has missed: numbers of trades or bars where it has them, a time alone where it has not. An open gap is
 * kept in Redis as JSON, so that another process can go on with it.
 */
import type { OpenGap } from "../../model/events.ts";
import { bounded, countOf, joined, type Range, withoutRange } from "./ranges.ts";

/** A gap that is not settled. Times are Unix milliseconds by this machine's clock. */
export type Gap = {
  readonly from: number;
  /** When something came after it; undefined: it goes on. */
  readonly to: number | undefined;
  /** What is still missing, without an end where nothing came after it; undefined: nothing names it. */
  readonly missing: readonly Range[] | undefined;
  /** Rows fetched so far. */
  readonly rows: number;
  /** Rows that are not among the newest that are kept of the series: they are left out, and counted as missing. */
  readonly left: number;
  /** How many rows its series had when it began; those that came since are newer. */
  readonly base: number;
  /** Noticed on a living connection: what is missing may only be late. */
  readonly skip: boolean;
  /** Paths that were not subscribed when it was noticed; undefined: none. */
  readonly not?: ReadonlySet<string> | undefined;
  /** The one path that misses it; undefined: all of the series do. */
  readonly path?: string | undefined;
  /** Noticed because nothing came at all: where REST has it, it is no news. */
  readonly silent?: boolean;
  /** Trades of an outage, by the exchange's clock: the newest before it and the one that ended it. */
  readonly since?: number | undefined;
  readonly until?: number | undefined;
  /** The id of the one that ended it. */
  readonly next?: number | undefined;
  /** Of trades of which none came before it: since when they are missing, by the exchange's clock, until an id says it. */
  readonly byTime?: number | undefined;
  /** How often REST has shown all that was between these two, whatever ids it has; infinite: both of them, too. */
  readonly looks?: number | undefined;
};

/** What became of a gap. `missing`: how many rows nobody has; undefined: that cannot be known. */
export type GapRecord = {
  readonly from: number;
  readonly to: number;
  readonly outcome: "filled" | "partly" | "not";
  readonly rows: number;
  readonly missing: number | undefined;
};

/** What pages of trades have shown: ids with their times, and from when to when, in Unix milliseconds by the exchange's clock. */
export type FetchedIds = {
  readonly ids: ReadonlyMap<number, number>;
  readonly oldest: number;
  readonly latest: number;
};

/** The counts of a gap of which nothing was fetched yet. */
export const NEW = { rows: 0, left: 0 } as const;

/** A REST that is late for one look may not be for as many. */
const MIN_LOOKS = 4;

/** Ranges kept of one gap, and gaps of one series. Beyond that the nearest become one. */
const MAX_RANGES = 64;
const MAX_GAPS = 50;

/** Returns whether something is missing that has no end yet. */
export function goesOn({ missing }: Gap): boolean {
  return missing?.at(-1)?.[1] === Infinity;
}

/** Returns whether nothing has come after a gap yet. */
export function isOpen(gap: Gap): boolean {
  return gap.to === undefined;
}

/**
 * Returns whether REST has still to show what was between two trades: an id may be out of line, so that none seems
 * missing.
 */
export function isUnseen({ since, looks = 0 }: Gap): boolean {
  return since !== undefined && looks < MIN_LOOKS;
}

/** Returns whether only a time says since when trades are missing. */
export function isByTime({ byTime, missing }: Gap): boolean {
  return byTime !== undefined && missing === undefined;
}

/**
 * Returns a gap of trades of which none came before it, after REST has shown some: the newest from before it says with
 * which id it begins. Where REST shows none from before it, it begins with the oldest, and that nothing came before that
 * one is not proved.
 */
export function numbered(gap: Gap, { ids, oldest }: FetchedIds): Gap {
  const { byTime, next = Infinity } = gap;
  if (byTime === undefined || !isByTime(gap) || ids.size === 0) return gap;
  let before: readonly [number, number] | undefined;
  let least = Infinity;
  for (const [id, time] of ids) {
    if (id < least) least = id;
    if (!(time <= byTime)) continue;
    const isNewer = before === undefined || time > before[1] || (time === before[1] && id > before[0]);
    if (isNewer) before = [id, time];
  }
  const first = before === undefined ? least : before[0] + 1;
  const isAll = oldest > byTime && least === 1;
  return {
    ...gap,
    byTime: undefined,
    missing: first < next ? [[first, next - 1]] : [],
    since: isAll ? undefined : byTime,
  };
}

/**
 * Returns a gap after REST has shown trades of these ids and times. What comes before its end alone may come before a stray
 * one.
 */
export function afterFetch(gap: Gap, { ids, oldest, latest }: FetchedIds): Gap {
  const { since = -Infinity, until = Infinity, next = NaN, looks = 0 } = gap;
  if (isOpen(gap) || !isUnseen(gap) || oldest > since) return gap;
  if (latest >= until) return { ...gap, looks: Infinity };
  return ids.has(next - 1) ? { ...gap, looks: looks + 1 } : gap;
}

/**
 * Returns whether something happened at this time, in Unix milliseconds by the exchange's clock, within an outage that is
 * over.
 */
export function isWithin({ since = Infinity, until = -Infinity }: Gap, time: number): boolean {
  return time > since && time <= until;
}

/** Returns whether a gap is one of a path. */
export function concerns(gap: Gap, path: string): boolean {
  return (gap.path ?? path) === path && gap.not?.has(path) !== true;
}

/**
 * Returns a gap after a number has come; one that went on ends before it. Where numbers have restarted (`restarted`),
 * nothing says which were missed. `later`: it is later in time than all that was pushed before.
 */
export function ended(
  gap: Gap,
  number: number,
  { restarted, at, later = false }: { restarted: boolean; at: number; later?: boolean },
): Gap {
  if (!isOpen(gap)) return gap;
  const to = Math.max(gap.from, at);
  if (restarted) return { ...gap, to, missing: undefined, byTime: undefined };
  if (gap.missing === undefined) return { ...gap, to };
  // Something older, that was late, ends nothing.
  if (!goesOn(gap) || (!later && number < (gap.missing.at(-1)?.[0] ?? 0))) return gap;
  return { ...gap, to, missing: withoutRange(gap.missing, [number, Infinity]) };
}

/** Returns a gap after a row that was fetched for it has been pushed, too: from there on pushes say what is missing. */
export function overtaken(gap: Gap, at: number): Gap {
  const start = gap.missing?.at(-1)?.[0];
  if (!goesOn(gap) || gap.rows === 0 || start === undefined) return gap;
  return { ...gap, to: Math.max(gap.from, at), missing: withoutRange(gap.missing ?? [], [start, Infinity]) };
}

/** Returns a gap without some numbers that have come. */
export function reduced(gap: Gap, range: Range): Gap {
  const { missing } = gap;
  if (missing === undefined || !missing.some(([first, last]) => first <= range[1] && range[0] <= last)) {
    return gap;
  }
  return { ...gap, missing: joined(withoutRange(missing, range), MAX_RANGES) };
}

/** Returns a gap of which nothing below a number is worth fetching: those rows are left out. */
export function withoutOlder(gap: Gap, number: number): Gap {
  const { missing = [] } = gap;
  const cut = missing.map(([first, last]): Range => [first, Math.min(last, number - 1)])
    .filter(([first, last]) => first <= last);
  if (cut.length === 0) return gap;
  return { ...cut.reduce(reduced, gap), left: gap.left + countOf(cut) };
}

/** Returns what becomes of a gap that is not asked for any more. */
export function outcomeOf({ rows }: Gap): GapRecord["outcome"] {
  return rows > 0 ? "partly" : "not";
}

/** Returns how many rows are missing, up to a number where there is no end; undefined: that cannot be known. */
export function missingCount({ missing, left }: Gap, upTo = Infinity): number | undefined {
  if (missing === undefined) return undefined;
  const count = countOf(bounded(missing, upTo)) + left;
  return Number.isSafeInteger(count) ? count : undefined;
}

/** Returns the gaps of a series with one more, oldest first; of too many the two oldest become one. */
export function withGap(gaps: readonly Gap[], gap: Gap): Gap[] {
  if (gaps.length < MAX_GAPS) return [...gaps, gap];
  const [one, two, ...rest] = gaps as [Gap, Gap, ...Gap[]];
  const missing = one.missing === undefined || two.missing === undefined ? undefined : joined(
    [...one.missing, ...two.missing].sort(([a], [b]) => a - b).reduce<Range[]>(merge, []),
    MAX_RANGES,
  );
  const to = one.to === undefined || two.to === undefined ? undefined : Math.max(one.to, two.to);
  return [
    {
      from: Math.min(one.from, two.from),
      to,
      missing,
      rows: one.rows + two.rows,
      left: one.left + two.left,
      base: Math.min(one.base, two.base),
      skip: one.skip && two.skip,
      not: new Set([...one.not ?? []].filter((path) => two.not?.has(path))),
      path: one.path === two.path ? one.path : undefined,
      ...bothOf(one, two),
    },
    ...rest,
    gap,
  ];
}

/** From end to end of two gaps; where only one is of an outage, of that one. */
function bothOf(one: Gap, two: Gap): Pick<Gap, "since" | "until" | "next" | "looks"> {
  if (one.since === undefined || two.since === undefined) {
    const { since, until, next, looks } = one.since === undefined ? two : one;
    return { since, until, next, looks };
  }
  const until = one.until === undefined || two.until === undefined
    ? undefined
    : Math.max(one.until, two.until);
  return { since: Math.min(one.since, two.since), until, next: two.next, looks: undefined };
}

/** Returns a gap as it is kept in Redis; `nameOf` turns a number of the series into what the exchange calls it. */
export function openGap(gap: Gap, nameOf: (number: number) => number): OpenGap {
  const { from, to = null, missing, rows, left } = gap;
  const ranges = missing?.map(([first, last]) =>
    [nameOf(first), last === Infinity ? null : nameOf(last)] as const
  );
  return {
    from,
    to,
    ranges: ranges ?? null,
    missing: missingCount(gap) ?? null,
    rows,
    ...(left > 0 ? { left } : {}),
  };
}

/** Returns a gap of what is kept in Redis; `numberOf` is the other way round, undefined where there is no such number. */
export function resumedGap(
  { from, to, ranges, rows, left = 0 }: OpenGap,
  numberOf: (name: number) => number | undefined,
): Gap {
  const numbers = ranges?.map((
    [first, last],
  ) => [numberOf(first), last === null ? Infinity : numberOf(last)]);
  const known = numbers?.every((range): range is [number, number] => !range.includes(undefined));
  return {
    from,
    to: to ?? undefined,
    missing: known ? numbers as [number, number][] : undefined,
    rows,
    left,
    base: 0,
    skip: false,
  };
}

function merge(all: Range[], [first, last]: Range): Range[] {
  const before = all.at(-1);
  if (before === undefined || before[1] < first - 1) return [...all, [first, last]];
  return [...all.slice(0, -1), [before[0], Math.max(before[1], last)]];
}
