/** Rows of v3 that open and close: orders, which number their states. */
import { scalarOrEmpty } from "../exact_json.ts";
import type { RowLifecycle } from "../row_lifecycle.ts";

/** Members and states by the last word of a channel (OKEx v3 documentation, "Order channel" and "Algo order channel"). */
const ORDERS: ReadonlyMap<string, { id: string; member: string; over: readonly string[] }> = new Map([
  ["order", { id: "order_id", member: "state", over: ["2", "-1", "-2"] }],
  ["order_algo", { id: "algo_id", member: "status", over: ["2", "3", "6"] }],
]);

/** Returns the life of a channel's rows; undefined where rows neither open nor close. */
export function lifecycleOfTable(table: string): RowLifecycle | undefined {
  const orders = ORDERS.get(table.split("/")[1] ?? "");
  if (orders === undefined) return undefined;
  const { id, member, over } = orders;
  return {
    channel: table,
    id,
    isOver: (row) => over.includes(scalarOrEmpty(row[member])),
    reopens: false,
    times: ["timestamp", "last_fill_time"],
    growing: ["filled_size", "filled_qty"],
  };
}
