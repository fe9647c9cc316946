/**
 * Where each series stood when it was last written, read from Redis: a service that starts goes on with what was missing,
 * fetches what was missed since, and takes nothing twice.
 */
import type { OpenGap } from "../../model/events.ts";
import { belongsTo } from "../../okx/belongs.ts";
import { canMissRows, type Topic } from "../../okx/topic.ts";
import type { Keys } from "../layout/keys.ts";
import { type Backfilled, backfilled } from "../layout/backfilled_entries.ts";
import { parseOpenGaps } from "../layout/open_gaps.ts";
import { isListed, readListed } from "./last_listed.ts";
import { endedRows, forgottenRows, openRows } from "../layout/open_orders.ts";
import { readCached, readSubscriptions } from "./rows.ts";
import { isRefusal } from "../../shared/redis_errors.ts";
import type { CachedRow, Store } from "../store.ts";
import type { SubRecord } from "../layout/subscription_record.ts";

/**
 * Where one series stood when it was last written. Rows (of what opens and closes those that were open) and bars are
 * the newest that are there, oldest first.
 */
export type StoredResumePoint = {
  /** When the series was last known to be whole, in Unix milliseconds; undefined: it was not desired at the end. */
  readonly at: number | undefined;
  readonly rows: readonly CachedRow[];
  /** Of what opens and closes, the newest that are over. */
  readonly ended?: readonly CachedRow[];
  /** `final`: undefined where the row does not say. */
  readonly bars: readonly { readonly openedAt: number; readonly final: boolean | undefined }[];
  /** What was missing, and nobody has settled. */
  readonly gaps: readonly OpenGap[];
  /** Paths that had rows, of which there is nothing, and no record that says so. */
  readonly lost: readonly string[];
  /** What is there is not that of every path. */
  readonly shared: boolean;
};

/** Rows looked at of a series. Rows that were fetched come on top of that: they stand behind newer ones in a stream. */
const ROWS = 200;
const MAX_ROWS = 10_000;

/** Names of rows in an index that paths share, as many as are remembered. */
const MAX_MEMBERS = 500_000;

/** Rows that are over looked at of a table. */
const ENDED = 2000;

/** Records of gaps that are looked through for how many rows were fetched lately. */
const RECORDS = 500;

/** Topics read at once. */
const PORTION = 200;

/** Of a series whose rows were not read. */
const NOTHING_READ = { rows: [], bars: [], gaps: [], lost: [], shared: false } as const;

/** What Redis knows of a server's series as a whole. */
type Known = {
  readonly records: ReadonlyMap<string, SubRecord>;
  readonly open: Readonly<Record<string, string>>;
  readonly fetched: ReadonlyMap<string, number>;
  /** Until when a path is recorded not to have been filled. */
  readonly unfilled: ReadonlyMap<string, number>;
};

/** What an earlier process left of topics. */
export type Earlier = {
  /** Where series stood, by upstream subscription. */
  readonly seen: ReadonlyMap<string, StoredResumePoint>;
  /** The names of rows that paths have in indexes which several share, with the table of each index. */
  readonly members: readonly {
    readonly table: string;
    readonly path: string;
    readonly members: readonly string[];
  }[];
  /** Entries of streams that were backfilled lately, and stand behind newer ones: by path. */
  readonly backfilled: readonly { readonly path: string; readonly entries: readonly Backfilled[] }[];
  /** Paths of series that have rows. */
  readonly stored: readonly string[];
  /** Topics of which Redis refuses to say what is there, with the last reason. */
  readonly refused: readonly Topic[];
  readonly reason: string;
};

/**
 * Reads what is left of these topics; of a stream the newest `most` entries. `late`: this process has written to them since, and called
 * unknown what it had not been able to read. Rejects with StoreError where Redis answers nothing.
 */
