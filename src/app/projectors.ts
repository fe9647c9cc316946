/**
 * The projectors of all servers side by side: takes the events of servers, queues what is to be written, and knows
 * everything that has to be written again to a Redis that has lost it.
 */
import type { Settings } from "../config/shapes.ts";
import type { EventSink, ExchangeRejection, SessionEvent } from "../model/events.ts";
import { roomLogger, sparseWarning } from "../logging/log.ts";
import type { Stats } from "../model/stats.ts";
import { formatShard, type Shard } from "../shared/shard.ts";
import type { InLane, WriteQueues } from "../store/write/write_queues.ts";
import type { Drop } from "../store/write/dropped_events.ts";
import { createKeys, type Keys } from "../store/layout/keys.ts";
import { epochValue, markedAt } from "../store/read/leftovers.ts";
import type { EarlierRow } from "../store/layout/open_orders.ts";
import { Projector, type Resumed } from "../store/layout/projector.ts";
import type { Earlier } from "../store/read/resume_points.ts";
import { createRefusedPaths } from "../store/layout/refused_paths.ts";
import { keyOf, type RefusedWrite } from "../store/write/refused_writes.ts";
import type { Store } from "../store/store.ts";
import type { SubRecord } from "../store/layout/subscription_record.ts";
import type { LostEntries } from "../store/write/recent_entries.ts";
import type { RowBroadcast } from "../store/write/row_broadcast.ts";
import { TradeMembers } from "../store/layout/trade_members.ts";
import type { Prepended, Write } from "../store/write/write.ts";

/** What the projectors need. */
export type ProjectorsOptions = {
  readonly settings: Settings;
  readonly store: Pick<Store, "clustered">;
  /** This process, as `P/epoch` names it. */
  readonly instance: string;
  /** Undefined: it has all of the work. */
  readonly shard?: Shard | undefined;
  /** The epoch of the lease; 0: there is none, or none yet. */
  readonly term: () => number;
  /** A moment of this machine's clock as Redis counts it. */
  readonly toRedisTime: (at: number) => number;
  readonly stats: Stats;
  readonly broadcast: RowBroadcast;
  readonly queues: Pick<WriteQueues, "add">;
};

/** The mark of a shard is written again every few seconds. */
const MARK_MS = 86_400_000;

const log = roomLogger("service");

/** Begins without servers; each begins with its first event and ends with its last. */
export class Projectors implements EventSink<string> {
  readonly #options: ProjectorsOptions;
  readonly #warn = sparseWarning(log);
  readonly #projectors = new Map<string, Projector>();
  /** Servers that are closed, and of which something is still queued. */
  readonly #closing = new Map<string, Projector>();
  /** Asked for with every message that comes. */
  readonly #keys = new Map<string, Keys>();
  readonly #inherited = new Map<string, Map<string, SubRecord>>();
  readonly #comparedAt = new Map<string, number>();
  readonly #earlierRows = new Map<string, readonly EarlierRow[]>();
  readonly #resumed = new Map<string, readonly Resumed[]>();
  readonly #backfilled = new Map<string, Earlier["backfilled"]>();
  readonly #stored = new Map<string, readonly string[]>();
  readonly #lastEntries = new Map<string, number>();
  readonly #refusedPaths = createRefusedPaths();
  /** Nothing that is pushed ever writes this key, so that it shows whether this is the Redis that was written. */
  readonly #epochs = new Map<string, string>();
  /** The term that was said last. */
  #term = 0;
  /** The term of the first records. */
  #firstTerm: number | undefined;
  /** These outlive their projector: a server that is opened again goes on with the same rows. */
  readonly #members = new Map<string, TradeMembers>();

  constructor(options: ProjectorsOptions) {
    this.#options = options;
  }

