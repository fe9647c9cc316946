/**
 * Joins what was cached with what is published, so that a follower who began to listen before he read gets every row and
 * none twice. A batch of the service writes rows before it publishes them, so what was published before one listened was
 * in the cache before one read: only doubles are left to find.
 */
import { fieldText } from "../okx/exact_json.ts";
import { rowKeyOf } from "./row_key.ts";

type Row = Readonly<Record<string, unknown>>;

/** Decides of each published row of one path whether it is new. */
export type Overlap = { isNew(row: Row): boolean };

/** Rows in a row that were all new, after which nothing of the overlap can be left. */
const ENOUGH = 10_000;

/** Creates a filter of what came twice; `cached` is everything that was read of the path, oldest first. */
export function createOverlap(path: string, cached: readonly Row[]): Overlap {
  const keyOf = rowKeyOf(path);
  return keyOf === undefined ? overlapOfEvents(cached) : overlapOfRows(cached, keyOf);
}

function overlapOfEvents(cached: readonly Row[]): Overlap {
  const left = new Map<string, number>();
  for (const row of cached) {
    const text = normalText(row);
    left.set(text, (left.get(text) ?? 0) + 1);
  }
  let news = 0;
  return {
    isNew(row) {
      if (left.size === 0) return true;
      const text = normalText(row);
      const count = left.get(text);
      if (count === undefined) {
        if (++news > ENOUGH) left.clear();
        return true;
      }
      news = 0;
      if (count === 1) left.delete(text);
      else left.set(text, count - 1);
      return false;
    },
  };
}

/** Until a row was seen that is newer than the cached one of its key, what is equal or older was in the cache. */
function overlapOfRows(cached: readonly Row[], keyOf: (row: Row) => string): Overlap {
  const known = new Map(cached.map((row) => [keyOf(row), row]));
  return {
    isNew(row) {
      if (known.size === 0) return true;
      const key = keyOf(row);
      const last = known.get(key);
      if (last === undefined) return true;
      if (isSame(row, last)) {
        known.delete(key);
        return false;
      }
      if (isFromBefore(row, last)) return false;
      known.delete(key);
      return true;
    },
  };
}

/** Members that only ever grow, which distinguish a row from an older one of the same key. */
const GROWING = ["seqId", "ts", "uTime", "vol", "volume"] as const;

/**
 * Returns whether `row` is from before `last`. Candles carry the time of their bar alone, but their range only widens.
 */
export function isFromBefore(row: Row, last: Row): boolean {
  for (const name of GROWING) {
    const [a, b] = [Number(row[name]), Number(last[name])];
    if (Number.isFinite(a) && Number.isFinite(b) && a !== b) return a < b;
  }
  const before = Date.parse(String(row.timestamp ?? "")) - Date.parse(String(last.timestamp ?? ""));
  if (Number.isFinite(before) && before !== 0) return before < 0;
  return Number(row.high) < Number(last.high) || Number(row.low) > Number(last.low);
}

/** Returns whether two rows are the same: the cache may say more of a row than was published, such as the state of a book. */
export function isSame(row: Row, last: Row): boolean {
  return Object.entries(row).every(([name, value]) => fieldText(value) === fieldText(last[name]));
}

/** Returns one text for a row as it is cached and as it is published: in any order of members. */
export function normalText(row: Row): string {
  const members = Object.entries(row).map(([name, value]) => [name, fieldText(value)] as const);
  return JSON.stringify(members.sort(([a], [b]) => a < b ? -1 : 1));
}
