/**
 * What a live table knows: the newest row of every key with what is derived from its course, the newest events, what
 * Redis says of each subscription, and whether Redis and the service are there. Bounded in everything.
 */
import { rowKeyOf } from "../../client/row_key.ts";
import { rowTimeOf } from "../../okx/row_time.ts";
import type { SubRecord } from "../../store/layout/subscription_record.ts";
import { createRate, type Rate } from "../terminal/live/rate.ts";
import { isOfMany } from "../../client/watch.ts";
import { isIncremental, type Kind, kindOf } from "./kind.ts";
import type { Text } from "../../shared/messages/message.ts";
import { numberOf, pick } from "./member.ts";

/** A row as it came; texts are still the exchange's own. */
export type WatchedRow = Readonly<Record<string, unknown>>;

/** One line of a table. */
export type Entry = {
  /** Its name in the view, there once. */
  readonly key: string;
  readonly path: string;
  readonly kind: Kind;
  row: WatchedRow;
  /** When it last arrived, Unix ms; 0: it was in the cache, and nothing came since. */
  at: number;
  readonly rate: Rate;
  /** The course of its price, a point a second, oldest first. */
  readonly prices: number[];
  pricedAt: number;
  firstPrice: number | undefined;
  /** Direction of the last change of the price. */
  move: "up" | "down" | undefined;
};

/** Whether Redis and the service can be reached, and since when it is so. */
export type RedisStatus = {
  readonly kind: "connecting" | "up" | "unserved" | "lost";
  readonly since: number;
  readonly reason: Text;
};

/** What is known of a path before any row of it came. */
export type RowSource = {
  readonly kind: Kind;
  readonly keyOf: ReturnType<typeof rowKeyOf>;
  /** Whether messages carry changes only, so that the whole is in the cache alone. */
  readonly isIncremental: boolean;
  /** As the client's {@link isOfMany}. */
  readonly isOfMany: boolean;
};

/** The state of a live table. */
export type WatchState = {
  readonly name: string;
  readonly paths: readonly string[];
  readonly sources: ReadonlyMap<string, RowSource>;
  readonly entries: Map<string, Entry>;
  /** Newest last. */
  tape: Entry[];
  records: ReadonlyMap<string, SubRecord>;
  /** What the service says of the server's connection: `ON_DATA`, `DISCONNECTED`, … */
  status: string;
  redis: RedisStatus;
  readonly rate: Rate;
  readonly startedAt: number;
  /** Events that have come, of which each has a name. */
  events: number;
  /** Order books whose whole levels are to be read. */
  readonly changedBooks: Set<string>;
};

/** Rows that a table holds; the one that came longest ago goes first. */
export const MAX_ENTRIES = 5000;

/** Events that the tape holds. */
export const MAX_TAPE = 1000;

/** Points of a price's course. */
const MAX_PRICES = 60;

/** Returns an empty state. */
export function createWatchState(name: string, paths: readonly string[], now: number): WatchState {
  return {
    name,
    paths,
    sources: new Map(
      paths.map((path) => [
        path,
        {
          ...{ kind: kindOf(path), keyOf: rowKeyOf(path) },
          ...{ isIncremental: isIncremental(path), isOfMany: isOfMany(path) },
        },
      ]),
    ),
    entries: new Map(),
    tape: [],
    records: new Map(),
    status: "",
    redis: { kind: "connecting", since: now, reason: "" },
    rate: createRate(now),
    startedAt: now,
    events: 0,
    changedBooks: new Set(),
  };
}

/** Takes a row of one of its paths in. `cached`: it was read from the cache, not received as a message. */
export function addRow(
  watch: WatchState,
  path: string,
  row: WatchedRow,
  options: { cached: boolean; now: number },
): void {
  const { cached, now } = options;
  const source = watch.sources.get(path);
  if (source === undefined) return;
  const { kind, keyOf } = source;
  if (!cached) watch.rate.count(now);
  if (keyOf === undefined) {
    watch.tape.push(createEntry(`${path}\n#${++watch.events}`, path, kind, { row, at: cached ? 0 : now }));
    if (watch.tape.length > MAX_TAPE * 2) watch.tape = watch.tape.slice(-MAX_TAPE);
    return;
  }
  const key = `${path}\n${keyOf(row)}`;
  let entry = watch.entries.get(key);
  if (entry === undefined) {
    entry = createEntry(key, path, kind, { row, at: cached ? 0 : now });
    watch.entries.set(key, entry);
    if (watch.entries.size > MAX_ENTRIES) watch.entries.delete(watch.entries.keys().next().value as string);
  }
  if (!cached) {
    entry.at = now;
    entry.rate.count(now);
    if (source.isIncremental) {
      // Messages of such a book are its changes; its levels are in the cache.
      watch.changedBooks.add(path);
      return;
    }
  }
  entry.row = row;
  notePrice(entry, now);
}

/** Sets the state of Redis and of the service; the time of an unchanged state stays. */
export function setRedisStatus(
  watch: WatchState,
  kind: RedisStatus["kind"],
  reason: Text,
  now: number,
): void {
  if (watch.redis.kind === kind) watch.redis = { ...watch.redis, reason };
  else watch.redis = { kind, reason, since: now };
}

/** Returns when a row of this line last arrived, Unix ms; undefined: nobody knows. */
export function arrivedAt(watch: WatchState, entry: Entry, isAlone: boolean): number | undefined {
  // Of a subscription to one row, Redis knows when that was, also before the view was opened.
  const known = isAlone ? watch.records.get(entry.path)?.receivedAt ?? 0 : 0;
  return Math.max(entry.at, known) || rowTimeOf(entry.row) || undefined;
}

function createEntry(
  key: string,
  path: string,
  kind: Kind,
  { row, at }: { readonly row: WatchedRow; readonly at: number },
): Entry {
  const rate = createRate(at);
  return { key, path, kind, row, at, rate, prices: [], pricedAt: 0, firstPrice: undefined, move: undefined };
}

function notePrice(entry: Entry, now: number): void {
  const price = charted(entry);
  if (price === undefined) return;
  entry.firstPrice ??= price;
  const last = entry.prices.at(-1);
  if (last !== undefined && price !== last) entry.move = price > last ? "up" : "down";
  const second = Math.floor(now / 1000);
  if (second === entry.pricedAt && last !== undefined) entry.prices[entry.prices.length - 1] = price;
  else entry.prices.push(price);
  entry.pricedAt = second;
  if (entry.prices.length > MAX_PRICES) entry.prices.shift();
}

/** Returns what the course of a line is made of; undefined: it has no price. */
export function charted({ row, kind }: Pick<Entry, "row" | "kind">): number | undefined {
  if (kind !== "books") return numberOf(pick(row, "last", "markPx", "mark_price", "idxPx", "close"));
  const [bid, ask] = [bestOf(row.bids), bestOf(row.asks)].map((level) => numberOf(level?.[0]));
  return bid === undefined || ask === undefined ? bid ?? ask : (bid + ask) / 2;
}

/** Returns the best level of one side, which Redis has as JSON text: price, size and more. */
export function bestOf(levels: unknown): readonly unknown[] | undefined {
  try {
    const list: unknown = typeof levels === "string" ? JSON.parse(levels) : levels;
    const best: unknown = Array.isArray(list) ? list[0] : undefined;
    return Array.isArray(best) ? best : undefined;
  } catch {
    return undefined;
  }
}
