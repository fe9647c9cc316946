/**
 * Where a series of bars stands: which are final, and which came last. A bar that is final stays as it is; one that a later
 * bar has overtaken without being final, or that never came, is missing.
 */
import { type BarGrid, barGrid } from "../../okx/bar_grid.ts";
import { includes, missingOf, type Range, withoutRange, withRange } from "./ranges.ts";
import type { TradeStep } from "./trade_series.ts";

/** Ranges of final bars remembered. */
const MAX_RANGES = 64;

const UNNUMBERED: TradeStep = { kind: "unnumbered" };
const REPEATED: TradeStep = { kind: "repeated", fetched: false };

/** No number: the bar is still forming. */
const NONE: Range = [1, 0];

/** A bar as Redis has it: when it opened (Unix ms), and whether it is final; undefined: it does not say. */
export type KnownBar = { readonly openedAt: number; readonly final: boolean | undefined };

/** The bars of one series that were received, and those that are missing. Bars are numbered by their grid. */
export class BarSeries {
  readonly #bar: string;
  #grid: BarGrid | undefined;
  /** The bar that is under way, as far as was pushed; undefined: none yet. */
  last: number | undefined;
  #finals: Range[] = [];
  /** The bar that was under way when it began to be received, of which nothing need have been pushed. */
  #start: number | undefined;

  /** `bar` as in the name of the channel, `1m`. */
  constructor(bar: string) {
    this.#bar = bar;
    this.#grid = barGrid(bar);
  }

  /** Where its bars open; undefined while that is not known. */
  get grid(): BarGrid | undefined {
    return this.#grid;
  }

  /** Begins to be received; `now` is the exchange's time. */
  begin(now: number): void {
    this.#start ??= this.#grid?.at(now);
  }

  /** The first bar that need not be final yet: the one that came last, else the one with which it began. */
  get from(): number | undefined {
    return this.last ?? this.#start;
  }

  /** The bars that are final. */
  get received(): readonly Range[] {
    return this.#finals;
  }

  /** Returns the bar that opens at a time in Unix milliseconds; undefined: none does. */
  numberOf(openedAt: number): number | undefined {
    if (!Number.isSafeInteger(openedAt) || openedAt <= 0) return undefined;
    this.#grid ??= barGrid(this.#bar, openedAt);
    return this.#grid?.indexOf(openedAt);
  }

  /** Returns when a bar opens, in Unix milliseconds. */
  nameOf(index: number): number {
    return this.#grid?.openedAtOf(index) ?? 0;
  }

  /** Takes a pushed row. */
  onRow(row: unknown): TradeStep {
    if (!Array.isArray(row)) return UNNUMBERED;
    const flag = row.at(-1);
    const index = this.numberOf(Number(row[0]));
    if (index === undefined || (flag !== "0" && flag !== "1")) return UNNUMBERED;
    if (includes(this.#finals, index)) return REPEATED;
    const { last, from } = this;
    const missing = from === undefined ? [] : missingOf([from, index - 1], this.#finals);
    // An older bar that becomes final says nothing about where the series is; one that goes on forming does.
    if (last === undefined || index > last || flag === "0") this.last = index;
    if (flag === "1") this.onFetched(index);
    return {
      kind: "new",
      span: flag === "1" ? [index, index] : NONE,
      missing,
      restarted: false,
      later: false,
    };
  }

  /** Takes a fetched bar, which is final. */
  onFetched(index: number): void {
    this.#finals = withRange(this.#finals, [index, index]);
    if (this.#finals.length > MAX_RANGES) this.#finals.shift();
  }

  /** Bars that an earlier process received, oldest first. Returns the first that it did not; undefined: it received none. */
  resumeFrom(bars: readonly KnownBar[]): number | undefined {
    let last: number | undefined;
    let unfinished = Infinity;
    for (const [i, { openedAt, final }] of bars.entries()) {
      const index = this.numberOf(openedAt);
      if (index === undefined) continue;
      last = Math.max(last ?? index, index);
      // Legacy rows have no flag: all but the newest were final.
      if (final ?? i < bars.length - 1) this.onFetched(index);
      else unfinished = Math.min(unfinished, index);
    }
    if (last === undefined) return undefined;
    this.last ??= last;
    return Math.min(unfinished, last + 1);
  }

  /** Returns the final ones among the newest bars. */
  newest(most: number): number[] {
    const { last } = this;
    if (last === undefined) return [];
    return this.#finals.flatMap(([first, end]) => {
      const start = Math.max(first, last - most + 1);
      return Array.from({ length: Math.max(0, end - start + 1) }, (_, i) => start + i);
    });
  }

  /** Bars that were final and are nowhere any more. */
  markLost(bars: readonly number[]): void {
    for (const index of bars) this.#finals = withoutRange(this.#finals, [index, index]);
  }

  /** Returns what is missing from now on, when nothing is received any more; `now` is the exchange's time. */
  rest(now: number): Range[] | undefined {
    const first = this.from ?? this.#grid?.at(now);
    return first === undefined ? undefined : missingOf([first, Infinity], this.#finals);
  }

  /** Ends the subscription: what comes next need not follow. */
  pause(): void {
    this.last = undefined;
    this.#start = undefined;
    this.#finals = [];
  }

  /** Returns the last bar that is over at this time. */
  lastClosed(now: number): number | undefined {
    return this.#grid === undefined ? undefined : this.#grid.at(now) - 1;
  }
}
