/** A service that stands by: it waits for the end of whoever writes, for as long as that takes. */
import { roomLogger } from "../logging/log.ts";
import { LeaseError, StoreError } from "../shared/errors.ts";
import { message } from "../shared/messages/message.ts";
import { sleep } from "../shared/async/sleep.ts";
import { within } from "../shared/async/within.ts";
import type { Lease } from "../store/redis/lease/lease.ts";

/** Between two attempts where Redis does not answer. */
const RETRY_MS = 300;

const log = roomLogger("service");

/**
 * Resolves when the lease is ours, or the signal is aborted: with whether it is. Rejects with StoreError where Redis does not
 * let anybody have it.
 */
export async function awaitTerm(lease: Lease, signal: AbortSignal): Promise<boolean> {
  let isAway = false;
  while (!signal.aborted) {
    try {
      await within(lease.check(), signal);
      return true;
    } catch (error) {
      if (signal.aborted) break;
      if (error instanceof LeaseError) throw error;
      if (lease.isRefused) throw new StoreError(message("standby.no_lease"));
      if (!isAway) log.warn("Cannot ask Redis who writes, trying on", { reason: String(error) });
      isAway = true;
      await sleep(RETRY_MS, signal);
    }
  }
  return false;
}
