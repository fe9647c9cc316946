/** What the simulated trader trades: where, which way, how much and at what price. Random by its seed alone. */
import { integerBelow } from "../market/random.ts";
import type { Random } from "../market/random.ts";
import type { Books } from "./account_row.ts";
import type { Ask } from "./orders.ts";
import { listingOf } from "./venue.ts";

const TRADED = ["BTC-USDT", "ETH-USDT", "SOL-USDT", "BTC-USDT-SWAP", "ETH-USDT-SWAP"];
/** A tenth of an ordinary order keeps the account solvent. */
const SHARE = 0.1;
/** A position of more than so many orders is made smaller. */
const MOST_ORDERS = 5;

/** Returns a limit order a little beside the market. */
export function chooseOrder(books: Books, random: Random, nowMs: number): Ask {
  const instId = TRADED[integerBelow(random, TRADED.length)] ?? "BTC-USDT";
  const listing = listingOf(books.venue, instId);
  const lots = Math.max(4, Math.round(listing.instrument.usualLots * SHARE));
  const side = chooseSide(books, random, { instId, lots, nowMs });
  const mark = listing.markTicks(nowMs);
  const away = Math.round(mark * (0.0005 + 0.002 * random()));
  return { listing, side, lots, ordType: "limit", ticks: side === "buy" ? mark - away : mark + away };
}

/** Returns a market order that opens a position where there is none, in a contract or an option. */
export function chooseOpening(books: Books, random: Random, nowMs: number): Ask {
  const open = new Set(books.ledger.held.map(({ instrument }) => instrument.instId));
  const free = [...books.venue.listings.values()].filter(({ instrument }) =>
    instrument.contractValue > 0 && !open.has(instrument.instId) && instrument.indexId.startsWith("BTC")
  );
  const choice = free[integerBelow(random, free.length)] ?? listingOf(books.venue, "BTC-USDT-SWAP");
  return openingOf(books, choice.instrument.instId, nowMs);
}

/** Returns the market order that opens a position in one instrument. */
export function openingOf(books: Books, instId: string, nowMs: number): Ask {
  const listing = listingOf(books.venue, instId);
  const lots = Math.max(4, Math.round(listing.instrument.usualLots * SHARE));
  return { listing, side: "buy", lots, ordType: "market", ticks: listing.markTicks(nowMs) };
}

/** Returns a coin that nothing depends on, so that all of it may leave. */
export function chooseIdleCoin(books: Books): string | undefined {
  return ["XRP", "LTC", "USDC"].find((ccy) => books.ledger.balance(ccy).cash > 0);
}

function chooseSide(
  { venue, ledger }: Books,
  random: Random,
  order: { instId: string; lots: number; nowMs: number },
): "buy" | "sell" {
  const { instrument } = listingOf(venue, order.instId);
  const wanted = random() < 0.5 ? "buy" : "sell";
  if (instrument.contractValue > 0) {
    const held = ledger.positions.get(order.instId)?.lots ?? 0;
    return Math.abs(held) > MOST_ORDERS * order.lots ? (held > 0 ? "sell" : "buy") : wanted;
  }
  const size = order.lots * instrument.lot.size;
  const cost = size * venue.fair.index(instrument.indexId, order.nowMs) * 1.05;
  const canBuy = ledger.available(instrument.quote) > cost * 3;
  const canSell = ledger.available(instrument.base) > size;
  if (wanted === "buy") return canBuy || !canSell ? "buy" : "sell";
  return canSell ? "sell" : "buy";
}
