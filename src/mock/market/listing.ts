/**
 * One instrument at work: its book, its trades with their ids, its candles and the figures of its last 24
 * hours. Everything follows from the seed and the times at which it was stepped.
 */
import { SimulatedBook } from "./book.ts";
import type { Candle } from "./candles.ts";
import { CandleSeries } from "./candles.ts";
import type { Instrument } from "./instruments.ts";
import type { FairValues } from "./fair_value.ts";
import { Tape } from "./tape.ts";

import { createRandom, integerBelow, latticeValue, seedOf } from "./random.ts";

/** A taker order's match at one price. Its fills have the ids `lastId - parts.length + 1` to `lastId`. */
export type Trade = {
  readonly lastId: number;
  readonly parts: readonly number[];
  readonly side: "buy" | "sell";
  readonly px: number;
  readonly timeMs: number;
  readonly seqId: number;
};

/** The figures of a ticker that look back: prices in ticks. */
export type DayFigures = {
  open: number;
  high: number;
  low: number;
  lots: number;
  volCcy: number;
  openUtc0: number;
  openUtc8: number;
};

const KEPT_TRADES = 500;
/** Where somebody listens, history reaches further: an hour of a busy market. */
const KEPT_TRADES_HEARD = 20_000;
const MINUTE = 60_000;
const DAY = 86_400_000;
const UTC8 = 8 * 3_600_000;

export class Listing {
  readonly instrument: Instrument;
  readonly book: SimulatedBook;
  readonly candles: CandleSeries;
  /** Grows whenever the ticker row changes. */
  tickerVersion = 0;
  lastLots: number;
  tickerMs: number;
  bookMs: number;
  readonly #fair: FairValues;
  readonly #seed: number;
  readonly #startMs: number;
  #trades: Trade[] = [];
  #hasOlder = false;
  #lastId: number;
  #stepMs = NaN;
  #markCandles: CandleSeries | undefined;
  #tape: Tape | undefined;
  #day: { minute: number; figures: DayFigures } | undefined;

