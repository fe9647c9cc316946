/**
 * The service: builds the parts from a configuration, runs them, and stops them in order: commands first, then the
 * connections (whose last states still flow), then what waits for Redis, then the store, and health last. The file is long
 * because a start, a stop and the jobs between them are of one lifetime, and end what the others have begun.
 */
import type { Config } from "../config/schema.ts";
import type { Settings } from "../config/shapes.ts";
import type { ReloadReport } from "../control/command.ts";
import { runControl } from "../control/control.ts";
import type { ServiceStatus, StandbyStatus } from "../model/status.ts";
import { roomLogger } from "../logging/log.ts";
import { createStats } from "../model/stats.ts";
import type { Recorder } from "../recording/recorder.ts";
import { HeldEvents } from "../session/standby/held_events.ts";
import type { Timing } from "../session/timing.ts";
import { oneAtATime, repeat } from "../shared/async/repeat.ts";
import { within } from "../shared/async/within.ts";
import { withDeadline } from "../shared/async/with_deadline.ts";
import { CODES, CommandError, ConfigError, issueOf, LeaseError, StoreError } from "../shared/errors.ts";
import { type Message, message } from "../shared/messages/message.ts";
import { VERSION } from "../shared/version.ts";
import { RECORD_MS } from "../store/layout/subscription_records.ts";
import { STATUS_TTL_MS } from "../store/layout/server_status.ts";
import { openStore } from "../store/redis/redis_store.ts";
import type { Store } from "../store/store.ts";
import { createRowBroadcast } from "../store/write/row_broadcast.ts";
import type { Write } from "../store/write/write.ts";
import { Instances } from "../store/redis/lease/instances.ts";
import type { Lease } from "../store/redis/lease/lease.ts";
import { createCommandTarget } from "./command_target.ts";
import { createLease } from "./lease.ts";
import { explainListening, ownChannel, warnOfAnother } from "./other_services.ts";
import { createParts, type Parts } from "./parts.ts";
import { openPages, type Pages } from "./pages.ts";
import { createRecorder } from "./recorder.ts";
import { createReplyWriter } from "./replies.ts";
import { type RedisChoice, selectRedis } from "./select_redis.ts";
import { awaitTerm, describeStandby, heldOptions, untilWarm } from "./standby.ts";
import { listenForTakeover } from "./takeover.ts";
import { viewServers } from "./server_views.ts";

/** A running service. */
export type Service = AsyncDisposable & {
  /** Where its Redis is: the configured one, or the embedded store's own address. */
  readonly redisUrl: string;
  /** Whether the store runs inside this process. */
  readonly embedded: boolean;
  /** Health and metrics; undefined when they are off, and while their address cannot be had. */
  readonly httpUrl: string | undefined;
  /** Resolves when the service has stopped, by {@link Service.stop} or by command; rejects when it broke. */
  readonly done: Promise<void>;
  /** Whether another okws has asked for its place, so that it stops. */
  readonly isHandingOver: boolean;
  /** Stops in order and resolves when everything is written and closed; may be called twice. */
  stop(): Promise<void>;
  /** Reads the configuration again and applies what differs; rejects with CommandError and changes nothing where it has faults. */
  reload(): Promise<ReloadReport>;
  view(): ServiceStatus;
};

/** Settings of {@link serve}. */
export type ServeOptions = {
  /** Stops the service, even one that still waits for its Redis; where it waits for the lease of another, `serve` rejects with the reason. */
  readonly signal?: AbortSignal;
  /** Reads the configuration again, for a reload; rejects with ConfigError. */
  readonly load?: () => Promise<Config>;
  /** The settings without those of the command line: by them the service is known to a health check. */
  readonly described?: Settings;
  /** Takes the place of a service that goes on under the same KEY_PREFIX. */
  readonly takeover?: boolean;
  /** What tests set. */
  readonly timing?: Timing;
  /** Milliseconds between two looks at what Redis holds. */
  readonly lookMs?: number;
};

