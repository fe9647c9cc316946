/**
 * The demo account and its simulated trader, who acts every second or two: the same seed gives the same orders,
 * fills and cancellations in the same sequence. Pure: time is handed in.
 */
import { createRandom, integerBelow, seedOf } from "../market/random.ts";
import type { Random } from "../market/random.ts";
import type { Books } from "./account_row.ts";
import { heldCurrencies } from "./account_row.ts";
import { Algos } from "./algos.ts";
import { Funds } from "./funds.ts";
import { Holdings } from "./holdings.ts";
import { Journal } from "./journal.ts";
import { keyOf } from "./journal.ts";
import { Ledger } from "./ledger.ts";
import type { TraderActionName } from "./trader_action_names.ts";
import type { TraderActions } from "./trader_actions.ts";
import { createTraderActions } from "./trader_actions.ts";
import { Orders } from "./orders.ts";
import { positionRow } from "./position_row.ts";
import type { Venue } from "./venue.ts";
import { listingOf } from "./venue.ts";

export type SimulatedTraderOptions = {
  /** The time between two regular snapshots, 5 s unless given. */
  readonly snapshotMs?: number;
};

/** How often an action is taken, relative to the others. */
const WEIGHTS: readonly (readonly [name: keyof TraderActions, weight: number])[] = [
  ["place", 60],
  ["part-fill", 40],
  ["fill", 30],
  ["amend", 20],
  ["cancel", 20],
  ["repeat", 8],
  ["open-position", 5],
  ["close-position", 4],
  ["algo", 10],
  ["trigger", 4],
  ["cancel-algo", 4],
  ["deposit", 3],
  ["withdraw", 2],
  ["rfq", 2],
  ["spread", 3],
  ["grid", 4],
  ["zero-balance", 1],
  ["expire-position", 1],
  ["warn", 1],
];
const WEIGHT = WEIGHTS.reduce((sum, [, weight]) => sum + weight, 0);
/** Live orders, and live algo orders, at most: then one of them has to end. */
const MOST_LIVE = 8;
/** Five positions are two pages of a snapshot; negative is short. */
const FIRST_POSITIONS: readonly (readonly [match: RegExp, lots: number])[] = [
  [/^BTC-USDT-SWAP$/, 400],
  [/^ETH-USD-SWAP$/, -30],
  [/^BTC-USDT-\d{6}$/, 200],
  [/^BTC-USD-\d{6}-65000-C$/, 5],
  [/^ETH-USD-\d{6}-3200-P$/, 10],
];

export class SimulatedTrader {
  readonly venue: Venue;
  readonly journal = new Journal();
  readonly ledger = new Ledger();
  readonly snapshotMs: number;
  /** How often complete snapshots were asked for by command. */
  snapshotsAsked = 0;
  readonly #random: Random;
  readonly #holdings: Holdings;
  readonly #orders: Orders;
  readonly #algos: Algos;
  readonly #actions: TraderActions;
  #acting = true;
  #dueMs: number;
  #nowMs: number;

  constructor(venue: Venue, options: SimulatedTraderOptions = {}) {
    const { journal, ledger } = this;
    const books: Books = { venue, ledger };
    this.venue = venue;
    this.snapshotMs = options.snapshotMs ?? 5000;
    this.#random = createRandom(seedOf("trader", venue.seed));
    this.#orders = new Orders(books, journal);
    this.#holdings = new Holdings(books, journal);
    this.#algos = new Algos({ venue, journal, orders: this.#orders });
    const funds = new Funds(books, journal);
    const parts = {
      books,
      journal,
      orders: this.#orders,
      algos: this.#algos,
      funds,
      holdings: this.#holdings,
    };
    this.#actions = createTraderActions(parts, this.#random);
    this.#nowMs = venue.startMs;
    this.#dueMs = venue.startMs + 1000;
    this.#openFirst();
    this.#actions.grid(venue.startMs);
  }

  /** Lets the trader act and the market move the positions, as far as time has come. */
  step(timeMs: number): void {
    const nowMs = this.#advance(timeMs);
    this.#holdings.step(nowMs);
    if (!this.#acting || nowMs < this.#dueMs) return;
    this.#dueMs = nowMs + 400 + integerBelow(this.#random, 2000);
    this.#actions[this.#chooseMove()](nowMs);
  }

  /** Carries out one action at once; returns what it changed. */
  act(name: TraderActionName, timeMs: number): string {
    const nowMs = this.#advance(timeMs);
    switch (name) {
      case "on":
      case "off":
        this.#acting = name === "on";
        this.#dueMs = nowMs + 1000;
        return `the trader ${name === "on" ? "acts by himself" : "only acts when asked"}`;
      case "snapshot":
        this.snapshotsAsked++;
        return "complete snapshots";
      default:
        return this.#actions[name](nowMs);
    }
  }

  /** Returns the ids of what is open or held now, by channel. */
  openIds(channel: string, nowMs: number): string[] {
    const positions = () => this.ledger.held.map(({ posId }) => posId);
    const currencies = () => heldCurrencies({ venue: this.venue, ledger: this.ledger }, nowMs);
    switch (channel) {
      case "account":
        return currencies();
      case "positions":
        return positions();
      case "balance_and_position":
        return [...currencies(), ...positions()];
      default:
        return this.journal.open(channel).map((row) => keyOf(channel, row));
    }
  }

  /** Rows of the positions that are open now. */
  positionRows(nowMs: number): Readonly<Record<string, unknown>>[] {
    return this.ledger.held.map((position) => positionRow(this.venue, position, nowMs));
  }

  /** A command may come between two steps of the market; time never goes back for all that. */
  #advance(timeMs: number): number {
    return this.#nowMs = Math.max(this.#nowMs, timeMs);
  }

  #chooseMove(): keyof TraderActions {
    let left = this.#random() * WEIGHT;
    const name = WEIGHTS.find(([, weight]) => (left -= weight) < 0)?.[0] ?? "place";
    if (name === "place" && this.#orders.live.size >= MOST_LIVE) return "fill";
    return name === "algo" && this.#algos.live.size >= MOST_LIVE ? "cancel-algo" : name;
  }

  /** Positions from before the start, of which nothing is pushed but what snapshots have. */
  #openFirst(): void {
    const { venue, ledger } = this;
    for (const [match, lots] of FIRST_POSITIONS) {
      const instId = [...venue.listings.keys()].find((one) => match.test(one));
      if (instId === undefined) continue;
      const listing = listingOf(venue, instId);
      const ticks = Math.max(1, Math.round(listing.markTicks(venue.startMs) * 0.99));
      const fill = { lots, ticks, fee: 0, tradeId: String(100_000 + ledger.positions.size) };
      ledger.trade({ ...fill, instrument: listing.instrument, nowMs: venue.startMs });
    }
  }
}
