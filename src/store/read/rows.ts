/** Readers for the layout that the projector writes, next to it so that the two cannot part. */
import { findChannel } from "../../okx/channels.ts";
import { filterOfPath, tableOf } from "../../okx/path_text.ts";
import { parseAnyTopic, type Topic } from "../../okx/topic.ts";
import { isGapMark } from "../write/dropped_events.ts";
import type { Keys } from "../layout/keys.ts";
import { readBook } from "./book.ts";
import type { CachedRow, Store } from "../store.ts";
import { readSubRecord, type SubRecord } from "../layout/subscription_record.ts";

/** One row, or the rows of a series, oldest first; undefined and empty: nothing is there. */
export type Cached = CachedRow | CachedRow[] | undefined;

/** What a reader may say besides the path. */
export type ReadOptions = {
  /** At most this many rows of a series, the newest; of an order book so many levels of each side. */
  readonly n?: number;
  /** Only rows whose members have these values. */
  readonly where?: Readonly<Record<string, string>>;
  /** At most this many of the newest rows are looked through for those that match; all of them unless given. */
  readonly most?: number;
  /** Only rows that this says yes to. */
  readonly only?: (row: CachedRow) => boolean;
  /** Called with how many rows of how many were read, now and then. */
  readonly onProgress?: (read: number, total: number) => void;
};

/** Reads whatever is cached for a path, by the type of its key. */
export async function readCached(
  store: Store,
  keys: Keys,
  written: string,
  options: ReadOptions = {},
): Promise<Cached> {
  const { n = Infinity, most = MAX_ROWS, where = {}, only = () => true, onProgress = () => {} } = options;
  const topic = parseAnyTopic(written);
  const path = topic.kind === "topic" ? topic.path : written;
  // Legacy trades of all instruments of a product share one index.
  const shared = topic.kind === "topic" && topic.storage === "trades";
  const instrument = shared ? filterOfPath(topic.path) : undefined;
  let key = topic.kind === "fault" ? keys.path(path) : keyOf(keys, topic);
  let type = await store.type(key);
  if (type === "none" && topic.kind === "topic" && topic.storage === "open") {
    // Nothing is open under that path, or it is the id of one row: `orders:<ordId>`.
    key = keys.path(path);
    type = await store.type(key);
  }
  // Each path has an index of its own of the rows in the one that they share; what is older than that has not.
  const own = shared ? keys.path(path) : undefined;
  const isOwn = own !== undefined && await store.type(own) === "zset";
  // The rows of orders, positions and the like are named by channel and id.
  const table = tableOf(path);
  const byTable = findChannel(table)?.storage === "open";
  const rowKey = (between: "indexed" | "member") => (id: string) =>
    byTable ? keys.row(table, id) : keys[between](key, id);
  const matches = (row: CachedRow) =>
    Object.keys(row).length > 0 &&
    (isOwn || instrument === undefined || isOfInstrument(table, row.instrument_id, instrument)) &&
    Object.entries(where).every(([name, value]) => row[name] === value) && only(row);
  const narrowed = (instrument !== undefined && !isOwn) || Object.keys(where).length > 0 ||
    options.only !== undefined;
  const rows = (rowKeys: readonly string[]) => readRows(store, rowKeys, onProgress);
  const count = narrowed || n === Infinity ? most : n;
  const newest = (rows: CachedRow[]) => rows.filter(matches).slice(-Math.min(n, MAX_ROWS));
  switch (type) {
    case "hash": {
      const row = await store.row(key);
      if (!matches(row)) return undefined;
      const isBook = topic.kind === "topic" && (topic.storage === "book" || topic.storage === "bookSnapshot");
      return isBook ? await readBook(store, keys, { topic, row, n: options.n }) : row;
    }
    case "zset":
      return newest(await rows((await store.newest(isOwn ? own : key, count)).map(rowKey("indexed"))));
    case "stream":
      // A mark says what a stream has lost; it is no row.
      return newest((await store.entries(key, count)).filter((entry) => !isGapMark(entry)));
    case "set":
      return newest(await rows((await store.members(key)).sort().map(rowKey("member"))));
    default:
      return topic.kind === "topic" && topic.storage === "open" ? [] : undefined;
  }
}

/** Returns rows in portions: a pipeline of a hundred thousand commands would hold up everybody else. */
async function readRows(
  store: Store,
  keys: readonly string[],
  onProgress: (read: number, total: number) => void,
): Promise<CachedRow[]> {
  const rows: CachedRow[] = [];
  for (let at = 0; at < keys.length; at += PORTION) {
    for (const row of await store.rows(keys.slice(at, at + PORTION))) rows.push(row);
    onProgress(rows.length, keys.length);
  }
  return rows;
}

/** Rows read at once. */
const PORTION = 1000;

/** Returns whether an id is the desired instrument; legacy options are subscribed by family, and their rows name the contract. */
export function isOfInstrument(table: string, id: string | undefined, wanted: string): boolean {
  return id === wanted || (table.startsWith("option/") && id?.startsWith(`${wanted}-`) === true);
}

/** Returns where the rows of a topic are found: for what has a life, the set of what is open. */
function keyOf(keys: Keys, topic: Topic): string {
  if (topic.storage === "trades") return keys.path(topic.table);
  return topic.storage === "open" ? keys.open(topic.path) : keys.path(topic.path);
}

/** Rows read at most; an index holds no more than MAX_ROW of the configuration anyway. */
const MAX_ROWS = 1_000_000;

/** Returns what `P/subs` says of a path; undefined when it is not subscribed, or what is there is no record. */
export async function readSubscription(
  store: Store,
  keys: Keys,
  path: string,
): Promise<SubRecord | undefined> {
  const text = await store.field(keys.subs, path);
  return text === undefined ? undefined : readSubRecord(text);
}

/** Reads the records of `P/subs` by path; what is none is left out. */
export async function readSubscriptions(store: Store, keys: Keys): Promise<Map<string, SubRecord>> {
  const records = new Map<string, SubRecord>();
  for (const [path, text] of Object.entries(await store.row(keys.subs))) {
    const record = readSubRecord(text);
    if (record !== undefined) records.set(path, record);
  }
  return records;
}
