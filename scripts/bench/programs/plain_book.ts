/** An order book as one would write it in a page: each side a sorted list, levels found by a search over their prices. */

/** Price, size, and what else the exchange sends with them. */
export type Level = readonly string[];

export class PlainBook {
  readonly #bids: Level[] = [];
  readonly #asks: Level[] = [];

  clear(): void {
    this.#bids.length = 0;
    this.#asks.length = 0;
  }

  apply({ bids, asks }: { readonly bids: readonly Level[]; readonly asks: readonly Level[] }): void {
    for (const level of bids) put(this.#bids, level, -1);
    for (const level of asks) put(this.#asks, level, 1);
  }

  /** The best levels of each side. */
  top(count: number): { bids: Level[]; asks: Level[] } {
    return { bids: this.#bids.slice(0, count), asks: this.#asks.slice(0, count) };
  }
}

function put(side: Level[], level: Level, sign: 1 | -1): void {
  const price = Number(level[0]) * sign;
  let low = 0;
  let high = side.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (Number(side[middle]?.[0]) * sign < price) low = middle + 1;
    else high = middle;
  }
  const found = side[low]?.[0] === level[0] ? 1 : 0;
  if (Number(level[1]) === 0) side.splice(low, found);
  else side.splice(low, found, level);
}
