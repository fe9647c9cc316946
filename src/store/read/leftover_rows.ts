/**
 * What an earlier process left of rows that have an end: sets of what is open or listed, their rows, legacy orders, and
 * latest rows that end without a message. Of what is no longer desired nothing may pass for open or listed.
 */
import { findChannel } from "../../okx/channels.ts";
import type { Row } from "../../okx/frame.ts";
import { tableOf } from "../../okx/path_text.ts";
import { storageOfTable } from "../../okx/table_storage.ts";
import { parseAnyTopic, type Topic } from "../../okx/topic.ts";
import { bringsRow } from "../layout/coverage.ts";
import { fadesOf } from "../layout/expiring_rows.ts";
import type { Keys } from "../layout/keys.ts";
import type { EarlierRow } from "../layout/open_orders.ts";
import { isNotPermitted, isWrongType } from "../../shared/redis_errors.ts";
import { retireRow, retireSet, unknownOrder } from "../layout/retire.ts";
import type { Store } from "../store.ts";
import type { Write } from "../write/write.ts";

/** Names of keys of one server, below its prefix, as they were found. */
export type LeftNames = {
  /** Paths that have a set. */
  readonly sets: Set<string>;
  /** Ids of rows, by table. */
  readonly rows: Map<string, Set<string>>;
  /** Paths of legacy orders that have an index of their own. */
  readonly orders: Set<string>;
  /** Latest rows that end without a word. */
  readonly fading: Set<string>;
};

/** Rows that an earlier process left. */
export type LeftRows = {
  readonly sets: ReadonlyMap<string, readonly string[]>;
  readonly rows: ReadonlyMap<string, ReadonlyMap<string, Row>>;
  /** Open rows by their key, by path. */
  readonly orders: ReadonlyMap<string, ReadonlyMap<string, Row>>;
  readonly fading: ReadonlyMap<string, Row>;
};

type Reader = Pick<Store, "field" | "members" | "newest" | "row" | "rows">;

/** Keys read at once. */
const PORTION = 500;

/** Orders looked at of a legacy path. */
const MAX_ORDERS = 10_000;

/** Returns names without any yet, to add those that are found. */
export function noLeftNames(): LeftNames {
  return { sets: new Set(), rows: new Map(), orders: new Set(), fading: new Set() };
}

/** Takes a key, or a path that has a record, if it is one of these. Returns whether it is. */
export function noteLeftName(names: LeftNames, what: string): boolean {
  if (what.endsWith("/open")) {
    const path = what.slice(0, -"/open".length);
    return isSetPath(path) && Boolean(names.sets.add(path));
  }
  const [table = "", id, ...more] = what.split(":");
  const storage = storageOfTable(table);
  if (storage === "instruments") {
    return more.length === 0 && isSetPath(what) && Boolean(names.sets.add(what));
  }
  if (storage === "open" || storage === "balances") {
    if (id === undefined) return false;
    const ids = names.rows.get(table) ?? new Set();
    names.rows.set(table, ids.add(what.slice(table.length + 1)));
    return true;
  }
  if (storage === "trades") return isOrderPath(what) && Boolean(names.orders.add(what));
  return storage === "latest" && fadesOf(table) !== undefined && Boolean(names.fading.add(what));
}

/** Reads what stands under these names; what is of another type, or may not be read, is nothing. Rejects with StoreError. */
export async function readLeftRows(
  store: Reader,
  keys: Keys,
  { names, desired }: { readonly names: LeftNames; readonly desired: ReadonlySet<string> },
): Promise<LeftRows> {
  const tables = new Set([...desired].map(tableOf));
  const sets = new Map<string, readonly string[]>();
  for (const path of names.sets) {
    const isList = storageOf(path) === "instruments";
    if (isList && desired.has(path)) continue;
    const key = isList ? keys.path(path) : keys.open(path);
    const members = await orNothing(store.members(key));
    if (members !== undefined && members.length > 0) sets.set(path, members);
  }
  const rows = new Map<string, ReadonlyMap<string, Row>>();
  for (const [table, ids] of names.rows) {
    if (tables.has(table)) continue;
    rows.set(table, await readStates(store, [...ids], (id) => keys.row(table, id)));
  }
  const orders = new Map<string, ReadonlyMap<string, Row>>();
  for (const path of names.orders) {
    if (!desired.has(path)) orders.set(path, await readOrders(store, keys, path));
  }
  const fading = new Map<string, Row>();
  for (const what of names.fading) {
    const row = await orNothing(store.row(keys.path(what)));
    if (row !== undefined && Object.keys(row).length > 0) fading.set(what, row);
  }
  return { sets, rows, orders, fading };
}

