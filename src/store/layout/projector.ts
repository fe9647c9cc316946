/**
 * From session events to writes: the layout of one server in Redis. A projector is a small state machine; it needs
 * no answer from Redis to decide what to write, and it writes the loss of certainty before anything is mended.
 */
import {
  type ConnectionName,
  type ExchangeRejection,
  groupOf,
  type SessionEvent,
} from "../../model/events.ts";
import { createKeys, type Keys } from "./keys.ts";
import type { Row } from "../../okx/frame.ts";
import type { Topic } from "../../okx/topic.ts";
import { type BookOptions, createBookWriter } from "./books.ts";
import type { Drop } from "../write/dropped_events.ts";
import type { EndedRow } from "./ended_rows.ts";
import type { EarlierRow } from "./open_orders.ts";
import type { Backfilled } from "./backfilled_entries.ts";
import { GapRecords, type RecordEntry } from "./gap_records.ts";
import { NewestRows } from "./newest_rows.ts";
import { OpenGaps } from "./open_gaps.ts";
import { GapOutcomes } from "./gap_outcomes.ts";
import { KeyOwners } from "./key_owners.ts";
import { RowWriter } from "./row_writer.ts";
import { type Span, StoredSeries } from "./stored_series.ts";
import type { SubRecord } from "./subscription_record.ts";
import { type Passage, SubRecords } from "./subscription_records.ts";
import type { TradeMembers } from "./trade_members.ts";
import type { Write } from "../write/write.ts";

/** Connection status of a server, as `P/status` says it. */
export type ServerStatus = "READY" | "CONNECTED" | "ON_DATA" | "DISCONNECTED" | "EXIT";

/**
 * A status key lives this long and is written again well before it ends, so that the status of a service that was
 * killed does not outlive it.
 */
export const STATUS_TTL_MS = 30_000;

/** Rows of a topic that an earlier process kept. */
export type Recalled = { readonly topic: Topic; readonly rows: readonly Row[] };

/** The layout of one server. */
export type Projector = {
  project(event: SessionEvent): Write[];
  /**
   * What only one write per batch needs to say: touched subscriptions, and that data came. `whole`: everything that was queued
   * so far goes with the batch.
   */
  flush(whole?: boolean): Write[];
  /** Redis has taken the batch of the last {@link flush}: what follows from that. */
  acknowledge(): Write[];
  /** A row that was backfilled is dropped, or refused; of others' rows nothing is noted. */
  noteUnkept(of: string): void;
  /** Whether everything is written, as far as it depends on what Redis has taken. */
  readonly isSettled: boolean;
  /** Whether a field of one of this server's hashes is said by this projector. */
  projects(write: Write): boolean;
  /** Order books whose writing was put off, and rows that have ended without a word. */
  due(at: number): Write[];
  /** What must be said again from time to time, or after Redis came back empty. */
  restate(): Write[];
  /** All rows that Redis should hold now, for one that may have lost them; goes after {@link restate}. */
  rewrite(): Write[];
  /** Takes over what an earlier process said of a path. */
  inherit(path: string, record: SubRecord): void;
  /** Rows of an earlier process: nothing older than them is taken. */
  recall(known: Recalled): void;
  /** Entries of a stream that an earlier process has backfilled. */
  recallBackfilled(path: string, entries: readonly Backfilled[]): void;
  /** Goes on with latest rows of an earlier process, which end without a word. */
  adopt(earlier: readonly EarlierRow[]): void;
  /** Records of gaps that an earlier process has left. */
  recallRecords(entries: readonly RecordEntry[]): void;
  /** The newest records of gaps, `most` of them: all that is remembered from then on. */
  records(most: number): Write[];
  /** The paths that are wanted. */
  paths(): Iterable<string>;
  /** As {@link SubRecords.receivedHere}. */
  receivedHere(path: string): number | undefined;
  /** Whether this process has written an order book under a key. */
  holds(key: string): boolean;
  /** What was last written of everything that is kept: what Redis has, unless something has happened to it. */
  written(): Write[];
  /** The newest rows that are over. */
  ended(): EndedRow[];
  /** The sets of what is open or listed under paths that are live, with all of their members. */
  sets(): { readonly key: string; readonly members: ReadonlySet<string> }[];
  /** Whether a key, or a channel, is below this server's prefix. */
  isOwn(key: string): boolean;
  /** Whether it is about the server itself: its status, its records, its registers. */
  isProjected(key: string): boolean;
  /** The paths whose rows may stand under a key. */
  ownersOf(key: string): string[];
  /** The key of a path. */
  keyOf(path: string): string;
  /** The series whose rows only Redis has. */
  series(): Span[];
  /** How many entries of a stream are missing, as {@link StoredSeries.missing}. */
  missing(path: string, found: { readonly added: number; readonly length: number }): number;
  /** The record of entries of a stream that Redis no longer has. */
  lostSome(span: Span, missing: number, at: number): Write[];
  /** The series of which something was lost as a whole since the last call. */
  takeLost(): Span[];
  /** The record of a series that Redis no longer has. */
  lost(span: Span, at: number): Write[];
  /** Redis refuses what these paths bring, and takes that of all others. */
  setFaults(faults: ReadonlyMap<string, ExchangeRejection>): Write[];
  /** Moves times that were noted before Redis' clock was known. */
  shift(byMs: number): void;
  /** Records of what this server's paths lost because Redis did not keep up; others' are left alone. */
  dropped(drops: readonly Drop[], at: number): Write[];
};

