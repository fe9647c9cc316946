/**
 * What is traded on the simulated exchange: spot pairs (some with margin), swaps, expiry futures, options and
 * index ids, with the full instrument rows of the `instruments` channel. Expiry dates follow from the start.
 */
import type { Grid } from "./decimal.ts";
import { parseGrid } from "./decimal.ts";
import { seedOf } from "./random.ts";

export type InstType = "SPOT" | "MARGIN" | "SWAP" | "FUTURES" | "OPTION";

/** One tradable instrument; spot and margin share it, as they share their ids on the exchange. */
export type Instrument = {
  readonly instId: string;
  readonly instType: Exclude<InstType, "MARGIN">;
  readonly base: string;
  readonly quote: string;
  /** The index its price follows; also its `uly` and `instFamily` when it is a derivative. */
  readonly indexId: string;
  readonly price: Grid;
  readonly lot: Grid;
  /** What one contract stands for: coins when linear, dollars when inverse; 0 for spot. */
  readonly contractValue: number;
  readonly inverse: boolean;
  readonly expiryMs: number | undefined;
  readonly strike: number | undefined;
  readonly call: boolean;
  /** An ordinary order, in lots. */
  readonly usualLots: number;
  readonly margin: boolean;
  readonly listedMs: number;
};

export type InstrumentRow = Readonly<Record<string, unknown>>;

/** Long-term price levels in dollars. */
export const LEVELS: Readonly<Record<string, number>> = {
  BTC: 64_000,
  ETH: 3_200,
  SOL: 150,
  XRP: 2.1,
  DOGE: 0.18,
  ADA: 0.62,
  LTC: 95,
  AVAX: 25,
  USDT: 0.9998,
  USDC: 1,
  USD: 1,
};

type SpotLine = readonly [pair: string, tick: string, lot: string, usual: number, margin?: true];
type ContractLine = readonly [
  family: string,
  tick: string,
  lot: string,
  contractValue: number,
  usual: number,
];

const SPOTS: readonly SpotLine[] = [
  ["BTC-USDT", "0.1", "0.00000001", 0.05, true],
  ["ETH-USDT", "0.01", "0.000001", 0.8, true],
  ["SOL-USDT", "0.01", "0.000001", 15, true],
  ["XRP-USDT", "0.0001", "0.000001", 900],
  ["DOGE-USDT", "0.00001", "0.0001", 9000],
  ["ADA-USDT", "0.0001", "0.0001", 2500],
  ["LTC-USDT", "0.01", "0.000001", 12],
  ["AVAX-USDT", "0.01", "0.000001", 60],
  ["BTC-USDC", "0.1", "0.00000001", 0.02],
  ["ETH-USDC", "0.01", "0.000001", 0.4],
  ["ETH-BTC", "0.00001", "0.000001", 0.6],
  ["SOL-ETH", "0.00001", "0.0001", 8],
];

const SWAPS: readonly ContractLine[] = [
  ["BTC-USDT", "0.1", "0.01", 0.01, 40],
  ["BTC-USD", "0.1", "1", 100, 200],
  ["ETH-USDT", "0.01", "0.01", 0.1, 60],
  ["ETH-USD", "0.01", "1", 10, 300],
  ["SOL-USDT", "0.01", "0.01", 1, 50],
  ["XRP-USDT", "0.0001", "0.01", 100, 20],
  ["DOGE-USDT", "0.00001", "0.01", 1000, 25],
  ["LTC-USDT", "0.01", "0.1", 1, 40],
];

const OPTIONS: readonly {
  family: string;
  tick: string;
  contractValue: number;
  strikes: readonly number[];
}[] = [
  { family: "BTC-USD", tick: "0.0005", contractValue: 0.01, strikes: [60_000, 65_000, 70_000] },
  { family: "ETH-USD", tick: "0.0005", contractValue: 0.1, strikes: [3_200] },
];

const DAY = 86_400_000;
/** Contracts expire at 08:00 UTC. */
const EXPIRY_HOUR = 8 * 3_600_000;

/**
 * Lists the instruments of the market. `coins`: how many made-up coins are traded besides, each against USDT: `C001-USDT`, …
 */
export function listInstruments(startMs: number, coins = 0): Instrument[] {
  const week = nextWeekly(startMs);
  const quarter = nextQuarterly(startMs);
  const futures: readonly (readonly [ContractLine, number])[] = [
    [SWAPS[0]!, week],
    [SWAPS[1]!, week],
    [SWAPS[0]!, quarter],
    [SWAPS[1]!, quarter],
    [SWAPS[2]!, quarter],
    [SWAPS[3]!, quarter],
  ];
  return [
    ...SPOTS.map(spot),
    ...Array.from(
      { length: coins },
      (_, i) => spot([`C${String(i + 1).padStart(3, "0")}-USDT`, "0.0001", "0.0001", 900]),
    ),
    ...SWAPS.map((line) => contract(line, undefined)),
    ...futures.map(([line, expiryMs]) => contract(line, expiryMs)),
    ...OPTIONS.flatMap(({ family, tick, contractValue, strikes }) =>
      strikes.flatMap((strike) =>
        [true, false].map((call): Instrument => ({
          ...contract([family, tick, "1", contractValue, 60], quarter),
          instId: `${family}-${dateCode(quarter)}-${strike}-${call ? "C" : "P"}`,
          instType: "OPTION",
          strike,
          call,
        }))
      )
    ),
  ];
}

