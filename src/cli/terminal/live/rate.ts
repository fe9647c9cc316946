/** How often something happens, over the last few seconds. */

/** Times are milliseconds of any one clock. */
export type Rate = {
  /** Counts one event. */
  count(now: number): void;
  /** Events per second over the last full seconds. */
  perSecond(now: number): number;
};

/** Seconds that are looked back: long enough to be calm, short enough to show a stop. */
const SECONDS = 5;

/** Starts at zero. */
export function createRate(start: number): Rate {
  const buckets = new Array<number>(SECONDS + 1).fill(0);
  let first = Math.floor(start / 1000);
  let second = first;
  const advance = (now: number): void => {
    const to = Math.floor(now / 1000);
    if (to < second) {
      // The clock was set back: what was counted before cannot be placed any more.
      buckets.fill(0);
      first = second = to;
    }
    for (let next = Math.max(second + 1, to - SECONDS); next <= to; next++) {
      buckets[next % buckets.length] = 0;
    }
    second = to;
  };
  return {
    count(now) {
      advance(now);
      const i = second % buckets.length;
      buckets[i] = (buckets[i] as number) + 1;
    },
    perSecond(now) {
      advance(now);
      // The second under way is not over, and at the start there were fewer.
      const full = Math.min(SECONDS, second - first);
      const total = buckets.reduce((sum, each) => sum + each, 0);
      const current = buckets[second % buckets.length] as number;
      return full < 1 ? total : (total - current) / full;
    },
  };
}

/** Renders a rate in at most five characters: `0`, `0.4`, `12`, `1.2k`. */
export function renderRate(perSecond: number): string {
  if (perSecond === 0) return "0";
  if (perSecond < 0.1) return "<0.1";
  if (perSecond < 9.95) return perSecond.toFixed(1);
  if (perSecond < 9999.5) return perSecond.toFixed(0);
  return perSecond < 999_500 ? `${(perSecond / 1000).toFixed(perSecond < 99_500 ? 1 : 0)}k` : "1M+";
}
