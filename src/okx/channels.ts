/**
 * The one table of v5 channels: on which endpoint a channel lives, whether it needs a login, its arguments in the
 * order in which a path writes them, the natural key of a row, and how its rows are kept. Source: OKX v5
 * documentation of 2026-08-22, WebSocket channel pages.
 */

/** The three v5 WebSocket paths of every host, and the only one of a v3 host. */
export type Endpoint = "public" | "private" | "business" | "v3";

/**
 * How rows are kept: `latest` replaces the row of the same key; `candle` is a series by opening time; `events`
 * appends; `view` is a whole small order book per push; `book` is a snapshot with increments; `instruments` is a
 * set of ids with a row each; `open` keeps a row per id, an index of the newest and the set of those that are open;
 * `balances` is an account with a row per currency.
 */
export type Storage =
  | "latest"
  | "candle"
  | "events"
  | "bookSnapshot"
  | "book"
  | "instruments"
  | "open"
  | "balances";

/** When a row of an `open` channel is over: its member has one of these values. */
export type Closed = { readonly member: string; readonly values: readonly string[] };

/** One channel, or one family of candle channels when `bars` is given. */
export type ChannelSpec = {
  readonly name: string;
  readonly endpoint: Endpoint;
  readonly login: boolean;
  /** Argument names in path order; a trailing `?` marks an optional one. */
  readonly args: readonly string[];
  /** Row members that make a row unique inside the channel. Empty: the subscription itself is the key. */
  readonly key: readonly string[];
  readonly storage: Storage;
  readonly closed?: Closed;
  /**
   * Longest silence that the exchange promises, in seconds, with a row or a sign of life at least that often (v5
   * documentation, "push frequency" of each channel). Undefined: quiet is normal.
   */
  readonly maxSilenceSeconds?: number;
  /** The exchange says nothing, or not surely all, of what is open when a subscription starts: it has to be asked for. */
  readonly noInitialSnapshot?: boolean;
  /** The member with a row's time in milliseconds, where every row of the channel has one. */
  readonly time?: string;
  /** Names of a candle row's elements; the last is always `confirm`. */
  readonly columns?: readonly string[];
};

/** Bars of `candle*` with their length in seconds where it is fixed (months and years are not). */
export const BARS: ReadonlyMap<string, number | undefined> = new Map([
  ["1s", 1],
  ["1m", 60],
  ["3m", 180],
  ["5m", 300],
  ["15m", 900],
  ["30m", 1800],
  ["1H", 3600],
  ["2H", 7200],
  ["4H", 14400],
  ["6H", 21600],
  ["12H", 43200],
  ["1D", 86400],
  ["2D", 172800],
  ["3D", 259200],
  ["5D", 432000],
  ["1W", 604800],
  ["1M", undefined],
  ["3M", undefined],
  ["6Hutc", 21600],
  ["12Hutc", 43200],
  ["1Dutc", 86400],
  ["2Dutc", 172800],
  ["3Dutc", 259200],
  ["5Dutc", 432000],
  ["1Wutc", 604800],
  ["1Mutc", undefined],
  ["3Mutc", undefined],
  ["1Yutc", undefined],
]);

const TRADE_COLUMNS = ["ts", "open", "high", "low", "close", "vol", "volCcy", "volCcyQuote", "confirm"];
const PRICE_COLUMNS = ["ts", "open", "high", "low", "close", "confirm"];
const SPREAD_COLUMNS = ["ts", "open", "high", "low", "close", "vol", "confirm"];

const CANDLE_FAMILIES: readonly ChannelSpec[] = [
  { ...channel("candle", "business", ["instId"], "candle"), columns: TRADE_COLUMNS },
  { ...channel("mark-price-candle", "business", ["instId"], "candle"), columns: PRICE_COLUMNS },
  { ...channel("index-candle", "business", ["instId"], "candle"), columns: PRICE_COLUMNS },
  { ...channel("sprd-candle", "business", ["sprdId"], "candle"), columns: SPREAD_COLUMNS },
];

const ALGO_CLOSED = ["effective", "canceled", "order_failed", "partially_failed"];

