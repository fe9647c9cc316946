/** What is particular to the order books of a channel (OKX v5 documentation, "Order book channel" and "Spread"). */
import type { Arg } from "./frame.ts";
import type { BookRules } from "./order_book.ts";

/**
 * What a level has behind its price: `counted` a size, an abandoned zero and a number of orders; `spread` a size and a
 * number of orders; `retail` a size, what of it is not for everybody, and a number of orders.
 */
export type LevelForm = "counted" | "spread" | "retail";

/** The books of one channel. */
export type BookChannel = {
  readonly rules: BookRules;
  readonly levels: LevelForm;
  /** Whether it comes with every change, so that it takes no other book of its instrument on its connection. */
  readonly isTickByTick: boolean;
};

/** Returns the order books of a channel; of any other channel what most have. */
export function bookChannel(name: string): BookChannel {
  const isSpread = name.startsWith("sprd-");
  const isRetail = name === "books-rpi";
  return {
    rules: { anyPrice: isSpread, mayCross: isRetail },
    levels: isSpread ? "spread" : isRetail ? "retail" : "counted",
    isTickByTick: name.endsWith("-l2-tbt"),
  };
}

/**
 * Returns the REST call that gives the book of an argument, or undefined where the exchange offers none with a number.
 */
export function snapshotCall(arg: Arg): { path: string; query: Record<string, string> } | undefined {
  const { channel, instId = "" } = arg;
  const call = CALLS.get(channel);
  return call === undefined ? undefined : { path: call.path, query: { instId, sz: call.levels } };
}

/** The REST book of a spread has no number. */
const CALLS: ReadonlyMap<string, { path: string; levels: string }> = new Map([
  ["books", { path: "/market/books", levels: "400" }],
  ["books-l2-tbt", { path: "/market/books", levels: "400" }],
  ["books50-l2-tbt", { path: "/market/books", levels: "50" }],
  ["books-rpi", { path: "/market/books-rpi", levels: "400" }],
]);
