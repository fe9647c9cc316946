/**
 * Rows that replace each other, bars and lists are given as they are published. After a lost connection they are read, and
 * what is newer than what was given comes then; how often a row was replaced meanwhile nobody knows.
 */
import { readCached, readSubscription } from "../store/read/rows.ts";
import type { CachedRow, Store } from "../store/store.ts";
import { escapeId } from "../okx/escape.ts";
import type { Topic } from "../okx/topic.ts";
import { chosen, type FollowedPath, type FollowedPathOptions, OVERLAP_ROWS } from "./followed_path.ts";
import type { FollowItem } from "./missed.ts";
import { createOverlap, type Overlap } from "./overlap.ts";
import { isOf } from "./params.ts";
import { createDeliveredRows } from "./delivered_rows.ts";

/** Creates the follower of a path whose rows replace each other; nothing is read yet. */
export function followRows(topic: Topic, options: FollowedPathOptions): FollowedPath {
  const { keys, full, params, watch } = options;
  const { path, where } = full;
  const shown = createDeliveredRows(path);
  let overlap: Overlap | undefined;

  async function read(store: Store): Promise<CachedRow[]> {
    const found = await readCached(store, keys, path, { n: Math.max(params.n ?? Infinity, OVERLAP_ROWS) });
    const rows = found === undefined ? [] : Array.isArray(found) ? found : [found];
    overlap = createOverlap(path, rows);
    return rows;
  }

  /** What was open and is listed no more is over by now: its row says how it ended. */
  async function withEnded(store: Store, rows: readonly CachedRow[]): Promise<readonly CachedRow[]> {
    if (topic.storage !== "open") return rows;
    const ended = await store.rows(shown.others(rows).map((id) => keys.row(topic.table, escapeId(id))));
    return [...rows, ...ended.filter((row) => Object.keys(row).length > 0)];
  }

  const give = (rows: readonly CachedRow[]): FollowItem[] =>
    rows.filter((row) => isOf(row, where)).map((row) => ({ path, row, cached: true }));

  return {
    watch,
    isRead: false,
    read: () => Promise.resolve({ items: [], isWhole: true }),
    async begin(store) {
      const rows = await options.fresh(store, () => read(store));
      for (const row of rows) shown.note(row);
      return give(chosen(rows, params, where));
    },
    async repair(store, isFirst) {
      const rows = await withEnded(store, await read(store));
      const rest = shown.rest(rows);
      const isKnown = topic.storage === "candle" || topic.storage === "trades"
        ? shown.hasAny(rows)
        : rest.length === 0;
      // Before anything counts as given, for this may fail.
      const state = isFirst ? await readSubscription(store, keys, path) : undefined;
      for (const row of rest) shown.note(row);
      if (!isFirst) return give(rest);
      return [{ path, rows: isKnown ? 0 : null, why: "connection lost", state }, ...give(rest)];
    },
    onRow(row) {
      if (overlap?.isNew(row) === false) return [];
      shown.note(row);
      return isOf(row, where) ? [{ path, row, cached: false }] : [];
    },
  };
}