/** Returns the ids of the indexes: every pair with a dollar or coin quote that an instrument follows. */
export function listIndexes(instruments: readonly Instrument[]): string[] {
  return [...new Set(instruments.map((instrument) => instrument.indexId))];
}

/** Returns a spot pair of a made-up coin that is traded from a time on. */
export function announcedSpot(instId: string, listedMs: number): Instrument {
  return { ...spot([instId, "0.0001", "0.0001", 900]), listedMs };
}

/**
 * Returns the row of channel `instruments`, with every member of the official table; MARGIN differs from SPOT in
 * `instType` and `lever`.
 */
export function instrumentRow(
  instrument: Instrument,
  { instType = instrument.instType, nowMs }: { readonly instType?: InstType; readonly nowMs: number },
): InstrumentRow {
  const { base, quote, indexId, contractValue, inverse, expiryMs, strike, call } = instrument;
  const derivative = contractValue > 0;
  const option = instrument.instType === "OPTION";
  return {
    instType,
    seriesId: "",
    instId: instrument.instId,
    uly: derivative ? indexId : "",
    groupId: derivative ? "4" : "1",
    instFamily: derivative ? indexId : "",
    category: "1",
    baseCcy: derivative ? "" : base,
    quoteCcy: derivative ? "" : quote,
    settleCcy: derivative ? (inverse ? base : quote) : "",
    ctVal: derivative ? String(option ? 1 : contractValue) : "",
    ctMult: derivative ? String(option ? contractValue : 1) : "",
    ctValCcy: derivative ? (inverse && !option ? "USD" : base) : "",
    ctType: derivative && !option ? (inverse ? "inverse" : "linear") : "",
    optType: option ? (call ? "C" : "P") : "",
    stk: strike === undefined ? "" : String(strike),
    listTime: String(instrument.listedMs),
    contTdSwTime: "",
    preMktSwTime: "",
    auctionEndTime: "",
    openType: derivative ? "" : "fix_price",
    expTime: expiryMs === undefined ? "" : String(expiryMs),
    lever: instType === "SPOT" || option ? "" : instType === "MARGIN" ? "10" : "100",
    tickSz: gridText(instrument.price),
    lotSz: gridText(instrument.lot),
    minSz: gridText(instrument.lot),
    alias: expiryMs === undefined || option ? "" : "this_week",
    state: nowMs < instrument.listedMs ? "preopen" : "live",
    ruleType: "normal",
    maxLmtSz: derivative ? "100000000" : "9999999999",
    maxMktSz: derivative ? "30000" : "1000000",
    maxLmtAmt: "20000000",
    maxMktAmt: derivative ? "" : "1000000",
    maxTwapSz: "100000000.0000000000000000",
    maxIcebergSz: "100000000.0000000000000000",
    maxTriggerSz: "100000000.0000000000000000",
    maxStopSz: derivative ? "30000" : "1000000",
    futureSettlement: false,
    instIdCode: seedOf(instrument.instId, 0) % 1_000_000,
    instCategory: "1",
    upcChg: [],
  };
}

function spot([pair, tick, lot, usual, margin]: SpotLine): Instrument {
  const [base, quote] = pair.split("-") as [string, string];
  const grid = parseGrid(lot);
  return {
    instId: pair,
    instType: "SPOT",
    base,
    quote,
    indexId: pair,
    price: parseGrid(tick),
    lot: grid,
    contractValue: 0,
    inverse: false,
    expiryMs: undefined,
    strike: undefined,
    call: false,
    usualLots: Math.round(usual / grid.size),
    margin: margin === true,
    listedMs: 1_548_133_413_000,
  };
}

function contract([family, tick, lot, contractValue, usual]: ContractLine, expiryMs?: number): Instrument {
  const [base, quote] = family.split("-") as [string, string];
  const grid = parseGrid(lot);
  return {
    instId: `${family}-${expiryMs === undefined ? "SWAP" : dateCode(expiryMs)}`,
    instType: expiryMs === undefined ? "SWAP" : "FUTURES",
    base,
    quote,
    indexId: family,
    price: parseGrid(tick),
    lot: grid,
    contractValue,
    inverse: quote === "USD",
    expiryMs,
    strike: undefined,
    call: false,
    usualLots: Math.round(usual / grid.size),
    margin: false,
    listedMs: expiryMs === undefined ? 1_611_916_828_000 : expiryMs - 182 * DAY,
  };
}

/** Returns the first Friday that is at least a week away. */
function nextWeekly(startMs: number): number {
  return friday(startMs + 7 * DAY);
}

/** Returns the last Friday of March, June, September or December that is at least three weeks away. */
function nextQuarterly(startMs: number): number {
  for (let at = nextWeekly(startMs + 14 * DAY);; at += 7 * DAY) {
    const month = new Date(at).getUTCMonth();
    if (month % 3 === 2 && new Date(at + 7 * DAY).getUTCMonth() !== month) return at;
  }
}

/** Returns the first Friday's expiry hour from `fromMs` on; 1970-01-02 was a Friday. */
function friday(fromMs: number): number {
  const anchor = DAY + EXPIRY_HOUR;
  return Math.ceil((fromMs - anchor) / (7 * DAY)) * 7 * DAY + anchor;
}

function dateCode(timeMs: number): string {
  return new Date(timeMs).toISOString().slice(2, 10).replaceAll("-", "");
}

function gridText(grid: Grid): string {
  return (grid.step / 10 ** grid.decimals).toFixed(grid.decimals);
}
