/** Requests of another okws to hand over what is under a KEY_PREFIX, which are published where the lease is. */
import { roomLogger } from "../logging/log.ts";
import { StoreError } from "../shared/errors.ts";
import type { Shard } from "../shared/shard.ts";
import { escapeGlob, leaderKey } from "../store/layout/keys.ts";
import type { Lease } from "../store/redis/lease/lease.ts";
import type { Store } from "../store/store.ts";
import type { ShardOrder } from "./shard_commands.ts";

const log = roomLogger("service");

/**
 * Calls `onRequest` with each other process that asks while this one writes, until the signal is aborted. An account that may
 * not listen is replaced without being asked.
 */
export async function listenForTakeover(
  { store, lease, instance }: {
    readonly store: Pick<Store, "listen">;
    readonly lease: Lease;
    readonly instance: string;
  },
  { keyPrefix, shard, onRequest, onOrder }: {
    readonly keyPrefix: string;
    readonly shard?: Shard | undefined;
    readonly onRequest: (instance: string) => void;
    /** The first shard asks all others. */
    readonly onOrder?: ((order: ShardOrder) => void) | undefined;
  },
  signal: AbortSignal,
): Promise<void> {
  const channel = leaderKey(keyPrefix, shard);
  try {
    // What holds a star is listened to as a pattern.
    const what = channel.includes("*") ? escapeGlob(channel) : channel;
    await using requests = await store.listen([what], signal);
    for await (const { message } of requests) {
      const order = onOrder === undefined || lease.holder === undefined ? undefined : orderOf(message);
      if (order !== undefined) onOrder?.(order);
      const by = requesterOf(message);
      // A requester receives its own request, and only a service that writes can hand over.
      if (by === undefined || by === instance || lease.holder === undefined) continue;
      onRequest(by);
    }
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
    log.debug("Another okws cannot ask this one to hand over", { channel, reason: error.message });
  }
}

function orderOf(text: string): ShardOrder | undefined {
  return (["RELOAD", "QUIT"] as const).find((op) => text === JSON.stringify({ op }));
}

/** Who asks, empty where it does not say; undefined: it is no such request. */
function requesterOf(text: string): string | undefined {
  try {
    const { op, instance } = JSON.parse(text) as { readonly op?: unknown; readonly instance?: unknown };
    if (op !== "TAKEOVER") return undefined;
    return typeof instance === "string" && /^[\w-]{1,64}$/.test(instance) ? instance : "";
  } catch {
    return undefined;
  }
}
