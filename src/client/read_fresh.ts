/** Rows that may be as old as is asked for, and no older. */
import { assertFresh, readPathRecords, readServed } from "../store/read/freshness.ts";
import type { Keys } from "../store/layout/keys.ts";
import type { Cached } from "../store/read/rows.ts";
import type { Store } from "../store/store.ts";
import type { FullPath } from "./path.ts";

/** Rejects with StaleError where what was read is older; undefined: it may be as old as it is. */
export async function readFresh<Rows extends Cached>(
  store: Store,
  { keys, full, maxAgeMs }: {
    readonly keys: Keys;
    readonly full: FullPath;
    readonly maxAgeMs: number | undefined;
  },
  read: () => Promise<Rows>,
): Promise<Rows> {
  if (maxAgeMs === undefined) return await read();
  const { path, where } = full;
  // In this order: a row is then at least as new as what is said of it.
  const authorities = await readPathRecords(store, keys, path);
  const cached = await read();
  const [now, isServed] = await Promise.all([store.time(), readServed(store, keys)]);
  assertFresh(path, authorities, cached, { maxAgeMs, now, isServed, isPart: Object.keys(where).length > 0 });
  return cached;
}
