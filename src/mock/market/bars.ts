/**
 * The candle lengths of the exchange and where each bar begins. From six hours upwards a plain bar begins on a
 * UTC+8 boundary and the one with `utc` in its name on a UTC boundary, as the official documentation says.
 */

/** One candle length. Months have no fixed length, so they carry their count instead. */
export type Bar =
  | { readonly kind: "fixed"; readonly name: string; readonly lengthMs: number; readonly anchorMs: number }
  | { readonly kind: "months"; readonly name: string; readonly months: number; readonly shiftMs: number };

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const UTC8 = 8 * HOUR;
/** 1970-01-05 was a Monday. */
const MONDAY = 4 * DAY;

/** All bars by name; `mark-price-candle` and `index-candle` have every one but `1s`. */
export const BARS: ReadonlyMap<string, Bar> = new Map(listBars().map((bar) => [bar.name, bar]));

/** Returns the opening time of the bar that holds `timeMs`. */
export function barOpen(bar: Bar, timeMs: number): number {
  if (bar.kind === "fixed") {
    return Math.floor((timeMs - bar.anchorMs) / bar.lengthMs) * bar.lengthMs + bar.anchorMs;
  }
  const local = new Date(timeMs + bar.shiftMs);
  const month = Math.floor(local.getUTCMonth() / bar.months) * bar.months;
  return Date.UTC(local.getUTCFullYear(), month, 1) - bar.shiftMs;
}

/** Returns the opening time of the bar after the one that opens at `openMs`. */
export function barEnd(bar: Bar, openMs: number): number {
  if (bar.kind === "fixed") return openMs + bar.lengthMs;
  const local = new Date(openMs + bar.shiftMs);
  return Date.UTC(local.getUTCFullYear(), local.getUTCMonth() + bar.months, 1) - bar.shiftMs;
}

/** The v3 candle lengths in seconds, with the bar of today's API that each one is. */
export const V3_BARS: ReadonlyMap<number, string> = new Map([
  [60, "1m"],
  [180, "3m"],
  [300, "5m"],
  [900, "15m"],
  [1800, "30m"],
  [3600, "1H"],
  [7200, "2H"],
  [14400, "4H"],
  [21600, "6H"],
  [43200, "12H"],
  [86400, "1D"],
  [604800, "1W"],
]);

function listBars(): Bar[] {
  const fixed = (name: string, lengthMs: number, anchorMs = 0): Bar => ({
    kind: "fixed",
    name,
    lengthMs,
    anchorMs,
  });
  const months = (name: string, count: number, shiftMs: number): Bar => ({
    kind: "months",
    name,
    months: count,
    shiftMs,
  });
  const short = [
    fixed("1s", SECOND),
    ...[1, 3, 5, 15, 30].map((count) => fixed(`${count}m`, count * MINUTE)),
    ...[1, 2, 4].map((count) => fixed(`${count}H`, count * HOUR)),
  ];
  const long = ["", "utc"].flatMap((suffix) => {
    const shift = suffix === "" ? UTC8 : 0;
    return [
      ...[6, 12].map((count) => fixed(`${count}H${suffix}`, count * HOUR, -shift)),
      ...[1, 2, 3, 5].map((count) => fixed(`${count}D${suffix}`, count * DAY, -shift)),
      fixed(`1W${suffix}`, 7 * DAY, MONDAY - shift),
      months(`1M${suffix}`, 1, shift),
      months(`3M${suffix}`, 3, shift),
    ];
  });
  return [...short, ...long];
}