  /** Takes an event of a server, in order. */
  onEvent(server: string, event: SessionEvent): void {
    const { queues, broadcast, stats } = this.#options;
    const projector = this.#projectorOf(server);
    // Rows may be anything: those that a projector throws at cost themselves and nothing else.
    try {
      const writes = projector.project(event);
      queues.add(writes, event.at);
      broadcast.offer(server, writes);
    } catch (error) {
      if (event.kind !== "rows" && event.kind !== "book") throw error;
      stats.unreadable += 1;
      const path = event.topics[0]?.path ?? "";
      this.#warn("Rows that cannot be kept are left out", { server, path, reason: String(error) });
    }
    if (event.kind === "closed") {
      queues.add(projector.flush(false));
      this.#projectors.delete(server);
      this.#closing.set(server, projector);
      this.#epochs.delete(server);
      this.#keys.delete(server);
    }
    if (event.kind === "subscription" && event.state === "refused") {
      const { topic, refusal } = event;
      this.#warn("The exchange refused a subscription", { server, path: topic.path, ...refusal });
    }
  }

  /** Returns whether {@link flush} has something to say that no batch has asked for yet. */
  hasDue(inLane: InLane): boolean {
    return this.#of(inLane).some((projector) => projector.hasDue());
  }

  /** Returns the status of each server, whose key would expire. */
  keepAlive(): Write[] {
    return this.#all((projector) => [projector.keepAlive()]);
  }

  /** Returns what is said of what was written; `whole`: everything that was queued so far goes with it. */
  flush(whole: boolean, inLane: InLane): Write[] {
    const writes = this.#all((projector) => projector.flush(whole), inLane);
    for (const [server, projector] of this.#closing) {
      if (!inLane(projector.prefix)) continue;
      const next = this.#projectors.get(server);
      writes.push(...projector.flush(whole).filter((write) => next?.projects(write) !== true));
      if (whole && projector.losses.isSettled) this.#closing.delete(server);
    }
    return writes;
  }

  /** Redis has taken the batch of the last {@link flush}. */
  acknowledge(inLane: InLane): void {
    for (const projector of this.#of(inLane)) {
      const writes = projector.acknowledge();
      if (writes.length > 0) this.#options.queues.add(writes);
    }
  }

