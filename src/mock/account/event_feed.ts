/** Private channels that push rows as they change, such as `orders`; some begin with what is open. */
import type { Arg, Feed, Push } from "../feeds/feed.ts";
import { greeksRow } from "./account_row.ts";
import type { SimulatedTrader } from "./simulated_trader.ts";
import type { Row } from "./journal.ts";
import { keyOf } from "./journal.ts";
import { createRegular, matches, privatePush, readOn } from "./snapshot_feed.ts";

export function eventFeed(trader: SimulatedTrader, arg: Arg, options: { beginsWithOpen: boolean }): Feed {
  const changes = readOn(trader.journal);
  const channel = arg["channel"] ?? "";
  const pushOf = (row: Row): Push => privatePush({ data: [row], keyed: [[keyOf(channel, row), row]] });
  return {
    prompt: true,
    first: () =>
      options.beginsWithOpen
        ? trader.journal.open(channel).filter((row) => matches(trader, arg, row)).map(pushOf)
        : [],
    next: () =>
      changes().flatMap(({ rows = [] }) =>
        rows.filter(([name, row]) => name === channel && matches(trader, arg, row)).map(([, row]) =>
          pushOf(row)
        )
      ),
  };
}

/** Creates the feed of `account-greeks`: the coins that have contracts, at first, regularly and when one of them changes. */
export function greeksFeed(trader: SimulatedTrader, arg: Arg): Feed {
  const changes = readOn(trader.journal);
  const regular = createRegular(trader, trader.snapshotMs);
  const coins = ["BTC", "ETH"].filter((ccy) => arg["ccy"] === undefined || arg["ccy"] === ccy);
  const pushesOf = (currencies: readonly string[], nowMs: number): Push[] => {
    const rows = currencies.map((ccy) => greeksRow(trader, ccy, nowMs));
    if (rows.length === 0) return [];
    return [privatePush({ data: rows, keyed: rows.map((row) => [String(row["ccy"]), row]) })];
  };
  return {
    prompt: true,
    first: (nowMs) => pushesOf(coins, nowMs),
    next(nowMs) {
      const changed = new Set(changes().flatMap(({ currencies = [] }) => currencies));
      return regular(nowMs)
        ? pushesOf(coins, nowMs)
        : pushesOf(coins.filter((ccy) => changed.has(ccy)), nowMs);
    },
  };
}
