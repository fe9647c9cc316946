/**
 * From the events of a server's connections to those of the server: of series only rows that are new, whichever
 * connection brings them; of states how the path is served; of instruments what the lists need to know.
 */
import type { EventSink, SessionEvent } from "../model/events.ts";
import type { ReconnectingConnection } from "./connection/reconnecting_connection.ts";
import type { DesiredSubscription } from "./desired_subscription.ts";
import type { StandbyBuffer } from "./standby/standby_buffer.ts";
import type { GapTracker } from "./recovery/gap_tracker.ts";
import type { HistoryFetcher } from "./recovery/history.ts";
import type { ListingWatch } from "./recovery/listing_watch.ts";
import { canMissRows, type Topic } from "../okx/topic.ts";
import type { Change } from "./subscriptions/subscriptions.ts";

/** What the events of a server need of it. */
export type ServerEventsOptions = {
  readonly server: string;
  /** Called with each event, one after the other. */
  readonly sinks: readonly EventSink<string>[];
  readonly desired: ReadonlyMap<string, DesiredSubscription>;
  readonly gaps: Pick<GapTracker, "onRows" | "onLive">;
  readonly history: Pick<HistoryFetcher, "onRows" | "onLive">;
  readonly listings: Pick<ListingWatch, "onRows">;
  /** What happens before {@link ServerEvents.release} is only buffered; undefined: it is passed on. */
  readonly buffer: StandbyBuffer | undefined;
};

type RowsEvent = SessionEvent & { readonly kind: "rows" };
type StateEvent = SessionEvent & { readonly kind: "subscription" };

/** The last stage before the events leave the server. */
export class ServerEvents {
  readonly #options: ServerEventsOptions;
  #buffer: StandbyBuffer | undefined;

  constructor(options: ServerEventsOptions) {
    this.#options = options;
    this.#buffer = options.buffer;
  }

  /** What is buffered so far; undefined: nothing is, any more. */
  get buffer(): StandbyBuffer | undefined {
    return this.#buffer;
  }

  /** Passes on what was buffered, of pushes of series what `fresh` leaves of them, and from now on everything as it comes. */
  release(fresh: (event: SessionEvent & { readonly kind: "rows" }) => SessionEvent | undefined): void {
    const buffer = this.#buffer;
    this.#buffer = undefined;
    const topics = this.#topicsByUpstream();
    for (const { connection, event: before } of buffer?.release() ?? []) {
      const event = ofDesired(before, topics);
      const passed = event?.kind === "rows" ? fresh(event) : event;
      if (passed === undefined) continue;
      if (connection === undefined) this.emit(passed);
      else this.onEvent(connection, passed);
    }
  }

  /** Takes an event of a connection that is authoritative for what it says. */
  onEvent(connection: ReconnectingConnection, event: SessionEvent): void {
    if (this.#buffer !== undefined) return this.#buffer.add(connection, event);
    const { server, sinks, gaps, history } = this.#options;
    let passed: SessionEvent | undefined = event;
    if (event.kind === "rows") passed = this.#withoutKnown(event);
    else if (event.kind === "subscription") passed = this.#withHolding(connection, event);
    if (passed === undefined) return;
    for (const sink of sinks) sink.onEvent(server, passed);
    if (event.kind !== "subscription" || event.state !== "live") return;
    gaps.onLive(event.topic);
    history.onLive(event.topic);
  }

  /** Changes of what is subscribed on a connection. */
  onChanges(connection: ReconnectingConnection, changes: readonly Change[]): void {
    for (const change of changes) {
      this.onEvent(connection, { kind: "subscription", ...change, at: Date.now() });
    }
  }

  /** Passes an event on as it is. */
  emit(event: SessionEvent): void {
    if (this.#buffer !== undefined) return this.#buffer.add(undefined, event);
    const { server, sinks } = this.#options;
    for (const sink of sinks) sink.onEvent(server, event);
  }

  #topicsByUpstream(): Map<string, Topic[]> {
    const found = new Map<string, Topic[]>();
    for (const { topic } of this.#options.desired.values()) {
      found.set(topic.upstream, [...found.get(topic.upstream) ?? [], topic]);
    }
    return found;
  }

  /** Of series only rows that did not come before, by whichever connection; undefined: none. */
  #withoutKnown(event: RowsEvent): SessionEvent | undefined {
    const { gaps, history, listings } = this.#options;
    const { topics: [topic], frame, at } = event;
    if (topic === undefined || frame.action === "foreign") return event;
    if (topic.storage === "instruments" && topic.hasRest) listings.onRows(event.topics, frame);
    const isPush = frame.action !== "backfill" && frame.action !== "list";
    if (!isPush || !canMissRows(topic)) return event;
    history.onRows(event.topics, frame.rows);
    const fresh = gaps.onRows(topic, frame, at);
    if (fresh === undefined) return undefined;
    return fresh === frame ? event : { ...event, frame: fresh };
  }

  #withHolding(connection: ReconnectingConnection, event: StateEvent): SessionEvent {
    const { path, upstream } = event.topic;
    const holding = {
      connection: connection.name,
      owners: [...this.#options.desired.get(path)?.owners ?? []],
      generation: connection.subscriptions.generationOf(upstream),
    };
    return { ...event, holding };
  }
}

/** Returns an event that was buffered, of the topics that are desired by now; undefined: it is of none of them. */
function ofDesired(event: SessionEvent, desired: ReadonlyMap<string, Topic[]>): SessionEvent | undefined {
  if (event.kind === "subscription") {
    const { path, upstream } = event.topic;
    return desired.get(upstream)?.some((topic) => topic.path === path) ? event : undefined;
  }
  if (!("topics" in event) || event.topics[0] === undefined) return event;
  const topics = desired.get(event.topics[0].upstream);
  return topics === undefined ? undefined : { ...event, topics };
}
