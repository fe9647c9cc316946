/**
 * What a service does from the moment at which it may write: it settles what an earlier process left, has the exchange asked for
 * what is desired, takes commands, and runs the jobs beside them.
 */
import type { Settings } from "../config/shapes.ts";
import type { CommandHandler } from "../control/handler.ts";
import type { Stats } from "../model/stats.ts";
import type { ServiceStatus } from "../model/status.ts";
import { within } from "../shared/async/within.ts";
import { runBackground } from "./background.ts";
import { settleLeftovers, writtenUntil } from "./begin_term.ts";
import type { Jobs } from "./jobs.ts";
import { createKeepWhole } from "./keep_whole.ts";
import { warnOfAnother } from "./other_services.ts";
import type { Parts } from "./parts.ts";
import type { RedisHealth } from "./redis_health.ts";
import type { Resources } from "./resources.ts";
import { followFirst } from "./shard_desired.ts";
import { writesDesired } from "./share.ts";
import { takeCommands } from "./take_commands.ts";

/** What the phase works with. */
export type ActivePhaseOptions = {
  readonly settings: Settings;
  readonly resources: Pick<Resources, "store" | "lease" | "lost" | "shardWatch">;
  readonly parts: Parts;
  readonly jobs: Jobs;
  readonly stats: Stats;
  readonly health: RedisHealth;
  /** Aborted: no command is taken any more; nothing is written any more. */
  readonly signals: { readonly running: AbortSignal; readonly writing: AbortSignal };
  /** Milliseconds between two looks at what Redis holds. */
  readonly lookMs: number | undefined;
  readonly view: () => ServiceStatus;
  /** A command stops the service. */
  readonly quit: () => void;
  readonly onBroken: (error: unknown) => void;
};

/** The active phase of one service; nothing is done before {@link prepare}. */
export class ActivePhase {
  /** Whether this process takes commands, and writes what they ask for: the first shard, or a service without shards. */
  readonly isFirst: boolean;
  readonly #options: ActivePhaseOptions;
  /** Resolves with the first command that could be taken. */
  readonly #ready = Promise.withResolvers<void>();
  #control: Promise<void> = Promise.resolve();
  #commands: CommandHandler | undefined;
  #isStarting = true;
  #hasBegun = false;

  constructor(options: ActivePhaseOptions) {
    this.#options = options;
    this.isFirst = writesDesired(options.parts.sharing?.share);
    // It may break while nobody waits for it.
    this.#ready.promise.catch(() => {});
  }

  /** Whether what earlier commands asked for is not desired again yet. */
  get isStarting(): boolean {
    return this.#isStarting;
  }

  /** What carries commands out; undefined: none is taken yet. */
  get commands(): CommandHandler | undefined {
    return this.#commands;
  }

  /** Settles what an earlier process left: nothing of it may pass for what is true now. */
  async prepare(): Promise<void> {
    const { resources: { store }, settings, parts } = this.#options;
    if (this.isFirst) await warnOfAnother(store, settings.LISTEN_CHANNEL);
    await settleLeftovers(parts);
  }

  /**
   * Begins all of it at once; resolves when commands are taken, or when `until` is aborted. Rejects where what the file names
   * cannot be had, or with the fault of a part that broke before.
   */
  async begin(until?: AbortSignal): Promise<void> {
    const { parts, resources, jobs, signals } = this.#options;
    const begun = parts.desired.begin(signals.running, writtenUntil(parts, resources.lease));
    this.#control = jobs.add(begun.then(() => this.#takeCommands()));
    for (const job of this.#runBackground(begun)) jobs.add(job);
    await begun;
    this.#hasBegun = true;
    this.beginTerm();
    this.announce("CONNECTED");
    if (until === undefined) return await this.#ready.promise;
    await within(this.#ready.promise, until).catch((error) => {
      // What has stopped meanwhile takes no commands any more.
      if (!until.aborted) throw error;
    });
  }

  /** Announces a new term, once what is desired has begun. */
  beginTerm(): void {
    if (this.#hasBegun) this.#options.parts.projectors.beginTerm();
  }

  /** Publishes what has become of the service. */
  announce(message: string): void {
    if (!this.isFirst) return;
    const { parts, settings } = this.#options;
    parts.queues.add([{ kind: "publish", channel: settings.OKWS_INFO, message }]);
  }

  /** Ends the wait of {@link begin}, which rejects with the fault of a part that broke. */
  fail(error: unknown): void {
    this.#ready.reject(error);
  }

  /** Closes every server; resolves when no command is under way any more. */
  async closeServers(): Promise<void> {
    const { servers } = this.#options.parts;
    // Commands under way may wait for answers that only the end of their server settles, or have opened another.
    await servers.closeAll();
    await this.#control;
    await servers.closeAll();
  }

  /** Takes commands once what earlier ones asked for is desired again. */
  async #takeCommands(): Promise<void> {
    const { settings, resources, parts, stats, signals, view, quit } = this.#options;
    await parts.earlier.restore(signals.running);
    this.#isStarting = false;
    if (parts.sharing !== undefined && !this.isFirst) {
      this.#ready.resolve();
      return await followFirst(parts.sharing, signals.running);
    }
    await takeCommands({
      ...{ settings, parts, view, quit, store: resources.store, watch: resources.shardWatch },
      onCommand: () => stats.commands += 1,
      onReady: (handler) => {
        this.#commands = handler;
        this.#ready.resolve();
      },
    }, signals);
  }

  #runBackground(begun: Promise<void>): Promise<void>[] {
    const { parts, resources, settings, stats, health, signals, lookMs, onBroken } = this.#options;
    return runBackground({
      ...{ parts, settings, stats, begun, lookMs, onBroken },
      ...{ clustered: resources.store.clustered, lost: resources.lost },
      keepWhole: createKeepWhole(parts, resources.shardWatch),
      canLook: () => !this.#isStarting && (health.outage === "" || parts.queues.isPartlyAway),
      onOutage: (error, isNew) => health.setOutage(error, isNew),
    }, signals);
  }
}
