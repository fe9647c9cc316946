/** What a follower gives: rows, and in their place what was missed. */
import type { SubRecord } from "../store/layout/subscription_record.ts";

/** One row as it arrived. */
export type WatchedRow = { readonly path: string; readonly row: Record<string, unknown> };

/**
 * One row of a client's `followPaths`: from the cache, where all members are texts, or as it arrived; of a stream numbers are
 * texts then, too. `id` is that of the
 * entry, where the path is a stream: what comes behind it is followed with `after`.
 */
export type FollowedRow = WatchedRow & { readonly cached: boolean; readonly id?: string };

/** Between two rows of a path some may be missing. */
export type Missed = {
  readonly path: string;
  /** How many; 0: none, although the connection was lost; null: that cannot be known. */
  readonly rows: number | null;
  /**
   * `connection lost`: also where it was given up, because the program was too slow; `trimmed`: more came than is kept
   * before they were read; `dropped by okws`: Redis did not keep up, see `P/gaps`.
   */
  readonly why: "connection lost" | "trimmed" | "dropped by okws";
  /** What okws says of the path now; undefined: it is not subscribed. */
  readonly state: SubRecord | undefined;
};

/** One or the other. */
export type FollowItem = FollowedRow | Missed;

/** Returns whether an item is what was missed. */
export function isMissed(item: FollowItem): item is Missed {
  return "why" in item;
}
