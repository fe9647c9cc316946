/** The actions of the simulated trader, each with what it changed: an id, or a word on what there was not. */
import { formatSteps } from "../market/decimal.ts";
import { integerBelow } from "../market/random.ts";
import type { Random } from "../market/random.ts";
import type { Books } from "./account_row.ts";
import type { Algos } from "./algos.ts";
import { FIRST_BALANCES } from "./funds.ts";
import type { Funds } from "./funds.ts";
import type { Holdings } from "./holdings.ts";
import type { Journal } from "./journal.ts";
import type { Position } from "./ledger.ts";
import type { TraderActionName } from "./trader_action_names.ts";
import { Openings } from "./openings.ts";
import type { Order } from "./order_row.ts";
import type { Orders } from "./orders.ts";
import { gridRow, quoteRow, rfqRow, spreadOrderRow } from "./other_rows.ts";
import { chooseIdleCoin, chooseOpening, chooseOrder, openingOf } from "./strategy.ts";
import { listingOf } from "./venue.ts";

export type TraderParts = {
  readonly books: Books;
  readonly journal: Journal;
  readonly orders: Orders;
  readonly algos: Algos;
  readonly funds: Funds;
  readonly holdings: Holdings;
};

export type TraderAction = (nowMs: number) => string;
export type TraderActions = Readonly<
  Record<Exclude<TraderActionName, "snapshot" | "on" | "off">, TraderAction>
>;

/** Who acts, and what with. */
type Trader = TraderParts & { readonly random: Random };

export function createTraderActions(parts: TraderParts, random: Random): TraderActions {
  const trader = { ...parts, random };
  return {
    ...orderActions(trader),
    ...positionActions(trader),
    ...algoActions(trader),
    ...fundActions(trader),
    ...negotiationActions(trader),
    ...otherActions(trader),
  };
}

type OrderActionName = "place" | "part-fill" | "fill" | "amend" | "cancel" | "cancel-all" | "repeat";

function orderActions(trader: Trader): Pick<TraderActions, OrderActionName> {
  const { orders } = trader;
  return {
    place: (nowMs) => placeOrder(trader, nowMs).ordId,
    "part-fill"(nowMs) {
      const candidates = [...orders.live.values()].filter(({ lots, filled }) => lots - filled > 1);
      const order = pick(trader, candidates) ?? placeOrder(trader, nowMs);
      orders.fill(order, nowMs, Math.ceil((order.lots - order.filled) / 2));
      return order.ordId;
    },
    fill(nowMs) {
      const order = waitingOrder(trader, nowMs);
      orders.fill(order, nowMs);
      return order.ordId;
    },
    amend(nowMs) {
      const order = waitingOrder(trader, nowMs);
      orders.amend(order, order.ticks + (order.side === "buy" ? -1 : 1), nowMs);
      return order.ordId;
    },
    cancel(nowMs) {
      const order = waitingOrder(trader, nowMs);
      orders.cancel(order, nowMs);
      return order.ordId;
    },
    "cancel-all"(nowMs) {
      const all = [...orders.live.values()];
      for (const order of all) orders.cancel(order, nowMs);
      return all.length === 0 ? "nothing is live" : all.map(({ ordId }) => ordId).join(" ");
    },
    repeat: (nowMs) => orders.repeat(nowMs) ?? "nothing to repeat",
  };
}

type PositionActionName = "open-position" | "close-position" | "expire-position" | "warn";

function positionActions(trader: Trader): Pick<TraderActions, PositionActionName> {
  const { books, orders, holdings, random } = trader;
  const { venue, ledger } = books;
  return {
    "open-position"(nowMs) {
      const ask = chooseOpening(books, random, nowMs);
      return openPosition(trader, ask.listing.instrument.instId, nowMs).posId;
    },
    "close-position"(nowMs) {
      const position = somePosition(trader, nowMs);
      const listing = listingOf(venue, position.instrument.instId);
      const side = position.lots > 0 ? "sell" : "buy";
      const lots = Math.abs(position.lots);
      const ask = { listing, side, lots, ordType: "market", ticks: listing.markTicks(nowMs) } as const;
      orders.fill(orders.place(ask, nowMs), nowMs);
      return position.posId;
    },
    "expire-position"(nowMs) {
      const options = ledger.held.filter(({ instrument }) => instrument.strike !== undefined);
      const position = pick(trader, options);
      if (position === undefined) return "no option is held";
      holdings.expire(position, nowMs);
      return position.posId;
    },
    warn(nowMs) {
      const position = somePosition(trader, nowMs);
      holdings.warn(position, nowMs);
      return position.posId;
    },
  };
}

