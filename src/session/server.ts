/**
 * One named server: the one register of what is wanted of it and by whom, and the connections that serve it. It places
 * subscriptions on connections, moves them where the exchange wants them elsewhere or where they fell silent, and
 * replaces a connection before the exchange ends it.
 */
import { CODES, CommandError } from "../shared/errors.ts";
import {
  type ConnectionGroup,
  type ConnectionName,
  type ExchangeRejection,
  groupOf,
  type Holding,
  type Owner,
  type SessionEvent,
  type SubscriptionState,
} from "../model/events.ts";
import { CODECS, type Protocol } from "../okx/codec.ts";
import { type FoundExchange, socketUrl } from "../okx/endpoints.ts";
import { createSigner, type Credentials, type RequestSigner, type Signer } from "../okx/sign.ts";
import type { Topic } from "../okx/topic.ts";
import { roomLogger } from "../logging/log.ts";
import { BookMarks } from "./recovery/book_marks.ts";
import { GapTracker, isSeries, type ResumePoint } from "./recovery/gap_tracker.ts";
import { ExchangeClock } from "./exchange_clock.ts";
import { findOtherEndpoint } from "./other_endpoint.ts";
import { Backfiller, DEFAULT_FILL_TIMING } from "./recovery/backfill.ts";
import { addTopic, type Link, openLink, removeTopic } from "./connection/link.ts";
import { type Listing, ListingWatch } from "./recovery/listing_watch.ts";
import { OpenRows } from "./recovery/open_rows.ts";
import { freeName, pickConnection } from "./placement.ts";
import { Replacement } from "./handover/replacement.ts";
import type { RestPace } from "./recovery/rest_pace.ts";
import type { ConnectionView, ReconnectingOptions } from "./connection/reconnecting_connection.ts";
import type { Change, Standing } from "./subscriptions/subscriptions.ts";

/** One server as it is opened. */
export type ServerSpec = {
  readonly name: string;
  /** The exchange as the user wrote it. */
  readonly endpoint: string;
  readonly exchange: FoundExchange;
  readonly protocol: Protocol;
  readonly credentials: Credentials | undefined;
};

/** What is known of one path. Times are Unix milliseconds; 0: never. */
export type PathState = {
  readonly path: string;
  readonly state: SubscriptionState;
  readonly error: ExchangeRejection | null;
  readonly since: number;
  readonly receivedAt: number;
  /** Rows since it is subscribed. */
  readonly rows: number;
  readonly owners: readonly Owner[];
  readonly connection: ConnectionName;
  readonly generation: number;
  /** Longest silence that the exchange promises; null: quiet is normal. */
  readonly everyMs: number | null;
};

/** What is known of one server. */
export type ServerView = {
  readonly name: string;
  readonly protocol: Protocol;
  readonly endpoint: string;
  /** Milliseconds that the exchange's clock is ahead of ours; null: not measured. */
  readonly clockSkewMs: number | null;
  readonly connections: readonly ConnectionView[];
  readonly subscriptions: readonly PathState[];
};

/** What a server shares with the others. */
export type ServerOptions =
  & Pick<ReconnectingOptions, "stats" | "timing" | "restPacer" | "congested" | "dials" | "mask">
  & {
    /** Hears every event, in order. */
    readonly emit: (event: SessionEvent) => void;
    readonly onBroken: (error: unknown) => void;
    readonly restPace: RestPace;
    /** Rows that are kept of a series. */
    readonly maxRow?: number | undefined;
    /** The server of this name whose place this one takes. */
    readonly before?: Predecessor | undefined;
  };

/** What a server leaves to the one that takes its place. */
export type Predecessor = {
  readonly endpoint: string;
  /** What its series have missed. */
  readonly series: GapTracker;
  /** How far its books have come, which only the same exchange numbers alike. */
  readonly bookMarks: BookMarks;
};

type DesiredSubscription = { topic: Topic; readonly owners: Set<Owner>; link: Link };