/** Longest wait for what is still to be written at a stop. */
const DRAIN_MS = 3000;

/** How long a Redis may take to let go of the lease. */
const RELEASE_MS = 1000;

/** Milliseconds between two comparisons of Redis with what was written. */
const LOOK_MS = 3000;

/** Milliseconds between two questions to Redis for its time, which also show that it answers. */
const ASK_MS = 1000;

/** How long a start waits for what an earlier process left. */
const TAKE_OVER_MS = 5000;

/** What was received this long before the last sign of life of whoever wrote has been written by it. */
const SETTLED_MS = 5000;

const NEVER = new AbortController().signal;

/** Shortest time between two writes of order books whose writing was put off. */
const MIN_BOOK_MS = 20;

const log = roomLogger("service");

/** Starts a service; resolves when it takes commands and its configured servers are opened, or when it stands by. */
export async function serve(config: Config, options: ServeOptions = {}): Promise<Service> {
  const resources = new AsyncDisposableStack();
  try {
    const service = await openService(config, options, resources);
    return service;
  } catch (error) {
    await resources.disposeAsync();
    throw error;
  }
}

/** Resolves when it takes commands. `resources` is disposed of by whoever calls where this rejects, else by the service. */
async function openService(
  config: Config,
  options: ServeOptions,
  resources: AsyncDisposableStack,
): Promise<Service> {
  const { settings } = config;
  const { KEY_PREFIX: keyPrefix, STANDBY } = settings;
  const isStandby = STANDBY !== "false";
  const redis = await selectRedis(settings.REDIS_URL, resources);
  if (isStandby && redis.embedded) {
    throw new ConfigError("Redis", [issueOf(message("standby.embedded"), "settings.STANDBY")]);
  }
  let service: RunningService | undefined = undefined;
  const channel = ownChannel(keyPrefix);
  const instance = crypto.randomUUID().slice(0, 8);
  // A store of our own has one writer as it is.
  const lease = redis.embedded ? undefined : resources.use(createLease({
    ...{ settings, instance, isTakeover: options.takeover === true, isStandby },
    onHeld: () => service?.onLeaseHeld(),
    onLost: (error) => service?.onLeaseLost(error),
  }));
  const instances = lease === undefined ? undefined : resources.use(
    new Instances({ keyPrefix, instance, describe: () => service?.standby() }),
  );
  const giveUp = () => lease?.[Symbol.dispose]();
  options.signal?.addEventListener("abort", giveUp);
  const opening = openStore(redis.url, {
    persistent: true,
    ...(channel === undefined ? {} : { ownChannel: channel }),
    ...(lease === undefined ? {} : { lease: { lease, keyPrefix, instance, instances } }),
    onReady: (affected) => service?.onRedisReady(affected),
    onLost: (affected) => service?.onRedisLost(affected),
    onDoubt: (reason) => service?.onRedisDoubted(reason),
  });
  const store = resources.use(
    await opening.finally(() => options.signal?.removeEventListener("abort", giveUp)),
  );
  if (lease?.error !== undefined) throw lease.error;
  // Nothing has been done that would have to be undone.
  if (lease?.isWaiting === true) options.signal?.throwIfAborted();
  // What its pages show is that of the one that writes.
  const reader = isStandby ? resources.use(await openStore(redis.url, { persistent: true })) : store;
  service = new RunningService(config, options, {
    instance,
    redis,
    lease,
    instances,
    store,
    resources,
    reader,
  });
  await service.start();
  return service;
}

/** What a service owns before it is built: its Redis, and what has to be given back at its end. */
type Resources = {
  readonly instance: string;
  readonly redis: RedisChoice;
  readonly lease: Lease | undefined;
  readonly instances: Instances | undefined;
  readonly store: Store & AsyncDisposable;
  /** For what is read without any right to write. */
  readonly reader: Store;
  readonly resources: AsyncDisposableStack;
};

