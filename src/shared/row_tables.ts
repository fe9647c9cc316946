/**
 * Which tables rows are shown in, and which members of a row make the columns of those of an account: by v5's names and by
 * the older ones. `okws watch` and the dashboard draw the same tables from it. Values only.
 */

/** `tape` is a list of what happened, newest first; `rows` is anything that has no table of its own. */
export type TableKind =
  | "quotes"
  | "books"
  | "tape"
  | "candles"
  | "balances"
  | "positions"
  | "orders"
  | "rows";

/** One column: the first of its members that says something is shown. */
export type RowColumn = {
  /** The key of its title, or the name of a member. */
  readonly title: string;
  /** Where not all columns fit, those with the highest rank go first; rank 0 stays. */
  readonly rank: number;
  readonly members: readonly string[];
  /** `figure` stands to the right; `gain` is one that is good above zero; `side` is to buy or to sell. */
  readonly as: "name" | "currency" | "text" | "figure" | "gain" | "side";
};

/** The instrument, currency or family that a row is about. */
export const NAME_MEMBERS = [
  ...["instId", "instrument_id", "sprdId", "ccy", "currency", "underlying", "uly", "instFamily"],
];

/** Columns of an account's tables; age, rate and state follow where they are shown. */
export const ACCOUNT_TABLES = {
  balances: [
    column("heading.currency", 0, "currency", "ccy", "currency", "instId", "underlying", "instrument_id"),
    column("heading.equity", 0, "figure", "eq", "equity", "cashBal", "balance", "totalEq"),
    column("heading.available", 1, "figure", "availBal", "availEq", "available", "total_avail_balance"),
    column("heading.frozen", 3, "figure", "frozenBal", "ordFrozen", "hold", "margin_frozen"),
    column("heading.unrealized", 3, "gain", "upl", "unrealized_pnl"),
    column("heading.in_usd", 4, "figure", "eqUsd", "totalEq"),
  ],
  positions: [
    column("heading.instrument", 0, "name", ...NAME_MEMBERS),
    column("heading.side", 2, "text", "posSide", "side", "direction"),
    column("heading.size", 0, "figure", "pos", "position", "long_qty"),
    column("heading.entry", 1, "figure", "avgPx", "avg_cost", "long_avg_cost"),
    column("heading.mark", 2, "figure", "markPx", "last"),
    column("heading.unrealized", 1, "gain", "upl", "unrealized_pnl", "long_unrealised_pnl"),
    column("heading.liquidation", 3, "figure", "liqPx", "liquidation_price", "long_liqui_price"),
    column("heading.leverage", 4, "figure", "lever", "leverage"),
  ],
  orders: [
    column("heading.instrument", 0, "name", ...NAME_MEMBERS),
    column("heading.side", 2, "side", "side"),
    column("heading.type", 3, "text", "ordType", "order_type", "algoOrdType", "type"),
    column("heading.price", 0, "figure", "px", "price", "triggerPx", "slTriggerPx"),
    column("heading.size", 1, "figure", "sz", "size"),
    column("heading.filled", 2, "figure", "accFillSz", "filled_size", "filled_qty"),
    column("heading.order", 1, "text", "state"),
    column("id", 4, "text", "ordId", "order_id", "algoId", "algo_id", "rfqId", "quoteId"),
  ],
} as const satisfies Readonly<Record<string, readonly RowColumn[]>>;

/** A kind of table of an account. */
export type AccountKind = keyof typeof ACCOUNT_TABLES;

function column<const Title extends string>(
  title: Title,
  rank: number,
  as: RowColumn["as"],
  ...members: readonly string[]
): RowColumn & { readonly title: Title } {
  return { title, rank, as, members };
}
