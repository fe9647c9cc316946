/** The moves of the simulated trader, each with what it changed: an id, or a word on what there was not. */
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
import type { MoveName } from "./trader_action_names.ts";
import { Openings } from "./openings.ts";
import type { Order } from "./order_row.ts";
import type { Orders } from "./orders.ts";
import { gridRow, quoteRow, rfqRow, spreadOrderRow } from "./other_rows.ts";
import { chooseIdleCoin, chooseOpening, chooseOrder, openingOf } from "./strategy.ts";
import { listingOf } from "./venue.ts";

export type Desks = {
  readonly books: Books;
  readonly journal: Journal;
  readonly orders: Orders;
  readonly algos: Algos;
  readonly funds: Funds;
  readonly holdings: Holdings;
};

export type Move = (nowMs: number) => string;
export type Moves = Readonly<Record<Exclude<MoveName, "snapshot" | "on" | "off">, Move>>;

export function createMoves(desks: Desks, random: Random): Moves {
  const { books, journal, orders, algos, funds, holdings } = desks;
  const { venue, ledger } = books;
  const openings = new Openings(journal);
  let talks = 0;
  let gridTurn = 0;

  const pick = <T>(values: Iterable<T>): T | undefined => {
    const all = [...values];
    return all[integerBelow(random, all.length)];
  };
  const place: Move = (nowMs) => orders.place(chooseOrder(books, random, nowMs), nowMs).ordId;
  /** An order that waits, placed for the purpose if there is none. */
  const waiting = (nowMs: number): Order => {
    const order = pick(orders.live.values());
    return order ?? orders.place(chooseOrder(books, random, nowMs), nowMs);
  };
  const open = (instId: string, nowMs: number): Position => {
    orders.fill(orders.place(openingOf(books, instId, nowMs), nowMs), nowMs);
    return ledger.positions.get(instId)!;
  };
  const held = (nowMs: number) => pick(ledger.held) ?? open("BTC-USDT-SWAP", nowMs);
  const algo: Move = (nowMs) => {
    const { listing, side, lots } = chooseOrder(books, random, nowMs);
    const mark = listing.markTicks(nowMs);
    const ticks = Math.round(mark * (side === "buy" ? 1.01 : 0.99));
    return algos.place({ listing, side, lots, ticks }, nowMs).algoId;
  };
  const waitingAlgo = (nowMs: number) => {
    if (algos.live.size === 0) algo(nowMs);
    return pick(algos.live.values())!;
  };
  /** A request for quotes or a spread order, and its end. */
  const talk = (nowMs: number) => ({ number: talks++, bornMs: nowMs, nowMs });

  return {
    place,
    "part-fill"(nowMs) {
      const candidates = [...orders.live.values()].filter(({ lots, filled }) => lots - filled > 1);
      const order = pick(candidates) ?? orders.place(chooseOrder(books, random, nowMs), nowMs);
      orders.fill(order, nowMs, Math.ceil((order.lots - order.filled) / 2));
      return order.ordId;
    },
    fill(nowMs) {
      const order = waiting(nowMs);
      orders.fill(order, nowMs);
      return order.ordId;
    },
    amend(nowMs) {
      const order = waiting(nowMs);
      orders.amend(order, order.ticks + (order.side === "buy" ? -1 : 1), nowMs);
      return order.ordId;
    },
    cancel(nowMs) {
      const order = waiting(nowMs);
      orders.cancel(order, nowMs);
      return order.ordId;
    },
    "cancel-all"(nowMs) {
      const all = [...orders.live.values()];
      for (const order of all) orders.cancel(order, nowMs);
      return all.length === 0 ? "nothing is live" : all.map(({ ordId }) => ordId).join(" ");
    },
    repeat: (nowMs) => orders.repeat(nowMs) ?? "nothing to repeat",
    "open-position"(nowMs) {
      const ask = chooseOpening(books, random, nowMs);
      return open(ask.listing.instrument.instId, nowMs).posId;
    },
    "close-position"(nowMs) {
      const position = held(nowMs);
      const listing = listingOf(venue, position.instrument.instId);
      const side = position.lots > 0 ? "sell" : "buy";
      const lots = Math.abs(position.lots);
      const ask = { listing, side, lots, ordType: "market", ticks: listing.markTicks(nowMs) } as const;
      orders.fill(orders.place(ask, nowMs), nowMs);
      return position.posId;
    },
    "expire-position"(nowMs) {
      const options = ledger.held.filter(({ instrument }) => instrument.strike !== undefined);
      const position = pick(options);
      if (position === undefined) return "no option is held";
      holdings.expire(position, nowMs);
      return position.posId;
    },
    warn(nowMs) {
      const position = held(nowMs);
      holdings.warn(position, nowMs);
      return position.posId;
    },
    algo,
    trigger(nowMs) {
      const one = waitingAlgo(nowMs);
      algos.trigger(one, nowMs);
      return one.algoId;
    },
    "cancel-algo"(nowMs) {
      const one = waitingAlgo(nowMs);
      algos.cancel(one, nowMs);
      return one.algoId;
    },
    deposit(nowMs) {
      // A coin that is gone comes back first; a trader who runs low tops up.
      const gone = FIRST_BALANCES.find(([ccy, amount]) => ledger.balance(ccy).cash < amount / 10);
      const [ccy, amount] = gone ?? pick(FIRST_BALANCES)!;
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
    rfq(nowMs) {
      const begun = talk(nowMs);
      for (const state of ["active", "canceled"]) {
        const row = { ...begun, state };
        journal.record({ timeMs: nowMs, rows: [["rfqs", rfqRow(row)], ["quotes", quoteRow(row)]] });
      }
      return String(rfqRow({ ...begun, state: "canceled" })["rfqId"]);
    },
    spread(nowMs) {
      const begun = talk(nowMs);
      const end = random() < 0.5 ? "filled" : "canceled";
      for (const state of ["live", end]) {
        journal.record({ timeMs: nowMs, rows: [["sprd-orders", spreadOrderRow({ ...begun, state })]] });
      }
      return String(spreadOrderRow({ ...begun, state: end })["ordId"]);
    },
    begin: (nowMs) => openings.begin(nowMs),
    end: (nowMs) => openings.end(nowMs),
    grid(nowMs) {
      const listing = listingOf(venue, "BTC-USDT");
      const px = formatSteps(listing.markTicks(nowMs), listing.instrument.price);
      const row = gridRow(gridTurn++, { nowMs, startMs: venue.startMs, px });
      journal.record({ timeMs: nowMs, rows: [["grid-orders-spot", row]] });
      return String(row["algoId"]);
    },
  };
}
