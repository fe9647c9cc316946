/** What lots of an instrument are worth: settlement currency, profit between two prices, value in dollars. */
import type { Instrument } from "../market/instruments.ts";
import type { Listing } from "../market/listing.ts";
import type { Venue } from "./venue.ts";
import { dollars } from "./venue.ts";

/** Returns the currency that profit, margin and the fees of contracts are in. */
export function settleCcy({ contractValue, inverse, base, quote }: Instrument): string {
  return contractValue > 0 && inverse ? base : quote;
}

/** Returns the gain of holding `lots` (negative when short) while the price goes from one tick to another. */
export function profit(instrument: Instrument, lots: number, from: number, to: number): number {
  const { lot, price, contractValue, inverse, strike } = instrument;
  const size = lots * lot.size * contractValue;
  if (inverse && strike === undefined) return size * (1 / (from * price.size) - 1 / (to * price.size));
  return size * (to - from) * price.size;
}

/** Returns the value of lots in the settlement currency. */
export function settleValue(listing: Listing, lots: number, ticks: number): number {
  const { contractValue, inverse, strike, price } = listing.instrument;
  const { volCcy, volCcyQuote } = listing.amounts(ticks, Math.abs(lots));
  if (strike !== undefined) return volCcy * ticks * price.size;
  return contractValue > 0 && inverse ? volCcy : volCcyQuote;
}

export function dollarValue(
  venue: Venue,
  listing: Listing,
  at: { lots: number; ticks: number; nowMs: number },
): number {
  const { contractValue, base, quote } = listing.instrument;
  const { volCcy, volCcyQuote } = listing.amounts(at.ticks, Math.abs(at.lots));
  return contractValue === 0
    ? volCcyQuote * dollars(venue, quote, at.nowMs)
    : volCcy * dollars(venue, base, at.nowMs);
}
