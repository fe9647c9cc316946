/**
 * The service: builds the parts from a configuration, runs them, and stops them in order: commands first, then the
 * connections (whose last states still flow), then what waits for Redis, then the store, and health last.
 */
import type { Config } from "../config/schema.ts";
import type { Settings } from "../config/shapes.ts";
import type { ReloadReport } from "../control/command.ts";
import type { CommandPort } from "../http/commands.ts";
import type { ServiceStatus } from "../model/status.ts";
import { roomLogger } from "../logging/log.ts";
import { createStats } from "../model/stats.ts";
import type { Recorder } from "../recording/recorder.ts";
import type { Timing } from "../session/connection/timing.ts";
import { onAbort } from "../shared/async/on_abort.ts";
import { CODES, CommandError } from "../shared/errors.ts";
import { message } from "../shared/messages/message.ts";
import { createRowBroadcast } from "../store/write/row_broadcast.ts";
import { ActivePhase } from "./active_phase.ts";
import { Jobs } from "./jobs.ts";
import { reportBroken } from "./lease.ts";
import { createParts, type Parts } from "./parts.ts";
import { createPageCommands, createPageCommandsElsewhere } from "./page_commands.ts";
import { Pages } from "./pages.ts";
import { createRecorder } from "./recorder.ts";
import { RedisHealth } from "./redis_health.ts";
import { giveBack, openResources, type Resources } from "./resources.ts";
import { describeStandby, standBy } from "./standby.ts";
import type { ShardOrder } from "./shard_commands.ts";
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

const log = roomLogger("service");

/** Starts a service; resolves when it takes commands and its configured servers are opened, or when it stands by. */
export async function serve(config: Config, options: ServeOptions = {}): Promise<Service> {
  const stack = new AsyncDisposableStack();
  try {
    const { signal, takeover = false } = options;
    const service = new RunningService(
      config,
      options,
      await openResources(config, { signal, takeover, stack }),
    );
    await service.start();
    return service;
  } catch (error) {
    await stack.disposeAsync();
    throw error;
  }
}

