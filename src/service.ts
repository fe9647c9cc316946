/**
 * The composition root: builds the parts from a configuration, runs them, and stops them in order: commands first,
 * then the connections (whose last states still flow), then what waits for Redis, then the store, and health last.
 */
import { sleep } from "./async/sleep.ts";
import type { Config } from "./config/schema.ts";
import type { ReloadReport } from "./control/command.ts";
import { runControl, type Servers } from "./control/control.ts";
import { createRegister } from "./control/register.ts";
import { startEmbedded } from "./embedded/server.ts";
import { StoreError } from "./errors.ts";
import { createDashboard } from "./http/dashboard.ts";
import { serveHttp } from "./http/server.ts";
import type { View } from "./http/view.ts";
import { parseHttpAddress } from "./http_address.ts";
import { createLiveRows } from "./live_rows.ts";
import { roomLogger, sparseWarning } from "./log.ts";
import { Sessions } from "./session/sessions.ts";
import type { Timing } from "./session/timing.ts";
import { createStats } from "./stats.ts";
import { type Batcher, createBatcher } from "./store/batcher.ts";
import { createKeys } from "./store/keys.ts";
import { createProjector, type Projector, STATUS_TTL_MS } from "./store/project.ts";
import { DEFAULT_PLACE, parseRedisUrl } from "./redis_url.ts";
import { readLastSeen } from "./store/last_seen.ts";
import { openStore } from "./store/redis.ts";
import { refusalOf } from "./store/refusals.ts";
import type { Store } from "./store/store.ts";
import { createTap } from "./store/tap.ts";
import type { Write } from "./store/write.ts";
import { VERSION } from "./version.ts";
import { Wanted } from "./wanted.ts";

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
  /** What tests set. */
  readonly timing?: Timing;
};

/** Longest wait for what is still to be written at a stop. */
const DRAIN_MS = 3000;

/** How often what commands asked for is written again, in case somebody deleted it. */
const REMEMBER_MS = 60_000;

/** How often it is looked whether Redis was emptied under our hands. */
const NOTICE_MS = 3000;

/** How often a Redis that is away is asked for what commands asked for before the last stop. */
const RESTORE_MS = 500;

/** How long a start waits to know where series stood before. */
const LAST_SEEN_MS = 2000;

const log = roomLogger("service");
const warn = sparseWarning(log);
/** Refused paths are told one by one, unless all of a large file are. */
const warnOfPath = sparseWarning(log, { lines: 100 });

