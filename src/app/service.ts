/**
 * The composition root: builds the parts from a configuration, runs them, and stops them in order: commands first,
 * then the connections (whose last states still flow), then what waits for Redis, then the store, and health last.
 */
import { sleep } from "../shared/async/sleep.ts";
import { createComparison } from "./comparison.ts";
import type { Config, Settings } from "../config/schema.ts";
import type { ReloadReport } from "../control/command.ts";
import { runControl, type Servers } from "../control/control.ts";
import { createPersistedSubscriptions } from "../control/persisted_subscriptions.ts";
import { ConfigError, StoreError } from "../shared/errors.ts";
import { selectRedis } from "./select_redis.ts";
import { createDashboard } from "../http/dashboard.ts";
import { serveHttp } from "../http/server.ts";
import type { View } from "../http/view.ts";
import { parseHttpAddress } from "../shared/http_address.ts";
import { serviceId } from "../shared/identity.ts";
import { createEarlierProcess } from "./earlier_process.ts";
import { Projectors } from "./projectors.ts";
import { createDashboardRows } from "./dashboard_rows.ts";
import { roomLogger, sparseWarning } from "../logging/log.ts";
import type { PathState } from "../session/server.ts";
import { ServerRegistry } from "../session/server_registry.ts";
import type { Timing } from "../session/timing.ts";
import { createStats } from "../model/stats.ts";
import { type Batcher, createBatcher } from "../store/write/batcher.ts";
import { createKeys } from "../store/layout/keys.ts";
import { STATUS_TTL_MS } from "../store/layout/projector.ts";
import { readEarlier } from "../store/read/resume_points.ts";
import { shiftedGap } from "../store/layout/open_gaps.ts";
import { openStore } from "../store/redis/redis_store.ts";
import { createRedisClock } from "../store/redis/redis_clock.ts";
import { isNotPermitted } from "../store/redis/redis_errors.ts";
import type { Store } from "../store/store.ts";
import { createRowBroadcast } from "../store/write/row_broadcast.ts";
import type { Write } from "../store/write/write.ts";
import { createUpkeep } from "./upkeep.ts";
import { VERSION } from "../shared/version.ts";
import { DesiredState } from "./desired_state.ts";

/** A running service. */
export type Service = AsyncDisposable & {
  /** Where its Redis is: the configured one, or the embedded store's own address. */
  readonly redisUrl: string;
  /** Whether the store runs inside this process. */
  readonly embedded: boolean;
  /** Health and metrics; undefined when they are off. */
  readonly httpUrl: string | undefined;
  /** Resolves when the service has stopped, by {@link Service.stop} or by command; rejects when it broke. */
  readonly done: Promise<void>;
  /** Stops in order and resolves when everything is written and closed; may be called twice. */
  stop(): Promise<void>;
  /** Reads the configuration again and applies what differs; rejects with CommandError and changes nothing where it has faults. */
  reload(): Promise<ReloadReport>;
  view(): View;
};

/** Settings of {@link serve}. */
export type ServeOptions = {
  /** Stops the service, even one that still waits for its Redis. */
  readonly signal?: AbortSignal;
  /** Reads the configuration again, for a reload; rejects with ConfigError. */
  readonly load?: () => Promise<Config>;
  /** The settings without those of the command line: by them the service is known to a health check. */
  readonly described?: Settings;
  /** What tests set. */
  readonly timing?: Timing;
  /** Milliseconds between two looks at what Redis holds. */
  readonly lookMs?: number;
};

/** Longest wait for what is still to be written at a stop. */
const DRAIN_MS = 3000;

/** How often it is looked whether what was written is still there. */
const LOOK_MS = 3000;

/** How often Redis is asked for its time, which also shows that it answers. */
const ASK_MS = 1000;

/** How long a start waits for what an earlier process left. */
const TAKE_OVER_MS = 5000;

/** How long a start waits to know where series stood before. */
const LAST_SEEN_MS = 2000;

const log = roomLogger("service");
const warn = sparseWarning(log);

