/** The records of gaps in `P/gaps`: which losses are owned up to. */
import type { Redis } from "ioredis";

/** One record; times are Unix milliseconds. */
export type Gap = {
  readonly path: string;
  readonly from: number;
  readonly to: number;
  readonly outcome: string;
  readonly rows: number;
};

/** What was lost in flight when a connection broke is a little older than the last thing that came. */
const SLACK_MS = 500;

/** Reads every record; `offsets`: by how much the clock that wrote them may have been ahead. */
export async function readGaps(
  redis: Redis,
  prefix: string,
  offsets: readonly number[] = [0],
): Promise<Gap[]> {
  const entries = await redis.xrange(`${prefix}/gaps`, "-", "+");
  return entries.flatMap(([, cells]) => {
    const { path = "", from, to, outcome = "", rows } = Object.fromEntries(pairs(cells));
    // A record may begin by one clock and end by the other.
    return offsets.flatMap((before) =>
      offsets.map((after) => ({
        path,
        from: Number(from) - before,
        to: Number(to) - after,
        outcome,
        rows: Number(rows),
      }))
    );
  });
}

/** Whether a loss of `path` at a time is within a record that does not claim to be filled. */
export function isRecorded(gaps: readonly Gap[], path: string, at: number): boolean {
  return gaps.some((gap) =>
    gap.path === path && gap.outcome !== "filled" && at >= gap.from - SLACK_MS && at <= gap.to + SLACK_MS
  );
}

/** Names and values that alternate. */
export function* pairs(cells: readonly string[]): Iterable<[string, string]> {
  for (let i = 0; i + 1 < cells.length; i += 2) yield [cells[i] as string, cells[i + 1] as string];
}
