/** The names of the rows that a series has in Redis: ids of trades, opening times of bars in Unix milliseconds. */
import type { Keys } from "./keys.ts";
import type { Span } from "./series.ts";
import type { Store } from "./store.ts";

/** Rows looked at of one series, the newest. */
const MAX_ROWS = 10_000;

/** Rows read at once. */
const PORTION = 1000;

/** A member without its row is not there, nor is a bar that is not final. Rejects with StoreError. */
export async function readNames(
  store: Pick<Store, "entries" | "newest" | "rows" | "type">,
  keys: Keys,
  { path, key, storage }: Pick<Span, "path" | "key" | "storage">,
): Promise<Set<string>> {
  const own = keys.path(path);
  const type = await store.type(own);
  if (storage === "events") {
    const entries = type === "stream" ? await store.entries(own, MAX_ROWS) : [];
    return new Set(entries.flatMap(({ tradeId }) => tradeId === undefined ? [] : [String(Number(tradeId))]));
  }
  const members = type === "zset" ? await store.newest(own, MAX_ROWS) : [];
  const names = new Set<string>();
  for (let at = 0; at < members.length; at += PORTION) {
    const portion = members.slice(at, at + PORTION);
    const rows = await store.rows(portion.map((member) => keys.indexed(key, member)));
    for (const [i, member] of portion.entries()) {
      const row = rows[i] ?? {};
      if (Object.keys(row).length === 0 || row.confirm === "0") continue;
      names.add(storage === "candle" ? timeOf(member) : member.replace(/@.*/, ""));
    }
  }
  return names;
}

function timeOf(member: string): string {
  return /^\d+$/.test(member) ? member : String(Date.parse(member));
}