/** Starts a service; resolves when it hears commands and its configured servers are opened. */
export async function serve(config: Config, options: ServeOptions = {}): Promise<Service> {
  const { settings } = config;
  const stack = new AsyncDisposableStack();
  const stats = createStats(Date.now());
  const redis = await selectRedis(settings.REDIS_URL, stack);
  let onLost = () => {};
  const store = stack.use(await openStore(redis.url, { persistent: true, onLost: () => onLost() }));
  const tap = createRowBroadcast();
  let outage = "";
  let starting = true;
  let stopping: Promise<void> | undefined;

  const batcher: Batcher = createBatcher(store, {
    stats,
    maxBytes: settings.QUEUE_MB * 1024 * 1024,
    lastMinute: (whole) => layout.flush(whole),
    onWritten: () => layout.acknowledge(),
    onUnkept: ({ of = "" }) => layout.noteUnkept(of),
    state: {
      statuses: () => layout.statuses(),
      rows: () => [...layout.rows(), ...register.all()],
    },
    onRefused: (refused) => layout.setRefused(refused),
    onReplaced: (keys) => layout.setReplaced(keys),
    isWanted: (write) => layout.isWanted(write),
    onDropped: (drops) => {
      const rows = drops.reduce((sum, drop) => sum + drop.rows, 0);
      warn("Redis did not keep up and rows were dropped, the oldest first", {
        paths: drops.length,
        rows,
        remedy: "see P/gaps for what is missing; QUEUE_MB is how much may wait",
      });
      return layout.dropped(drops);
    },
    onOutage: (error, isNew) => {
      outage = error?.message ?? "";
      if (!isNew) return;
      dashboard?.onOutage(error?.message);
      if (error !== undefined) {
        log.error("Redis takes no writes, keeping the newest", { reason: error.message });
      } else {
        log.info("Redis takes writes again");
      }
    },
  });
  const instance = crypto.randomUUID().slice(0, 8);
  const clock = createRedisClock(store, { onFirst: (offsetMs) => layout.shift(offsetMs) });
  const layout = new Projectors({
    settings,
    store,
    instance,
    toRedisTime: (at) => clock.at(at),
    stats,
    tap,
    batcher,
  });
  onLost = () => batcher.restate();
  const sessions = new ServerRegistry({
    stats,
    congested: () => batcher.congested(),
    maxRow: settings.MAX_ROW,
    onBroken: (error) => onBroken(error),
    ...(options.timing === undefined ? {} : { timing: options.timing }),
    // The pages show what happened; the rows are written, and shown from there.
    sinks: [layout, { onEvent: (name, event) => dashboard?.onEvent(name, event) }],
  });
  const register = createPersistedSubscriptions(store, settings.KEY_PREFIX);
  const wanted = new DesiredState({
    config,
    load: options.load,
    sessions,
    register,
    write: (writes) => batcher.add(writes),
    lastSeen: async (name, topics, { late }) => {
      const keys = createKeys(settings.KEY_PREFIX, name, store.clustered);
      const earlier = await readEarlier(store, keys, topics, { most: settings.MAX_ROW, late });
      const { seen, refused, reason } = earlier;
      layout.recall(name, earlier.members);
      layout.recallBackfilled(name, earlier.backfilled);
      for (const topic of topics) {
        layout.recallRows(name, { topic, rows: seen.get(topic.upstream)?.ended ?? [] });
      }
      // Records are of Redis' clock, and what is fetched is asked for by ours.
      const aheadMs = Math.round(clock.offsetMs() ?? 0);
      const ours = new Map([...seen].map(([upstream, each]) => [upstream, {
        ...each,
        at: each.at === undefined ? undefined : each.at - aheadMs,
        gaps: each.gaps.map((gap) => shiftedGap(gap, (at) => at - aheadMs)),
      }]));
      return { seen: ours, refused, reason };
    },
    lastSeenMs: LAST_SEEN_MS,
  });
  const upkeep = createUpkeep({
    store,
    keyPrefix: settings.KEY_PREFIX,
    layout,
    batcher,
    register: () => register.all(),
    redisNow: () => clock.at(Date.now()),
    named: {
      names: (server, path) => sessions.named(server, path),
      onGone: (server, path, names, from) => sessions.onGone(server, path, names, from),
    },
    aliveChannel: (of) => aliveChannel(settings.KEY_PREFIX, of),
  });
  const inheritance = createEarlierProcess({ wanted, upkeep });
  const comparison = createComparison({
    look: async (signal) => {
      await inheritance.again(signal);
      return await upkeep.look(signal);
    },
  });
  const view = (): View => ({
    version: VERSION,
    starting,
    stopping: stopping !== undefined,
    outage,
    stats,
    faults: [...layout.faults(), ...comparison.faults()],
    servers: sessions.names().map((name) => {
      const server = sessions.view(name);
      return { ...server, subscriptions: server.subscriptions.map((path) => asKept(name, path)) };
    }),
  });
  /** Rows that are left out make no path any younger; one whose rows Redis does not keep is as good as one that brings none. */
  const asKept = (server: string, said: PathState): PathState => {
    const receivedAt = layout.receivedAt(server, said.path) ?? said.receivedAt;
    const path = receivedAt < said.receivedAt ? { ...said, receivedAt } : said;
    const fault = layout.faultOf(server, path.path);
    if (fault === undefined || path.state !== "live") return path;
    return { ...path, state: "stale", error: fault };
  };
  const port: Servers = {
    open: (name, args) => wanted.open(name, args),
    close: (name) => wanted.close(name),
    names: () => sessions.names(),
    parse: (name, arg) => wanted.parse(name, arg),
    subscribe: (name, topics) => wanted.request(name, topics),
    unsubscribe: (name, topics) => wanted.unsubscribe(name, topics),
    answers: async (name, paths, timeoutMs) => {
      const states = await sessions.answers(name, paths, timeoutMs);
      return states.map(({ path, state, error }) => ({ path, state, error }));
    },
    status: (name) => {
      if (name === undefined) return view();
      sessions.view(name);
      return view().servers.find((server) => server.name === name);
    },
    reload: () => wanted.reload(),
    quit: () => void stop(),
  };

  const dashboard = settings.HTTP.toLowerCase() === "off" ? undefined : createDashboard({
    view,
    stats,
    identity: { instance: crypto.randomUUID(), service: serviceId(options.described ?? settings) },
    access: {
      hostname: parseHttpAddress(settings.HTTP).hostname,
      user: settings.HTTP_USER,
      password: settings.HTTP_PASSWORD,
    },
    rows: createDashboardRows(store, tap, settings.KEY_PREFIX),
  });
  const http = dashboard === undefined ? undefined : serveHttp(settings.HTTP, dashboard.handle);
  const commands = new AbortController();
  const writing = new AbortController();
  const announce = (message: string): Write => ({ kind: "publish", channel: settings.OKWS_INFO, message });
  const ready = Promise.withResolvers<void>();
  await warnOfAnother(store, settings.LISTEN_CHANNEL);
  await untilDeadline(TAKE_OVER_MS, async (signal) => {
    await clock.measure();
    await upkeep.takeOver(await wanted.desired(), signal);
  });
  void sayAlive(store, aliveChannel(settings.KEY_PREFIX, instance), commands.signal);
  const begun = wanted.begin();
  const restored = begun.then(() => inheritance.restore(commands.signal)).then(() => {
    starting = false;
  });
  const control = restored.then(() =>
    runControl({
      // Replies go the way of everything else, so that none is read before the states that it speaks of.
      store: {
        listen: (what, signal) => store.listen(what, signal),
        apply: (writes) => {
          batcher.add(writes);
          return Promise.resolve({ commands: writes.length, rejected: 0 });
        },
      },
      servers: port,
      listenChannel: settings.LISTEN_CHANNEL,
      infoKey: settings.REDIS_INFO_KEY,
      replyTtlMs: settings.REPLY_SECONDS * 1000,
      allowed: settings.COMMANDS,
      onCommand: () => stats.commands += 1,
      onReady: ready.resolve,
    }, commands.signal)
  ).catch((error) => {
    if (!isNotPermitted(error)) throw error;
    throw notHeard(settings.LISTEN_CHANNEL);
  });
  // What is written would hide where series stood before.
  const batches = begun.then(() =>
    inheritance.recall(AbortSignal.any([commands.signal, writing.signal]), (error) => {
      outage = error?.message ?? "";
    })
  ).then(() => batcher.run(writing.signal, { drainMs: DRAIN_MS }));
  const restating = repeat(() => batcher.add(layout.statuses()), STATUS_TTL_MS / 3, commands.signal);
  // Not waited for: at a stop Redis may be away, and then it answers nobody.
  const looking = repeat(
    oneAtATime(async () => {
      if (outage === "" && !starting) await comparison.look(commands.signal);
    }, (error) => onBroken(error)),
    options.lookMs ?? LOOK_MS,
    commands.signal,
  );
  const asking = repeat(
    oneAtATime(async () => {
      await clock.measure();
      stats.answeredAt = Date.now();
    }, (error) => onBroken(error)),
    ASK_MS,
    commands.signal,
  );
  const bookMs = Math.max(20, settings.BOOK_INTERVAL_MS);
  const bookWrites = repeat(() => layout.writeDueBooks(), bookMs, commands.signal);

  // A part that breaks takes the service down in order, so that whoever watches the process starts it anew.
  const broken = Promise.withResolvers<void>();
  const onBroken = (error: unknown): void => {
    // What is wrong with the configuration is said by whoever started the service.
    if (!(error instanceof ConfigError)) {
      log.error("A part of okws broke, stopping", { reason: String(error) });
    }
    ready.reject(error);
    broken.reject(error);
  };
  const watch = (part: Promise<void>) => part.catch(onBroken);
  const parts = [
    watch(control),
    watch(batches),
    watch(restating),
    watch(looking),
    watch(asking),
    watch(bookWrites),
  ];

  const stop = (): Promise<void> =>
    stopping ??= (async () => {
      log.info("Stopping");
      commands.abort();
      // Commands under way may wait for answers that only the end of their server settles, or have opened another.
      await sessions.closeAll();
      await parts[0];
      await sessions.closeAll();
      batcher.add([announce("EXIT")]);
      writing.abort();
      await Promise.all(parts);
      await stack.disposeAsync();
      dashboard?.[Symbol.dispose]();
      await http?.[Symbol.asyncDispose]();
      log.info("Stopped", { rows: stats.rows, dropped: stats.dropped });
      broken.resolve();
    })();
  broken.promise.catch(stop);
  const onAbort = () => void stop();
  options.signal?.addEventListener("abort", onAbort);
  broken.promise.finally(() => options.signal?.removeEventListener("abort", onAbort)).catch(() => {});
  if (options.signal?.aborted) onAbort();

  try {
    await begun;
    batcher.add([announce("CONNECTED")]);
    await ready.promise;
  } catch (error) {
    // Nobody can stop what was never handed out.
    await stop();
    throw error;
  }
  if (stopping === undefined) {
    log.info("Listening for commands", { redis: redis.shown, channel: settings.LISTEN_CHANNEL });
  }
  if (http !== undefined && stopping === undefined) {
    log.info("Serving the dashboard, health and metrics", { url: http.url });
  }
  const done = broken.promise.finally(() => stopping);
  done.catch(() => {});
  return {
    redisUrl: redis.url,
    embedded: redis.embedded,
    httpUrl: http?.url,
    done,
    stop,
    reload: () => wanted.reload(),
    view,
    [Symbol.asyncDispose]: stop,
  };
}

