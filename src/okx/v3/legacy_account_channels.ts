/** The private legacy channels and the v5 channels that serve them. All of them need a login. */
import type { Row } from "../frame.ts";
import type { LegacyChannel } from "./legacy_channel.ts";
import {
  algoOrderRow,
  balancesOf,
  derivativeOrderRow,
  futuresPositionRow,
  marginAccountRow,
  mergeHoldings,
  mergeSides,
  optionPositionRow,
  spotAccountRow,
  spotOrderRow,
  swapPositionRow,
} from "./rows_account.ts";

/** The channels of an account by the name of their table. */
export const ACCOUNT_CHANNELS: readonly (readonly [string, LegacyChannel])[] = [
  ["spot/account", {
    ...base("latest"),
    arg: (ccy) => ({ channel: "account", ccy }),
    expand: balancesOf,
    key: ["currency"],
    convert: spotAccountRow,
    keep: (row, filter) => row.ccy === filter,
    absent: (filter, present) => present.length > 0 ? [] : [emptyWallet(filter)],
  }],
  [
    "futures/account",
    marginAccount((filter) => filter.includes("-") ? filter.split("-")[1] ?? filter : filter),
  ],
  ["swap/account", marginAccount(settlementOf)],
  ["option/account", marginAccount((filter) => filter.split("-")[0] ?? filter)],
  ["futures/position", position("FUTURES", { convert: futuresPositionRow, merge: mergeSides })],
  ["swap/position", position("SWAP", { convert: swapPositionRow, merge: mergeHoldings })],
  ["option/position", {
    ...position("OPTION", { convert: optionPositionRow }),
    arg: (instFamily) => ({ channel: "positions", instType: "OPTION", instFamily }),
    absent: closedOptions,
  }],
  // v3 had spot and margin orders in one channel.
  ["spot/order", order("ANY", spotOrderRow)],
  ["futures/order", order("FUTURES", derivativeOrderRow(false))],
  ["swap/order", order("SWAP", derivativeOrderRow(false))],
  ["option/order", {
    ...order("OPTION", derivativeOrderRow(true)),
    arg: (instFamily) => ({ channel: "orders", instType: "OPTION", instFamily }),
  }],
  ["spot/order_algo", algoOrder("ANY")],
  ["futures/order_algo", algoOrder("FUTURES")],
  ["swap/order_algo", algoOrder("SWAP")],
];

function marginAccount(currencyOf: (filter: string) => string): LegacyChannel {
  return {
    ...base("latest"),
    arg: (filter) => ({ channel: "account", ccy: currencyOf(filter) }),
    expand: balancesOf,
    // The row is the wallet that the path names; v5 knows its currency only.
    key: [],
    convert: marginAccountRow,
    keep: (row, filter) => row.ccy === currencyOf(filter),
    absent: (filter, present) => present.length > 0 ? [] : [emptyWallet(currencyOf(filter))],
  };
}

/** Inverse contracts are margined in the coin, linear ones in the quote currency. */
function settlementOf(instrument: string): string {
  const [coin = "", quote = ""] = instrument.split("-");
  return quote === "USD" ? coin : quote;
}

function position(instType: string, rest: Pick<LegacyChannel, "convert" | "merge">): LegacyChannel {
  return {
    ...base("latest"),
    arg: (instId) => ({ channel: "positions", instType, instId }),
    absent: closedSides,
    ...rest,
  };
}

/** A snapshot of an account leaves out currencies of which there is nothing (OKX v5, "Account channel"). */
function emptyWallet(ccy: string): Row {
  const nothing = { eq: "0", cashBal: "0", availBal: "0", availEq: "0", frozenBal: "0", ordFrozen: "0" };
  return { ccy, ...nothing, imr: "0", upl: "0" };
}

/** A snapshot of positions leaves out those that are closed (OKX v5, "Positions channel"). */
function closedSides(instId: string, present: readonly Row[]): readonly Row[] {
  if (present.some(({ posSide }) => posSide !== "long" && posSide !== "short")) return [];
  const [open] = present;
  return ["long", "short"]
    .filter((posSide) => present.every((row) => row.posSide !== posSide))
    .map((posSide) => ({ ...closed(open ?? { instId }), posSide }));
}

function closedOptions(_: string, present: readonly Row[], known: readonly Row[]): readonly Row[] {
  const open = new Set(present.map(({ instId }) => instId));
  return known.filter(({ instId }) => !open.has(instId)).map(closed);
}

function closed(row: Row): Row {
  const nothing = { pos: "0", availPos: "0", upl: "0" };
  const none = ["avgPx", "nonSettleAvgPx", "uplRatio", "margin", "imr", "liqPx", "optVal"];
  return { ...row, ...nothing, ...Object.fromEntries(none.map((name) => [name, ""])) };
}

function order(instType: string, convert: LegacyChannel["convert"]): LegacyChannel {
  return {
    ...base("trades"),
    arg: (instId) => ({ channel: "orders", instType, instId }),
    key: ["order_id"],
    convert,
  };
}

function algoOrder(instType: string): LegacyChannel {
  return {
    ...base("trades"),
    arg: (instId) => ({ channel: "orders-algo", instType, instId }),
    key: ["algo_id"],
    convert: algoOrderRow,
  };
}

function base(storage: LegacyChannel["storage"]): Pick<LegacyChannel, "storage" | "filter"> {
  return { storage, filter: true };
}
