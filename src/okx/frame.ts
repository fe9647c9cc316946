/** What a frame from the exchange can be, whatever wire it came over. */

/** The exchange's own subscription object, e.g. `{channel: "tickers", instId: "BTC-USDT"}`. */
export type Arg = { readonly channel: string } & { readonly [name: string]: string };

/** A row as the exchange sent it: an object, or an array of texts for candles. */
export type Row = { readonly [name: string]: unknown };

/** Returns whether a value is an object with named members. */
export function isRow(value: unknown): value is Row {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** One price level of a book as received: price, size and what the channel adds. Never changed in place. */
export type PriceLevel = readonly string[];

/** A push with rows. `text` is the whole message as received. */
export type DataFrame = {
  readonly kind: "data";
  readonly arg: Arg;
  readonly rows: readonly unknown[];
  /**
   * `snapshot` or `update` on channels with increments. Rows that were fetched, not pushed: `list` is a whole list,
   * `backfill` is what a series missed. `foreign`: pushed, but of something else than their subscription.
   */
  readonly action: string | undefined;
  /** Part of a snapshot that comes in several pages: its number from 1, and whether it is the last. */
  readonly page?: { readonly number: number; readonly last: boolean };
  readonly text: string;
  /**
   * Where `"data":[` begins in `text`, when the argument stands before it and the rows end the message, all without
   * white space, as OKX writes it; -1, or not given, for any other form.
   */
  readonly rowsAt?: number;
};

/** The exchange confirmed a subscription, or announced that one has ended. */
export type AckFrame = {
  readonly kind: "ack";
  readonly op: "subscribe" | "unsubscribe";
  readonly arg: Arg;
  readonly id: string | undefined;
  readonly event: Row;
};

/** The exchange refused something. v5 errors carry no `arg`; `id` names the request where one was sent. */
export type ErrorFrame = {
  readonly kind: "error";
  readonly code: string;
  readonly message: string;
  readonly id: string | undefined;
  readonly event: Row;
};

/** One frame, named. Nothing throws on a bad one: it is `unknown`, with the reason. */
export type Frame =
  | DataFrame
  | AckFrame
  | ErrorFrame
  | { readonly kind: "login"; readonly event: Row }
  | { readonly kind: "notice"; readonly code: string; readonly message: string; readonly event: Row }
  | { readonly kind: "pong" }
  | { readonly kind: "unknown"; readonly reason: string };
