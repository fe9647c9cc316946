/** Trades by their ids, which leave no room for opinion: every one is there, missing, or there twice. */
import type { Redis } from "ioredis";
import type { Exchange } from "../exchange.ts";
import type { Watched } from "../watched.ts";
import { type Gap, isRecorded, pairs } from "./gaps.ts";

/** Over all watched trade streams; a trade that was pushed as one row of several fills counts as its fills. */
export type TradeCount = {
  /** Trades that the exchange made since the service was ready. */
  readonly sent: number;
  readonly landed: number;
  readonly lost: number;
  /** How many of the lost are covered by records. */
  readonly recorded: number;
  readonly twice: number;
  /** What is wrong, for people. */
  readonly faults: readonly string[];
};

/** Ids with how often each is there, by path. */
export type Landed = ReadonlyMap<string, ReadonlyMap<number, number>>;

/** Reads the ids that are in Redis. */
export async function readLanded(redis: Redis, prefix: string, { trades }: Watched): Promise<Landed> {
  const landed = new Map<string, Map<number, number>>();
  for (const path of trades) {
    const ids = new Map<number, number>();
    for (const [, cells] of await redis.xrange(`${prefix}/${path}`, "-", "+")) {
      const row = Object.fromEntries(pairs(cells));
      const last = Number(row.tradeId);
      for (let id = last - Number(row.count ?? "1") + 1; id <= last; id++) {
        ids.set(id, (ids.get(id) ?? 0) + 1);
      }
    }
    landed.set(path, ids);
  }
  return landed;
}

/**
 * Compares the streams (and what was read of them before Redis forgot it) with the exchange's own list. Trades before
 * `since` do not count: while the service starts, one channel of an instrument may be listened to before the other.
 */
export async function countTrades(
  exchange: Exchange,
  watched: Watched,
  { parts, gaps, since }: {
    readonly parts: readonly Landed[];
    readonly gaps: readonly Gap[];
    readonly since: number;
  },
): Promise<TradeCount> {
  const count = { sent: 0, landed: 0, lost: 0, recorded: 0, twice: 0 };
  const faults: string[] = [];
  for (const path of watched.trades) {
    const { trades } = await exchange.trades(path.split(":")[1] ?? "");
    const missing: [number, number][] = [];
    const doubled: number[] = [];
    for (const [lastId, fills, timeMs] of trades) {
      if (timeMs < since) continue;
      for (let id = lastId - fills + 1; id <= lastId; id++) {
        count.sent++;
        // What a Redis wrote and had not answered when it lost everything rightly comes again.
        const times = Math.max(...parts.map((part) => part.get(path)?.get(id) ?? 0));
        if (times === 0) missing.push([id, timeMs]);
        else count.landed++;
        if (times > 1) doubled.push(id);
      }
    }
    const unrecorded = missing.filter(([, timeMs]) => !isRecorded(gaps, path, timeMs));
    count.lost += missing.length;
    count.recorded += missing.length - unrecorded.length;
    count.twice += doubled.length;
    if (unrecorded.length > 0) {
      faults.push(`${path}: ${unrecorded.length} ids missing without a record: ${rangeOf(unrecorded)}`);
    }
    if (doubled.length > 0) faults.push(`${path}: ${doubled.length} ids twice, from ${doubled[0]}`);
  }
  return { ...count, faults };
}

function rangeOf(missing: readonly (readonly [number, number])[]): string {
  const [first, last] = [missing[0], missing.at(-1)];
  const time = (ms = 0) => new Date(ms).toISOString().slice(11, 23);
  return `${first?.[0]} (${time(first?.[1])}) to ${last?.[0]} (${time(last?.[1])})`;
}
