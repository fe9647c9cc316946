/**
 * Spreads: two instruments traded against each other at the difference of their prices, which may be zero or less. Each has a
 * book, trades and candles of its own.
 */
import { SimulatedBook } from "./book.ts";
import type { Level } from "./book.ts";
import type { Candle } from "./candles.ts";
import { CandleSeries } from "./candles.ts";
import type { Grid } from "./decimal.ts";
import { parseGrid } from "./decimal.ts";
import type { Listing } from "./listing.ts";
import { createRandom, integerBelow, latticeValue, seedOf } from "./random.ts";

export type SpreadTrade = {
  readonly tradeId: string;
  readonly side: "buy" | "sell";
  readonly px: number;
  readonly lots: number;
  readonly timeMs: number;
};

/** Sold and bought. */
const SPREADS: readonly (readonly [sold: string, bought: string, size: string])[] = [
  ["BTC-USDT", "BTC-USDT-SWAP", "0.001"],
  ["ETH-USDT", "ETH-USDT-SWAP", "0.01"],
];
/** A book only knows prices above zero: its ticks are so many above those of the spread. */
const SHIFT = 1_000_000;
/** The size of the exchange's numbers, far above what a double can represent exactly. */
const FIRST_SEQ_ID = 1_724_294_007_352_168_320n;
const FIRST_TRADE_ID = 2_499_206_329_160_695_808n;
const KEPT_TRADES = 200;
const MINUTE = 60_000;

export function createSpreads(
  listings: ReadonlyMap<string, Listing>,
  options: { readonly seed: number; readonly startMs: number },
): Map<string, Spread> {
  return new Map(SPREADS.map(([sold, bought, size]) => {
    const spread = new Spread([listings.get(sold)!, listings.get(bought)!], parseGrid(size), options);
    return [spread.sprdId, spread];
  }));
}

export class Spread {
  readonly sprdId: string;
  readonly legs: readonly [sold: Listing, bought: Listing];
  readonly price: Grid;
  readonly size: Grid;
  readonly candles: CandleSeries;
  readonly startMs: number;
  /** Grows with every change of the ticker row. */
  version = 0;
  changedMs: number;
  #trades: SpreadTrade[] = [];
  #traded = 0n;
  readonly #book: SimulatedBook;
  readonly #seed: number;

  constructor(
    legs: Spread["legs"],
    size: Grid,
    options: { readonly seed: number; readonly startMs: number },
  ) {
    const [sold, bought] = legs.map(({ instrument }) => instrument.instId);
    this.sprdId = `${sold}_${bought}`;
    this.#seed = seedOf(this.sprdId, options.seed);
    const random = createRandom(this.#seed);
    this.legs = legs;
    this.price = legs[1].instrument.price;
    this.size = size;
    this.startMs = this.changedMs = options.startMs;
    this.#book = new SimulatedBook({
      fair: this.#fair(options.startMs) + SHIFT,
      seqId: 1 + integerBelow(random, 1000),
      usualLots: 500,
      spacing: 3,
      random,
    });
    this.candles = new CandleSeries(options.startMs, (openMs) => this.#historyMinute(openMs));
    for (let back = 3; back > 0; back--) {
      this.#record("buy", Math.round(this.#fair(options.startMs)), 5, options.startMs);
    }
  }

  step(nowMs: number): void {
    const before = this.#book.seqId;
    this.candles.roll(nowMs);
    for (const { side, px, parts } of this.#book.step(this.#fair(nowMs) + SHIFT)) {
      const lots = parts.reduce((sum, part) => sum + part, 0);
      this.#record(side, px - SHIFT, lots, nowMs);
      this.candles.add({ timeMs: nowMs, px: px - SHIFT, lots, volCcy: 0, volCcyQuote: 0 });
    }
    if (this.#book.seqId === before) return;
    this.version++;
    this.changedMs = nowMs;
  }

  /** Changes with every change of the book; a number that no double can hold. */
  get seqId(): bigint {
    return FIRST_SEQ_ID + BigInt(this.#book.seqId);
  }

  get bids(): readonly Level[] {
    return this.#book.bids;
  }

  get asks(): readonly Level[] {
    return this.#book.asks;
  }

  /** Returns a level's price in ticks of the spread. */
  ticksOf({ px }: Level): number {
    return px - SHIFT;
  }

  /** Oldest first. */
  get trades(): readonly SpreadTrade[] {
    return this.#trades;
  }

  get tradeCount(): bigint {
    return this.#traded;
  }

  /** Lets the sequence numbers begin again. */
  reset(): void {
    this.#book.seqId = 1;
  }

  #record(side: "buy" | "sell", px: number, lots: number, timeMs: number): void {
    const tradeId = String(FIRST_TRADE_ID + this.#traded++);
    this.#trades = [...this.#trades, { tradeId, side, px, lots, timeMs }].slice(-KEPT_TRADES);
  }

  /** Returns the difference of the two marks in ticks, with some noise: not whole. */
  #fair(timeMs: number): number {
    const [sold, bought] = this.legs.map((leg) => leg.fairTicks(timeMs) * leg.instrument.price.size);
    const noise = latticeValue(this.#seed, 7, Math.floor(timeMs / 500)) * 3;
    return (bought! - sold!) / this.price.size + noise;
  }

  #historyMinute(openMs: number): Candle {
    const open = Math.round(this.#fair(openMs));
    const close = Math.round(this.#fair(openMs + MINUTE));
    const wick = 1 + Math.abs(Math.round(3 * latticeValue(this.#seed, 8, openMs / MINUTE)));
    const lots = 50 + Math.round(40 * latticeValue(this.#seed, 9, openMs / MINUTE));
    const [high, low] = [Math.max(open, close) + wick, Math.min(open, close) - wick];
    return { openMs, open, high, low, close, lots, volCcy: 0, volCcyQuote: 0 };
  }
}
