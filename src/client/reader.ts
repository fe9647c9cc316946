/**
 * Reads what a service keeps in Redis: cached rows, rows as they are published, and the two joined without a gap or a
 * double.
 */
import { CODES, CommandError, StaleError, StoreError } from "../shared/errors.ts";
import { tableOf } from "../okx/path_text.ts";
import { storageOfTable } from "../okx/table_storage.ts";
import { isSeries, parseAnyTopic } from "../okx/topic.ts";
import { createKeys, everyKey, type Keys } from "../store/layout/keys.ts";
import { type Cached, readCached } from "../store/read/rows.ts";
import type { ChannelMessage, Listening, Store } from "../store/store.ts";
import type { FollowedPath } from "./followed_path.ts";
import { followRows } from "./followed_rows.ts";
import { followStream } from "./followed_stream.ts";
import { runFollower } from "./follower.ts";
import { type FollowedRow, isMissed, type Missed, type WatchedRow } from "./missed.ts";
import { fullPath, type GetParams, isSince } from "./params.ts";
import { readFresh } from "./read_fresh.ts";
import type { ReconnectingStore } from "./reconnecting_store.ts";
import { readMessage, watchOf } from "./watch.ts";
import { message } from "../shared/messages/message.ts";

/** Called with how many rows of how many were read, now and then. */
export type OnProgress = (read: number, total: number) => void;

/** Where a follower begins, and what is called for what happens beside the rows. */
export type FollowOptions = {
  /** The `id` of an entry, behind which a path that is a stream is followed; `0-0`: from the oldest. */
  readonly after?: string;
  /**
   * Called between two rows, where a connection was lost or rows are missing. Without it a follower goes on over lost
   * connections as long as no entry of a stream, legacy trade or bar is missing, and rejects with StoreError otherwise.
   */
  readonly onMissed?: (missed: Missed) => void;
  /** Called when the connection to Redis is lost; what was missed is said when it is there again. */
  readonly onLost?: (error: StoreError) => void;
  /** How long Redis may be away; a minute by default. */
  readonly patienceMs?: number;
};

/** How long Redis may be away unless something else is said. */
const PATIENCE_MS = 60_000;

/** Reads rows and follows them. What each method promises is said at the client's method of its name. */
export class Reader {
  readonly #link: ReconnectingStore;
  readonly #keyPrefix: string;
  readonly #closing: AbortSignal;

  /** `closing` ends everything that listens. */
  constructor(link: ReconnectingStore, keyPrefix: string, closing: AbortSignal) {
    this.#link = link;
    this.#keyPrefix = keyPrefix;
    this.#closing = closing;
  }

  async get(name: string, path: string, params: GetParams, onProgress?: OnProgress): Promise<Cached> {
    const { n, since, maxAgeMs } = params;
    const full = fullPath(path, params);
    const store = await this.#link.ready();
    const keys = this.#keys(name);
    const cached = await readFresh(store, { keys, full, maxAgeMs }, () =>
      readCached(store, keys, full.path, {
        where: full.where,
        ...(n === undefined ? {} : { n }),
        ...(since === undefined ? {} : { only: isSince(since) }),
        ...(onProgress === undefined ? {} : { onProgress }),
      }));
    if (cached === undefined) refuseUnknown(full.path);
    if (maxAgeMs !== undefined && cached === undefined) {
      throw new StaleError(message("read.nothing", { path: full.path }));
    }
    return cached ?? (isList(full.path) ? [] : undefined);
  }

  async *watch(name: string, paths: readonly string[], onReady: () => void): AsyncGenerator<WatchedRow> {
    const keys = this.#keys(name);
    const watches = paths.map((path) => watchOf(keys, path));
    await using messages = await this.#listen(await this.#link.ready(), watches.map(({ what }) => what));
    onReady();
    for await (const { channel, message } of messages as AsyncIterable<ChannelMessage>) {
      const row = readMessage(message);
      if (row === undefined) continue;
      for (const watch of watches) {
        if (watch.isChannel(channel) && watch.keeps(row)) yield { path: watch.path, row };
      }
    }
    if (!this.#closing.aborted) throw new StoreError(message("client.redis_lost"));
  }

  async *follow(
    name: string,
    paths: readonly string[],
    params: GetParams,
    { onBegun, after, onMissed, onLost = () => {}, patienceMs = PATIENCE_MS }: FollowOptions & {
      readonly onBegun: () => void;
    },
  ): AsyncGenerator<FollowedRow> {
    const { maxAgeMs } = params;
    if (after !== undefined && !ENTRY_ID.test(after)) {
      throw new RangeError(message("client.after", { value: after }).english);
    }
    const keys = this.#keys(name);
    const followed = paths.map((path): FollowedPath => {
      const full = fullPath(path, params);
      const watch = watchOf(keys, full.path);
      const topic = parseAnyTopic(full.path);
      const options = {
        ...{ keys, full, params, watch, after },
        fresh: <Rows extends Cached>(store: Store, read: () => Promise<Rows>) =>
          readFresh(store, { keys, full, maxAgeMs }, read),
      };
      return topic.kind === "fault" || topic.storage === "events"
        ? followStream(options)
        : followRows(topic, options);
    });
    const items = runFollower({
      ...{ link: this.#link, paths: followed, patienceMs, closing: this.#closing },
      listen: (store, what) => this.#listen(store, what),
    }, { onBegun, onLost });
    for await (const item of items) {
      if (!isMissed(item)) yield item;
      else if (onMissed !== undefined) onMissed(item);
      else if (item.rows !== 0 && isSeriesPath(item.path)) throw missedError(item);
    }
  }

  /**
   * An account that may receive only what is under the prefix may subscribe to no narrower pattern (Redis compares patterns
   * as texts): it receives everything there, and what was not asked for is left out here.
   */
  async #listen(store: Store, what: readonly string[]): Promise<Listening> {
    const signal = this.#closing;
    try {
      return await store.listen(what, signal);
    } catch (error) {
      const isPattern = what.some((each) => each.includes("*"));
      if (!isPattern || !(error instanceof StoreError) || !error.message.includes("NOPERM")) throw error;
      return await store.listen([everyKey(this.#keyPrefix)], signal);
    }
  }

  #keys(name: string): Keys {
    return createKeys(this.#keyPrefix, name, this.#link.clustered);
  }
}

/** What Redis names an entry of a stream by. */
const ENTRY_ID = /^\d+(-\d+)?$/;

/** Storages that are read as a list. */
const LISTS: readonly string[] = ["candle", "events", "trades", "instruments", "open"];

/** Returns whether a path, or a channel alone, has a list of rows rather than one. */
function isList(path: string): boolean {
  const topic = parseAnyTopic(path);
  if (topic.kind === "topic") return LISTS.includes(topic.storage);
  return !path.includes(":") && LISTS.includes(storageOfTable(path) ?? "");
}

/** Returns whether a row of a path stays beside those before it, so that one that is missed is missing. */
function isSeriesPath(path: string): boolean {
  const topic = parseAnyTopic(path);
  return topic.kind === "topic" && isSeries(topic);
}

function missedError({ path, rows, why }: Missed): StoreError {
  return new StoreError(
    rows === null
      ? message("client.missed_unknown", { path, why })
      : message("client.missed", { path, count: rows, why }),
  );
}

/** Throws CommandError for a path of a channel that does not exist, where nothing is cached under it either. */
function refuseUnknown(path: string): void {
  const topic = parseAnyTopic(path);
  const isKnown = storageOfTable(tableOf(path)) !== undefined;
  if (topic.kind === "fault" && !isKnown) throw new CommandError(CODES.unknownPath, topic.text);
}