export async function readEarlier(
  store: Store,
  keys: Keys,
  topics: readonly Topic[],
  { most, late = false }: { readonly most: number; readonly late?: boolean },
): Promise<Earlier> {
  const seen = new Map<string, StoredResumePoint>();
  const members: Earlier["members"][number][] = [];
  const backfilledRows: Earlier["backfilled"][number][] = [];
  const stored: string[] = [];
  const refused: Topic[] = [];
  /** Subscriptions with a path of which there is nothing. */
  const empty = new Set<string>();
  let reason = "";
  const refuse = (some: readonly Topic[], error: unknown) => {
    refused.push(...some);
    reason = String(error instanceof Error ? error.message : error);
  };
  const result = () => ({ seen, members, backfilled: backfilledRows, stored, refused, reason });
  const series = topics.filter((topic) => canMissRows(topic) || isListed(topic));
  if (series.length === 0) return result();
  const known = await orRefused(readKnown(store, keys));
  if ("error" in known) {
    refuse(series, known.error);
    for (const topic of series) {
      if (!topic.noInitialSnapshot) seen.set(topic.upstream, { ...NOTHING_READ, at: 0 });
    }
    return result();
  }
  for (let at = 0; at < series.length; at += PORTION) {
    const portion = series.slice(at, at + PORTION);
    const found = await Promise.all(
      portion.map((topic) =>
        orRefused(Promise.all([
          readOne(store, keys, topic, { known: known.value, late }),
          readMembers(store, keys, topic),
          readBackfilled(store, keys, topic, { known: known.value, most }),
        ]))
      ),
    );
    for (const [i, each] of found.entries()) {
      const topic = portion[i] as Topic;
      if ("error" in each) {
        refuse([topic], each.error);
        const standing = standingOf(topic, known.value);
        if (standing === undefined) continue;
        seen.set(topic.upstream, merged(seen.get(topic.upstream), { ...NOTHING_READ, ...standing }));
        continue;
      }
      const [one, names, entries] = each.value;
      if (one !== undefined && one.rows.length + one.bars.length > 0) stored.push(topic.path);
      if (one === undefined) empty.add(topic.upstream);
      else seen.set(topic.upstream, merged(seen.get(topic.upstream), one));
      if (names !== undefined) members.push({ table: topic.table, path: topic.path, members: names });
      if (entries.length > 0) backfilledRows.push({ path: topic.path, entries });
    }
  }
  // What is there is not theirs.
  for (const upstream of empty) {
    const one = seen.get(upstream);
    if (one !== undefined) seen.set(upstream, { ...one, shared: true });
  }
  return result();
}

async function readKnown(store: Store, keys: Keys): Promise<Known> {
  const gaps = await readStream(store, keys.gaps);
  return {
    records: await readSubscriptions(store, keys),
    open: await readHash(store, keys.openGaps),
    fetched: fetchedRows(gaps),
    unfilled: unfilledUntil(gaps),
  };
}

/** Returns what was read, or why Redis refuses to have it read. */
async function orRefused<T>(
  reading: Promise<T>,
): Promise<{ readonly value: T } | { readonly error: unknown }> {
  try {
    return { value: await reading };
  } catch (error) {
    if (!isRefusal(error)) throw error;
    return { error };
  }
}

async function readMembers(
  store: Store,
  keys: Keys,
  { storage, path }: Topic,
): Promise<readonly string[] | undefined> {
  if (storage !== "trades") return undefined;
  const key = keys.path(path);
  // All of them: more than are kept now may be there until something comes.
  return await store.type(key) === "zset" ? await store.newest(key, MAX_MEMBERS) : [];
}

async function readBackfilled(
  store: Store,
  keys: Keys,
  { storage, path }: Topic,
  { known, most }: { readonly known: Known; readonly most: number },
): Promise<readonly Backfilled[]> {
  if (storage !== "events" || (known.fetched.get(path) ?? 0) === 0) return [];
  const key = keys.path(path);
  if (await store.type(key) !== "stream") return [];
  return backfilled(await store.identified(key, Math.min(most, MAX_ROWS)));
}

/** Returns what the records of a path say of it, without its rows; undefined: it was not desired, and it misses nothing. */
function standingOf(
  { path }: Topic,
  { records, open }: Known,
): Pick<StoredResumePoint, "at" | "gaps"> | undefined {
  const record = records.get(path);
  const text = open[path];
  const gaps = text === undefined ? [] : parseOpenGaps(text);
  const isKnown = record !== undefined &&
    (record.receivedAt > 0 || record.state === "stale" || record.state === "live");
  if (!isKnown) {
    return gaps.length === 0 ? undefined : { at: Math.min(...gaps.map(({ from }) => from)), gaps };
  }
  // An orderly end says when it was; otherwise only what came is known to be there.
  const at = record.state === "stale"
    ? Math.max(record.since, record.receivedAt)
    : record.receivedAt || record.since;
  return { at, gaps };
}

