/** Which rows of a series are gone from Redis, by their names: ids of trades, opening times of bars in Unix milliseconds. */
import type { NamedRow } from "../../model/named_row.ts";
import { tradeScore } from "../../okx/trade_row.ts";
import { barScore } from "../layout/candles.ts";
import type { Keys } from "../layout/keys.ts";
import type { Span } from "../layout/stored_series.ts";
import type { Store } from "../store.ts";

/** Members of an index that are read beyond those that are looked for, since others may stand between them. */
const OTHERS = 100;

/** Members that are read where one that is looked for is not among those. */
const MAX_MEMBERS = 10_000;

/** Rows read at once. */
const PORTION = 1000;

/**
 * Returns the names of those of these rows that are gone. One that has left an index because newer ones fill it is not. A member
 * without its row is gone, so is a bar that is not final, and what the index that a path shares with others lacks. Rejects
 * with StoreError.
 */
export async function readGone(
  store: Pick<Store, "newest" | "rows" | "scored" | "scoreFromNewest" | "type">,
  keys: Keys,
  { path, key, storage, keep }: Pick<Span, "path" | "key" | "storage" | "keep">,
  desired: readonly NamedRow[],
): Promise<string[]> {
  const own = keys.path(path);
  const type = await store.type(own);
  const names = new Set(desired.map(({ name }) => name));
  if (type !== "zset") return [...names];
  // First: what is trimmed meanwhile leaves the path's own index too.
  const shared = key === own ? undefined : await readShared(store, key, names);
  const members = (await readMembers(store, own, (member) => names.has(nameOf(storage, member)), names.size))
    .filter((member) => shared?.has(member) !== false);
  for (let at = 0; at < members.length; at += PORTION) {
    const portion = members.slice(at, at + PORTION);
    const rows = await store.rows(portion.map((member) => keys.indexed(key, member)));
    for (const [i, member] of portion.entries()) {
      const row = rows[i] ?? {};
      if (Object.keys(row).length > 0 && row.confirm !== "0") names.delete(nameOf(storage, member));
    }
  }
  if (names.size === 0) return [];
  // Last: whatever was trimmed before stands below it.
  const edge = await store.scoreFromNewest(own, keep) ?? -Infinity;
  return desired.filter((row) => names.has(row.name) && isKept(scoreOf(storage, row), edge))
    .map(({ name }) => name);
}

/** Returns whether a row is not older than the last one that is kept. Of one without a time that is known only where there is room. */
function isKept(score: number, edge: number): boolean {
  return edge === -Infinity || score >= edge;
}

/** Returns the members of an index that are looked for: they are among the newest, unless there are others in between. */
async function readMembers(
  store: Pick<Store, "newest">,
  key: string,
  isDesired: (member: string) => boolean,
  count: number,
): Promise<string[]> {
  const most = count + OTHERS;
  const newest = await store.newest(key, most);
  const found = newest.filter(isDesired);
  if (found.length >= count || newest.length < most) return found;
  return (await store.newest(key, MAX_MEMBERS)).filter(isDesired);
}

/** Returns the members of a shared index that have these ids: its scores are the ids. */
async function readShared(
  store: Pick<Store, "scored">,
  key: string,
  names: ReadonlySet<string>,
): Promise<Set<string>> {
  const ids = [...names].map(Number);
  const members = new Set<string>();
  for (let at = 0; at < ids.length; at += PORTION) {
    for (const member of await store.scored(key, ids.slice(at, at + PORTION))) members.add(member);
  }
  return members;
}

function nameOf(storage: Span["storage"], member: string): string {
  if (storage !== "candle") return member.replace(/@.*/, "");
  return /^\d+$/.test(member) ? member : String(Date.parse(member));
}

function scoreOf(storage: Span["storage"], { name, time }: NamedRow): number {
  return storage === "candle" ? barScore(time) : tradeScore(name, time);
}
