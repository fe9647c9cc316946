/** Requests of another okws to hand over what is under a KEY_PREFIX, which are published where the lease is. */
import { roomLogger } from "../logging/log.ts";
import { StoreError } from "../shared/errors.ts";
import { escapeGlob, leaderKey } from "../store/layout/keys.ts";
import type { Store } from "../store/store.ts";

const log = roomLogger("service");

/** Calls `onRequest` with each until the signal is aborted. An account that may not listen is replaced without being asked. */
export async function listenForTakeover(
  store: Pick<Store, "listen">,
  { keyPrefix, onRequest }: { readonly keyPrefix: string; readonly onRequest: () => void },
  signal: AbortSignal,
): Promise<void> {
  const channel = leaderKey(keyPrefix);
  try {
    // What holds a star is listened to as a pattern.
    const what = channel.includes("*") ? escapeGlob(channel) : channel;
    await using requests = await store.listen([what], signal);
    for await (const { message } of requests) if (isRequest(message)) onRequest();
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
    log.debug("Another okws cannot ask this one to hand over", { channel, reason: error.message });
  }
}

function isRequest(text: string): boolean {
  try {
    return (JSON.parse(text) as { readonly op?: unknown } | null)?.op === "TAKEOVER";
  } catch {
    return false;
  }
}