async function readOne(
  store: Store,
  keys: Keys,
  topic: Topic,
  { known, late }: { readonly known: Known; readonly late: boolean },
): Promise<StoredResumePoint | undefined> {
  if (isListed(topic)) {
    const rows = await readListed(store, keys, topic);
    return rows.length === 0 ? undefined : { ...NOTHING_READ, at: undefined, rows };
  }
  const standing = standingOf(topic, known);
  const { gaps } = standing ?? { gaps: [] };
  // How many rows are newer than what is missing says how much of that there is room for.
  const more = gaps.some(({ to }) => to !== null) ? MAX_ROWS : known.fetched.get(topic.path) ?? 0;
  const n = Math.min(MAX_ROWS, ROWS + more);
  const found = await readRows(store, keys, topic, topic.storage === "open" ? MAX_ROWS : n);
  const indexed = topic.noInitialSnapshot && topic.storage === "open"
    ? await readIndexed(store, keys, topic)
    : [];
  const forgotten = late ? forgottenRows(topic, indexed) : [];
  const rows = topic.noInitialSnapshot ? [...openRows(topic, [...found, ...indexed]), ...forgotten] : found;
  const ended = topic.noInitialSnapshot ? endedRows(topic, topic.storage === "open" ? indexed : found) : [];
  if (standing === undefined) {
    // Nothing was promised, but what is there must not be taken twice.
    return rows.length === 0 && ended.length === 0 ? undefined : {
      ...{ at: undefined, rows: rows.map(asPushed), ended, bars: rows.flatMap(barOf) },
      ...{ gaps, lost: [], shared: false },
    };
  }
  const receivedAt = known.records.get(topic.path)?.receivedAt ?? 0;
  const isLost = !topic.noInitialSnapshot && found.length === 0 && receivedAt > 0 &&
    receivedAt > (known.unfilled.get(topic.path) ?? 0);
  const rest = { gaps, lost: isLost ? [topic.path] : [], shared: false };
  const { at } = standing;
  if (topic.storage !== "candle") return { at, rows: rows.map(asPushed), ended, bars: [], ...rest };
  return { at, rows: [], bars: rows.flatMap(barOf), ...rest };
}

async function readRows(store: Store, keys: Keys, topic: Topic, n: number): Promise<readonly CachedRow[]> {
  const cached = await readCached(store, keys, topic.path, { n, most: n });
  return Array.isArray(cached) ? cached : [];
}

/**
 * Returns the rows of a path in the index of its table: those that are over, and those that left the set of what is open
 * without an end.
 */
async function readIndexed(store: Store, keys: Keys, { table, arg }: Topic): Promise<readonly CachedRow[]> {
  const index = keys.path(table);
  const ids = await store.type(index) === "zset" ? await store.newest(index, ENDED) : [];
  const rows: CachedRow[] = [];
  for (let at = 0; at < ids.length; at += PORTION) {
    rows.push(...await store.rows(ids.slice(at, at + PORTION).map((id) => keys.row(table, id))));
  }
  return rows.filter((row) => belongsTo(arg, row));
}

/** Of several paths of one subscription: the rows of the one that has more, and every gap once. */
function merged(one: StoredResumePoint | undefined, other: StoredResumePoint): StoredResumePoint {
  if (one === undefined) return other;
  const fuller = other.rows.length + other.bars.length > one.rows.length + one.bars.length ? other : one;
  const texts = new Set(one.gaps.map((gap) => JSON.stringify(gap)));
  const gaps = [...one.gaps, ...other.gaps.filter((gap) => !texts.has(JSON.stringify(gap)))];
  const times = [one.at, other.at].filter((at) => at !== undefined);
  const at = times.length === 0 ? undefined : Math.min(...times);
  const ended = [...one.ended ?? [], ...other.ended ?? []];
  return { ...fuller, ended, at, gaps, lost: [...one.lost, ...other.lost], shared: true };
}

/** Rows that were fetched lately, by path. */
function fetchedRows(records: readonly CachedRow[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { path, rows, outcome } of records) {
    if (path === undefined || outcome === "dropped") continue;
    counts.set(path, (counts.get(path) ?? 0) + (Number(rows) || 0));
  }
  return counts;
}

/** Until when paths are recorded not to have been filled; a record that was added again stands behind newer ones. */
function unfilledUntil(records: readonly CachedRow[]): Map<string, number> {
  const until = new Map<string, number>();
  for (const { path = "", outcome, to } of records) {
    if (outcome === "not") until.set(path, Math.max(until.get(path) ?? 0, Number(to) || 0));
  }
  return until;
}

/** A legacy trade has the same id and time under other names. */
function asPushed(row: CachedRow): CachedRow {
  const { trade_id: id, timestamp } = row;
  if (id === undefined) return row;
  return { ...row, tradeId: id, ts: timestamp === undefined ? "" : String(Date.parse(timestamp) || "") };
}

function barOf({ ts, timestamp, confirm }: CachedRow): StoredResumePoint["bars"] {
  const openedAt = ts === undefined ? Date.parse(timestamp ?? "") : Number(ts);
  if (!Number.isSafeInteger(openedAt) || openedAt <= 0) return [];
  return [{ openedAt, final: confirm === undefined ? undefined : confirm === "1" }];
}

/** A key of another type, which somebody else has put there, has nothing to say. */
async function readHash(store: Store, key: string): Promise<Record<string, string>> {
  return await store.type(key) === "hash" ? await store.row(key) : {};
}

async function readStream(store: Store, key: string): Promise<readonly CachedRow[]> {
  return await store.type(key) === "stream" ? await store.entries(key, RECORDS) : [];
}
