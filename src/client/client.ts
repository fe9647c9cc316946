/** A client of a running service: commands with awaited replies, cached rows, and rows as they arrive. */
import { CODES, CommandError, NoServiceError, StaleError, StoreError } from "../errors.ts";
import type { Op, Reply } from "../control/command.ts";
import { createKeys, escapeGlob, everyKey, type Keys, replyKey } from "../store/keys.ts";
import { assertFresh, type Cached, readCached, readSubscriptions } from "../store/read.ts";
import { openStore } from "../store/redis.ts";
import type { Message, Store } from "../store/store.ts";
import type { SubRecord } from "../store/sub_records.ts";
import { findChannel } from "../okx/channels.ts";
import { findLegacy } from "../okx/legacy.ts";
import { parseAnyTopic } from "../okx/topic_v3.ts";
import { findV3Channel } from "../okx/v3_channels.ts";
import { completePath } from "./path.ts";
import { readMessage, watchOf } from "./watch.ts";

/** Where the service is, as far as it differs from the defaults. */
export type ConnectOptions = {
  /** `redis://127.0.0.1:6379` by default. */
  readonly redisUrl?: string;
  readonly keyPrefix?: string;
  readonly listenChannel?: string;
  readonly infoKey?: string;
  /** How long a reply may take. */
  readonly timeoutMs?: number;
};

/** What a login of a new server needs, and where it connects. */
export type OpenOptions = {
  readonly apiKey?: string;
  readonly secret?: string;
  readonly password?: string;
  readonly endpoint?: string;
  /** `v3` for old servers, which need a ws:// endpoint. */
  readonly protocol?: "v5" | "v3";
};

/** What the exchange said to one path. */
export type PathResult = {
  readonly path: string;
  readonly state: string;
  readonly error: { readonly code: string; readonly message: string } | null;
};

/** Parameters of {@link Client.get}; other members complete the path or filter rows. */
export type GetParams = {
  readonly instrument_id?: string;
  readonly currency?: string;
  /** At most this many rows of a series, the newest. */
  readonly n?: number;
  /** Refuse data whose last row came longer ago. */
  readonly maxAgeMs?: number;
  readonly [member: string]: string | number | undefined;
};

/** A path, or the exchange's own argument object. */
export type PathOrArg = string | Readonly<Record<string, string>>;

/** One row as it arrived. */
export type WatchedRow = { readonly path: string; readonly row: Record<string, unknown> };

/** See {@link connect}. Every method rejects with a class of `errors`: commands with CommandError or NoServiceError. */
export class Client implements AsyncDisposable {
  readonly #store: Store;
  readonly #options: Required<ConnectOptions>;
  readonly #id = crypto.randomUUID();
  readonly #closing = new AbortController();
  readonly #pending = new Map<string, (reply: Reply) => void>();
  #replies: Promise<void> | undefined;
  #count = 0;

  constructor(store: Store, options: Required<ConnectOptions>) {
    this.#store = store;
    this.#options = options;
  }

  /** Opens a named connection. */
  async openWs(name: string, options: OpenOptions = {}): Promise<void> {
    await this.#command("open", { name, args: options });
  }

  async closeWs(name: string): Promise<void> {
    await this.#command("close", { name });
  }

  /**
   * Resolves when the exchange has confirmed each path; rejects with CommandError when it refused any (80012), or has
   * not answered in time (0: the service goes on asking).
   */
  async subscribe(name: string, paths: PathOrArg | readonly PathOrArg[]): Promise<PathResult[]> {
    const results = await this.trySubscribe(name, paths);
    const refused = results.filter((result) => result.state === "refused");
    if (refused.length > 0) {
      const reasons = refused.map(({ path, error }) =>
        `${path}: ${error?.code ?? ""} ${error?.message ?? ""}`
      );
      throw new CommandError(CODES.exchangeRefused, reasons.join("; "));
    }
    const open = results.filter((result) => result.state !== "live");
    if (open.length === 0 && results.length > 0) return results;
    const states = open.map(({ path, state }) => `${path} is ${state}`).join("; ") || `${name} was closed`;
    throw new CommandError(0, `The exchange has not confirmed in time: ${states}`);
  }

