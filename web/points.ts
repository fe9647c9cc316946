/** Points of a graph. The charting library needs times that only grow, and fails while it paints where one comes twice. */
import type { LineData, UTCTimestamp, WhitespaceData } from "lightweight-charts";
import type { Sample } from "../src/http/history.ts";

/** What a graph can show of a sample. */
export type Field = "rows" | "writes" | "p50" | "p99";

type Point = LineData<UTCTimestamp> | WhitespaceData<UTCTimestamp>;

/**
 * Returns a point for each sample, oldest first, at the millisecond of its end: two samples may end in one second. Where
 * a clock was set back, the newest samples decide: what has the same time as one of them, or a later one, is left out.
 */
export function pointsOf(samples: readonly Sample[], field: Field): Point[] {
  const points: Point[] = [];
  let next = Infinity;
  for (const sample of samples.toReversed()) {
    if (sample.at >= next) continue;
    next = sample.at;
    const time = sample.at / 1000 as UTCTimestamp;
    const value = sample[field];
    points.push(value === null ? { time } : { time, value });
  }
  return points.reverse();
}
