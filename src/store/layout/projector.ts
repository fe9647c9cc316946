/**
 * From session events to writes: the layout of one server in Redis. A projector is a small state machine; it needs
 * no answer from Redis to decide what to write, and it writes the loss of certainty before any recovery begins.
 */
import { type ExchangeRejection, groupOf, type SessionEvent } from "../../model/events.ts";
import { createKeys, type Keys } from "./keys.ts";
import type { Row } from "../../okx/frame.ts";
import type { Topic } from "../../okx/topic.ts";
import type { Shard } from "../../shared/shard.ts";
import type { BookOptions } from "./book_hashes.ts";
import { type BookWriter, createBookWriter } from "./books.ts";
import type { EndedRow } from "./ended_rows.ts";
import type { EarlierRow } from "./open_orders.ts";
import type { Backfilled } from "./backfilled_entries.ts";
import { NewestRows } from "./newest_rows.ts";
import { OpenGaps } from "./open_gaps.ts";
import { LossRecords } from "./loss_records.ts";
import { KeyOwners } from "./key_owners.ts";
import { RowWriter } from "./row_writer.ts";
import { StoredSeries } from "./stored_series.ts";
import type { SubRecord } from "./subscription_record.ts";
import { passageOf, SubRecords } from "./subscription_records.ts";
import type { TradeMembers } from "./trade_members.ts";
import { StatusWriter } from "./server_status.ts";
import type { Write } from "../write/write.ts";

/** Rows of a topic that an earlier process kept. */
export type Resumed = { readonly topic: Topic; readonly rows: readonly Row[] };

/** Settings of a {@link Projector}. */
export type ProjectorOptions = {
  readonly keyPrefix: string;
  readonly server: string;
  readonly maxRow: number;
  /** In a cluster keys have a hash tag, see keys.ts. */
  readonly clustered?: boolean;
  /** What this process has of the server; undefined: all of it. */
  readonly shard?: Shard | undefined;
  readonly books?: BookOptions;
  /** A moment of this machine's clock as Redis counts it. */
  readonly toRedisTime?: (at: number) => number;
  /** The term of the service, as records name it. */
  readonly term?: () => number;
  /** Which rows of a shared index are whose, as far as is known already. */
  readonly members?: TradeMembers;
  /** Is called with the path of rows that are left out because their subscription has too many. */
  readonly onRefused?: (path: string) => void;
};

const DEFAULT_BOOKS: BookOptions = { depth: 400, top: 25, full: true, intervalMs: 100 };

/** An event of one kind. */
type EventOf<Kind extends SessionEvent["kind"]> = SessionEvent & { readonly kind: Kind };

/** The layout of one server. */
export class Projector {
  readonly #keys: Keys;
  readonly #rows: RowWriter;
  readonly #books: BookWriter;
  readonly #subs: SubRecords;
  readonly #status: StatusWriter;
  readonly #owners: KeyOwners;
  readonly #series: StoredSeries;
  readonly #newest: NewestRows;
  readonly #gaps: OpenGaps;
  /** What the server's paths have lost. */
  readonly losses: LossRecords;
  /** Keys and channels that are about the server itself. */
  readonly #serverKeys: ReadonlySet<string>;
  /** Paths whose history is on its way, by the keys of their streams. */
  readonly #prepending = new Map<string, string>();
  readonly #toRedisTime: (at: number) => number;