  /** As {@link subscribe}, with refusals and what is not answered yet among the results. */
  async trySubscribe(name: string, paths: PathOrArg | readonly PathOrArg[]): Promise<PathResult[]> {
    const args = Array.isArray(paths) ? paths : [paths];
    const timeoutMs = Math.max(500, this.#options.timeoutMs - 500);
    const reply = await this.#send("subscribe", { name, args, wait: true, timeoutMs });
    if (reply.errorCode === CODES.exchangeRefused) return reply.message as PathResult[];
    return checked(reply).message as PathResult[];
  }

  async unsubscribe(name: string, paths: PathOrArg | readonly PathOrArg[]): Promise<PathResult[]> {
    const args = Array.isArray(paths) ? paths : [paths];
    return (await this.#command("unsubscribe", { name, args, wait: true })).message as PathResult[];
  }

  /** Names of the open servers. */
  async servers(): Promise<string[]> {
    return (await this.#command("servers", {})).message as string[];
  }

  /** The connection status that the service keeps in Redis; undefined when it says nothing of that server. */
  serverStatus(name: string): Promise<string | undefined> {
    return this.#store.text(this.#keys(name).status);
  }

  /** Connections and subscriptions of one server, or of all, as the service itself sees them. */
  async status(name?: string): Promise<unknown> {
    return (await this.#command("status", name === undefined ? {} : { name })).message;
  }

  /** What is known of each path of a server, from Redis. */
  subscriptions(name: string): Promise<Map<string, SubRecord>> {
    return readSubscriptions(this.#store, this.#keys(name));
  }

  /** Stops the service. */
  async serverQuit(): Promise<void> {
    await this.#command("quit_server", {});
  }

  /**
   * A cached row, or the rows of a series oldest first. Undefined (a row) or empty (a series): nothing is there.
   * Rejects with StaleError when `maxAgeMs` is given and the data is older or missing.
   */
  async get(name: string, path: string, params: GetParams = {}): Promise<Cached> {
    const { n, maxAgeMs, ...rest } = params;
    const members = Object.fromEntries(
      Object.entries(rest).flatMap(([key, value]) => value === undefined ? [] : [[key, String(value)]]),
    );
    const full = completePath(path, members);
    const keys = this.#keys(name);
    if (maxAgeMs !== undefined) await assertFresh(this.#store, keys, full.path, maxAgeMs);
    const cached = await readCached(this.#store, keys, full.path, {
      where: full.where,
      ...(n === undefined ? {} : { n }),
    });
    if (cached === undefined) refuseUnknown(full.path);
    if (maxAgeMs !== undefined && cached === undefined) {
      throw new StaleError(`There is nothing for ${full.path}`);
    }
    return cached;
  }

  /** Rows as they arrive, until the loop is left or the client closed; rejects with StoreError when Redis is lost. */
  async *watch(name: string, ...paths: string[]): AsyncGenerator<Record<string, unknown>> {
    for await (const { row } of this.watchPaths(name, paths)) yield row;
  }

  /** As {@link watch}, with the path of each row; `onReady` is called when nothing can be missed any more. */
  async *watchPaths(name: string, paths: readonly string[], onReady = () => {}): AsyncGenerator<WatchedRow> {
    const keys = this.#keys(name);
    const watches = paths.map((path) => watchOf(keys, path));
    await using messages = await this.#store.listen(watches.map(({ what }) => what), this.#closing.signal);
    onReady();
    for await (const { channel, message } of messages as AsyncIterable<Message>) {
      const row = readMessage(message);
      if (row === undefined) continue;
      for (const watch of watches) {
        if (watch.hears(channel) && watch.keeps(row)) yield { path: watch.path, row };
      }
    }
    if (!this.#closing.signal.aborted) throw new StoreError("The connection to Redis is lost");
  }

  /** Deletes cached keys (all under the prefix by default) and answers how many. */
  async redisClear(pattern?: string, onProgress: (deleted: number) => void = () => {}): Promise<number> {
    let deleted = 0;
    for await (const keys of this.#store.scan(pattern ?? everyKey(this.#options.keyPrefix))) {
      deleted += await this.#store.remove(keys);
      onProgress(deleted);
    }
    return deleted;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing.abort();
    await this.#store[Symbol.asyncDispose]();
    await this.#replies?.catch(() => {});
  }

  async #command(op: Op, fields: Readonly<Record<string, unknown>>): Promise<Reply> {
    return checked(await this.#send(op, fields));
  }

  async #send(op: Op, fields: Readonly<Record<string, unknown>>): Promise<Reply> {
    await this.#hearReplies();
    const { listenChannel, timeoutMs } = this.#options;
    const id = `${this.#id}-${++this.#count}`;
    const answer = Promise.withResolvers<Reply>();
    this.#pending.set(id, answer.resolve);
    let timer: ReturnType<typeof setTimeout> | undefined;
    const onClosing = () =>
      answer.reject(new CommandError(0, `The client was closed before the reply to ${op} came`));
    this.#closing.signal.addEventListener("abort", onClosing);
    try {
      const heard = await this.#store.publish(listenChannel, JSON.stringify({ id, op, ...fields }));
      if (heard === 0) {
        throw new NoServiceError(
          `No okws service is listening on ${listenChannel}; start one with: okws serve`,
        );
      }
      const late = new Promise<never>((_, reject) => {
        timer = setTimeout(
          () => reject(new CommandError(0, `No reply to ${op} within ${timeoutMs} ms`)),
          timeoutMs,
        );
      });
      return await Promise.race([answer.promise, late]);
    } finally {
      clearTimeout(timer);
      this.#closing.signal.removeEventListener("abort", onClosing);
      this.#pending.delete(id);
    }
  }

  /** Subscribes to the replies of this client before its first command, so that none can be missed. */
  async #hearReplies(): Promise<void> {
    if (this.#replies !== undefined) return;
    const { infoKey } = this.#options;
    const pattern = replyKey(escapeGlob(infoKey), `${this.#id}-*`);
    const messages = await this.#store.listen([pattern], this.#closing.signal);
    this.#replies = (async () => {
      for await (const { channel, message } of messages) {
        this.#pending.get(channel.slice(infoKey.length + 1))?.(JSON.parse(message) as Reply);
      }
    })();
  }

  #keys(name: string): Keys {
    return createKeys(this.#options.keyPrefix, name);
  }
}

/** Throws CommandError for a path of a channel that does not exist, where nothing is cached under it either. */
function refuseUnknown(path: string): void {
  const topic = parseAnyTopic(path);
  const table = path.split(":")[0] as string;
  const known = findChannel(table) ?? findLegacy(table) ?? findV3Channel(table);
  if (topic.kind === "fault" && known === undefined) throw new CommandError(CODES.unknownPath, topic.message);
}

/** Connects to the Redis of a service. Rejects with StoreError when it cannot be reached. */
export async function connect(options: ConnectOptions = {}): Promise<Client> {
  const full: Required<ConnectOptions> = {
    redisUrl: options.redisUrl ?? "redis://127.0.0.1:6379",
    keyPrefix: options.keyPrefix ?? "okex",
    listenChannel: options.listenChannel ?? "trade-ws",
    infoKey: options.infoKey ?? "trade-ws/info",
    timeoutMs: options.timeoutMs ?? 10_000,
  };
  return new Client(await openStore(full.redisUrl), full);
}

function checked(reply: Reply): Reply {
  if (reply.errorCode === CODES.done) return reply;
  throw new CommandError(
    reply.errorCode,
    typeof reply.message === "string" ? reply.message : JSON.stringify(reply.message),
  );
}
