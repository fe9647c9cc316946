/** Bars that are over and were never pushed as final, although their series is live: an exchange that says nothing of them. */
import { BarSeries } from "./bar_series.ts";
import { NEW, withGap } from "./gap.ts";
import { missingOf } from "./ranges.ts";
import { type Series, unaccounted } from "./series.ts";

/** A bar that is over should be final after so many milliseconds, also where nothing is pushed any more. */
const BAR_GRACE_MS = 10_000;

/** Longest time between two looks at a series that stays silent: an instrument without trades may push nothing for hours. */
const MAX_LOOK_MS = 3_600_000;

/** Opens a gap of such bars. Returns whether there is one. `now` is the exchange's time in Unix milliseconds. */
export function openSilentBars(series: Series, now: number): boolean {
  const { numbers, live, checkAt: lookAt } = series;
  if (!live || now < lookAt || !(numbers instanceof BarSeries) || numbers.from === undefined) return false;
  const closed = numbers.lastClosed(now - BAR_GRACE_MS) ?? -Infinity;
  const missing = unaccounted(series, missingOf([numbers.from, closed], numbers.received));
  if (missing.length === 0) return false;
  series.checkAt = now + series.checkMs;
  series.checkMs = Math.min(MAX_LOOK_MS, 2 * series.checkMs);
  const span = { from: series.lastAt, to: Date.now(), missing };
  series.gaps = withGap(series.gaps, { ...span, ...NEW, base: series.count, skip: true, silent: true });
  return true;
}
