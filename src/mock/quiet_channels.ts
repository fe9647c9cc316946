/**
 * Channels that exist on the exchange but have nothing to tell in this simulation: they are acknowledged, or
 * refused at the wrong endpoint, and then stay quiet.
 */
import type { Arg, Endpoint, Feed } from "./feed.ts";
import type { Market } from "./market.ts";

export type QuietGroup = { readonly endpoint: Endpoint; readonly login: boolean; readonly names: string };

export const QUIET_CHANNELS: readonly QuietGroup[] = [
  {
    endpoint: "public",
    login: false,
    names: "option-trades call-auction-details books-rpi event-contract-markets",
  },
  {
    endpoint: "business",
    login: false,
    names: "sprd-tickers sprd-public-trades sprd-bbo-tbt sprd-books5 sprd-books-l2-tbt block-tickers " +
      "public-block-trades public-struc-block-trades",
  },
  {
    endpoint: "business",
    login: true,
    names: "economic-calendar grid-orders-contract grid-positions grid-sub-orders algo-recurring-buy " +
      "copytrading-lead-notification struc-block-trades sprd-trades",
  },
];

/** None when the argument names an instrument that does not exist. */
export function quietFeed(market: Market, arg: Arg): Feed | undefined {
  const { instId } = arg;
  if (instId !== undefined && !market.listings.has(instId)) return undefined;
  return { first: () => [], next: () => [] };
}
