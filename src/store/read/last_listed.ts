/**
 * What was open or listed when an earlier process ended, of channels that say of nothing that it is gone: a list of the
 * exchange that is older would take it away without a word.
 */
import type { Topic } from "../../okx/topic.ts";
import type { Keys } from "../layout/keys.ts";
import type { CachedRow, Store } from "../store.ts";

/** Members read of a set. */
const MAX_ROWS = 10_000;

/** Rows read at once. */
const PORTION = 500;

/** Returns whether {@link readListed} can say what was there; rows of legacy paths have other members than lists. */
export function isListed({ storage, noInitialSnapshot, asSent, hasRest }: Topic): boolean {
  if (!asSent || !hasRest) return false;
  return storage === "instruments" || storage === "balances" || (storage === "open" && !noInitialSnapshot);
}

/** Returns the rows of what was open or listed. Rejects with StoreError. */
export async function readListed(store: Store, keys: Keys, topic: Topic): Promise<readonly CachedRow[]> {
  const isList = topic.storage === "instruments";
  const key = isList ? keys.path(topic.path) : keys.open(topic.path);
  if (await store.type(key) !== "set") return [];
  const ids = (await store.members(key)).slice(0, MAX_ROWS);
  const rows: CachedRow[] = [];
  for (let at = 0; at < ids.length; at += PORTION) {
    const portion = ids.slice(at, at + PORTION);
    rows.push(
      ...await store.rows(portion.map((id) => isList ? keys.member(key, id) : keys.row(topic.table, id))),
    );
  }
  return rows.filter((row) => !isPast(row.expTime));
}

/** What has expired by now is in no list, and nobody has to ask why. */
function isPast(expTime: string | undefined): boolean {
  return expTime !== undefined && expTime !== "" && Number(expTime) < Date.now();
}
