/**
 * Reads what a service keeps in Redis: cached rows, rows as they are published, and the two joined without a gap or a
 * double.
 */
import { CODES, CommandError, StaleError, StoreError } from "../shared/errors.ts";
import { findChannel } from "../okx/channels.ts";
import { findLegacy } from "../okx/v3/legacy_channels.ts";
import { parseAnyTopic } from "../okx/v3/topic.ts";
import { findV3Channel } from "../okx/v3/channels.ts";
import { assertFresh, readPathRecords, readServed } from "../store/read/freshness.ts";
import { createKeys, everyKey, type Keys } from "../store/layout/keys.ts";
import { type Cached, readCached, type ReadOptions } from "../store/read/rows.ts";
import type { CachedRow, Listening, Message, Store } from "../store/store.ts";
import { fieldText } from "../store/write/write.ts";
import { createOverlap } from "./overlap.ts";
import { completePath, type FullPath } from "./path.ts";
import { timeOf } from "./row_time.ts";
import { readMessage, watchOf } from "./watch.ts";
import { message } from "../shared/messages/message.ts";

/** Parameters of a client's `get` and `follow`; other members complete the path or filter rows. */
export type GetParams = {
  readonly instrument_id?: string;
  readonly currency?: string;
  /** At most this many rows of a series, the newest; of an order book so many levels of each side. */
  readonly n?: number;
  /**
   * Only rows from then on, by the time that they carry themselves (exchange's clock, Unix milliseconds). Rows without a
   * time are left out.
   */
  readonly since?: number | Date;
  /** Refuse data whose last row came longer ago. */
  readonly maxAgeMs?: number;
  readonly [member: string]: string | number | Date | undefined;
};

/** One row as it arrived. */
export type WatchedRow = { readonly path: string; readonly row: Record<string, unknown> };

/** One row of a client's `followPaths`: from the cache, where all members are texts, or as it arrived. */
export type FollowedRow = WatchedRow & { readonly cached: boolean };

/** Called with how many rows of how many were read, now and then. */
export type OnProgress = (read: number, total: number) => void;

/** Rows that a follower reads at least, so that none that is published twice can pass for new. */
const OVERLAP_ROWS = 10_000;

/** Reads rows and follows them. What each method promises is said at the client's method of its name. */
export class Reader {
  readonly #store: Store;
  readonly #keyPrefix: string;
  readonly #closing: AbortSignal;

  /** `closing` ends everything that listens. */
  constructor(store: Store, keyPrefix: string, closing: AbortSignal) {
    this.#store = store;
    this.#keyPrefix = keyPrefix;
    this.#closing = closing;
  }

