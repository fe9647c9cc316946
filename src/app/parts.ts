/** The parts of a service between the exchange and Redis, each with what it needs of the others. Nothing runs yet. */
import type { Config } from "../config/schema.ts";
import type { ReloadReport } from "../control/command.ts";
import { PersistedSubscriptions } from "../control/persisted_subscriptions.ts";
import type { EventSink } from "../model/events.ts";
import type { Stats } from "../model/stats.ts";
import type { Recorder } from "../recording/recorder.ts";
import { ServerRegistry } from "../session/server_registry.ts";
import { createOwns } from "../session/shard_placement.ts";
import type { Shard } from "../shared/shard.ts";
import type { Timing } from "../session/connection/timing.ts";
import { createRedisClock, type RedisClock } from "../store/redis/redis_clock.ts";
import type { Store } from "../store/store.ts";
import { RecentEntries } from "../store/write/recent_entries.ts";
import type { Write } from "../store/write/write.ts";
import { WriteQueues } from "../store/write/write_queues.ts";
import type { RowBroadcast } from "../store/write/row_broadcast.ts";
import { type Comparison, createComparison } from "./comparison.ts";
import { compareDesired } from "./desired_comparison.ts";
import { DesiredState } from "./desired_state.ts";
import { desiredTarget, pathsOfTarget } from "./desired_target.ts";
import { createEarlierProcess, type EarlierProcess } from "./earlier_process.ts";
import { createKnownEvents } from "./known_events.ts";
import { createFollowTarget } from "./follow_target.ts";
import { Projectors } from "./projectors.ts";
import { createFileReload } from "./reload_file.ts";
import { restoreDesired } from "./restore_desired.ts";
import { applyFile, compareShare, restoreShare, type ShardDesiredOptions } from "./shard_desired.ts";
import { writesDesired } from "./share.ts";
import { createRecovery } from "./recovery.ts";
import { readResumePoints } from "./resume_points.ts";
import { ResumeReader } from "./resume_reader.ts";
import { Upcalls, type UpcallsOptions } from "./upcalls.ts";
import { Leftovers } from "./leftovers.ts";
import { Upkeep } from "./upkeep.ts";
import { createWithdrawal } from "./withdrawal.ts";

/** What the parts need of their service. */
export type PartsOptions = {
  /** This process among all that ever used this Redis. */
  readonly instance: string;
  /** Undefined: it has all of the work. */
  readonly shard?: Shard | undefined;
  /** What has to be asked before the exchange is dialled. */
  readonly admitDial?: ((signal: AbortSignal) => Promise<void>) | undefined;
  /** The epoch of the lease; 0: there is none, or none yet. */
  readonly term: () => number;
  readonly store: Store;
  readonly stats: Stats;
  readonly rows: RowBroadcast;
  /** Reads the configuration again; rejects with ConfigError. Undefined: there is no file. */
  readonly load: (() => Promise<Config>) | undefined;
  readonly timing: Timing | undefined;
  /** Is shown every connection to the exchange; undefined: nothing is recorded. */
  readonly recorder: Recorder | undefined;
  /** Called with every event of every server once it is projected. */
  readonly events: EventSink<string>;
  /** Called when Redis takes no more writes, and without an error when it does again; `isNew`: it did, or did not, before. */
  readonly onOutage: UpcallsOptions["onOutage"];
  /** Called with a fault of our own. */
  readonly onBroken: (error: unknown) => void;
};

/** The parts by name. */
export type Parts = {
  readonly queues: WriteQueues;
  readonly clock: RedisClock;
  readonly projectors: Projectors;
  readonly servers: ServerRegistry;
  readonly persisted: PersistedSubscriptions;
  readonly desired: DesiredState;
  /** Reads the file again; rejects with CommandError. */
  readonly reload: () => Promise<ReloadReport>;
  readonly leftovers: Leftovers;
  readonly earlier: EarlierProcess;
  readonly comparison: Comparison;
  /** Undefined: this process has all of the work. */
  readonly sharing: ShardDesiredOptions | undefined;
};

