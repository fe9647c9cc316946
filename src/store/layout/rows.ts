/**
 * How the rows of one push become writes, by kind of storage. What is decided here is decided from the push and
 * from what this module remembers of earlier pushes; Redis is never asked.
 */
import { type DataFrame, isRow, type Row } from "../../okx/frame.ts";
import type { Topic } from "../../okx/topic.ts";
import type { Keys } from "./keys.ts";
import { namedCells, writeCandles } from "./candles.ts";
import { writeBalances, writeOpen } from "./open_rows.ts";
import { type Context, idOf, nextId, type Push, rowMessage, wholeMessage } from "./push.ts";
import { lifecycleOf, partLifecycle, RowVersions } from "../../okx/row_lifecycle.ts";
import { Absent } from "./absent.ts";
import { type EndedRow, EndedRows } from "./ended_rows.ts";
import { Fading } from "./fading.ts";
import { fadedWrites } from "./fading_writes.ts";
import { type Backfilled, BackfilledEntries } from "./backfilled_entries.ts";
import { CurrentState } from "./current_state.ts";
import { type EarlierRow, knownMembers } from "./open_orders.ts";
import { Instruments, writeInstruments } from "./instruments.ts";
import { retireSet, setKeyOf } from "./retire.ts";
import { RowKeys } from "./row_keys.ts";
import { timeOf } from "./row_time.ts";
import { TradeMembers } from "./trade_members.ts";
import { UnknownOrders } from "./unknown_orders.ts";
import type { Write } from "../write/write.ts";

/** Records of gaps that stay at least: one outage leaves one for every series, and a server may have 20,000 paths. */
const GAPS_KEPT = 20_000;

/** Turns pushes into writes for one server. */
export type RowWriter = {
  /** Adds the writes of one push for one topic; answers the newest exchange time among its rows (0: none). */
  write(topic: Topic, frame: DataFrame, at: number, writes: Write[], newer?: number): number;
  /** Adds the rows of a push that are not of its topic, under what they are: latest rows alone, and news to nobody. */
  file(topic: Topic, frame: DataFrame, writes: Write[]): void;
  /** The writes that say of a topic's rows that they are no longer kept up: of a small order book, and of what has an end. */
  mark(topic: Topic, state: "stale" | "closed", at: number): Write[];
  /** The writes that say of a small order book that a newer one could not be read. */
  doubt(topic: Topic): Write[];
  /** Rows of an earlier process: nothing older than them is taken. */
  recall(topic: Topic, rows: readonly Row[]): void;
  /** Goes on with a latest row of an earlier process. */
  adopt(heir: EarlierRow, at: number): void;
  /** A topic is live (again), at this time. */
  begin(topic: Topic, at: number): void;
  /** What becomes of rows that have ended without a word. */
  due(at: number): Write[];
  /** Adds a record to the stream of gaps, and says it on the channel of the same name. */
  record(gap: Row, at: number): Write[];
  /** Everything that Redis should hold now, for one that may have lost it; series keep their newest candle only. */
  all(): Write[];
  /** The newest rows that are over. */
  ended(): EndedRow[];
  /** The sets of what is open or listed, by path, each with the members that it should have. */
  sets(): { readonly path: string; readonly key: string; readonly members: ReadonlySet<string> }[];
  /** Whether there is a small order book under a key. */
  holds(key: string): boolean;
  /** The path whose row is kept under a key; undefined: none is kept. */
  pathOf(key: string): string | undefined;
  /** Entries of a stream that an earlier process has backfilled. */
  recallBackfilled(path: string, entries: readonly Backfilled[]): void;
  /** Forgets what only holds within one connection. */
  reset(): void;
};

/**
 * `maxRow`: members kept per index and stream; `onRefused` is called with rows that are left out, by their path; `members` knows
 * which rows of a shared index are whose.
 */
