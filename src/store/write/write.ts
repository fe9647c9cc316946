/**
 * What is to be done in Redis, as data. Every write is safe to apply twice, because a batch that was cut off is
 * applied again as a whole; publishes may repeat.
 */

import { fieldText } from "../../okx/exact_json.ts";
import type { Row } from "../../okx/frame.ts";

/** A change of one hash: emptied first, if so; then these names and values are set, and these names removed. */
export type HashChange = {
  readonly key: string;
  readonly clear: boolean;
  readonly set: readonly string[];
  readonly remove: readonly string[];
};

/** What is to be written of an order book, put into words when it is sent. */
export type BookSource = {
  /** Returns what has changed since the last time, all in one step; with `whole` everything. */
  take(whole: boolean): readonly HashChange[];
  /** Its best levels as they are now. */
  row(): Row;
  /** The hashes of all levels; undefined where there are none. */
  readonly sides: readonly [bids: string, asks: string] | undefined;
  /** Returns whether these hashes, as they were read just now, are not as they were written. */
  isDamaged(bids: Readonly<Record<string, string>>, asks: Readonly<Record<string, string>>): boolean;
};

/** A change in Redis. */
export type Write =
  /** The row of a key. With `whole`, members that the row does not have are removed, in one step with the rest. */
  | { readonly kind: "row"; readonly key: string; readonly row: Row; readonly whole: boolean }
  /** What has changed of a book when the batch is sent. `row`: what its hash was last written to have. */
  | { readonly kind: "book"; readonly key: string; readonly book: BookSource; readonly row?: Row }
  /** One member of a hash whose other members stay. With `last` it is written after the rows and events of its batch. */
  | {
    readonly kind: "field";
    readonly key: string;
    readonly field: string;
    readonly value: string;
    readonly last?: boolean;
  }
  | { readonly kind: "unfield"; readonly key: string; readonly field: string; readonly last?: boolean }
  | {
    readonly kind: "text";
    readonly key: string;
    readonly value: string;
    readonly ttlMs: number;
    readonly last?: boolean;
  }
  | { readonly kind: "score"; readonly key: string; readonly score: number; readonly member: string }
  | { readonly kind: "unscore"; readonly key: string; readonly member: string }
  | { readonly kind: "member"; readonly key: string; readonly member: string }
  | { readonly kind: "unmember"; readonly key: string; readonly member: string }
  /**
   * Keeps the newest `keep` members of an index and removes the rows of the others, `<rows><member>`, with them; `also` is
   * another index that has them.
   */
  | {
    readonly kind: "trim";
    readonly key: string;
    readonly keep: number;
    readonly rows: string;
    readonly also?: string;
  }
  /**
   * Keeps exactly these members of a set and removes the rows of the others, `<rows><member>`, with them. With `ended` these
   * rows stay: their state is unknown, and they go to the index of what is over.
   */
  | {
    readonly kind: "retain";
    readonly key: string;
    readonly members: readonly string[];
    readonly rows: string;
    readonly ended?: { readonly index: string; readonly score: number };
  }
  | { readonly kind: "trimStream"; readonly key: string; readonly keep: number }
  /** Takes entries out of a stream, in its turn among the events. */
  | { readonly kind: "erase"; readonly key: string; readonly ids: readonly string[] }
  /** Appends to a stream under an explicit id, so that a repetition is refused rather than doubled. */
  | {
    readonly kind: "append";
    readonly key: string;
    readonly id: string;
    readonly row: Row;
    readonly bytes: number;
    /** The full key of the path whose row this is: what has lost a row when this is dropped. */
    readonly of?: string;
    /** A record of what is missing: it is not dropped with the rows. */
    readonly kept?: boolean;
    /** It was taken before: where its id is refused it is there still. */
    readonly again?: boolean;
    /** A row that was backfilled: the record of its gap says so when it is lost. */
    readonly backfilled?: boolean;
  }
  /**
   * Rows that go before everything in a stream, oldest first, where it has less than `keep` entries; only those whose number
   * in `name` is below that of its first entry. The others stay under their ids. A stream that a group reads stays as it is.
   */
  | {
    readonly kind: "prepend";
    readonly key: string;
    readonly rows: readonly Row[];
    readonly name: string;
    readonly keep: number;
  }
  | {
    readonly kind: "publish";
    readonly channel: string;
    readonly message: string;
    /** As above, where no stream keeps the row. */
    readonly of?: string;
  };

/** Rows that were put before those of a stream. */
export type Prepended = { readonly key: string; readonly rows: number };

/**
 * Returns what a newer write may replace while both wait: the same slot means that only the newest matters. Undefined for
 * events, each of which counts.
 */
export function slotOf(write: Write): string | undefined {
  switch (write.kind) {
    case "row":
    case "book":
    case "text":
      return write.key;
    case "field":
    case "unfield":
      return `${write.key}\n${write.field}`;
    case "score":
    case "unscore":
    case "member":
    case "unmember":
      return `${write.key}\n${write.member}`;
    case "trim":
    case "retain":
    case "trimStream":
      return `${write.key}\ntrim`;
    case "prepend":
      return `${write.key}\nprepend`;
    case "append":
    case "erase":
    case "publish":
      return undefined;
  }
}

/** Returns whether a write must come after the rows and events that it cuts down, or is about. */
export function isTrim(write: Write): boolean {
  if (write.kind === "field" || write.kind === "unfield" || write.kind === "text") return write.last === true;
  return write.kind === "prepend" || write.kind === "trim" || write.kind === "retain" ||
    write.kind === "trimStream";
}

/** Returns roughly how many bytes an event holds while it waits. */
export function bytesOf(write: Write): number {
  if (write.kind === "publish") return 64 + write.channel.length + write.message.length;
  if (write.kind === "erase") return 64 + write.key.length + 20 * write.ids.length;
  return write.kind === "append" ? 64 + write.key.length + write.bytes : 0;
}

/**
 * Returns a row as Redis takes it: name, value, name, value. Numbers stay the exchange's own text; arrays and objects
 * become JSON text; null is the empty text, as v5 writes what does not apply.
 */
export function flatten(row: Row): string[] {
  const flat: string[] = [];
  for (const name in row) flat.push(name, fieldText(row[name]));
  return flat;
}