/** Two services on one channel would both carry out every command. A Redis that is away is no reason to wait here. */
async function warnOfAnother(store: Pick<Store, "listeners">, channel: string): Promise<void> {
  const listeners = await store.listeners(channel).catch(() => 0);
  if (listeners === 0) return;
  log.warn("Something else takes commands here already; two services would both carry out each one", {
    channel,
    remedy: "stop it with: okws client quit, or give this one another LISTEN_CHANNEL and KEY_PREFIX",
  });
}

/** A service that no command would ever reach is not begun: its account, or its channel, is not the right one. */
function notHeard(channel: string): ConfigError {
  return new ConfigError("Redis", [{
    path: "settings.LISTEN_CHANNEL",
    message: `this user may not listen to ${channel}: okws redis-acl prints the rights that a service needs`,
  }]);
}

/** Where a process of this name can be heard, as long as it runs. */
function aliveChannel(keyPrefix: string, instance: string): string {
  return `${keyPrefix}/alive/${instance}`;
}

/** That this process runs is said by a channel that it listens to. An account that may not do that does without. */
async function sayAlive(store: Pick<Store, "listen">, channel: string, signal: AbortSignal): Promise<void> {
  // What holds a star would be listened to as a pattern.
  if (channel.includes("*")) return;
  try {
    await store.listen([channel], signal);
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
    log.debug("Other processes cannot see that this one runs", { channel, reason: error.message });
  }
}

/** Work that is begun anew only when it is done; a Redis that is away ends it without a word. */
function oneAtATime(work: () => Promise<void>, onBroken: (error: unknown) => void): () => void {
  let isUnderWay = false;
  return () => {
    if (isUnderWay) return;
    isUnderWay = true;
    work().catch((error) => {
      if (!(error instanceof StoreError)) onBroken(error);
    }).finally(() => isUnderWay = false);
  };
}

/** Work that a start waits for, but no longer than so; its signal says that nobody waits any more. */
async function untilDeadline(ms: number, work: (signal: AbortSignal) => Promise<void>): Promise<void> {
  const late = new AbortController();
  const over = Promise.withResolvers<void>();
  const timer = setTimeout(() => {
    late.abort();
    over.resolve();
  }, ms);
  try {
    await Promise.race([
      work(late.signal).catch((error) => {
        if (!(error instanceof StoreError)) throw error;
      }),
      over.promise,
    ]);
  } finally {
    clearTimeout(timer);
  }
}

async function repeat(
  action: () => void | Promise<void>,
  everyMs: number,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    await sleep(everyMs, signal);
    if (!signal.aborted) action();
  }
}
