/** Requests of another okws to hand over what is under a KEY_PREFIX, which are published where the lease is. */
import { roomLogger } from "../logging/log.ts";
import { StoreError } from "../shared/errors.ts";
import { escapeGlob, leaderKey } from "../store/layout/keys.ts";
import type { Lease } from "../store/redis/lease/lease.ts";
import type { Store } from "../store/store.ts";

const log = roomLogger("service");

/**
 * Calls `onRequest` with each other process that asks while this one writes, until the signal is aborted. An account that may
 * not listen is replaced without being asked.
 */
export async function listenForTakeover(
  { store, lease, instance }: {
    readonly store: Pick<Store, "listen">;
    readonly lease: Lease | undefined;
    readonly instance: string;
  },
  { keyPrefix, onRequest }: { readonly keyPrefix: string; readonly onRequest: (instance: string) => void },
  signal: AbortSignal,
): Promise<void> {
  const channel = leaderKey(keyPrefix);
  try {
    // What holds a star is listened to as a pattern.
    const what = channel.includes("*") ? escapeGlob(channel) : channel;
    await using requests = await store.listen([what], signal);
    for await (const { message } of requests) {
      const by = requesterOf(message);
      // Whoever asks hears its own request, and only who writes can hand over.
      if (by === undefined || by === instance || lease?.holder === undefined) continue;
      onRequest(by);
    }
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
    log.debug("Another okws cannot ask this one to hand over", { channel, reason: error.message });
  }
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
