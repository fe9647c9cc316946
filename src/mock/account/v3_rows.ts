/** Rows of the old API's private tables made from v5 rows; the members are those of its documentation. */
import type { Row } from "./journal.ts";

const STATES: Readonly<Record<string, readonly [state: string, status: string]>> = {
  live: ["0", "open"],
  partially_filled: ["1", "part_filled"],
  filled: ["2", "filled"],
  canceled: ["-1", "cancelled"],
};

export function v3AccountRows(row: Row): Row[] {
  return (row["details"] as readonly Row[]).map((detail) => ({
    balance: detail["cashBal"],
    available: detail["availBal"],
    hold: detail["frozenBal"],
    currency: detail["ccy"],
    id: "",
    timestamp: iso(row["uTime"]),
  }));
}

/** Returns an order as a row of `spot/order`. */
export function v3OrderRow(row: Row): Row {
  const [state, status] = STATES[String(row["state"])] ?? ["-2", "failure"];
  const filledNotional = Number(row["accFillSz"]) * Number(row["avgPx"]);
  const filled = row["tradeId"] !== "";
  return {
    order_id: row["ordId"],
    client_oid: row["clOrdId"],
    instrument_id: row["instId"],
    side: row["side"],
    type: row["ordType"],
    order_type: "0",
    price: row["px"],
    size: row["sz"],
    notional: "",
    filled_size: row["accFillSz"],
    filled_notional: String(Number(filledNotional.toFixed(8))),
    state,
    status,
    margin_trading: "1",
    last_fill_px: filled ? row["fillPx"] : "0",
    last_fill_qty: row["fillSz"],
    last_fill_time: iso(filled ? row["fillTime"] : 0),
    last_fill_id: filled ? row["tradeId"] : "0",
    fee: row["fee"],
    fee_currency: row["feeCcy"],
    rebate: row["rebate"],
    rebate_currency: row["rebateCcy"],
    event_code: row["code"],
    event_message: row["msg"],
    last_amend_result: row["amendResult"],
    last_request_id: row["reqId"],
    created_at: iso(row["cTime"]),
    timestamp: iso(row["uTime"]),
  };
}

/** Returns a position as a row of `futures/position`: both sides in one row. */
export function v3FuturesPositionRow(row: Row): Row {
  const long = Number(row["pos"]) > 0;
  return {
    ...side("long", long ? row : undefined),
    ...side("short", long ? undefined : row),
    instrument_id: row["instId"],
    leverage: row["lever"],
    margin_mode: "crossed",
    realised_pnl: row["realizedPnl"],
    liquidation_price: row["liqPx"],
    created_at: iso(row["cTime"]),
    updated_at: iso(row["uTime"]),
  };
}

/** Returns a position as a row of `swap/position`: the sides held in a list. */
export function v3SwapPositionRow(row: Row): Row {
  const size = unsigned(row["pos"]);
  return {
    holding: [{
      side: Number(row["pos"]) < 0 ? "short" : "long",
      position: size,
      avail_position: size,
      avg_cost: row["avgPx"],
      leverage: row["lever"],
      liquidation_price: row["liqPx"],
      margin: row["imr"],
      realized_pnl: row["realizedPnl"],
      settlement_price: row["avgPx"],
      timestamp: iso(row["uTime"]),
    }],
    instrument_id: row["instId"],
    margin_mode: "crossed",
  };
}

function side(name: "long" | "short", row: Row | undefined): Row {
  const size = row === undefined ? "0" : unsigned(row["pos"]);
  return {
    [`${name}_qty`]: size,
    [`${name}_avail_qty`]: size,
    [`${name}_margin`]: row?.["imr"] ?? "0",
    [`${name}_liqui_price`]: row?.["liqPx"] ?? "0",
    [`${name}_pnl_ratio`]: row?.["uplRatio"] ?? "0",
    [`${name}_avg_cost`]: row?.["avgPx"] ?? "0",
    [`${name}_settlement_price`]: row?.["avgPx"] ?? "0",
  };
}

function unsigned(pos: unknown): string {
  return String(pos).replace("-", "");
}

function iso(timeMs: unknown): string {
  return new Date(Number(timeMs)).toISOString();
}
