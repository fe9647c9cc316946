/** The parameters of a REST call: reading them, what they name, and the errors for those that are wrong. */
import type { Bar } from "./bars.ts";
import { BARS } from "./bars.ts";
import type { InstType } from "./instruments.ts";
import type { Listing } from "./listing.ts";
import type { Market } from "./market.ts";

export type Query = { readonly market: Market; readonly params: URLSearchParams; readonly nowMs: number };

/** An answer other than code 0. */
export class RestError extends Error {
  override name = "RestError";
  readonly status: number;
  readonly code: string;

  constructor(status: number, code: string, message: string) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

/** The listings of the `instType` asked for, narrowed by `instFamily` and `instId`. */
export function listed(query: Query): { listing: Listing; instType: InstType }[] {
  const instType = required(query, "instType");
  const { params, market } = query;
  const types: readonly InstType[] = ["SPOT", "MARGIN", "SWAP", "FUTURES", "OPTION"];
  const type = types.find((one) => one === instType);
  if (type === undefined && instType !== "EVENTS") {
    throw new RestError(200, "51000", "Parameter instType error");
  }
  const instId = params.get("instId");
  if (instId !== null && !market.listings.has(instId)) throw unknownInstrument(query);
  const family = params.get("instFamily") ?? params.get("uly");
  return [...market.listings.values()].filter(({ instrument }) =>
    (type === "MARGIN" ? instrument.margin : instrument.instType === type) &&
    (instId === null || instrument.instId === instId) &&
    (family === null || instrument.indexId === family)
  ).map((listing) => ({ listing, instType: type ?? listing.instrument.instType }));
}

export function listingOf(query: Query): Listing {
  const listing = query.market.listings.get(required(query, "instId"));
  if (listing === undefined) throw unknownInstrument(query);
  return listing;
}

export function unknownInstrument({ params }: Query): RestError {
  const instId = params.get("instId") ?? "";
  return new RestError(
    200,
    "51001",
    `Instrument ID, Instrument ID code, or Spread ID doesn't exist: ${instId}`,
  );
}

export function barOf({ params }: Query): Bar {
  const bar = BARS.get(params.get("bar") ?? "1m");
  if (bar === undefined) throw new RestError(200, "51000", "Parameter bar error");
  return bar;
}

export function required({ params }: Query, name: string): string {
  const value = params.get(name);
  if (value === null || value === "") throw new RestError(400, "50014", `Parameter ${name} can not be empty`);
  return value;
}

export function limitOf(query: Query, most: number, usual: number): number {
  return Math.min(Math.max(numberOf(query, "limit") ?? usual, 1), most);
}

export function numberOf({ params }: Query, name: string): number | undefined {
  const text = params.get(name);
  if (text === null || text === "") return undefined;
  const value = Number(text);
  if (!Number.isFinite(value)) throw new RestError(200, "51000", `Parameter ${name} error`);
  return value;
}
