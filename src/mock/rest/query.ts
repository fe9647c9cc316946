/** The parameters of a REST call: reading them, what they name, and the errors for those that are wrong. */
import type { Bar } from "../market/bars.ts";
import { BARS } from "../market/bars.ts";
import type { InstType } from "../market/instruments.ts";
import type { Listing } from "../market/listing.ts";
import type { Market } from "../market/market.ts";
import { RestError } from "./error.ts";
import type { Spread } from "../market/spread.ts";

export type Query = { readonly market: Market; readonly params: URLSearchParams; readonly nowMs: number };

type Listed = { readonly listing: Listing; readonly instType: InstType };

const DERIVATIVES = ["SWAP", "FUTURES", "OPTION"];

/**
 * Returns the listings of the `instType` asked for, narrowed by `instFamily` and `instId`. `types`: those that the call
 * takes; `needsFamily`: options are listed by family only.
 */
export function listed(
  query: Query,
  types: readonly string[],
  options: { needsFamily?: true } = {},
): Listed[] {
  const instType = required(query, "instType");
  const { params, market } = query;
  if (!types.includes(instType)) throw new RestError("51000", "instType");
  const family = params.get("instFamily") ?? params.get("uly");
  if (instType === "OPTION" && options.needsFamily === true && (family ?? "") === "") {
    throw new RestError("50015", "uly", "instFamily");
  }
  const instId = params.get("instId") ?? "";
  if (instId !== "") checkType(market, instId, instType);
  if (
    family !== null && family !== "" && DERIVATIVES.includes(instType) && !hasFamily(market, instType, family)
  ) {
    throw new RestError("51000", "instFamily");
  }
  return [...market.listings.values()].filter(({ instrument }) =>
    (instType === "MARGIN" ? instrument.margin : instrument.instType === instType) &&
    (instId === "" || instrument.instId === instId) &&
    ((family ?? "") === "" || instrument.indexId === family)
  ).map((listing) => ({ listing, instType: instType as InstType }));
}

/** Throws for an id that does not exist, or is of another type than the one that was named with it. */
export function checkType(market: Market, instId: string, instType: string): void {
  const instrument = market.listings.get(instId)?.instrument;
  if (instrument === undefined) throw new RestError("51001");
  if (instType === "MARGIN" ? !instrument.margin : instrument.instType !== instType) {
    throw new RestError("51015");
  }
}

export function listingOf(query: Query): Listing {
  const listing = query.market.listings.get(required(query, "instId"));
  if (listing === undefined) throw new RestError("51001");
  return listing;
}

export function spreadOf(query: Query): Spread {
  const spread = query.market.spreads.get(required(query, "sprdId"));
  if (spread === undefined) throw new RestError("51001");
  return spread;
}

/** Parses the bar of a query. `names`: the bars that the call has, which differ from call to call. */
export function barOf({ params }: Query, names: readonly string[]): Bar {
  const name = params.get("bar") ?? "1m";
  const bar = names.includes(name) ? BARS.get(name) : undefined;
  if (bar === undefined) throw new RestError("51000", "bar");
  return bar;
}

export function required({ params }: Query, name: string): string {
  const value = params.get(name);
  if (value === null || value === "") throw new RestError("50014", name);
  return value;
}

/** Parses the limit of a query. One above the most is clamped, not refused. */
export function limitOf(query: Query, most: number, usual: number): number {
  const limit = numberOf(query, "limit") ?? usual;
  if (limit < 1) throw new RestError("51000", "limit");
  return Math.min(limit, most);
}

export function numberOf({ params }: Query, name: string): number | undefined {
  const text = params.get(name);
  if (text === null || text === "") return undefined;
  if (!/^\d+$/.test(text)) throw new RestError("51000", name);
  return Number(text);
}

export function hasFamily({ listings }: Market, instType: string, family: string): boolean {
  return [...listings.values()].some(({ instrument }) =>
    instrument.indexId === family && instrument.instType === instType
  );
}
