/**
 * Follows a master: what the sentinels announce, and a question to them every second in case that was missed, moves every
 * connection that leads elsewhere. A server that was the master goes on taking writes until somebody demotes it, and all of
 * them are lost then.
 */
import type { Redis } from "ioredis";
import { formatHost, type HostPort } from "../../../shared/redis_url.ts";
import { type ClientOptions, endClient } from "../connect.ts";
import { createSentinelClient } from "./ask.ts";
import type { MasterConnection, MasterSource } from "./connector.ts";
import type { Elected } from "./election.ts";
import { type Quorum, Sentinels } from "./sentinels.ts";

/** What is reported of the sentinels. */
export type MasterReports = {
  /** A connection is left because another server is the master now. */
  readonly onMoved: (from: string, to: string) => void;
  /** Whether those that answer could elect another master has changed. */
  readonly onQuorum: (quorum: Quorum) => void;
};

/** How often the sentinels are asked. */
const LOOK_MS = 1000;

/** Looks in a row that see no majority before it counts: one may fall into a restart. */
const LOOKS = 3;

/** What sentinels announce when another master is, or is about to be, elected. */
const CHANNELS = ["+switch-master", "+promoted-slave", "+failover-end", "+odown"];

/** Finds the master for the connections of one store, and moves them after it. */
export class MasterWatch implements MasterSource, AsyncDisposable {
  readonly #options: ClientOptions;
  readonly #reports: MasterReports;
  readonly #sentinels: Sentinels;
  readonly #connections = new Set<MasterConnection>();
  /** By address of the sentinel. */
  readonly #listening = new Map<string, Redis>();
  readonly #ending = new Set<Promise<void>>();
  #timer: ReturnType<typeof setInterval> | undefined;
  #checking: Promise<void> | undefined;
  #again = false;
  #quorum: Quorum = "majority";
  #without = 0;
  #closed = false;

  /** Until {@link begin} it only finds the master for new connections. */
  constructor(options: ClientOptions, reports: MasterReports = { onMoved: () => {}, onQuorum: () => {} }) {
    this.#options = options;
    this.#reports = reports;
    this.#sentinels = new Sentinels(options);
  }

  find(): Promise<Elected> {
    return this.#sentinels.find();
  }

  attach(connection: MasterConnection): void {
    this.#connections.add(connection);
  }

  detach(connection: MasterConnection): void {
    this.#connections.delete(connection);
  }

  /** Begins to follow. */
  begin(): void {
    if (this.#timer !== undefined || this.#closed) return;
    this.#sentinels.keep();
    this.#timer = setInterval(() => this.look(), LOOK_MS);
    this.look();
  }

  /** Asks the sentinels now. */
  look(): void {
    if (this.#timer === undefined || this.#closed) return;
    this.#again = this.#checking !== undefined;
    this.#checking ??= this.#check().finally(() => {
      this.#checking = undefined;
      if (this.#again) this.look();
    });
  }

  /** Gives up every connection: none leads to the master. */
  leaveAll(): void {
    for (const connection of this.#connections) connection.leave();
    this.look();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    clearInterval(this.#timer);
    for (const name of this.#listening.keys()) this.#leave(name);
    await this.#sentinels[Symbol.asyncDispose]();
    await this.#checking;
    await Promise.all(this.#ending);
  }

  async #check(): Promise<void> {
    try {
      this.#follow((await this.#sentinels.find()).address);
    } catch {
      // A client without a connection says why; one that is there need not be given up for it.
    }
    if (this.#closed) return;
    this.#noteQuorum();
    this.#listen();
  }

  #follow(address: HostPort): void {
    const name = formatHost(address);
    const left = [...this.#connections].filter(({ address: from }) =>
      from !== undefined && formatHost(from) !== name
    );
    const [from] = left.map((connection) => connection.address);
    if (from !== undefined) this.#reports.onMoved(formatHost(from), name);
    for (const connection of left) connection.leave();
  }

  #noteQuorum(): void {
    const { quorum } = this.#sentinels;
    this.#without = quorum === "majority" ? 0 : this.#without + 1;
    const noted = this.#without === 0 || this.#without >= LOOKS ? quorum : this.#quorum;
    if (noted === this.#quorum) return;
    this.#quorum = noted;
    this.#reports.onQuorum(noted);
  }

  /** Subscribes at each sentinel that is known. */
  #listen(): void {
    const addresses = new Map(this.#sentinels.addresses.map((address) => [formatHost(address), address]));
    for (const name of this.#listening.keys()) if (!addresses.has(name)) this.#leave(name);
    for (const [name, address] of addresses) if (!this.#listening.has(name)) this.#listenAt(name, address);
  }

  #listenAt(name: string, address: HostPort): void {
    const redis = createSentinelClient(this.#options, address, { retry: true });
    this.#listening.set(name, redis);
    redis.on("ready", () => {
      // One that may not be listened to is asked every second all the same.
      redis.subscribe(...CHANNELS).catch(() => {});
    });
    redis.on("message", (_channel: string, text: string) => {
      if (text.split(" ").includes(this.#sentinels.name)) this.look();
    });
    redis.connect().catch(() => {});
  }

  #leave(name: string): void {
    const redis = this.#listening.get(name);
    if (redis === undefined) return;
    this.#listening.delete(name);
    const ending = endClient(redis).finally(() => this.#ending.delete(ending));
    this.#ending.add(ending);
  }
}
