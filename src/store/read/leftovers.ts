/**
 * What an earlier process left in Redis: its statuses, its records of subscriptions and its order books say what was true
 * when it ended. At the start they are compared with what is desired now, and whatever nobody keeps up any more says so
 * before anything else is said.
 */
import { StoreError } from "../../shared/errors.ts";
import { storageOfTable } from "../../okx/table_storage.ts";
import type { Shard } from "../../shared/shard.ts";
import { createKeys, everyKey, type Keys } from "../layout/keys.ts";
import { abandonedGaps } from "../layout/open_gaps.ts";
import {
  type LeftNames,
  type LeftRows,
  noLeftNames,
  noteLeftName,
  readLeftRows,
  resolveLeftRows,
} from "./leftover_rows.ts";
import { isNotPermitted, isWrongType } from "../../shared/redis_errors.ts";
import type { Store } from "../store.ts";
import { EARLIER, readSubRecord, type SubRecord } from "../layout/subscription_record.ts";
import type { Write } from "../write/write.ts";

/** What an earlier process has left of one server. */
export type Leftover = {
  readonly server: string;
  /** By field of `P/subs`; undefined: what is there is no record. */
  readonly records: ReadonlyMap<string, SubRecord | undefined>;
  /** Whether `P/subs` is something else altogether. */
  readonly isForeign: boolean;
  /** The mark of the process in `P/epoch`; empty: there is none. */
  readonly mark: string;
  /** What its series had missed, as `P/gaps/open` has it. */
  readonly open: Readonly<Record<string, string>>;
  /** State of each order book, by key. */
  readonly books: ReadonlyMap<string, string>;
  /** Rows that have an end, and the sets that they stand in. */
  readonly rows: LeftRows;
};

/** What is desired of a server now, and what is known of it already. */
export type Present = {
  readonly paths: ReadonlySet<string>;
  /** Returns whether a book was written by this process. */
  holds(key: string): boolean;
};

type Reader = Pick<
  Store,
  "field" | "members" | "newest" | "row" | "rows" | "scan" | "text" | "type" | "clustered"
>;

/** Names of keys that were found of one server, by what they are. */
type Names = { readonly books: Set<string>; readonly rows: LeftNames };

/** Keys of order books read at once. */
const PORTION = 500;

/**
 * Reads what there is of these servers, whose paths are desired, and, where this account may list keys, of all others under
 * the prefix. Rejects with StoreError.
 */
export async function readLeftovers(
  store: Reader,
  keyPrefix: string,
  desired: ReadonlyMap<string, ReadonlySet<string>>,
  shard?: Shard,
): Promise<Leftover[]> {
  const found = new Map<string, Names>([...desired.keys()].map((server) => [server, noNames()]));
  try {
    for await (const keys of store.scan(everyKey(keyPrefix))) {
      for (const key of keys) noteKey(found, key.slice(keyPrefix.length + 1), store.clustered);
    }
  } catch (error) {
    if (!isNotPermitted(error)) throw error;
  }
  const leftovers: Leftover[] = [];
  for (const [server, names] of found) {
    const keys = createKeys(keyPrefix, server, store.clustered, shard);
    leftovers.push(await readLeftover(store, keys, { server, names, desired: desired.get(server) ?? NONE }));
  }
  return leftovers;
}

/**
 * Returns the writes after which nothing of an earlier process passes for live; `present` undefined: the server is not desired.
 */
export function resolveLeftover(
  left: Leftover,
  keys: Keys,
  present: Present | undefined,
  now = Date.now(),
): Write[] {
  const isDesired = (path: string) => present?.paths.has(path) === true;
  const abandoned = abandonedGaps(keys, left.open, { isDesired, now });
  const desired = new Set([...present?.paths ?? []].map((path) => keys.path(path)));
  const books = [...left.books].flatMap(([key, state]): Write[] => {
    const whole = key.replace(SIDE, "");
    if (present?.holds(whole) === true) return [];
    // The levels of both sides come whole again, or never.
    if (whole !== key) return [remove(key)];
    const next = desired.has(key) ? "stale" : "closed";
    return state === next || state === "closed" ? [] : [{ kind: "field", key, field: "state", value: next }];
  });
  const rows = resolveLeftRows(left.rows, keys, { desired: present?.paths ?? new Set(), at: now });
  if (present === undefined) {
    return [...[keys.subs, keys.status, keys.epoch].map(remove), ...books, ...abandoned, ...rows];
  }
  if (left.isForeign) return [remove(keys.subs), ...books, ...abandoned, ...rows];
  const gone = [...left.records.keys()].filter((path) => !present.paths.has(path));
  return [
    ...gone.map((field): Write => ({ kind: "unfield", key: keys.subs, field })),
    ...books,
    ...abandoned,
    ...rows,
  ];
}

