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
import { epochValue } from "../store/read/leftovers.ts";
import type { EarlierRow } from "../store/layout/open_orders.ts";
import { Projector } from "../store/layout/projector.ts";
import { createRefusedPaths } from "../store/layout/refused_paths.ts";
import { keyOf, type RefusedWrite } from "../store/write/refused_writes.ts";
import type { Store } from "../store/store.ts";
import type { SubRecord } from "../store/layout/subscription_record.ts";
import type { LostEntries } from "../store/write/recent_entries.ts";
import type { RowBroadcast } from "../store/write/row_broadcast.ts";
import { TradeMembers } from "../store/layout/trade_members.ts";
import type { Prepended, Write } from "../store/write/write.ts";
import { type Inherited, type Resumption, ServerState } from "./server_state.ts";

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
  /** Of all servers that were ever asked for, also those that are closed. */
  readonly #states = new Map<string, ServerState>();
  readonly #refusedPaths = createRefusedPaths();
  /** The term that was said last. */
  #term = 0;
  /** The term of the first records. */
  #firstTerm: number | undefined;

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
      this.#stateOf(server).close();
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
    for (const state of this.#states.values()) {
      const { projector: next, closing } = state;
      if (closing === undefined || !inLane(closing.prefix)) continue;
      writes.push(...closing.flush(whole).filter((write) => next?.projects(write) !== true));
      if (whole && closing.losses.isSettled) state.settle();
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
    for (const projector of this.#of(() => true)) projector.losses.noteUnkept(of);
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
    return this.#states.get(server)?.earlierRecords ?? new Map();
  }

  /** Returns when an earlier process has last compared what is in Redis, Unix ms by Redis' clock; 0: that is not known. */
  comparedAt(server: string): number {
    return this.#states.get(server)?.comparedAt ?? 0;
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

  /** Takes what an earlier process said of a server. */
  inherit(server: string, inherited: Inherited): void {
    this.#stateOf(server).inherit(inherited);
  }

  /** Takes what an earlier process left of series of a server. */
  resume(server: string, resumption: Resumption): void {
    this.#stateOf(server).resume(resumption);
  }

  /** Writes the order books whose writing was put off. */
  writeDueBooks(): void {
    const now = Date.now();
    for (const [server, projector] of this.servers()) {
      const writes = projector.due(now);
      this.#options.queues.add(writes);
      this.#options.broadcast.offer(server, writes);
    }
  }

  keysOf(server: string): Keys {
    return this.#stateOf(server).keys;
  }

  /** Returns the servers that have a layout. */
  servers(): readonly (readonly [string, Projector])[] {
    return [...this.#states].flatMap(([server, { projector }]) =>
      projector === undefined ? [] : [[server, projector] as const]
    );
  }

  /** Goes on with latest rows of an earlier process, which end without a word. */
  mergeFrom(server: string, left: readonly EarlierRow[]): void {
    this.#stateOf(server).mergeFrom(left);
  }

  /** Returns the epoch of the lease. */
  term(): number {
    return this.#options.term();
  }

  /** Returns what `P/epoch` of a server should hold; undefined: there is no such server. */
  epoch(server: string): string | undefined {
    return this.#states.get(server)?.epoch;
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
      this.servers().map(([server]): Write => ({
        ...{ kind: "publish", channel: this.keysOf(server).event, message },
      })),
    );
  }

  /** Gives the mark of a server another value. */
  renewEpoch(server: string): void {
    const state = this.#states.get(server);
    if (state?.projector === undefined) return;
    state.epoch = undefined;
    this.#options.queues.add([this.#epochOf(state)]);
  }

  /** Records the series whose rows are gone because something else stood under their keys. */
  setReplaced(keys: readonly string[]): void {
    const now = Date.now();
    for (const [, projector] of this.servers()) {
      const lost = projector.losses.series().filter(({ key, path }) =>
        keys.includes(key) || keys.includes(projector.keyOf(path))
      );
      this.#options.queues.add(lost.flatMap((span) => projector.losses.recordSeries(span, now)));
    }
  }

  /** Marks the paths whose rows Redis refuses, and clears that mark of all others. */
  setRefused(refused: readonly RefusedWrite[]): void {
    const servers = this.servers();
    this.#refusedPaths.set(refused, servers);
    for (const [server, projector] of servers) {
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
    return this.#states.get(server)?.projector?.receivedHere(path);
  }

  /** Returns what Redis refuses of what is said of a server itself. */
  faults(): string[] {
    return this.#refusedPaths.others();
  }

  /** Returns whether a write is still of use to anybody. */
  isDesired(write: Write): boolean {
    return this.#refusedPaths.isOfUse(keyOf(write), this.servers());
  }

  /** Moves times that were noted before Redis' clock was known. */
  shift(byMs: number): void {
    for (const [, projector] of this.servers()) projector.shift(byMs);
  }

  #epochOf(state: ServerState): Write {
    const { toRedisTime, instance, shard } = this.#options;
    const value = state.epoch ??= epochValue(toRedisTime(Date.now()), instance);
    // Those of another number of shards are written by nobody any more.
    return { kind: "text", key: state.keys.epoch, value, ttlMs: shard ? MARK_MS : 0 };
  }

  #stateOf(server: string): ServerState {
    const known = this.#states.get(server);
    if (known !== undefined) return known;
    const { settings, store, shard } = this.#options;
    const keys = createKeys(settings.KEY_PREFIX, server, store.clustered, shard);
    const state = new ServerState(keys, new TradeMembers(settings.MAX_ROW));
    this.#states.set(server, state);
    return state;
  }

  /** Returns the projector of a server, begun with what an earlier process left of it. */
  #projectorOf(server: string): Projector {
    const state = this.#stateOf(server);
    if (state.projector !== undefined) return state.projector;
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
      members: state.members,
      onRefused: (path) => this.#warn("A subscription brings more rows than are kept", { server, path }),
    });
    this.#firstTerm ??= term();
    state.open(projector);
    queues.add([this.#epochOf(state)]);
    return projector;
  }

  #all(writes: (projector: Projector) => Write[], inLane: InLane = () => true): Write[] {
    return this.servers().filter(([, { prefix }]) => inLane(prefix)).flatMap(([, projector]) =>
      writes(projector)
    );
  }

  /** Returns those that write to a lane, closed ones too. */
  #of(inLane: InLane): Projector[] {
    const closing = [...this.#states.values()].flatMap((state) => state.closing ?? []);
    const open = this.servers().map(([, projector]) => projector);
    return [...open, ...closing].filter(({ prefix }) => inLane(prefix));
  }
}
