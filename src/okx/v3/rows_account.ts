/**
 * v5 account rows in v3 clothes: balances, positions, orders. The two accounts differ (v5 has one account where v3 had a
 * wallet per product), so a member without an equal is left out rather than made up. Source: OKEx v3 documentation,
 * account channels; OKX v5 documentation, the channels of the same data.
 */
import type { Row } from "../frame.ts";
import { asRow, isoTime, type RowConverter, textOf } from "./rows.ts";

/** Returns the currencies of an account row, each as a row of its own. */
export function balancesOf(value: unknown): readonly unknown[] {
  const { details } = asRow(value);
  return Array.isArray(details) ? details : [];
}

/** `spot/account`. */
export const spotAccountRow: RowConverter = (value) => {
  const row = asRow(value);
  return {
    currency: textOf(row.ccy),
    balance: textOf(row.cashBal),
    available: textOf(row.availBal),
    hold: textOf(row.frozenBal),
    id: "",
    timestamp: isoTime(row.uTime),
  };
};

/** `futures/account`, `swap/account` and `option/account`: margin figures of the settlement currency. */
export const marginAccountRow: RowConverter = (value) => {
  const row = asRow(value);
  return {
    currency: textOf(row.ccy),
    equity: textOf(row.eq),
    total_avail_balance: textOf(row.availEq),
    unrealized_pnl: textOf(row.upl),
    margin: textOf(row.imr),
    margin_frozen: textOf(row.ordFrozen),
    margin_ratio: textOf(row.mgnRatio),
    margin_mode: "crossed",
    timestamp: isoTime(row.uTime),
  };
};

/** `futures/position`: both sides in one row; a position in net mode is on the side of its sign. */
export const futuresPositionRow: RowConverter = (value) => {
  const row = asRow(value);
  const side = sideOf(row);
  const members: Record<string, unknown> = {
    instrument_id: textOf(row.instId),
    leverage: textOf(row.lever),
    margin_mode: row.mgnMode === "isolated" ? "fixed" : "crossed",
    realised_pnl: textOf(row.realizedPnl),
    liquidation_price: textOf(row.liqPx),
    created_at: isoTime(row.cTime),
    updated_at: isoTime(row.uTime),
  };
  const other = side === "long" ? "short" : "long";
  const sides: [string, Row][] = row.posSide === "net" ? [[side, row], [other, {}]] : [[side, row]];
  for (const [name, from] of sides) {
    members[`${name}_qty`] = quantity(from.pos);
    members[`${name}_avail_qty`] = quantity(from.availPos);
    members[`${name}_avg_cost`] = textOf(from.avgPx);
    members[`${name}_settlement_price`] = textOf(from.nonSettleAvgPx || from.avgPx);
    members[`${name}_margin`] = textOf(from.margin || from.imr);
    members[`${name}_liqui_price`] = textOf(from.liqPx);
    members[`${name}_pnl_ratio`] = textOf(from.uplRatio);
  }
  return members;
};

/** Merges a row of one side of a position into the row before: the sides that it does not have stay as they were. */
export function mergeSides(before: Row | undefined, row: Row): Row {
  return { ...before, ...row };
}

/** `swap/position`: a list of holdings, one for each side. */
export const swapPositionRow: RowConverter = (value) => {
  const row = asRow(value);
  const holding = {
    side: sideOf(row),
    position: quantity(row.pos),
    avail_position: quantity(row.availPos),
    avg_cost: textOf(row.avgPx),
    leverage: textOf(row.lever),
    liquidation_price: textOf(row.liqPx),
    margin: textOf(row.margin || row.imr),
    realized_pnl: textOf(row.realizedPnl),
    settlement_price: textOf(row.nonSettleAvgPx || row.avgPx),
    timestamp: isoTime(row.uTime),
  };
  return {
    holding: [holding],
    instrument_id: textOf(row.instId),
    margin_mode: row.mgnMode === "isolated" ? "fixed" : "crossed",
  };
};

