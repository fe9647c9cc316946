/**
 * What the simulated exchange reports about itself, for those who check a client against it: what it sent, what holds
 * now, and every trade there was. Pure: a path and its parameters in, a value out.
 */
import type { Hub } from "./hub.ts";
import type { Market } from "./market/market.ts";

export type AdminParts = {
  readonly hub: Hub;
  readonly market: Market;
  /** Names of the faults that are on. */
  readonly faults: () => readonly string[];
};

/**
 * Returns the page at a path below `/mock/`; undefined where there is none.
 *
 * - `sent`: the market's time, the faults that are on, and for each channel and instrument the pushes and rows that
 *   left for at least one client;
 * - `last`: the last value sent of every row, by `<channel> <key>`, as `lastSent` gives them; `?channel=` narrows;
 * - `open?channel=orders`: keys of what is open now in a private channel;
 * - `rows?channel=orders`: the newest row of everything that happened lately in a private channel, by key;
 * - `trades?instId=BTC-USDT&after=0`: trades since somebody first listened, as `[last id, fills, ms]`.
 */
export function adminPage(path: string, params: URLSearchParams, parts: AdminParts): unknown {
  const { hub, market, faults } = parts;
  switch (path) {
    case "sent":
      return { marketMs: market.nowMs, faults: faults(), topics: hub.counts() };
    case "last":
      return Object.fromEntries(hub.allLastSent(params.get("channel") ?? undefined));
    case "open":
      return market.trader.openIds(params.get("channel") ?? "", market.nowMs);
    case "rows":
      return Object.fromEntries(market.trader.journal.newest(params.get("channel") ?? ""));
    case "trades":
      return tradesOf(market, params);
    default:
      return undefined;
  }
}

function tradesOf(market: Market, params: URLSearchParams): unknown {
  const tape = market.listings.get(params.get("instId") ?? "")?.tape;
  if (tape === undefined) return { from: 0, last: 0, trades: [] };
  return { from: tape.fromId, last: tape.lastId, trades: tape.after(Number(params.get("after") ?? "0")) };
}
