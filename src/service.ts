/**
 * The composition root: builds the parts from a configuration, runs them, and stops them in order: commands first,
 * then the connections (whose last states still flow), then what waits for Redis, then the store, and health last.
 */
import { sleep } from "./async/sleep.ts";
import type { Config, ServerConfig } from "./config/schema.ts";
import { parseServer, topicFault } from "./config/schema.ts";
import { runControl, type Servers } from "./control/control.ts";
import { startEmbedded } from "./embedded/server.ts";
import { CODES, CommandError, StoreError } from "./errors.ts";
import { createHandler } from "./http/handler.ts";
import { serveHttp } from "./http/server.ts";
import type { View } from "./http/view.ts";
import { roomLogger } from "./log.ts";
import type { Topic } from "./okx/topic.ts";
import { parseTopicOf } from "./okx/topic_v3.ts";
import { type ServerSpec, Sessions } from "./session/sessions.ts";
import type { Timing } from "./session/timing.ts";
import { createStats } from "./stats.ts";
import { createBatcher } from "./store/batcher.ts";
import { createProjector, type Projector, STATUS_TTL_MS } from "./store/project.ts";
import { DEFAULT_PLACE, parseRedisUrl } from "./redis_url.ts";
import { openStore } from "./store/redis.ts";
import type { Store } from "./store/store.ts";
import type { Write } from "./store/write.ts";
import { VERSION } from "./version.ts";

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
  view(): View;
};

/** Settings of {@link serve}. */
export type ServeOptions = {
  /** Stops the service, even one that still waits for its Redis. */
  readonly signal?: AbortSignal;
  /** What tests set. */
  readonly timing?: Timing;
};

/** Longest wait for what is still to be written at a stop. */
const DRAIN_MS = 3000;

const log = roomLogger("service");

/** Starts a service; resolves when it hears commands and its configured servers are opened. */
export async function serve(config: Config, options: ServeOptions = {}): Promise<Service> {
  const { settings } = config;
  const stack = new AsyncDisposableStack();
  const stats = createStats(Date.now());
  const redis = await findRedis(settings.REDIS_URL, stack);
  const store = stack.use(await openStore(redis.url, { persistent: true }));
  const projectors = new Map<string, Projector>();
  let outage = "";
  let stopping: Promise<void> | undefined;

  const batcher = createBatcher(store, {
    stats,
    maxBytes: settings.QUEUE_MB * 1024 * 1024,
    lastMinute: () => [...projectors.values()].flatMap((projector) => projector.flush()),
    onOutage: (error) => {
      outage = error?.message ?? "";
      if (error !== undefined) {
        log.error("Redis takes no writes, keeping the newest", { reason: error.message });
      } else {
        log.info("Redis takes writes again");
        restate();
      }
    },
  });
  const restate = () => {
    for (const projector of projectors.values()) batcher.add(projector.restate());
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
          books: { depth: settings.BOOK_DEPTH, intervalMs: settings.BOOK_INTERVAL_MS },
        });
        projectors.set(name, projector);
      }
      batcher.add(projector.project(event));
      if (event.kind === "closed") {
        batcher.add(projector.flush());
        projectors.delete(name);
      }
      if (event.kind === "subscription" && event.state === "refused") {
        log.warn("The exchange refused a subscription", {
          server: name,
          path: event.topic.path,
          ...event.refusal,
        });
      }
    },
  });
  const servers = new Map<string, ServerConfig>();
  const open = (server: ServerConfig) => {
    sessions.open(specOf(server));
    servers.set(server.name, server);
  };
  const view = (): View => ({
    version: VERSION,
    stopping: stopping !== undefined,
    outage,
    stats,
    servers: sessions.names().map((name) => sessions.view(name)),
  });
  const port: Servers = {
    open: (name, args) => open(parseServer(name, args, settings.ENDPOINT, settings.PROTOCOL)),
    close: async (name) => {
      await sessions.close(name);
      servers.delete(name);
    },
    names: () => sessions.names(),
    parse: (name, arg) => parseTopicOf(servers.get(name)?.protocol ?? settings.PROTOCOL, arg),
    subscribe: (name, topics) => {
      checkTopics(topics, servers.get(name));
      sessions.subscribe(name, topics);
    },
    unsubscribe: (name, topics) => sessions.unsubscribe(name, topics),
    answers: (name, paths, timeoutMs) => sessions.answers(name, paths, timeoutMs),
    status: (name) => name === undefined ? view() : sessions.view(name),
    quit: () => void stop(),
  };

  const http = settings.HTTP.toLowerCase() === "off"
    ? undefined
    : serveHttp(settings.HTTP, createHandler(view));
  const commands = new AbortController();
  const writing = new AbortController();
  const announce = (message: string): Write => ({ kind: "publish", channel: settings.OKWS_INFO, message });
  const ready = Promise.withResolvers<void>();
  await warnOfAnother(store, settings.LISTEN_CHANNEL);
  const control = runControl({
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
  }, commands.signal);
  const batches = batcher.run(writing.signal, { drainMs: DRAIN_MS });
  const restating = repeat(restate, STATUS_TTL_MS / 3, commands.signal);
  const bookWrites = repeat(
    () => {
      const now = Date.now();
      for (const projector of projectors.values()) batcher.add(projector.due(now));
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
  const parts = [watch(control), watch(batches), watch(restating), watch(bookWrites)];

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
      await http?.[Symbol.asyncDispose]();
      log.info("Stopped", { rows: stats.rows, dropped: stats.dropped });
      broken.resolve();
    })();
  broken.promise.catch(stop);
  const onAbort = () => void stop();
  options.signal?.addEventListener("abort", onAbort);
  broken.promise.finally(() => options.signal?.removeEventListener("abort", onAbort)).catch(() => {});
  if (options.signal?.aborted) onAbort();

  for (const server of config.servers) open(server);
  for (const { server, topics } of config.subscribes) port.subscribe(server, topics);
  batcher.add([announce("CONNECTED")]);
  await ready.promise;
  if (stopping === undefined) {
    log.info("Listening for commands", { redis: redis.shown, channel: settings.LISTEN_CHANNEL });
  }
  if (http !== undefined && stopping === undefined) log.info("Serving health and metrics", { url: http.url });
  const done = broken.promise.finally(() => stopping);
  done.catch(() => {});
  return {
    redisUrl: redis.url,
    embedded: redis.embedded,
    httpUrl: http?.url,
    done,
    stop,
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
  const embedded = stack.use(startEmbedded({ hostname: place.hostname, port: place.port }));
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

function checkTopics(topics: readonly Topic[], server: ServerConfig | undefined): void {
  for (const topic of topics) {
    const fault = topicFault(topic, server);
    if (fault !== undefined) {
      throw new CommandError(topic.login ? CODES.notAllowed : CODES.unknownPath, fault);
    }
  }
}

function specOf({ name, exchange, protocol, credentials }: ServerConfig): ServerSpec {
  return { name, exchange, protocol, credentials };
}

async function repeat(action: () => void, everyMs: number, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await sleep(everyMs, signal);
    if (!signal.aborted) action();
  }
}