/** Returns the other side's holding stays; one that is closed goes. */
export function mergeHoldings(before: Row | undefined, row: Row): Row {
  const holdingOf = (from: Row | undefined) => Array.isArray(from?.holding) ? from.holding as Row[] : [];
  const news = holdingOf(row);
  const kept = holdingOf(before).filter(({ side }) => news.every((each) => each.side !== side));
  return { ...row, holding: [...kept, ...news].filter(({ position }) => Number(position) !== 0) };
}

/** `option/position`. */
export const optionPositionRow: RowConverter = (value) => {
  const row = asRow(value);
  return {
    instrument_id: textOf(row.instId),
    position: textOf(row.pos),
    avail_position: textOf(row.availPos),
    avg_cost: textOf(row.avgPx),
    settlement_price: textOf(row.nonSettleAvgPx || row.avgPx),
    pnl_ratio: textOf(row.uplRatio),
    realized_pnl: textOf(row.realizedPnl),
    unrealized_pnl: textOf(row.upl),
    pos_margin: textOf(row.margin || row.imr),
    option_value: textOf(row.optVal),
    created_at: isoTime(row.cTime),
    updated_at: isoTime(row.uTime),
  };
};

/** `spot/order`. */
export const spotOrderRow: RowConverter = (value) => {
  const row = asRow(value);
  const market = row.ordType === "market";
  return {
    ...orderBase(row),
    type: market ? "market" : "limit",
    notional: market && row.tgtCcy === "quote_ccy" ? textOf(row.sz) : "",
    filled_size: textOf(row.accFillSz),
    filled_notional: product(row.accFillSz, row.avgPx),
    margin_trading: row.instType === "MARGIN" ? "2" : "1",
    fee_currency: textOf(row.feeCcy),
    rebate: textOf(row.rebate),
    rebate_currency: textOf(row.rebateCcy),
    side: textOf(row.side),
    status: ORDER_STATUS.get(textOf(row.state)) ?? textOf(row.state),
    event_code: textOf(row.code),
    event_message: textOf(row.msg),
    last_request_id: textOf(row.reqId),
    last_amend_result: textOf(row.amendResult),
    created_at: isoTime(row.cTime),
  };
};

/**
 * Returns the converter of `futures/order`, `swap/order` and `option/order`: `type` 1 open long, 2 open short, 3 close long, 4
 * close short.
 */
export function derivativeOrderRow(option: boolean): RowConverter {
  return (value) => {
    const row = asRow(value);
    return {
      ...orderBase(row),
      ...(option ? { side: textOf(row.side) } : {}),
      type: option ? (row.side === "buy" ? "1" : "2") : orderType(row),
      price_avg: textOf(row.avgPx),
      filled_qty: textOf(row.accFillSz),
      leverage: textOf(row.lever),
      pnl: textOf(row.pnl),
      // Recorded: the number of the state, under its older name.
      status: ORDER_STATE.get(textOf(row.state)) ?? textOf(row.state),
      error_code: textOf(row.code),
    };
  };
}

/** `order_algo` of every product. */
export const algoOrderRow: RowConverter = (value) => {
  const row = asRow(value);
  const ids = Array.isArray(row.ordIdList) ? row.ordIdList : [];
  return {
    algo_id: textOf(row.algoId),
    order_id: textOf(row.ordId) || textOf(ids[0]),
    instrument_id: textOf(row.instId),
    trigger_price: textOf(row.triggerPx),
    algo_price: textOf(row.ordPx),
    size: textOf(row.sz),
    side: textOf(row.side),
    order_type: ALGO_TYPE.get(textOf(row.ordType)) ?? textOf(row.ordType),
    status: ALGO_STATUS.get(textOf(row.state)) ?? textOf(row.state),
    mode: row.instType === "MARGIN" ? "2" : "1",
    cancel_code: textOf(row.failCode),
    created_at: isoTime(row.cTime),
    timestamp: isoTime(row.uTime || row.cTime),
  };
};

