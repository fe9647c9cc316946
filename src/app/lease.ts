/** The lease of a service, and what is said of it in the log: who waits, who writes, who has written for the last time. */
import type { Settings } from "../config/shapes.ts";
import { roomLogger } from "../logging/log.ts";
import { ConfigError, LeaseError, WrittenMeanwhileError } from "../shared/errors.ts";
import { hostname } from "../shared/hostname.ts";
import type { Contender } from "../store/redis/lease/holder.ts";
import { formatShard, type Shard } from "../shared/shard.ts";
import { Lease } from "../store/redis/lease/lease.ts";

/** Settings of {@link createLease}. */
export type ServiceLeaseOptions = {
  readonly settings: Settings;
  readonly instance: string;
  /** Undefined: it is the lease of all that is under KEY_PREFIX. */
  readonly shard: Shard | undefined;
  readonly clustered: boolean;
  /** Redis is the embedded store of this process. */
  readonly embedded: boolean;
  /** A holder that goes on is asked to hand over, and replaced where it does not. */
  readonly isTakeover: boolean;
  /** A holder that goes on is waited for as long as it does. */
  readonly isStandby: boolean;
  readonly onHeld: () => void;
  readonly onLost: (error: LeaseError) => void;
};

const log = roomLogger("service");

/** Returns the lease of a KEY_PREFIX, which is not taken yet; logs what becomes of it. */
export function createLease(
  { settings, instance, shard, clustered, embedded, isTakeover, isStandby, onHeld, onLost }:
    ServiceLeaseOptions,
): Lease {
  const { KEY_PREFIX, LEASE_MS } = settings;
  return new Lease({
    ...{ keyPrefix: KEY_PREFIX, shard, clustered, leaseMs: LEASE_MS, isStandby, onLost },
    // Another one that was faster has taken this store for a Redis.
    isTakeover: isTakeover || embedded,
    contender: { ...contender(instance, settings), ...(embedded ? { embedded } : {}) },
    onWaiting(holder, ms, rival) {
      const who = {
        ...(holder === undefined ? {} : { host: holder.host, pid: holder.pid, epoch: holder.epoch }),
        ...(rival?.shard === undefined ? {} : { shard: formatShard(rival.shard) }),
      };
      if ((isTakeover || embedded) && holder !== undefined) {
        log.info("Asking the okws that writes now to hand over", who);
      } else if (isStandby && holder !== undefined) log.info("Standing by for the okws that writes now", who);
      else {
        const isHeld = holder !== undefined;
        log.info(
          isHeld
            ? "Another okws holds the lease, waiting to see whether it goes on"
            : "Another okws has written here and may be gone, waiting",
          { ...who, ms: Math.max(0, ms) },
        );
      }
    },
    onRefused: (reason) =>
      log.warn("Redis does not let okws hold a lease, nothing keeps a second okws from writing here too", {
        ...{ reason, prefix: KEY_PREFIX },
        remedy: "okws redis-acl prints the rights that a service needs",
      }),
    onHeld({ epoch }) {
      const of = shard === undefined ? {} : { shard: formatShard(shard) };
      log.info("Holding the lease", { prefix: KEY_PREFIX, epoch, ...of });
      onHeld();
    },
  });
}

/** Logs why a service stops that was not asked to; `lease` is its own. */
export function reportBroken(error: unknown, lease: Lease): void {
  if (error instanceof LeaseError) {
    const hasWritten = lease.epoch > 0;
    const what = hasWritten ? "This okws writes no more, stopping" : "This okws cannot stand by, stopping";
    log.error(what, { reason: error.message });
  } else if (error instanceof WrittenMeanwhileError) {
    log.warn("What was received without the lease is not written, starting again", { reason: error.message });
    // What is wrong with the configuration is said by the caller that started the service; what else ends with the lease is no fault
    // of its own.
  } else if (!(error instanceof ConfigError) && lease.error === undefined) {
    log.error("A part of okws broke, stopping", { reason: String(error) });
  }
}

/** Returns this process as the lease names it, so that people find it: host, pid and the address of its pages. */
export function contender(instance: string, { HTTP }: Settings): Contender {
  const url = HTTP.toLowerCase() === "off" ? "" : `http://${HTTP}`;
  return { instance, host: hostname(), pid: Deno.pid, url };
}