/** Returns the record of a path until the exchange has answered. `now` is Redis' time: nothing can have come later. */
export function inheritedRecord(record: SubRecord, now: number): SubRecord {
  const receivedAt = record.receivedAt > now ? 0 : record.receivedAt;
  // An end in order says when it was; otherwise only what came is known to have been there.
  const since = record.state === "stale" ? record.since : receivedAt || record.since;
  // What was never live has promised nothing, and its state alone does not show that.
  const isNew = receivedAt === 0 && !["live", "stale", "syncing"].includes(record.state);
  const shown = isNew
    ? { state: "wanted", error: null } as const
    : { state: "stale", error: EARLIER } as const;
  return { ...record, ...shown, since: Math.min(since, now), receivedAt, rows: 0 };
}

function remove(key: string): Write {
  return { kind: "row", key, row: {}, whole: true };
}

/** `rest` is a key without its prefix: `<server>/<what>`. */
function noteKey(found: Map<string, Names>, rest: string, clustered: boolean): void {
  const at = rest.indexOf("/");
  if (at < 1) return;
  const name = rest.slice(0, at);
  const server = clustered ? /^\{(.+)\}$/.exec(name)?.[1] : name;
  if (server === undefined) return;
  const what = rest.slice(at + 1);
  const names = found.get(server) ?? noNames();
  if (isBookPath(what)) names.books.add(what);
  else if (!noteLeftName(names.rows, what) && !SAID.has(what)) return;
  found.set(server, names);
}

/** Keys that say something of a server. */
const SAID: ReadonlySet<string> = new Set(["subs", "status", "gaps/open"]);

const NONE: ReadonlySet<string> = new Set();

function noNames(): Names {
  return { books: new Set(), rows: noLeftNames() };
}

/** What a book's hashes of all levels have behind its path. */
const SIDE = /\/(?:bids|asks)$/;

function namesOfBook(path: string): string[] {
  return [path, `${path}/bids`, `${path}/asks`];
}

/** Returns whether there is an order book under this name. */
export function isBookPath(what: string): boolean {
  const at = what.indexOf(":");
  if (at < 0) return false;
  const storage = storageOfTable(what.slice(0, at));
  return storage === "book" || storage === "bookSnapshot";
}

async function readLeftover(
  store: Reader,
  keys: Keys,
  { server, names: { books, rows }, desired }: {
    readonly server: string;
    readonly names: Names;
    readonly desired: ReadonlySet<string>;
  },
): Promise<Leftover> {
  const isForeign = !["hash", "none"].includes(await store.type(keys.subs));
  const fields = isForeign ? {} : (await store.rows([keys.subs]))[0] ?? {};
  const records = new Map(Object.entries(fields).map(([path, text]) => [path, readSubRecord(text)]));
  const paths = new Set([...books, ...[...records.keys()].filter(isBookPath).flatMap(namesOfBook)]);
  for (const path of records.keys()) if (!noteLeftName(rows, `${path}/open`)) noteLeftName(rows, path);
  return {
    server,
    records,
    isForeign,
    mark: await store.text(keys.epoch).catch(unlessForeign) ?? "",
    open: await store.type(keys.openGaps) === "hash" ? (await store.rows([keys.openGaps]))[0] ?? {} : {},
    rows: await readLeftRows(store, keys, { names: rows, desired }),
    books: await readStates(store, [...paths].map((path) => keys.path(path))),
  };
}

async function readStates(store: Reader, keys: readonly string[]): Promise<Map<string, string>> {
  const states = new Map<string, string>();
  for (let at = 0; at < keys.length; at += PORTION) {
    const portion = keys.slice(at, at + PORTION);
    const found = await Promise.all(portion.map((key) => store.field(key, "state").catch(unlessForeign)));
    for (const [i, state] of found.entries()) {
      if (state !== undefined) states.set(portion[i] as string, state);
    }
  }
  return states;
}

/** What is of another type, or may not be read, is nothing of ours. */
function unlessForeign(error: unknown): undefined {
  if (error instanceof StoreError && (isWrongType(error) || isNotPermitted(error))) return undefined;
  throw error;
}

/** Returns the value of `P/epoch`: when it was written, by Redis' clock, and by which process. */
export function epochValue(now: number, instance: string): string {
  return `${Math.round(now)}-${instance}`;
}

/** Returns when that was, in Unix milliseconds; 0: it does not say. */
export function markedAt(value: string): number {
  const at = Number(value.split("-")[0]);
  return Number.isSafeInteger(at) && at > 0 ? at : 0;
}
