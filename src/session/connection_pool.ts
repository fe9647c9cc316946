/**
 * The connections of one server: which of them serves a topic, when another one is opened, and how subscriptions move:
 * where the exchange requires another endpoint, where they stay silent or would have to wait, and to the connection
 * that replaces one that the exchange is about to end.
 */
import { roomLogger } from "../logging/log.ts";
import {
  type ConnectionGroup,
  type ConnectionName,
  type EventSink,
  groupOf,
  type SessionEvent,
} from "../model/events.ts";
import { CODECS } from "../okx/codec.ts";
import { socketUrl } from "../okx/endpoints.ts";
import { createSigner, type RequestSigner, type Signer } from "../okx/sign.ts";
import type { Topic } from "../okx/topic.ts";
import type { EventSource } from "./connection/event_source.ts";
import { ReconnectingConnection, type ReconnectingOptions } from "./connection/reconnecting_connection.ts";
import type { DesiredSubscription } from "./desired_subscription.ts";
import { Replacement } from "./handover/replacement.ts";
import { findOtherEndpoint } from "./other_endpoint.ts";
import { firstGroup, freeName, pickConnection } from "./placement.ts";
import type { GapTracker } from "./recovery/gap_tracker.ts";
import type { ServerEvents } from "./server_events.ts";
import type { ServerSpec } from "./server_spec.ts";
import type { Change } from "./subscriptions/subscriptions.ts";

/** What all connections of all servers share. */
export type SharedOptions = Pick<
  ReconnectingOptions,
  "stats" | "timing" | "restPacer" | "congested" | "room" | "dials" | "mask" | "onBroken" | "recorder"
>;

/** What the connections of one server need of it. */
export type ConnectionPoolOptions = {
  readonly spec: ServerSpec;
  readonly shared: SharedOptions;
  /** What connections of this server share, whatever their number. */
  readonly own: Pick<ReconnectingOptions, "openRows" | "bookMarks" | "clock">;
  readonly desired: ReadonlyMap<string, DesiredSubscription>;
  readonly gaps: GapTracker;
  readonly events: ServerEvents;
};

/** Connections of one server. Books that find no room on these go to the first one all the same. */
const MAX_CONNECTIONS = 64;

const log = roomLogger("session");

/** Opens connections as they are needed, and takes their events. */
export class ConnectionPool implements EventSink<EventSource> {
  readonly #options: ConnectionPoolOptions;
  readonly #connections = new Map<ConnectionName, ReconnectingConnection>();
  /** Of both connections of each replacement that is under way. */
  readonly #replacements = new Map<ReconnectingConnection, Replacement>();
  /** Those that are done, by their new connection, while it may be behind what the old one brought. */
  readonly #settling = new Map<ReconnectingConnection, Replacement>();
  /** Ended, and not gone yet. */
  readonly #ending = new Set<Promise<void>>();
  /** By path: the groups of connections that refused it, and that it was moved away from. */
  readonly #refusedBy = new Map<string, Set<ConnectionGroup>>();

  constructor(options: ConnectionPoolOptions) {
    this.#options = options;
  }

