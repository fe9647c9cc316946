/** Whether a stream of trades of the simulated exchange, which counts them without a break, has each of them once. */
import type { Redis } from "ioredis";

/** A row: the last trade in it, and how many it stands for. */
export type StoredTrade = { readonly last: number; readonly fills: number };

/** Returns rows of the stream at `key` that are there twice, overlap another one, or stand behind a gap. */
export async function oddTrades(redis: Redis, key: string): Promise<StoredTrade[]> {
  const rows = (await redis.xrange(key, "-", "+")).map(([, cells]) => {
    const valueOf = (name: string) => cells.includes(name) ? cells[cells.indexOf(name) + 1] : undefined;
    return { last: Number(valueOf("tradeId")), fills: Number(valueOf("count") ?? "1") };
  }).toSorted((a, b) => a.last - b.last);
  return rows.filter(({ last, fills }, i) => i > 0 && last - fills !== rows[i - 1]?.last);
}
