/**
 * The connection that receives messages, shared by all listeners of a store. It subscribes to what any of them needs and keeps
 * that over reconnections. In a cluster a message published on any node is received on every one; there it moves to
 * another node when its own is no master any more or brings nothing, without losing or doubling a message on the way.
 */
import type { Redis } from "ioredis";
import { sleep } from "../../shared/async/sleep.ts";
import { withDeadline } from "../../shared/async/with_deadline.ts";
import { formatHost, type HostPort } from "../../shared/redis_url.ts";
import { type ClientOptions, connectClient, createClient, endClient } from "./connect.ts";
import type { ChannelMessage, Listening, ListenOptions } from "../store.ts";
import type { Gate } from "./lease/gate.ts";
import { type Channels, MessageListeners } from "./message_listeners.ts";
import { SubscriberHeartbeat } from "./subscriber_heartbeat.ts";
import { DuplicateFilter } from "./duplicate_filter.ts";

/** A subscriber is asked as often whether it is still there; after two questions without an answer it is given up. */
const PING_MS = 5000;

/** Between two attempts to subscribe what Redis refused. */
const RESUBSCRIBE_MS = 5000;

/** How long both connections receive when one replaces the other, and how long what is late is still looked for. */
const OVERLAP_MS = 500;

/** How long Redis has to confirm that nothing more is delivered. */
const LEAVE_MS = 1000;

/** Settings of {@link Subscriber}. */
export type SubscriberOptions = {
  readonly client: ClientOptions;
  /** Goes on after a connection is lost; otherwise its listeners end with it, since messages may be missing. */
  readonly isPersistent: boolean;
  /** In a cluster, where else to connect, the best first; asked at each attempt. */
  readonly nodes?: () => readonly HostPort[];
  /** A channel of our own, and what publishes on it by another node than `away`; see {@link SubscriberHeartbeat}. */
  readonly heartbeat?: {
    readonly channel: string;
    readonly publish: (text: string, away: string) => Promise<boolean>;
  };
  /** What a connection of a service has to pass before it takes messages. */
  readonly gate?: Gate | undefined;
  /** A listener does not keep up: called once for each. */
  readonly onLoss: (channel: string) => void;
  /** Redis refuses, on a new connection, what was subscribed on the one before; it is tried again. */
  readonly onRefused: (reason: string) => void;
};

/** One connection for the messages of all listeners. */
export class Subscriber implements AsyncDisposable {
  readonly #options: SubscriberOptions;
  readonly #listeners: MessageListeners;
  readonly #closing = new AbortController();
  readonly #heartbeat: SubscriberHeartbeat | undefined;
  #redis: Promise<Redis> | undefined;
  /** What {@link #redis} resolves with. */
  #current: Redis | undefined;
  /** While one connection replaces another. */
  #overlap: { readonly old: Redis; readonly filter: DuplicateFilter } | undefined;
  #moving: Promise<void> | undefined;

  constructor(options: SubscriberOptions) {
    this.#options = options;
    this.#listeners = new MessageListeners(options.onLoss);
    const { heartbeat } = options;
    this.#heartbeat = heartbeat === undefined ? undefined : new SubscriberHeartbeat({
      publish: (text) => heartbeat.publish(text, addressOf(this.#current)),
      onDeaf: () => this.#onDeaf(),
    });
  }

