/** The private channels that the demo account has: endpoint, allowed arguments, and the feed of each. */
import type { Arg, Feed, MockEndpoint } from "../feeds/feed.ts";
import { accountFeed } from "./account_feed.ts";
import { balanceAndPositionFeed } from "./balance_and_position_feed.ts";
import type { SimulatedTrader } from "./simulated_trader.ts";
import { eventFeed, greeksFeed } from "./event_feed.ts";
import { positionsFeed } from "./positions_feed.ts";

export type PrivateChannel = {
  readonly name: string;
  readonly endpoint: MockEndpoint;
  /** None when an argument is missing or names nothing that exists. */
  open(trader: SimulatedTrader, arg: Arg): Feed | undefined;
};

const CONTRACTS = ["MARGIN", "SWAP", "FUTURES", "OPTION", "EVENTS", "ANY"];
const ALL = ["SPOT", ...CONTRACTS];
const ALGO = ["SPOT", "MARGIN", "SWAP", "FUTURES", "ANY"];
const NEVER = { first: () => [], next: () => [] };

const events = (trader: SimulatedTrader, arg: Arg) => eventFeed(trader, arg, { beginsWithOpen: false });
const openFirst = (trader: SimulatedTrader, arg: Arg) => eventFeed(trader, arg, { beginsWithOpen: true });

export const PRIVATE_CHANNELS: readonly PrivateChannel[] = [
  entry("account", "private", accountFeed),
  entry("positions", "private", positionsFeed, CONTRACTS),
  entry("balance_and_position", "private", balanceAndPositionFeed),
  entry("orders", "private", events, ALL),
  entry("fills", "private", events),
  entry("liquidation-warning", "private", events, CONTRACTS),
  entry("account-greeks", "private", greeksFeed),
  entry("orders-algo", "business", events, ALGO),
  entry("algo-advance", "business", openFirst, ALGO),
  entry("grid-orders-spot", "business", openFirst, ["SPOT", "ANY"]),
  entry("grid-orders-contract", "business", openFirst, ["SWAP", "FUTURES", "ANY"]),
  ofBot("grid-positions"),
  ofBot("grid-sub-orders"),
  entry("algo-recurring-buy", "business", openFirst, ["SPOT", "ANY"]),
  entry("rfqs", "business", events),
  entry("quotes", "business", events),
  entry("sprd-orders", "business", events),
  entry("sprd-trades", "business", events),
  entry("deposit-info", "business", events),
  entry("withdrawal-info", "business", events),
];

/** Returns a channel about one bot: its id has to be there. */
function ofBot(name: string): PrivateChannel {
  const { open, ...channel } = entry(name, "business", openFirst);
  return { ...channel, open: (trader, arg) => arg["algoId"] === undefined ? undefined : open(trader, arg) };
}

function entry(
  name: string,
  endpoint: MockEndpoint,
  open: (trader: SimulatedTrader, arg: Arg) => Feed,
  instTypes?: readonly string[],
): PrivateChannel {
  return {
    name,
    endpoint,
    open(trader, arg) {
      const { listings } = trader.venue;
      const { instId, instType, instFamily } = arg;
      if (instTypes !== undefined && !instTypes.includes(instType ?? "")) return undefined;
      if (instId !== undefined && !listings.has(instId)) return undefined;
      const family = instFamily === undefined ||
        [...listings.values()].some(({ instrument }) => instrument.indexId === instFamily);
      if (!family) return undefined;
      // Event contracts are allowed to ask for, but not traded here.
      return instType === "EVENTS" ? NEVER : open(trader, arg);
    },
  };
}