function algoActions(trader: Trader): Pick<TraderActions, "algo" | "trigger" | "cancel-algo"> {
  const { books, algos, random } = trader;
  const algo: TraderAction = (nowMs) => {
    const { listing, side, lots } = chooseOrder(books, random, nowMs);
    const mark = listing.markTicks(nowMs);
    const ticks = Math.round(mark * (side === "buy" ? 1.01 : 0.99));
    return algos.place({ listing, side, lots, ticks }, nowMs).algoId;
  };
  const waiting = (nowMs: number) => {
    if (algos.live.size === 0) algo(nowMs);
    return pick(trader, algos.live.values())!;
  };
  return {
    algo,
    trigger(nowMs) {
      const one = waiting(nowMs);
      algos.trigger(one, nowMs);
      return one.algoId;
    },
    "cancel-algo"(nowMs) {
      const one = waiting(nowMs);
      algos.cancel(one, nowMs);
      return one.algoId;
    },
  };
}

function fundActions(trader: Trader): Pick<TraderActions, "deposit" | "withdraw" | "zero-balance"> {
  const { books, funds } = trader;
  const { ledger } = books;
  return {
    deposit(nowMs) {
      // A coin that is gone comes back first; a trader who runs low tops up.
      const gone = FIRST_BALANCES.find(([ccy, amount]) => ledger.balance(ccy).cash < amount / 10);
      const [ccy, amount] = gone ?? pick(trader, FIRST_BALANCES)!;
      funds.deposit(ccy, gone === undefined ? amount / 10 : amount, nowMs);
      return ccy;
    },
    withdraw(nowMs) {
      const ccy = chooseIdleCoin(books);
      if (ccy === undefined) return "no idle coin is left";
      funds.withdraw(ccy, Math.floor(ledger.balance(ccy).cash * 100) / 1000, nowMs);
      return ccy;
    },
    "zero-balance"(nowMs) {
      const ccy = chooseIdleCoin(books);
      if (ccy === undefined) return "no idle coin is left";
      funds.empty(ccy, nowMs);
      return ccy;
    },
  };
}

/** Returns a request for quotes or a spread order, and its end. */
function negotiationActions({ journal, random }: Trader): Pick<TraderActions, "rfq" | "spread"> {
  let number = 0;
  const begin = (nowMs: number) => ({ number: number++, bornMs: nowMs, nowMs });
  return {
    rfq(nowMs) {
      const begun = begin(nowMs);
      for (const state of ["active", "canceled"]) {
        const row = { ...begun, state };
        journal.record({ timeMs: nowMs, rows: [["rfqs", rfqRow(row)], ["quotes", quoteRow(row)]] });
      }
      return String(rfqRow({ ...begun, state: "canceled" })["rfqId"]);
    },
    spread(nowMs) {
      const begun = begin(nowMs);
      const end = random() < 0.5 ? "filled" : "canceled";
      for (const state of ["live", end]) {
        journal.record({ timeMs: nowMs, rows: [["sprd-orders", spreadOrderRow({ ...begun, state })]] });
      }
      return String(spreadOrderRow({ ...begun, state: end })["ordId"]);
    },
  };
}

function otherActions({ books: { venue }, journal }: Trader): Pick<TraderActions, "begin" | "end" | "grid"> {
  const openings = new Openings(journal);
  let number = 0;
  return {
    begin: (nowMs) => openings.begin(nowMs),
    end: (nowMs) => openings.end(nowMs),
    grid(nowMs) {
      const listing = listingOf(venue, "BTC-USDT");
      const px = formatSteps(listing.markTicks(nowMs), listing.instrument.price);
      const row = gridRow(number++, { nowMs, startMs: venue.startMs, px });
      journal.record({ timeMs: nowMs, rows: [["grid-orders-spot", row]] });
      return String(row["algoId"]);
    },
  };
}

function pick<T>({ random }: Trader, values: Iterable<T>): T | undefined {
  const all = [...values];
  return all[integerBelow(random, all.length)];
}

function placeOrder({ orders, books, random }: Trader, nowMs: number): Order {
  return orders.place(chooseOrder(books, random, nowMs), nowMs);
}

/** Returns an order that waits, placed for the purpose if there is none. */
function waitingOrder(trader: Trader, nowMs: number): Order {
  return pick(trader, trader.orders.live.values()) ?? placeOrder(trader, nowMs);
}

function openPosition({ books, orders }: Trader, instId: string, nowMs: number): Position {
  orders.fill(orders.place(openingOf(books, instId, nowMs), nowMs), nowMs);
  return books.ledger.positions.get(instId)!;
}

/** Returns a position, opened for the purpose if there is none. */
function somePosition(trader: Trader, nowMs: number): Position {
  return pick(trader, trader.books.ledger.held) ?? openPosition(trader, "BTC-USDT-SWAP", nowMs);
}