/** Paths that one server takes; the exchange has fewer instruments than this. */
const MAX_PATHS = 20_000;

/** Connections of one server. Books that find no room on these go to the first one all the same. */
const MAX_LINKS = 64;

const log = roomLogger("session");

/** See the module comment. */
export class Server {
  readonly spec: ServerSpec;
  readonly #options: ServerOptions;
  readonly #desired = new Map<string, DesiredSubscription>();
  readonly #links = new Map<ConnectionName, Link>();
  /** Of both connections of each replacement that is under way. */
  readonly #replacements = new Map<Link, Replacement>();
  /** Those that are done, by their new connection, while it may be behind what the old one brought. */
  readonly #settling = new Map<Link, Replacement>();
  /** Ended, and not gone yet. */
  readonly #ending = new Set<Promise<void>>();
  readonly #controller = new AbortController();
  readonly #clock: ExchangeClock;
  readonly #gaps: GapTracker;
  readonly #backfiller: Backfiller;
  readonly #openRows = new OpenRows();
  readonly #bookMarks: BookMarks;
  readonly #listings: ListingWatch;
  /** By path: the groups of connections that refused it, and that it was moved away from. */
  readonly #refusedBy = new Map<string, Set<ConnectionGroup>>();

  /** Dials the public endpoint, or the only one of v3, at once, so that an unreachable exchange shows. */
  constructor(spec: ServerSpec, options: ServerOptions) {
    this.spec = spec;
    this.#options = options;
    const { timing, restPacer, restPace, emit, onBroken, before, maxRow = Infinity } = options;
    const { rest } = spec.exchange;
    this.#clock = new ExchangeClock({ server: spec.name, rest, everyMs: timing.clockMs, pacer: restPacer });
    const clock = () => this.#clock.now();
    this.#gaps = new GapTracker(
      { emit, clock, onGap: (key) => this.#backfiller.schedule(key), maxRow },
      before?.series,
    );
    this.#bookMarks = before?.endpoint === spec.endpoint ? before.bookMarks : new BookMarks();
    this.#backfiller = new Backfiller({
      ...{
        tracker: this.#gaps,
        stats: options.stats,
        rest,
        clock,
        timing: timing.backfill ?? DEFAULT_FILL_TIMING,
      },
      turn: (path, signal) => restPace.turn(path, signal),
    });
    this.#listings = new ListingWatch({
      ...{ server: spec.name, rest, stats: options.stats },
      turn: (signal) => restPace.turn("/public/instruments", signal),
      desired: () => [...this.#desired.values()].map(({ topic }) => topic),
      onListing: (listing) => this.#onListing(listing),
    });
    emit({ kind: "opened", at: Date.now() });
    this.#awaitAtEnd(this.#backfiller.run(this.#controller.signal).catch(onBroken));
    this.#open(spec.protocol === "v3" ? "v3" : "public");
    // The REST of v3 is gone, as its host is.
    if (spec.protocol === "v5") {
      this.#awaitAtEnd(this.#clock.run(this.#controller.signal).catch(onBroken));
      this.#awaitAtEnd(this.#listings.run(this.#controller.signal).catch(onBroken));
    }
  }

  /**
   * Wants topics for somebody. Throws CommandError, and wants none of them, when one cannot be had here. `seen`: where
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
        throw new CommandError(CODES.notAllowed, `${topic.path} needs a login, and ${name} has no apiKey`);
      }
    }
    const added = topics.filter(({ path }) => !this.#desired.has(path)).length;
    if (this.#desired.size + added > MAX_PATHS) {
      throw new CommandError(CODES.notAllowed, `${name} would have more than ${MAX_PATHS} subscriptions`);
    }
    for (const wanted of topics) {
      // A path that was moved to another endpoint stays there.
      const held = this.#desired.get(wanted.path) ?? this.#place(wanted);
      held.owners.add(owner);
      const before = seen.get(held.topic.upstream);
      this.#gaps.want(held.topic, before);
      if (before !== undefined) this.#openRows.resumeFrom(held.topic, before.rows, before.ended);
      this.#emitChanges(held.link, addTopic(held.link, held.topic));
      held.link.session.scheduleRequests();
    }
  }

  /** Whether where the series of a topic stands is known here, or is nothing that anybody has to know. */
  isResumed(topic: Topic): boolean {
    return !isSeries(topic) || this.#gaps.has(topic);
  }

  /** Where series stood when an earlier process ended, which is known only now that they have begun. */
  resumeFrom(seen: ReadonlyMap<string, ResumePoint>): void {
    const done = new Set<string>();
    for (const { topic, link } of this.#desired.values()) {
      const before = seen.get(topic.upstream);
      if (before === undefined || done.has(topic.upstream)) continue;
      done.add(topic.upstream);
      this.#gaps.resumeFrom(topic, before);
      if (!this.#openRows.resumeFrom(topic, before.rows, before.ended)) continue;
      // Lists that are there already were not asked about these rows.
      this.#emitChanges(link, link.subscriptions.onRecalled(topic.upstream, performance.now()));
      link.session.scheduleRequests();
    }
  }

  /** No longer wants topics, for nobody or for one owner; answers which of them are gone by that. */
  unsubscribe(topics: readonly Topic[], owner?: Owner): string[] {
    const gone: string[] = [];
    for (const { path } of topics) {
      const held = this.#desired.get(path);
      if (held === undefined) continue;
      if (owner === undefined) held.owners.clear();
      else held.owners.delete(owner);
      if (held.owners.size > 0) continue;
      gone.push(path);
      const { topic, link } = held;
      // In a replacement both have it; the one that takes the place speaks for it.
      const replacement = this.#replacements.get(link);
      if (replacement?.fresh === link) removeTopic(replacement.old, topic);
      const changes = removeTopic(link, topic);
      this.#desired.delete(path);
      this.#refusedBy.delete(path);
      this.#gaps.forget(topic);
      this.#forgetOpen(topic);
      for (const change of changes) this.#emit({ kind: "subscription", ...change, at: Date.now() });
      link.session.scheduleRequests();
      this.#retireIfSpare(link);
    }
    return gone;
  }

  /** The topics that are wanted, with their owners. */
  *wanted(): Iterable<{ readonly topic: Topic; readonly owners: ReadonlySet<Owner> }> {
    for (const { topic, owners } of this.#desired.values()) yield { topic, owners };
  }

  view(): ServerView {
    const { name, protocol, endpoint } = this.spec;
    return {
      name,
      protocol,
      endpoint,
      clockSkewMs: this.#clock.skewMs ?? null,
      connections: [...this.#links.values()].map((link) => link.session.view()),
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

  states(): PathState[] {
    const states: PathState[] = [];
    for (const link of this.#links.values()) {
      for (const standing of link.subscriptions.list()) {
        if (this.#isAuthoritative(link, standing.topic.upstream)) states.push(this.#stateOf(link, standing));
      }
    }
    return states;
  }

  /** Ends every connection; what was live is left marked as stale. */
  async end(): Promise<void> {
    this.#controller.abort();
    for (const link of this.#links.values()) {
      this.#replacements.get(link)?.end();
      link.controller.abort();
      this.#awaitAtEnd(link.done);
    }
    while (this.#ending.size > 0) await Promise.all(this.#ending);
  }

  #stateOf(link: Link, { topic, state, refusal, since, receivedAt, rows, generation }: Standing): PathState {
    const { path, maxSilenceSeconds } = topic;
    return {
      path,
      state,
      error: refusal ?? null,
      since,
      receivedAt,
      rows,
      owners: [...this.#desired.get(path)?.owners ?? []],
      connection: link.name,
      generation,
      everyMs: maxSilenceSeconds === undefined ? null : maxSilenceSeconds * 1000,
    };
  }

  /** Whether a connection is the one to be heard about an upstream subscription. */
  #isAuthoritative(link: Link, key: string): boolean {
    return this.#replacements.get(link)?.isAuthoritative(link, key) ?? true;
  }

  /** What was open is of no interest to anybody once the last path of its subscription is gone. */
  #forgetOpen({ upstream }: Topic): void {
    const isWanted = (other: DesiredSubscription) => other.topic.upstream === upstream;
    if (![...this.#desired.values()].some(isWanted)) this.#openRows.forget(upstream);
  }

  #place(topic: Topic): DesiredSubscription {
    const held: DesiredSubscription = { topic, owners: new Set(), link: this.#linkFor(topic) };
    this.#desired.set(topic.path, held);
    return held;
  }

  /** A connection of the topic's group with room, other than `not`. */
  #linkFor(topic: Topic, not?: Link): Link {
    const group = groupOf(topic);
    const usable = [...this.#links.values()].filter((link) =>
      link.group === group && link !== not && this.#replacements.get(link)?.old !== link
    );
    const served = usable.find(({ topics }) => topics.has(topic.upstream));
    if (served !== undefined) return served;
    const now = performance.now();
    const calm = usable.filter(({ session, subscriptions }) =>
      !session.crowded || subscriptions.isRestless(topic.upstream, now)
    );
    const found = pickConnection(calm, topic);
    if (found !== undefined) return found;
    if (this.#links.size < MAX_LINKS || usable.length === 0) return this.#open(group);
    return pickConnection(usable, topic) ?? usable[0] as Link;
  }

  #open(group: ConnectionGroup): Link {
    const { exchange, credentials, protocol, name: server } = this.spec;
    const [endpoint, suffix] = group.split("+") as [Topic["endpoint"], string | undefined];
    const login = endpoint === "v3" || suffix !== undefined;
    const signer = login && credentials !== undefined ? createSigner(credentials) : undefined;
    const name = freeName(group, (taken) => this.#links.has(taken));
    const { emit: _, onBroken, restPace: _pace, before: _before, ...shared } = this.#options;
    const link = openLink(name, group, {
      ...shared,
      server,
      url: socketUrl(exchange, endpoint),
      rest: exchange.rest,
      codec: CODECS[protocol],
      signer,
      requestSigner: signer === undefined ? undefined : this.#signRequests(signer),
      clock: () => this.#clock.now(),
      openRows: this.#openRows,
      bookMarks: this.#bookMarks,
      eager: name === "public" || name === "v3",
      onStuck: (keys) => this.#moveSilent(this.#links.get(name), keys),
      onCrowded: (keys) => this.#moveCrowded(this.#links.get(name), keys),
      missingSince: (key) => this.#gaps.missingSince(key),
      onLost: (topics, at) => {
        const link = this.#links.get(name);
        if (link === undefined) return;
        this.#gaps.onLost(topics.filter(({ upstream }) => this.#isAuthoritative(link, upstream)), at);
      },
    }, { onBroken, onEvent: (from, event) => this.#onEvent(from, event) });
    this.#links.set(name, link);
    return link;
  }

  #signRequests(signer: Signer): RequestSigner {
    const sign = (path: string) => signer.headers(path, this.#clock.now());
    return Object.assign(sign, { mask: signer.mask });
  }

  #onEvent(link: Link, event: SessionEvent): void {
    // What a connection says after its place was taken concerns nobody but the count of connections.
    if (this.#links.get(link.name) !== link) {
      if (event.kind === "down" || event.kind === "idle") this.#emit({ ...event, ...quietly(event) });
      return;
    }
    if (event.kind === "subscription" && this.#moveRefused(link, event.topic, event)) return;
    const replacement = this.#replacements.get(link);
    if (replacement === undefined) {
      if (this.#settling.size === 0) this.#emitFrom(link, event);
      else for (const passed of this.#late(link, event)) this.#emitFrom(link, passed);
      if (event.kind === "notice" && event.event.code === "64008") this.#replace(link);
      return;
    }
    replacement.onEvent(link, event);
  }

  #late(link: Link, event: SessionEvent): readonly SessionEvent[] {
    const passed = this.#settling.get(link)?.late(event);
    if (passed === undefined) this.#settling.delete(link);
    return passed ?? [event];
  }

  /** The exchange will end a connection: another takes its place first. */
  #replace(old: Link): void {
    const fresh = this.#open(old.group);
    const replacement = new Replacement({
      old,
      fresh,
      timing: this.#options.timing,
      emit: (link, event) => this.#emitFrom(link, event),
      onDone: () => this.#finish(replacement),
    });
    this.#replacements.set(old, replacement).set(fresh, replacement);
    for (const held of this.#desired.values()) {
      if (held.link !== old) continue;
      held.link = fresh;
      addTopic(fresh, held.topic);
      fresh.subscriptions.takeOverFrom(held.topic.upstream, old.subscriptions);
    }
    log.info("The exchange will end a connection, another takes its place", {
      server: this.spec.name,
      connection: old.name,
      by: fresh.name,
      subscriptions: fresh.subscriptions.size,
    });
    fresh.session.scheduleRequests();
  }

  #finish(replacement: Replacement): void {
    const { old, fresh } = replacement;
    this.#replacements.delete(old);
    this.#replacements.delete(fresh);
    this.#settling.set(fresh, replacement);
    const standings = [...fresh.subscriptions.list()];
    const missing = standings.filter(({ state }) => state !== "live");
    this.#gaps.onLost(missing.map(({ topic }) => topic), old.session.receivedAt);
    for (const { topic } of [...old.subscriptions.list()]) old.subscriptions.remove(topic.path);
    this.#retire(old);
    // State before recovery: what does not flow on the new connection yet is stale first.
    for (const { topic } of missing) {
      this.#emitFrom(fresh, {
        kind: "subscription",
        topic,
        state: "stale",
        refusal: undefined,
        at: Date.now(),
      });
    }
    this.#emitChanges(fresh, standings);
    this.#options.stats.handovers += 1;
    log.info("A connection has taken the place of another", {
      server: this.spec.name,
      connection: fresh.name,
      of: old.name,
      missing: missing.length,
    });
  }

  /**
   * A channel that the exchange has elsewhere than where it was asked for is moved there, with a line in the
   * log: the table ages, the exchange's answer does not.
   */
  #moveRefused(link: Link, topic: Topic, change: Omit<Change, "topic">): boolean {
    if (change.state !== "refused" || change.refusal === undefined) return false;
    const held = this.#desired.get(topic.path);
    if (held === undefined) return false;
    const tried = (this.#refusedBy.get(topic.path) ?? new Set()).add(groupOf(held.topic));
    const hasLogin = this.spec.credentials !== undefined;
    const place = findOtherEndpoint(held.topic, change.refusal.code, { tried, hasLogin });
    if (place === undefined) return false;
    this.#refusedBy.set(topic.path, tried);
    log.warn("The exchange has a channel elsewhere, moving there", {
      server: this.spec.name,
      path: topic.path,
      from: link.group,
      to: place.endpoint,
      code: change.refusal.code,
    });
    removeTopic(link, topic);
    held.topic = { ...held.topic, ...place };
    held.link = this.#linkFor(held.topic);
    this.#emitChanges(held.link, addTopic(held.link, held.topic));
    held.link.session.scheduleRequests();
    return true;
  }

  /** Subscriptions that stay silent though they were asked for anew go on on another connection. */
  #moveSilent(link: Link | undefined, keys: readonly string[]): void {
    if (link === undefined || this.#replacements.has(link)) return;
    for (const key of keys) {
      const topics = link.subscriptions.topicsOf(key);
      const [first] = topics;
      if (first === undefined) continue;
      const target = this.#linkFor(first, link);
      log.warn("A subscription stays silent, trying it on another connection", {
        server: this.spec.name,
        path: first.path,
        from: link.name,
        to: target.name,
      });
      this.#moveTo(target, key, link);
      this.#options.stats.handovers += 1;
    }
    link.session.scheduleRequests();
    this.#retireIfSpare(link);
  }

  /** What would have to wait until a connection may send requests again is asked for on another one. */
  #moveCrowded(link: Link | undefined, keys: readonly string[]): void {
    if (link === undefined || this.#replacements.has(link)) return;
    for (const key of keys) {
      const [first] = link.subscriptions.topicsOf(key);
      const target = first === undefined ? undefined : this.#linkFor(first, link);
      if (target !== undefined && !target.session.crowded) this.#moveTo(target, key, link);
    }
    this.#retireIfSpare(link);
  }

  #moveTo(target: Link, key: string, link: Link): void {
    for (const topic of [...link.subscriptions.topicsOf(key)]) {
      const held = this.#desired.get(topic.path);
      if (held === undefined) continue;
      held.link = target;
      const changes = addTopic(target, topic);
      const carried = target.subscriptions.takeOverFrom(key, link.subscriptions);
      removeTopic(link, topic);
      this.#emitChanges(target, [...changes, ...carried]);
    }
    target.session.scheduleRequests();
  }

  /** A further connection of a group that carries nothing any more is ended; the first one stays. */
  #retireIfSpare(link: Link): void {
    if (link.name === link.group || link.topics.size > 0 || this.#replacements.has(link)) return;
    this.#retire(link);
  }

  #retire(link: Link): void {
    this.#links.delete(link.name);
    this.#settling.delete(link);
    link.controller.abort();
    this.#awaitAtEnd(link.done);
  }

  #awaitAtEnd(work: Promise<void>): void {
    const owned = work.finally(() => this.#ending.delete(owned));
    this.#ending.add(owned);
  }

  #emitChanges(link: Link, changes: readonly Change[]): void {
    for (const { topic, state, refusal } of changes) {
      this.#emitFrom(link, { kind: "subscription", topic, state, refusal, at: Date.now() });
    }
  }

  /** What is subscribed of an instrument that is gone is over, and what was refused for want of one is asked for again. */
  #onListing({ gone, listed }: Listing): void {
    const now = performance.now();
    for (const link of [...this.#links.values()]) {
      const changes = gone.size === 0 ? [] : link.subscriptions.onExpired(gone, now);
      this.#emitChanges(link, changes);
      if (link.subscriptions.onInstruments(listed) || changes.length > 0) link.session.scheduleRequests();
    }
  }

  /** Adds to a state how its path is held. */
  #emitFrom(link: Link, event: SessionEvent): void {
    if (event.kind === "rows") return this.#emitRows(event);
    if (event.kind !== "subscription") return this.#emit(event);
    const { path, upstream } = event.topic;
    const holding: Holding = {
      connection: link.name,
      owners: [...this.#desired.get(path)?.owners ?? []],
      generation: link.subscriptions.generationOf(upstream),
    };
    this.#emit({ ...event, holding });
    if (event.state === "live") this.#gaps.onLive(event.topic);
  }

  /** Of series only what is new, whichever connection brings it. */
  #emitRows(event: SessionEvent & { kind: "rows" }): void {
    const { topics: [topic], frame, at } = event;
    if (frame.action === "foreign") return this.#emit(event);
    if (topic?.storage === "instruments" && topic.endpoint !== "v3") {
      this.#listings.onRows(event.topics, frame);
    }
    const isPush = frame.action !== "fill" && frame.action !== "seed";
    if (topic === undefined || !isPush || !isSeries(topic)) return this.#emit(event);
    const fresh = this.#gaps.onRows(topic, frame, at);
    if (fresh !== undefined) this.#emit(fresh === frame ? event : { ...event, frame: fresh });
  }

  #emit(event: SessionEvent): void {
    this.#options.emit(event);
  }
}

const NOTHING_SEEN: ReadonlyMap<string, ResumePoint> = new Map();

/** What a connection of which nobody hears any more may still say: nothing of it is missed. */
function quietly(event: SessionEvent): { wanted?: false } {
  return event.kind === "down" ? { wanted: false } : {};
}
