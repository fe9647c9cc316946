/**
 * Where the bars of a candle channel open: a grid of times, counted by whole numbers, so that "every bar between two of
 * them" can be said and compared. Months and years are counted by the calendar of the time zone that the bar follows.
 */
import { BARS } from "./channels.ts";

/** The openings of one series of bars. */
export type BarGrid = {
  /** Returns the number of the bar that opens at this time (Unix ms); undefined: none opens then. */
  indexOf(openedAt: number): number | undefined;
  /** Returns when the bar of this number opens, in Unix milliseconds. */
  openedAtOf(index: number): number;
  /** Returns the number of the bar that is under way at this time. */
  at(now: number): number;
};

/** Bars up to this length open at whole multiples of it, whatever the time zone that they follow. */
const WHOLE_SECONDS = 14_400;

const DAY_MS = 86_400_000;

/** Months in one bar. */
const MONTHS: Readonly<Record<string, number>> = { "1M": 1, "3M": 3, "1Mutc": 1, "3Mutc": 3, "1Yutc": 12 };

/**
 * Returns the grid of a bar such as `1m`. Long bars begin at different hours and days, so one time at which a bar opened
 * is needed (`sample`, Unix ms); without it only short bars have a grid. Undefined: not known.
 */
export function barGrid(bar: string, sample?: number): BarGrid | undefined {
  const months = MONTHS[bar];
  if (months !== undefined) return sample === undefined ? undefined : calendarGrid(months, sample);
  const seconds = BARS.get(bar);
  if (seconds === undefined || (seconds > WHOLE_SECONDS && sample === undefined)) return undefined;
  const length = seconds * 1000;
  const phase = seconds > WHOLE_SECONDS ? (sample as number) % length : 0;
  const at = (time: number) => Math.floor((time - phase) / length);
  return {
    indexOf: (openedAt) => (openedAt - phase) % length === 0 ? at(openedAt) : undefined,
    openedAtOf: (index) => index * length + phase,
    at,
  };
}

function calendarGrid(months: number, sample: number): BarGrid | undefined {
  // A month of UTC+8 opens at 16:00 UTC: what is missing to midnight is the zone's offset.
  const offset = (DAY_MS - sample % DAY_MS) % DAY_MS;
  const monthOf = (time: number) => {
    const date = new Date(time + offset);
    return date.getUTCFullYear() * 12 + date.getUTCMonth();
  };
  const phase = monthOf(sample) % months;
  const at = (time: number) => Math.floor((monthOf(time) - phase) / months);
  const timeOf = (index: number) => {
    const month = index * months + phase;
    return Date.UTC(Math.floor(month / 12), month % 12) - offset;
  };
  if (timeOf(at(sample)) !== sample) return undefined;
  return {
    indexOf: (openedAt) => timeOf(at(openedAt)) === openedAt ? at(openedAt) : undefined,
    openedAtOf: timeOf,
    at,
  };
}
