/** The names of the rows that a series has in Redis: ids of trades, opening times of bars in Unix milliseconds. */
import type { Keys } from "../layout/keys.ts";
import type { Span } from "../layout/stored_series.ts";
import type { Store } from "../store.ts";

/** Entries of a stream that are read, the newest. */
const MAX_ENTRIES = 10_000;

/** Members of an index that are read beyond those that are looked for, since others may stand between them. */
const OTHERS = 100;

/** Rows read at once. */
const PORTION = 1000;

/**
 * Returns those of these names that are there. A member without its row is not, nor is a bar that is not final, nor what the
 * index that a path shares with others lacks. Rejects with StoreError.
 */
export async function readNames(
  store: Pick<Store, "entries" | "newest" | "rows" | "scored" | "type">,
  keys: Keys,
  { path, key, storage }: Pick<Span, "path" | "key" | "storage">,
  desired: readonly string[],
): Promise<Set<string>> {
  const own = keys.path(path);
  const type = await store.type(own);
  if (storage === "events") {
    const entries = type === "stream" ? await store.entries(own, MAX_ENTRIES) : [];
    return new Set(entries.flatMap(({ tradeId }) => tradeId === undefined ? [] : [String(Number(tradeId))]));
  }
  // First: what is trimmed meanwhile leaves the path's own index too.
  const shared = key === own || type !== "zset" ? undefined : await readShared(store, key, desired);
  const found = type === "zset" ? await store.newest(own, desired.length + OTHERS) : [];
  const isDesired = new Set(desired);
  const members = found.filter((member) =>
    isDesired.has(nameOf(storage, member)) && shared?.has(member) !== false
  );
  const names = new Set<string>();
  for (let at = 0; at < members.length; at += PORTION) {
    const portion = members.slice(at, at + PORTION);
    const rows = await store.rows(portion.map((member) => keys.indexed(key, member)));
    for (const [i, member] of portion.entries()) {
      const row = rows[i] ?? {};
      if (Object.keys(row).length === 0 || row.confirm === "0") continue;
      names.add(nameOf(storage, member));
    }
  }
  return names;
}

/** Returns the members of a shared index that have these ids: its scores are the ids. */
async function readShared(
  store: Pick<Store, "scored">,
  key: string,
  desired: readonly string[],
): Promise<Set<string>> {
  const members = new Set<string>();
  for (let at = 0; at < desired.length; at += PORTION) {
    for (const member of await store.scored(key, desired.slice(at, at + PORTION).map(Number))) {
      members.add(member);
    }
  }
  return members;
}

function nameOf(storage: Span["storage"], member: string): string {
  if (storage !== "candle") return member.replace(/@.*/, "");
  return /^\d+$/.test(member) ? member : String(Date.parse(member));
}
