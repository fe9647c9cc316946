/**
 * What happens on the market besides trading: listings that come and go, block trades, warnings, auctions. Each becomes rows
 * that the feeds of its channels read on from where they stopped.
 */
import { eventInstrumentRow, eventMarketRow, firstDay, listEventContracts } from "./event_contracts.ts";
import type { EventContract } from "./event_contracts.ts";
import type { EventName } from "./event_names.ts";
import type { FairValues } from "./fair_value.ts";
import { announcedSpot, instrumentRow } from "./instruments.ts";
import { Listing } from "./listing.ts";
import type { Row } from "../account/journal.ts";
import {
  adlRow,
  auctionRow,
  blockStructureRow,
  blockTradeRow,
  calendarRow,
  estimateRow,
  leadNotificationRow,
  ownBlockRow,
} from "../feeds/rare_rows.ts";
import type { BlockTrade } from "../feeds/rare_rows.ts";

type Parts = {
  readonly seed: number;
  readonly startMs: number;
  readonly fair: FairValues;
  /** Changed here. */
  readonly listings: Map<string, Listing>;
  readonly liquidate: (nowMs: number) => string;
};

const KEPT = 500;
const DAY = 86_400_000;
/** A warning is repeated every second; it has no end of its own, the channel just falls silent. */
const ADL_MS = 5000;
const LISTING_MS = 600_000;

export class MarketEvents {
  /** Volume of the block trades of an instrument, in lots. */
  readonly blockLots = new Map<string, number>();
  readonly contracts: EventContract[];
  readonly #parts: Parts;
  readonly #rows = new Map<string, { count: number; rows: Row[] }>();
  #number = 0;
  #adl = { fromMs: -Infinity, reportedMs: -Infinity };
  /** Announced and not yet listed. */
  #announced: Listing[] = [];

  constructor(parts: Parts) {
    this.#parts = parts;
    const day = firstDay(parts.startMs);
    this.contracts = [...listEventContracts(day), ...listEventContracts(day + DAY)];
  }

  /** Returns the number of rows of a channel so far. */
  count(channel: string): number {
    return this.#rows.get(channel)?.count ?? 0;
  }

  /** The rows of a channel after the first `count`, oldest first. */
  after(channel: string, count: number): readonly Row[] {
    const known = this.#rows.get(channel);
    return known === undefined || known.count === count ? [] : known.rows.slice(-(known.count - count));
  }

  step(nowMs: number): void {
    for (const listing of this.#announced.filter(({ instrument }) => instrument.listedMs <= nowMs)) {
      this.#announced = this.#announced.filter((one) => one !== listing);
      this.#note("instruments", instrumentRow(listing.instrument, { nowMs }));
    }
    for (const contract of this.contracts) {
      if (contract.state === "live" && contract.expiryMs <= nowMs) this.#expire(contract);
    }
    if (nowMs - this.#adl.fromMs <= ADL_MS && nowMs - this.#adl.reportedMs >= 1000) this.#warn(nowMs);
  }

  /** Lets something happen now; returns what. `about`: an instrument, or a time. */
  happen(name: EventName, nowMs: number, about?: string): string {
    const number = this.#number++;
    const swap = this.#parts.listings.get("BTC-USDT-SWAP")!;
    switch (name) {
      case "liquidation":
        return this.#parts.liquidate(nowMs);
      case "block-trade":
        return this.#block({ number, listing: swap, side: "buy", lots: 2500, timeMs: nowMs });
      case "adl":
        this.#adl = { fromMs: nowMs, reportedMs: -Infinity };
        this.#warn(nowMs);
        return "BTC-USDT";
      case "auction":
        for (const state of ["call_auction", "continuous_trading"] as const) {
          this.#note("call-auction-details", auctionRow(this.#parts.listings.get("BTC-USDT")!, state, nowMs));
        }
        return "BTC-USDT";
      case "estimate":
        return this.#estimate(nowMs);
      case "calendar":
        this.#note("economic-calendar", calendarRow(number, nowMs));
        return String(319_275 + number);
      case "lead-notification":
        this.#note("copytrading-lead-notification", leadNotificationRow(number));
        return String(number);
      case "listing":
        return this.#announce(nowMs + (about === undefined ? LISTING_MS : Number(about)), nowMs);
      case "delisting":
        return this.#delist(about ?? "", nowMs);
      case "renaming":
        return this.#rename(about ?? "", nowMs);
      case "change":
        return this.#change(about ?? "", number, nowMs);
      case "expiry":
        return this.#expireNext(nowMs);
    }
  }

  #note(channel: string, ...rows: Row[]): void {
    const known = this.#rows.get(channel) ?? { count: 0, rows: [] };
    known.count += rows.length;
    known.rows = [...known.rows, ...rows].slice(-KEPT);
    this.#rows.set(channel, known);
  }

