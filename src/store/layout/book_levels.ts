/**
 * The levels of an order book as they stand in a hash, price to `size count`, and back to lists. Books with orders of
 * other kinds have the size without those in between.
 */
import type { LevelForm } from "../../okx/book_channels.ts";
import type { SideName } from "../../okx/book_side.ts";
import { compareDecimals, isDecimal } from "../../okx/decimal.ts";
import type { PriceLevel } from "../../okx/frame.ts";

/** Returns what a level has beside its price, as one text. */
export function encodeLevel(form: LevelForm, level: PriceLevel): string {
  const [, size = "", other = "0", count = other] = level;
  return form === "retail" ? `${size} ${other} ${count}` : `${size} ${count}`;
}

/** Returns the levels in the hash of a side, best first, with the members that the exchange's levels have. */
export function decodeLevels(
  form: LevelForm,
  side: SideName,
  hash: Readonly<Record<string, string>>,
): PriceLevel[] {
  const sign = side === "bids" ? -1 : 1;
  return Object.entries(hash).filter(([price]) => isDecimal(price))
    .sort(([a], [b]) => sign * compareDecimals(a, b))
    .map(([price, value]): PriceLevel => {
      const [size = "", ...others] = value.split(" ");
      return [price, size, ...form === "counted" ? ["0"] : [], ...others];
    });
}