  constructor(instrument: Instrument, fair: FairValues, options: { seed: number; startMs: number }) {
    const { startMs } = options;
    const seed = seedOf(instrument.instId, options.seed);
    const random = createRandom(seed);
    this.instrument = instrument;
    this.#fair = fair;
    this.#seed = seed;
    this.#startMs = startMs;
    this.#lastId = 100_000_000 + integerBelow(random, 900_000_000);
    this.lastLots = 1 + integerBelow(random, instrument.usualLots);
    this.tickerMs = this.bookMs = startMs;
    this.candles = new CandleSeries(startMs, (openMs) => this.#historyMinute(openMs));
    this.book = new SimulatedBook({
      fair: this.fairTicks(startMs),
      // The size of the numbers that the exchange sent in 2026.
      seqId: 100_000_000_000 + integerBelow(random, 200_000_000_000),
      usualLots: instrument.usualLots,
      spacing: instrument.strike === undefined ? 5 : 2,
      random,
    });
  }

  step(nowMs: number): void {
    this.#stepMs = nowMs;
    const { book, candles } = this;
    const seqBefore = book.seqId;
    const bidBefore = book.bids[0];
    const askBefore = book.asks[0];
    const matches = book.step(this.fairTicks(nowMs));
    candles.roll(nowMs);
    for (const { side, px, parts } of matches) {
      this.#lastId += parts.length;
      const trade = { lastId: this.#lastId, parts, side, px, timeMs: nowMs, seqId: book.seqId };
      this.#trades.push(trade);
      this.#tape?.add(this.#lastId, parts.length, nowMs);
      for (const lots of parts) candles.add({ timeMs: nowMs, px, lots, ...this.amounts(px, lots) });
      this.lastLots = parts.at(-1)!;
      if (this.#day !== undefined) this.#countIn(this.#day.figures, trade);
    }
    const kept = this.#tape === undefined ? KEPT_TRADES : KEPT_TRADES_HEARD;
    if (this.#trades.length > 2 * kept) this.#trades = this.#trades.slice(-kept);
    if (book.seqId !== seqBefore) this.bookMs = nowMs;
    if (matches.length > 0 || book.bids[0] !== bidBefore || book.asks[0] !== askBefore) {
      this.tickerVersion++;
      this.tickerMs = nowMs;
    }
    this.#markCandles?.add({ timeMs: nowMs, px: this.markTicks(nowMs), lots: 1, volCcy: 0, volCcyQuote: 0 });
  }

  /** Opens the bars up to `nowMs`, for a listing that was not stepped. */
  roll(nowMs: number): void {
    if (nowMs === this.#stepMs) return;
    this.candles.roll(nowMs);
    this.#markCandles?.roll(nowMs);
  }

  /** Returns the fair price in ticks, not whole. */
  fairTicks(timeMs: number): number {
    return Math.max(this.#fair.price(this.instrument, timeMs) / this.instrument.price.size, 0.3);
  }

  markTicks(timeMs: number): number {
    return Math.max(1, Math.round(this.fairTicks(timeMs)));
  }

  get lastTradeId(): number {
    return this.#lastId;
  }

  /** Every trade since {@link keepTape}; none before. */
  get tape(): Tape | undefined {
    return this.#tape;
  }

  /** From now on every trade is remembered. */
  keepTape(): void {
    this.#tape ??= new Tape(this.#lastId);
  }

  /** Trades later than the fill with this id, oldest first. */
  tradesAfter(tradeId: number): Trade[] {
    let from = this.#trades.length;
    while (from > 0 && this.#trades[from - 1]!.lastId > tradeId) from--;
    return this.#trades.slice(from);
  }

  /** Returns the last 500 trades, oldest first, with made-up ones from before the start as far as they are needed. */
  recentTrades(): readonly Trade[] {
    if (!this.#hasOlder) {
      this.#hasOlder = true;
      if (this.#trades.length < KEPT_TRADES) this.#trades = [...this.#olderTrades(), ...this.#trades];
    }
    return this.#trades.slice(-KEPT_TRADES);
  }

  /** Returns all trades that are kept, newest first; at least those of {@link recentTrades}. */
  *tradesBack(): Iterable<Trade> {
    this.recentTrades();
    for (let index = this.#trades.length - 1; index >= 0; index--) yield this.#trades[index]!;
  }

  /** Returns what a fill adds to the second and third volume of a candle. */
  amounts(px: number, lots: number): { volCcy: number; volCcyQuote: number } {
    const { price, lot, contractValue, inverse, strike } = this.instrument;
    const value = px * price.size;
    const size = lots * lot.size;
    if (contractValue === 0) return { volCcy: size * value, volCcyQuote: size * value };
    if (inverse && strike === undefined) {
      return { volCcy: size * contractValue / value, volCcyQuote: size * contractValue };
    }
    return { volCcy: size * contractValue, volCcyQuote: size * contractValue * value };
  }

  dayFigures(nowMs: number): DayFigures {
    const minute = Math.floor(nowMs / MINUTE);
    if (this.#day?.minute === minute) return this.#day.figures;
    const { candles } = this;
    const from = (minute + 1) * MINUTE - DAY;
    const span = candles.range(from, nowMs + MINUTE, nowMs);
    const openAt = (timeMs: number) => candles.range(timeMs, timeMs + MINUTE, nowMs)?.open ?? candles.last;
    const figures = {
      open: span?.open ?? candles.last,
      high: span?.high ?? candles.last,
      low: span?.low ?? candles.last,
      lots: span?.lots ?? 0,
      volCcy: span?.volCcy ?? 0,
      openUtc0: openAt(Math.floor(nowMs / DAY) * DAY),
      openUtc8: openAt(Math.floor((nowMs + UTC8) / DAY) * DAY - UTC8),
    };
    this.#day = { minute, figures };
    return figures;
  }

  markCandles(): CandleSeries {
    return this.#markCandles ??= new CandleSeries(this.#startMs, (openMs) => ({
      ...this.#historyMinute(openMs),
      lots: 1,
    }));
  }

  #countIn(figures: DayFigures, trade: Trade): void {
    figures.high = Math.max(figures.high, trade.px);
    figures.low = Math.min(figures.low, trade.px);
    for (const lots of trade.parts) {
      figures.lots += lots;
      figures.volCcy += this.amounts(trade.px, lots).volCcy;
    }
  }

  #historyMinute(openMs: number): Candle {
    const open = this.markTicks(openMs);
    const close = this.markTicks(openMs + MINUTE);
    const minute = openMs / MINUTE;
    const wick = (octave: number) => 0.0004 * Math.abs(latticeValue(this.#seed, octave, minute));
    const lots = Math.ceil(this.instrument.usualLots * 30 * (1.02 + latticeValue(this.#seed, 43, minute)));
    return {
      openMs,
      open,
      high: Math.round(Math.max(open, close) * (1 + wick(41))),
      low: Math.max(1, Math.round(Math.min(open, close) * (1 - wick(42)))),
      close,
      lots,
      ...this.amounts((open + close) / 2, lots),
    };
  }

  #olderTrades(): Trade[] {
    const first = this.#trades[0];
    const random = createRandom(this.#seed ^ 0x5bd1e995);
    const older: Trade[] = [];
    let lastId = first === undefined ? this.#lastId : first.lastId - first.parts.length;
    let timeMs = this.#startMs;
    for (let count = 0; count < KEPT_TRADES; count++) {
      timeMs -= 100 + integerBelow(random, 2000);
      const lots = 1 + integerBelow(random, this.instrument.usualLots);
      const side = random() < 0.5 ? "buy" : "sell";
      older.push({ lastId, parts: [lots], side, px: this.markTicks(timeMs), timeMs, seqId: this.book.seqId });
      lastId--;
    }
    return older.reverse();
  }
}
