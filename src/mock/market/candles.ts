/**
 * The candles of one instrument: minutes before the start come from a history function, minutes since from the
 * trades, and every longer bar is put together from them. Volumes are whole lots, so a bar equals its trades.
 */
import type { Bar } from "./bars.ts";
import { barEnd } from "./bars.ts";

/** One bar: prices in ticks, volume in lots, the two amounts in their currencies. */
export type Candle = {
  openMs: number;
  open: number;
  high: number;
  low: number;
  close: number;
  lots: number;
  volCcy: number;
  volCcyQuote: number;
};

/** One fill as the candles see it. */
export type CandleFill = { timeMs: number; px: number; lots: number; volCcy: number; volCcyQuote: number };

const MINUTE = 60_000;
const HOUR = 3_600_000;
const KEPT_SECONDS = 3600;

/** How far candles reach back from the start. */
const HISTORY_MS = 120 * 24 * HOUR;

export class CandleSeries {
  /** Grows with every change, so that a reader can see whether there is anything new. */
  version = 0;
  readonly firstMs: number;
  readonly #history: (openMs: number) => Candle;
  readonly #startMs: number;
  readonly #minutes: Candle[];
  readonly #seconds: Candle[] = [];
  readonly #hours = new Map<number, Candle>();
  #last: number;

  /** `history` gives the minute bar that opens at a time before the start. */
  constructor(startMs: number, history: (openMs: number) => Candle) {
    this.#history = history;
    this.#startMs = floorTo(startMs, MINUTE);
    this.firstMs = floorTo(startMs - HISTORY_MS, HOUR);
    this.#last = history(this.#startMs - MINUTE).close;
    this.#minutes = [flat(this.#startMs, this.#last)];
    this.#seconds.push(flat(floorTo(startMs, 1000), this.#last));
  }

  /** The last price, in ticks. */
  get last(): number {
    return this.#last;
  }

  /** Opens the bars up to `nowMs`; those without a trade stay at the last close with no volume. */
  roll(nowMs: number): void {
    rollTo(this.#minutes, floorTo(nowMs, MINUTE), MINUTE, this.#last);
    const second = floorTo(nowMs, 1000);
    if (second - this.#seconds.at(-1)!.openMs > KEPT_SECONDS * 1000) {
      this.#seconds.length = 0;
      this.#seconds.push(flat(second, this.#last));
    }
    rollTo(this.#seconds, second, 1000, this.#last);
    if (this.#seconds.length > 2 * KEPT_SECONDS) this.#seconds.splice(0, KEPT_SECONDS);
  }

  add(fill: CandleFill): void {
    this.roll(fill.timeMs);
    take(this.#minutes.at(-1)!, fill);
    take(this.#seconds.at(-1)!, fill);
    this.#last = fill.px;
    this.version++;
  }

  /** Returns the bar that opens at `openMs`, as far as it has come at `nowMs`; none where history does not reach. */
  bar(bar: Bar, openMs: number, nowMs: number): Candle | undefined {
    if (bar.name === "1s") return this.#second(openMs);
    return this.range(openMs, barEnd(bar, openMs), nowMs);
  }

  /** Returns the minutes of any span as one bar. */
  range(openMs: number, untilMs: number, nowMs: number): Candle | undefined {
    const endMs = Math.min(untilMs, floorTo(nowMs, MINUTE) + MINUTE);
    if (openMs < this.firstMs || openMs >= endMs) return undefined;
    let result: Candle | undefined;
    for (let at = openMs; at < endMs;) {
      const wholeHour = at % HOUR === 0 && at + HOUR <= endMs && at + HOUR <= nowMs;
      const part = wholeHour ? this.#hour(at) : this.#minute(at);
      if (part !== undefined) result = result === undefined ? { ...part } : join(result, part);
      at += wholeHour ? HOUR : MINUTE;
    }
    return result;
  }

  #second(openMs: number): Candle | undefined {
    const first = this.#seconds[0]!.openMs;
    return this.#seconds[(openMs - first) / 1000];
  }

  #hour(openMs: number): Candle {
    const known = this.#hours.get(openMs);
    if (known !== undefined) return known;
    let hour: Candle | undefined;
    for (let at = openMs; at < openMs + HOUR; at += MINUTE) {
      const minute = this.#minute(at) ?? flat(at, this.#last);
      hour = hour === undefined ? { ...minute } : join(hour, minute);
    }
    // An hour that the series has not rolled past may still change, so it is not kept.
    if (this.#minutes.at(-1)!.openMs >= openMs + HOUR) this.#hours.set(openMs, hour!);
    return hour!;
  }

  #minute(openMs: number): Candle | undefined {
    if (openMs < this.#startMs) return this.#history(openMs);
    return this.#minutes[(openMs - this.#startMs) / MINUTE];
  }
}

function rollTo(bars: Candle[], openMs: number, lengthMs: number, last: number): void {
  for (let at = bars.at(-1)!.openMs + lengthMs; at <= openMs; at += lengthMs) bars.push(flat(at, last));
}

function flat(openMs: number, px: number): Candle {
  return { openMs, open: px, high: px, low: px, close: px, lots: 0, volCcy: 0, volCcyQuote: 0 };
}

function take(candle: Candle, fill: CandleFill): void {
  if (candle.lots === 0 && fill.lots > 0) {
    // The official rule: a bar opens with its first trade; only a bar without one repeats the last close.
    candle.open = candle.high = candle.low = fill.px;
  }
  candle.high = Math.max(candle.high, fill.px);
  candle.low = Math.min(candle.low, fill.px);
  candle.close = fill.px;
  candle.lots += fill.lots;
  candle.volCcy += fill.volCcy;
  candle.volCcyQuote += fill.volCcyQuote;
}

/** Parts without a trade only repeat a close, so they say nothing about the whole. */
function join(left: Candle, right: Candle): Candle {
  if (right.lots === 0) return left;
  if (left.lots === 0) return { ...right, openMs: left.openMs };
  left.high = Math.max(left.high, right.high);
  left.low = Math.min(left.low, right.low);
  left.close = right.close;
  left.lots += right.lots;
  left.volCcy += right.volCcy;
  left.volCcyQuote += right.volCcyQuote;
  return left;
}

function floorTo(timeMs: number, lengthMs: number): number {
  return Math.floor(timeMs / lengthMs) * lengthMs;
}
