/**
 * Follows paths: listens first, then reads, then gives each row that comes, once. When the connection to Redis is lost, or cut
 * because the program was too slow, it begins again behind what was given, and says what was missed.
 */
import { Queue } from "../shared/async/queue.ts";
import { repeat } from "../shared/async/repeat.ts";
import { attempts } from "../shared/async/retry.ts";
import { StoreError } from "../shared/errors.ts";
import { message } from "../shared/messages/message.ts";
import { isRefusal } from "../shared/redis_errors.ts";
import type { Listening, Store } from "../store/store.ts";
import type { FollowedPath } from "./followed_path.ts";
import type { FollowItem } from "./missed.ts";
import type { ReconnectingStore } from "./reconnecting_store.ts";
import { readMessage } from "./watch.ts";

/** What a follower's owner is notified of beside the rows. */
export type FollowerEvents = {
  /** All that was cached has been given. */
  readonly onBegun: () => void;
  /** The connection is lost, or cannot be made again; called once until it is there again. */
  readonly onLost: (error: StoreError) => void;
};

/** What a follower is made of. */
export type FollowerOptions = {
  readonly link: ReconnectingStore;
  readonly paths: readonly FollowedPath[];
  readonly listen: (store: Store, what: readonly string[]) => Promise<Listening>;
  readonly patienceMs: number;
  readonly closing: AbortSignal;
};

/** Something to be read, or a row that was published. */
type Work =
  | { readonly path: FollowedPath; readonly text: string }
  | { readonly path: FollowedPath; readonly isRepair: boolean };

/** Without a message streams are read as often: what is published may not come. */
const QUIET_MS = 1000;

/** So long after an outage the service may still write what Redis has lost, of which nothing is published. */
const SETTLE_MS = 15_000;

/** Rows that may wait, and characters of them; a program that is further behind reads what is kept. */
const MAX_WAITING = 100_000;
const MAX_CHARS = 64 * 1024 * 1024;

const RETRY = { baseMs: 20, capMs: 2000 };

/**
 * Gives rows and what was missed until `closing`. Rejects as the paths do, with StoreError where Redis refuses it, or where
 * it is away at the start, or for longer than `patienceMs`.
 */
export async function* runFollower(
  { link, paths, listen, patienceMs, closing }: FollowerOptions,
  { onBegun, onLost }: FollowerEvents,
): AsyncGenerator<FollowItem> {
  let isBegun = false;
  let lostAt: number | undefined;
  for await (const { succeeded } of attempts({ ...RETRY, signal: closing })) {
    try {
      const store = await link.ready();
      await using messages = await listen(store, [...new Set(paths.map(({ watch }) => watch.what))]);
      for (const path of paths) {
        yield* isBegun ? await path.repair(store, true) : await path.begin(store);
      }
      if (!isBegun) onBegun();
      const settledAt = isBegun ? performance.now() + SETTLE_MS : 0;
      [isBegun, lostAt] = [true, undefined];
      succeeded();
      yield* runConnected(paths, { store, messages, settledAt });
      throw new StoreError(message("client.redis_lost"));
    } catch (error) {
      if (closing.aborted) return;
      if (!isBegun || !(error instanceof StoreError) || isRefusal(error)) throw error;
      if (lostAt === undefined) onLost(error);
      lostAt ??= performance.now();
      if (performance.now() - lostAt >= patienceMs) throw error;
    }
  }
}

/** Resolves when nothing more will come by this connection; rejects when Redis cannot be read. */
async function* runConnected(
  paths: readonly FollowedPath[],
  { store, messages, settledAt }: {
    readonly store: Store;
    readonly messages: Listening;
    readonly settledAt: number;
  },
): AsyncGenerator<FollowItem> {
  const work = new Queue<Work>(MAX_WAITING, {
    weigh: (each) => "text" in each ? each.text.length : 0,
    maxWeight: MAX_CHARS,
  });
  const over = new AbortController();
  // What is to be read waits once, however often it is published.
  const waiting = new Set<FollowedPath>();
  const readLater = (path: FollowedPath, isRepair: boolean) => {
    if (waiting.has(path)) return;
    waiting.add(path);
    work.push({ path, isRepair });
  };
  const receiving = receive(paths, messages, { work, readLater });
  const reading = repeat(
    () => {
      const isSettling = performance.now() < settledAt;
      for (const path of paths) if (path.isRead || isSettling) readLater(path, !path.isRead);
    },
    QUIET_MS,
    over.signal,
  );
  try {
    for await (const each of work) {
      if ("text" in each) {
        const row = readMessage(each.text);
        if (row !== undefined && each.path.watch.keeps(row)) yield* each.path.onRow(row);
        continue;
      }
      const { path, isRepair } = each;
      waiting.delete(path);
      if (isRepair) {
        yield* await path.repair(store, false);
        continue;
      }
      const { items, isWhole } = await path.read(store);
      if (!isWhole) readLater(path, false);
      yield* items;
    }
  } finally {
    over.abort();
    work.close();
    await reading;
    // It ends with the connection, or when its owner leaves it.
    void receiving;
  }
}

/** Queues what is published, until there is nothing more, or no room. */
async function receive(
  paths: readonly FollowedPath[],
  messages: Listening,
  { work, readLater }: {
    readonly work: Queue<Work>;
    readonly readLater: (path: FollowedPath, isRepair: boolean) => void;
  },
): Promise<void> {
  for await (const { channel, message: text } of messages) {
    for (const path of paths) {
      if (!path.watch.isChannel(channel)) continue;
      if (path.isRead) readLater(path, false);
      else if (!work.push({ path, text })) {
        // The program does not keep up: it goes on with what is kept.
        work.close();
        return;
      }
    }
  }
  work.close();
}
