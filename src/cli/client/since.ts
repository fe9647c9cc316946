/** Points in time as people write them. */
import { UsageError } from "../exit.ts";
import { keyed } from "../i18n/translate.ts";

const UNITS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 7 * 86_400_000,
};

/**
 * Unix milliseconds of `15m`, `1h30m` or `2d` (before `now`), a date or time in ISO 8601 (a time without a zone is this
 * machine's, a date alone is UTC, as JavaScript has it), or Unix milliseconds.
 */
export function parseSince(text: string, now: number): number {
  if (/^(\d{1,9}(ms|[smhdw]))+$/.test(text)) {
    let ms = 0;
    for (const [, count, unit] of text.matchAll(/(\d+)(ms|[smhdw])/g)) {
      ms += Number(count) * (UNITS[unit as string] as number);
    }
    return now - ms;
  }
  if (/^\d{12,14}$/.test(text)) return Number(text);
  const time = /^\d{4}-\d\d(-\d\d)?([T ]|$)/.test(text) ? Date.parse(text) : NaN;
  if (!Number.isNaN(time)) return time;
  throw new UsageError(
    keyed("argument.since", { value: text }),
  );
}