const TABLE: readonly ChannelSpec[] = [
  channel("tickers", "public", ["instId"], "latest", ["instId"]),
  channel("trades", "public", ["instId"], "events", ["instId"]),
  channel("option-trades", "public", ["instType", "instId?", "instFamily?"], "events", ["instId"]),
  channel("call-auction-details", "public", ["instId"], "latest", ["instId"]),
  channel("books", "public", ["instId"], "book"),
  channel("books5", "public", ["instId"], "bookSnapshot"),
  channel("bbo-tbt", "public", ["instId"], "bookSnapshot"),
  login("books-l2-tbt", "public", ["instId"], "book"),
  login("books50-l2-tbt", "public", ["instId"], "book"),
  channel("books-rpi", "public", ["instId"], "book"),
  channel("instruments", "public", ["instType"], "instruments", ["instType", "instId"]),
  { ...open("event-contract-markets", "public", ["instType"], "instId", ["expired"]), login: false },
  channel("open-interest", "public", ["instId"], "latest", ["instId"]),
  channel("funding-rate", "public", ["instId"], "latest", ["instId"]),
  channel("price-limit", "public", ["instId"], "latest", ["instId"]),
  channel("opt-summary", "public", ["instFamily"], "latest", ["instId"]),
  channel("estimated-price", "public", ["instType", "instFamily?", "instId?"], "latest", [
    "instId",
    "settleType",
  ]),
  channel("mark-price", "public", ["instId"], "latest", ["instId"]),
  channel("index-tickers", "public", ["instId"], "latest", ["instId"]),
  channel("liquidation-orders", "public", ["instType"], "events", ["instType"]),
  channel("adl-warning", "public", ["instType", "instFamily?"], "latest", ["instType", "instFamily"]),
  channel("status", "public", [], "latest", ["system", "serviceType", "title"]),
  channel("trades-all", "business", ["instId"], "events", ["instId"]),
  channel("sprd-tickers", "business", ["sprdId"], "latest", ["sprdId"]),
  channel("sprd-public-trades", "business", ["sprdId"], "events", ["sprdId"]),
  channel("sprd-bbo-tbt", "business", ["sprdId"], "bookSnapshot"),
  channel("sprd-books5", "business", ["sprdId"], "bookSnapshot"),
  channel("sprd-books-l2-tbt", "business", ["sprdId"], "book"),
  channel("block-tickers", "business", ["instId"], "latest", ["instId"]),
  channel("public-block-trades", "business", ["instId"], "events", ["instId"]),
  channel("public-struc-block-trades", "business", [], "events"),
  login("economic-calendar", "business", [], "latest", ["calendarId"]),
  open("orders-algo", "business", ["instType", "instFamily?", "instId?"], "algoId", ALGO_CLOSED),
  open("algo-advance", "business", ["instType", "instId?", "algoId?"], "algoId", ALGO_CLOSED),
  open("grid-orders-spot", "business", ["instType", "instId?", "algoId?"], "algoId", ["stopped"]),
  open("grid-orders-contract", "business", ["instType", "instId?", "algoId?"], "algoId", ["stopped"]),
  login("grid-positions", "business", ["algoId"], "latest", ["algoId", "instId", "posSide"]),
  open("grid-sub-orders", "business", ["algoId"], "ordId", ["filled", "canceled"]),
  open("algo-recurring-buy", "business", ["instType", "algoId?"], "algoId", ["stopped"]),
  login("copytrading-lead-notification", "business", ["instType", "instId?"], "events", ["instType"]),
  open("rfqs", "business", [], "rfqId", ["canceled", "filled", "expired", "traded_away", "failed"]),
  open("quotes", "business", [], "quoteId", ["canceled", "filled", "expired", "failed"]),
  login("struc-block-trades", "business", [], "events"),
  open("sprd-orders", "business", ["sprdId?"], "ordId", ["filled", "canceled"]),
  login("sprd-trades", "business", ["sprdId?"], "events"),
  open("deposit-info", "business", ["ccy?"], "depId", ["2"]),
  open("withdrawal-info", "business", ["ccy?"], "wdId", ["-2", "-1", "2"]),
  login("account", "private", ["ccy?", "extraParams?"], "balances", ["ccy"]),
  {
    ...open("positions", "private", ["instType", "instFamily?", "instId?", "extraParams?"], "posId", []),
    closed: { member: "pos", values: ["0"] },
    noInitialSnapshot: false,
  },
  login("balance_and_position", "private", [], "balances", ["ccy"]),
  open("orders", "private", ["instType", "instFamily?", "instId?"], "ordId", [
    "filled",
    "canceled",
    "mmp_canceled",
  ]),
  login("fills", "private", ["instId?"], "events"),
  login("liquidation-warning", "private", ["instType", "instFamily?", "instId?"], "latest", ["posId"]),
  login("account-greeks", "private", ["ccy?"], "latest", ["ccy"]),
];

