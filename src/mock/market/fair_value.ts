/**
 * The fair price of every instrument and index, in dollars of the simulated world: assets walk, swaps and
 * futures stand a little beside their index, options follow from it.
 */
import type { Instrument } from "./instruments.ts";
import { LEVELS } from "./instruments.ts";
import type { OptionValue, Walk } from "./fair_price.ts";
import { createWalk, valueOption } from "./fair_price.ts";
import { latticeValue, seedOf } from "./random.ts";

export const OPTION_VOLATILITY = 0.52;

const YEAR = 365 * 86_400_000;
/** What a year's distance to expiry adds to a future's price. */
const CARRY = 0.06;

export type FairValues = {
  index(indexId: string, timeMs: number): number;
  /** Returns the fair price in the instrument's own quote. */
  price(instrument: Instrument, timeMs: number): number;
  option(instrument: Instrument, timeMs: number): OptionValue;
};

export function createFairValues(seed: number): FairValues {
  const walks = new Map<string, Walk>();
  const dollars = (asset: string, timeMs: number): number => {
    const level = LEVELS[asset] ?? 1;
    if (asset.startsWith("USD")) return level;
    let walk = walks.get(asset);
    if (walk === undefined) walks.set(asset, walk = createWalk(seedOf(asset, seed)));
    return level * walk(timeMs);
  };
  const index = (indexId: string, timeMs: number): number => {
    const dash = indexId.indexOf("-");
    return dollars(indexId.slice(0, dash), timeMs) / dollars(indexId.slice(dash + 1), timeMs);
  };
  const option = (instrument: Instrument, timeMs: number): OptionValue => {
    const years = ((instrument.expiryMs ?? timeMs) - timeMs) / YEAR;
    return valueOption({
      call: instrument.call,
      strike: instrument.strike ?? 1,
      forward: index(instrument.indexId, timeMs) * (1 + CARRY * Math.max(years, 0)),
      years,
      volatility: OPTION_VOLATILITY,
    });
  };
  const price = (instrument: Instrument, timeMs: number): number => {
    if (instrument.strike !== undefined) return option(instrument, timeMs).price;
    const spot = index(instrument.indexId, timeMs);
    if (instrument.instType === "SPOT") return spot;
    if (instrument.expiryMs !== undefined) {
      return spot * (1 + CARRY * Math.max(instrument.expiryMs - timeMs, 0) / YEAR);
    }
    return spot * (1 + fundingRate(instrument, seed, timeMs));
  };
  return { index, option, price };
}

/** Returns the funding rate of a swap for the eight hours that hold `timeMs`. */
export function fundingRate(instrument: Instrument, seed: number, timeMs: number): number {
  const period = Math.floor(timeMs / FUNDING_PERIOD_MS);
  return 0.0001 + 0.0002 * latticeValue(seedOf(instrument.instId, seed), 97, period);
}

export const FUNDING_PERIOD_MS = 8 * 3_600_000;
