/** What a service owns before it is built: its Redis, its lease, and what has to be given back at its end. */
import type { Config } from "../config/schema.ts";
import { withDeadline } from "../shared/async/with_deadline.ts";
import { ConfigError, issueOf, type LeaseError } from "../shared/errors.ts";
import { type Message, message } from "../shared/messages/message.ts";
import { parseRedisUrl } from "../shared/redis_url.ts";
import type { Shard } from "../shared/shard.ts";
import type { StandbyStatus } from "../model/status.ts";
import { Instances } from "../store/redis/lease/instances.ts";
import type { Lease } from "../store/redis/lease/lease.ts";
import { openStore } from "../store/redis/redis_store.ts";
import type { Store } from "../store/store.ts";
import { createLease } from "./lease.ts";
import { ownChannel } from "./other_services.ts";
import { ownShard } from "./own_shard.ts";
import { createAdmitDial, createDialSlots } from "./shard_dials.ts";
import { ShardWatch } from "./shard_watch.ts";
import { type RedisChoice, selectRedis } from "./select_redis.ts";

/** What a service has open: its Redis, the lease, and what closes both. */
export type Resources = {
  /** This process among all that ever used this Redis. */
  readonly instance: string;
  /** Undefined: it has all of the work. */
  readonly shard: Shard | undefined;
  readonly redis: RedisChoice;
  readonly lease: Lease;
  readonly instances: Instances;
  /** Who has which shard; undefined: there are none. */
  readonly shardWatch: ShardWatch | undefined;
  /** What shards have to ask each other before they dial. */
  readonly admitDial: ((signal: AbortSignal) => Promise<void>) | undefined;
  readonly store: Store & AsyncDisposable;
  /** For what is read without any right to write. */
  readonly reader: Store;
  readonly stack: AsyncDisposableStack;
  /** Aborted when another okws has the lease. */
  readonly lost: AbortSignal;
  /** Has everything that happens from now on reported to the service. */
  readonly reportTo: (user: ResourceUser) => void;
};

/** What Redis and the lease report to the service. */
export type ResourceUser = {
  onLeaseHeld(): void;
  onLeaseLost(error: LeaseError): void;
  onRedisReady(affected: (key: string) => boolean): void;
  onRedisLost(affected: (key: string) => boolean): void;
  onRedisDoubted(reason: Message | undefined): void;
  /** Redis takes what is said of it while it stands by, or nothing at all, for this reason. */
  onAnnounced(refusal: Error | undefined): void;
  standby(): Omit<StandbyStatus, "instance" | "ageMs"> | undefined;
};

/** Settings of {@link openResources}. */
export type ResourcesOptions = {
  /** Gives up waiting for the lease of another. */
  readonly signal: AbortSignal | undefined;
  readonly takeover: boolean;
  /** Takes what is opened; the caller disposes of it, also where this rejects. */
  readonly stack: AsyncDisposableStack;
};

/** How long a Redis may take to let go of the lease. */
const RELEASE_MS = 1000;

/** Opens them; waits for the lease unless the service is to stand by. */
export async function openResources(
  { settings }: Config,
  { signal, takeover, stack }: ResourcesOptions,
): Promise<Resources> {
  const { KEY_PREFIX: keyPrefix, STANDBY } = settings;
  const isStandby = STANDBY !== "false";
  const shard = ownShard(settings);
  const redis = await selectRedis(settings.REDIS_URL, stack);
  if (isStandby && redis.embedded) {
    throw new ConfigError("Redis", [issueOf(message("standby.embedded"), "settings.STANDBY")]);
  }
  if (shard !== undefined && redis.embedded) {
    throw new ConfigError("Redis", [issueOf(message("shard.embedded"), "settings.SHARD")]);
  }
  const channel = ownChannel(keyPrefix);
  const instance = crypto.randomUUID().slice(0, 8);
  const lost = new AbortController();
  let user: ResourceUser | undefined;
  const lease = stack.use(createLease({
    ...{ settings, instance, shard, clustered: isCluster(redis.url), embedded: redis.embedded },
    ...{ isTakeover: takeover, isStandby },
    onHeld: () => user?.onLeaseHeld(),
    onLost(error) {
      lost.abort();
      user?.onLeaseLost(error);
    },
  }));
  const instances = stack.use(
    new Instances({
      ...{ keyPrefix, instance, shard, describe: () => user?.standby() },
      onAnnounced: (refusal) => user?.onAnnounced(refusal),
    }),
  );
  const dials = shard && createDialSlots(keyPrefix, instance);
  const giveUp = () => lease[Symbol.dispose]();
  signal?.addEventListener("abort", giveUp);
  const opening = openStore(redis.url, {
    persistent: true,
    ...(channel === undefined ? {} : { ownChannel: channel }),
    lease: {
      ...{ lease, keyPrefix, instance, shard },
      beside: [instances, ...dials === undefined ? [] : [dials]],
    },
    onReady: (affected) => user?.onRedisReady(affected),
    onLost: (affected) => user?.onRedisLost(affected),
    onDoubt: (reason) => user?.onRedisDoubted(reason),
  });
  const store = stack.use(
    await opening.finally(() => signal?.removeEventListener("abort", giveUp)),
  );
  if (lease.error !== undefined) throw lease.error;
  // Nothing has been done that would have to be undone.
  if (lease.isWaiting) signal?.throwIfAborted();
  // What its pages show is that of the one that writes.
  const reader = isStandby ? stack.use(await openStore(redis.url, { persistent: true })) : store;
  const shardWatch = shard && new ShardWatch({ store: reader, keyPrefix, shard, leaseMs: settings.LEASE_MS });
  const admitDial = shard && dials && createAdmitDial(dials, shard);
  return {
    ...{ instance, shard, shardWatch, admitDial, redis, lease, instances, store, reader, stack },
    lost: lost.signal,
    reportTo: (next) => {
      user = next;
    },
  };
}

function isCluster(url: string): boolean {
  const target = parseRedisUrl(url);
  return target.kind === "redis" && target.mode === "cluster";
}

/** Gives back the lease, then everything else. */
export async function giveBack({ lease, instances, stack }: Resources): Promise<void> {
  await withDeadline(instances.withdraw(), RELEASE_MS, () => {});
  await withDeadline(lease.release(), RELEASE_MS, () => {});
  await stack.disposeAsync();
}
