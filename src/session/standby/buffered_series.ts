/**
 * Which pushed rows of a series Redis has already: those that are older than the oldest that was read of it. A service that has
 * written them has said of what was missing that it was.
 */
import { tradeIdOf } from "../../okx/trade_row.ts";
import { eventKey, eventKeys, eventTime, nestedEvents } from "../../okx/event_key.ts";
import { isRow, type Row } from "../../okx/frame.ts";
import type { OpenGap } from "../../model/events.ts";
import type { Topic } from "../../okx/topic.ts";
import type { ResumePoint } from "../recovery/series_resume.ts";
import { hasNumbers } from "../recovery/series.ts";

/** Rows read of a series at least, where it has as many. */
const ROWS = 200;

/** As much the time of an event may differ from when it came. */
const LATE_MS = 5000;

/** Whether a row, received `at` (Unix ms), is older than what was read. */
export type IsOlder = (row: unknown, at: number) => boolean;

/** Decides it for one series, as Redis has it; `maxRow` rows of it are kept. */
export function createIsOlder(topic: Topic, { rows, bars, gaps }: ResumePoint, maxRow = Infinity): IsOlder {
  if (bars.length > 0) {
    const first = Math.min(...bars.map(({ openedAt }) => openedAt));
    return (row) => Array.isArray(row) && Number(row[0]) < first;
  }
  if (rows.length < Math.min(ROWS, maxRow)) return () => false;
  if (!hasNumbers(topic)) {
    const times = rows.flatMap((row) => nestedEvents(row) ?? [row]).flatMap((row) => eventTime(row) ?? []);
    const first = Math.min(...times);
    return (row) =>
      isRow(row) && (nestedEvents(row) ?? [row]).every((part) => (eventTime(part) ?? Infinity) < first);
  }
  const first = Math.min(...rows.flatMap((row) => tradeIdOf(row) ?? []));
  return (row, at) => {
    const id = tradeIdOf(row);
    if (id === undefined || id >= first) return false;
    return !gaps.some(({ ranges, from, to }) =>
      ranges === null
        ? at >= from && at <= (to ?? Infinity)
        : ranges.some(([begin, end]) => id >= begin && id <= (end ?? Infinity))
    );
  };
}

/**
 * Returns where a series stood of which all has been buffered since `bufferedSince`. `writtenUntil` is until when the service
 * that wrote is known to have received and written it, `buffered` are these rows. Times are Unix milliseconds; the exchange's
 * clock is ahead by `aheadMs`.
 */
export function withBuffered(
  seen: ResumePoint,
  { bufferedSince, writtenUntil, buffered, aheadMs }: {
    readonly bufferedSince: number;
    readonly writtenUntil: number;
    readonly buffered: () => Iterable<unknown>;
    readonly aheadMs: number;
  },
): ResumePoint {
  if (seen.at === undefined || bufferedSince === Infinity || !seen.gaps.every(goesOn)) return seen;
  const isSeen = bufferedSince <= Math.max(seen.at, writtenUntil) &&
    seen.gaps.every(({ from }) => from >= bufferedSince);
  const isBuffered = isSeen || goesOnWith(seen.rows, [...buffered()], bufferedSince + aheadMs);
  return isBuffered ? { ...seen, isBuffered } : seen;
}

/**
 * Returns whether what is buffered goes on where the written rows end: an event that has come since was written, and so was
 * what had come before it; or the exchange has said its newest events again at the subscription, and all of them were
 * written.
 */
function goesOnWith(written: readonly Row[], buffered: readonly unknown[], bufferedSince: number): boolean {
  const known = new Set(written.flatMap(eventKeys));
  let isRepeated = false;
  let isLacking = false;
  for (const row of buffered) {
    if (!isRow(row)) continue;
    for (const event of nestedEvents(row) ?? [row]) {
      const time = eventTime(event) ?? -Infinity;
      const isKnown = known.has(eventKey(event) ?? "");
      if (time >= bufferedSince + LATE_MS) {
        if (isKnown) return true;
      } else if (!isKnown) isLacking = true;
      else if (time < bufferedSince) isRepeated = true;
    }
  }
  return isRepeated && !isLacking;
}

/** Returns whether all that is missing is what came since somebody received nothing any more. */
function goesOn({ to, ranges }: OpenGap): boolean {
  return to === null && (ranges === null || (ranges.length === 1 && ranges[0]?.[1] === null));
}
