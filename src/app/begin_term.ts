/**
 * The beginning of a term, before anything is written: what is known of the service that wrote before, and what of it is no
 * longer true.
 */
import { withDeadline } from "../shared/async/with_deadline.ts";
import { StoreError } from "../shared/errors.ts";
import type { WrittenUntil } from "../session/server_registry.ts";
import type { Lease } from "../store/redis/lease/lease.ts";
import type { Parts } from "./parts.ts";
import { createWrittenUntil } from "./written_until.ts";

/** How long a start waits for what an earlier process left. */
const LEFTOVERS_MS = 5000;

/** What was received this long before the last sign of life of the service that wrote has been written by it. */
const SETTLED_MS = 5000;

/** Marks what an earlier process left as no longer true; where Redis does not answer in time, later. */
export async function settleLeftovers(
  { clock, leftovers, desired }: Pick<Parts, "clock" | "leftovers" | "desired">,
): Promise<void> {
  const late = new AbortController();
  const work = async () => {
    try {
      await clock.measure();
      await leftovers.settle(await desired.desired(), late.signal);
    } catch (error) {
      if (!(error instanceof StoreError)) throw error;
    }
  };
  await withDeadline(work(), LEFTOVERS_MS, () => late.abort());
}

/**
 * Returns until when the service that wrote before is known to have received and written what came on a path, in Unix
 * milliseconds by this machine's clock; 0: it is not known.
 */
export function writtenUntil(
  { projectors, clock }: Pick<Parts, "projectors" | "clock">,
  lease: Lease,
): WrittenUntil {
  // A batch or two may not have been taken any more.
  const sinceMs = lease.sinceOthersMs + SETTLED_MS;
  if (!Number.isFinite(sinceMs)) return () => () => 0;
  const offsetMs = clock.offsetMs() ?? 0;
  const settledAt = Date.now() + offsetMs - sinceMs;
  return (server) => {
    const records = projectors.earlierRecords(server);
    const of = createWrittenUntil({ records, comparedAt: projectors.comparedAt(server), settledAt });
    return (path) => of(path) - offsetMs;
  };
}
