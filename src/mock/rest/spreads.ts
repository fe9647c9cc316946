/** The public REST calls about spreads. */
import type { Call } from "./call.ts";
import { CANDLE_BARS } from "./bars.ts";
import { spreadCandles } from "./pages.ts";
import type { Query } from "./query.ts";
import { numberOf, spreadOf } from "./query.ts";
import { spreadEntries, spreadRow, spreadTickerRow, spreadTradeRow } from "../feeds/spread_rows.ts";

/** The newest trades that REST lists; the documentation names no number. */
const TRADES = 100;

export const SPREAD_CALLS: readonly (readonly [path: string, call: Call])[] = [
  ["/sprd/spreads", { limit: 20, answer: spreads }],
  ["/sprd/books", { limit: 20, answer: books }],
  ["/sprd/public-trades", { limit: 20, answer: trades }],
  ["/market/sprd-ticker", {
    limit: 20,
    answer: (query) => [spreadTickerRow(spreadOf(query), query.nowMs)],
  }],
  ["/market/sprd-candles", {
    limit: 40,
    answer: (query) => spreadCandles(query, { most: 300, reach: 1440, bars: CANDLE_BARS }),
  }],
  ["/market/sprd-history-candles", {
    limit: 20,
    answer: (query) => spreadCandles(query, { most: 100, bars: CANDLE_BARS }),
  }],
];

function spreads({ market, params }: Query): unknown[] {
  const [base, instId, sprdId, state] = ["baseCcy", "instId", "sprdId", "state"].map((name) =>
    params.get(name)
  );
  return [...market.spreads.values()].filter((spread) =>
    (!base || spread.legs[0].instrument.base === base) &&
    (!instId || spread.legs.some(({ instrument }) => instrument.instId === instId)) &&
    (!sprdId || spread.sprdId === sprdId) &&
    (!state || state === "live")
  ).map(spreadRow);
}

/** There is no sequence number here. */
function books(query: Query): unknown[] {
  const spread = spreadOf(query);
  const depth = Math.min(Math.max(numberOf(query, "sz") ?? 5, 1), 400);
  return [{
    asks: spreadEntries(spread, spread.asks.slice(0, depth)),
    bids: spreadEntries(spread, spread.bids.slice(0, depth)),
    ts: String(spread.changedMs),
  }];
}

function trades(query: Query): unknown[] {
  const named = query.params.get("sprdId");
  const found = named === null || named === "" ? [...query.market.spreads.values()] : [spreadOf(query)];
  return found.flatMap((spread) =>
    spread.trades.filter(({ timeMs }) => timeMs <= query.nowMs).map((trade) => spreadTradeRow(spread, trade))
  )
    .sort((a, b) =>
      Number(b["ts"]) - Number(a["ts"]) || (String(b["tradeId"]) > String(a["tradeId"]) ? 1 : -1)
    )
    .slice(0, TRADES);
}
