/** A client of a running service: commands with awaited replies, cached rows, and rows as they arrive. */
import { CODES, CommandError } from "../shared/errors.ts";
import type { ReloadReport } from "../control/command.ts";
import type { Protocol } from "../okx/codec.ts";
import { createKeys, everyKey, type Keys, spellings } from "../store/layout/keys.ts";
import { type Cached, readSubscriptions } from "../store/read/rows.ts";
import { readHeldLeases } from "../store/read/held_leases.ts";
import { readServers } from "../store/read/stored_servers.ts";
import type { SubRecord } from "../store/layout/subscription_record.ts";
import type { FollowedRow, WatchedRow } from "./missed.ts";
import type { GetParams } from "./params.ts";
import { type FollowOptions, type OnProgress, Reader } from "./reader.ts";
import { checkReply, Requests } from "./requests.ts";
import { readServiceView, type ServiceView } from "./service_view.ts";
import { ReconnectingStore } from "./reconnecting_store.ts";
import type { Store } from "../store/store.ts";
import { message } from "../shared/messages/message.ts";

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
  readonly protocol?: Protocol;
};

/** What the exchange said to one path. */
export type PathResult = {
  readonly path: string;
  readonly state: string;
  readonly error: { readonly code: string; readonly message: string; readonly nextAt?: number } | null;
};

/** A path, or the exchange's own argument object. */
export type PathOrArg = string | Readonly<Record<string, string>>;

/** See {@link connect}. Every method rejects with a class of `errors`: commands with CommandError or NoServiceError. */
export class Client implements AsyncDisposable {
  readonly #link: ReconnectingStore;
  readonly #options: Required<ConnectOptions>;
  readonly #closing = new AbortController();
  readonly #requests: Requests;
  readonly #reader: Reader;

  constructor(link: ReconnectingStore, options: Required<ConnectOptions>) {
    this.#link = link;
    this.#options = options;
    this.#requests = new Requests(link, options, this.#closing.signal);
    this.#reader = new Reader(link, options.keyPrefix, this.#closing.signal);
  }

  /** Opens a named connection. */
  async openWs(name: string, options: OpenOptions = {}): Promise<void> {
    await this.#requests.command("open", { name, args: options });
  }

