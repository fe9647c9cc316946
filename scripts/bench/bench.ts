/** One run: everything that was asked for, one after the other. What fails is named with its reason, and the rest goes on. */
import { Redis } from "ioredis";
import { startRedis } from "../../tests/support/redis_server.ts";
import { describeMachine, describeOkws } from "./machine.ts";
import { measure } from "./measure.ts";
import type { Options } from "./options.ts";
import type { Peer } from "./peers/peers.ts";
import { runRedisBenchmark } from "./redis_benchmark.ts";
import type { RedisResult, Result, Run, Skipped } from "./run.ts";
import { nameOf, planScenarios } from "./scenario.ts";

/** Instruments that are subscribed, of each kind of work. */
const INSTRUMENTS = { tickers: 50, books: 500 } as const;

const WARM_UP_SECONDS = 3;

/** Where a run gets its peers from, and reports its progress. */
export type Surroundings = {
  readonly peers: readonly Peer[];
  /** What cannot be measured, and why. */
  readonly skipped: readonly Skipped[];
  readonly signal: AbortSignal;
  report(line: string): void;
};

/** Rejects with the signal's reason when it is aborted; everything that was started is ended then. */
export async function runBench(
  options: Options,
  { peers, skipped: known, signal, report }: Surroundings,
): Promise<Run> {
  const machine = await describe();
  const results: Result[] = [];
  const redisBenchmark: RedisResult[] = [];
  const skipped = [...known];
  const scenarios = planScenarios({ ...options, peers: peers.map(({ name }) => name) });
  const alone = options.only?.includes("redis-benchmark") === false ? [] : options.works;
  let count = 0;
  const attempt = async (what: string, work: () => Promise<unknown>) => {
    report(`${++count} of ${scenarios.length + alone.length}: ${what}`);
    try {
      await work();
    } catch (error) {
      signal.throwIfAborted();
      skipped.push({ what, reason: reasonOf(error) });
      report(`  not measured: ${reasonOf(error)}`);
    }
  };
  for (const scenario of scenarios) {
    const instruments = INSTRUMENTS[scenario.work];
    const method = { ...options, warmUpSeconds: WARM_UP_SECONDS, instruments, peers, signal };
    await attempt(nameOf(scenario), async () => results.push(await measure(scenario, method)));
  }
  for (const work of alone) {
    await attempt(
      `redis-benchmark, ${work}`,
      async () => redisBenchmark.push(await runRedisBenchmark(work, signal)),
    );
  }
  return {
    ...{ format: 1, at: new Date().toISOString(), okws: await describeOkws(options.bin) },
    machine: { ...machine, loadAtEnd: Deno.loadavg()[0] ?? 0 },
    settings: { seconds: options.seconds, warmUpSeconds: WARM_UP_SECONDS, ...INSTRUMENTS },
    versions: Object.fromEntries(peers.map(({ name, version }) => [name, version])),
    ...{ results, redisBenchmark, skipped },
  };
}

function reasonOf(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  // As the runtime says it: "Failed to spawn 'openssl': entity not found".
  const [, program] = /^Failed to spawn '([^']+)': entity not found/.exec(message) ?? [];
  return program === undefined ? message : `${program} is not installed`;
}

async function describe(): Promise<Omit<Run["machine"], "loadAtEnd">> {
  await using redis = await startRedis();
  const client = new Redis({ port: redis.port });
  try {
    return describeMachine(await client.info("server"));
  } finally {
    client.disconnect();
  }
}