class RunningService implements Service {
  readonly redisUrl: string;
  readonly embedded: boolean;
  readonly done: Promise<void>;
  readonly #settings: Settings;
  readonly #options: ServeOptions;
  readonly #resources: Resources;
  readonly #stats = createStats(Date.now());
  readonly #rows = createRowBroadcast();
  readonly #parts: Parts;
  readonly #pages: Pages | undefined;
  readonly #recorder: Recorder | undefined;
  /** Ends the recording, once every connection has ended. */
  readonly #recording = new AbortController();
  /** Ends what takes commands and looks; then what writes. */
  readonly #running = new AbortController();
  readonly #writing = new AbortController();
  /** Resolves with the first command that could be taken. */
  readonly #ready = Promise.withResolvers<void>();
  /** A part that breaks takes the service down in order, so that whoever watches the process starts it again. */
  readonly #ended = Promise.withResolvers<void>();
  /** What runs until the end. */
  readonly #jobs: Promise<void>[] = [];
  #control: Promise<void> = Promise.resolve();
  #hasBegun = false;
  /** Why Redis takes no writes; empty: it does. */
  #outage = "";
  /** Why what it takes may be lost; empty: nothing says so. */
  #doubt = "";
  #starting = true;
  #isStandingBy: boolean;
  #isHandingOver = false;
  /** Waiting for the lease, and what follows from having it. */
  #entering: Promise<void> = Promise.resolve();
  /** The file is to be read again as soon as that changes anything. */
  #isReloadDue = false;
  #stopping: Promise<void> | undefined;

