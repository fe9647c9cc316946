/** The store over Redis: one pipelined connection, one for subscriptions. The only user of the Redis client. */
import { Redis, type RedisOptions } from "ioredis";
import { Queue } from "../async/queue.ts";
import { backoff } from "../async/backoff.ts";
import { StoreError } from "../errors.ts";
import { roomLogger } from "../log.ts";
import { addFollowUp, addWrite, isAppended, isRejected, replyAt, type WrittenNames } from "./apply.ts";
import { parseRedisUrl } from "../redis_url.ts";
import type { Reply } from "./resp.ts";
import type { Applied, Listening, Message, Store } from "./store.ts";
import { Wire, type WireError } from "./wire.ts";
import type { Write } from "./write.ts";

/** Settings of {@link openStore}. */
export type StoreOptions = {
  /** Goes on trying for ever, as a service must; otherwise one failed attempt ends it, as a command should. */
  readonly persistent?: boolean;
  readonly connectTimeoutMs?: number;
};

/** Messages that may wait for one listener; a listener further behind than this loses the newest. */
const LISTEN_CAPACITY = 100_000;

/** How long a connection that is given up may take to close. */
const DISCONNECT_MS = 100;

/** A command that is not answered within this time counts as a lost connection. */
const COMMAND_TIMEOUT_MS = 15_000;

type ClientOptions = Omit<RedisOptions, "replyMapping">;

const log = roomLogger("store");

/** Connects to a REDIS_URL. Rejects with StoreError where it cannot, unless `persistent`. */
export async function openStore(url: string, options: StoreOptions = {}): Promise<Store> {
  const { persistent = false, connectTimeoutMs = 5000 } = options;
  const target = parseRedisUrl(url);
  if (target.kind === "fault") throw new StoreError(target.message);
  if (target.kind === "embedded") {
    throw new StoreError("The embedded store is reached by its own redis:// address");
  }
  const shared: ClientOptions = {
    ...target.options,
    lazyConnect: true,
    connectTimeout: connectTimeoutMs,
    protocol: 2,
    keepAlive: 10_000,
    enableOfflineQueue: false,
    disconnectTimeout: DISCONNECT_MS,
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: null,
    connectionName: "okws",
    retryStrategy: (attempt) =>
      persistent ? backoff(attempt - 1, Math.random, { baseMs: 50, capMs: 2000 }) : null,
  };
  const main = new Redis(shared);
  let lastError: Error | undefined;
  main.on("error", (error: Error) => lastError = error);
  try {
    await withDeadline(main.connect(), connectTimeoutMs);
  } catch (error) {
    if (!persistent) {
      await end(main);
      throw new StoreError(`Cannot reach Redis at ${target.shown}: ${reasonOf(lastError ?? error)}`, {
        cause: error,
      });
    }
    log.warn("Cannot reach Redis yet, trying on", {
      redis: target.shown,
      reason: reasonOf(lastError ?? error),
    });
  }
  return new RedisStore(main, shared, target.shown);
}

class RedisStore implements Store {
  readonly #main: Redis;
  readonly #wire: Wire;
  readonly #options: ClientOptions;
  readonly #shown: string;
  readonly #listeners = new Set<Listener>();
  readonly #written: WrittenNames = new Map();
  readonly #rejectedKeys = new Set<string>();
  /** Lists that were sent before, perhaps to be done. */
  readonly #cutOff = new WeakSet<readonly Write[]>();
  #subscriber: Promise<Redis> | undefined;

