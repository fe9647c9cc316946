/**
 * One named server: what is desired of it and by whom, and what is known of that. Its connections and what becomes of
 * their events have files of their own.
 */
import { CODES, CommandError } from "../shared/errors.ts";
import type { ConnectionName, EventSink, Owner } from "../model/events.ts";
import type { PathStatus, ServerStatus } from "../model/status.ts";
import { CODECS } from "../okx/codec.ts";
import type { Topic } from "../okx/topic.ts";
import { ConnectionPool, type SharedOptions } from "./connection_pool.ts";
import type { DesiredSubscription } from "./desired_subscription.ts";
import { ExchangeClock } from "./exchange_clock.ts";
import { Backfiller, DEFAULT_FILL_TIMING } from "./recovery/backfill.ts";
import { BookMarks } from "./recovery/book_marks.ts";
import { GapTracker } from "./recovery/gap_tracker.ts";
import { History } from "./recovery/history.ts";
import { isSeries } from "./recovery/series.ts";
import { createIsOlder, type IsOlder, withHeld } from "./standby/held_series.ts";
import type { ResumePoint } from "./recovery/series_resume.ts";
import { type Listing, ListingWatch } from "./recovery/listing_watch.ts";
import type { HeldEvents } from "./standby/held_events.ts";
import { firstGroup } from "./placement.ts";
import { OpenRows } from "./recovery/open_rows.ts";
import type { RestPace } from "./recovery/rest_pace.ts";
import { ServerEvents } from "./server_events.ts";
import type { ServerSpec } from "./server_spec.ts";
import type { Standing } from "./subscriptions/subscriptions.ts";
import { message } from "../shared/messages/message.ts";
import { MAX_PATHS } from "../shared/limits.ts";

/** What a server shares with the others, and where its events go. */
export type ServerOptions = SharedOptions & {
  /** Called with each event, in order, one after the other. */
  readonly sinks: readonly EventSink<string>[];
  readonly restPace: RestPace;
  /** Rows that are kept of a series. */
  readonly maxRow?: number | undefined;
  /** Rows that are fetched of a series that is subscribed for the first time. */
  readonly history?: number | undefined;
  /** The server of this name whose place this one takes. */
  readonly before?: Predecessor | undefined;
  /** The service stands by: what comes is held until {@link Server.release}. */
  readonly held?: HeldEvents | undefined;
};

/** What a server leaves to the one that takes its place. */
export type Predecessor = {
  readonly endpoint: string;
  /** What its series have missed. */
  readonly series: GapTracker;
  /** How far its books have come, which only the same exchange numbers alike. */
  readonly bookMarks: BookMarks;
};

const NOTHING_SEEN: ReadonlyMap<string, ResumePoint> = new Map();

/** Dials the public endpoint, or the only one of v3, at once, so that an unreachable exchange shows. */
export class Server {
  readonly spec: ServerSpec;
  readonly #desired = new Map<string, DesiredSubscription>();
  readonly #controller = new AbortController();
  readonly #clock: ExchangeClock;
  readonly #gaps: GapTracker;
  readonly #history: History;
  readonly #openRows = new OpenRows();
  readonly #bookMarks: BookMarks;
  readonly #events: ServerEvents;
  readonly #pool: ConnectionPool;
  readonly #maxRow: number;
  /** Of series that were held: which rows Redis has. */
  readonly #older = new Map<string, IsOlder>();
  /** Until when whoever wrote before is known to have done so, by path, Unix ms; undefined: it still does. */
  #writtenUntil: ((path: string) => number) | undefined;
  /** What runs beside the connections until the end. */
  readonly #jobs: readonly Promise<void>[];

