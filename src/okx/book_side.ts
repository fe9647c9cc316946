/**
 * One side of an order book: prices as numbers in a typed array, beside them each level as JSON text. A level is found
 * by a binary search over the numbers; of texts only that of a level which changes is read.
 */
import { compareDecimals, isZero } from "./decimal.ts";
import type { PriceLevel } from "./frame.ts";

/** Bids are best when they are high, asks when they are low. */
export type SideName = "bids" | "asks";

/** Levels that there is room for at first. */
const ROOM = 16;

/** The levels of one side, best first. */
export class BookSide {
  readonly name: SideName;
  /** Prices, of bids negated: ascending. */
  #prices: Float64Array;
  #texts: string[] = [];
  #respelled = 0;

  constructor(name: SideName, room: number = ROOM) {
    this.name = name;
    this.#prices = new Float64Array(Math.max(ROOM, room));
  }

  /**
   * Returns the side of a snapshot, in whatever order; undefined where a price is there twice, so that neither can be
   * believed.
   */
  static of(name: SideName, levels: readonly PriceLevel[]): BookSide | undefined {
    const sign = name === "bids" ? -1 : 1;
    const sorted = levels.filter((level) => !isZero(sizeOf(level)))
      .map((level) => ({ level, value: sign * Number(priceOf(level)) }))
      .sort((a, b) => a.value - b.value || sign * compareDecimals(priceOf(a.level), priceOf(b.level)));
    const side = new BookSide(name, sorted.length);
    for (const [i, { level, value }] of sorted.entries()) {
      const before = sorted[i - 1];
      if (before?.value === value && compareDecimals(priceOf(before.level), priceOf(level)) === 0) {
        return undefined;
      }
      side.#prices[i] = value;
      side.#texts.push(JSON.stringify(level));
    }
    return side;
  }

  get length(): number {
    return this.#texts.length;
  }

  /** How often a price was changed or removed under another spelling, such as 1.0 for 1.00. */
  get respelled(): number {
    return this.#respelled;
  }

  /** Puts a level in place of that of its price; without a size it is removed. */
  put(level: PriceLevel): void {
    const price = priceOf(level);
    const value = this.valueOf(price);
    const first = this.#lower(value);
    if (first < this.length && isPriceOf(this.#texts[first] as string, price)) {
      // Nearly always: a price that is there, under the same spelling.
      if (isZero(sizeOf(level))) this.#remove(first);
      else this.#texts[first] = JSON.stringify(level);
      return;
    }
    const at = this.#find(first, value, price);
    const isThere = at < this.length && this.#prices[at] === value &&
      compareDecimals(this.#priceAt(at), price) === 0;
    if (isThere && this.#priceAt(at) !== price) this.#respelled += 1;
    if (isZero(sizeOf(level))) {
      if (isThere) this.#remove(at);
    } else if (isThere) this.#texts[at] = JSON.stringify(level);
    else this.#insert(at, value, JSON.stringify(level));
  }

  /** Returns the price of a level as a number that is the smaller the better it is. */
  valueOf(price: string): number {
    return this.name === "bids" ? -Number(price) : Number(price);
  }

  /** Returns what {@link valueOf} does, of the level at an index; infinite where there is none. */
  valueAt(at: number): number {
    return at < this.length ? this.#prices[at] as number : Infinity;
  }

  /** Returns how many levels are at this price, by its number, or better. */
  countUpTo(value: number): number {
    let at = this.#lower(value);
    while (at < this.length && this.#prices[at] === value) at++;
    return at;
  }

  /** Returns the level at an index; undefined where there is none. */
  at(at: number): PriceLevel | undefined {
    const text = this.#texts[at];
    return text === undefined ? undefined : JSON.parse(text);
  }

  /** Returns the levels from one index up to another. */
  levels(from = 0, to: number = this.length): PriceLevel[] {
    return this.#texts.slice(from, to).map((text): PriceLevel => JSON.parse(text));
  }

  /** Returns the best level as its JSON text; empty where there is none. */
  bestText(): string {
    return this.#texts[0] ?? "";
  }

  /** Returns the best levels as the text of a JSON list. */
  json(count: number): string {
    const texts = count < this.length ? this.#texts.slice(0, count) : this.#texts;
    return `[${texts.join(",")}]`;
  }

  /** Returns what it is now, whatever becomes of it. */
  copy(): BookSide {
    const side = new BookSide(this.name, this.length);
    side.#prices.set(this.#prices.subarray(0, this.length));
    side.#texts = [...this.#texts];
    side.#respelled = this.#respelled;
    return side;
  }

  /** Returns the index of a price, from the first one of its number on. */
  #find(first: number, value: number, price: string): number {
    let at = first;
    // Prices of more digits than a number holds may be equal as numbers.
    const sign = this.name === "bids" ? -1 : 1;
    while (
      at < this.length && this.#prices[at] === value && sign * compareDecimals(this.#priceAt(at), price) < 0
    ) at++;
    return at;
  }

  #lower(value: number): number {
    let low = 0;
    let high = this.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#prices[middle] as number < value) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #priceAt(at: number): string {
    return priceIn(this.#texts[at] as string);
  }

  #insert(at: number, value: number, text: string): void {
    const { length } = this;
    if (length === this.#prices.length) {
      const wider = new Float64Array(Math.ceil(length * 1.5));
      wider.set(this.#prices);
      this.#prices = wider;
    }
    this.#prices.copyWithin(at + 1, at, length);
    this.#prices[at] = value;
    this.#texts.splice(at, 0, text);
  }

  #remove(at: number): void {
    this.#prices.copyWithin(at, at + 1, this.length);
    this.#texts.splice(at, 1);
  }
}

/** Returns whether the JSON text of a level begins with a price in just this spelling. */
function isPriceOf(text: string, price: string): boolean {
  return text.charCodeAt(2 + price.length) === QUOTE && text.startsWith(price, 2);
}

const QUOTE = 0x22;

/** Returns the price in the JSON text of a level, which begins with it; a price has no character that is escaped. */
function priceIn(text: string): string {
  return text.slice(2, text.indexOf('"', 2));
}

/** Returns the price of a level, as text. */
export function priceOf(level: PriceLevel): string {
  return level[0] as string;
}

/** Returns the size of a level, as text. */
export function sizeOf(level: PriceLevel): string {
  return level[1] as string;
}
