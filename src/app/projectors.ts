/**
 * The layouts of all servers side by side: takes what the sessions tell, hands on what is to be written, and knows
 * everything that has to be said again to a Redis that has lost it.
 */
import type { Settings } from "../config/schema.ts";
import type { ExchangeRejection, SessionEvent } from "../model/events.ts";
import { roomLogger, sparseWarning } from "../logging/log.ts";
import type { Stats } from "../model/stats.ts";
import type { Drop } from "../store/write/dropped_events.ts";
import { createKeys, type Keys } from "../store/layout/keys.ts";
import { epochValue } from "../store/read/leftovers.ts";
import type { EarlierRow } from "../store/layout/open_orders.ts";
import { createProjector, type Projector, type Recalled } from "../store/layout/projector.ts";
import type { Earlier } from "../store/read/resume_points.ts";
import { createRefusedPaths } from "../store/layout/refused_paths.ts";
import { keyOf, type RefusedWrite } from "../store/write/refused_writes.ts";
import type { Store } from "../store/store.ts";
import type { SubRecord } from "../store/layout/subscription_record.ts";
import type { RowBroadcast } from "../store/write/row_broadcast.ts";
import { TradeMembers } from "../store/layout/trade_members.ts";
import type { Write } from "../store/write/write.ts";

/** What a layout needs, and whom it tells. */
export type ProjectorsOptions = {
  readonly settings: Settings;
  readonly store: Pick<Store, "clustered">;
  /** This process, as `P/epoch` names it. */
  readonly instance: string;
  /** A moment of this machine's clock as Redis counts it. */
  readonly toRedisTime: (at: number) => number;
  readonly stats: Stats;
  readonly tap: RowBroadcast;
  /** What is to be written; `receivedAt` is when the event behind it came. */
  readonly add: (writes: Write[], receivedAt?: number) => void;
};

/** See the module comment. */
export type Projectors = {
  /** An event of a server, in order. */
  onEvent(server: string, event: SessionEvent): void;
  /** What only one write per batch needs to say; `whole`: everything that was queued so far goes with it. */
  flush(whole: boolean): Write[];
  /** Redis has taken the batch of the last {@link flush}. */
  acknowledge(): void;
  /** A row that was backfilled under this key is dropped, or refused. */
  noteUnkept(of: string): void;
  /** Statuses and subscriptions, as they are now. */
  statuses(): Write[];
  /** Every row that is held. */
  rows(): Write[];
  /** Records of rows that were dropped. */
  dropped(drops: readonly Drop[]): Write[];
  /** Writes the order books whose writing was put off. */
  writeDueBooks(): void;
  /** Names of rows that paths of a server have in shared indexes from an earlier process. */
  recall(server: string, known: Earlier["members"]): void;
  /** Rows of an earlier process that are over, or open, of what opens and closes. */
  recallRows(server: string, known: Recalled): void;
  /** Entries of streams that an earlier process has backfilled. */
  recallBackfilled(server: string, known: Earlier["backfilled"]): void;
  keysOf(server: string): Keys;
  /** The servers that have a layout. */
  servers(): Iterable<readonly [string, Projector]>;
  /** Takes over what an earlier process said of a path that is wanted. */
  takeOver(server: string, path: string, record: SubRecord): void;
  /** Goes on with latest rows of an earlier process, which end without a word. */
  adopt(server: string, earlierRows: readonly EarlierRow[]): void;
  /** What `P/epoch` of a server should hold; undefined: there is no such server. */
  epoch(server: string): string | undefined;
  /** Records the series whose rows are gone because something else stood under their keys. */
  setReplaced(keys: readonly string[]): void;
  /** Gives the mark of a server another value. */
  renewEpoch(server: string): void;
  /** Says of the paths concerned that Redis refuses what they bring, and of all others that it does not. */
  setRefused(refused: readonly RefusedWrite[]): void;
  /** Why Redis does not keep what a path brings; undefined: it does. */
  faultOf(server: string, path: string): ExchangeRejection | undefined;
  /** When a row of a path was last taken, Unix ms by this machine's clock; 0: never, undefined: nothing is known of it. */
  receivedAt(server: string, path: string): number | undefined;
  /** What Redis refuses of what is said of a server itself. */
  faults(): string[];
  /** Whether a write is still of use to anybody. */
  isWanted(write: Write): boolean;
  /** Moves times that were noted before Redis' clock was known. */
  shift(byMs: number): void;
};

const log = roomLogger("service");

