/** What the service keeps: some of each kind of storage, public and private. */

/** Paths by how they are checked. */
export type Watched = {
  /** Streams whose ids leave no doubt about what is missing. */
  readonly trades: readonly string[];
  /** Books with increments. */
  readonly books: readonly string[];
  /** Rows and small books that the next push replaces. */
  readonly latest: readonly string[];
  readonly candles: readonly string[];
  /** Old spellings of `tickers`. */
  readonly legacy: readonly string[];
};

/** The account is watched in every environment. */
const PRIVATE = ["account", "positions:ANY", "orders:ANY"] as const;

/** Enough to see a fault on every connection. */
export const FEW: Watched = {
  trades: ["trades:BTC-USDT", "trades:ETH-USDT", "trades-all:BTC-USDT-SWAP"],
  books: ["books:BTC-USDT", "books:ETH-USDT-SWAP"],
  latest: [
    "tickers:BTC-USDT",
    "tickers:BTC-USDT-SWAP",
    "index-tickers:BTC-USDT",
    "mark-price:ETH-USDT-SWAP",
    "books5:ETH-USDT",
    "bbo-tbt:BTC-USDT-SWAP",
  ],
  candles: ["candle1m:BTC-USDT", "candle1s:ETH-USDT"],
  legacy: ["spot/ticker:SOL-USDT"],
};

const INSTRUMENTS = ["BTC-USDT", "ETH-USDT", "SOL-USDT", "BTC-USDT-SWAP", "ETH-USDT-SWAP", "BTC-USD-SWAP"];
const on = (channel: string, instruments = INSTRUMENTS) =>
  instruments.map((instId) => `${channel}:${instId}`);

/** What somebody with a taste for data would keep. */
export const MANY: Watched = {
  trades: [...on("trades"), ...on("trades-all", ["BTC-USDT", "BTC-USDT-SWAP"])],
  books: on("books"),
  latest: [
    ...on("tickers"),
    ...on("books5"),
    ...on("bbo-tbt"),
    ...on("mark-price", ["BTC-USDT-SWAP", "ETH-USDT-SWAP"]),
    ...on("index-tickers", ["BTC-USDT", "ETH-USDT"]),
  ],
  candles: [...on("candle1m"), ...on("candle1s", ["BTC-USDT", "ETH-USDT-SWAP"])],
  legacy: ["spot/ticker:SOL-USDT", "swap/ticker:BTC-USDT-SWAP"],
};

/** All paths, as a configuration lists them. */
export function pathsOf({ trades, books, latest, candles, legacy }: Watched): string[] {
  return [...trades, ...books, ...latest, ...candles, ...PRIVATE, ...legacy];
}
