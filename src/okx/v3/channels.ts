/**
 * The one table of v3 channels: whether a channel needs a login, what its subscription names, the natural key of a
 * row, and how its rows are kept. Source: OKEx v3 documentation, WebSocket channel pages.
 */
import type { Storage } from "../channels.ts";
import type { Row } from "../frame.ts";
import { CANDLE_SECONDS } from "./legacy_channels.ts";

/**
 * What a subscription names after the colon, as it is found in a row. `member`: the row is an object with one member
 * for each currency or underlying, whose name it is.
 */
export type V3Filter = "instrument_id" | "currency" | "underlying" | "member";

/** One channel. */
export type V3Channel = {
  /** `trades` is an index of ids with a row each. */
  readonly storage: Storage | "trades";
  readonly login: boolean;
  /** Undefined: the channel is subscribed by its name alone. */
  readonly filter: V3Filter | undefined;
  /** Row members that make a row unique inside the channel. Empty: the subscription itself is the key. */
  readonly key: readonly string[];
};

/** Returns the channel of a table name such as `spot/ticker`, or undefined. */
export function findV3Channel(table: string): V3Channel | undefined {
  return TABLE.get(table);
}

/** Returns every table name that can be subscribed. */
export function v3Tables(): string[] {
  return [...TABLE.keys()];
}

/** Returns what of a channel's subscriptions a row belongs to; undefined: the row does not say. */
export function filterOf(channel: V3Channel | undefined, row: Row): string | undefined {
  const filter = channel === undefined ? "instrument_id" : channel.filter;
  if (filter === undefined || filter === "member") return undefined;
  // Positions and orders of options name the instrument alone: `BTC-USD-210604-30000-P` belongs to `BTC-USD`.
  const value = row[filter] ??
    (filter === "underlying" ? String(row.instrument_id ?? "").split("-").slice(0, 2).join("-") : "");
  return typeof value === "string" && value !== "" ? value : undefined;
}

const LATEST: V3Channel = {
  storage: "latest",
  login: false,
  filter: "instrument_id",
  key: ["instrument_id"],
};
const CANDLE: V3Channel = { ...LATEST, storage: "candle" };
const PRIVATE: V3Channel = { ...LATEST, login: true };
const ORDERS: V3Channel = { ...PRIVATE, storage: "trades", key: ["order_id"] };
const ALGO_ORDERS: V3Channel = { ...PRIVATE, storage: "trades", key: ["algo_id"] };
const INSTRUMENTS: V3Channel = { ...LATEST, storage: "instruments", filter: undefined };

const TABLE: ReadonlyMap<string, V3Channel> = new Map([
  ...["spot", "futures", "swap", "option"].flatMap(marketChannels),
  ...candles("index"),
  ["index/ticker", LATEST],
  ["spot/account", { ...PRIVATE, filter: "currency", key: ["currency"] }],
  ["spot/margin_account", PRIVATE],
  ["spot/order", ORDERS],
  ["spot/order_algo", ALGO_ORDERS],
  ["futures/instruments", INSTRUMENTS],
  ["futures/estimated_price", LATEST],
  ["futures/price_range", LATEST],
  ["futures/mark_price", LATEST],
  ["futures/position", PRIVATE],
  ["futures/account", { ...PRIVATE, filter: "member", key: [] }],
  ["futures/order", ORDERS],
  ["futures/order_algo", ALGO_ORDERS],
  ["swap/funding_rate", LATEST],
  ["swap/price_range", LATEST],
  ["swap/mark_price", LATEST],
  ["swap/position", PRIVATE],
  ["swap/account", PRIVATE],
  ["swap/order", ORDERS],
  ["swap/order_algo", ALGO_ORDERS],
  ["option/instruments", { ...INSTRUMENTS, filter: "underlying" }],
  ["option/summary", { ...LATEST, filter: "underlying" }],
  ["option/position", { ...PRIVATE, filter: "underlying" }],
  ["option/account", { ...PRIVATE, filter: "underlying", key: ["underlying"] }],
  ["option/order", { ...ORDERS, filter: "underlying" }],
  ["system/status", { ...LATEST, filter: undefined, key: ["title", "start_time"] }],
]);

function marketChannels(product: string): (readonly [string, V3Channel])[] {
  return [
    [`${product}/ticker`, LATEST],
    [`${product}/trade`, { ...LATEST, storage: "trades", key: ["trade_id"] }],
    [`${product}/depth5`, { ...LATEST, storage: "bookSnapshot" }],
    [`${product}/depth`, { ...LATEST, storage: "book" }],
    [`${product}/depth_l2_tbt`, { ...LATEST, storage: "book" }],
    ...candles(product),
  ];
}

function candles(product: string): (readonly [string, V3Channel])[] {
  return CANDLE_SECONDS.map((seconds) => [`${product}/candle${seconds}s`, CANDLE] as const);
}
