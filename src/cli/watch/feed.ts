/**
 * Keeps a live table up to date from Redis: rows as they arrive, what is said of their subscriptions every second, and the
 * levels of order books that changed. When Redis goes away it says so in its state and reconnects, for ever.
 */
import { sleep } from "../../shared/async/sleep.ts";
import type { Client, ConnectOptions } from "../../client/client.ts";
import { CommandError, StoreError } from "../../shared/errors.ts";
import { keepConnected } from "../shared/live_client.ts";
import { addRow, setRedisStatus, type WatchState } from "./watch_state.ts";
import { keyed } from "../i18n/translate.ts";

/** Time between two looks at the subscriptions. */
const LOOK_MS = 1000;

/** Time between two reads of order books that changed. */
const BOOKS_MS = 250;

/** Redis is called away when it has not answered for this long. */
const SILENT_MS = 3000;

/** Rows of a series that are shown from before the start. */
const EARLIER_ROWS = 200;

/** Runs until the signal is aborted; rejects when Redis cannot be reached at the start, or a path is none. */
export async function runFeed(
  watch: WatchState,
  options: ConnectOptions,
  signal: AbortSignal,
): Promise<void> {
  let wasUp = false;
  const work = (client: Client) => {
    wasUp = true;
    return runConnected(watch, client, signal);
  };
  const onOutage = (error: StoreError) => {
    if (!wasUp) throw error;
    setRedisStatus(watch, "lost", error.text ?? error.message, Date.now());
  };
  await keepConnected(options, work, { signal, onOutage });
}

async function runConnected(watch: WatchState, client: Client, signal: AbortSignal): Promise<void> {
  const over = new AbortController();
  const end = () => over.abort();
  signal.addEventListener("abort", end);
  // What the cache has of the events is read again.
  watch.tape = [];
  try {
    const looks = [look(watch, client, over.signal), readBooks(watch, client, over.signal)];
    const rows = follow(watch, client);
    await Promise.race([rows, ...looks]);
  } finally {
    end();
    signal.removeEventListener("abort", end);
  }
}

async function follow(watch: WatchState, client: Client): Promise<void> {
  const rows = client.followPaths(watch.name, watch.paths, { n: EARLIER_ROWS });
  for await (const { path, row, cached } of rows) addRow(watch, path, row, { cached, now: Date.now() });
}

/** What Redis says of the subscriptions and of the service. */
async function look(watch: WatchState, client: Client, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const late = setTimeout(
      () =>
        setRedisStatus(watch, "lost", keyed("redis.unanswered", { seconds: SILENT_MS / 1000 }), Date.now()),
      SILENT_MS,
    );
    try {
      const [records, status, isServed] = await Promise.all([
        client.subscriptionsHere(watch.name),
        client.serverStatus(watch.name),
        client.isServed().catch(unknownWithoutRights),
      ]);
      if (signal.aborted) return;
      watch.records = records;
      watch.status = status ?? "";
      // The status is kept by a living service alone, and gone half a minute after it.
      setRedisStatus(watch, (isServed ?? status !== undefined) ? "up" : "unserved", "", Date.now());
    } finally {
      clearTimeout(late);
    }
    await sleep(LOOK_MS, signal);
  }
}

/** An account that may only read need not be allowed to count listeners. */
function unknownWithoutRights(error: unknown): undefined {
  if (!(error instanceof StoreError) || !error.message.includes("NOPERM")) throw error;
}

async function readBooks(watch: WatchState, client: Client, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const paths = [...watch.changedBooks];
    watch.changedBooks.clear();
    for (const path of paths) {
      const book = await client.get(watch.name, path).catch(ignoreCommandError);
      if (book === undefined || Array.isArray(book)) continue;
      addRow(watch, path, book, { cached: true, now: Date.now() });
    }
    await sleep(BOOKS_MS, signal);
  }
}

/** A book that is gone is no reason to end. */
function ignoreCommandError(error: unknown): undefined {
  if (!(error instanceof CommandError)) throw error;
}
