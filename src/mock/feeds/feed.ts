/**
 * What a feed is: the pushes of one channel and argument, asked for by the hub and made by the channel tables.
 */

export type MockEndpoint = "public" | "private" | "business";

/** A subscription argument, `channel` included. */
export type Arg = Readonly<Record<string, string>>;

/** One push: its rows, with what stands beside `arg` and `data` in the frame. */
export type Push = {
  readonly data: readonly unknown[];
  readonly members?: Readonly<Record<string, unknown>>;
  /** Whether whole numbers in it are larger than a double can hold, as `bigint`. */
  readonly exact?: true;
  /** What the exchange adds to the subscribed `arg`. */
  readonly arg?: Readonly<Record<string, unknown>>;
  /** The rows by their keys, where `instId` is not the key; a key without a value is gone. */
  readonly keyed?: readonly (readonly [key: string, value: unknown])[];
};

export type Feed = {
  /** The listing that has to trade for it. */
  readonly instId?: string;
  /** Pushes at once what the trader is asked to do, even while the market is paused. */
  readonly prompt?: boolean;
  /** Returns what a new subscriber gets at once. */
  first(nowMs: number): Push[];
  /** Returns what is due for everybody, asked after each step of the market. */
  next(nowMs: number): Push[];
  /** Returns the whole of what was just pushed, where a push has only changes; formatted when called. */
  value?(): () => unknown;
};
