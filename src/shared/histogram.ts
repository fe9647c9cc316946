/** Counts of measured values by size, as Prometheus keeps them: cheap to add to, and mergeable over time. */

/** `counts[i]` values were at most `bounds[i]`; the last count, one more than there are bounds, has the larger ones. */
export type Histogram = {
  readonly bounds: readonly number[];
  readonly counts: number[];
  sum: number;
  count: number;
};

/** Creates a histogram of zeros; `bounds` are the upper ends of its buckets, ascending. */
export function createHistogram(bounds: readonly number[]): Histogram {
  return { bounds, counts: new Array(bounds.length + 1).fill(0), sum: 0, count: 0 };
}

/** Adds `times` equal values. */
export function observe(histogram: Histogram, value: number, times = 1): void {
  const { bounds, counts } = histogram;
  let i = 0;
  while (i < bounds.length && value > (bounds[i] as number)) i++;
  counts[i] = (counts[i] as number) + times;
  histogram.sum += value * times;
  histogram.count += times;
}

/**
 * Returns the value below which the share `q` of the values lies, taken as evenly spread inside a bucket; what is above
 * the last bound counts as that bound. Undefined without values. `counts` are those of a histogram, or a difference of
 * two.
 */
export function quantile(
  bounds: readonly number[],
  counts: readonly number[],
  q: number,
): number | undefined {
  const total = counts.reduce((sum, each) => sum + each, 0);
  if (total === 0) return undefined;
  let left = q * total;
  for (const [i, bound] of bounds.entries()) {
    const inside = counts[i] as number;
    if (inside > 0 && left <= inside) {
      const from = bounds[i - 1] ?? 0;
      return from + (bound - from) * (left / inside);
    }
    left -= inside;
  }
  return bounds.at(-1);
}