/** Starts a service; resolves when it hears commands and its configured servers are opened. */
export async function serve(config: Config, options: ServeOptions = {}): Promise<Service> {
  const { settings } = config;
  const stack = new AsyncDisposableStack();
  const stats = createStats(Date.now());
  const redis = await findRedis(settings.REDIS_URL, stack);
  let onLost = () => {};
  const store = stack.use(await openStore(redis.url, { persistent: true, onLost: () => onLost() }));
  const projectors = new Map<string, Projector>();
  const tap = createTap();
  let outage = "";
  let stopping: Promise<void> | undefined;

  const batcher: Batcher = createBatcher(store, {
    stats,
    maxBytes: settings.QUEUE_MB * 1024 * 1024,
    lastMinute: () => [...projectors.values()].flatMap((projector) => projector.flush()),
    state: {
      statuses: () => [...projectors.values()].flatMap((projector) => projector.restate()),
      rows: () => [
        ...[...projectors.values()].flatMap((projector) => projector.rewrite()),
        ...register.all(),
      ],
    },
    onDropped: (drops) => {
      const rows = drops.reduce((sum, drop) => sum + drop.rows, 0);
      warn("Redis did not keep up and rows were dropped, the oldest first", {
        paths: drops.length,
        rows,
        remedy: "see P/gaps for what is missing; QUEUE_MB is how much may wait",
      });
      const now = Date.now();
      return [...projectors.values()].flatMap((projector) => projector.dropped(drops, now));
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
  const restate = () => {
    for (const projector of projectors.values()) batcher.add(projector.restate());
  };
  onLost = () => batcher.restate();
  // A status is written again long before it ends: where one is missing, somebody has emptied Redis.
  const emptied = new Set<string>();
  const noticeEmptied = async () => {
    if (outage !== "") return;
    for (const name of projectors.keys()) {
      const { status } = createKeys(settings.KEY_PREFIX, name, store.clustered);
      const type = await store.type(status).catch(() => undefined);
      if (type !== "none" || !projectors.has(name)) {
        emptied.delete(name);
        continue;
      }
      // One that is still missing at the next look is one that cannot be written.
      if (emptied.has(name)) continue;
      emptied.add(name);
      warn("Redis has lost what was in it, writing all of it again", { server: name });
      batcher.restate();
    }
  };
  const sessions = new Sessions({
    stats,
    congested: () => batcher.congested(),
    onBroken: (error) => onBroken(error),
    ...(options.timing === undefined ? {} : { timing: options.timing }),
    sink: (name, event) => {
      let projector = projectors.get(name);
      if (projector === undefined) {
        projector = createProjector({
          keyPrefix: settings.KEY_PREFIX,
          server: name,
          maxRow: settings.MAX_ROW,
          clustered: store.clustered,
          books: { depth: settings.BOOK_DEPTH, intervalMs: settings.BOOK_INTERVAL_MS },
          onRefused: (path) => warn("A subscription brings more rows than are kept", { server: name, path }),
        });
        projectors.set(name, projector);
      }
      // Rows may be anything: those that trip a projector over cost themselves and nothing else.
      try {
        const writes = projector.project(event);
        batcher.add(writes, event.at);
        tap.offer(name, writes);
      } catch (error) {
        if (event.kind !== "rows" && event.kind !== "book") throw error;
        stats.unreadable += 1;
        const path = event.topics[0]?.path ?? "";
        warn("Rows that cannot be kept are left out", { server: name, path, reason: String(error) });
      }
      dashboard?.onEvent(name, event);
      if (event.kind === "closed") {
        batcher.add(projector.flush());
        projectors.delete(name);
      }
      if (event.kind === "subscription" && event.state === "refused") {
        warnOfPath("The exchange refused a subscription", {
          server: name,
          path: event.topic.path,
          ...event.refusal,
        });
      }
    },
  });
  const register = createRegister(store, settings.KEY_PREFIX);
  const wanted = new Wanted({
    config,
    load: options.load,
    sessions,
    register,
    write: (writes) => batcher.add(writes),
    lastSeen: (name, topics) =>
      withinDeadline(
        readLastSeen(store, createKeys(settings.KEY_PREFIX, name, store.clustered), topics),
        new Map(),
      ),
  });
  const view = (): View => ({
    version: VERSION,
    stopping: stopping !== undefined,
    outage,
    stats,
    servers: sessions.names().map((name) => sessions.view(name)),
  });
  const port: Servers = {
    open: (name, args) => wanted.open(name, args),
    close: (name) => wanted.close(name),
    names: () => sessions.names(),
    parse: (name, arg) => wanted.parse(name, arg),
    subscribe: (name, topics) => wanted.subscribe(name, topics),
    unsubscribe: (name, topics) => wanted.unsubscribe(name, topics),
    answers: async (name, paths, timeoutMs) => {
      const states = await sessions.answers(name, paths, timeoutMs);
      return states.map(({ path, state, error }) => ({ path, state, error }));
    },
    status: (name) => name === undefined ? view() : sessions.view(name),
    reload: () => wanted.reload(),
    quit: () => void stop(),
  };

  const dashboard = settings.HTTP.toLowerCase() === "off" ? undefined : createDashboard({
    view,
    stats,
    access: {
      hostname: parseHttpAddress(settings.HTTP).hostname,
      user: settings.HTTP_USER,
      password: settings.HTTP_PASSWORD,
    },
    rows: createLiveRows(store, tap, settings.KEY_PREFIX),
  });
  const http = dashboard === undefined ? undefined : serveHttp(settings.HTTP, dashboard.handle);
  const commands = new AbortController();
  const writing = new AbortController();
  const announce = (message: string): Write => ({ kind: "publish", channel: settings.OKWS_INFO, message });
  const ready = Promise.withResolvers<void>();
  await warnOfAnother(store, settings.LISTEN_CHANNEL);
  const begun = wanted.begin();
  const restored = begun.then(() => restoreWhenReached(wanted, commands.signal));
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
  );
  const batches = batcher.run(writing.signal, { drainMs: DRAIN_MS });
  const restating = repeat(restate, STATUS_TTL_MS / 3, commands.signal);
  const noticing = repeat(() => void noticeEmptied(), NOTICE_MS, commands.signal);
  const remembering = repeat(() => batcher.add(register.all()), REMEMBER_MS, commands.signal);
  const bookWrites = repeat(
    () => {
      const now = Date.now();
      for (const [name, projector] of projectors) {
        const writes = projector.due(now);
        batcher.add(writes);
        tap.offer(name, writes);
      }
    },
    Math.max(20, settings.BOOK_INTERVAL_MS),
    commands.signal,
  );

  // A part that breaks takes the service down in order, so that whoever watches the process starts it anew.
  const broken = Promise.withResolvers<void>();
  const onBroken = (error: unknown): void => {
    log.error("A part of okws broke, stopping", { reason: String(error) });
    ready.reject(error);
    broken.reject(error);
  };
  const watch = (part: Promise<void>) => part.catch(onBroken);
  const parts = [
    watch(control),
    watch(batches),
    watch(restating),
    watch(noticing),
    watch(remembering),
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

  await begun;
  batcher.add([announce("CONNECTED")]);
  await ready.promise;
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

type RedisChoice = { readonly url: string; readonly shown: string; readonly embedded: boolean };

/** A Redis that was named is used and nothing else; without one, whatever listens at the usual place, or our own. */
async function findRedis(url: string | undefined, stack: AsyncDisposableStack): Promise<RedisChoice> {
  const target = url === undefined ? undefined : parseRedisUrl(url);
  if (target?.kind === "fault") throw new StoreError(target.message);
  if (target?.kind === "redis") return { url: url as string, shown: target.shown, embedded: false };
  const place = target ?? DEFAULT_PLACE;
  const found = `redis://${place.hostname}:${place.port}`;
  if (target === undefined && await answers(place)) return { url: found, shown: found, embedded: false };
  const embedded = stack.use(startEmbedded({
    hostname: place.hostname,
    port: place.port,
    onRefused: (counts) => warn("The embedded store refuses or cuts off clients", counts),
  }));
  const why = target === undefined ? "No Redis was named and none is at hand: using" : "Using";
  log.warn(`${why} the embedded store, which forgets all when okws stops`, { redis: embedded.url });
  return { url: embedded.url, shown: embedded.url, embedded: true };
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

async function answers(place: { hostname: string; port: number }): Promise<boolean> {
  try {
    const connection = await Deno.connect(place);
    connection.close();
    return true;
  } catch {
    return false;
  }
}

/** What Redis answers, or `otherwise` where it is away: no exchange waits for that. */
async function withinDeadline<T>(answer: Promise<T>, otherwise: T): Promise<T> {
  const late = Promise.withResolvers<T>();
  const timer = setTimeout(() => late.resolve(otherwise), LAST_SEEN_MS);
  try {
    return await Promise.race([answer, late.promise]);
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
    return otherwise;
  } finally {
    clearTimeout(timer);
  }
}

/** Commands are only taken when it is known what earlier ones asked for; a Redis that is away is waited for. */
async function restoreWhenReached(wanted: Wanted, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    try {
      return await wanted.restore();
    } catch (error) {
      if (!(error instanceof StoreError)) throw error;
      const refusal = error.cause instanceof Error ? refusalOf(error.cause.message) : undefined;
      if (refusal?.all === false) {
        log.warn("What commands asked for before the last stop cannot be read", {
          reason: error.message,
          remedy: refusal.remedy,
        });
        return;
      }
      await sleep(RESTORE_MS, signal);
    }
  }
}

async function repeat(action: () => void, everyMs: number, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await sleep(everyMs, signal);
    if (!signal.aborted) action();
  }
}
