/** What the demo account needs of the market: the listings it trades in and fair prices. */
import type { FairValues } from "../market/fair_value.ts";
import type { Listing } from "../market/listing.ts";

export type Venue = {
  readonly seed: number;
  readonly startMs: number;
  readonly fair: FairValues;
  readonly listings: ReadonlyMap<string, Listing>;
};

export function listingOf(venue: Venue, instId: string): Listing {
  const listing = venue.listings.get(instId);
  if (listing === undefined) throw new RangeError(`No such instrument: ${instId}`);
  return listing;
}

/** Returns a coin's price in dollars; stable coins count as one. */
export function dollars(venue: Venue, ccy: string, nowMs: number): number {
  return ["USD", "USDT", "USDC"].includes(ccy) ? 1 : venue.fair.index(`${ccy}-USD`, nowMs);
}

/** Members of a documentation table that do not apply here: the exchange sends them as empty texts. */
export function emptied(names: string): Record<string, string> {
  return Object.fromEntries(names.split(" ").map((name) => [name, ""]));
}
