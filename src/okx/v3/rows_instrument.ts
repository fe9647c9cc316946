/** The v3 row of a v5 instrument. */
import type { Row } from "../frame.ts";
import { isoTime, type RowConverter, textOf } from "./rows.ts";

const DAY_MS = 86_400_000;

/** Futures, swap, option and spot instruments; members that a product did not have are left out. */
export const instrumentRow: RowConverter = (value) => {
  const row = (typeof value === "object" && value !== null ? value : {}) as Row;
  const type = textOf(row.instType);
  const common: Record<string, unknown> = {
    instrument_id: textOf(row.instId),
    tick_size: textOf(row.tickSz),
  };
  if (type === "SPOT" || type === "MARGIN") {
    return {
      ...common,
      base_currency: textOf(row.baseCcy),
      quote_currency: textOf(row.quoteCcy),
      min_size: textOf(row.minSz),
      size_increment: textOf(row.lotSz),
    };
  }
  const [base = "", quote = ""] = (textOf(row.uly) || textOf(row.instFamily)).split("-");
  const derivative = {
    ...common,
    underlying: textOf(row.instFamily) || textOf(row.uly),
    underlying_index: base,
    base_currency: base,
    quote_currency: quote,
    settlement_currency: textOf(row.settleCcy),
    contract_val: textOf(row.ctVal),
    contract_val_currency: textOf(row.ctValCcy),
    listing: dateOf(row.listTime),
    delivery: dateOf(row.expTime),
    is_inverse: String(row.ctType === "inverse"),
  };
  if (type === "OPTION") {
    return {
      ...derivative,
      option_type: textOf(row.optType),
      strike: textOf(row.stk),
      lot_size: textOf(row.lotSz),
      state: OPTION_STATES.get(textOf(row.state)) ?? textOf(row.state),
      listing: isoTime(row.listTime),
      delivery: isoTime(row.expTime),
    };
  }
  return {
    ...derivative,
    trade_increment: textOf(row.lotSz),
    alias: textOf(row.alias) || (type === "FUTURES" ? aliasOf(row.listTime, row.expTime) : ""),
  };
};

/** v3 option states: 1 preopen, 2 live, 3 suspended, 4 settlement. */
const OPTION_STATES: ReadonlyMap<string, string> = new Map([
  ["preopen", "1"],
  ["live", "2"],
  ["suspend", "3"],
  ["settling", "4"],
]);

function dateOf(ms: unknown): string {
  return isoTime(ms).slice(0, 10);
}

/**
 * v5 retired the alias of an expiry; its length is what is left to derive it from. Weekly contracts lived for up to two
 * weeks, the others are quarterly.
 */
function aliasOf(listed: unknown, expires: unknown): string {
  const days = (Number(expires) - Number(listed)) / DAY_MS;
  if (!(days > 0)) return "";
  if (days <= 7.5) return "this_week";
  if (days <= 14.5) return "next_week";
  return days <= 100 ? "quarter" : "bi_quarter";
}
