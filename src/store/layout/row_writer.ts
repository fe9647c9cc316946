/**
 * The rows of one server on their way to writes. What is decided here is decided from the push and from what is
 * remembered of earlier pushes; Redis is never asked.
 */
import type { DataFrame, Row } from "../../okx/frame.ts";
import { tableOf } from "../../okx/path_text.ts";
import type { Topic } from "../../okx/topic.ts";
import type { Keys } from "./keys.ts";
import { idOf, nextId, type PushContext, wholeMessage } from "./push.ts";
import { RowVersions } from "../../okx/row_lifecycle.ts";
import { Absent } from "./absent.ts";
import { type EndedRow, EndedRows } from "./ended_rows.ts";
import { ExpiringRows } from "./expiring_rows.ts";
import { fadedWrites } from "./fading_writes.ts";
import { type Backfilled, BackfilledEntries } from "./backfilled_entries.ts";
import { CurrentState } from "./current_state.ts";
import type { EarlierRow } from "./open_orders.ts";
import { Instruments } from "./instruments.ts";
import { retireSet, setKeyOf } from "./retire.ts";
import { RowKeys } from "./row_keys.ts";
import { ROW_WRITERS } from "./rows.ts";
import { inDialect, missing, newestTime, newParts, sourcesOf } from "./topic_rows.ts";
import { TradeMembers } from "./trade_members.ts";
import { UnknownOrders } from "./unknown_orders.ts";
import type { Write } from "../write/write.ts";

/** Records of gaps that stay at least: one outage leaves one for every series, and a server may have 20,000 paths. */
const GAPS_KEPT = 20_000;

/** Settings of a {@link RowWriter}. */
type RowWriterOptions = {
  /** Is called with the path of rows that are left out. */
  readonly onRefused?: ((path: string) => void) | undefined;
  /** Which rows of a shared index are whose. */
  readonly members?: TradeMembers | undefined;
};

/** A stream that has so many entries gets no older ones any more: all of it would have to be written again. */
const MAX_PREPENDED = 2000;

/** Turns pushes into writes for one server. */
export class RowWriter {
  readonly #context: PushContext;
  readonly #instruments = new Instruments();
  /** The set of what is open or listed, by path. */
  readonly #setKeys = new Map<string, string>();

