/** Connections to the exchange, as shards share them: Redis says who may dial, and while it does not each has its part. */
import { DIAL_WINDOW_MS, DIALS } from "../session/placement.ts";
import { createPacer } from "../shared/async/pacer.ts";
import { sleep } from "../shared/async/sleep.ts";
import type { Shard } from "../shared/shard.ts";
import { DialSlots } from "../store/redis/lease/dial_slots.ts";

/** Creates the slots in Redis that shards take before they dial. */
export function createDialSlots(keyPrefix: string, instance: string): DialSlots {
  return new DialSlots({ keyPrefix, instance, count: DIALS, windowMs: DIAL_WINDOW_MS });
}

/**
 * Returns a function that waits until a connection may be made, by the slots or, while Redis is away, at
 * this shard's own pace.
 */
export function createAdmitDial(
  slots: Pick<DialSlots, "take">,
  { count }: Shard,
): (signal: AbortSignal) => Promise<void> {
  const alone = createPacer(DIALS, DIAL_WINDOW_MS * count);
  return async (signal) => {
    if (!await slots.take(signal)) await sleep(alone.take(performance.now()), signal);
  };
}
