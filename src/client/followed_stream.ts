/**
 * A stream is followed by the ids of its entries: what is published only says when to read. An entry has nothing but texts;
 * lists and objects are given as such, as they were published.
 */
import { parseToTexts } from "../okx/exact_json.ts";
import type { CachedRow, Store } from "../store/store.ts";
import { isGapMark } from "../store/write/dropped_events.ts";
import {
  chosen,
  type FollowedPath,
  type FollowedPathOptions,
  OVERLAP_ROWS,
  recordOf,
} from "./followed_path.ts";
import type { FollowItem, Missed } from "./missed.ts";
import { isOf } from "./params.ts";
import { StreamPosition } from "./stream_position.ts";

/** Entries read at once. */
const BATCH = 500;

/** Entries that a stream is begun with at most. */
const MAX_FIRST = 1_000_000;

/** Creates the follower of a stream; nothing is read yet. */
export function followStream(options: FollowedPathOptions): FollowedPath {
  const { keys, full, params, watch, after } = options;
  const { path, where } = full;
  const key = keys.path(path);
  const beside = { key: keys.subs, field: path };
  const position = new StreamPosition(after);
  let isLost = false;
  let isBegun = false;

  async function read(store: Store) {
    const { entries, info, beside: text } = await store.part(key, {
      after: position.last,
      count: BATCH,
      beside,
    });
    const state = recordOf(text);
    const isWhole = entries.length < BATCH;
    const ids = entries.map(({ id }) => id);
    const gone = position.take(info, { ids, isWhole, historyAt: state?.history?.at });
    const missed = (rows: number | null, why: Missed["why"]): Missed => ({ path, rows, why, state });
    const items: FollowItem[] = [];
    if (isLost || gone !== 0) items.push(missed(gone, isLost ? "connection lost" : "trimmed"));
    isLost = false;
    for (const { id, row } of entries) {
      if (isGapMark(row)) items.push(missed(Number(row.rows), "dropped by okws"));
      else if (isOf(row, where)) {
        items.push({ path, row: isBegun ? structured(row) : row, cached: !isBegun, id });
      }
    }
    return { items, isWhole };
  }

  async function readAll(store: Store): Promise<FollowItem[]> {
    const all: FollowItem[] = [];
    for (let isWhole = false; !isWhole;) {
      const found = await read(store);
      isWhole = found.isWhole;
      for (const item of found.items) all.push(item);
    }
    return all;
  }

  return {
    watch,
    isRead: true,
    read,
    async begin(store) {
      let items: FollowItem[] = [];
      await options.fresh(store, async () => {
        if (position.last !== undefined) {
          items = await readAll(store);
          return items.flatMap((item) => "row" in item ? [item.row as Record<string, string>] : []);
        }
        const count = Math.min(MAX_FIRST, Math.max(params.n ?? Infinity, OVERLAP_ROWS));
        const { entries, info, beside: text } = await store.part(key, { after: undefined, count, beside });
        position.begin(info, recordOf(text)?.history?.at);
        const rows = entries.filter(({ row }) => !isGapMark(row));
        const idOf = new Map(rows.map(({ id, row }) => [row, id]));
        items = chosen(rows.map(({ row }) => row), params, where).map((row) => {
          const id = idOf.get(row) as string;
          return { path, row, cached: true, id };
        });
        return rows.map(({ row }) => row);
      });
      isBegun = true;
      return items;
    },
    async repair(store, isFirst) {
      if (isFirst) isLost = true;
      return (await read(store)).items;
    },
    onRow: () => [],
  };
}

/** The row with its lists and objects instead of their texts. */
function structured(row: CachedRow): Record<string, unknown> {
  const members: Record<string, unknown> = row;
  for (const [name, text] of Object.entries(row)) {
    if (text.startsWith("[") || text.startsWith("{")) members[name] = parsed(text);
  }
  return members;
}

function parsed(text: string): unknown {
  try {
    return parseToTexts(text);
  } catch {
    return text;
  }
}
