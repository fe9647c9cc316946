/** Rows of orders and algo orders of legacy paths: what their numbered states mean, and their members in the words of v5. */
import type { Row } from "../frame.ts";

/** What rows of orders say that are kept with the members of v3. */
export type KeptOrders = {
  /** Returns whether a row says that its order is open; one whose state cannot be read is neither open nor over. */
  readonly isOpen: (row: Row) => boolean;
  readonly isOver: (row: Row) => boolean;
  /** Returns a row in the members of v5, as far as it can be said in them. */
  readonly toV5: (row: Readonly<Record<string, string>>) => Record<string, string>;
};

/** Those of every legacy path. */
export const LEGACY_ORDERS: KeptOrders = { isOpen, isOver, toV5 };

/** What an end is called by the exchange now; undefined for a legacy row that is not over. */
function endOf({ state, status, algo_id: algoId }: Row): string | undefined {
  return algoId === undefined ? ENDS[String(state)] : ALGO_ENDS[String(status)];
}

const ENDS: Readonly<Record<string, string>> = { "2": "filled", "-1": "canceled", "-2": "canceled" };
const ALGO_ENDS: Readonly<Record<string, string>> = {
  "2": "effective",
  "3": "canceled",
  "6": "order_failed",
};

function isOver(row: Row): boolean {
  return endOf(row) !== undefined;
}

/** Orders have a `state` (and those of spot a `status` beside it), algo orders a `status` alone. */
function isOpen({ state, status, algo_id: algoId }: Row): boolean {
  return algoId === undefined ? state === "0" || state === "1" : ["1", "4", "5"].includes(String(status));
}

/** Members that identify an order and that a legacy row has; what v3 had no word for is lost. */
const MEMBERS: Readonly<Record<string, string>> = {
  order_id: "ordId",
  algo_id: "algoId",
  client_oid: "clOrdId",
  instrument_id: "instId",
  price: "px",
  size: "sz",
  side: "side",
  filled_size: "accFillSz",
  filled_qty: "accFillSz",
  fee: "fee",
};

function toV5(row: Readonly<Record<string, string>>): Record<string, string> {
  const order: Record<string, string> = {
    state: endOf(row) ?? (row.state === "1" ? "partially_filled" : "live"),
  };
  for (const [legacy, name] of Object.entries(MEMBERS)) {
    const value = row[legacy];
    if (value !== undefined && value !== "") order[name] = value;
  }
  const changedAt = Date.parse(row.timestamp ?? "");
  return Number.isNaN(changedAt) ? order : { ...order, uTime: String(changedAt) };
}