  /** `maxRow`: members kept per index and stream. */
  constructor(
    keys: Keys,
    maxRow: number,
    { onRefused = () => {}, members = new TradeMembers() }: RowWriterOptions = {},
  ) {
    this.#context = {
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
      fading: new ExpiringRows(),
      unknownOrders: new UnknownOrders(),
      rowKeys: new RowKeys(onRefused),
      current: new CurrentState(),
      ended: new EndedRows(),
      members,
      stream: { ms: 0, n: 0 },
      backfilled: new BackfilledEntries(),
    };
  }

  /** Makes ids of entries go on above this time, Unix ms. */
  continueStreams(after: number): void {
    const { stream } = this.#context;
    if (stream.ms > after) return;
    stream.ms = after + 1;
    stream.n = 0;
  }

  /** Adds the writes of one push for one topic; returns the newest exchange time among its rows (0: none). */
  write(topic: Topic, received: DataFrame, at: number, writes: Write[], newer = 0): number {
    const context = this.#context;
    const pushed = this.#instruments.complete(topic, received);
    const life = topic.lifecycle;
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
    ROW_WRITERS[topic.storage](context, push, writes);
    const set = setKeyOf(context.keys, topic);
    if (set !== undefined) this.#setKeys.set(topic.path, set);
    writes.push({
      kind: "publish",
      channel: context.keys.table(topic.table),
      message: wholeMessage(topic, frame, rows),
    });
    return topic.storage === "candle" ? 0 : newestTime(parts);
  }

  /** Returns the writes of rows that a series had before it was subscribed; nothing is published. */
  history(topic: Topic, frame: DataFrame, at: number): Write[] {
    const { keys, maxRow } = this.#context;
    const rows = inDialect(topic, frame, newParts(this.#context, topic, frame));
    if (topic.storage === "events") {
      return [{
        kind: "prepend",
        key: keys.path(topic.path),
        rows,
        name: "tradeId",
        keep: Math.min(maxRow, MAX_PREPENDED),
      }];
    }
    const writes: Write[] = [];
    ROW_WRITERS[topic.storage](this.#context, { topic, frame, rows, at, newer: 0 }, writes);
    return writes.filter(({ kind }) => kind !== "publish");
  }

  /** Adds the rows of a push that are not of its topic, under what they are: latest rows alone, and news to nobody. */
  file(topic: Topic, frame: DataFrame, writes: Write[]): void {
    if (topic.storage !== "latest") return;
    const { keys, rowKeys } = this.#context;
    for (const row of inDialect(topic, frame, newParts(this.#context, topic, frame))) {
      const id = idOf(topic.key, row);
      if (id === undefined || !rowKeys.admit(topic.path, id)) continue;
      const key = keys.row(topic.table, id);
      if (key !== keys.path(topic.path)) writes.push({ kind: "row", key, row, whole: true });
    }
  }

  /**
   * Returns the writes that say of a topic's rows that they are no longer kept up: of a small order book, and of what has an
   * end.
   */
  mark(topic: Topic, state: "stale" | "closed", at: number): Write[] {
    const { keys, views, fading } = this.#context;
    const key = keys.path(topic.path);
    const row = views.get(key);
    const lost = state === "closed"
      ? [
        ...this.#retired(topic, at),
        ...fadedWrites(this.#context, fading.close(topic)),
        ...this.#unknownWrites(topic, state),
      ]
      : [...fadedWrites(this.#context, fading.markLost(topic)), ...this.#unknownWrites(topic, state)];
    if (state === "closed") this.#forget(topic);
    if (row === undefined) return lost;
    const marked = { ...row, state };
    if (state !== "closed") views.set(key, marked);
    return [{ kind: "row", key, row: marked, whole: true }];
  }

  /** Returns the writes that say of a small order book that a newer one could not be read. */
  doubt(topic: Topic): Write[] {
    const { keys, views } = this.#context;
    const key = keys.path(topic.path);
    const row = views.get(key);
    if (row === undefined || row.state === "syncing") return [];
    const doubted = { ...row, state: "syncing" };
    views.set(key, doubted);
    return [{ kind: "row", key, row: doubted, whole: true }];
  }

  /** Takes rows of an earlier process: nothing older than them is taken. */
  resumeFrom(topic: Topic, rows: readonly Row[]): void {
    const life = topic.lifecycle;
    if (life !== undefined) this.#context.lives.resumeFrom(life, rows);
  }

  /** Goes on with a latest row of an earlier process. */
  mergeFrom({ topic, key, id, row }: EarlierRow, at: number): void {
    this.#context.fading.mergeFrom(topic, { key, id }, row, at);
  }

  /** Begins a topic that is live (again), at this time. */
  begin(topic: Topic, at: number): void {
    const id = idOf(topic.key, topic.arg) ?? topic.path;
    this.#context.fading.begin(topic, { key: this.#context.keys.row(topic.table, id), id }, at);
  }

  /** Returns what becomes of rows that have ended without a word. */
  due(at: number): Write[] {
    return fadedWrites(this.#context, this.#context.fading.due(at));
  }

  /** Adds a record to the stream of gaps, and says it on the channel of the same name. */
  record(gap: Row, at: number): Write[] {
    const { keys, stream, maxRow } = this.#context;
    const message = JSON.stringify(gap);
    return [
      {
        ...{ kind: "append", key: keys.gaps, id: nextId(stream, at), row: gap },
        ...{ bytes: message.length, kept: true },
      },
      { kind: "publish", channel: keys.gaps, message },
      { kind: "trimStream", key: keys.gaps, keep: Math.max(maxRow, GAPS_KEPT) },
    ];
  }

  /** Returns everything that Redis should have now, for one that may have lost it; series keep their newest candle only. */
  all(): Write[] {
    const { views, current } = this.#context;
    const rows = [...views].map(([key, row]): Write => ({ kind: "row", key, row, whole: true }));
    return [...rows, ...current.writes()];
  }

  /** Returns the newest rows that are over. */
  ended(): EndedRow[] {
    return this.#context.ended.all();
  }

  /** Returns the sets of what is open or listed, by path, each with the members that it should have. */
  sets(): { readonly path: string; readonly key: string; readonly members: ReadonlySet<string> }[] {
    const byKey = new Map<string, Set<string>>([...this.#setKeys.values()].map((key) => [key, new Set()]));
    for (const write of this.#context.current.writes()) {
      if (write.kind === "member") byKey.get(write.key)?.add(write.member);
    }
    return [...this.#setKeys].map(([path, key]) => ({ path, key, members: byKey.get(key) ?? new Set() }));
  }

  /** Returns whether there is a small order book under a key. */
  holds(key: string): boolean {
    return this.#context.views.has(key);
  }

  /** Returns the path whose row is kept under a key; undefined: none is kept. */
  pathOf(key: string): string | undefined {
    return this.#context.current.pathOf(key);
  }

  /** Takes entries of a stream that an earlier process has backfilled. */
  resumeBackfilled(path: string, entries: readonly Backfilled[]): void {
    this.#context.backfilled.resumeFrom(this.#context.keys.path(path), entries);
  }

  /** Forgets what only holds within one connection. */
  reset(): void {
    this.#context.bars.clear();
  }

  /** What is open under another path of the same table is still kept up by that one. */
  #retired(topic: Topic, at: number): Write[] {
    const { keys, current } = this.#context;
    const others = new Set(
      [...this.#setKeys]
        .filter(([path]) => path !== topic.path && tableOf(path) === topic.table)
        .map(([, key]) => key),
    );
    const kept = new Set<string>();
    for (const write of others.size === 0 ? [] : current.writes()) {
      if (write.kind === "member" && others.has(write.key)) kept.add(write.member);
    }
    const own: Write[] = topic.storage === "balances" && others.size === 0
      ? [{ kind: "row", key: keys.path(topic.table), row: {}, whole: true }]
      : [];
    return [...own, ...retireSet(keys, topic, { kept, at })];
  }

  /** Orders of which nobody can be asked, or that nobody asks for any more. */
  #unknownWrites(topic: Topic, state: "stale" | "closed"): Write[] {
    const { keys, unknownOrders } = this.#context;
    const of = keys.path(topic.path);
    const lost = state === "closed" ? unknownOrders.close(topic) : unknownOrders.lose(topic);
    return lost.flatMap(({ key, row, said }): Write[] => [
      { kind: "row", key, row, whole: false },
      { kind: "publish", channel: key, message: JSON.stringify(said), of },
    ]);
  }

  /** Nothing more is kept of a topic that is not desired. */
  #forget(topic: Topic): void {
    const { keys, rowKeys, current, ended, absent, pages, sets, backfilled, views } = this.#context;
    const key = keys.path(topic.path);
    this.#setKeys.delete(topic.path);
    rowKeys.forget(topic.path);
    current.forget(topic.path);
    ended.forget(topic.path);
    absent.forget(topic.path);
    pages.delete(topic.path);
    sets.delete(setKeyOf(keys, topic) ?? "");
    backfilled.forget(key);
    this.#instruments.forget(topic.path);
    views.delete(key);
  }
}

const NONE: readonly string[] = [];
