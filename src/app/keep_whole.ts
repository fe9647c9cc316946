/** What the first shard says for all of them: the statuses of servers, and what those have left that are not there. */
import { keepMissing } from "./missing_shards.ts";
import type { Parts } from "./parts.ts";
import { keepStatuses } from "./shard_status.ts";
import type { ShardWatch } from "./shard_watch.ts";
import { writesDesired } from "./share.ts";

/**
 * Returns a function that reports for all shards until its signal is aborted; undefined: this process is not
 * the first of several.
 */
export function createKeepWhole(
  { sharing, servers, queues, clock }: Pick<Parts, "sharing" | "servers" | "queues" | "clock">,
  watch: ShardWatch | undefined,
): ((signal: AbortSignal) => Promise<void>) | undefined {
  if (sharing === undefined || watch === undefined || !writesDesired(sharing.share)) return undefined;
  const { share, store, keyPrefix } = sharing;
  return async (signal) => {
    await Promise.all([
      keepStatuses({
        ...{ shard: share.shard, store, keyPrefix },
        servers: () => servers.names(),
        holders: () => watch.list(),
        write: (writes) => queues.add(writes),
      }, signal),
      keepMissing({ store, keyPrefix, share, watch, redisNow: () => clock.at(Date.now()) }, signal),
    ]);
  };
}