export function createRowWriter(
  keys: Keys,
  maxRow: number,
  { onRefused = () => {}, members = new TradeMembers() }: {
    readonly onRefused?: ((path: string) => void) | undefined;
    readonly members?: TradeMembers | undefined;
  } = {},
): RowWriter {
  const context: Context = {
    keys,
    maxRow,
    bars: new Map(),
    finals: new Map(),
    views: new Map(),
    merged: new Map(),
    sets: new Map(),
    pages: new Map(),
    lives: new RowVersions(),
    absent: new Absent(),
    fading: new Fading(),
    unknownOrders: new UnknownOrders(),
    rowKeys: new RowKeys(onRefused),
    current: new CurrentState(),
    ended: new EndedRows(),
    members,
    stream: { ms: 0, n: 0 },
    backfilled: new BackfilledEntries(),
  };
  const instruments = new Instruments();
  const setKeys = new Map<string, string>();
  /** What is open under another path of the same table is still kept up by that one. */
  const retired = (topic: Topic, at: number): Write[] => {
    const others = new Set(
      [...setKeys].filter(([path]) => path !== topic.path && tableOf(path) === topic.table).map(([, key]) =>
        key
      ),
    );
    const kept = new Set<string>();
    for (const write of others.size === 0 ? [] : context.current.writes()) {
      if (write.kind === "member" && others.has(write.key)) kept.add(write.member);
    }
    const own: Write[] = topic.storage === "balances" && others.size === 0
      ? [{ kind: "row", key: keys.path(topic.table), row: {}, whole: true }]
      : [];
    return [...own, ...retireSet(keys, topic, { kept, at })];
  };
  /** Orders of which nobody can be asked, or that nobody asks for any more. */
  const unheardWrites = (topic: Topic, state: "stale" | "closed"): Write[] => {
    const of = keys.path(topic.path);
    const lost = state === "closed" ? context.unknownOrders.close(topic) : context.unknownOrders.lose(topic);
    return lost.flatMap(({ key, row, said }): Write[] => [
      { kind: "row", key, row, whole: false },
      { kind: "publish", channel: key, message: JSON.stringify(said), of },
    ]);
  };
  return {
    write(topic, received, at, writes, newer = 0) {
      const pushed = instruments.complete(topic, received);
      const life = lifecycleOf(topic);
      const { frame, standing } = life === undefined
        ? { frame: pushed, standing: NONE }
        : context.lives.pass(life, pushed);
      // An older state than the one that is known changes nothing and is news to nobody.
      if (frame !== pushed && frame.rows.length === 0 && frame.action !== "snapshot") return 0;
      const parts = newParts(context, topic, frame);
      const rows = inDialect(topic, frame, parts);
      const push = {
        topic,
        frame,
        rows,
        at,
        newer,
        standing,
        ...missing(context, topic, pushed),
        ...sourcesOf(topic, frame),
      };
      WRITERS[topic.storage](context, push, writes);
      const set = setKeyOf(keys, topic);
      if (set !== undefined) setKeys.set(topic.path, set);
      writes.push({
        kind: "publish",
        channel: keys.table(topic.table),
        message: wholeMessage(topic, frame, rows),
      });
      return topic.storage === "candle" ? 0 : newestTime(parts);
    },
    file(topic, frame, writes) {
      if (topic.storage !== "latest") return;
      for (const row of inDialect(topic, frame, newParts(context, topic, frame))) {
        const id = idOf(topic.key, row);
        if (id === undefined || !context.rowKeys.admit(topic.path, id)) continue;
        const key = keys.row(topic.table, id);
        if (key !== keys.path(topic.path)) writes.push({ kind: "row", key, row, whole: true });
      }
    },
    mark(topic, state, at) {
      const key = keys.path(topic.path);
      const row = context.views.get(key);
      const lost = state === "closed"
        ? [
          ...retired(topic, at),
          ...fadedWrites(context, context.fading.close(topic)),
          ...unheardWrites(topic, state),
        ]
        : [...fadedWrites(context, context.fading.lose(topic)), ...unheardWrites(topic, state)];
      if (state === "closed") {
        setKeys.delete(topic.path);
        context.rowKeys.forget(topic.path);
        context.current.forget(topic.path);
        context.ended.forget(topic.path);
        context.absent.forget(topic.path);
        context.pages.delete(topic.path);
        context.sets.delete(setKeyOf(keys, topic) ?? "");
        context.backfilled.forget(key);
        instruments.forget(topic.path);
        context.views.delete(key);
      }
      if (row === undefined) return lost;
      const marked = { ...row, state };
      if (state !== "closed") context.views.set(key, marked);
      return [{ kind: "row", key, row: marked, whole: true }];
    },
    doubt(topic) {
      const key = keys.path(topic.path);
      const row = context.views.get(key);
      if (row === undefined || row.state === "syncing") return [];
      const doubted = { ...row, state: "syncing" };
      context.views.set(key, doubted);
      return [{ kind: "row", key, row: doubted, whole: true }];
    },
    recall(topic, rows) {
      const life = lifecycleOf(topic);
      if (life !== undefined) context.lives.recall(life, rows);
    },
    adopt({ topic, key, id, row }, at) {
      context.fading.adopt(topic, { key, id }, row, at);
    },
    begin(topic, at) {
      const id = idOf(topic.key, topic.arg) ?? topic.path;
      context.fading.begin(topic, { key: keys.row(topic.table, id), id }, at);
    },
    due: (at) => fadedWrites(context, context.fading.due(at)),
    record(gap, at) {
      const message = JSON.stringify(gap);
      return [
        {
          ...{ kind: "append", key: keys.gaps, id: nextId(context.stream, at), row: gap },
          ...{ bytes: message.length, kept: true },
        },
        { kind: "publish", channel: keys.gaps, message },
        { kind: "trimStream", key: keys.gaps, keep: Math.max(maxRow, GAPS_KEPT) },
      ];
    },
    all() {
      const views = [...context.views].map(([key, row]): Write => ({ kind: "row", key, row, whole: true }));
      return [...views, ...context.current.writes()];
    },
    ended: () => context.ended.all(),
    sets() {
      const byKey = new Map<string, Set<string>>([...setKeys.values()].map((key) => [key, new Set()]));
      for (const write of context.current.writes()) {
        if (write.kind === "member") byKey.get(write.key)?.add(write.member);
      }
      return [...setKeys].map(([path, key]) => ({ path, key, members: byKey.get(key) ?? new Set() }));
    },
    holds: (key) => context.views.has(key),
    pathOf: (key) => context.current.pathOf(key),
    recallBackfilled: (path, entries) => context.backfilled.recall(keys.path(path), entries),
    reset() {
      context.bars.clear();
    },
  };
}

