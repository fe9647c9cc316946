/** Sets of whole numbers as sorted, disjoint ranges: ids that were received, bars that are missing. Values, not objects. */

/** From `first` to `last`, both included; `last` may be infinite. */
export type Range = readonly [first: number, last: number];

/** Returns all numbers of `ranges` and those of one more. */
export function withRange(ranges: readonly Range[], [first, last]: Range): Range[] {
  if (!(first <= last)) return [...ranges];
  const before = ranges.filter(([, end]) => end < first - 1);
  const after = ranges.filter(([start]) => start > last + 1);
  const touched = ranges.slice(before.length, ranges.length - after.length);
  const start = Math.min(first, touched[0]?.[0] ?? first);
  const end = Math.max(last, touched.at(-1)?.[1] ?? last);
  return [...before, [start, end], ...after];
}

/** Returns the numbers of `ranges` without those of another. */
export function withoutRange(ranges: readonly Range[], [first, last]: Range): Range[] {
  return ranges.flatMap(([start, end]): Range[] => {
    if (end < first || start > last) return [[start, end]];
    const left: Range[] = start < first ? [[start, first - 1]] : [];
    return end > last ? [...left, [last + 1, end]] : left;
  });
}

/** Returns the numbers of one range that are not in `ranges`. */
export function missingOf(range: Range, ranges: readonly Range[]): Range[] {
  return ranges.reduce<Range[]>(withoutRange, range[0] <= range[1] ? [range] : []);
}

/** Returns whether a number is in any of these ranges. */
export function includes(ranges: readonly Range[], number: number): boolean {
  return ranges.some(([first, last]) => first <= number && number <= last);
}

/** Returns how many numbers these ranges hold. */
export function countOf(ranges: readonly Range[]): number {
  return ranges.reduce((sum, [first, last]) => sum + last - first + 1, 0);
}

/** Returns the same numbers, those of a range without end only up to `last`. */
export function bounded(ranges: readonly Range[], last: number): Range[] {
  return ranges.flatMap(([first, end]): Range[] => {
    if (end !== Infinity) return [[first, end]];
    return first <= last ? [[first, last]] : [];
  });
}

/** Returns at most `most` ranges that hold all of these numbers, and more: those that are nearest become one. */
export function joined(ranges: readonly Range[], most: number): Range[] {
  const all = [...ranges];
  while (all.length > most) {
    const gaps = all.slice(1).map(([first], i) => first - (all[i] as Range)[1]);
    const at = gaps.indexOf(Math.min(...gaps));
    const [[first], [, last]] = all.splice(at, 2) as [Range, Range];
    all.splice(at, 0, [first, last]);
  }
  return all;
}