  constructor(config: Config, options: ServeOptions, resources: Resources) {
    const { settings } = config;
    const { store, reader, redis, instance } = resources;
    this.#settings = settings;
    this.#isStandingBy = settings.STANDBY !== "false";
    this.#options = options;
    this.#resources = resources;
    this.redisUrl = redis.url;
    this.embedded = redis.embedded;
    this.#recorder = createRecorder(settings);
    this.#parts = createParts(config, {
      ...{
        instance,
        term: () => resources.lease?.epoch ?? 0,
        store,
        stats: this.#stats,
        rows: this.#rows,
        load: options.load,
        timing: options.timing,
        recorder: this.#recorder,
      },
      onBroken: (error) => this.#onBroken(error),
      onOutage: (error, isNew) => this.#onOutage(error, isNew),
      // The pages show what happened; the rows are written, and shown from there.
      events: { onEvent: (name, event) => this.#pages?.dashboard.onEvent(name, event) },
    });
    this.#pages = openPages({
      ...{ settings, store: reader, rows: this.#rows, stats: this.#stats, described: options.described },
      view: () => this.view(),
    });
    // One that broke has stopped in order, too, before anybody learns of it.
    this.done = this.#ended.promise.finally(() => this.stop());
    this.done.catch(() => {});
  }

  /** Resolves when commands are taken, or when it stands by. */
  async start(): Promise<void> {
    if (this.#recorder !== undefined) {
      this.#jobs.push(this.#watch(this.#recorder.run(this.#recording.signal)));
    }
    if (!this.#isStandingBy) return await this.#enter();
    this.#stopOnSignal();
    this.#entering = this.#watch(this.#standBy());
    if (this.httpUrl !== undefined) {
      log.info("Serving the dashboard, health and metrics", { url: this.httpUrl });
    }
  }

  /** Waits for the lease, then does what a start does. */
  async #standBy(): Promise<void> {
    const { lease, instances } = this.#resources;
    const { signal } = this.#running;
    if (this.#settings.STANDBY === "true") await this.#warm(signal);
    if (lease === undefined || !await awaitTerm(lease, signal)) return;
    this.#isStandingBy = false;
    void instances?.announce();
    await this.#enter();
  }

  /** Connects to the exchange and holds what comes; whoever is to take the place of another waits until it flows. */
  async #warm(signal: AbortSignal): Promise<void> {
    this.#parts.desired.warm(() => new HeldEvents(heldOptions(this.#settings)));
    if (this.#options.takeover === true) await untilWarm(() => this.view().servers, signal);
  }

  /** Takes over what an earlier process left, and runs every part. */
  async #enter(): Promise<void> {
    const { store, redis } = this.#resources;
    const { LISTEN_CHANNEL, STANDBY } = this.#settings;
    const { signal } = this.#running;
    const isLate = STANDBY !== "false";
    await warnOfAnother(store, LISTEN_CHANNEL);
    const late = new AbortController();
    await withDeadline(this.#takeOver(late.signal), TAKE_OVER_MS, () => late.abort());
    if (isLate && signal.aborted) return;
    if (this.#resources.lease !== undefined) this.#jobs.push(this.#watch(this.#listenForTakeover(signal)));
    const begun = this.#parts.desired.begin(signal, this.#writtenUntil());
    this.#control = this.#watch(begun.then(() => this.#takeCommands(signal)));
    this.#jobs.push(this.#control, ...this.#begin(begun, signal).map((job) => this.#watch(job)));
    if (!isLate) this.#stopOnSignal();
    try {
      await begun;
      this.#hasBegun = true;
      this.onLeaseHeld();
      this.#parts.queues.add([this.#announcement("CONNECTED")]);
      // What has stopped meanwhile takes no commands any more.
      await within(this.#ready.promise, isLate ? signal : NEVER).catch((error) => {
        if (!isLate || !signal.aborted) throw error;
      });
    } catch (error) {
      // Nobody can stop what was never handed out.
      if (!isLate) await this.stop();
      throw error;
    }
    if (this.#stopping !== undefined) return;
    log.info("Listening for commands", { redis: redis.shown, channel: LISTEN_CHANNEL });
    if (isLate) {
      if (this.#isReloadDue) await this.reload().catch(() => {});
    } else if (this.httpUrl !== undefined) {
      log.info("Serving the dashboard, health and metrics", { url: this.httpUrl });
    }
  }

  /**
   * Until when whoever wrote before is known to have done so, for each server: it had the lease, and Redis took its rows, which
   * a Redis that is full or a process that hangs does not show by the lease.
   */
  #writtenUntil(): (server: string) => number {
    const { projectors, clock } = this.#parts;
    // A batch or two may not have been taken any more.
    const sinceMs = (this.#resources.lease?.sinceOthersMs ?? Infinity) + SETTLED_MS;
    if (!Number.isFinite(sinceMs)) return () => 0;
    const held = Date.now() - sinceMs;
    return (server) => Math.min(held, projectors.writtenUntil(server) - (clock.offsetMs() ?? 0));
  }

  stop(): Promise<void> {
    return this.#stopping ??= this.#stop();
  }

  get httpUrl(): string | undefined {
    return this.#pages?.http.url;
  }

  get isHandingOver(): boolean {
    return this.#isHandingOver;
  }

  /** What is said of it while it stands by; undefined: it does not. */
  standby(): Omit<StandbyStatus, "instance" | "ageMs"> | undefined {
    if (!this.#isStandingBy || this.#stopping !== undefined) return undefined;
    return describeStandby(this.#settings, { since: this.#stats.startedAt, servers: this.view().servers });
  }

  /** While it stands by it is remembered that the file is to be read again, and done when it takes over. */
  async reload(): Promise<ReloadReport> {
    if (this.#isStandingBy) {
      this.#isReloadDue = true;
      throw new CommandError(CODES.notAllowed, message("standby.reload"));
    }
    return await this.#parts.desired.reload();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  view(): ServiceStatus {
    const { frames = 0, missing = 0 } = this.#recorder?.counts ?? {};
    this.#stats.recorded = frames;
    this.#stats.unrecorded = missing;
    return {
      version: VERSION,
      lease: this.#resources.lease?.status() ?? null,
      standbys: this.#resources.instances?.list() ?? [],
      starting: this.#starting,
      stopping: this.#stopping !== undefined,
      outage: this.#outage,
      stats: this.#stats,
      faults: [
        ...(this.#doubt === "" ? [] : [this.#doubt]),
        ...this.#parts.projectors.faults(),
        ...this.#parts.comparison.faults(),
      ],
      servers: viewServers(this.#parts.servers, this.#parts.projectors),
    };
  }

  /** What waits for Redis need not wait any longer. */
  onRedisReady(affected: (key: string) => boolean): void {
    this.#parts.queues.tryNow(affected);
  }

  /** A connection to Redis was lost, and with it perhaps what was under way: all of it is written again. */
  onRedisLost(affected: (key: string) => boolean): void {
    this.#parts.queues.reconnect(affected);
  }

  /** Another Redis may have become the master; nothing: it has not. */
  onRedisDoubted(reason: Message | undefined): void {
    this.#doubt = reason?.english ?? "";
    if (reason !== undefined) log.warn("This Redis may not be the master any more", { reason: this.#doubt });
  }

  /** A term begins, or has begun before anything could be said of it. */
  onLeaseHeld(): void {
    if (this.#hasBegun) this.#parts.projectors.beginTerm();
  }

  /** Another okws has the lease: nothing of this one is written any more. */
  onLeaseLost(error: LeaseError): void {
    this.#onBroken(error);
  }

  /** What runs beside the commands, each until its signal ends it. */
  #begin(begun: Promise<void>, signal: AbortSignal): Promise<void>[] {
    const queues = this.#parts.queues;
    const projectors = this.#parts.projectors;
    // A Redis that is away ends a question to it without a word; it is asked again.
    const onFailure = (error: unknown) => {
      if (!(error instanceof StoreError)) this.#onBroken(error);
    };
    const look = oneAtATime(async () => {
      const isAway = this.#outage !== "" && !queues.isPartlyAway;
      if (!isAway && !this.#starting) await this.#parts.comparison.look(signal);
    }, onFailure);
    const ask = oneAtATime(async () => {
      await this.#parts.clock.measure();
      this.#stats.answeredAt = Date.now();
    }, onFailure);
    const bookMs = Math.max(MIN_BOOK_MS, this.#settings.BOOK_INTERVAL_MS);
    return [
      begun.then(() => this.#write(signal)),
      repeat(() => queues.add(projectors.keepAlive()), STATUS_TTL_MS / 3, signal),
      repeat(() => queues.hurry(), RECORD_MS / 4, signal),
      repeat(look, this.#options.lookMs ?? LOOK_MS, signal),
      repeat(ask, ASK_MS, signal),
      repeat(() => projectors.writeDueBooks(), bookMs, signal),
    ];
  }

  /** Nothing of an earlier process may pass for what is true now. */
  async #takeOver(signal: AbortSignal): Promise<void> {
    try {
      await this.#parts.clock.measure();
      await this.#parts.upkeep.takeOver(await this.#parts.desired.desired(), signal);
    } catch (error) {
      if (!(error instanceof StoreError)) throw error;
    }
  }

  /** Another okws may take the place of this one, which ends as it would by a signal. */
  #listenForTakeover(signal: AbortSignal): Promise<void> {
    const onRequest = (by: string) => {
      // Whoever asks hears its own request, and only who writes can hand over.
      if (by === this.#resources.instance || this.#resources.lease?.holder === undefined) return;
      if (this.#stopping === undefined) {
        log.info("Handing over to another okws");
        this.#resources.lease?.promise(by);
        this.#isHandingOver = true;
      }
      void this.stop();
    };
    return listenForTakeover(this.#resources.store, {
      keyPrefix: this.#settings.KEY_PREFIX,
      onRequest,
    }, signal);
  }

  /** Takes commands once what earlier ones asked for is desired again. */
  async #takeCommands(signal: AbortSignal): Promise<void> {
    const { store } = this.#resources;
    const { LISTEN_CHANNEL, REDIS_INFO_KEY, REPLY_SECONDS, COMMANDS } = this.#settings;
    await this.#parts.earlier.restore(signal);
    this.#starting = false;
    await runControl({
      store: {
        listen: (what, signal) => store.listen(what, signal),
        apply: createReplyWriter(store, this.#parts.queues, this.#writing.signal),
      },
      servers: createCommandTarget({
        ...{ desired: this.#parts.desired, servers: this.#parts.servers },
        view: () => this.view(),
        quit: () => void this.stop(),
      }),
      listenChannel: LISTEN_CHANNEL,
      infoKey: REDIS_INFO_KEY,
      replyTtlMs: REPLY_SECONDS * 1000,
      allowed: COMMANDS,
      onCommand: () => this.#stats.commands += 1,
      onReady: this.#ready.resolve,
    }, signal).catch((error) => {
      throw explainListening(error, LISTEN_CHANNEL);
    });
  }

  /** Sends batches, once it is known where series stood before: what is written would hide that. */
  async #write(signal: AbortSignal): Promise<void> {
    if (!this.#resources.store.clustered) await this.#recall(signal);
    await this.#parts.queues.run(this.#writing.signal, { drainMs: DRAIN_MS });
  }

  async #recall(signal: AbortSignal): Promise<void> {
    await this.#parts.earlier.recall(AbortSignal.any([signal, this.#writing.signal]), (error) => {
      this.#outage = error?.message ?? "";
    });
  }

  async #stop(): Promise<void> {
    log.info("Stopping");
    this.#running.abort();
    await this.#entering;
    // Commands under way may wait for answers that only the end of their server settles, or have opened another.
    await this.#parts.servers.closeAll();
    await this.#control;
    await this.#parts.servers.closeAll();
    this.#recording.abort();
    this.#parts.queues.add([this.#announcement("EXIT")]);
    this.#writing.abort();
    await Promise.all(this.#jobs);
    const { lease, instances } = this.#resources;
    if (instances !== undefined) await withDeadline(instances.withdraw(), RELEASE_MS, () => {});
    if (lease !== undefined) await withDeadline(lease.release(), RELEASE_MS, () => {});
    await this.#resources.resources.disposeAsync();
    this.#pages?.dashboard[Symbol.dispose]();
    await this.#pages?.http[Symbol.asyncDispose]();
    log.info("Stopped", { rows: this.#stats.rows, dropped: this.#stats.dropped });
    this.#ended.resolve();
  }

  #stopOnSignal(): void {
    const { signal } = this.#options;
    const stop = () => void this.stop();
    const ended = this.#ended.promise;
    signal?.addEventListener("abort", stop);
    ended.finally(() => signal?.removeEventListener("abort", stop)).catch(() => {});
    if (signal?.aborted) stop();
  }

  /** A job that breaks ends the service. */
  #watch(job: Promise<void>): Promise<void> {
    return job.catch((error) => this.#onBroken(error));
  }

  #onBroken(error: unknown): void {
    // What is wrong with the configuration is said by whoever started the service.
    if (error instanceof LeaseError) {
      log.error("This okws writes no more, stopping", { reason: error.message });
      // What else ends with the lease is no fault of its own.
    } else if (!(error instanceof ConfigError) && this.#resources.lease?.error === undefined) {
      log.error("A part of okws broke, stopping", { reason: String(error) });
    }
    this.#ready.reject(error);
    this.#ended.reject(error);
  }

  #onOutage(error: Error | undefined, isNew: boolean): void {
    this.#outage = error?.message ?? "";
    // Why a service writes no more that has lost its lease is said once.
    if (!isNew || this.#resources.lease?.error !== undefined) return;
    this.#pages?.dashboard.onOutage(error?.message);
    if (error === undefined) log.info("Redis takes writes again");
    else log.error("Redis takes no writes, keeping the newest", { reason: error.message });
  }

  #announcement(message: string): Write {
    return { kind: "publish", channel: this.#settings.OKWS_INFO, message };
  }
}
