/** The rows of a series that a path should have in Redis, by name, and what their loss makes of it. */
import type { NamedRow } from "../../model/named_row.ts";
import { BarSeries } from "./bar_series.ts";
import { type Gap, NEW, withGap } from "./gap.ts";
import { includes, joined, type Range, withRange } from "./ranges.ts";
import { exclude, MAX_NAMED, type Series } from "./series.ts";

/** Gaps in which what is gone of a path is fetched again. */
const MAX_GONE = 16;

/**
 * Returns the newest rows that a path should have, as far as they are remembered: trades by their ids, bars that are final by
 * their opening times. Undefined: its rows have no names by which they could be fetched again.
 */
export function storedRows(
  { numbers, before }: Series,
  path: string,
  maxRow: number,
): NamedRow[] | undefined {
  if (numbers === undefined) return undefined;
  const named = (number: number): NamedRow => {
    if (!(numbers instanceof BarSeries)) return { name: String(number), time: numbers.timeOf(number) };
    const openedAt = numbers.nameOf(number);
    return { name: String(openedAt), time: openedAt };
  };
  return numbers.newest(Math.min(MAX_NAMED, maxRow))
    .filter((number) => before.get(path)?.has(number) !== true)
    .map(named);
}

/** Opens gaps of rows that a path had and that are gone since a time in Unix milliseconds. Returns whether there are any. */
export function openLossGaps(
  series: Series,
  path: string,
  { names, from, maxRow }: {
    readonly names: readonly string[];
    readonly from: number;
    readonly maxRow: number;
  },
): boolean {
  const { numbers, topics } = series;
  if (numbers === undefined || !topics.has(path)) return false;
  const all = numbers.newest(MAX_NAMED);
  const known = new Set(all);
  const numberOf = (name: string) =>
    numbers instanceof BarSeries ? numbers.numberOf(Number(name)) : Number(name);
  const gone = names.map(numberOf).filter((number) => number !== undefined && known.has(number)) as number[];
  if (gone.length === 0) return false;
  // What had no room has none where these are gone, either.
  const kept = new Set(numbers.newest(Math.min(MAX_NAMED, maxRow)));
  exclude(series, path, all.filter((number) => !kept.has(number)));
  // Others of the same subscription may have them still.
  if (topics.size === 1) numbers.markLost(gone);
  else exclude(series, path, gone);
  const missing = gone.sort((a, b) => a - b).reduce<Range[]>((all, id) => withRange(all, [id, id]), []);
  const present = [...known].filter((number) => !includes(missing, number));
  for (const range of joined(missing, MAX_GONE)) {
    const newer = present.filter((number) => number > range[1]).length;
    const ranges = missing.filter(([first]) => range[0] <= first && first <= range[1]);
    const gap = { from, to: Date.now(), missing: ranges, path, base: series.count - newer, skip: false };
    series.gaps = withGap(series.gaps, { ...gap, ...NEW });
  }
  return true;
}

/** Joins the gaps of one look, which are apart only for what is fetched: the rows were gone together. */
export function joinLosses(gaps: readonly Gap[]): Gap[] {
  const joined = new Map<string, Gap>();
  const whole: Gap[] = [];
  for (const gap of gaps) {
    if (gap.path === undefined || gap.to === undefined) {
      whole.push(gap);
      continue;
    }
    const name = `${gap.path}\n${gap.from}`;
    const other = joined.get(name);
    joined.set(
      name,
      other === undefined ? gap : {
        ...gap,
        to: Math.max(gap.to, other.to ?? 0),
        rows: gap.rows + other.rows,
      },
    );
  }
  return [...whole, ...joined.values()];
}