  /** Returns the connections that are not being ended. */
  all(): ReconnectingConnection[] {
    return [...this.#connections.values()];
  }

  /**
   * Returns whether a connection is authoritative for an upstream subscription: not where another one replaces it.
   */
  isAuthoritative(connection: ReconnectingConnection, key: string): boolean {
    return this.#replacements.get(connection)?.isAuthoritative(connection, key) ?? true;
  }

  /** Passes on what a connection says, as far as it is authoritative for it. */
  onEvent(source: EventSource, event: SessionEvent): void {
    const { events } = this.#options;
    const connection = this.#connections.get(source.name);
    if (connection === undefined || connection !== source) {
      // What a connection says after it was replaced concerns nobody but the count of connections.
      if (event.kind === "down") events.emit({ ...event, desired: false });
      if (event.kind === "idle") events.emit(event);
      return;
    }
    if (event.kind === "subscription" && this.#moveRefused(connection, event.topic, event)) return;
    const replacement = this.#replacements.get(connection);
    if (replacement !== undefined) return replacement.onEvent(connection, event);
    if (this.#settling.size === 0) events.onEvent(connection, event);
    else for (const passed of this.#late(connection, event)) events.onEvent(connection, passed);
    if (event.kind === "notice" && event.event.code === "64008") this.#replace(connection);
  }

  /** Returns a connection of the topic's group with room, other than `not`; opens one where there is none. */
  pick(topic: Topic, not?: ReconnectingConnection): ReconnectingConnection {
    const group = groupOf(topic);
    const usable = this.all().filter((connection) =>
      connection.group === group && connection !== not &&
      this.#replacements.get(connection)?.old !== connection
    );
    const served = usable.find(({ topics }) => topics.has(topic.upstream));
    if (served !== undefined) return served;
    const now = performance.now();
    const calm = usable.filter((connection) =>
      !connection.crowded || connection.subscriptions.isRestless(topic.upstream, now)
    );
    const found = pickConnection(calm, topic);
    if (found !== undefined) return found;
    if (this.#connections.size < MAX_CONNECTIONS || usable[0] === undefined) return this.open(group);
    return pickConnection(usable, topic) ?? usable[0];
  }

  /** Opens one more connection of a group. */
  open(group: ConnectionGroup): ReconnectingConnection {
    const { spec: { exchange, credentials, protocol, name: server }, shared, own, gaps } = this.#options;
    const [endpoint, suffix] = group.split("+") as [Topic["endpoint"], string | undefined];
    const codec = CODECS[protocol];
    const login = codec.sharesSocket || suffix !== undefined;
    const signer = login && credentials !== undefined ? createSigner(credentials) : undefined;
    const name = freeName(group, (taken) => this.#connections.has(taken));
    const ifUsed = (act: () => void) => {
      if (this.#connections.get(name) === connection) act();
    };
    const connection = new ReconnectingConnection({
      ...{ ...shared, ...own, server, name, group, signer, sink: this },
      url: socketUrl(exchange, endpoint),
      rest: exchange.rest,
      codec,
      requestSigner: signer === undefined ? undefined : this.#signRequests(signer),
      eager: name === firstGroup(protocol),
      missingSince: (key) => gaps.missingSince(key),
      onStuck: (keys) => ifUsed(() => this.#moveSilent(connection, keys)),
      onCrowded: (keys) => ifUsed(() => this.#moveCrowded(connection, keys)),
      onLost: (topics, at) =>
        ifUsed(() =>
          gaps.onLost(topics.filter(({ upstream }) => this.isAuthoritative(connection, upstream)), at)
        ),
    });
    this.#connections.set(name, connection);
    connection.start();
    return connection;
  }

  /** Keeps exactly these groups connected though nothing may be desired of them. */
  keep(groups: ReadonlySet<ConnectionGroup>): void {
    for (const group of groups) if (!this.#connections.has(group)) this.open(group);
    for (const connection of this.all()) connection.keep(groups.has(connection.name as ConnectionGroup));
  }

  /** Takes a topic from the connection that serves it; returns what that changes. */
  remove({ topic, connection }: DesiredSubscription): Change[] {
    // In a replacement both have it; the one that takes the place is authoritative.
    const replacement = this.#replacements.get(connection);
    if (replacement?.fresh === connection) replacement.old.remove(topic);
    const changes = connection.remove(topic);
    this.#refusedBy.delete(topic.path);
    return changes;
  }

  /** Ends a further connection of a group that carries nothing any more; the first one stays. */
  retireIfSpare(connection: ReconnectingConnection): void {
    const { name, group, topics } = connection;
    if (name === group || topics.size > 0 || this.#replacements.has(connection)) return;
    this.#retire(connection);
  }

  /** Ends every connection and resolves when all have ended; what was live is then stale. */
  async end(): Promise<void> {
    for (const connection of this.all()) {
      this.#replacements.get(connection)?.end();
      this.#endLater(connection);
    }
    while (this.#ending.size > 0) await Promise.all(this.#ending);
  }

  #signRequests(signer: Signer): RequestSigner {
    const sign = (path: string) => signer.headers(path, this.#options.own.clock());
    return Object.assign(sign, { mask: signer.mask });
  }

  #late(connection: ReconnectingConnection, event: SessionEvent): readonly SessionEvent[] {
    const passed = this.#settling.get(connection)?.late(event);
    if (passed === undefined) this.#settling.delete(connection);
    return passed ?? [event];
  }

  /** The exchange will end a connection: another replaces it first. */
  #replace(old: ReconnectingConnection): void {
    // One that is only kept connects again by itself.
    if (old.topics.size === 0) return;
    const { desired, events, shared, spec } = this.#options;
    const fresh = this.open(old.group);
    const replacement = new Replacement({
      old,
      fresh,
      timing: shared.timing,
      emit: (connection, event) => events.onEvent(connection, event),
      onDone: () => this.#finish(replacement),
    });
    this.#replacements.set(old, replacement).set(fresh, replacement);
    for (const subscription of desired.values()) {
      if (subscription.connection !== old) continue;
      subscription.connection = fresh;
      fresh.add(subscription.topic);
      fresh.subscriptions.takeOverFrom(subscription.topic.upstream, old.subscriptions);
    }
    log.info("The exchange will end a connection, another takes its place", {
      server: spec.name,
      connection: old.name,
      by: fresh.name,
      subscriptions: fresh.subscriptions.size,
    });
    fresh.scheduleRequests();
  }

  #finish(replacement: Replacement): void {
    const { events, gaps, shared, spec } = this.#options;
    const { old, fresh } = replacement;
    this.#replacements.delete(old);
    this.#replacements.delete(fresh);
    this.#settling.set(fresh, replacement);
    const standings = [...fresh.subscriptions.list()];
    const missing = standings.filter(({ state }) => state !== "live");
    gaps.onLost(missing.map(({ topic }) => topic), old.receivedAt);
    for (const { topic } of [...old.subscriptions.list()]) old.subscriptions.remove(topic.path);
    this.#retire(old);
    // State before recovery: what does not flow on the new connection yet is stale first.
    const stale = missing.map(({ topic }): Change => ({ topic, state: "stale", refusal: undefined }));
    events.onChanges(fresh, stale);
    events.onChanges(fresh, standings.map(({ topic, state, refusal }) => ({ topic, state, refusal })));
    shared.stats.handovers += 1;
    log.info("A connection has taken the place of another", {
      server: spec.name,
      connection: fresh.name,
      of: old.name,
      missing: missing.length,
    });
  }

  /**
   * Moves a channel that the exchange has on another endpoint than where it was asked for, with a line in the log: the
   * table ages, the exchange's answer does not. Returns whether it was moved.
   */
  #moveRefused(connection: ReconnectingConnection, topic: Topic, change: Omit<Change, "topic">): boolean {
    const { spec, desired, events } = this.#options;
    if (change.state !== "refused" || change.refusal === undefined) return false;
    const subscription = desired.get(topic.path);
    if (subscription === undefined) return false;
    const tried = (this.#refusedBy.get(topic.path) ?? new Set()).add(groupOf(subscription.topic));
    const hasLogin = spec.credentials !== undefined;
    const other = findOtherEndpoint(subscription.topic, change.refusal.code, { tried, hasLogin });
    if (other === undefined) return false;
    this.#refusedBy.set(topic.path, tried);
    log.warn("The exchange has a channel elsewhere, moving there", {
      server: spec.name,
      path: topic.path,
      from: connection.group,
      to: other.endpoint,
      code: change.refusal.code,
    });
    connection.remove(topic);
    subscription.topic = { ...subscription.topic, ...other };
    const target = this.pick(subscription.topic);
    subscription.connection = target;
    events.onChanges(target, target.add(subscription.topic));
    target.scheduleRequests();
    return true;
  }

  /** Subscriptions that stay silent though they were asked for again go on on another connection. */
  #moveSilent(connection: ReconnectingConnection, keys: readonly string[]): void {
    if (this.#replacements.has(connection)) return;
    const { spec, shared } = this.#options;
    for (const key of keys) {
      const [first] = connection.subscriptions.topicsOf(key);
      if (first === undefined) continue;
      const target = this.pick(first, connection);
      log.warn("A subscription stays silent, trying it on another connection", {
        server: spec.name,
        path: first.path,
        from: connection.name,
        to: target.name,
      });
      this.#moveTo(target, key, connection);
      shared.stats.handovers += 1;
    }
    connection.scheduleRequests();
    this.retireIfSpare(connection);
  }

  /** What would have to wait until a connection may send requests again is asked for on another one. */
  #moveCrowded(connection: ReconnectingConnection, keys: readonly string[]): void {
    if (this.#replacements.has(connection)) return;
    for (const key of keys) {
      const [first] = connection.subscriptions.topicsOf(key);
      const target = first === undefined ? undefined : this.pick(first, connection);
      if (target !== undefined && !target.crowded) this.#moveTo(target, key, connection);
    }
    this.retireIfSpare(connection);
  }

  #moveTo(target: ReconnectingConnection, key: string, from: ReconnectingConnection): void {
    const { desired, events } = this.#options;
    for (const topic of [...from.subscriptions.topicsOf(key)]) {
      const subscription = desired.get(topic.path);
      if (subscription === undefined) continue;
      subscription.connection = target;
      const changes = target.add(topic);
      const carried = target.subscriptions.takeOverFrom(key, from.subscriptions);
      from.remove(topic);
      events.onChanges(target, [...changes, ...carried]);
    }
    target.scheduleRequests();
  }

  #retire(connection: ReconnectingConnection): void {
    this.#connections.delete(connection.name);
    this.#settling.delete(connection);
    this.#endLater(connection);
  }

  #endLater(connection: ReconnectingConnection): void {
    const ending = connection.end().finally(() => this.#ending.delete(ending));
    this.#ending.add(ending);
  }
}
