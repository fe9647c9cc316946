/** What the rest of okws asks of Redis: apply writes, a few reads, listen and publish. */
import type { Applied } from "./write/applied.ts";
import type { Write } from "./write/write.ts";

/** A row as Redis has it: member names to texts. */
export type CachedRow = Record<string, string>;

/** A message on a channel; `pattern` is given when it was matched by one. */
export type ChannelMessage = { readonly channel: string; readonly message: string };

/** A stream as a whole. */
export type StreamInfo = {
  readonly length: number;
  /** How many entries were ever added; undefined: this Redis, of before version 7, does not count them. */
  readonly added: number | undefined;
  /** The id of the oldest entry; undefined: there is none. */
  readonly first: string | undefined;
  /** The id of the newest entry that there ever was. */
  readonly last: string;
};

/** A part of a stream, what the stream is as a whole (undefined: there is none), and a field of a hash, of one moment. */
export type StreamPart = {
  readonly entries: readonly { readonly id: string; readonly row: CachedRow }[];
  readonly info: StreamInfo | undefined;
  readonly beside: string | undefined;
};

/** An open stream of messages: subscribed when the promise that gave it resolved. */
export type Listening = AsyncDisposable & AsyncIterable<ChannelMessage>;

/** `isDrained`: what Redis has delivered before it took note of the end is given, too. */
export type ListenOptions = { readonly isDrained?: boolean };

/** Rejects with StoreError while Redis cannot be reached or refuses everything. */
export type Store = AsyncDisposable & {
  /** Whether it is a cluster, where the keys of one server share a hash tag (see keys.ts). */
  readonly clustered: boolean;
  /** Applies all writes as one pipeline. After a rejection the whole list may be applied again. */
  apply(writes: readonly Write[]): Promise<Applied>;
  /** Keys of one lane may wait for each other, those of different lanes never do; a single server has one lane. */
  laneOf(key: string): string;
  /** What was written under these keys, or any, may not be there any more: rows are written whole the next time. */
  forget(affected?: (key: string) => boolean): void;
  /** Returns how many subscribers Redis gave the message to; undefined: none that is known of, but not every node says so. */
  publish(channel: string, message: string): Promise<number | undefined>;
  /** Returns how many connections are subscribed to a channel, on any node. */
  listeners(channel: string): Promise<number>;
  /** `what` are channels, or patterns when they hold a `*`. */
  listen(what: readonly string[], signal: AbortSignal, options?: ListenOptions): Promise<Listening>;
  text(key: string): Promise<string | undefined>;
  /** Returns an empty object when there is no such row. */
  row(key: string): Promise<Record<string, string>>;
  /** How many fields a hash has; none where it is something else, undefined where this account may not ask. */
  fieldCount(key: string): Promise<number | undefined>;
  field(key: string, field: string): Promise<string | undefined>;
  /** Returns the same member of many hashes, asked for at once; what is of another type has none. */
  fields(keys: readonly string[], field: string): Promise<(string | undefined)[]>;
  /** The newest `count` members of an index, oldest first. */
  newest(key: string, count: number): Promise<string[]>;
  /** Returns the score of the `count`-th newest member of an index; undefined: it has fewer. */
  scoreFromNewest(key: string, count: number): Promise<number | undefined>;
  /** Returns the members of an index with one of these scores; of one score the first thousand. */
  scored(key: string, scores: readonly number[]): Promise<string[]>;
  members(key: string): Promise<string[]>;
  /** The newest `count` entries of a stream, oldest first. */
  entries(key: string, count: number): Promise<Record<string, string>[]>;
  /** As {@link entries}, with the id of each. */
  identified(
    key: string,
    count: number,
  ): Promise<{ readonly id: string; readonly row: Record<string, string> }[]>;
  /** The oldest `count` entries behind that id, or the newest without one; `beside` is in the same slot of a cluster. */
  part(
    key: string,
    which: {
      readonly after: string | undefined;
      readonly count: number;
      readonly beside: { readonly key: string; readonly field: string };
    },
  ): Promise<StreamPart>;
  /** Returns the last ids of streams, undefined for one that is empty; without those of which Redis refuses to say it. */
  lastIds(keys: readonly string[]): Promise<ReadonlyMap<string, string | undefined>>;
  /** Returns how many entries streams have; none where there is no such stream, or something else under that key. */
  lengths(keys: readonly string[]): Promise<number[]>;
  /** Returns the type that a key has, `none` when there is no such key. */
  type(key: string): Promise<string>;
  /** As {@link row} for many; what is of another type is no row either. */
  rows(keys: readonly string[]): Promise<Record<string, string>[]>;
  /** Returns keys that match a pattern, found by scanning. */
  scan(pattern: string): AsyncIterable<string[]>;
  remove(keys: readonly string[]): Promise<number>;
  /** Unix milliseconds by Redis' own clock, in a cluster by that of one node for everybody. */
  time(): Promise<number>;
  /** One section of what Redis says of itself, such as `memory`. */
  info(section: string): Promise<Record<string, string>>;
};