  constructor(spec: ServerSpec, options: ServerOptions) {
    this.spec = spec;
    this.#maxRow = options.maxRow ?? Infinity;
    const { sinks, restPace, before, held, maxRow = Infinity, history = 0, ...shared } = options;
    const { timing, restPacer, stats, onBroken } = shared;
    const { name: server, exchange: { rest } } = spec;
    const desired = this.#desired;
    this.#clock = new ExchangeClock({ server, rest, everyMs: timing.clockMs, pacer: restPacer });
    const clock = () => this.#clock.now();
    this.#gaps = new GapTracker({
      clock,
      maxRow,
      emit: (event) => this.#events.emit(event),
      onGap: (key) => backfiller.schedule(key),
    }, before?.series);
    this.#bookMarks = before?.endpoint === spec.endpoint ? before.bookMarks : new BookMarks();
    const backfiller = new Backfiller({
      ...{ tracker: this.#gaps, stats, rest, clock, timing: timing.backfill ?? DEFAULT_FILL_TIMING },
      turn: (path, signal) => restPace.turn(path, signal),
    });
    const listings = new ListingWatch({
      ...{ server, rest, stats },
      turn: (signal) => restPace.turn("/public/instruments", signal),
      desired: () => [...desired.values()].map(({ topic }) => topic),
      onListing: (listing) => this.#onListing(listing),
    });
    this.#history = new History({
      ...{ server, rest, clock, timing: timing.history },
      rows: Math.min(history, maxRow),
      emit: (event) => this.#events.emit(event),
      turn: (path, signal) => restPace.turn(path, signal),
    });
    this.#events = new ServerEvents({
      ...{ server, sinks, desired, gaps: this.#gaps, history: this.#history, listings, held },
    });
    const own = { openRows: this.#openRows, bookMarks: this.#bookMarks, clock };
    this.#pool = new ConnectionPool({ spec, shared, own, desired, gaps: this.#gaps, events: this.#events });
    this.#events.emit({ kind: "opened", at: Date.now() });
    const { hasRest } = CODECS[spec.protocol];
    const jobs = hasRest ? [backfiller, this.#history, this.#clock, listings] : [backfiller];
    this.#jobs = jobs.map((job) => job.run(this.#controller.signal).catch(onBroken));
    this.#pool.open(firstGroup(spec.protocol));
  }

  /**
   * Desires topics for somebody. Throws CommandError, and desires none of them, when one cannot be had here. `seen`: where
   * series stood when an earlier process ended, by upstream subscription.
   */
  subscribe(
    topics: readonly Topic[],
    owner: Owner,
    seen: ReadonlyMap<string, ResumePoint> = NOTHING_SEEN,
  ): void {
    const { name, credentials } = this.spec;
    for (const topic of topics) {
      if (topic.login && credentials === undefined) {
        throw new CommandError(CODES.notAllowed, message("command.needs_login", { path: topic.path, name }));
      }
    }
    const added = topics.filter(({ path }) => !this.#desired.has(path)).length;
    if (this.#desired.size + added > MAX_PATHS) {
      throw new CommandError(
        CODES.notAllowed,
        message("command.too_many_subscriptions", { name, most: MAX_PATHS }),
      );
    }
    for (const each of topics) {
      // A path that was moved to another endpoint stays there.
      const { topic, owners, connection } = this.#desired.get(each.path) ?? this.#place(each);
      owners.add(owner);
      const before = this.#resumePoint(topic, seen.get(topic.upstream));
      if (this.#events.held !== undefined && this.#writtenUntil === undefined) {
        this.#events.onChanges(connection, connection.add(topic));
        connection.scheduleRequests();
        continue;
      }
      if (!this.#gaps.knows(topic) && !hasRows(before)) this.#history.want(topic);
      this.#gaps.want(topic, before);
      if (before !== undefined) this.#openRows.resumeFrom(topic, before.rows, before.ended);
      this.#events.onChanges(connection, connection.add(topic));
      connection.scheduleRequests();
    }
  }

  /**
   * The service writes from now on: what is subscribed next goes on where it stood. `writtenUntil` is until when whoever did
   * before is known to have received and written what came on a path, in Unix milliseconds.
   */
  resume(writtenUntil: (path: string) => number): void {
    this.#writtenUntil = writtenUntil;
  }

  /** Passes on what was held. */
  release(): void {
    this.#events.release((event) => {
      const isOlder = this.#older.get(event.topics[0]?.upstream ?? "");
      if (isOlder === undefined) return event;
      const rows = event.frame.rows.filter((row) => !isOlder(row, event.at));
      if (rows.length === event.frame.rows.length) return event;
      return rows.length === 0
        ? undefined
        : { ...event, frame: { ...event.frame, rows, text: "", rowsAt: -1 } };
    });
    this.#older.clear();
  }

  /** Whether where the series of a topic stands is known here, or is nothing that anybody has to know. */
  isResumed(topic: Topic): boolean {
    return !isSeries(topic) || this.#gaps.has(topic);
  }

  /** Where series stood when an earlier process ended, which is known only now that they have begun. */
  resumeFrom(seen: ReadonlyMap<string, ResumePoint>): void {
    const done = new Set<string>();
    for (const { topic, connection } of this.#desired.values()) {
      const before = seen.get(topic.upstream);
      if (before === undefined || done.has(topic.upstream)) continue;
      done.add(topic.upstream);
      if (hasRows(before)) this.#history.forget(topic);
      this.#gaps.resumeFrom(topic, before);
      if (!this.#openRows.resumeFrom(topic, before.rows, before.ended)) continue;
      // Lists that are there already were not asked about these rows.
      this.#events.onChanges(
        connection,
        connection.subscriptions.onRecalled(topic.upstream, performance.now()),
      );
      connection.scheduleRequests();
    }
  }

  /** No longer desires topics, for nobody or for one owner; returns the paths that are gone by that. */
  unsubscribe(topics: readonly Topic[], owner?: Owner): string[] {
    const gone: string[] = [];
    for (const { path } of topics) {
      const subscription = this.#desired.get(path);
      if (subscription === undefined) continue;
      const { topic, owners, connection } = subscription;
      if (owner === undefined) owners.clear();
      else owners.delete(owner);
      if (owners.size > 0) continue;
      gone.push(path);
      const changes = this.#pool.remove(subscription);
      this.#desired.delete(path);
      this.#gaps.forget(topic);
      this.#history.forget(topic);
      this.#forgetOpen(topic);
      for (const change of changes) this.#events.emit({ kind: "subscription", ...change, at: Date.now() });
      connection.scheduleRequests();
      this.#pool.retireIfSpare(connection);
    }
    return gone;
  }

  /** The topics that are desired, with their owners. */
  *desired(): Iterable<{ readonly topic: Topic; readonly owners: ReadonlySet<Owner> }> {
    for (const { topic, owners } of this.#desired.values()) yield { topic, owners };
  }

  view(): ServerStatus {
    const { name, protocol, endpoint } = this.spec;
    return {
      name,
      protocol,
      endpoint,
      clockSkewMs: this.#clock.skewMs ?? null,
      connections: this.#pool.all().map((connection) => connection.view()),
      subscriptions: this.states(),
    };
  }

  /** As {@link GapTracker.named}. */
  named(path: string): string[] | undefined {
    const topic = this.#desired.get(path)?.topic;
    return topic === undefined ? undefined : this.#gaps.named(topic);
  }

  /** As {@link GapTracker.onGone}. */
  onGone(path: string, names: readonly string[], from: number): void {
    const topic = this.#desired.get(path)?.topic;
    if (topic !== undefined) this.#gaps.onGone(topic, names, from);
  }

  /** What it leaves to a server that takes its place. */
  get handoverState(): Predecessor {
    return { endpoint: this.spec.endpoint, series: this.#gaps, bookMarks: this.#bookMarks };
  }

  /** Settles as it is what its series have missed; for the last end of all. */
  settle(): void {
    for (const { topic } of this.#desired.values()) this.#gaps.forget(topic);
  }

  /** What is known of every path. */
  states(): PathStatus[] {
    return this.#pool.all().flatMap((connection) =>
      [...connection.subscriptions.list()]
        .filter(({ topic }) => this.#pool.isAuthoritative(connection, topic.upstream))
        .map((standing) => this.#stateOf(connection.name, standing))
    );
  }

  /** Ends every connection; what was live is left marked as stale. */
  async end(): Promise<void> {
    this.#controller.abort();
    await Promise.all([this.#pool.end(), ...this.#jobs]);
  }

  #stateOf(
    connection: ConnectionName,
    { topic, state, refusal, since, receivedAt, rows, generation }: Standing,
  ): PathStatus {
    const { path, maxSilenceSeconds } = topic;
    return {
      path,
      state,
      error: refusal ?? null,
      since,
      receivedAt,
      rows,
      owners: [...this.#desired.get(path)?.owners ?? []],
      connection,
      generation,
      everyMs: maxSilenceSeconds === undefined ? null : maxSilenceSeconds * 1000,
    };
  }

  /** What was open is of no interest to anybody once the last path of its subscription is gone. */
  #forgetOpen({ upstream }: Topic): void {
    const isDesired = [...this.#desired.values()].some(({ topic }) => topic.upstream === upstream);
    if (!isDesired) this.#openRows.forget(upstream);
  }

  /** Where a series stood, as far as that counts beside what is held of it. */
  #resumePoint(topic: Topic, seen: ResumePoint | undefined): ResumePoint | undefined {
    const { held } = this.#events;
    if (held === undefined || seen === undefined || this.#writtenUntil === undefined) return seen;
    this.#older.set(topic.upstream, createIsOlder(topic, seen, this.#maxRow));
    const heldSince = held.heldSince(topic.upstream, Date.now());
    return withHeld(seen, {
      ...{ heldSince, writtenUntil: this.#writtenUntil(topic.path) },
      held: () => held.rowsOf(topic.upstream),
      aheadMs: this.#clock.now() - Date.now(),
    });
  }

  #place(topic: Topic): DesiredSubscription {
    const subscription = { topic, owners: new Set<Owner>(), connection: this.#pool.pick(topic) };
    this.#desired.set(topic.path, subscription);
    return subscription;
  }

  /** What is subscribed of an instrument that is gone is over, and what was refused for want of one is asked for again. */
  #onListing({ gone, listed }: Listing): void {
    const now = performance.now();
    for (const connection of this.#pool.all()) {
      const changes = gone.size === 0 ? [] : connection.subscriptions.onExpired(gone, now);
      this.#events.onChanges(connection, changes);
      if (connection.subscriptions.onInstruments(listed) || changes.length > 0) connection.scheduleRequests();
    }
  }
}

/** Whether an earlier process has left rows of a series. */
function hasRows(before: ResumePoint | undefined): boolean {
  return before !== undefined && before.rows.length + before.bars.length > 0;
}
