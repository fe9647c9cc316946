/** The private tables of the old API that the demo account has; the others are acknowledged and stay quiet. */
import type { Arg, Feed, Push } from "../feeds/feed.ts";
import { PRIVATE_CHANNELS } from "./channels.ts";
import type { SimulatedTrader } from "./simulated_trader.ts";
import type { Row } from "./journal.ts";
import { v3AccountRows, v3FuturesPositionRow, v3OrderRow, v3SwapPositionRow } from "./v3_rows.ts";

const PRIVATE = /^(spot|futures|swap|option)\/(account|margin_account|position|order|order_algo)$/;

export function v3NeedsLogin(table: string): boolean {
  return PRIVATE.test(table);
}

/** Returns the feed of a private table; none when its filter names nothing that exists. */
export function openV3PrivateFeed(trader: SimulatedTrader, table: string, filter: string): Feed | undefined {
  const instrument = { instId: filter };
  switch (table) {
    case "spot/account":
      return convert(trader, { channel: "account", ccy: filter }, { rows: v3AccountRows, key: "currency" });
    case "spot/order":
      return convert(trader, { channel: "orders", instType: "SPOT", ...instrument }, {
        rows: (row) => [v3OrderRow(row)],
        key: "order_id",
      });
    case "futures/position":
      return convert(trader, { channel: "positions", instType: "FUTURES", ...instrument }, {
        rows: (row) => [v3FuturesPositionRow(row)],
        key: "instrument_id",
      });
    case "swap/position":
      return convert(trader, { channel: "positions", instType: "SWAP", ...instrument }, {
        rows: (row) => [v3SwapPositionRow(row)],
        key: "instrument_id",
      });
    default:
      return { first: () => [], next: () => [] };
  }
}

function convert(
  trader: SimulatedTrader,
  arg: Arg,
  into: { rows: (row: Row) => Row[]; key: string },
): Feed | undefined {
  const feed = PRIVATE_CHANNELS.find(({ name }) => name === arg["channel"])?.open(trader, arg);
  if (feed === undefined) return undefined;
  const change = (pushes: readonly Push[]): Push[] =>
    pushes.map(({ data }) => data.flatMap((row) => into.rows(row as Row)))
      .filter((rows) => rows.length > 0)
      .map((rows) => ({ data: rows, keyed: rows.map((row) => [String(row[into.key]), row]) }));
  return {
    prompt: true,
    first: (nowMs) => change(feed.first(nowMs)),
    next: (nowMs) => change(feed.next(nowMs)),
  };
}
