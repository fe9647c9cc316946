/** A feed whose pushes each replace the one before: how often it pushes, and when a change is worth it. */
import type { Feed, Push } from "./feed.ts";
import type { Row } from "./rows.ts";

export type Latest = {
  version: (nowMs: number) => unknown;
  rows: (nowMs: number) => Row[];
  instId?: string;
  /** Shortest time between two pushes. */
  leastMs?: number;
  /** After this time a push comes without a change too. */
  mostMs?: number;
  /** What names its row, where `instId` does not. */
  key?: string;
};

export function latest(options: Latest): Feed {
  const { version, rows, leastMs = 0, mostMs = Infinity, key } = options;
  let sentMs = -Infinity;
  let sentVersion: unknown;
  const pushAt = (nowMs: number): Push => {
    const data = rows(nowMs);
    return key === undefined ? { data } : { data, keyed: data.map((row) => [key, row] as const) };
  };
  const push = (nowMs: number): Push[] => {
    sentMs = nowMs;
    sentVersion = version(nowMs);
    return [pushAt(nowMs)];
  };
  return {
    ...(options.instId === undefined ? {} : { instId: options.instId }),
    // A newcomer's row must not count as the others' push.
    first: (nowMs) => sentMs === -Infinity ? push(nowMs) : [pushAt(nowMs)],
    next(nowMs) {
      const age = nowMs - sentMs;
      if (age < leastMs || (age < mostMs && version(nowMs) === sentVersion)) return [];
      return push(nowMs);
    },
  };
}
