/**
 * The rows of paths of any spelling as the panels need them: v5's own names, the old ones of legacy paths, and texts where
 * Redis has texts. Pure; what cannot be read is left out.
 */

/** A row as the service hands it on. */
export type RawRow = Readonly<Record<string, unknown>>;

/** One bar; `time` in Unix seconds. */
export type Bar = {
  readonly time: number;
  readonly open: number;
  readonly high: number;
  readonly low: number;
  readonly close: number;
  readonly volume: number;
  /** Digits behind the point of its prices. */
  readonly decimals: number;
};

/** One trade, numbers as written. */
export type Trade = {
  readonly id: string;
  /** Unix milliseconds. */
  readonly at: number;
  readonly side: "buy" | "sell";
  readonly price: string;
  readonly size: string;
};

/** One level, with the sum of all levels from the best to it. */
export type Level = { readonly price: string; readonly size: number; readonly total: number };

/** Best first on both sides. */
export type Book = {
  readonly bids: readonly Level[];
  readonly asks: readonly Level[];
  readonly at: number;
  readonly state: string;
  readonly priceDecimals: number;
  readonly sizeDecimals: number;
};

/** A candle of `candle1m:…`, `spot/candle60s:…` and their kin. */
export function readBar(row: RawRow): Bar | undefined {
  const at = readTime(row.ts ?? row.timestamp ?? row.time);
  const texts = [row.open, row.high, row.low, row.close].map(textOf);
  const [open, high, low, close] = texts.map(Number) as [number, number, number, number];
  if (![at, open, high, low, close].every(Number.isFinite)) return undefined;
  const volume = Number(textOf(row.vol ?? row.volume ?? "0"));
  return {
    time: Math.floor(at / 1000),
    ...{ open, high, low, close },
    volume: Number.isFinite(volume) ? volume : 0,
    decimals: Math.max(...texts.map(decimals)),
  };
}

/** A trade of `trades:…`, `spot/trade:…` and their kin. */
export function readTrade(row: RawRow): Trade | undefined {
  const at = readTime(row.ts ?? row.timestamp);
  const price = textOf(row.px ?? row.price);
  const size = textOf(row.sz ?? row.size ?? row.qty);
  if (!Number.isFinite(at) || !Number.isFinite(Number(price)) || price === "") return undefined;
  const id = textOf(row.tradeId ?? row.trade_id) || `${at} ${price} ${size}`;
  return { id, at, side: row.side === "sell" ? "sell" : "buy", price, size };
}

/** A book of `books:…`, `bbo-tbt:…`, `spot/depth:…` and their kin. */
export function readBook(row: RawRow): Book {
  const bids = readLevels(row.bids);
  const asks = readLevels(row.asks);
  const both = [...bids.texts, ...asks.texts];
  return {
    bids: bids.levels,
    asks: asks.levels,
    at: readTime(row.ts ?? row.timestamp),
    state: textOf(row.state) || "live",
    priceDecimals: Math.max(0, ...both.map(([price]) => decimals(price))),
    sizeDecimals: Math.min(6, Math.max(0, ...both.map(([, size]) => decimals(size)))),
  };
}

function readLevels(value: unknown): { levels: Level[]; texts: [string, string][] } {
  let list = value;
  if (typeof value === "string") {
    try {
      list = JSON.parse(value);
    } catch {
      list = [];
    }
  }
  const levels: Level[] = [];
  const texts: [string, string][] = [];
  let total = 0;
  for (const each of Array.isArray(list) ? list : []) {
    if (!Array.isArray(each)) continue;
    const price = textOf(each[0]);
    const size = Number(textOf(each[1]));
    if (price === "" || !Number.isFinite(Number(price)) || !Number.isFinite(size)) continue;
    total += size;
    levels.push({ price, size, total });
    texts.push([price, textOf(each[1])]);
  }
  return { levels, texts };
}

/** When a row of an account changed last, in Unix milliseconds; NaN: it does not say. */
export function timeOf(row: RawRow): number {
  return readTime(row.uTime ?? row.updateTime ?? row.ts ?? row.timestamp ?? row.cTime ?? row.created_at);
}

/** Unix milliseconds of a text of digits or of ISO 8601. */
function readTime(value: unknown): number {
  const text = textOf(value);
  if (/^\d{9,11}$/.test(text)) return Number(text) * 1000;
  return /^\d+$/.test(text) ? Number(text) : Date.parse(text);
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : typeof value === "number" ? String(value) : "";
}

function decimals(text: string): number {
  const point = text.indexOf(".");
  return point < 0 ? 0 : Math.min(10, text.length - point - 1);
}
