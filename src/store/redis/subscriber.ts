/**
 * The connection that receives messages, shared by all listeners of a store. It subscribes to what any of them wants, keeps
 * that over reconnections, and in a cluster moves to another node when its own is gone: a message published on any node
 * is heard on every one.
 */
import type { Redis } from "ioredis";
import { Queue } from "../../shared/async/queue.ts";
import type { HostPort } from "../../shared/redis_url.ts";
import { type ClientOptions, createClient, endClient } from "./connect.ts";
import type { Listening, Message } from "../store.ts";

/** Messages that may wait for one listener; a listener further behind than this loses the newest. */
const LISTEN_CAPACITY = 100_000;

/** Characters of those messages together. */
const LISTEN_CHARS = 64 * 1024 * 1024;

/** A subscriber is asked as often whether it is still there; after two questions without an answer it is given up. */
const PING_MS = 5000;

/** Between two attempts to subscribe what Redis refused. */
const RESUBSCRIBE_MS = 5000;

/** Settings of {@link Subscriber}. */
export type SubscriberOptions = {
  readonly client: ClientOptions;
  /** In a cluster, where else to connect; asked at each attempt. */
  readonly nodes?: () => readonly HostPort[];
  /** A listener does not keep up: called once for each. */
  readonly onLoss: (channel: string) => void;
  /** Redis refuses, on a new connection, what was subscribed on the one before; it is tried again. */
  readonly onRefused: (reason: string) => void;
};

type Listener = {
  readonly channels: readonly string[];
  readonly patterns: readonly string[];
  readonly queue: Queue<Message>;
  lost: number;
};

/** One connection for the messages of all listeners. */
export class Subscriber implements AsyncDisposable {
  readonly #options: SubscriberOptions;
  readonly #listeners = new Set<Listener>();
  #redis: Promise<Redis> | undefined;

  constructor(options: SubscriberOptions) {
    this.#options = options;
  }

  /** As `Store.listen`, but rejects with whatever the client says. */
  async listen(what: readonly string[], signal: AbortSignal): Promise<Listening> {
    const listener: Listener = {
      channels: what.filter((name) => !name.includes("*")),
      patterns: what.filter((name) => name.includes("*")),
      queue: new Queue<Message>(LISTEN_CAPACITY, {
        weigh: ({ channel, message }) => channel.length + message.length,
        maxWeight: LISTEN_CHARS,
      }),
      lost: 0,
    };
    this.#listeners.add(listener);
    const ended = Promise.withResolvers<void>();
    const end = () => {
      signal.removeEventListener("abort", end);
      if (this.#listeners.delete(listener)) void this.#unsubscribe(listener);
      listener.queue.close();
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
    for (const listener of this.#listeners) listener.queue.close();
    this.#listeners.clear();
    const redis = await this.#redis?.catch(() => undefined);
    if (redis !== undefined) await endClient(redis);
  }

  async #subscribe({ channels, patterns }: Listener): Promise<void> {
    const redis = await (this.#redis ??= this.#open());
    if (channels.length > 0) await redis.subscribe(...channels);
    if (patterns.length > 0) await redis.psubscribe(...patterns);
  }

  /** Leaves what no other listener wants. */
  async #unsubscribe({ channels, patterns }: Listener): Promise<void> {
    const others = [...this.#listeners];
    const channelsLeft = channels.filter((each) => !others.some((other) => other.channels.includes(each)));
    const patternsLeft = patterns.filter((each) => !others.some((other) => other.patterns.includes(each)));
    try {
      const redis = await this.#redis;
      if (redis?.status !== "ready") return;
      if (channelsLeft.length > 0) await redis.unsubscribe(...channelsLeft);
      if (patternsLeft.length > 0) await redis.punsubscribe(...patternsLeft);
    } catch {
      // A connection that is gone is subscribed to nothing.
    }
  }

  async #open(): Promise<Redis> {
    const { client, nodes } = this.#options;
    let attempts = 0;
    const redis: Redis = createClient({
      ...client,
      ...nodes?.()[0],
      enableOfflineQueue: true,
      // Done here: the client leaves a refusal to nobody, which would end the process.
      autoResubscribe: false,
      retryStrategy: (attempt) => {
        const known = nodes?.() ?? [];
        // The client reads its address from its options at each attempt.
        if (known.length > 0) Object.assign(redis.options, known[++attempts % known.length]);
        return client.retryStrategy?.(attempt) ?? null;
      },
    });
    watchOver(redis);
    this.#resubscribe(redis);
    // Without another attempt nothing more will be received.
    redis.on("end", () => {
      this.#redis = undefined;
      for (const listener of this.#listeners) listener.queue.close();
    });
    redis.on("message", (channel: string, message: string) => this.#deliver(channel, channel, message));
    redis.on("pmessage", (pattern: string, channel: string, message: string) => {
      this.#deliver(pattern, channel, message);
    });
    try {
      await redis.connect();
    } catch (error) {
      if (client.retryStrategy?.(1) === null) {
        this.#redis = undefined;
        throw error;
      }
    }
    return redis;
  }

  /** Subscribes on each further connection what the listeners want, until Redis lets it. */
  #resubscribe(redis: Redis): void {
    let timer: ReturnType<typeof setTimeout> | undefined;
    let isFirst = true;
    const subscribe = async () => {
      const listeners = [...this.#listeners];
      const channels = [...new Set(listeners.flatMap((each) => each.channels))];
      const patterns = [...new Set(listeners.flatMap((each) => each.patterns))];
      try {
        if (channels.length > 0) await redis.subscribe(...channels);
        if (patterns.length > 0) await redis.psubscribe(...patterns);
      } catch (error) {
        // The next connection begins again.
        if (redis.status !== "ready") return;
        this.#options.onRefused(error instanceof Error ? error.message : String(error));
        timer = setTimeout(() => void subscribe(), RESUBSCRIBE_MS);
      }
    };
    const stop = () => clearTimeout(timer);
    redis.on("ready", () => {
      stop();
      if (!isFirst) void subscribe();
      isFirst = false;
    });
    redis.on("close", stop);
    redis.on("end", stop);
  }

  #deliver(what: string, channel: string, message: string): void {
    for (const listener of this.#listeners) {
      if (!listener.channels.includes(what) && !listener.patterns.includes(what)) continue;
      if (!listener.queue.push({ channel, message })) listener.lost += 1;
      if (listener.lost === 1) this.#options.onLoss(channel);
    }
  }
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