  /** Notes that a row that was backfilled under this key is dropped, or refused. */
  noteUnkept(of: string): void {
    for (const projector of [...this.#projectors.values(), ...this.#closing.values()]) {
      projector.losses.noteUnkept(of);
    }
  }

  /** Notes how much of the history of series went into their streams. */
  setPrepended(prepended: readonly Prepended[]): void {
    for (const { key, rows } of prepended) {
      const writes = this.#all((projector) => projector.setPrepended(key, rows));
      if (writes.length > 0) this.#options.queues.add(writes);
    }
  }

  /** Returns what an earlier process has said of the paths of a server that are desired, before the server is opened. */
  earlierRecords(server: string): ReadonlyMap<string, SubRecord> {
    return this.#inherited.get(server) ?? new Map();
  }

  /** Returns when an earlier process has last compared what is in Redis, Unix ms by Redis' clock; 0: that is not known. */
  comparedAt(server: string): number {
    return this.#comparedAt.get(server) ?? 0;
  }

  /** Returns statuses and subscriptions, as they are now. */
  statuses(inLane: InLane): Write[] {
    return this.#all((projector) => projector.restate(), inLane);
  }

  /** Returns every row that is kept. */
  rows(inLane: InLane): Write[] {
    return this.#all((projector) => projector.rewrite(), inLane);
  }

  /** Returns records of rows that were dropped. */
  dropped(droppedEvents: readonly Drop[]): Write[] {
    const now = Date.now();
    return this.#all((projector) => projector.losses.recordDrops(droppedEvents, now));
  }

  /** Returns records of entries that streams lack for good. */
  lostEntries(lost: readonly LostEntries[]): Write[] {
    const now = Date.now();
    return this.#all((projector) => projector.losses.recordEntries(lost, now));
  }

  /** Takes names of rows that paths of a server have in shared indexes from an earlier process. */
  resumeFrom(server: string, known: Earlier["members"]): void {
    const keys = this.keysOf(server);
    for (const { table, path, members: names } of known) {
      this.#membersOf(server).resumeFrom(keys.path(table), path, names);
    }
  }

  /** Takes rows of an earlier process that are over, or open, of what opens and closes. */
  resumeRows(server: string, known: Resumed): void {
    if (known.rows.length === 0) return;
    const projector = this.#projectors.get(server);
    if (projector !== undefined) return projector.resumeFrom(known);
    this.#resumed.set(server, [...this.#resumed.get(server) ?? [], known]);
  }

  /** Takes entries of streams that an earlier process has backfilled. */
  resumeBackfilled(server: string, known: Earlier["backfilled"]): void {
    const projector = this.#projectors.get(server);
    if (projector === undefined) {
      this.#backfilled.set(server, [...this.#backfilled.get(server) ?? [], ...known]);
    } else for (const { path, entries } of known) projector.resumeBackfilled(path, entries);
  }

  /** Takes paths of series of which an earlier process has left rows. */
  resumeSeries(server: string, paths: readonly string[]): void {
    const projector = this.#projectors.get(server);
    if (projector === undefined) this.#stored.set(server, [...this.#stored.get(server) ?? [], ...paths]);
    else for (const path of paths) projector.resumeSeries(path);
  }

  /** Makes ids of entries go on above this time, Unix ms: an earlier process has used those below. */
  continueStreams(server: string, after: number): void {
    this.#lastEntries.set(server, Math.max(after, this.#lastEntries.get(server) ?? 0));
    this.#projectors.get(server)?.continueStreams(after);
  }

  /** Writes the order books whose writing was put off. */
  writeDueBooks(): void {
    const now = Date.now();
    for (const [server, projector] of this.#projectors) {
      const writes = projector.due(now);
      this.#options.queues.add(writes);
      this.#options.broadcast.offer(server, writes);
    }
  }

  keysOf(server: string): Keys {
    const known = this.#keys.get(server);
    if (known !== undefined) return known;
    const { settings, store, shard } = this.#options;
    const keys = createKeys(settings.KEY_PREFIX, server, store.clustered, shard);
    this.#keys.set(server, keys);
    return keys;
  }

  /** Returns the servers that have a layout. */
  servers(): Iterable<readonly [string, Projector]> {
    return this.#projectors;
  }

  /** Takes over when an earlier process has compared what is in Redis, as `P/epoch` has it. */
  takeOverMark(server: string, mark: string): void {
    const at = markedAt(mark);
    if (at > 0) this.#comparedAt.set(server, at);
  }

  /** Takes over what an earlier process said of a path that is desired. */
  takeOver(server: string, path: string, record: SubRecord): void {
    const records = this.#inherited.get(server) ?? new Map<string, SubRecord>();
    this.#inherited.set(server, records.set(path, record));
  }

  /** Goes on with latest rows of an earlier process, which end without a word. */
  mergeFrom(server: string, left: readonly EarlierRow[]): void {
    const projector = this.#projectors.get(server);
    if (projector !== undefined) projector.mergeFrom(left);
    else if (left.length > 0) this.#earlierRows.set(server, left);
  }

  /** Returns the epoch of the lease. */
  term(): number {
    return this.#options.term();
  }

  /** Returns what `P/epoch` of a server should hold; undefined: there is no such server. */
  epoch(server: string): string | undefined {
    return this.#epochs.get(server);
  }

  /** Publishes for each server, and writes into every record, that another term has begun. */
  beginTerm(): void {
    const { term, queues, shard } = this.#options;
    const epoch = term();
    if (epoch === this.#term) return;
    this.#term = epoch;
    // What was said before Redis could be asked names none.
    if (this.#firstTerm !== undefined && this.#firstTerm !== epoch) queues.add(this.statuses(() => true));
    // The first one replaced none.
    if (epoch < 2) return;
    const message = JSON.stringify({ op: "TAKEOVER", epoch, ...shard && { shard: formatShard(shard) } });
    queues.add(
      [...this.#projectors.keys()].map((server): Write => ({
        ...{ kind: "publish", channel: this.keysOf(server).event, message },
      })),
    );
  }

  /** Gives the mark of a server another value. */
  renewEpoch(server: string): void {
    if (!this.#projectors.has(server)) return;
    this.#epochs.delete(server);
    this.#options.queues.add([this.#epochOf(server)]);
  }

  /** Records the series whose rows are gone because something else stood under their keys. */
  setReplaced(keys: readonly string[]): void {
    const now = Date.now();
    for (const projector of this.#projectors.values()) {
      const lost = projector.losses.series().filter(({ key, path }) =>
        keys.includes(key) || keys.includes(projector.keyOf(path))
      );
      this.#options.queues.add(lost.flatMap((span) => projector.losses.recordSeries(span, now)));
    }
  }

  /** Marks the paths whose rows Redis refuses, and clears that mark of all others. */
  setRefused(refused: readonly RefusedWrite[]): void {
    this.#refusedPaths.set(refused, this.#projectors);
    for (const [server, projector] of this.#projectors) {
      this.#options.queues.add(projector.setFaults(this.#refusedPaths.of(server)));
    }
  }

  /** Returns why Redis does not keep what a path brings; undefined: it does. */
  faultOf(server: string, path: string): ExchangeRejection | undefined {
    return this.#refusedPaths.of(server).get(path);
  }

  /**
   * Returns when a row of a path was last taken, Unix ms by this machine's clock; 0: never, undefined: nothing is known
   * of it.
   */
  receivedAt(server: string, path: string): number | undefined {
    return this.#projectors.get(server)?.receivedHere(path);
  }

  /** Returns what Redis refuses of what is said of a server itself. */
  faults(): string[] {
    return this.#refusedPaths.others();
  }

  /** Returns whether a write is still of use to anybody. */
  isDesired(write: Write): boolean {
    return this.#refusedPaths.isOfUse(keyOf(write), this.#projectors);
  }

  /** Moves times that were noted before Redis' clock was known. */
  shift(byMs: number): void {
    for (const projector of this.#projectors.values()) projector.shift(byMs);
  }

  #epochOf(server: string): Write {
    const value = this.#epochs.get(server) ??
      epochValue(this.#options.toRedisTime(Date.now()), this.#options.instance);
    this.#epochs.set(server, value);
    // Those of another number of shards are written by nobody any more.
    return { kind: "text", key: this.keysOf(server).epoch, value, ttlMs: this.#options.shard ? MARK_MS : 0 };
  }

  #membersOf(server: string): TradeMembers {
    const known = this.#members.get(server) ?? new TradeMembers(this.#options.settings.MAX_ROW);
    this.#members.set(server, known);
    return known;
  }

  /** Returns the projector of a server, begun with what an earlier process left of it. */
  #projectorOf(server: string): Projector {
    const known = this.#projectors.get(server);
    if (known !== undefined) return known;
    const { settings, store, shard, term, toRedisTime, queues } = this.#options;
    const projector = new Projector({
      keyPrefix: settings.KEY_PREFIX,
      server,
      maxRow: settings.MAX_ROW,
      clustered: store.clustered,
      ...{ shard, term, toRedisTime },
      books: {
        ...{ depth: settings.BOOK_DEPTH, top: settings.BOOK_TOP, full: settings.BOOK_FULL === "on" },
        intervalMs: settings.BOOK_INTERVAL_MS,
      },
      members: this.#membersOf(server),
      onRefused: (path) => this.#warn("A subscription brings more rows than are kept", { server, path }),
    });
    this.#projectors.set(server, projector);
    this.#firstTerm ??= term();
    projector.continueStreams(this.#lastEntries.get(server) ?? 0);
    for (const [path, record] of this.#inherited.get(server) ?? []) projector.inherit(path, record);
    this.#inherited.delete(server);
    for (const resumed of this.#resumed.get(server) ?? []) projector.resumeFrom(resumed);
    this.#resumed.delete(server);
    for (const { path, entries } of this.#backfilled.get(server) ?? []) {
      projector.resumeBackfilled(path, entries);
    }
    this.#backfilled.delete(server);
    for (const path of this.#stored.get(server) ?? []) projector.resumeSeries(path);
    this.#stored.delete(server);
    projector.mergeFrom(this.#earlierRows.get(server) ?? []);
    this.#earlierRows.delete(server);
    queues.add([this.#epochOf(server)]);
    return projector;
  }

  #all(writes: (projector: Projector) => Write[], inLane: InLane = () => true): Write[] {
    return [...this.#projectors.values()].filter(({ prefix }) => inLane(prefix)).flatMap(writes);
  }

  /** Returns those that write to a lane, closed ones too. */
  #of(inLane: InLane): Projector[] {
    return [...this.#projectors.values(), ...this.#closing.values()].filter(({ prefix }) => inLane(prefix));
  }
}
