/**
 * Replies to commands go the way of everything else, so that none is read before the states that it is about. In a cluster
 * that way is one for each server, and a reply has a key of its own, perhaps on a node that is away: there it waits for
 * what is written, a moment at the most, and every listener receives it by any node.
 */
import { retry } from "../shared/async/retry.ts";
import { withDeadline } from "../shared/async/with_deadline.ts";
import { StoreError } from "../shared/errors.ts";
import type { Store } from "../store/store.ts";
import type { Applied } from "../store/write/applied.ts";
import type { Write } from "../store/write/write.ts";
import type { WriteQueues } from "../store/write/write_queues.ts";

/** How long the states that a reply is about are waited for. */
const STATES_MS = 500;

/** How often a reply is written whose node is away; what listens for it has it by then. */
const ATTEMPTS = 6;

/** Returns what takes the writes of a reply. It rejects with StoreError where no node publishes it. */
export function createReplyWriter(
  store: Pick<Store, "apply" | "clustered">,
  queues: Pick<WriteQueues, "add" | "idle">,
  signal: AbortSignal,
): (writes: readonly Write[]) => Promise<Applied> {
  const keep = async (writes: readonly Write[]) => {
    await retry(() => store.apply(writes), {
      signal,
      onFailure: (error, attempt) => {
        if (!(error instanceof StoreError) || attempt + 1 >= ATTEMPTS) throw error;
      },
    });
  };
  return async (writes) => {
    if (!store.clustered) {
      queues.add(writes);
      return { commands: writes.length, rejected: 0 };
    }
    await withDeadline(queues.idle(), STATES_MS, () => {});
    const keeping = keep(writes.filter(({ kind }) => kind !== "publish"));
    // A client that receives it finds it, unless the node of its key does not answer.
    await withDeadline(keeping, STATES_MS, () => {}).catch(() => {});
    return await store.apply(writes.filter(({ kind }) => kind === "publish"));
  };
}
