/** What the series of one server miss that is not settled: a hash of JSON texts, so that another process can go on. */
import type { OpenGap } from "../../model/events.ts";
import type { Keys } from "./keys.ts";
import type { Write } from "../write/write.ts";

/** Gaps of one path and ranges of one gap that are written and read. */
const MAX_GAPS = 100;
const MAX_RANGES = 64;

/** What was said of a path since Redis last had everything that was queued. */
type Unsettled = {
  /** Every gap that may not be settled in Redis. */
  readonly gaps: readonly OpenGap[];
  /** What the batch under way will have written, and what was said after it. */
  offered?: readonly OpenGap[];
  later?: readonly OpenGap[];
};

/**
 * The gaps of one server that are not settled. A gap is written as soon as it is known. That it has become smaller or is
 * settled is written behind the rows and the record that say so.
 */
export class OpenGaps {
  readonly #keys: Keys;
  readonly #toRedisTime: (at: number) => number;
  readonly #open = new Map<string, readonly OpenGap[]>();
  readonly #unsettled = new Map<string, Unsettled>();
  /** Paths of which less is missing than was written. */
  readonly #dirty = new Set<string>();
  readonly #offered = new Set<string>();
  readonly #written = new Map<string, Write>();

  /** Gaps are kept by this machine's clock, and written by that of Redis. */
  constructor(keys: Keys, toRedisTime: (at: number) => number) {
    this.#keys = keys;
    this.#toRedisTime = toRedisTime;
  }