/** How long a start waits to know where series stood before. */
const LAST_SEEN_MS = 5000;

/** Builds them, each from those before it; what the lower ones call in the upper ones is connected when all are there. */
export function createParts(config: Config, options: PartsOptions): Parts {
  const { settings } = config;
  const { instance, shard, term, store, stats, rows, load, timing, recorder, events, onOutage, onBroken } =
    options;
  const recent = new RecentEntries();
  const persisted = new PersistedSubscriptions(store, settings.KEY_PREFIX);
  const own = shard && { shard, owns: createOwns(shard) };
  const upcalls = new Upcalls({ store, recent, persisted, isFirst: writesDesired(own), onOutage });
  const queues = new WriteQueues(store, {
    ...{ stats, maxBytes: settings.QUEUE_MB * 1024 * 1024 },
    ...upcalls.ofQueues(),
  });
  const clock = createRedisClock(store, { onFirst: (offsetMs) => upcalls.shift(offsetMs) });
  const projectors = new Projectors({
    ...{ settings, store, instance, shard, term, stats, queues, broadcast: rows },
    toRedisTime: (at) => clock.at(at),
  });
  const recovery = createRecovery({ store, recent, layout: projectors });
  const servers = new ServerRegistry({
    ...{ stats, onBroken, maxRow: settings.MAX_ROW, history: settings.HISTORY, sinks: [projectors, events] },
    ...{ recorder, shards: shard?.count ?? 1, admitDial: options.admitDial },
    congested: (server) => queues.congested(projectors.keysOf(server).prefix),
    room: (server) => queues.room(projectors.keysOf(server).prefix),
    ...(timing === undefined ? {} : { timing }),
  });
  const resume = new ResumeReader({
    servers,
    readAll: (server, topics, { late }) =>
      readResumePoints({ settings, store, projectors, clock, recent }, { server, topics, late }),
    onLate(server, topics, seen) {
      const keys = projectors.keysOf(server);
      queues.leaveOut(keys.prefix, createKnownEvents(topics, seen, (path) => keys.path(path)));
    },
    patienceMs: LAST_SEEN_MS,
  });
  const withdrawStatuses = createWithdrawal(store, queues, projectors);
  upcalls.connect({ projectors, recovery, resume, withdrawStatuses });
  const desiring = {
    ...{ registry: servers, persisted, resume },
    write: (writes: Write[]) => queues.add(writes),
  };
  const desired = new DesiredState({ config, share: own, ...desiring });
  const share = own && {
    ...own,
    all: () => pathsOfTarget(desiredTarget(desired.config, persisted.current())),
  };
  const desires = { store, keyPrefix: settings.KEY_PREFIX, persisted, desired, registry: servers, queues };
  const follow = createFollowTarget({ desired, registry: servers, resume });
  const sharing = share && { ...desires, share, follow };
  const kept = {
    ...{ store, keyPrefix: settings.KEY_PREFIX, layout: projectors, share },
    redisNow: () => clock.at(Date.now()),
  };
  const leftovers = new Leftovers(kept);
  const upkeep = new Upkeep({
    ...{ ...kept, leftovers, queues, recovery },
    compareDesired: () => sharing === undefined ? compareDesired(desires) : compareShare(sharing),
    named: {
      rows: (server, path) => servers.named(server, path),
      onGone: (server, path, names, from) => servers.onGone(server, path, names, from),
    },
  });
  const earlier = createEarlierProcess({
    restore: () => sharing === undefined ? restoreDesired({ desired, ...desiring }) : restoreShare(sharing),
    ...{ resume, leftovers },
  });
  const comparison = createComparison({
    look: async (signal) => {
      await earlier.again(signal);
      return await upkeep.look(signal);
    },
  });
  const applyPart = sharing && ((next: Config) => applyFile(next, sharing));
  const reload = createFileReload({ desired, load, applyPart, ...desiring });
  return {
    ...{ queues, clock, projectors, servers, persisted, desired, reload, leftovers, earlier, comparison },
    sharing,
  };
}
