/**
 * The service: builds the parts from a configuration, runs them, and stops them in order: commands first, then the
 * connections (whose last states still flow), then what waits for Redis, then the store, and health last. The file is long
 * because start, stand-by, reload and stop are of one lifetime, and each ends what the others have begun.
 */
import type { Config } from "../config/schema.ts";
import type { Settings } from "../config/shapes.ts";
import type { ReloadReport } from "../control/command.ts";
import type { CommandHandler } from "../control/handler.ts";
import type { ServiceStatus, StandbyStatus } from "../model/status.ts";
import { roomLogger } from "../logging/log.ts";
import { createStats } from "../model/stats.ts";
import type { Recorder } from "../recording/recorder.ts";
import type { Timing } from "../session/connection/timing.ts";
import { onAbort } from "../shared/async/on_abort.ts";
import { within } from "../shared/async/within.ts";
import { CODES, CommandError, type LeaseError } from "../shared/errors.ts";
import { type Message, message } from "../shared/messages/message.ts";
import { createRowBroadcast } from "../store/write/row_broadcast.ts";
import { runBackground } from "./background.ts";
import { takeOver, writtenUntil } from "./begin_term.ts";
import { reportBroken } from "./lease.ts";
import { warnOfAnother } from "./other_services.ts";
import { createParts, type Parts } from "./parts.ts";
import { createPageCommands, createPageCommandsElsewhere } from "./page_commands.ts";
import { openPages, type Pages } from "./pages.ts";
import { createRecorder } from "./recorder.ts";
import { RedisHealth } from "./redis_health.ts";
import { giveBack, openResources, type Resources, type ResourceUser } from "./resources.ts";
import { describeStandby, standBy } from "./standby.ts";
import type { ShardOrder } from "./shard_commands.ts";
import { createKeepWhole } from "./keep_whole.ts";
import { followFirst } from "./shard_desired.ts";
import { writesDesired } from "./share.ts";
import { takeCommands } from "./take_commands.ts";
import { listenForTakeover } from "./takeover.ts";
import { viewService } from "./service_view.ts";

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

const NEVER = new AbortController().signal;

const log = roomLogger("service");

/** Starts a service; resolves when it takes commands and its configured servers are opened, or when it stands by. */
export async function serve(config: Config, options: ServeOptions = {}): Promise<Service> {
  const stack = new AsyncDisposableStack();
  try {
    let service: RunningService | undefined = undefined;
    const resources = await openResources(config, {
      ...{ signal: options.signal, takeover: options.takeover === true, stack },
      user: () => service,
    });
    service = new RunningService(config, options, resources);
    await service.start();
    return service;
  } catch (error) {
    await stack.disposeAsync();
    throw error;
  }
}