/** Settings of {@link createProjector}. */
export type ProjectorOptions = {
  readonly keyPrefix: string;
  readonly server: string;
  readonly maxRow: number;
  /** In a cluster keys have a hash tag, see keys.ts. */
  readonly clustered?: boolean;
  readonly books?: BookOptions;
  /** A moment of this machine's clock as Redis counts it. */
  readonly toRedisTime?: (at: number) => number;
  /** Which rows of a shared index are whose, as far as is known already. */
  readonly members?: TradeMembers;
  /** Hears of rows that are left out because their subscription has too many, by path. */
  readonly onRefused?: (path: string) => void;
};

const DEFAULT_BOOKS: BookOptions = { depth: 400, intervalMs: 100 };

/** Starts a server's layout. */
export function createProjector(options: ProjectorOptions): Projector {
  const keys = createKeys(options.keyPrefix, options.server, options.clustered);
  const rows = new RowWriter(keys, options.maxRow, options);
  const books = createBookWriter(keys, options.books ?? DEFAULT_BOOKS);
  const subs = new SubRecords(keys);
  const owners = new KeyOwners(keys);
  const series = new StoredSeries(keys, options.maxRow);
  const known = new NewestRows(options.toRedisTime);
  const lost: Span[] = [];
  const said = new Set([
    keys.status,
    keys.subs,
    keys.gaps,
    keys.openGaps,
    keys.wanted,
    keys.epoch,
    keys.event,
  ]);
  const { toRedisTime = (at) => at } = options;
  const gaps = new OpenGaps(keys, toRedisTime);
  const records = new GapRecords(keys.gaps);
  /** A record of what is missing, by Redis' clock, as that of subscriptions. */
  const record = (gap: Row & { readonly from: number; readonly to: number }, at: number): Write[] => {
    const writes = rows.record({
      ...gap,
      from: gap.from === 0 ? 0 : Math.round(toRedisTime(gap.from)),
      to: Math.round(toRedisTime(gap.to)),
    }, at);
    records.note(writes);
    return writes;
  };
  const outcomes = new GapOutcomes(record);
  const up = new Set<ConnectionName>();
  const missed = new Set<ConnectionName>();
  let status: ServerStatus = "READY";
  let data = false;

  const announce = (next: ServerStatus, extra: Readonly<Record<string, unknown>> = {}): Write[] => {
    status = next;
    return [
      statusText(keys, next),
      { kind: "publish", channel: keys.status, message: next },
      { kind: "publish", channel: keys.event, message: JSON.stringify({ op: next, ...extra }) },
    ];
  };

  // A server with several sockets is connected when none that is needed is missing.
  const settle = (): Write[] => {
    const connected = status === "CONNECTED" || status === "ON_DATA";
    return connected || missed.size > 0 || up.size === 0 ? [] : announce("CONNECTED");
  };

  const project = (event: SessionEvent): Write[] => {
    switch (event.kind) {
      case "rows": {
        const writes: Write[] = [];
        if (event.frame.action === "foreign") {
          for (const topic of event.topics) rows.file(topic, event.frame, writes);
          return writes;
        }
        data = true;
        const frame = known.onRows(event);
        const received = event.frame.rows.length;
        const receivedAt = toRedisTime(event.at);
        for (const topic of event.topics) {
          const before = writes.length;
          const exchangeAt = frame !== event.frame && frame.rows.length === 0
            ? 0
            : rows.write(topic, frame, event.at, writes, event.newer);
          // What is left out was received, and makes nothing fresh.
          const isTaken = hasRow(writes, before);
          const counted = { rows: received, exchangeAt, at: receivedAt, here: event.at, isTaken };
          subs.countRows(topic.path, counted, passageOf(topic));
          if (isTaken) series.note(topic, frame.rows.length, event.at);
          if (topic.storage === "events") {
            const key = keys.path(topic.path);
            for (const write of writes.slice(before)) series.count(topic.path, entriesOf(write, key));
          }
        }
        return writes;
      }
      case "book": {
        data = true;
        known.onBook(event);
        // v3 writes times in ISO 8601.
        const exchangeAt = Number(event.book.ts) || Date.parse(event.book.ts) || 0;
        const receivedAt = toRedisTime(event.at);
        for (const topic of event.topics) {
          if (event.frame !== undefined) {
            const rows = event.frame.rows.length;
            const counted = { rows, exchangeAt, at: receivedAt, here: event.at, isTaken: true };
            subs.countRows(topic.path, counted);
          }
        }
        return books.onBook(event.topics, event.frame, event.book, event.at);
      }
      case "unreadable":
        return event.topics.flatMap((topic) => rows.doubt(topic));
      case "subscription": {
        const { topic, state, refusal, at, holding } = event;
        const connection = holding?.connection ?? groupOf(topic);
        // Wanted and not there yet: missed as much as one that was lost.
        if (state === "wanted" && !up.has(connection)) missed.add(connection);
        const writes = subs.setState(topic.path, { state, refusal, holding }, toRedisTime(at));
        if (state === "gone") {
          owners.delete(topic);
          series.forget(topic.path);
        } else owners.add(topic);
        if (state === "live") rows.begin(topic, at);
        if (state === "stale" || state === "gone") {
          const mark = state === "gone" ? "closed" : "stale";
          writes.push(...topic.storage === "book" ? books.mark(topic, mark) : rows.mark(topic, mark, at));
        }
        for (const told of known.onState(event)) writes.push(...project(told));
        return writes;
      }
      case "gap":
        return outcomes.add(event);
      case "gaps":
        return gaps.write(event.topic.path, event.open);
      case "notice":
        return [{ kind: "publish", channel: keys.event, message: JSON.stringify(event.event) }];
      case "opened":
        return announce("READY");
      case "closed":
        if (event.forGood !== true) return announce("EXIT");
        // Nobody looks after these any more: they go by themselves.
        return [
          ...announce("EXIT"),
          statusText(keys, "EXIT", STATUS_TTL_MS),
          { kind: "row", key: keys.epoch, row: {}, whole: true },
        ];
      case "up":
        rows.reset();
        up.add(event.endpoint);
        missed.delete(event.endpoint);
        return settle();
      case "down":
        up.delete(event.endpoint);
        if (event.wanted) missed.add(event.endpoint);
        data = false;
        if (status === "DISCONNECTED" || (missed.size === 0 && up.size > 0)) return [];
        return announce("DISCONNECTED", { reason: event.reason });
      case "idle":
        missed.delete(event.endpoint);
        return settle();
    }
  };

  return {
    project,
    flush(whole = true) {
      if (whole) outcomes.offer();
      const writes = [...subs.flush(whole), ...gaps.flush(whole, (path) => !outcomes.awaits(path))];
      if (data && status !== "DISCONNECTED" && status !== "EXIT") {
        for (const write of announce("ON_DATA")) writes.push(write);
      }
      data = false;
      return writes;
    },
    acknowledge() {
      subs.acknowledge();
      gaps.acknowledge();
      return outcomes.acknowledge();
    },
    noteUnkept(of) {
      if (!of.startsWith(`${keys.prefix}/`)) return;
      const path = of.slice(keys.prefix.length + 1);
      outcomes.noteUnkept(path);
      series.count(path, -1);
    },
    get isSettled() {
      return outcomes.isEmpty;
    },
    projects: (write) =>
      (write.kind === "field" || write.kind === "unfield") &&
      (write.key === keys.openGaps ? gaps.has(write.field) : subs.has(write.field)),
    due: (at) => [...books.due(at), ...rows.due(at)],
    restate: () => [statusText(keys, status), ...subs.all(), ...gaps.all()],
    rewrite: () => [...books.all(), ...rows.all()],
    inherit: (path, record) => subs.inherit(path, record),
    recall: (known) => rows.recall(known.topic, known.rows),
    recallBackfilled: (path, entries) => rows.recallBackfilled(path, entries),
    recallRecords: (entries) => records.recall(entries),
    records: (most) => records.all(most),
    adopt(earlier) {
      const now = Date.now();
      for (const row of earlier) {
        rows.adopt(row, now);
        if (subs.isLive(row.topic.path)) rows.begin(row.topic, now);
      }
    },
    paths: () => subs.paths(),
    receivedHere: (path) => subs.receivedHere(path),
    holds: (key) => books.holds(key) || rows.holds(key),
    written: () => [...subs.written(), ...gaps.written(), ...books.written(), ...rows.all()],
    ended: () => rows.ended(),
    sets: () => rows.sets().filter(({ path }) => subs.isLive(path)),
    isOwn: (key) => key.startsWith(`${keys.prefix}/`),
    isProjected: (key) => said.has(key),
    ownersOf(key) {
      const found = owners.of(key);
      const holder = found.length > 1 ? rows.pathOf(key) : undefined;
      return holder === undefined ? found : [holder];
    },
    keyOf: (path) => keys.path(path),
    series: () => series.all(),
    missing: (path, found) => series.missing(path, found),
    lostSome: ({ path, from }, missing, at) =>
      record({ path, from, to: at, outcome: "not", rows: 0, missing }, at),
    takeLost: () => lost.splice(0),
    lost(span, at) {
      const { path, from, rows: count } = span;
      series.forget(path);
      lost.push(span);
      return record({ path, from, to: at, outcome: "not", rows: count, missing: "" }, at);
    },
    setFaults: (faults) => [...subs.paths()].flatMap((path) => subs.setFault(path, faults.get(path))),
    shift: (byMs) => subs.shift(byMs),
    dropped: (drops, at) =>
      drops.filter(({ name }) => name.startsWith(`${keys.prefix}/`)).flatMap((
        { name, from, to, rows: count },
      ) => {
        const path = name.slice(keys.prefix.length + 1);
        series.count(path, -count);
        return record({ path, from, to, outcome: "dropped", rows: count, missing: count }, at);
      }),
  };
}

/** Whether there is a row among writes from this one on. */
function hasRow(writes: readonly Write[], from: number): boolean {
  for (let i = from; i < writes.length; i++) {
    const kind = writes[i]?.kind;
    if (kind === "row" || kind === "append") return true;
  }
  return false;
}

/** How many entries of a stream a write adds, or takes away. */
function entriesOf(write: Write, key: string): number {
  if (write.kind === "erase" && write.key === key) return -write.ids.length;
  return write.kind === "append" && write.key === key ? 1 : 0;
}

/** Entries of streams wait in a queue; the rows of an index are never more than one batch late. */
function passageOf({ storage, noInitialSnapshot }: Topic): Passage {
  if (storage === "events") return "queue";
  return storage === "trades" || storage === "candle" || noInitialSnapshot ? "batch" : "now";
}

function statusText(
  keys: Keys,
  status: ServerStatus,
  ttlMs = status === "EXIT" ? 0 : STATUS_TTL_MS,
): Write {
  return { kind: "text", key: keys.status, value: status, ttlMs };
}