/** v3 numbers of order states: rejected orders (-2) are not pushed by v5, 3 and 4 have no equal. */
const ORDER_STATE: ReadonlyMap<string, string> = new Map([
  ["live", "0"],
  ["partially_filled", "1"],
  ["filled", "2"],
  ["canceled", "-1"],
  ["mmp_canceled", "-1"],
]);
const ORDER_STATUS: ReadonlyMap<string, string> = new Map([
  ["live", "open"],
  ["partially_filled", "part_filled"],
  ["filled", "filled"],
  ["canceled", "cancelled"],
  ["mmp_canceled", "cancelled"],
]);
const ORDER_TYPE: ReadonlyMap<string, string> = new Map([
  ["limit", "0"],
  ["post_only", "1"],
  ["fok", "2"],
  ["ioc", "3"],
  ["market", "4"],
  ["optimal_limit_ioc", "4"],
]);
const ALGO_TYPE: ReadonlyMap<string, string> = new Map([
  ["trigger", "1"],
  ["move_order_stop", "2"],
  ["iceberg", "3"],
  ["twap", "4"],
  ["conditional", "5"],
  ["oco", "5"],
]);
const ALGO_STATUS: ReadonlyMap<string, string> = new Map([
  ["live", "1"],
  ["effective", "2"],
  ["canceled", "3"],
  ["partially_effective", "4"],
  ["pause", "5"],
  ["order_failed", "6"],
]);

function orderBase(row: Row): Record<string, unknown> {
  return {
    order_id: textOf(row.ordId),
    client_oid: textOf(row.clOrdId),
    instrument_id: textOf(row.instId),
    order_type: ORDER_TYPE.get(textOf(row.ordType)) ?? textOf(row.ordType),
    price: textOf(row.px),
    size: textOf(row.sz),
    fee: textOf(row.fee),
    state: ORDER_STATE.get(textOf(row.state)) ?? textOf(row.state),
    // Recorded: an order without a fill has zeros, and the beginning of time.
    last_fill_px: textOf(row.fillPx) || "0",
    last_fill_qty: textOf(row.fillSz) || "0",
    last_fill_time: isoTime(textOf(row.fillTime) || "0"),
    last_fill_id: textOf(row.tradeId) || "0",
    timestamp: isoTime(row.uTime),
  };
}

function orderType({ side, posSide, reduceOnly }: Row): string {
  const long = posSide === "long" ||
    (posSide !== "short" && (side === "buy") !== (String(reduceOnly) === "true"));
  const opens = long ? side === "buy" : side === "sell";
  return opens ? (long ? "1" : "2") : (long ? "3" : "4");
}

function sideOf(row: Row): "long" | "short" {
  if (row.posSide === "long" || row.posSide === "short") return row.posSide;
  return Number(row.pos) < 0 ? "short" : "long";
}

/** Returns a size without its sign, which v3 says by the side. */
function quantity(value: unknown): string {
  return value === undefined ? "0" : textOf(value).replace(/^-/, "");
}

/** Returns the product of two decimal texts, exact; empty where one is. */
function product(a: unknown, b: unknown): string {
  const left = textOf(a);
  const right = textOf(b);
  if (!/^\d+(\.\d+)?$/.test(left) || !/^\d+(\.\d+)?$/.test(right)) return "";
  const places = decimals(left) + decimals(right);
  const digits = (BigInt(left.replace(".", "")) * BigInt(right.replace(".", ""))).toString().padStart(
    places + 1,
    "0",
  );
  if (places === 0) return digits;
  return `${digits.slice(0, -places)}.${digits.slice(-places)}`.replace(/\.?0+$/, "");
}

function decimals(number: string): number {
  return number.split(".")[1]?.length ?? 0;
}
