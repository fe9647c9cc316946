/** Rows of the v3 API made from v5 rows: old names, ISO times, and the few members that only the old ones had. */
import type { Market } from "../market/market.ts";
import type { Entry, Row } from "../feeds/rows.ts";
import { openInterestRow } from "../feeds/rows.ts";

export function v3InstrumentRow(row: Row, startMs: number): Row {
  const [base, quote] = String(row["uly"]).split("-");
  const shared = {
    instrument_id: row["instId"],
    underlying: row["instFamily"],
    settlement_currency: row["settleCcy"],
    tick_size: row["tickSz"],
  };
  if (row["instType"] === "OPTION") {
    return {
      ...shared,
      contract_val: row["ctMult"],
      option_type: row["optType"],
      strike: row["stk"],
      lot_size: row["lotSz"],
      listing: iso(row["listTime"]),
      delivery: iso(row["expTime"]),
      state: "2",
      trading_start_time: iso(row["listTime"]),
      timestamp: iso(startMs),
    };
  }
  return {
    ...shared,
    underlying_index: base,
    base_currency: base,
    quote_currency: quote,
    contract_val: row["ctVal"],
    contract_val_currency: row["ctValCcy"],
    listing: iso(row["listTime"]).slice(0, 10),
    delivery: iso(row["expTime"]).slice(0, 10),
    alias: row["alias"],
    trade_increment: row["lotSz"],
    is_inverse: String(row["ctType"] === "inverse"),
    category: row["category"],
  };
}

export function v3TickerRow(market: Market, row: Row, derivative: boolean): Row {
  const instId = String(row["instId"]);
  const listing = market.listings.get(instId);
  return {
    last: row["last"],
    open_24h: row["open24h"],
    best_bid: row["bidPx"],
    high_24h: row["high24h"],
    low_24h: row["low24h"],
    open_utc0: row["sodUtc0"],
    open_utc8: row["sodUtc8"],
    ...(derivative
      ? {
        volume_24h: row["vol24h"],
        volume_token_24h: row["volCcy24h"],
        open_interest: listing && openInterestRow(market, listing, market.nowMs)["oi"],
      }
      : { base_volume_24h: row["vol24h"], quote_volume_24h: row["volCcy24h"] }),
    best_ask: row["askPx"],
    ...head(row),
    best_bid_size: row["bidSz"],
    best_ask_size: row["askSz"],
    last_qty: row["lastSz"],
  };
}

export function v3TradeRow(row: Row, product: string): Row {
  return {
    side: row["side"],
    trade_id: row["tradeId"],
    price: row["px"],
    [product === "futures" || product === "option" ? "qty" : "size"]: row["sz"],
    ...head(row),
  };
}

export function v3FundingRow(row: Row): Row {
  return {
    estimated_rate: row["fundingRate"],
    funding_rate: row["settFundingRate"],
    funding_time: iso(row["fundingTime"]),
    instrument_id: row["instId"],
    interest_rate: "0",
    settlement_time: iso(row["nextFundingTime"]),
  };
}

/**
 * Returns a candle as v3 had it. Old bars have no confirm flag: time and prices, volume, and for derivatives the volume in
 * coin.
 */
export function v3CandleRow(instId: string, row: readonly string[], length: number): Row {
  return { candle: [iso(row[0]), ...row.slice(1, length)], instrument_id: instId };
}

export function v3StatusRow(row: Row): Row {
  return {
    title: row["title"],
    status: "2",
    start_time: iso(row["begin"]),
    end_time: iso(row["end"]),
    href: row["href"],
    product_type: "0",
  };
}

/** Returns what converts a level to v3. Spot `depth` and `depth5` leave out the number of liquidation orders. */
export function entryOf(product: string, name: string): (entry: Entry) => readonly string[] {
  return product === "spot" && name !== "depth_l2_tbt"
    ? ([px, sz, , orders]) => [px, sz, orders]
    : (entry) => entry;
}

export function head(row: Row): Row {
  return { instrument_id: row["instId"], timestamp: iso(row["ts"]) };
}

export function iso(timeMs: unknown): string {
  return new Date(Number(timeMs)).toISOString();
}
