/**
 * What an asset is worth at any moment, as a pure function of seed and time: noise of several periods laid
 * over each other. History needs no storage this way, and it meets the live market without a jump.
 */
import { latticeValue } from "./random.ts";

/** The factor by which a price differs from its long-term level at a time in epoch milliseconds. */
export type Walk = (timeMs: number) => number;

const OCTAVES: readonly { readonly periodMs: number; readonly amplitude: number }[] = [
  { periodMs: 432_000_000, amplitude: 0.06 },
  { periodMs: 86_400_000, amplitude: 0.025 },
  { periodMs: 14_400_000, amplitude: 0.009 },
  { periodMs: 3_600_000, amplitude: 0.004 },
  { periodMs: 720_000, amplitude: 0.0016 },
  { periodMs: 180_000, amplitude: 0.0007 },
  { periodMs: 40_000, amplitude: 0.00025 },
  { periodMs: 8_000, amplitude: 0.00009 },
  { periodMs: 1_500, amplitude: 0.00003 },
];

export function createWalk(seed: number): Walk {
  let lastMs = NaN;
  let lastFactor = 1;
  return (timeMs) => {
    if (timeMs === lastMs) return lastFactor;
    let sum = 0;
    for (let octave = 0; octave < OCTAVES.length; octave++) {
      const { periodMs, amplitude } = OCTAVES[octave]!;
      const place = timeMs / periodMs;
      const index = Math.floor(place);
      const part = place - index;
      const from = latticeValue(seed, octave, index);
      const to = latticeValue(seed, octave, index + 1);
      sum += amplitude * (from + (to - from) * part * part * (3 - 2 * part));
    }
    lastMs = timeMs;
    lastFactor = Math.exp(sum);
    return lastFactor;
  };
}

export type OptionTerms = {
  call: boolean;
  strike: number;
  forward: number;
  years: number;
  volatility: number;
};

export type OptionValue = {
  /** In units of the underlying coin, as inverse options are quoted. */
  price: number;
  delta: number;
  gamma: number;
  vega: number;
  theta: number;
};

/** Values an option by Black-Scholes on a forward without interest; greeks in dollars, price in coin. */
export function valueOption(terms: OptionTerms): OptionValue {
  const { call, strike, forward, volatility } = terms;
  const years = Math.max(terms.years, 1e-6);
  const spread = volatility * Math.sqrt(years);
  const d1 = Math.log(forward / strike) / spread + spread / 2;
  const d2 = d1 - spread;
  const density = Math.exp(-d1 * d1 / 2) / Math.sqrt(2 * Math.PI);
  const dollars = call
    ? forward * normal(d1) - strike * normal(d2)
    : strike * normal(-d2) - forward * normal(-d1);
  return {
    price: dollars / forward,
    delta: call ? normal(d1) : normal(d1) - 1,
    gamma: density / (forward * spread),
    vega: forward * density * Math.sqrt(years) / 100,
    theta: -forward * density * volatility / (2 * Math.sqrt(years)) / 365,
  };
}

/** Cumulative normal distribution (Abramowitz and Stegun 26.2.17). */
function normal(x: number): number {
  const t = 1 / (1 + 0.2316419 * Math.abs(x));
  const tail = t *
    (0.31938153 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))));
  const upper = Math.exp(-x * x / 2) / Math.sqrt(2 * Math.PI) * tail;
  return x >= 0 ? 1 - upper : upper;
}
