/**
 * The simulated market: all instruments under one seed and one clock that the caller turns. It is pure, so the
 * same seed and the same times give the same market, trade by trade.
 */
import { SimulatedTrader } from "../account/simulated_trader.ts";
import type { SimulatedTraderOptions } from "../account/simulated_trader.ts";
import type { Candle } from "./candles.ts";
import { CandleSeries } from "./candles.ts";
import { createFairValues } from "./fair_value.ts";
import type { FairValues } from "./fair_value.ts";
import type { Grid } from "./decimal.ts";
import { parseGrid } from "./decimal.ts";
import { MarketEvents } from "./events.ts";
import type { Instrument } from "./instruments.ts";
import { listIndexes, listInstruments } from "./instruments.ts";
import { Listing } from "./listing.ts";
import { createSpreads } from "./spread.ts";
import type { Spread } from "./spread.ts";
import { createRandom, integerBelow, latticeValue, seedOf } from "./random.ts";

/** An index: its price needs no trades. */
export type Index = {
  readonly indexId: string;
  readonly grid: Grid;
  ticks(timeMs: number): number;
  /** Kept from the first call on. */
  candles(): CandleSeries;
};

/** A forced sale, as the `liquidation-orders` channel has it. */
export type Liquidation = {
  readonly instrument: Instrument;
  readonly side: "buy" | "sell";
  readonly px: number;
  readonly lots: number;
  readonly timeMs: number;
};

export type Market = {
  readonly seed: number;
  readonly startMs: number;
  readonly nowMs: number;
  readonly fair: FairValues;
  readonly listings: ReadonlyMap<string, Listing>;
  readonly indexes: ReadonlyMap<string, Index>;
  readonly spreads: ReadonlyMap<string, Spread>;
  /** All so far, as far as they are kept, oldest first. */
  readonly liquidations: readonly Liquidation[];
  /** What happens besides trading. */
  readonly events: MarketEvents;
  /** The demo account and its trader. */
  readonly trader: SimulatedTrader;
  /** Lets trading go on up to `nowMs`: everywhere, or only in the listings named (the rest just grow older). */
  step(nowMs: number, only?: ReadonlySet<string>): void;
  /** Lets the sequence numbers of all books begin again, as maintenance does. */
  resetSequences(): void;
};

const MINUTE = 60_000;
const KEPT_LIQUIDATIONS = 200;

export function createMarket(
  options: { seed: number; startMs: number; coins?: number } & SimulatedTraderOptions,
): Market {
  const { seed, startMs, coins = 0 } = options;
  const fair = createFairValues(seed);
  const random = createRandom(seedOf("liquidations", seed));
  const instruments = listInstruments(startMs, coins);
  const listings = new Map(
    instruments.map((instrument) => [instrument.instId, new Listing(instrument, fair, options)]),
  );
  const series = new Map<string, CandleSeries>();
  const indexes = new Map(
    listIndexes(instruments).map((
      indexId,
    ) => [indexId, createIndex(indexId, fair, { seed, startMs, series })]),
  );
  const spreads = createSpreads(listings, options);
  const derivatives = instruments.filter((instrument) => instrument.contractValue > 0);
  const trader = new SimulatedTrader({ seed, startMs, fair, listings }, options);
  let liquidations: Liquidation[] = [];
  let now = startMs;
  const events = new MarketEvents({ seed, startMs, fair, listings, liquidate });

  function liquidate(nowMs: number): string {
    const instrument = derivatives[integerBelow(random, derivatives.length)]!;
    liquidations.push({
      instrument,
      side: random() < 0.5 ? "buy" : "sell",
      px: Math.max(1, Math.round(fair.price(instrument, nowMs) / instrument.price.size)),
      lots: 1 + integerBelow(random, instrument.usualLots),
      timeMs: nowMs,
    });
    if (liquidations.length > KEPT_LIQUIDATIONS) liquidations = liquidations.slice(-KEPT_LIQUIDATIONS / 2);
    return instrument.instId;
  }

  return {
    seed,
    startMs,
    fair,
    listings,
    indexes,
    spreads,
    events,
    trader,
    get nowMs() {
      return now;
    },
    get liquidations() {
      return liquidations;
    },
    step(nowMs, only) {
      now = Math.max(now, nowMs);
      for (const listing of listings.values()) {
        if (now < listing.instrument.listedMs) continue;
        if (only === undefined || only.has(listing.instrument.instId)) listing.step(now);
        else listing.roll(now);
      }
      for (const [indexId, candles] of series) {
        const px = indexes.get(indexId)!.ticks(now);
        candles.add({ timeMs: now, px, lots: 1, volCcy: 0, volCcyQuote: 0 });
      }
      if (only === undefined) {
        if (random() < 0.01) liquidate(now);
        for (const spread of spreads.values()) spread.step(now);
      }
      events.step(now);
      trader.step(now);
    },
    resetSequences() {
      for (const { book } of listings.values()) book.seqId = integerBelow(random, 100);
      for (const spread of spreads.values()) spread.reset();
    },
  };
}

function createIndex(
  indexId: string,
  fair: FairValues,
  options: { seed: number; startMs: number; series: Map<string, CandleSeries> },
): Index {
  const { seed, startMs, series } = options;
  const level = fair.index(indexId, startMs);
  // Indexes are quoted with about six digits.
  const decimals = Math.max(0, 5 - Math.floor(Math.log10(level)));
  const grid = parseGrid((10 ** -decimals).toFixed(decimals));
  const wickSeed = seedOf(`index ${indexId}`, seed);
  const ticks = (timeMs: number) => Math.round(fair.index(indexId, timeMs) / grid.size);
  const minute = (openMs: number): Candle => {
    const open = ticks(openMs);
    const close = ticks(openMs + MINUTE);
    const wick = 0.0002 * Math.abs(latticeValue(wickSeed, 41, openMs / MINUTE));
    return {
      openMs,
      open,
      high: Math.round(Math.max(open, close) * (1 + wick)),
      low: Math.round(Math.min(open, close) * (1 - wick)),
      close,
      lots: 1,
      volCcy: 0,
      volCcyQuote: 0,
    };
  };
  return {
    indexId,
    grid,
    ticks,
    candles() {
      let candles = series.get(indexId);
      if (candles === undefined) series.set(indexId, candles = new CandleSeries(startMs, minute));
      return candles;
    },
  };
}
