/**
 * Who gets what: topics with their subscribers. A push is encoded once for all of them, and the last value of
 * every row is remembered, so that a test can compare it with what arrived elsewhere.
 */
import type { Feed, Push } from "./feeds/feed.ts";

export type Payload = string | Uint8Array<ArrayBuffer>;

/** What a session asks to have opened: the same `key` means the same frames. */
export type TopicSpec = {
  readonly key: string;
  readonly channel: string;
  /** The instrument, or whatever else the subscription is filtered by. */
  readonly filter: string;
  readonly rank: number;
  /** Whether its pushes are events that each count, and not rows that replace each other. */
  readonly events?: boolean;
  open(): Feed;
  encode(push: Push): Payload;
};

/** Takes a push; returns whether it left for the client. */
export type Sink = (payload: Payload, topic: TopicSpec, push: Push) => boolean;

/** What left of one channel and filter for at least one client. */
export type SentCount = {
  readonly channel: string;
  readonly filter: string;
  pushes: number;
  rows: number;
};

type Topic = { readonly spec: TopicSpec; readonly feed: Feed; readonly sinks: Set<Sink> };

/** So many pushes of a topic of events are remembered. */
const KEPT_EVENTS = 50;

export class Hub {
  readonly #events = new Map<string, Push[]>();
  #topics = new Map<string, Topic>();
  readonly #lastSent = new Map<string, () => unknown>();
  readonly #counts = new Map<string, SentCount>();

  /** Adds a subscriber; it gets the feed's first pushes before this returns, after `repeats` events that were sent before. */
  subscribe(spec: TopicSpec, sink: Sink, { nowMs, repeats = 0 }: { nowMs: number; repeats?: number }): void {
    const known = this.#topics.get(spec.key);
    const topic = known ?? { spec, feed: spec.open(), sinks: new Set<Sink>() };
    if (known === undefined) this.#insert(topic);
    // The others must be brought up to the state that the newcomer's snapshot shows.
    else this.#broadcast(topic, nowMs);
    const again = repeats === 0 ? [] : (this.#events.get(spec.key) ?? []).slice(-repeats);
    for (const push of [...again, ...topic.feed.first(nowMs)]) {
      if (sink(spec.encode(push), spec, push)) this.#remember(topic, push);
    }
    topic.sinks.add(sink);
  }

  unsubscribe(key: string, sink: Sink): void {
    const topic = this.#topics.get(key);
    if (topic?.sinks.delete(sink) && topic.sinks.size === 0) this.#topics.delete(key);
  }

  /** Sends what is due after a step of the market. */
  turn(nowMs: number): void {
    for (const topic of this.#topics.values()) this.#broadcast(topic, nowMs);
  }

  /** Sends what is due in feeds that do not wait for a step of the market. */
  turnPrompt(nowMs: number): void {
    for (const topic of this.#topics.values()) {
      if (topic.feed.prompt === true) this.#broadcast(topic, nowMs);
    }
  }

  /** Returns the listings that somebody watches. */
  watched(): Set<string> {
    const ids = new Set<string>();
    for (const { feed } of this.#topics.values()) {
      if (feed.instId !== undefined) ids.add(feed.instId);
    }
    return ids;
  }

  lastSent(channel: string, key: string): unknown {
    return this.#lastSent.get(`${channel} ${key}`)?.();
  }

  /** Returns the last value sent of every row, by channel and key; of one channel when it is named. */
  *allLastSent(channel?: string): Iterable<[string, unknown]> {
    for (const [name, value] of this.#lastSent) {
      if (channel === undefined || name.startsWith(`${channel} `)) yield [name, value()];
    }
  }

  counts(): SentCount[] {
    return [...this.#counts.values()];
  }

  #broadcast(topic: Topic, nowMs: number): void {
    for (const push of topic.feed.next(nowMs)) {
      if (topic.spec.events === true) this.#keepEvent(topic.spec.key, push);
      const payload = topic.spec.encode(push);
      let sent = false;
      for (const sink of topic.sinks) sent = sink(payload, topic.spec, push) || sent;
      if (sent) this.#remember(topic, push);
    }
  }

  #keepEvent(key: string, push: Push): void {
    const kept = this.#events.get(key) ?? [];
    this.#events.set(key, [...kept, push].slice(-KEPT_EVENTS));
  }

  #remember(topic: Topic, push: Push): void {
    const { channel, filter } = topic.spec;
    const name = `${channel} ${filter}`;
    const count = this.#counts.get(name) ?? { channel, filter, pushes: 0, rows: 0 };
    count.pushes++;
    count.rows += push.data.length;
    this.#counts.set(name, count);
    remember(topic, push, this.#lastSent);
  }

  #insert(topic: Topic): void {
    const topics = [...this.#topics.values(), topic].sort((a, b) => a.spec.rank - b.spec.rank);
    this.#topics = new Map(topics.map((one) => [one.spec.key, one]));
  }
}

function remember({ spec, feed }: Topic, push: Push, lastSent: Map<string, () => unknown>): void {
  if (feed.value !== undefined) {
    lastSent.set(`${spec.channel} ${spec.filter}`, feed.value());
    return;
  }
  if (push.keyed !== undefined) {
    for (const [key, value] of push.keyed) {
      if (value === undefined) lastSent.delete(`${spec.channel} ${key}`);
      else lastSent.set(`${spec.channel} ${key}`, () => value);
    }
    return;
  }
  for (const row of push.data) lastSent.set(`${spec.channel} ${rowId(row) ?? spec.filter}`, () => row);
}

function rowId(row: unknown): string | undefined {
  if (typeof row !== "object" || row === null) return undefined;
  if ("instId" in row && typeof row.instId === "string") return row.instId;
  if ("instrument_id" in row && typeof row.instrument_id === "string") return row.instrument_id;
  return undefined;
}
