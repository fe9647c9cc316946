/** The judgement: with the market standing still, what is in Redis against what the exchange has. */
import type { Archive } from "./case.ts";
import { type Gap, readGaps } from "./compare/gaps.ts";
import { findDifferences } from "./compare/state.ts";
import { countTrades, readLanded, type TradeCount } from "./compare/trades.ts";
import type { Environment } from "./environment.ts";

/** Settings of {@link settle}. */
export type SettleOptions = {
  /** What was read of a Redis before it forgot. */
  readonly archives: readonly Archive[];
  /** By how much the service's clock was ever ahead. */
  readonly offsets?: readonly number[];
  /** When the service was ready: what is older is none of its business. */
  readonly since: number;
};

/** What was found. */
export type Settled = {
  readonly trades: TradeCount;
  readonly differences: readonly string[];
  readonly gaps: readonly Gap[];
};

/** What was sent last must have arrived, and what was missed been fetched, by then. */
const SETTLE_MS = 40_000;

/** Halts the market and compares until everything fits or the time is up. */
export async function settle(environment: Environment, options: SettleOptions): Promise<Settled> {
  const { exchange, prefix, redis, watched } = environment;
  const { archives, offsets = [0], since } = options;
  await exchange.command("pause");
  const end = Date.now() + SETTLE_MS;
  const candlesFrom = Math.max(since, archives.at(-1)?.at ?? 0);
  while (true) {
    const gaps = [
      ...archives.flatMap((archive) => archive.gaps),
      ...await readGaps(redis.client, prefix, offsets),
    ];
    const parts = [...archives.map(({ landed }) => landed), await readLanded(redis.client, prefix, watched)];
    const trades = await countTrades(exchange, watched, { parts, gaps, since });
    const state = { redis: redis.client, prefix, exchange, watched, gaps, candlesFrom };
    const differences = await findDifferences(state);
    if (trades.faults.length + differences.length === 0 || Date.now() > end) {
      return { trades, differences, gaps };
    }
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
}