  /** Moves the connection where the nodes of the cluster are others and its own is none of them any more. */
  check(): void {
    const { nodes } = this.#options;
    const redis = this.#current;
    if (nodes === undefined || redis === undefined || this.#closing.signal.aborted) return;
    if (nodes().some((address) => formatHost(address) === addressOf(redis))) return;
    this.#move();
  }

  /** Listens as `Store.listen` does, but rejects with whatever the client says. */
  async listen(
    what: readonly string[],
    signal: AbortSignal,
    { isDrained = false }: ListenOptions = {},
  ): Promise<Listening> {
    const listener = this.#listeners.add(what);
    const ended = Promise.withResolvers<void>();
    const end = () => {
      signal.removeEventListener("abort", end);
      const left = this.#unsubscribe(this.#listeners.leave(listener));
      const remove = () => this.#listeners.remove(listener);
      if (isDrained) void withDeadline(left, LEAVE_MS, () => {}).then(remove);
      else remove();
      ended.resolve();
      return ended.promise;
    };
    signal.addEventListener("abort", end);
    if (signal.aborted) await end();
    try {
      // Redis may be away for long; a stop does not wait for it.
      await Promise.race([this.#subscribe(listener), ended.promise]);
    } catch (error) {
      await end();
      throw error;
    }
    return {
      [Symbol.asyncIterator]: () => listener.queue[Symbol.asyncIterator](),
      [Symbol.asyncDispose]: end,
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing.abort();
    this.#heartbeat?.stop();
    this.#listeners.close();
    this.#listeners.clear();
    // One that has not been connected yet ends its attempts.
    if (this.#current !== undefined) await endClient(this.#current);
    const redis = await this.#redis?.catch(() => undefined);
    if (redis !== undefined) await endClient(redis);
    await this.#moving;
  }

  async #subscribe(what: Channels): Promise<void> {
    const redis = await (this.#redis ??= this.#open());
    await subscribe(redis, what);
    if (this.#heartbeat?.isRunning === false) await this.#startHeartbeat(redis);
  }

  /** An account that may not listen to it does without. */
  async #startHeartbeat(redis: Redis): Promise<void> {
    const { heartbeat } = this.#options;
    if (heartbeat === undefined || this.#closing.signal.aborted) return;
    try {
      await redis.subscribe(heartbeat.channel);
      if (!this.#closing.signal.aborted && redis === this.#current) this.#heartbeat?.start();
    } catch {
      this.#heartbeat?.stop();
    }
  }

  /** Unsubscribes what no listener needs any more. */
  async #unsubscribe({ channels, patterns }: Channels): Promise<void> {
    try {
      const redis = await this.#redis;
      if (redis?.status !== "ready") return;
      if (channels.length > 0) await redis.unsubscribe(...channels);
      if (patterns.length > 0) await redis.punsubscribe(...patterns);
    } catch {
      // A connection that is gone is subscribed to nothing.
    }
  }

  async #open(): Promise<Redis> {
    const redis = this.#create(this.#options.nodes?.()[0]);
    this.#current = redis;
    this.#resubscribe(redis);
    try {
      await redis.connect();
      await this.#admit(redis);
    } catch (error) {
      if (!this.#options.isPersistent || this.#options.gate?.isClosed) {
        this.#redis = undefined;
        throw error;
      }
    }
    return redis;
  }

  #create(address: HostPort | undefined): Redis {
    const { client, nodes } = this.#options;
    let attempts = 0;
    const redis: Redis = createClient({
      ...client,
      ...address,
      enableOfflineQueue: true,
      // Done here: the client leaves a refusal to nobody, which would end the process.
      autoResubscribe: false,
      retryStrategy: (attempt) => {
        if (redis !== this.#current) return null;
        const known = nodes?.() ?? [];
        // The client reads its address from its options at each attempt.
        if (known.length > 0) Object.assign(redis.options, known[attempts++ % known.length]);
        return client.retryStrategy?.(attempt) ?? null;
      },
    });
    watchOver(redis);
    // Without another attempt nothing more will be received.
    redis.on("end", () => {
      if (redis !== this.#current) return;
      this.#redis = this.#current = undefined;
      this.#heartbeat?.stop();
      this.#listeners.close();
    });
    redis.on("message", (channel: string, message: string) => {
      this.#onMessage(redis, channel, { channel, message });
    });
    redis.on("pmessage", (pattern: string, channel: string, message: string) => {
      this.#onMessage(redis, pattern, { channel, message });
    });
    return redis;
  }

  async #admit(redis: Redis): Promise<void> {
    await this.#options.gate?.admitListener((name) => redis.client("SETNAME", name));
  }

  /** Subscribes on each further connection what the listeners need, until Redis lets it. */
  #resubscribe(redis: Redis): void {
    let timer: ReturnType<typeof setTimeout> | undefined;
    let isFirst = redis.status !== "ready";
    const resubscribe = async () => {
      try {
        await this.#admit(redis);
        await subscribe(redis, this.#listeners.channels());
      } catch (error) {
        // The next connection begins again.
        if (redis.status !== "ready" || this.#options.gate?.isClosed) return;
        this.#options.onRefused(error instanceof Error ? error.message : String(error));
        timer = setTimeout(() => void resubscribe(), RESUBSCRIBE_MS);
      }
    };
    const stop = () => clearTimeout(timer);
    redis.on("ready", () => {
      stop();
      if (!isFirst) void resubscribe().then(() => this.#startHeartbeat(redis));
      isFirst = false;
      this.check();
    });
    redis.on("close", stop);
    redis.on("end", stop);
  }

  /** What is published is not received: another node is listened to, or listeners learn that something is missing. */
  #onDeaf(): void {
    const redis = this.#current;
    if (redis === undefined) return;
    if (!this.#options.isPersistent) redis.disconnect();
    else if (!this.#move()) redis.disconnect(true);
  }

  /** Moves to another node, where there is one; not while it is on the way already, or connecting anyway. */
  #move(): boolean {
    const old = this.#current;
    if (old?.status !== "ready" || this.#moving !== undefined) return true;
    const addresses = (this.#options.nodes?.() ?? []).filter((address) =>
      formatHost(address) !== addressOf(old)
    );
    if (addresses.length === 0) return false;
    this.#moving = this.#moveTo(addresses, old).catch(() => {}).finally(() => this.#moving = undefined);
    return true;
  }

  async #moveTo(addresses: readonly HostPort[], old: Redis): Promise<void> {
    const { signal } = this.#closing;
    for (const address of addresses) {
      if (signal.aborted || this.#current !== old) return;
      const next = this.#create(address);
      const filter = new DuplicateFilter();
      this.#overlap = { old, filter };
      try {
        await connectClient(next, this.#options.client.connectTimeout ?? 0);
        await this.#admit(next);
        await subscribe(next, this.#listeners.channels());
        if (signal.aborted || this.#current !== old) throw new Error("nobody waits for it any more");
      } catch {
        this.#overlap = undefined;
        await endClient(next);
        continue;
      }
      this.#redis = Promise.resolve(next);
      this.#current = next;
      this.#resubscribe(next);
      // Listeners that began meanwhile have subscribed on the old one.
      await subscribe(next, this.#listeners.channels()).catch(() =>
        next.disconnect(this.#options.isPersistent)
      );
      await this.#startHeartbeat(next);
      await sleep(OVERLAP_MS, signal);
      await endClient(old);
      await sleep(OVERLAP_MS, signal);
      this.#overlap = undefined;
      return;
    }
  }

  #onMessage(redis: Redis, what: string, message: ChannelMessage): void {
    if (what === this.#options.heartbeat?.channel) {
      if (redis === this.#current) this.#heartbeat?.onMessage(message.message);
      return;
    }
    const overlap = this.#overlap;
    if (overlap !== undefined && !overlap.filter.isNew(what, message, redis === overlap.old)) return;
    this.#listeners.deliver(what, message);
  }
}

async function subscribe(redis: Redis, { channels, patterns }: Channels): Promise<void> {
  if (channels.length > 0) await redis.subscribe(...channels);
  if (patterns.length > 0) await redis.psubscribe(...patterns);
}

/** Returns where a client is connected to, as nodes are named. */
function addressOf(redis: Redis | undefined): string {
  if (redis === undefined) return "";
  const { host = "", port = 0 } = redis.options;
  return formatHost({ host, port });
}

/** A connection that is open but dead is ended, so that the next attempt begins. */
function watchOver(redis: Redis): void {
  let timer: ReturnType<typeof setInterval> | undefined;
  let unanswered = 0;
  const stop = () => clearInterval(timer);
  redis.on("ready", () => {
    stop();
    unanswered = 0;
    timer = setInterval(() => {
      if (unanswered++ >= 2) return redis.disconnect(true);
      redis.ping().then(() => unanswered = 0, () => {});
    }, PING_MS);
  });
  redis.on("close", stop);
  redis.on("end", stop);
}