class RunningService implements Service {
  readonly redisUrl: string;
  readonly embedded: boolean;
  readonly done: Promise<void>;
  readonly #settings: Settings;
  readonly #options: ServeOptions;
  readonly #resources: Resources;
  readonly #stats = createStats(Date.now());
  readonly #health = new RedisHealth();
  readonly #pages = new Pages();
  readonly #jobs = new Jobs((error) => this.#onBroken(error));
  readonly #recorder: Recorder | undefined;
  readonly #parts: Parts;
  readonly #active: ActivePhase;
  /** Ends the recording, once every connection has ended. */
  readonly #recording = new AbortController();
  /** Ends what takes commands and looks; then what writes. */
  readonly #running = new AbortController();
  readonly #writing = new AbortController();
  /** A part that breaks takes the service down in order, so that the service manager starts it again. */
  readonly #ended = Promise.withResolvers<void>();
  /** Whether it began, or is to begin, by standing by; and whether it still does. */
  readonly #isStandby: boolean;
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
    const stats = this.#stats;
    this.redisUrl = redis.url;
    this.embedded = redis.embedded;
    this.#settings = settings;
    this.#options = options;
    this.#resources = resources;
    this.#isStandby = settings.STANDBY !== "false";
    this.#isStandingBy = this.#isStandby;
    this.#recorder = createRecorder(settings);
    const rows = createRowBroadcast();
    const onBroken = (error: unknown) => this.#onBroken(error);
    const view = () => this.view();
    this.#parts = createParts(config, {
      ...{ instance, shard, admitDial, store, stats, rows, onBroken, recorder: this.#recorder },
      ...{ load: options.load, timing: options.timing, events: this.#pages },
      term: () => resources.lease.epoch,
      onOutage: (error, isNew) => this.#onOutage(error, isNew),
    });
    this.#active = new ActivePhase({
      ...{ settings, resources, parts: this.#parts, jobs: this.#jobs, stats, health: this.#health },
      ...{ signals: this.#signals, lookMs: options.lookMs, view, onBroken },
      quit: () => void this.stop(),
    });
    this.#pages.open({
      ...{ settings, store: reader, rows, stats, view, described: options.described },
      commands: this.#pageCommands(),
    });
    // One that broke has stopped in order, too, before `done` rejects.
    this.done = this.#ended.promise.finally(() => this.stop());
    this.done.catch(() => {});
    this.#listenToResources();
  }

  /** Resolves when commands are taken, or when it stands by. */
  async start(): Promise<void> {
    const { shardWatch } = this.#resources;
    if (this.#recorder !== undefined) this.#jobs.add(this.#recorder.run(this.#recording.signal));
    if (shardWatch !== undefined) {
      this.#jobs.add(shardWatch.run(this.#running.signal, (error) => this.#onBroken(error)));
    }
    if (!this.#isStandby) return await this.#enter();
    this.#stopOnSignal();
    this.#entering = this.#jobs.add(this.#standBy());
    this.#reportPages();
  }

  stop(): Promise<void> {
    return this.#stopping ??= this.#stop();
  }

  /** While it stands by it is remembered that the file is to be read again, and done when it takes over. */
  async reload(): Promise<ReloadReport> {
    if (this.#isStandingBy) {
      this.#isReloadDue = true;
      throw new CommandError(CODES.notAllowed, message("standby.reload"));
    }
    return await this.#parts.reload();
  }

  view(): ServiceStatus {
    return viewService({
      ...{ parts: this.#parts, resources: this.#resources, recorder: this.#recorder },
      ...{ stats: this.#stats, health: this.#health },
      ...{ starting: this.#active.isStarting, stopping: this.#stopping !== undefined },
    });
  }

  get httpUrl(): string | undefined {
    return this.#pages.url;
  }

  get isHandingOver(): boolean {
    return this.#isHandingOver;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  get #signals(): { readonly running: AbortSignal; readonly writing: AbortSignal } {
    return { running: this.#running.signal, writing: this.#writing.signal };
  }

  /** Waits for the lease, then does what a start does. */
  async #standBy(): Promise<void> {
    const isOurs = await standBy({
      ...{ resources: this.#resources, parts: this.#parts, settings: this.#settings },
      isTakeover: this.#options.takeover === true,
      view: () => this.view(),
      onAsked: (error) => this.#health.setAnswer(error, this.#stats),
      watch: (job) => this.#jobs.add(job),
    }, this.#running.signal);
    if (!isOurs) return;
    this.#isStandingBy = false;
    this.#health.setOutage(undefined, false);
    void this.#resources.instances.announce();
    await this.#enter();
  }

  /** Settles what an earlier process left, and runs every part. */
  async #enter(): Promise<void> {
    const { signal } = this.#running;
    await this.#active.prepare();
    if (this.#isStandby && signal.aborted) return;
    this.#jobs.add(this.#listenForTakeover());
    const begun = this.#active.begin(this.#isStandby ? signal : undefined);
    if (!this.#isStandby) this.#stopOnSignal();
    try {
      await begun;
    } catch (error) {
      // Nobody can stop what was never handed out.
      if (!this.#isStandby) await this.stop();
      throw error;
    }
    if (this.#stopping !== undefined) return;
    const redis = this.#resources.redis.shown;
    if (this.#active.isFirst) {
      log.info("Listening for commands", { redis, channel: this.#settings.LISTEN_CHANNEL });
    } else log.info("Following the first shard, which takes commands", { redis });
    if (!this.#isStandby) this.#reportPages();
    else if (this.#isReloadDue) await this.reload().catch(() => {});
  }

  /** Another okws may replace this one, which ends as it would by a signal; the first shard may ask it to stop or to reload. */
  #listenForTakeover(): Promise<void> {
    const { shard, lease } = this.#resources;
    const { KEY_PREFIX: keyPrefix } = this.#settings;
    const onRequest = (by: string) => {
      if (this.#stopping === undefined) {
        log.info("Handing over to another okws");
        lease.promise(by);
        this.#isHandingOver = true;
      }
      void this.stop();
    };
    const onOrder = (order: ShardOrder) => {
      if (order === "QUIT") void this.stop();
      else void this.reload().catch(() => {});
    };
    const asked = { keyPrefix, shard, onRequest, ...(shard === undefined ? {} : { onOrder }) };
    return listenForTakeover(this.#resources, asked, this.#running.signal);
  }

  async #stop(): Promise<void> {
    log.info("Stopping");
    this.#running.abort();
    await this.#entering;
    await this.#active.closeServers();
    this.#recording.abort();
    this.#active.announce("EXIT");
    this.#writing.abort();
    await this.#jobs.ended();
    await giveBack(this.#resources);
    await this.#pages.close();
    log.info("Stopped", { rows: this.#stats.rows, dropped: this.#stats.dropped });
    this.#ended.resolve();
  }

  #stopOnSignal(): void {
    onAbort(this.#options.signal, () => void this.stop(), this.#ended.promise);
  }

  #reportPages(): void {
    const url = this.httpUrl;
    if (url !== undefined) log.info("Serving the dashboard, health and metrics", { url });
  }

  #pageCommands(): CommandPort {
    if (!this.#active.isFirst) {
      return createPageCommandsElsewhere(() => this.#resources.shardWatch?.list()[0]?.holder);
    }
    return createPageCommands(
      this.#settings.COMMANDS,
      () => this.#running.signal.aborted ? undefined : this.#active.commands,
    );
  }

  #listenToResources(): void {
    const { queues } = this.#parts;
    this.#resources.reportTo({
      onLeaseHeld: () => this.#active.beginTerm(),
      // Nothing of this one is written any more.
      onLeaseLost: (error) => this.#onBroken(error),
      // What waits for Redis need not wait any longer.
      onRedisReady: (affected) => queues.tryNow(affected),
      // With the connection perhaps what was under way was lost: all of it is written again.
      onRedisLost: (affected) => queues.reconnect(affected),
      onRedisDoubted: (reason) => this.#health.setDoubt(reason),
      // One that is full would not let this one have the lease either.
      onAnnounced: (refusal) => this.#health.setRefusal(refusal),
      standby: () => this.#describeStandby(),
    });
  }

  /** Returns what is said of it while it stands by; undefined: it does not. */
  #describeStandby(): ReturnType<typeof describeStandby> | undefined {
    if (!this.#isStandingBy || this.#stopping !== undefined) return undefined;
    return describeStandby(this.#settings, { since: this.#stats.startedAt, servers: this.view().servers });
  }

  #onBroken(error: unknown): void {
    reportBroken(error, this.#resources.lease);
    this.#active.fail(error);
    this.#ended.reject(error);
  }

  #onOutage(error: Error | undefined, isNew: boolean): void {
    // Why a service writes no more that has lost its lease is said once.
    const isReported = isNew && this.#resources.lease.error === undefined;
    this.#health.setOutage(error, isReported);
    if (isReported) this.#pages.onOutage(error?.message);
  }
}