  constructor(options: ProjectorOptions) {
    const { toRedisTime = (at) => at } = options;
    const keys = createKeys(options.keyPrefix, options.server, options.clustered, options.shard);
    this.#keys = keys;
    this.#rows = new RowWriter(keys, options.maxRow, options);
    this.#books = createBookWriter(keys, options.books ?? DEFAULT_BOOKS);
    this.#subs = new SubRecords(keys, options.term);
    this.#status = new StatusWriter(keys);
    this.#owners = new KeyOwners(keys);
    this.#series = new StoredSeries(keys, options.maxRow);
    this.#newest = new NewestRows(options.toRedisTime);
    this.#gaps = new OpenGaps(keys, toRedisTime);
    this.losses = new LossRecords(keys, {
      ...{ series: this.#series, toRedisTime },
      write: (record, at) => this.#rows.record(record, at),
    });
    this.#serverKeys = new Set([
      ...[keys.status, keys.ownStatus, keys.subs, keys.gaps, keys.openGaps],
      ...[keys.wanted, keys.wantedVersion, keys.epoch, keys.event],
    ]);
    this.#toRedisTime = toRedisTime;
  }

  /** What all keys of the server begin with. */
  get prefix(): string {
    return this.#keys.prefix;
  }

  /** Returns the writes of an event. */
  project(event: SessionEvent): Write[] {
    switch (event.kind) {
      case "rows":
        return event.frame.action === "foreign" ? this.#onForeign(event) : this.#onRows(event);
      case "history":
        return this.#onHistory(event);
      case "book":
        return this.#onBook(event);
      case "unreadable":
        return event.topics.flatMap((topic) => this.#rows.doubt(topic));
      case "subscription":
        return this.#onState(event);
      case "gap":
        return this.losses.onGap(event);
      case "gaps":
        return this.#gaps.write(event.topic.path, event.open);
      case "notice":
        return [{ kind: "publish", channel: this.#keys.event, message: JSON.stringify(event.event) }];
      case "opened":
        return this.#status.onOpened();
      case "closed":
        return this.#status.onClosed(event.forGood === true);
      case "up":
        this.#rows.reset();
        return this.#status.onUp(event.connection);
      case "down":
        return this.#status.onDown(event.connection, event.desired, event.reason);
      case "idle":
        return this.#status.onIdle(event.connection);
    }
  }

  /** Returns whether {@link flush} has something to say that no batch has asked for yet. */
  hasDue(now = performance.now()): boolean {
    return this.#subs.hasDue(now) || this.#status.hasDue(now);
  }

  /**
   * Returns what is said of what was written, once a second at most unless a state changes: touched subscriptions, and that
   * data came. `whole`: everything that was queued so far goes with the batch; `now` on the monotonic clock.
   */
  flush(whole = true, now = performance.now()): Write[] {
    if (whole) this.losses.offer();
    return [
      ...this.#subs.flush(whole, now),
      ...this.#gaps.flush(whole, (path) => !this.losses.awaits(path)),
      ...this.#status.flush(now),
    ];
  }

  /** Redis has taken the batch of the last {@link flush}: what follows from that. */
  acknowledge(): Write[] {
    this.#subs.acknowledge();
    this.#gaps.acknowledge();
    return this.losses.acknowledge();
  }

  /** Returns whether a field of one of this server's hashes is said by this projector. */
  projects(write: Write): boolean {
    if (write.kind !== "field" && write.kind !== "unfield") return false;
    return write.key === this.#keys.openGaps ? this.#gaps.has(write.field) : this.#subs.has(write.field);
  }

  /** Returns order books whose writing was put off, and rows that have ended without a word. */
  due(at: number): Write[] {
    return [...this.#books.due(at), ...this.#rows.due(at)];
  }

  /** Returns the status again, whose key would expire. */
  keepAlive(): Write {
    return this.#status.restate();
  }

  /** Returns what must be said again after Redis came back empty. */
  restate(): Write[] {
    return [this.#status.restate(), ...this.#subs.all(), ...this.#gaps.all()];
  }

  /** Returns all rows that Redis should have now, for one that may have lost them; goes after {@link restate}. */
  rewrite(): Write[] {
    return [...this.#books.all(), ...this.#rows.all()];
  }

  /** Takes over what an earlier process said of a path. */
  inherit(path: string, record: SubRecord): void {
    this.#subs.inherit(path, record);
  }

  /** Takes rows of an earlier process: nothing older than them is taken. */
  resumeFrom({ topic, rows }: Resumed): void {
    this.#rows.resumeFrom(topic, rows);
  }

  /** Makes ids of entries go on above this time, Unix ms: an earlier process has used those below. */
  continueStreams(after: number): void {
    this.#rows.continueStreams(after);
  }

  /** Notes that an earlier process has left rows of a path. */
  resumeSeries(path: string): void {
    this.#series.resumeFrom(path);
  }

  /** Takes entries of a stream that an earlier process has backfilled. */
  resumeBackfilled(path: string, entries: readonly Backfilled[]): void {
    this.#rows.resumeBackfilled(path, entries);
  }

  /** Goes on with latest rows of an earlier process, which end without a word. */
  mergeFrom(earlier: readonly EarlierRow[]): void {
    const now = Date.now();
    for (const row of earlier) {
      this.#rows.mergeFrom(row, now);
      if (this.#subs.isLive(row.topic.path)) this.#rows.begin(row.topic, now);
    }
  }

  /** Returns the paths that are desired. */
  paths(): Iterable<string> {
    return this.#subs.paths();
  }

  /** Returns what {@link SubRecords.receivedHere} does. */
  receivedHere(path: string): number | undefined {
    return this.#subs.receivedHere(path);
  }

  /** Returns whether this process has written an order book under a key. */
  holds(key: string): boolean {
    return this.#books.holds(key) || this.#rows.holds(key);
  }

  /** Returns what was last written of everything that is kept: what Redis has, unless something has happened to it. */
  written(): Write[] {
    return [
      ...this.#subs.written(),
      ...this.#gaps.written(),
      ...this.#books.written(),
      ...this.#rows.all(),
    ];
  }

  /** Returns the newest rows that are over. */
  ended(): EndedRow[] {
    return this.#rows.ended();
  }

  /** Returns the sets of what is open or listed under paths that are live, with all of their members. */
  sets(): { readonly key: string; readonly members: ReadonlySet<string> }[] {
    return this.#rows.sets().filter(({ path }) => this.#subs.isLive(path));
  }

  /** Returns whether a key, or a channel, is below this server's prefix. */
  isOwn(key: string): boolean {
    return this.#keys.isOwn(key);
  }

  /** Returns whether it is about the server itself: its status, its records, its registers. */
  isProjected(key: string): boolean {
    return this.#serverKeys.has(key);
  }

  /** Returns the paths whose rows may stand under a key. */
  ownersOf(key: string): string[] {
    const found = this.#owners.of(key);
    const path = found.length > 1 ? this.#rows.pathOf(key) : undefined;
    return path === undefined ? found : [path];
  }

  /** Returns the key of a path. */
  keyOf(path: string): string {
    return this.#keys.path(path);
  }

  /** Redis refuses what these paths bring, and takes that of all others. */
  setFaults(faults: ReadonlyMap<string, ExchangeRejection>): Write[] {
    return [...this.#subs.paths()].flatMap((path) => this.#subs.setFault(path, faults.get(path)));
  }

  /** Moves times that were noted before Redis' clock was known. */
  shift(byMs: number): void {
    this.#subs.shift(byMs);
  }

  #onForeign({ topics, frame }: EventOf<"rows">): Write[] {
    const writes: Write[] = [];
    for (const topic of topics) this.#rows.file(topic, frame, writes);
    return writes;
  }

  #onRows(event: EventOf<"rows">): Write[] {
    const writes: Write[] = [];
    this.#status.onData();
    const frame = this.#newest.onRows(event);
    const received = event.frame.rows.length;
    const receivedAt = this.#toRedisTime(event.at);
    for (const topic of event.topics) {
      const before = writes.length;
      const exchangeAt = frame !== event.frame && frame.rows.length === 0
        ? 0
        : this.#rows.write(topic, frame, event.at, writes, event.newer);
      // What is left out was received, and makes nothing fresh.
      const isTaken = hasRow(writes, before);
      const counted = { rows: received, exchangeAt, at: receivedAt, here: event.at, isTaken };
      this.#subs.countRows(topic.path, counted, passageOf(topic));
      if (isTaken) this.#series.note(topic, frame.rows.length, event.at);
      if (topic.storage === "events") this.#series.countEntries(topic.path, writes, before);
    }
    return writes;
  }

  #onHistory({ topic, frame, at }: EventOf<"history">): Write[] {
    if (!this.#subs.has(topic.path)) return [];
    const writes = this.#rows.history(topic, frame, at);
    if (topic.storage === "events") {
      // A stream takes only what is older than all that it has, and not always that.
      for (const write of writes) if (write.kind === "prepend") this.#prepending.set(write.key, topic.path);
      return writes;
    }
    this.#series.note(topic, frame.rows.length, at);
    return [
      ...writes,
      ...this.#subs.setHistory(topic.path, { rows: frame.rows.length, at: this.#toRedisTime(at) }),
    ];
  }

  /** Notes that the stream of this key has taken so many rows of history. */
  setPrepended(key: string, rows: number): Write[] {
    const path = this.#prepending.get(key);
    this.#prepending.delete(key);
    if (path === undefined || rows === 0) return [];
    return this.#subs.setHistory(path, { rows, at: this.#toRedisTime(Date.now()) });
  }

  #onBook(event: EventOf<"book">): Write[] {
    this.#status.onData();
    this.#newest.onBook(event);
    // v3 writes times in ISO 8601.
    const exchangeAt = Number(event.book.ts) || Date.parse(event.book.ts) || 0;
    const receivedAt = this.#toRedisTime(event.at);
    for (const topic of event.topics) {
      if (event.frame !== undefined) {
        const rows = event.frame.rows.length;
        const counted = { rows, exchangeAt, at: receivedAt, here: event.at, isTaken: true };
        this.#subs.countRows(topic.path, counted);
      }
    }
    return this.#books.onBook(event.topics, event.frame, event.book, event.at);
  }

  #onState(event: EventOf<"subscription">): Write[] {
    const { topic, state, again, at, holding } = event;
    const refusal = this.#withRedisTime(event.refusal);
    if (state === "wanted") this.#status.onDesired(holding?.connection ?? groupOf(topic));
    const writes = this.#subs.setState(topic.path, { state, refusal, holding }, this.#toRedisTime(at));
    if (state === "gone") {
      this.#owners.delete(topic);
      this.#series.forget(topic.path);
    } else this.#owners.add(topic);
    if (state === "live") this.#rows.begin(topic, at);
    if ((state === "stale" && !again) || state === "gone") {
      const mark = state === "gone" ? "closed" : "stale";
      writes.push(
        ...topic.storage === "book" ? this.#books.mark(topic, mark) : this.#rows.mark(topic, mark, at),
      );
    }
    for (const earlier of this.#newest.onState(event)) writes.push(...this.project(earlier));
    return writes;
  }

  #withRedisTime(refusal: ExchangeRejection | undefined): ExchangeRejection | undefined {
    if (refusal?.nextAt === undefined) return refusal;
    return { ...refusal, nextAt: Math.round(this.#toRedisTime(refusal.nextAt)) };
  }
}

/** Returns whether there is a row among writes from this one on. */
function hasRow(writes: readonly Write[], from: number): boolean {
  for (let i = from; i < writes.length; i++) {
    const kind = writes[i]?.kind;
    if (kind === "row" || kind === "append") return true;
  }
  return false;
}
