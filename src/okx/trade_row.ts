/** What a row says of trades: the id of the last, and of how many it is the sum. */
import { countedId } from "./row_members.ts";

/** Returns the id of a trade row as a number; ids are below 2^53. */
export function tradeIdOf(row: unknown): number | undefined {
  // An order that was not filled has an empty one.
  return typeof row === "object" && row !== null && "tradeId" in row ? countedId(row.tradeId) : undefined;
}

/**
 * Returns how many trades a row stands for: `trades` sums up those of one taker order, under the id of the last (OKX v5,
 * "Trades channel"). Also for a row as Redis keeps it.
 */
export function fillsOf(row: unknown): number {
  const count = Number((row as { readonly count?: unknown }).count);
  return Number.isSafeInteger(count) && count > 0 ? count : 1;
}

/** Returns when a trade was, in Unix milliseconds; NaN: it does not say. */
export function tradeTimeOf(row: unknown): number {
  const { ts } = row as { readonly ts?: unknown };
  return typeof ts === "string" && ts !== "" ? Number(ts) : NaN;
}

/**
 * Returns where a trade, or an order, stands among others by its time in Unix milliseconds: those of one millisecond are in the
 * order of their ids, as a part of it. It is its score in an index.
 */
export function tradeScore(id: string, time: number): number {
  return time + (/^\d+$/.test(id) ? Number(id.slice(-3)) / 1000 : 0);
}