/** Starts without servers; each begins with its first event and ends with its last. */
export function createProjectors(options: ProjectorsOptions): Projectors {
  const { settings, store, stats, tap, add, instance, toRedisTime } = options;
  const warn = sparseWarning(log);
  const projectors = new Map<string, Projector>();
  /** Servers that are closed, and of which something is still queued. */
  const closing = new Map<string, Projector>();
  const inherited = new Map<string, Map<string, SubRecord>>();
  const earlierRows = new Map<string, readonly EarlierRow[]>();
  const recalled = new Map<string, readonly Recalled[]>();
  const backfilled = new Map<string, Earlier["backfilled"]>();
  const refusedPaths = createRefusedPaths();
  const keysOf = (server: string) => createKeys(settings.KEY_PREFIX, server, store.clustered);
  // Nothing that is pushed ever writes this key, so that it says by itself whether this is the Redis that was written.
  const epochs = new Map<string, string>();
  const epochOf = (server: string): Write => {
    const value = epochs.get(server) ?? epochValue(Date.now(), instance);
    epochs.set(server, value);
    return { kind: "text", key: keysOf(server).epoch, value, ttlMs: 0 };
  };
  // These outlive their projector: a server that is opened anew goes on with the same rows.
  const members = new Map<string, TradeMembers>();
  const membersOf = (server: string): TradeMembers => {
    const known = members.get(server) ?? new TradeMembers();
    members.set(server, known);
    return known;
  };
  const projectorOf = (server: string): Projector => {
    let projector = projectors.get(server);
    if (projector === undefined) {
      projector = createProjector({
        keyPrefix: settings.KEY_PREFIX,
        server,
        maxRow: settings.MAX_ROW,
        clustered: store.clustered,
        toRedisTime,
        books: { depth: settings.BOOK_DEPTH, intervalMs: settings.BOOK_INTERVAL_MS },
        members: membersOf(server),
        onRefused: (path) => warn("A subscription brings more rows than are kept", { server, path }),
      });
      projectors.set(server, projector);
      for (const [path, record] of inherited.get(server) ?? []) projector.inherit(path, record);
      inherited.delete(server);
      for (const known of recalled.get(server) ?? []) projector.recall(known);
      recalled.delete(server);
      for (const { path, entries } of backfilled.get(server) ?? []) projector.recallBackfilled(path, entries);
      backfilled.delete(server);
      projector.adopt(earlierRows.get(server) ?? []);
      earlierRows.delete(server);
      add([epochOf(server)]);
    }
    return projector;
  };
  const all = (writes: (projector: Projector) => Write[]) => [...projectors.values()].flatMap(writes);
  return {
    onEvent(server, event) {
      const projector = projectorOf(server);
      // Rows may be anything: those that trip a projector over cost themselves and nothing else.
      try {
        const writes = projector.project(event);
        add(writes, event.at);
        tap.offer(server, writes);
      } catch (error) {
        if (event.kind !== "rows" && event.kind !== "book") throw error;
        stats.unreadable += 1;
        const path = event.topics[0]?.path ?? "";
        warn("Rows that cannot be kept are left out", { server, path, reason: String(error) });
      }
      if (event.kind === "closed") {
        add(projector.flush(false));
        projectors.delete(server);
        closing.set(server, projector);
        epochs.delete(server);
      }
      if (event.kind === "subscription" && event.state === "refused") {
        const { topic, refusal } = event;
        warn("The exchange refused a subscription", { server, path: topic.path, ...refusal });
      }
    },
    flush(whole) {
      const writes = all((projector) => projector.flush(whole));
      for (const [server, projector] of closing) {
        const next = projectors.get(server);
        writes.push(...projector.flush(whole).filter((write) => next?.projects(write) !== true));
        if (whole && projector.isSettled) closing.delete(server);
      }
      return writes;
    },
    acknowledge() {
      for (const projector of [...projectors.values(), ...closing.values()]) {
        const writes = projector.acknowledge();
        if (writes.length > 0) add(writes);
      }
    },
    noteUnkept(of) {
      for (const projector of [...projectors.values(), ...closing.values()]) projector.noteUnkept(of);
    },
    statuses: () => all((projector) => projector.restate()),
    rows: () => all((projector) => projector.rewrite()),
    dropped(drops) {
      const now = Date.now();
      return all((projector) => projector.dropped(drops, now));
    },
    recall(server, known) {
      const keys = keysOf(server);
      for (const { table, path, members: names } of known) {
        membersOf(server).recall(keys.path(table), path, names);
      }
    },
    recallRows(server, known) {
      if (known.rows.length === 0) return;
      const projector = projectors.get(server);
      if (projector !== undefined) return projector.recall(known);
      recalled.set(server, [...recalled.get(server) ?? [], known]);
    },
    recallBackfilled(server, known) {
      const projector = projectors.get(server);
      if (projector === undefined) backfilled.set(server, [...backfilled.get(server) ?? [], ...known]);
      else for (const { path, entries } of known) projector.recallBackfilled(path, entries);
    },
    writeDueBooks() {
      const now = Date.now();
      for (const [server, projector] of projectors) {
        const writes = projector.due(now);
        add(writes);
        tap.offer(server, writes);
      }
    },
    keysOf,
    servers: () => projectors,
    takeOver(server, path, record) {
      const records = inherited.get(server) ?? new Map<string, SubRecord>();
      inherited.set(server, records.set(path, record));
    },
    adopt(server, left) {
      const projector = projectors.get(server);
      if (projector !== undefined) projector.adopt(left);
      else if (left.length > 0) earlierRows.set(server, left);
    },
    epoch: (server) => epochs.get(server),
    renewEpoch(server) {
      if (!projectors.has(server)) return;
      epochs.delete(server);
      add([epochOf(server)]);
    },
    setReplaced(keys) {
      const now = Date.now();
      for (const projector of projectors.values()) {
        const lost = projector.series().filter(({ key, path }) =>
          keys.includes(key) || keys.includes(projector.keyOf(path))
        );
        add(lost.flatMap((span) => projector.lost(span, now)));
      }
    },
    setRefused(refused) {
      refusedPaths.set(refused, projectors);
      for (const [server, projector] of projectors) add(projector.setFaults(refusedPaths.of(server)));
    },
    faultOf: (server, path) => refusedPaths.of(server).get(path),
    receivedAt: (server, path) => projectors.get(server)?.receivedHere(path),
    faults: () => refusedPaths.others(),
    isWanted: (write) => refusedPaths.isOfUse(keyOf(write), projectors),
    shift(byMs) {
      for (const projector of projectors.values()) projector.shift(byMs);
    },
  };
}