  constructor(main: Redis, options: ClientOptions, shown: string) {
    this.#main = main;
    this.#wire = new Wire(main, COMMAND_TIMEOUT_MS);
    this.#options = options;
    this.#shown = shown;
    // What Redis held before a reconnect may be gone.
    main.on("close", () => this.#written.clear());
  }

  async apply(writes: readonly Write[]): Promise<Applied> {
    try {
      return await this.#apply(writes);
    } catch (error) {
      // How much of it was done is not known.
      this.#written.clear();
      this.#cutOff.add(writes);
      throw error;
    }
  }

  async #apply(writes: readonly Write[]): Promise<Applied> {
    const repeated = this.#cutOff.has(writes);
    const batch = this.#wire.batch();
    const last: number[] = [];
    for (const write of writes) {
      addWrite(batch, write, this.#written);
      last.push(batch.size - 1);
    }
    const replies = await this.#wire.send(batch);
    const followUps = this.#wire.batch();
    let rejected = 0;
    for (const [i, write] of writes.entries()) {
      const reply = replyAt(replies, last[i] as number);
      if (repeated && isAppended(write, reply)) continue;
      const before = followUps.size;
      addFollowUp(followUps, write, reply);
      if (followUps.size === before && isRejected(reply)) rejected += this.#noteRejected(write, reply);
    }
    for (const reply of await this.#wire.send(followUps)) if (isRejected(reply)) rejected += 1;
    return { commands: batch.size + followUps.size, rejected };
  }

  async publish(channel: string, message: string): Promise<number> {
    return Number(await this.#ask(["PUBLISH", channel, message]));
  }

  async listeners(channel: string): Promise<number> {
    const reply = await this.#ask(["PUBSUB", "NUMSUB", channel]);
    return Number(Array.isArray(reply) ? reply[1] : 0);
  }

  async listen(what: readonly string[], signal: AbortSignal): Promise<Listening> {
    const listener: Listener = {
      channels: what.filter((name) => !name.includes("*")),
      patterns: what.filter((name) => name.includes("*")),
      queue: new Queue<Message>(LISTEN_CAPACITY),
      lost: 0,
    };
    this.#listeners.add(listener);
    const ended = Promise.withResolvers<void>();
    const end = () => {
      signal.removeEventListener("abort", end);
      this.#listeners.delete(listener);
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
      throw this.#away(error);
    }
    return {
      [Symbol.asyncIterator]: () => listener.queue[Symbol.asyncIterator](),
      [Symbol.asyncDispose]: end,
    };
  }

  async text(key: string): Promise<string | undefined> {
    return optional(await this.#ask(["GET", key]));
  }

  async row(key: string): Promise<Record<string, string>> {
    return paired(await this.#ask(["HGETALL", key]));
  }

  async rows(keys: readonly string[]): Promise<Record<string, string>[]> {
    const batch = this.#wire.batch();
    for (const key of keys) batch.add(["HGETALL", key]);
    return (await this.#wire.send(batch)).map((reply) => paired(this.#checked(reply)));
  }

  async field(key: string, field: string): Promise<string | undefined> {
    return optional(await this.#ask(["HGET", key, field]));
  }

  async newest(key: string, count: number): Promise<string[]> {
    return listed(await this.#ask(["ZRANGE", key, String(-count), "-1"]));
  }

  async members(key: string): Promise<string[]> {
    return listed(await this.#ask(["SMEMBERS", key]));
  }

  async entries(key: string, count: number): Promise<Record<string, string>[]> {
    const reply = await this.#ask(["XREVRANGE", key, "+", "-", "COUNT", String(count)]);
    const entries: readonly Reply[] = Array.isArray(reply) ? reply : [];
    return entries.toReversed().map((entry) => paired(Array.isArray(entry) ? entry[1] : []));
  }

  async type(key: string): Promise<string> {
    return String(await this.#ask(["TYPE", key]));
  }

  async *scan(pattern: string): AsyncGenerator<string[]> {
    let cursor = "0";
    do {
      const reply = await this.#ask(["SCAN", cursor, "MATCH", pattern, "COUNT", "500"]);
      const [next, keys] = Array.isArray(reply) ? reply : ["0", []];
      cursor = String(next);
      yield listed(keys);
    } while (cursor !== "0");
  }

  async remove(keys: readonly string[]): Promise<number> {
    return keys.length === 0 ? 0 : Number(await this.#ask(["UNLINK", ...keys]));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const listener of this.#listeners) listener.queue.close();
    this.#listeners.clear();
    const subscriber = await this.#subscriber?.catch(() => undefined);
    await Promise.all([subscriber, this.#main].map((redis) => redis && end(redis)));
  }

  async #subscribe({ channels, patterns }: Listener): Promise<void> {
    const subscriber = await (this.#subscriber ??= this.#openSubscriber());
    if (channels.length > 0) await subscriber.subscribe(...channels);
    if (patterns.length > 0) await subscriber.psubscribe(...patterns);
  }

  async #openSubscriber(): Promise<Redis> {
    const subscriber = new Redis({ ...this.#options, enableOfflineQueue: true });
    subscriber.on("error", () => {});
    // Without another attempt nothing more will be heard.
    subscriber.on("end", () => {
      this.#subscriber = undefined;
      for (const listener of this.#listeners) listener.queue.close();
    });
    subscriber.on("message", (channel: string, message: string) => this.#deliver(channel, channel, message));
    subscriber.on("pmessage", (pattern: string, channel: string, message: string) => {
      this.#deliver(pattern, channel, message);
    });
    try {
      await subscriber.connect();
    } catch (error) {
      if (this.#options.retryStrategy?.(1) === null) {
        this.#subscriber = undefined;
        throw error;
      }
    }
    return subscriber;
  }

  #deliver(what: string, channel: string, message: string): void {
    for (const listener of this.#listeners) {
      if (!listener.channels.includes(what) && !listener.patterns.includes(what)) continue;
      if (!listener.queue.push({ channel, message })) listener.lost += 1;
      if (listener.lost === 1) log.warn("A listener does not keep up, messages are lost", { channel });
    }
  }

  async #ask(parts: readonly string[]): Promise<Reply> {
    const batch = this.#wire.batch();
    batch.add(parts);
    const [reply] = await this.#wire.send(batch);
    return this.#checked(reply as Reply | WireError);
  }

  #checked(reply: Reply | WireError): Reply {
    if (reply instanceof Error) throw this.#away(reply);
    return reply;
  }

  #away(error: unknown): StoreError {
    return new StoreError(`Redis at ${this.#shown}: ${reasonOf(error)}`, { cause: error });
  }

  /** One line for each key that Redis refuses, not one for each write. */
  #noteRejected(write: Write, error: Error): number {
    const key = write.kind === "publish" ? write.channel : write.key;
    this.#written.delete(key);
    if (!this.#rejectedKeys.has(key) && this.#rejectedKeys.size < 1000) {
      this.#rejectedKeys.add(key);
      log.error("Redis refuses to write a key", { key, reason: error.message });
    }
    return 1;
  }
}

/** ioredis' own limit ends with the TCP connection; a server that then says nothing would be waited for without end. */
async function withDeadline(connecting: Promise<void>, ms: number): Promise<void> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => late.reject(new Error(`no answer within ${ms} ms`)), ms);
  // Whichever comes second is nobody's business any more.
  connecting.catch(() => {});
  try {
    await Promise.race([connecting, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}

type Listener = {
  readonly channels: readonly string[];
  readonly patterns: readonly string[];
  readonly queue: Queue<Message>;
  lost: number;
};

/** What went wrong, in words a person can act on. */
function reasonOf(error: unknown): string {
  if (error instanceof AggregateError && error.errors.length > 0) return reasonOf(error.errors[0]);
  const message = error instanceof Error ? error.message : String(error);
  if (message.includes("ECONNREFUSED") || message.includes("ENOENT")) {
    return `${message} (is redis-server running?)`;
  }
  if (message.includes("Stream isn't writeable") || message === "Connection is closed.") {
    return "connection lost";
  }
  return message;
}

/** Ends a client, whatever it is at. */
async function end(redis: Redis): Promise<void> {
  const { status } = redis;
  if (status === "end") return;
  const ended = new Promise<void>((resolve) => redis.once("end", () => resolve()));
  redis.disconnect();
  // Between two attempts there is no socket whose end would be told, only the timer of the disconnect itself.
  await (status === "reconnecting" ? new Promise((resolve) => setTimeout(resolve, DISCONNECT_MS)) : ended);
}

function optional(reply: Reply): string | undefined {
  return reply === null ? undefined : String(reply);
}

function listed(reply: Reply): string[] {
  return Array.isArray(reply) ? reply.map(String) : [];
}

function paired(reply: Reply): Record<string, string> {
  const row: Record<string, string> = {};
  if (!Array.isArray(reply)) return row;
  for (let i = 0; i + 1 < reply.length; i += 2) row[String(reply[i])] = String(reply[i + 1]);
  return row;
}