const NONE: readonly string[] = [];

const WRITERS: Readonly<Record<Topic["storage"], (context: Context, rows: Push, writes: Write[]) => void>> = {
  latest: writeLatest,
  candle: writeCandles,
  events: writeEvents,
  view: writeView,
  // A book with increments comes as the book it makes, not as rows.
  book: () => {},
  instruments: writeInstruments,
  open: writeOpen,
  balances: writeBalances,
  trades: writeTrades,
};

function writeLatest(
  { keys, merged, rowKeys, current, fading }: Context,
  { topic, frame, rows, at, gone = [], present = [] }: Push,
  writes: Write[],
): void {
  const of = keys.path(topic.path);
  for (const part of gone) {
    const id = idOf(topic.key, part);
    const key = id === undefined ? of : keys.row(topic.table, id);
    const row = [part, ...present].reduce(
      (before, next) => topic.merge?.(before, next) ?? part,
      merged.get(key) ?? {},
    );
    const known = current.get(topic.path, key);
    if (known?.kind === "row" && JSON.stringify(known.row) === JSON.stringify(row)) continue;
    if (topic.merge !== undefined) merged.set(key, row);
    const write: Write = { kind: "row", key, row, whole: true };
    current.keep(topic.path, key, write);
    writes.push(write, { kind: "publish", channel: key, message: JSON.stringify(row), of });
  }
  for (const part of rows) {
    const id = idOf(topic.key, part);
    if (id !== undefined && !rowKeys.admit(topic.path, id)) continue;
    const key = id === undefined ? of : keys.row(topic.table, id);
    const row = topic.merge === undefined ? part : topic.merge(merged.get(key), part);
    if (topic.merge !== undefined) merged.set(key, row);
    const write: Write = { kind: "row", key, row, whole: true };
    fading.note(topic, { key, id: id ?? topic.path }, row, at);
    current.keep(topic.path, key, write);
    writes.push(write);
    writes.push({ kind: "publish", channel: key, message: rowMessage(topic, frame, row), of });
  }
}

function writeEvents(context: Context, { topic, frame, rows, at, newer }: Push, writes: Write[]): void {
  const { keys, stream, maxRow, backfilled } = context;
  const key = keys.path(topic.path);
  const added: { id: string; row: Row }[] = [];
  for (const row of rows) {
    const id = nextId(stream, at);
    added.push({ id, row });
    const message = rowMessage(topic, frame, row);
    const backfilled = frame.action === "fill";
    writes.push({
      ...{ kind: "append", key, id, row, bytes: message.length, of: key },
      ...(backfilled ? { backfilled } : {}),
    });
    writes.push({ kind: "publish", channel: key, message });
  }
  if (frame.action === "fill") backfilled.fill(key, added, newer);
  else backfilled.push(key, added.length);
  const ids = backfilled.over(key, maxRow);
  if (ids.length > 0) writes.push({ kind: "erase", key, ids });
  writes.push({ kind: "trimStream", key, keep: maxRow });
}