/** Returns the writes after which none of it passes for open or listed that no path in `desired` keeps up. */
export function resolveLeftRows(
  left: LeftRows,
  keys: Keys,
  { desired, at }: { readonly desired: ReadonlySet<string>; readonly at: number },
): Write[] {
  const tables = new Set([...desired].map(tableOf));
  const writes: Write[] = [];
  for (const path of left.sets.keys()) {
    if (desired.has(path)) continue;
    const kept = new Set(
      [...left.sets].filter(([other]) => desired.has(other) && tableOf(other) === tableOf(path))
        .flatMap(([, members]) => members),
    );
    const topic = parseAnyTopic(path);
    if (topic.kind === "topic") writes.push(...retireSet(keys, topic, { kept, at }));
  }
  for (const [table, rows] of left.rows) {
    const topic = tables.has(table) ? undefined : topicOf(table);
    if (topic === undefined) continue;
    if (topic.storage === "balances") {
      writes.push({ kind: "row", key: keys.path(table), row: {}, whole: true });
    }
    for (const [id, row] of rows) writes.push(...retireRow(keys, topic, { id, row, at }));
  }
  for (const [path, orders] of left.orders) {
    const topic = desired.has(path) ? undefined : parseAnyTopic(path);
    const life = topic?.kind === "topic" ? topic.lifecycle : undefined;
    if (life === undefined) continue;
    for (const [key, row] of orders) {
      writes.push({ kind: "row", key, row: unknownOrder(life, row), whole: false });
    }
  }
  for (const [what, row] of left.fading) {
    const last = fadesOf(tableOf(what))?.(row, { isDesired: heirOf(what, row, desired) !== undefined, at });
    if (last !== undefined) writes.push({ kind: "row", key: keys.path(what), row: last, whole: true });
  }
  return writes;
}

/** Returns the latest rows that paths in `desired` go on with. */
export function earlierRowsOf(left: LeftRows, keys: Keys, desired: ReadonlySet<string>): EarlierRow[] {
  return [...left.fading].flatMap(([what, row]) => {
    const topic = heirOf(what, row, desired);
    if (topic === undefined) return [];
    return [{ topic, id: what.slice(topic.table.length + 1), key: keys.path(what), row }];
  });
}

function heirOf(what: string, row: Row, desired: ReadonlySet<string>): Topic | undefined {
  for (const path of desired) {
    if (tableOf(path) !== tableOf(what)) continue;
    const topic = parseAnyTopic(path);
    if (topic.kind === "topic" && bringsRow(topic, row)) return topic;
  }
  return undefined;
}

async function readStates(
  store: Reader,
  ids: readonly string[],
  keyOf: (id: string) => string,
): Promise<Map<string, Row>> {
  const states = new Map<string, Row>();
  for (let at = 0; at < ids.length; at += PORTION) {
    const portion = ids.slice(at, at + PORTION);
    const found = await Promise.all(portion.map((id) => orNothing(store.field(keyOf(id), "state"))));
    for (const [i, state] of found.entries()) {
      states.set(portion[i] as string, state === undefined ? {} : { state });
    }
  }
  return states;
}

async function readOrders(store: Reader, keys: Keys, path: string): Promise<Map<string, Row>> {
  const topic = parseAnyTopic(path);
  const isOpen = (row: Row) => topic.kind === "topic" && topic.keptOrders?.isOpen(row) === true;
  const index = keys.path(tableOf(path));
  const members = await orNothing(store.newest(keys.path(path), MAX_ORDERS)) ?? [];
  const open = new Map<string, Row>();
  for (let at = 0; at < members.length; at += PORTION) {
    const portion = members.slice(at, at + PORTION).map((member) => keys.indexed(index, member));
    const rows = await orNothing(store.rows(portion)) ?? [];
    for (const [i, row] of rows.entries()) if (isOpen(row)) open.set(portion[i] as string, row);
  }
  return open;
}

function isSetPath(path: string): boolean {
  const storage = storageOf(path);
  return storage === "open" || storage === "balances" || storage === "instruments";
}

function isOrderPath(path: string): boolean {
  const topic = parseAnyTopic(path);
  return topic.kind === "topic" && topic.path === path && topic.lifecycle !== undefined;
}

/** How the rows of a path are kept; undefined for what is no path, or not spelled as keys are. */
function storageOf(path: string): Topic["storage"] | undefined {
  const topic = parseAnyTopic(path);
  return topic.kind === "topic" && topic.path === path ? topic.storage : undefined;
}

/** Any path of a table: what becomes of rows is the same for all. */
function topicOf(table: string): Topic | undefined {
  const spec = findChannel(table);
  if (spec === undefined) return undefined;
  const needed = spec.args.filter((name) => !name.endsWith("?"));
  const topic = parseAnyTopic([table, ...needed.map((name) => EXAMPLES[name] ?? "BTC-USDT")].join(":"));
  return topic.kind === "topic" ? topic : undefined;
}

const EXAMPLES: Readonly<Record<string, string>> = { instType: "ANY" };

async function orNothing<T>(read: Promise<T>): Promise<T | undefined> {
  try {
    return await read;
  } catch (error) {
    if (isWrongType(error) || isNotPermitted(error)) return undefined;
    throw error;
  }
}
