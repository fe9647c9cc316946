/** Trigger orders (`orders-algo`) and iceberg orders (`algo-advance`): live, then effective or cancelled. */
import type { Listing } from "../market/listing.ts";
import type { Algo, AlgoNews } from "./algo_row.ts";
import { algoRow } from "./algo_row.ts";
import { dollarValue } from "./contracts.ts";
import type { Journal } from "./journal.ts";
import type { Orders } from "./orders.ts";
import type { Venue } from "./venue.ts";

const FIRST_ALGO_ID = 706620792746729472n;

export class Algos {
  /** By `algoId`. */
  readonly live = new Map<string, Algo>();
  readonly #venue: Venue;
  readonly #journal: Journal;
  readonly #orders: Orders;
  #placed = 0n;

  constructor(parts: { venue: Venue; journal: Journal; orders: Orders }) {
    this.#venue = parts.venue;
    this.#journal = parts.journal;
    this.#orders = parts.orders;
  }

  /** Every other one is an iceberg. */
  place(ask: { listing: Listing; side: "buy" | "sell"; ticks: number; lots: number }, nowMs: number): Algo {
    const count = this.#placed++;
    const channel = count % 2n === 0n ? "orders-algo" : "algo-advance";
    const algo: Algo = { ...ask, channel, algoId: String(FIRST_ALGO_ID + count), createdMs: nowMs };
    this.live.set(algo.algoId, algo);
    this.#record(algo, { state: "live", nowMs });
    return algo;
  }

  /** Becomes a market order, which is filled at once. */
  trigger(algo: Algo, nowMs: number): void {
    this.live.delete(algo.algoId);
    const { listing, side, lots, algoId } = algo;
    const ask = { listing, side, lots, algoId, ordType: "market", ticks: listing.markTicks(nowMs) } as const;
    const order = this.#orders.place(ask, nowMs);
    const { ticks } = this.#orders.fill(order, nowMs);
    this.#record(algo, { state: "effective", nowMs, ordId: order.ordId, actualTicks: ticks });
  }

  cancel(algo: Algo, nowMs: number): void {
    this.live.delete(algo.algoId);
    this.#record(algo, { state: "canceled", nowMs });
  }

  #record(algo: Algo, news: Omit<AlgoNews, "usd">): void {
    const { listing, lots, ticks, channel } = algo;
    const usd = dollarValue(this.#venue, listing, { lots, ticks, nowMs: news.nowMs });
    this.#journal.record({ timeMs: news.nowMs, rows: [[channel, algoRow(algo, { ...news, usd })]] });
  }
}
