/** What each path of a follower has to do: of a stream, and of everything else. */
import type { Keys } from "../store/layout/keys.ts";
import { readSubRecord, type SubRecord } from "../store/layout/subscription_record.ts";
import type { CachedRow, Store } from "../store/store.ts";
import type { Cached } from "../store/read/rows.ts";
import { type GetParams, isOf, isSince } from "./params.ts";
import type { FollowItem } from "./missed.ts";
import type { FullPath } from "./path.ts";
import type { Watch } from "./watch.ts";

/** One path of a follower. */
export type FollowedPath = {
  readonly watch: Watch;
  /** What is published only says that there is something to read. */
  readonly isRead: boolean;
  /** Rows that a path begins with. Rejects with StaleError where they are older than was asked for. */
  begin(store: Store): Promise<FollowItem[]>;
  /** After a lost connection: what was missed, and what came meanwhile; the same again later, without what was missed. */
  repair(store: Store, isFirst: boolean): Promise<FollowItem[]>;
  /** Returns what there is to read now, and whether that is all. */
  read(store: Store): Promise<{ readonly items: FollowItem[]; readonly isWhole: boolean }>;
  /** A row was published; returns nothing for one that was given before. */
  onRow(row: Record<string, unknown>): FollowItem[];
};

/** What a path is followed with. */
export type FollowedPathOptions = {
  readonly keys: Keys;
  readonly full: FullPath;
  readonly params: GetParams;
  readonly watch: Watch;
  /** The entry behind which a stream is followed. */
  readonly after?: string | undefined;
  /** Reads rows that may be as old as was asked for. */
  readonly fresh: <Rows extends Cached>(store: Store, read: () => Promise<Rows>) => Promise<Rows>;
};

/** Rows that a follower reads at least, so that none that is published twice can pass for new. */
export const OVERLAP_ROWS = 10_000;

/** Returns those of the rows that a path begins with that are asked for. */
export function chosen<Row extends CachedRow>(
  rows: readonly Row[],
  { n = Infinity, since }: GetParams,
  where: FullPath["where"],
): Row[] {
  const isWanted = since === undefined ? () => true : isSince(since);
  const found = rows.filter((row) => isOf(row, where) && isWanted(row));
  return n === 0 ? [] : found.slice(-n);
}

/** Returns a field of `P/subs`, if it is a record. */
export function recordOf(text: string | undefined): SubRecord | undefined {
  return text === undefined ? undefined : readSubRecord(text);
}
