/**
 * Legacy (v3) channels and the v5 channel that serves each of them today. Source: the OKEx v3 documentation and
 * the v5 documentation; instrument ids have the same form in both.
 */
import { ACCOUNT_CHANNELS } from "./legacy_account_channels.ts";
import type { LegacyChannel, LegacyStorage } from "./legacy_channel.ts";
import { candleRow, depthRow, fieldRow, type RowConverter, tickerRow, tradeRow } from "./rows.ts";
import { instrumentRow } from "./rows_instrument.ts";

/** Product prefixes of legacy paths. */
export const PRODUCTS: readonly string[] = ["spot", "futures", "swap", "option", "index", "system"];

/** The twelve v3 candle lengths in seconds and the v5 bar of each. v3's long bars followed UTC+8, as plain v5 bars do. */
const CANDLE_BARS: ReadonlyMap<number, string> = new Map([
  [60, "1m"],
  [180, "3m"],
  [300, "5m"],
  [900, "15m"],
  [1800, "30m"],
  [3600, "1H"],
  [7200, "2H"],
  [14400, "4H"],
  [21600, "6H"],
  [43200, "12H"],
  [86400, "1D"],
  [604800, "1W"],
]);

/** The candle lengths in seconds that v3 had. */
export const CANDLE_SECONDS: readonly number[] = [...CANDLE_BARS.keys()];

const MARKET_PRODUCTS = ["spot", "futures", "swap", "option"];

/** Returns the legacy channel of a table name such as `spot/ticker`, or undefined. */
export function findLegacy(table: string): LegacyChannel | undefined {
  return TABLE.get(table);
}

/** Returns every legacy table name that can be subscribed. */
export function legacyTables(): string[] {
  return [...TABLE.keys()];
}

const TABLE: ReadonlyMap<string, LegacyChannel> = new Map([
  ...MARKET_PRODUCTS.flatMap(marketChannels),
  ...["futures", "swap"].flatMap(limitChannels),
  ...[...CANDLE_BARS].map(([seconds, bar]) =>
    [
      `index/candle${seconds}s`,
      instrument("candle", `index-candle${bar}`, candleRow(["time", "open", "high", "low", "close"])),
    ] as const
  ),
  [
    "index/ticker",
    instrument(
      "latest",
      "index-tickers",
      fieldRow({ last: "idxPx", open_24h: "open24h", high_24h: "high24h", low_24h: "low24h" }),
    ),
  ],
  [
    "swap/funding_rate",
    instrument("latest", "funding-rate", fundingRow()),
  ],
  [
    "futures/estimated_price",
    {
      ...instrument("latest", "estimated-price", fieldRow({ settlement_price: "settlePx" })),
      arg: (instId) => ({ channel: "estimated-price", instType: "FUTURES", instId }),
    },
  ],
  [
    "option/summary",
    {
      ...instrument(
        "latest",
        "opt-summary",
        fieldRow({
          underlying: "uly",
          delta: "delta",
          gamma: "gamma",
          theta: "theta",
          vega: "vega",
          realized_vol: "realVol",
          bid_vol: "bidVol",
          ask_vol: "askVol",
          mark_vol: "markVol",
          leverage: "lever",
        }),
      ),
      arg: (instFamily) => ({ channel: "opt-summary", instFamily }),
    },
  ],
  [
    "system/status",
    {
      storage: "latest",
      filter: false,
      arg: () => ({ channel: "status" }),
      key: ["title", "start_time"],
      convert: fieldRow(
        { title: "title", status: "state", href: "href", product_type: "serviceType" },
        { start_time: "begin", end_time: "end" },
      ),
    },
  ],
  ...ACCOUNT_CHANNELS,
  ["spot/instruments", instruments("SPOT")],
  ["futures/instruments", instruments("FUTURES")],
  ["swap/instruments", instruments("SWAP")],
  [
    "option/instruments",
    { ...instruments("OPTION"), filter: true, keep: isOfFamily },
  ],
]);

function marketChannels(product: string): (readonly [string, LegacyChannel])[] {
  const spot = product === "spot";
  const columns = ["time", "open", "high", "low", "close", "volume"];
  const candle = candleRow(spot ? columns : [...columns, "currency_volume"]);
  return [
    [`${product}/ticker`, instrument("latest", "tickers", tickerRow(spot))],
    [
      `${product}/trade`,
      instrument("trades", "trades", tradeRow(product === "futures" || product === "option")),
    ],
    // Tick-by-tick books need a login and a fee tier; the 100 ms channel has the same book.
    [`${product}/depth`, instrument("book", "books", depthRow(spot))],
    [`${product}/depth_l2_tbt`, instrument("book", "books", depthRow(false))],
    [`${product}/depth5`, instrument("bookSnapshot", "books5", depthRow(spot))],
    ...[...CANDLE_BARS].map(([seconds, bar]) =>
      [`${product}/candle${seconds}s`, instrument("candle", `candle${bar}`, candle)] as const
    ),
  ];
}

function limitChannels(product: string): (readonly [string, LegacyChannel])[] {
  return [
    [`${product}/mark_price`, instrument("latest", "mark-price", fieldRow({ mark_price: "markPx" }))],
    [
      `${product}/price_range`,
      instrument("latest", "price-limit", fieldRow({ highest: "buyLmt", lowest: "sellLmt" })),
    ],
  ];
}

function fundingRow(): RowConverter {
  return fieldRow(
    { funding_rate: "fundingRate", estimated_rate: "nextFundingRate", interest_rate: "interestRate" },
    { funding_time: "fundingTime", settlement_time: "nextFundingTime" },
  );
}

function instrument(storage: LegacyStorage, channel: string, convert: RowConverter): LegacyChannel {
  return { storage, filter: true, arg: (instId) => ({ channel, instId }), convert };
}

/** Some pushes say a part of a row; an option's name begins with its family. */
function isOfFamily(row: Readonly<Record<string, unknown>>, family: string): boolean {
  const { instFamily, instId } = row;
  if (instFamily !== undefined && instFamily !== "") return instFamily === family;
  return typeof instId === "string" && instId.startsWith(`${family}-`);
}

function instruments(instType: string): LegacyChannel {
  return {
    storage: "instruments",
    filter: false,
    arg: () => ({ channel: "instruments", instType }),
    convert: instrumentRow,
  };
}
