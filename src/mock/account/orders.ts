/**
 * The orders of the demo account and their life: live, partially filled, filled or cancelled. Every step is
 * recorded with all that follows from it, money and position included.
 */
import type { Listing } from "../market/listing.ts";
import { balDataRow } from "./account_row.ts";
import type { Books } from "./account_row.ts";
import { dollarValue, settleCcy, settleValue } from "./contracts.ts";
import type { Change, Journal, Row } from "./journal.ts";
import type { Order, OrderFill } from "./order_row.ts";
import { fillRow, orderRow } from "./order_row.ts";
import { positionRow } from "./position_row.ts";

export type Ask = {
  readonly listing: Listing;
  readonly side: "buy" | "sell";
  readonly ordType: "limit" | "market";
  readonly ticks: number;
  readonly lots: number;
  readonly algoId?: string;
};

const FIRST_ORD_ID = 680800019749904384n;
const FIRST_TRADE_ID = 242589207;
/** What the exchange takes of a fill: contracts, spot. */
const FEES = [0.0002, 0.0008] as const;

export class Orders {
  /** By `ordId`. */
  readonly live = new Map<string, Order>();
  readonly #books: Books;
  readonly #journal: Journal;
  #placed = 0;
  #fills = 0;
  #amended = 0;
  #lastRow: Row | undefined;

  constructor(books: Books, journal: Journal) {
    this.#books = books;
    this.#journal = journal;
  }

  place(ask: Ask, nowMs: number): Order {
    const count = this.#placed++;
    const { algoId = "", ...wanted } = ask;
    const order: Order = {
      ...wanted,
      algoId,
      ordId: String(FIRST_ORD_ID + BigInt(count) * 4096n),
      // Clients give no id, a number, or a text.
      clOrdId: ["", String(1_700_000 + count), `sim${count}`][count % 3] ?? "",
      createdMs: nowMs,
      filled: 0,
      worth: 0,
      fee: 0,
      pnl: 0,
      state: "live",
    };
    this.live.set(order.ordId, order);
    const frozen = this.#freeze(order, 1, nowMs);
    this.#record(order, { timeMs: nowMs, currencies: frozen });
    return order;
  }

  /** Fills `lots` of an order, or all that is left. */
  fill(order: Order, nowMs: number, lots = order.lots - order.filled): OrderFill {
    const { instrument } = order.listing;
    const ticks = order.ordType === "limit" ? order.ticks : order.listing.markTicks(nowMs);
    this.#freeze(order, -1, nowMs);
    const tradeId = String(FIRST_TRADE_ID + this.#fills++);
    const spot = instrument.contractValue === 0;
    const { fee, feeCcy, pnl } = spot
      ? this.#exchange(order, { lots, ticks, nowMs })
      : this.#trade(order, { lots, ticks, tradeId, nowMs });
    order.filled += lots;
    order.worth += ticks * lots;
    order.fee += fee;
    order.pnl += pnl;
    order.state = order.filled === order.lots ? "filled" : "partially_filled";
    if (order.state === "filled") this.live.delete(order.ordId);
    else this.#freeze(order, 1, nowMs);
    const { venue, ledger } = this.#books;
    const usd = dollarValue(venue, order.listing, { lots, ticks, nowMs });
    const fill = { tradeId, ticks, lots, fee, feeCcy, pnl, usd };
    const currencies = spot ? [instrument.base, instrument.quote] : [feeCcy];
    const position = spot ? undefined : ledger.positions.get(instrument.instId);
    this.#record(order, {
      timeMs: nowMs,
      cause: "filled",
      currencies,
      balances: currencies.map((ccy) => balDataRow(ledger, ccy)),
      positions: position === undefined ? [] : [positionRow(venue, position, nowMs)],
      trades: [{ instId: instrument.instId, tradeId }],
      rows: [["fills", fillRow(order, fill, nowMs)]],
    }, { fill });
    return fill;
  }

  amend(order: Order, ticks: number, nowMs: number): void {
    this.#freeze(order, -1, nowMs);
    order.ticks = ticks;
    const currencies = this.#freeze(order, 1, nowMs);
    this.#record(order, { timeMs: nowMs, currencies }, { reqId: `amend${this.#amended++}` });
  }

  cancel(order: Order, nowMs: number): void {
    const currencies = this.#freeze(order, -1, nowMs);
    order.state = "canceled";
    this.live.delete(order.ordId);
    this.#record(order, { timeMs: nowMs, currencies });
  }

  /** Sends the last order row once more, as the exchange may, with another `uTime`; gives its `ordId`. */
  repeat(nowMs: number): string | undefined {
    const row = this.#lastRow;
    if (row === undefined) return undefined;
    const uTime = String(Math.max(nowMs, Number(row["uTime"]) + 1));
    this.#journal.record({ timeMs: nowMs, rows: [["orders", { ...row, uTime }]] });
    return String(row["ordId"]);
  }

  #record(order: Order, change: Change, news: { fill?: OrderFill; reqId?: string } = {}): void {
    const { venue } = this.#books;
    const { listing, ticks, lots } = order;
    const nowMs = change.timeMs;
    const usd = dollarValue(venue, listing, { lots, ticks, nowMs });
    const row = orderRow(order, { nowMs, usd, feeCcy: feeCcyOf(order), ...news });
    this.#lastRow = row;
    this.#journal.record({ ...change, rows: [["orders", row], ...change.rows ?? []] });
  }

  /** Sets aside (1) or gives back (-1) what is left of a spot limit order; contracts set nothing aside here. */
  #freeze(order: Order, sign: 1 | -1, nowMs: number): string[] {
    const { instrument } = order.listing;
    if (instrument.contractValue > 0 || order.ordType === "market") return [];
    const left = order.lots - order.filled;
    const buys = order.side === "buy";
    const ccy = buys ? instrument.quote : instrument.base;
    const size = left * instrument.lot.size;
    this.#books.ledger.freeze(ccy, sign * (buys ? size * order.ticks * instrument.price.size : size), nowMs);
    return [ccy];
  }

  /** Spot: one coin for another, the fee in what is received. */
  #exchange(order: Order, deal: { lots: number; ticks: number; nowMs: number }) {
    const { ledger } = this.#books;
    const { base, quote, lot, price } = order.listing.instrument;
    const size = deal.lots * lot.size;
    const amount = size * deal.ticks * price.size;
    const buys = order.side === "buy";
    const fee = -FEES[1] * (buys ? size : amount);
    ledger.pay(base, buys ? size + fee : -size, deal.nowMs);
    ledger.pay(quote, buys ? -amount : amount + fee, deal.nowMs);
    return { fee, feeCcy: buys ? base : quote, pnl: 0 };
  }

  #trade(order: Order, deal: { lots: number; ticks: number; tradeId: string; nowMs: number }) {
    const { instrument } = order.listing;
    const fee = -FEES[0] * settleValue(order.listing, deal.lots, deal.ticks);
    const lots = order.side === "buy" ? deal.lots : -deal.lots;
    const { gain } = this.#books.ledger.trade({ instrument, ...deal, lots, fee });
    return { fee, feeCcy: settleCcy(instrument), pnl: gain };
  }
}

function feeCcyOf({ listing: { instrument }, side }: Order): string {
  if (instrument.contractValue > 0) return settleCcy(instrument);
  return side === "buy" ? instrument.base : instrument.quote;
}