function writeView({ keys, views }: Context, { topic, frame, rows }: Push, writes: Write[]): void {
  const key = keys.path(topic.path);
  for (const row of rows) {
    const live = { ...row, state: "live" };
    views.set(key, live);
    writes.push({ kind: "row", key, row: live, whole: true });
    writes.push({ kind: "publish", channel: key, message: rowMessage(topic, frame, row), of: key });
  }
}

/** Rows of all instruments of a product in one index, by id; each path has an index of its own, by time, which is trimmed. */
function writeTrades(
  { keys, maxRow, members, unknownOrders }: Context,
  { topic, frame, rows, at }: Push,
  writes: Write[],
): void {
  const key = keys.path(topic.table);
  const of = keys.path(topic.path);
  const filter = topic.path.slice(topic.table.length + 1);
  for (const row of rows) {
    const id = idOf(topic.key, row);
    // Orders of v3 swaps have ids such as 66-7-4cdb0d73a-0; their time keeps them in order.
    const score = /^\d+$/.test(id ?? "") ? Number(id) : timeOf(row);
    if (id === undefined || score === 0) continue;
    const member = members.nameOf(key, topic.path, { id, filter });
    const rowKey = keys.indexed(key, member);
    writes.push({ kind: "row", key: rowKey, row: knownMembers(row), whole: false });
    unknownOrders.note(topic, rowKey, row);
    writes.push({ kind: "score", key, score, member });
    writes.push({ kind: "score", key: of, score: (timeOf(row) || at) + fractionOf(id), member });
    writes.push({ kind: "publish", channel: rowKey, message: rowMessage(topic, frame, row), of });
  }
  writes.push({ kind: "trim", key: of, keep: maxRow, rows: keys.indexed(key, ""), also: key });
}

function tableOf(path: string): string {
  return path.split(":")[0] as string;
}

/** Keeps trades of one millisecond in the order of their ids, as a part of it. */
function fractionOf(id: string): number {
  return /^\d+$/.test(id) ? Number(id.slice(-3)) / 1000 : 0;
}

/** The rows of a push that belong to a topic, as the exchange sent them. */
function partsOf({ keep, expand }: Topic, frame: DataFrame): readonly unknown[] {
  const parts = expand === undefined ? frame.rows : frame.rows.flatMap(expand);
  return keep === undefined ? parts : parts.filter((row) => isRow(row) && keep(row));
}

/** The exchange's rows beside their legacy forms. */
function sourcesOf(topic: Topic, frame: DataFrame): Partial<Push> {
  if (topic.storage !== "instruments" || topic.convert === undefined) return {};
  return { sources: partsOf(topic, frame).filter(isRow) };
}

/** What a snapshot leaves out, in the dialect of the topic. */
function missing({ absent }: Context, topic: Topic, frame: DataFrame): Partial<Push> {
  const { convert } = topic;
  if (topic.absent === undefined || convert === undefined) return {};
  const { gone, present } = absent.take(topic, frame, partsOf(topic, frame).filter(isRow));
  const converted = (rows: readonly Row[]) => rows.map((row) => convert(row, frame.arg));
  return { gone: converted(gone), present: converted(present) };
}

/** The rows of a push that belong to a topic, without those that are older than what is known of them. */
function newParts({ lives }: Context, topic: Topic, frame: DataFrame): readonly unknown[] {
  const parts = partsOf(topic, frame);
  if (topic.expand === undefined || topic.endpoint === "v3") return parts;
  // Each currency of an account has a time of its own.
  return parts.filter((row) => isRow(row) && lives.take(partLifecycle(topic.path, "ccy"), row));
}

/** Rows as objects, in the dialect of the topic. */
function inDialect(topic: Topic, frame: DataFrame, parts: readonly unknown[]): readonly Row[] {
  const { convert } = topic;
  if (convert !== undefined) return parts.map((row) => convert(row, frame.arg));
  if (topic.storage === "candle" && topic.cells > 0) return parts.map((row) => namedCells(topic, row));
  return parts.filter(isRow);
}

function newestTime(rows: readonly unknown[]): number {
  let newest = 0;
  for (const row of rows) {
    const ts = isRow(row) ? timeOf(row) : 0;
    if (ts > newest) newest = ts;
  }
  return newest;
}
