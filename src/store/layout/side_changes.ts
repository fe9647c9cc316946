/**
 * What has changed of one side of an order book since its hash was written: levels that were set or are gone, among the
 * best `depth` that the hash has.
 */
import { type BookSide, priceOf, sizeOf } from "../../okx/book_side.ts";
import { isZero } from "../../okx/decimal.ts";
import type { PriceLevel } from "../../okx/frame.ts";
import type { HashChange } from "../write/write.ts";

/** Fields of a side that are no levels: its number, time and state. */
const SAID = 3;

/** What has changed of one side. */
export class SideChanges {
  readonly full: boolean;
  readonly #depth: number;
  readonly #encode: (level: PriceLevel) => string;
  /** Levels that were set, and those that are gone, by price. */
  #levels = new Map<string, string | undefined>();
  /** The last price that the hash has, as a number; infinite: all of them. */
  #edge = Infinity;
  #isTouched = false;

  constructor({ depth, full, encode }: {
    readonly depth: number;
    readonly full: boolean;
    readonly encode: (level: PriceLevel) => string;
  }) {
    this.#depth = depth;
    this.full = full;
    this.#encode = encode;
  }

  /** Whether there is something for the hash. */
  get isChanged(): boolean {
    return this.full && this.#isTouched;
  }

  /** Notes levels that have been put into a side. */
  note(side: BookSide, levels: readonly PriceLevel[]): void {
    this.#isTouched = true;
    const [before, edge] = [this.#edge, edgeOf(side, this.#depth)];
    for (const level of levels) {
      const price = priceOf(level);
      const value = side.valueOf(price);
      if (value <= edge && !isZero(sizeOf(level))) this.#levels.set(price, this.#encode(level));
      else if (value <= before || this.#levels.has(price)) this.#levels.set(price, undefined);
    }
    if (before !== edge) this.#move(side, before);
    this.#edge = edge;
  }

  /** Forgets everything that was noted. */
  restart(side: BookSide): void {
    this.#levels.clear();
    this.#edge = edgeOf(side, this.#depth);
    this.#isTouched = true;
  }

  clear(): void {
    this.#levels.clear();
    this.#isTouched = false;
  }

  /** Returns the change of the hash; what was noted is done with. */
  take(side: BookSide, whole: boolean, said: string[]): Omit<HashChange, "key"> {
    const remove: string[] = [];
    const set = said.slice();
    if (whole) {
      for (const level of side.levels(0, this.#depth)) set.push(priceOf(level), this.#encode(level));
    } else {
      for (const [price, value] of this.#levels) {
        if (value === undefined) remove.push(price);
        else set.push(price, value);
      }
    }
    this.clear();
    return { clear: whole, set, remove };
  }

  /** Returns whether a hash does not have exactly the levels of a side, beside what is said of it. */
  differs(side: BookSide, hash: Readonly<Record<string, string>>): boolean {
    const levels = side.levels(0, this.#depth);
    return Object.keys(hash).length !== levels.length + SAID ||
      levels.some((level) => hash[priceOf(level)] !== this.#encode(level));
  }

  /** Levels have moved into the part that is kept, or out of it. */
  #move(side: BookSide, before: number): void {
    const was = before === Infinity ? side.length : side.countUpTo(before);
    const end = Math.min(this.#depth, side.length);
    for (const level of side.levels(was, end)) this.#levels.set(priceOf(level), this.#encode(level));
    for (const level of side.levels(end, was)) this.#levels.set(priceOf(level), undefined);
  }
}

/** Returns the last price among the best levels, as a number; infinite where there are no more. */
function edgeOf(side: BookSide, count: number): number {
  return side.length > count ? side.valueAt(count - 1) : Infinity;
}