/** Channels that are never silent for longer than this many seconds. */
const MAX_SILENCE_SECONDS: Readonly<Record<string, number>> = {
  "books": 60,
  "books5": 60,
  "bbo-tbt": 60,
  "books-l2-tbt": 60,
  "books50-l2-tbt": 60,
  "books-rpi": 60,
  "funding-rate": 90,
  "mark-price": 10,
  "index-tickers": 60,
  "block-tickers": 300,
};

/** Channels whose rows have their time in `ts`, without exception. */
const DATED: ReadonlySet<string> = new Set([
  ...["tickers", "trades", "option-trades", "call-auction-details", "books", "books5", "bbo-tbt"],
  ...["books-l2-tbt", "books50-l2-tbt", "books-rpi", "open-interest", "funding-rate", "price-limit"],
  ...["opt-summary", "estimated-price", "mark-price", "index-tickers", "adl-warning", "status"],
  ...["trades-all", "sprd-tickers", "sprd-public-trades", "sprd-bbo-tbt", "sprd-books5"],
  ...["sprd-books-l2-tbt", "block-tickers", "public-block-trades", "economic-calendar", "sprd-trades"],
  ...["deposit-info", "withdrawal-info", "account-greeks", "fills"],
]);

const BY_NAME: ReadonlyMap<string, ChannelSpec> = new Map(TABLE.map((spec) => {
  const maxSilenceSeconds = MAX_SILENCE_SECONDS[spec.name];
  const dated = DATED.has(spec.name) ? { ...spec, time: "ts" } : spec;
  return [spec.name, maxSilenceSeconds === undefined ? dated : { ...dated, maxSilenceSeconds }];
}));

/** Returns the channel of that name, or undefined when the table has none. Candle names carry their bar: `candle1m`. */
export function findChannel(name: string): ChannelSpec | undefined {
  const plain = BY_NAME.get(name);
  if (plain !== undefined) return plain;
  const family = CANDLE_FAMILIES.find((spec) => name.startsWith(spec.name) && isBar(spec, name));
  return family === undefined ? undefined : { ...family, name };
}

/** Returns every name that a user may write, with candle families spelled out; for suggestions and help. */
export function channelNames(): string[] {
  const candles = CANDLE_FAMILIES.flatMap((spec) =>
    [...BARS.keys()].map((bar) => spec.name + bar).filter((name) => isBar(spec, name))
  );
  return [...BY_NAME.keys(), ...candles];
}

/** Returns the entry of a channel that the table does not know: where it is tried, and how its rows are kept. */
export function unknownChannel(name: string): ChannelSpec {
  return channel(name, "public", [], "latest", ["instId"]);
}

/** Returns the bar of a candle channel (`1m` of `index-candle1m`), or undefined for any other channel. */
export function barOf(name: string): string | undefined {
  const family = CANDLE_FAMILIES.find((spec) => name.startsWith(spec.name) && isBar(spec, name));
  return family === undefined ? undefined : name.slice(family.name.length);
}

function isBar(family: ChannelSpec, name: string): boolean {
  const bar = name.slice(family.name.length);
  // Only trade candles have the one-second bar, and only mark price candles still list the one-year bar.
  if (bar === "1s") return family.name === "candle";
  if (bar === "1Yutc") return family.name === "mark-price-candle";
  return BARS.has(bar);
}

function channel(
  name: string,
  endpoint: Endpoint,
  args: readonly string[],
  storage: Storage,
  key: readonly string[] = [],
): ChannelSpec {
  return { name, endpoint, login: false, args, key, storage };
}

function login(
  name: string,
  endpoint: Endpoint,
  args: readonly string[],
  storage: Storage,
  key: readonly string[] = [],
): ChannelSpec {
  return { ...channel(name, endpoint, args, storage, key), login: true };
}

function open(
  name: string,
  endpoint: Endpoint,
  args: readonly string[],
  key: string,
  closed: readonly string[],
): ChannelSpec {
  return {
    ...login(name, endpoint, args, "open", [key]),
    closed: { member: "state", values: closed },
    noInitialSnapshot: true,
  };
}
