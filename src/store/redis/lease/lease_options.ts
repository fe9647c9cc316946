/** The settings of a lease, and what its parts have in common. */
import type { LeaseError } from "../../../shared/errors.ts";
import type { Shard } from "../../../shared/shard.ts";
import type { Contender, Holder } from "./holder.ts";
import type { LeaseKeys } from "./lease_keys.ts";
import type { Rival, Rivals } from "./rivals.ts";

/** Settings of a lease. */
export type LeaseOptions = {
  readonly keyPrefix: string;
  /** It is that of one shard; undefined: there are none. */
  readonly shard?: Shard | undefined;
  readonly clustered?: boolean;
  readonly contender: Contender;
  /** How long the lease lasts after it was renewed. */
  readonly leaseMs: number;
  /** A holder that goes on is asked to hand over, and replaced where it does not. */
  readonly isTakeover?: boolean;
  /** A holder that goes on is waited for as long as it does. */
  readonly isStandby?: boolean;
  /** Another had the lease and may be gone: it is waited for its end. */
  readonly onWaiting?: (holder: Holder | undefined, ms: number, rival?: Rival) => void;
  /** A term of ours has begun. */
  readonly onHeld?: (holder: Holder) => void;
  /** Redis does not let this account have it: nothing is known of others. */
  readonly onRefused?: (reason: string) => void;
  /** Another holds it: this process has written for the last time. */
  readonly onLost?: (error: LeaseError) => void;
  readonly clock?: LeaseClock;
};

/** Milliseconds of a clock that only runs, and waiting by it. */
export type LeaseClock = { now(): number; sleep(ms: number, signal: AbortSignal): Promise<void> };

/** What the parts of one lease have in common. */
export type LeaseParts = {
  readonly options: LeaseOptions;
  readonly keys: LeaseKeys;
  readonly rivals: Rivals;
  readonly clock: LeaseClock;
  /** Aborted when the service stops. */
  readonly signal: AbortSignal;
};