  /** Returns what a path misses now; nothing any more where the list is empty. */
  write(path: string, gaps: readonly OpenGap[]): Write[] {
    const before = this.#open.get(path) ?? [];
    if (JSON.stringify(before) === JSON.stringify(gaps)) return [];
    const known = this.#unsettled.get(path) ?? { gaps: before };
    const all = union(known.gaps, gaps);
    const { offered, later = [] } = known;
    this.#unsettled.set(path, {
      gaps: all,
      ...(offered === undefined ? {} : { offered, later: union(later, gaps) }),
    });
    if (gaps.length === 0) this.#open.delete(path);
    else this.#open.set(path, gaps);
    this.#dirty.add(path);
    // Also where less is missing: with it goes the batch that says so.
    return all.length === 0 ? [] : [this.#render(path, all, false)];
  }

  /** Returns whether this process says what a path misses. */
  has(path: string): boolean {
    return this.#open.has(path) || this.#unsettled.has(path);
  }

  /**
   * Returns what has become smaller; `whole`: everything that was queued so far goes with the next batch. Paths of which
   * it is not known yet whether Redis has kept what was fetched stay as they are.
   */
  flush(whole: boolean, isKnown: (path: string) => boolean = () => true): Write[] {
    if (!whole || this.#dirty.size === 0) return [];
    const ready = [...this.#dirty].filter(isKnown);
    const writes = ready.map((path) => {
      const gaps = this.#open.get(path) ?? [];
      this.#unsettled.set(path, { gaps: this.#unsettled.get(path)?.gaps ?? [], offered: gaps, later: [] });
      this.#offered.add(path);
      return this.#render(path, gaps, true);
    });
    for (const path of ready) this.#dirty.delete(path);
    return writes;
  }

  /** Redis has taken the batch that the last {@link flush} was for. */
  acknowledge(): void {
    for (const path of this.#offered) {
      const { offered = [], later = [] } = this.#unsettled.get(path) ?? {};
      if (this.#dirty.has(path)) this.#unsettled.set(path, { gaps: union(offered, later) });
      else this.#unsettled.delete(path);
    }
    this.#offered.clear();
  }

  /** Returns all of it, for a Redis that may have lost it. */
  all(): Write[] {
    for (const path of this.#unsettled.keys()) this.#dirty.add(path);
    return [...new Set([...this.#open.keys(), ...this.#unsettled.keys()])].flatMap((path) => {
      const gaps = this.#unsettled.get(path)?.gaps ?? this.#open.get(path) ?? [];
      return gaps.length === 0 ? [] : [this.#render(path, gaps, false)];
    });
  }

  /** Returns what was last written of each path that misses something. */
  written(): Write[] {
    return [...this.#written.values()];
  }

  #shown(gap: OpenGap): OpenGap {
    return shiftedGap(gap, this.#toRedisTime);
  }

  #render(path: string, gaps: readonly OpenGap[], last: boolean): Write {
    const field = { key: this.#keys.openGaps, field: path, ...(last ? { last } : {}) };
    if (gaps.length === 0) {
      this.#written.delete(path);
      return { kind: "unfield", ...field };
    }
    const write: Write = {
      kind: "field",
      ...field,
      value: formatOpenGaps(gaps.map((gap) => this.#shown(gap))),
    };
    this.#written.set(path, write);
    return write;
  }
}

/** Returns a gap by another clock. */
export function shiftedGap(gap: OpenGap, clock: (at: number) => number): OpenGap {
  const { from, to } = gap;
  return { ...gap, from: Math.round(clock(from)), to: to === null ? null : Math.round(clock(to)) };
}

/** All gaps of a list, and those of another that are not part of one of them. */
function union(gaps: readonly OpenGap[], more: readonly OpenGap[]): readonly OpenGap[] {
  const fresh = more.filter((gap) => !gaps.some((known) => isPartOf(gap, known)));
  return fresh.length === 0 ? gaps : [...gaps, ...fresh].slice(-MAX_GAPS);
}

/** Returns whether everything that one gap misses is missed by another one that began at the same time. */
function isPartOf({ from, ranges }: OpenGap, whole: OpenGap): boolean {
  if (from !== whole.from) return false;
  if (whole.ranges === null) return true;
  return ranges !== null &&
    ranges.every(([first, last]) =>
      whole.ranges?.some(([start, end]) => start <= first && (end ?? Infinity) >= (last ?? Infinity))
    );
}

/** `from` and `missing` are those of all gaps together, for people; null: that cannot be known yet. */
function formatOpenGaps(gaps: readonly OpenGap[]): string {
  const total = gaps.reduce((sum, { missing }) => sum + (missing ?? NaN), 0);
  return JSON.stringify({
    from: Math.min(...gaps.map(({ from }) => from)),
    missing: Number.isSafeInteger(total) ? total : null,
    gaps,
  });
}

/**
 * Returns the writes that settle what an earlier process left open of paths that are no longer desired: nobody will fill it.
 * `open` is the hash as it is in Redis.
 */
export function abandonedGaps(
  keys: Keys,
  open: Readonly<Record<string, string>>,
  { isDesired, now }: { readonly isDesired: (path: string) => boolean; readonly now: number },
): Write[] {
  const gone = Object.keys(open).filter((path) => !isDesired(path));
  const records = gone.flatMap((path) => parseOpenGaps(open[path] ?? "").map((gap) => ({ path, gap })));
  const appends = records.map(({ path, gap: { from, to, rows, missing } }, i): Write => ({
    ...{ kind: "append", key: keys.gaps, id: `${now}-${i}`, bytes: 64, kept: true },
    row: {
      path,
      from,
      to: to ?? Math.max(from, now),
      outcome: rows > 0 ? "partly" : "not",
      rows,
      missing: missing ?? "",
    },
  }));
  return [...appends, ...gone.map((field): Write => ({ kind: "unfield", key: keys.openGaps, field }))];
}

/** Returns what a text in `P/gaps/open` says; none where it cannot be read. */
export function parseOpenGaps(text: string): OpenGap[] {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return [];
  }
  const gaps = typeof value === "object" && value !== null ? (value as { gaps?: unknown }).gaps : undefined;
  return Array.isArray(gaps) ? gaps.filter(isOpenGap).slice(0, MAX_GAPS) : [];
}

function isOpenGap(value: unknown): value is OpenGap {
  if (typeof value !== "object" || value === null) return false;
  const { from, to, ranges, rows } = value as Record<string, unknown>;
  const isRange = (range: unknown) =>
    Array.isArray(range) && range.length === 2 && Number.isSafeInteger(range[0]) &&
    (range[1] === null || (Number.isSafeInteger(range[1]) && range[1] >= range[0]));
  return Number.isFinite(from) && (to === null || Number.isFinite(to)) && Number.isSafeInteger(rows) &&
    (ranges === null || (Array.isArray(ranges) && ranges.length <= MAX_RANGES && ranges.every(isRange)));
}