class RunningService implements Service, ResourceUser {
  readonly redisUrl: string;
  readonly embedded: boolean;
  readonly done: Promise<void>;
  readonly #settings: Settings;
  readonly #options: ServeOptions;
  readonly #resources: Resources;
  readonly #stats = createStats(Date.now());
  readonly #rows = createRowBroadcast();
  readonly #health = new RedisHealth();
  readonly #parts: Parts;
  readonly #pages: Pages | undefined;
  readonly #recorder: Recorder | undefined;
  /** Ends the recording, once every connection has ended. */
  readonly #recording = new AbortController();
  /** Ends what takes commands and looks; then what writes. */
  readonly #running = new AbortController();
  readonly #writing = new AbortController();
  readonly #signals = { running: this.#running.signal, writing: this.#writing.signal };
  /** Resolves with the first command that could be taken. */
  readonly #ready = Promise.withResolvers<void>();
  /** A part that breaks takes the service down in order, so that whoever watches the process starts it again. */
  readonly #ended = Promise.withResolvers<void>();
  /** What runs until the end. */
  readonly #jobs: Promise<void>[] = [];
  #control: Promise<void> = Promise.resolve();
  /** What carries commands out; undefined: none is taken yet. */
  #commands: CommandHandler | undefined;
  #hasBegun = false;
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
    const { store, reader, redis, instance, shard, admitDial } = resources;
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
        shard,
        admitDial,
        store,
        stats: this.#stats,
        rows: this.#rows,
        recorder: this.#recorder,
      },
      ...{ load: options.load, timing: options.timing },
      term: () => resources.lease?.epoch ?? 0,
      onBroken: (error) => this.#onBroken(error),
      onOutage: (error, isNew) => this.#onOutage(error, isNew),
      // The pages show what happened; the rows are written, and shown from there.
      events: { onEvent: (name, event) => this.#pages?.dashboard.onEvent(name, event) },
    });
    this.#pages = openPages({
      ...{ settings, store: reader, rows: this.#rows, stats: this.#stats, described: options.described },
      view: () => this.view(),
      commands: writesDesired(this.#parts.sharing?.share)
        ? createPageCommands(
          settings.COMMANDS,
          () => this.#running.signal.aborted ? undefined : this.#commands,
        )
        : createPageCommandsElsewhere(() => resources.shardWatch?.list()[0]?.holder),
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
    const { shardWatch } = this.#resources;
    if (shardWatch !== undefined) {
      this.#jobs.push(shardWatch.run(this.#signals.running, (error) => this.#onBroken(error)));
    }
    if (!this.#isStandingBy) return await this.#enter();
    this.#stopOnSignal();
    this.#entering = this.#watch(this.#standBy());
    this.#reportPages();
  }

  /** Waits for the lease, then does what a start does. */
  async #standBy(): Promise<void> {
    const isOurs = await standBy({
      ...{ resources: this.#resources, parts: this.#parts, settings: this.#settings },
      isTakeover: this.#options.takeover === true,
      view: () => this.view(),
      onAsked: (error) => this.#health.setAnswer(error, this.#stats),
      watch: (job) => this.#watch(job),
    }, this.#running.signal);
    if (!isOurs) return;
    this.#isStandingBy = false;
    this.#health.setOutage(undefined, false);
    void this.#resources.instances?.announce();
    await this.#enter();
  }

  /** Takes over what an earlier process left, and runs every part. */
  async #enter(): Promise<void> {
    const { store, redis } = this.#resources;
    const { LISTEN_CHANNEL, STANDBY } = this.#settings;
    const { signal } = this.#running;
    const isLate = STANDBY !== "false";
    const isFirst = writesDesired(this.#parts.sharing?.share);
    if (isFirst) await warnOfAnother(store, LISTEN_CHANNEL);
    await takeOver(this.#parts);
    if (isLate && signal.aborted) return;
    if (this.#resources.lease !== undefined) this.#jobs.push(this.#watch(this.#listenForTakeover()));
    const begun = this.#parts.desired.begin(signal, writtenUntil(this.#parts, this.#resources.lease));
    this.#control = this.#watch(begun.then(() => this.#takeCommands(signal)));
    this.#jobs.push(this.#control, ...this.#runBackground(begun).map((job) => this.#watch(job)));
    if (!isLate) this.#stopOnSignal();
    try {
      await begun;
      this.#hasBegun = true;
      this.onLeaseHeld();
      this.#announce("CONNECTED");
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
    if (isFirst) log.info("Listening for commands", { redis: redis.shown, channel: LISTEN_CHANNEL });
    else log.info("Following the first shard, which takes commands", { redis: redis.shown });
    if (!isLate) this.#reportPages();
    else if (this.#isReloadDue) await this.reload().catch(() => {});
  }

  #reportPages(): void {
    const url = this.httpUrl;
    if (url !== undefined) log.info("Serving the dashboard, health and metrics", { url });
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
    return await this.#parts.reload();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  view(): ServiceStatus {
    return viewService({
      ...{ parts: this.#parts, resources: this.#resources, recorder: this.#recorder },
      ...{ stats: this.#stats, health: this.#health },
      ...{ starting: this.#starting, stopping: this.#stopping !== undefined },
    });
  }

  /** What waits for Redis need not wait any longer. */
  onRedisReady(affected: (key: string) => boolean): void {
    this.#parts.queues.tryNow(affected);
  }

  /** A connection to Redis was lost, and with it perhaps what was under way: all of it is written again. */
  onRedisLost(affected: (key: string) => boolean): void {
    this.#parts.queues.reconnect(affected);
  }

  /** One that is full would not let this one have the lease either. */
  onAnnounced(refusal: Error | undefined): void {
    this.#health.setRefusal(refusal);
  }

  /** Another Redis may have become the master; nothing: it has not. */
  onRedisDoubted(reason: Message | undefined): void {
    this.#health.setDoubt(reason);
  }

  /** A term begins, or has begun before anything could be said of it. */
  onLeaseHeld(): void {
    if (this.#hasBegun) this.#parts.projectors.beginTerm();
  }

  /** Another okws has the lease: nothing of this one is written any more. */
  onLeaseLost(error: LeaseError): void {
    this.#onBroken(error);
  }

  #runBackground(begun: Promise<void>): Promise<void>[] {
    const { shardWatch } = this.#resources;
    return runBackground({
      keepWhole: createKeepWhole(this.#parts, shardWatch),
      ...{ parts: this.#parts, settings: this.#settings, stats: this.#stats, begun },
      ...{ clustered: this.#resources.store.clustered, lost: this.#resources.lost },
      lookMs: this.#options.lookMs,
      canLook: () => !this.#starting && (this.#health.outage === "" || this.#parts.queues.isPartlyAway),
      onOutage: (error, isNew) => this.#health.setOutage(error, isNew),
      onBroken: (error) => this.#onBroken(error),
    }, this.#signals);
  }

  /** Another okws may replace this one, which ends as it would by a signal. */
  #listenForTakeover(): Promise<void> {
    const onRequest = (by: string) => {
      if (this.#stopping === undefined) {
        log.info("Handing over to another okws");
        this.#resources.lease?.promise(by);
        this.#isHandingOver = true;
      }
      void this.stop();
    };
    const { KEY_PREFIX: keyPrefix } = this.#settings;
    const onOrder = (order: ShardOrder) => {
      if (order === "QUIT") void this.stop();
      else void this.reload().catch(() => {});
    };
    const { shard } = this.#resources;
    const asked = { keyPrefix, shard, onRequest, ...(shard === undefined ? {} : { onOrder }) };
    return listenForTakeover(this.#resources, asked, this.#running.signal);
  }

  /** Takes commands once what earlier ones asked for is desired again. */
  async #takeCommands(signal: AbortSignal): Promise<void> {
    await this.#parts.earlier.restore(signal);
    this.#starting = false;
    const { sharing } = this.#parts;
    if (sharing !== undefined && !writesDesired(sharing.share)) {
      this.#ready.resolve();
      return await followFirst(sharing, signal);
    }
    await takeCommands({
      ...{ settings: this.#settings, store: this.#resources.store, parts: this.#parts },
      watch: this.#resources.shardWatch,
      view: () => this.view(),
      quit: () => void this.stop(),
      onCommand: () => this.#stats.commands += 1,
      onReady: (handler) => {
        this.#commands = handler;
        this.#ready.resolve();
      },
    }, this.#signals);
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
    this.#announce("EXIT");
    this.#writing.abort();
    await Promise.all(this.#jobs);
    await giveBack(this.#resources);
    this.#pages?.dashboard[Symbol.dispose]();
    await this.#pages?.http[Symbol.asyncDispose]();
    log.info("Stopped", { rows: this.#stats.rows, dropped: this.#stats.dropped });
    this.#ended.resolve();
  }

  #stopOnSignal(): void {
    onAbort(this.#options.signal, () => void this.stop(), this.#ended.promise);
  }

  /** A job that breaks ends the service. */
  #watch(job: Promise<void>): Promise<void> {
    return job.catch((error) => this.#onBroken(error));
  }

  #onBroken(error: unknown): void {
    reportBroken(error, this.#resources.lease);
    this.#ready.reject(error);
    this.#ended.reject(error);
  }

  #onOutage(error: Error | undefined, isNew: boolean): void {
    // Why a service writes no more that has lost its lease is said once.
    const isReported = isNew && this.#resources.lease?.error === undefined;
    this.#health.setOutage(error, isReported);
    if (isReported) this.#pages?.dashboard.onOutage(error?.message);
  }

  #announce(message: string): void {
    if (!writesDesired(this.#parts.sharing?.share)) return;
    this.#parts.queues.add([{ kind: "publish", channel: this.#settings.OKWS_INFO, message }]);
  }
}
