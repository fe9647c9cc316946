/** What pushes, and their absence, make of a series: which rows are new, which numbers they skip, and which gaps they end. */
import { ended, type Gap, goesOn, isOpen, NEW, overtaken, reduced, withGap } from "./gap.ts";
import { includes } from "./ranges.ts";
import { CHECK_MS, newestTimeOf, type Series, unaccounted } from "./series.ts";
import { TradeSeries, type TradeStep } from "./trade_series.ts";

/**
 * Returns the rows of a push that are new, and the very list where all are. `at`: when it was received. The gaps of the series
 * are another list where they changed.
 */
export function takePushed(series: Series, rows: readonly unknown[], at: number): readonly unknown[] {
  const { numbers } = series;
  if (numbers === undefined) return series.repeats?.fresh(rows) ?? rows;
  let dropped = false;
  const fresh = rows.filter((row) => {
    const step = numbers instanceof TradeSeries
      ? numbers.onRow(row, (id) => series.gaps.some(({ missing = [] }) => includes(missing, id)))
      : numbers.onRow(row);
    if (step.kind === "new") onStep(series, step, at);
    if (step.kind !== "repeated") {
      series.count += 1;
      return true;
    }
    dropped = true;
    if (step.fetched && series.gaps.some(goesOn)) endOvertaken(series, at);
    return false;
  });
  return dropped ? fresh : rows;
}

/** How long a trade may take to be pushed: of those of this time before an outage it is not sure that they came. */
const LATENCY_MS = 1000;

/** Removes gaps of which everything was only late. */
export function dropLate(series: Series): void {
  series.gaps = series.gaps.filter((gap) => !(gap.skip && gap.rows === 0 && gap.missing?.length === 0));
}

/**
 * Opens a gap from `at` on, because nothing is received any more; `now` is the exchange's time. Returns whether it did: one
 * that is open already goes on.
 */
export function openOutage(series: Series, at: number, now: number): boolean {
  if (series.gaps.some(isOpen)) return false;
  const { numbers } = series;
  const rest = numbers instanceof TradeSeries ? numbers.rest() : numbers?.rest(now);
  const missing = rest === undefined ? undefined : unaccounted(series, rest);
  const gap = { from: at, to: undefined, missing, base: series.count, skip: false, ...NEW };
  const isByTime = numbers instanceof TradeSeries && missing === undefined;
  const byTime = isByTime ? Math.max(series.liveAt, at - LATENCY_MS) + now - Date.now() : undefined;
  series.gaps = withGap(series.gaps, { ...gap, since: isByTime ? undefined : newestTimeOf(series), byTime });
  return true;
}

function onStep(
  series: Series,
  { span, missing, restarted, later }: TradeStep & { kind: "new" },
  at: number,
): void {
  const from = series.lastAt;
  series.lastAt = at;
  series.checkAt = 0;
  series.checkMs = CHECK_MS;
  const [first, last] = span;
  const number = first <= last ? first : series.numbers?.last ?? first;
  const until = newestTimeOf(series);
  const after = series.gaps.map((gap) => {
    const now = reduced(ended(gap, number, { restarted, at, later }), span);
    return isOpen(gap) && !isOpen(now) ? { ...now, until, next: number } : now;
  });
  if (after.some((gap, i) => gap !== series.gaps[i])) series.gaps = after;
  if (restarted) series.resolved = [];
  const unknown = unaccounted(series, missing);
  if (unknown.length > 0) openSkip(series, { from, to: at, missing: unknown, skip: true });
  else if (restarted && after.every((gap) => gap.missing !== undefined)) {
    openSkip(series, { from, to: at, missing: undefined, skip: false });
  }
}

function openSkip(series: Series, gap: Pick<Gap, "from" | "to" | "missing" | "skip">): void {
  series.gaps = withGap(series.gaps, { ...gap, ...NEW, base: series.count });
}

/** A row that had been fetched for a gap without an end was pushed, too. */
function endOvertaken(series: Series, at: number): void {
  const until = newestTimeOf(series);
  series.gaps = series.gaps.map((gap) => {
    const now = overtaken(gap, at);
    return now === gap ? gap : { ...now, until };
  });
}