  /** Closes it; returns what is still to come, as where a shard is not there, or an empty text. */
  async closeWs(name: string): Promise<string> {
    return String((await this.#requests.command("close", { name })).message);
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
    const states = open.map(({ path, state }) => `${path} is ${state}`).join("; ");
    const reason = states === "" ? message("command.server_closed", { name }) : states;
    throw new CommandError(0, message("command.not_confirmed", { reason }));
  }

  /** Subscribes as {@link subscribe} does, with refusals and what is not answered yet among the results. */
  async trySubscribe(name: string, paths: PathOrArg | readonly PathOrArg[]): Promise<PathResult[]> {
    const args = Array.isArray(paths) ? paths : [paths];
    const timeoutMs = Math.min(120_000, Math.max(500, this.#options.timeoutMs - 500));
    const reply = await this.#requests.send("subscribe", { name, args, wait: true, timeoutMs });
    if (reply.errorCode === CODES.exchangeRefused) return reply.message as PathResult[];
    return checkReply(reply).message as PathResult[];
  }

  async unsubscribe(name: string, paths: PathOrArg | readonly PathOrArg[]): Promise<PathResult[]> {
    const args = Array.isArray(paths) ? paths : [paths];
    return (await this.#requests.command("unsubscribe", { name, args, wait: true })).message as PathResult[];
  }

  /** Returns names of the open servers. */
  async servers(): Promise<string[]> {
    return (await this.#requests.command("servers", {})).message as string[];
  }

  /** Returns the names of the servers that have subscriptions in Redis, whether or not a service runs. */
  async storedServers(): Promise<string[]> {
    return await readServers(await this.#link.ready(), this.#options.keyPrefix);
  }

  /** Returns the connection status that the service keeps in Redis; undefined when it says nothing of that server. */
  async serverStatus(name: string): Promise<string | undefined> {
    return await (await this.#link.ready()).text(this.#keys(name).status);
  }

  /** Connections and subscriptions of one server, or of all, as the service itself sees them. */
  async status(name?: string): Promise<unknown> {
    return (await this.#requests.command("status", name === undefined ? {} : { name })).message;
  }

  /**
   * Returns what is known of each path of a server, from Redis; times are those of Redis' clock, see {@link redisTime}.
   */
  async subscriptions(name: string): Promise<Map<string, SubRecord>> {
    return await readSubscriptions(await this.#link.ready(), this.#keys(name));
  }

  /** Returns what {@link subscriptions} does, with times by this machine's clock, from which ages follow. */
  async subscriptionsHere(name: string): Promise<Map<string, SubRecord>> {
    const [records, redis] = await Promise.all([this.subscriptions(name), this.redisTime()]);
    const aheadMs = Math.round(redis - Date.now());
    const here = (at: number) => at === 0 ? 0 : at - aheadMs;
    return new Map(
      [...records].map(([path, record]) => [
        path,
        { ...record, since: here(record.since), receivedAt: here(record.receivedAt) },
      ]),
    );
  }

  /** Returns the Unix milliseconds by Redis' own clock, which the times in `P/subs` are of. */
  async redisTime(): Promise<number> {
    return await (await this.#link.ready()).time();
  }

  /**
   * Makes the service read its configuration file again and apply what differs; returns what that changed. Rejects with
   * CommandError where the file has faults (nothing is changed then), or where there is none.
   */
  async reload(): Promise<ReloadReport> {
    return (await this.#requests.command("reload", {})).message as ReloadReport;
  }

  /** Stops the service. */
  async serverQuit(): Promise<void> {
    await this.#requests.command("quit_server", {});
  }

  /** Returns everything that the service knows of itself: connections, subscriptions and counters, in one command. */
  async view(): Promise<ServiceView> {
    return readServiceView(await this.status());
  }

  /** Returns whether a service listens for commands right now; asks Redis alone. */
  async isServed(): Promise<boolean> {
    return await (await this.#link.ready()).listeners(this.#options.listenChannel) > 0;
  }

  /** Returns one section of Redis' INFO, such as `memory`, by name. */
  async redisInfo(section: string): Promise<Record<string, string>> {
    return await (await this.#link.ready()).info(section);
  }

  /**
   * Returns a cached row, or the rows of a series oldest first. Undefined (a row) or empty (a series): nothing is there.
   * Rejects with StaleError when `maxAgeMs` is given and the data is older, missing, or an order book that is not kept up
   * at the moment.
   */
  get(name: string, path: string, params: GetParams = {}, onProgress?: OnProgress): Promise<Cached> {
    return this.#reader.get(name, path, params, onProgress);
  }

  /**
   * Returns rows as they arrive, until the loop is left or the client closed; rejects with StoreError when Redis is lost.
   */
  async *watch(name: string, ...paths: string[]): AsyncGenerator<Record<string, unknown>> {
    for await (const { row } of this.watchPaths(name, paths)) yield row;
  }

  /** Watches as {@link watch} does, with the path of each row; `onReady` is called when nothing can be missed any more. */
  watchPaths(name: string, paths: readonly string[], onReady = () => {}): AsyncGenerator<WatchedRow> {
    return this.#reader.watch(name, paths, onReady);
  }

  /**
   * Yields what is cached, as {@link get} gives it, then each row as it arrives, without losing or doubling one in between. Of
   * an order book that is its levels and then the exchange's pushes. Goes on when the connection to Redis was lost: with
   * the entries of a stream behind the last one, and of everything else with what has changed. Ends when the client is
   * closed; rejects with StoreError when Redis is away for longer than `patienceMs`, and, without `onMissed`, where rows
   * of a series are missing.
   *
   * ```ts
   * const onMissed = ({ rows, why }: Missed) => console.warn(`${rows ?? "some"} missed: ${why}`);
   * for await (const trade of okws.follow("test", "trades:BTC-USDT", { n: 100 }, { onMissed })) { … }
   * ```
   */
  async *follow(
    name: string,
    path: string,
    params: GetParams = {},
    options: FollowOptions = {},
  ): AsyncGenerator<Record<string, unknown>> {
    for await (const { row } of this.followPaths(name, [path], params, () => {}, options)) yield row;
  }

  /**
   * Follows as {@link follow} does, for several paths, with the path of each row; `params` are those of each path. `onCached`
   * is called when all that was cached has been given.
   */
  followPaths(
    name: string,
    paths: readonly string[],
    params: GetParams = {},
    onCached = () => {},
    options: FollowOptions = {},
  ): AsyncGenerator<FollowedRow> {
    return this.#reader.follow(name, paths, params, { ...options, onBegun: onCached });
  }

  /**
   * Deletes cached keys (all under the prefix by default) and returns how many. The lease of the service that writes them
   * stays.
   */
  async redisClear(pattern?: string, onProgress: (deleted: number) => void = () => {}): Promise<number> {
    const store = await this.#link.ready();
    const kept = await readHeldLeases(store, this.#options.keyPrefix);
    let deleted = 0;
    for await (const keys of this.#scan(store, pattern)) {
      deleted += await store.remove(keys.filter((key) => !kept.includes(key)));
      onProgress(deleted);
    }
    return deleted;
  }

  /** Returns how many keys {@link redisClear} would delete now, and whether a service is at work that writes some of them again. */
  async redisCount(pattern?: string): Promise<{ readonly keys: number; readonly isWritten: boolean }> {
    const store = await this.#link.ready();
    const kept = await readHeldLeases(store, this.#options.keyPrefix);
    const found = new Set<string>();
    for await (const keys of this.#scan(store, pattern)) for (const key of keys) found.add(key);
    for (const key of kept) found.delete(key);
    return { keys: found.size, isWritten: kept.length > 0 };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing.abort();
    await this.#link[Symbol.asyncDispose]();
  }

  /** Yields keys as they are found, some of them twice. */
  async *#scan(store: Store, pattern = everyKey(this.#options.keyPrefix)): AsyncGenerator<string[]> {
    for (const each of spellings(pattern)) yield* store.scan(each);
  }

  #keys(name: string): Keys {
    return createKeys(this.#options.keyPrefix, name, this.#link.clustered);
  }
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
  const ownChannel = `${full.keyPrefix}/alive/${crypto.randomUUID()}`;
  const isPattern = ownChannel.includes("*");
  return new Client(await ReconnectingStore.open(full.redisUrl, isPattern ? {} : { ownChannel }), full);
}
