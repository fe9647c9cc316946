/**
 * One simulated order book: a deep ladder on both sides that follows a fair price. Every change gives it a
 * larger sequence number, and it is never crossed: bids stay below the fair price, asks above it.
 */
import type { Random } from "./random.ts";
import { integerBelow } from "./random.ts";

/** One price level: ticks, lots, number of orders. A changed level is a new object, so identity shows the change. */
export type Level = { readonly px: number; readonly lots: number; readonly orders: number };

/** A taker order that has been matched at one price; `parts` are the lots of its single fills. */
export type Match = { readonly side: "buy" | "sell"; readonly px: number; readonly parts: readonly number[] };

const BOOK_DEPTH = 400;

const MOST_SWEEPS = 4;

export class SimulatedBook {
  readonly bids: Level[] = [];
  readonly asks: Level[] = [];
  seqId: number;
  readonly #random: Random;
  readonly #usualLots: number;
  readonly #spacing: number;

  constructor(options: { fair: number; seqId: number; usualLots: number; spacing: number; random: Random }) {
    this.seqId = options.seqId;
    this.#random = options.random;
    this.#usualLots = options.usualLots;
    this.#spacing = options.spacing;
    this.#deepen(this.bids, -1, options.fair, BOOK_DEPTH);
    this.#deepen(this.asks, 1, options.fair, BOOK_DEPTH);
  }

  /** TraderActions the book to a new fair price (in ticks, not whole) and gives the trades that happened on the way. */
  step(fair: number): Match[] {
    const random = this.#random;
    const matches: Match[] = [];
    const before = this.seqId;
    let changed = this.#sweep(this.asks, 1, fair, matches);
    changed = this.#sweep(this.bids, -1, fair, matches) || changed;
    if (random() < 0.35) {
      const match = this.#hit(random() < 0.5 ? this.asks : this.bids);
      if (match !== undefined) matches.push(match);
      changed ||= match !== undefined;
    }
    changed = this.#fillGap(this.bids, -1, fair) || changed;
    changed = this.#fillGap(this.asks, 1, fair) || changed;
    for (const side of [this.bids, this.asks]) {
      if (random() < 0.6) changed = this.#resize(side) || changed;
    }
    changed = this.#deepen(this.bids, -1, fair, 3) || changed;
    changed = this.#deepen(this.asks, 1, fair, 3) || changed;
    if (changed) this.seqId = before + 1 + integerBelow(random, 9);
    return matches;
  }

  /** Takes the levels that the fair price has passed; a few trade, the rest are cancelled. */
  #sweep(side: Level[], sign: 1 | -1, fair: number, matches: Match[]): boolean {
    let count = 0;
    while (count < side.length && (side[count]!.px - fair) * sign <= 0) count++;
    if (count === 0) return false;
    for (const level of side.splice(0, count).slice(0, MOST_SWEEPS)) {
      matches.push({ side: sign === 1 ? "buy" : "sell", px: level.px, parts: this.#split(level.lots) });
    }
    return true;
  }

  /** Returns a taker order against the best level, most often for a part of it. */
  #hit(side: Level[]): Match | undefined {
    const best = side[0];
    if (best === undefined) return undefined;
    const wanted = 1 + Math.floor(this.#usualLots * this.#random() * this.#random() * 0.6);
    const lots = Math.min(wanted, best.lots);
    if (lots === best.lots) side.shift();
    else side[0] = { ...best, lots: best.lots - lots, orders: Math.max(1, best.orders - 1) };
    return { side: side === this.asks ? "buy" : "sell", px: best.px, parts: this.#split(lots) };
  }

  /** New orders between the fair price and the best one, when there is room. */
  #fillGap(side: Level[], sign: 1 | -1, fair: number): boolean {
    const edge = sign === 1 ? Math.floor(fair) + 1 : Math.ceil(fair) - 1;
    if (edge <= 0) return false;
    let changed = false;
    for (let tries = 0; tries < 3; tries++) {
      const best = side[0];
      const room = best === undefined ? this.#spacing : (best.px - edge) * sign;
      if (room <= 0 || (best !== undefined && room < this.#spacing && this.#random() < 0.7)) return changed;
      side.unshift(this.#level(edge + sign * integerBelow(this.#random, room)));
      changed = true;
    }
    return changed;
  }

  #resize(side: Level[]): boolean {
    if (side.length < 2) return false;
    const random = this.#random;
    // Squared, so that most of the life is near the best price.
    const index = Math.floor(side.length * random() ** 4);
    const level = side[index]!;
    if (random() < 0.15 && index > 0) side.splice(index, 1);
    else side[index] = this.#level(level.px);
    return true;
  }

  /** Adds at most `most` levels at the far end, or takes off what is beyond the published depth. */
  #deepen(side: Level[], sign: 1 | -1, fair: number, most: number): boolean {
    if (side.length > BOOK_DEPTH) {
      side.length = BOOK_DEPTH;
      return true;
    }
    let changed = false;
    for (let added = 0; added < most && side.length < BOOK_DEPTH; added++) {
      const from = side.at(-1)?.px ?? (sign === 1 ? Math.floor(fair) : Math.ceil(fair));
      const px = from + sign * (1 + integerBelow(this.#random, this.#spacing));
      if (px <= 0) break;
      side.push(this.#level(px));
      changed = true;
    }
    return changed;
  }

  #level(px: number): Level {
    const random = this.#random;
    const lots = 1 + Math.floor(this.#usualLots * random() * random() * 4);
    return { px, lots, orders: 1 + integerBelow(random, 12) };
  }

  #split(lots: number): number[] {
    const count = Math.min(lots, 1 + Math.floor(this.#random() ** 3 * 4));
    const parts: number[] = [];
    let rest = lots;
    for (let index = count; index > 1; index--) {
      const part = Math.max(1, Math.floor(rest / index * (0.5 + this.#random() / 2)));
      parts.push(part);
      rest -= part;
    }
    parts.push(rest);
    return parts;
  }
}

/**
 * Returns the levels of `now` that are new or different from `before`, in order, with those that have vanished as levels
 * of no lots: what an `update` has to say.
 */
export function diffSide(before: readonly Level[], now: readonly Level[], sign: 1 | -1): Level[] {
  const changes: Level[] = [];
  let left = 0;
  let right = 0;
  while (left < before.length || right < now.length) {
    const old = before[left];
    const level = now[right];
    if (old === level) {
      left++;
      right++;
      continue;
    }
    const order = old === undefined ? 1 : level === undefined ? -1 : (old.px - level.px) * sign;
    if (order < 0) {
      changes.push({ px: old!.px, lots: 0, orders: 0 });
      left++;
    } else {
      if (order > 0 || old!.lots !== level!.lots || old!.orders !== level!.orders) changes.push(level!);
      if (order === 0) left++;
      right++;
    }
  }
  return changes;
}
