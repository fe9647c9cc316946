/** A Redis that is full takes no other word than a removal: without its status nobody takes a server for kept up. */
import type { Store } from "../store/store.ts";
import type { Write } from "../store/write/write.ts";
import type { WriteQueues } from "../store/write/write_queues.ts";
import type { Projectors } from "./projectors.ts";

/** Returns a function that removes the statuses of servers whose Redis takes nothing, once for each time that it does not. */
export function createWithdrawal(
  store: Pick<Store, "apply">,
  queues: Pick<WriteQueues, "isAway">,
  projectors: Pick<Projectors, "servers" | "keysOf">,
): () => Promise<void> {
  const withdrawn = new Set<string>();
  return async () => {
    for (const key of withdrawn) if (!queues.isAway(key)) withdrawn.delete(key);
    const keys = [...projectors.servers()]
      .flatMap((
        [server],
      ) => [...new Set([projectors.keysOf(server).status, projectors.keysOf(server).ownStatus])])
      .filter((key) => queues.isAway(key) && !withdrawn.has(key));
    for (const key of keys) withdrawn.add(key);
    if (keys.length === 0) return;
    // One that cannot be removed goes by itself.
    await store.apply(keys.map((key): Write => ({ kind: "row", key, row: {}, whole: true }))).catch(() => {});
  };
}
