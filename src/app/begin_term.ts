/** The beginning of a term, before anything is written: what is known of whoever wrote before, and what of it may not pass for true. */
import { withDeadline } from "../shared/async/with_deadline.ts";
import { StoreError } from "../shared/errors.ts";
import type { Lease } from "../store/redis/lease/lease.ts";
import type { Parts } from "./parts.ts";

/** How long a start waits for what an earlier process left. */
const TAKE_OVER_MS = 5000;

/** What was received this long before the last sign of life of whoever wrote has been written by it. */
const SETTLED_MS = 5000;

/** Nothing of an earlier process may pass for what is true now; what a Redis that is away has is settled later. */
export async function takeOver(
  { clock, upkeep, desired }: Pick<Parts, "clock" | "upkeep" | "desired">,
): Promise<void> {
  const late = new AbortController();
  const work = async () => {
    try {
      await clock.measure();
      await upkeep.takeOver(await desired.desired(), late.signal);
    } catch (error) {
      if (!(error instanceof StoreError)) throw error;
    }
  };
  await withDeadline(work(), TAKE_OVER_MS, () => late.abort());
}

/**
 * Until when whoever wrote before is known to have done so, for each server: it had the lease, and Redis took its rows, which
 * a Redis that is full or a process that hangs does not show by the lease.
 */
export function writtenUntil(
  { projectors, clock }: Pick<Parts, "projectors" | "clock">,
  lease: Lease | undefined,
): (server: string) => number {
  // A batch or two may not have been taken any more.
  const sinceMs = (lease?.sinceOthersMs ?? Infinity) + SETTLED_MS;
  if (!Number.isFinite(sinceMs)) return () => 0;
  const held = Date.now() - sinceMs;
  return (server) => Math.min(held, projectors.writtenUntil(server) - (clock.offsetMs() ?? 0));
}