  async get(name: string, path: string, params: GetParams, onProgress?: OnProgress): Promise<Cached> {
    const { n, since, maxAgeMs } = params;
    const full = fullPath(path, params);
    const cached = await this.#read(name, full.path, maxAgeMs, {
      where: full.where,
      ...(n === undefined ? {} : { n }),
      ...(since === undefined ? {} : { only: isSince(since) }),
      ...(onProgress === undefined ? {} : { onProgress }),
    });
    if (cached === undefined) refuseUnknown(full.path);
    if (maxAgeMs !== undefined && cached === undefined) {
      throw new StaleError(message("read.nothing", { path: full.path }));
    }
    return cached ?? (isSeries(full.path) ? [] : undefined);
  }

  async *watch(name: string, paths: readonly string[], onReady: () => void): AsyncGenerator<WatchedRow> {
    yield* this.#receive(name, paths, () => {
      onReady();
      return [];
    });
  }

  async *follow(
    name: string,
    paths: readonly string[],
    params: GetParams,
    onCached: () => void,
  ): AsyncGenerator<FollowedRow> {
    const { n = Infinity, since, maxAgeMs } = params;
    const fulls = paths.map((path) => fullPath(path, params));
    const isWanted = since === undefined ? () => true : isSince(since);
    const news = new Map<string, (row: Readonly<Record<string, unknown>>) => boolean>();
    const readPath = this.#read.bind(this);
    const cached = async function* (): AsyncGenerator<FollowedRow> {
      for (const { path, where } of fulls) {
        const found = await readPath(name, path, maxAgeMs, { n: Math.max(n, OVERLAP_ROWS) });
        if (found === undefined) refuseUnknown(path);
        const rows: CachedRow[] = found === undefined ? [] : Array.isArray(found) ? found : [found];
        const overlap = createOverlap(path, rows);
        news.set(path, (row) => overlap.isNew(row) && isOf(row, where));
        const shown = rows.filter((row) => isOf(row, where) && isWanted(row)).slice(-n);
        for (const row of shown) yield { path, row, cached: true };
      }
      onCached();
    };
    for await (const received of this.#receive(name, fulls.map(({ path }) => path), cached)) {
      if ("cached" in received) yield received;
      else if (news.get(received.path)?.(received.row)) yield { ...received, cached: false };
    }
  }

  /** Listens first, then gives what `begin` gives, then each row that was published since. */
  async *#receive<First extends WatchedRow>(
    name: string,
    paths: readonly string[],
    begin: () => Iterable<First> | AsyncIterable<First>,
  ): AsyncGenerator<First | WatchedRow> {
    const keys = this.#keys(name);
    const watches = paths.map((path) => watchOf(keys, path));
    await using messages = await this.#listen(watches.map(({ what }) => what));
    yield* begin();
    for await (const { channel, message } of messages as AsyncIterable<Message>) {
      const row = readMessage(message);
      if (row === undefined) continue;
      for (const watch of watches) {
        if (watch.isChannel(channel) && watch.keeps(row)) yield { path: watch.path, row };
      }
    }
    if (!this.#closing.aborted) throw new StoreError(message("client.redis_lost"));
  }

  /**
   * An account that may receive only what is under the prefix may subscribe to no narrower pattern (Redis compares patterns
   * as texts): it receives everything there, and what is not wanted is left out here.
   */
  async #listen(what: readonly string[]): Promise<Listening> {
    const signal = this.#closing;
    try {
      return await this.#store.listen(what, signal);
    } catch (error) {
      const isPattern = what.some((each) => each.includes("*"));
      if (!isPattern || !(error instanceof StoreError) || !error.message.includes("NOPERM")) throw error;
      return await this.#store.listen([everyKey(this.#keyPrefix)], signal);
    }
  }

  async #read(
    name: string,
    path: string,
    maxAgeMs: number | undefined,
    options: ReadOptions,
  ): Promise<Cached> {
    const keys = this.#keys(name);
    // In this order: a row is then at least as new as what is said of it.
    const speakers = maxAgeMs === undefined ? undefined : await readPathRecords(this.#store, keys, path);
    const cached = await readCached(this.#store, keys, path, options);
    if (speakers !== undefined && maxAgeMs !== undefined) {
      const [now, isServed] = await Promise.all([this.#store.time(), readServed(this.#store, keys)]);
      const isPart = Object.keys(options.where ?? {}).length > 0;
      assertFresh(path, speakers, cached, { maxAgeMs, now, isServed, isPart });
    }
    return cached;
  }

  #keys(name: string): Keys {
    return createKeys(this.#keyPrefix, name, this.#store.clustered);
  }
}

/** The path that the members of the parameters complete, and those that filter. */
function fullPath(path: string, params: GetParams): FullPath {
  const { n: _n, since: _since, maxAgeMs: _maxAgeMs, ...rest } = params;
  const members = Object.entries(rest).flatMap(([key, value]) =>
    value === undefined ? [] : [[key, String(value)]]
  );
  return completePath(path, Object.fromEntries(members));
}

function isSince(since: number | Date): (row: Readonly<Record<string, unknown>>) => boolean {
  const ms = Number(since);
  if (Number.isNaN(ms)) throw new RangeError(message("client.since", { value: String(since) }).english);
  return (row) => (timeOf(row) ?? 0) >= ms;
}

function isOf(
  row: Readonly<Record<string, unknown>>,
  where: Readonly<Record<string, string>>,
): boolean {
  return Object.entries(where).every(([name, value]) =>
    row[name] !== undefined && fieldText(row[name]) === value
  );
}

/** Storages that are read as a list. */
const SERIES: readonly string[] = ["candle", "events", "trades", "instruments", "open"];

/** Whether a path, or a channel alone, has a list of rows rather than one. */
function isSeries(path: string): boolean {
  const topic = parseAnyTopic(path);
  if (topic.kind === "topic") return SERIES.includes(topic.storage);
  return !path.includes(":") && SERIES.includes((findChannel(path) ?? findLegacy(path))?.storage ?? "");
}

/** Throws CommandError for a path of a channel that does not exist, where nothing is cached under it either. */
function refuseUnknown(path: string): void {
  const topic = parseAnyTopic(path);
  const table = path.split(":")[0] as string;
  const known = findChannel(table) ?? findLegacy(table) ?? findV3Channel(table);
  if (topic.kind === "fault" && known === undefined) throw new CommandError(CODES.unknownPath, topic.text);
}