  #block(trade: BlockTrade): string {
    const { instId } = trade.listing.instrument;
    this.blockLots.set(instId, (this.blockLots.get(instId) ?? 0) + trade.lots);
    this.#note("public-block-trades", blockTradeRow(trade));
    this.#note("public-struc-block-trades", blockStructureRow(trade));
    this.#note("struc-block-trades", ownBlockRow(trade));
    return String(blockTradeRow(trade)["tradeId"]);
  }

  #warn(nowMs: number): void {
    this.#adl.reportedMs = nowMs;
    this.#note("adl-warning", adlRow("SWAP", "BTC-USDT", nowMs));
  }

  #estimate(nowMs: number): string {
    const future = [...this.#parts.listings.values()].find(({ instrument }) =>
      instrument.instType === "FUTURES"
    )!;
    this.#note("estimated-price", estimateRow(future, nowMs));
    return future.instrument.instId;
  }

  #announce(listedMs: number, nowMs: number): string {
    const { listings, fair, seed } = this.#parts;
    let count = 1;
    while (listings.has(`N${count}-USDT`)) count++;
    const instrument = announcedSpot(`N${count}-USDT`, listedMs);
    const listing = new Listing(instrument, fair, { seed, startMs: nowMs });
    listings.set(instrument.instId, listing);
    this.#announced.push(listing);
    this.#note("instruments", instrumentRow(instrument, { nowMs }));
    return instrument.instId;
  }

  /** Announced as expired, and gone from then on. */
  #delist(instId: string, nowMs: number): string {
    const { listings } = this.#parts;
    const instrument = listings.get(instId)?.instrument;
    if (instrument === undefined) return "no such instrument";
    listings.delete(instId);
    this.#announced = this.#announced.filter((one) => one.instrument !== instrument);
    const types = instrument.margin ? [instrument.instType, "MARGIN"] as const : [instrument.instType];
    for (const instType of types) {
      this.#note("instruments", { ...instrumentRow(instrument, { instType, nowMs }), state: "expired" });
    }
    return instId;
  }

  /** It goes on under another name. No push says so: REST has the new name alone, and the old one falls silent. */
  #rename(instId: string, nowMs: number): string {
    const { listings, fair, seed } = this.#parts;
    const instrument = listings.get(instId)?.instrument;
    if (instrument === undefined) return "no such instrument";
    const nameOf = (count: number) => instId.replace(instrument.base, `R${count}`);
    let count = 1;
    while (listings.has(nameOf(count))) count++;
    const renamed = { ...instrument, instId: nameOf(count), base: `R${count}` };
    listings.delete(instId);
    listings.set(renamed.instId, new Listing(renamed, fair, { seed, startMs: nowMs }));
    return renamed.instId;
  }

  /** The largest market order changes, which is pushed. */
  #change(instId: string, number: number, nowMs: number): string {
    const instrument = this.#parts.listings.get(instId)?.instrument;
    if (instrument === undefined) return "no such instrument";
    this.#note("instruments", { ...instrumentRow(instrument, { nowMs }), maxMktSz: String(20_000 + number) });
    return instId;
  }

  #expireNext(nowMs: number): string {
    const contract = this.contracts.find(({ state }) => state === "live");
    if (contract === undefined) return "no event contract is left";
    contract.expiryMs = nowMs;
    this.#expire(contract);
    return contract.instId;
  }

  #expire(contract: EventContract): void {
    contract.state = "expired";
    this.#note("event-contract-markets", eventMarketRow(contract));
    this.#note("instruments", eventInstrumentRow(contract));
  }
}
