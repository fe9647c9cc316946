/** A call turned to another instrument of the same kind, for answers that are for somebody else. */
import type { Market } from "../market/market.ts";

export function foreignParams(market: Market, params: URLSearchParams): URLSearchParams {
  const changed = new URLSearchParams(params);
  for (const name of ["instId", "sprdId", "instFamily", "uly"]) {
    const id = params.get(name);
    const other = id === null ? undefined : otherId(market, name, id);
    if (other !== undefined) changed.set(name, other);
  }
  return changed;
}

function otherId(market: Market, name: string, id: string): string | undefined {
  if (name === "sprdId") return [...market.spreads.keys()].find((sprdId) => sprdId !== id);
  const instruments = [...market.listings.values()].map(({ instrument }) => instrument);
  if (name !== "instId") {
    return instruments.find(({ contractValue, indexId }) => contractValue > 0 && indexId !== id)?.indexId;
  }
  const own = market.listings.get(id)?.instrument;
  if (own === undefined) return [...market.indexes.keys()].find((indexId) => indexId !== id);
  return instruments.find(({ instId, instType }) => instType === own.instType && instId !== id)?.instId;
}
