/**
 * What redis-benchmark gets out of the same Redis without any program: the HSET and the two PUBLISH of a message, each
 * measured alone at a pipeline depth of 64, put together as one message.
 */
import { Redis } from "ioredis";
import { redisProgram } from "../../tests/support/redis_program.ts";
import { startRedis } from "../../tests/support/redis_server.ts";
import { parseCounters } from "./redis_counters.ts";
import type { RedisResult, Work } from "./run.ts";

/** Commands of each kind. */
const COUNT = 500_000;

/** Fields of the row, and bytes of what is published. */
const SHAPES: Readonly<
  Record<Work, { readonly fields: number; readonly value: string; readonly bytes: number }>
> = {
  tickers: { fields: 16, value: "63707.3000", bytes: 340 },
  // The changed levels, as fields of the hashes of all levels.
  books: { fields: 6, value: "1.7008 3", bytes: 400 },
};

/** Comes with the server, and is called as it is. */
const PROGRAM = redisProgram?.cli.replace(/-cli$/, "-benchmark") ?? "redis-benchmark";

/** Rejects with NotFound where it is not installed. */
export async function runRedisBenchmark(work: Work, signal: AbortSignal): Promise<RedisResult> {
  const { fields, value, bytes } = SHAPES[work];
  await using redis = await startRedis();
  const client = new Redis({ port: redis.port });
  const key = `okex/bench/${work}:COIN001-USDT`;
  const run = async (command: readonly string[]) => {
    const before = parseCounters(await client.info("everything"));
    const args = ["-p", String(redis.port), "-P", "64", "-c", "4", "-n", String(COUNT), "--csv", ...command];
    const { stdout } = await new Deno.Command(PROGRAM, { args, stderr: "null", signal }).output();
    signal.throwIfAborted();
    const after = parseCounters(await client.info("everything"));
    return {
      perSecond: parsePerSecond(new TextDecoder().decode(stdout)),
      micros: (after.cpuSeconds - before.cpuSeconds) / COUNT * 1e6,
    };
  };
  try {
    const hset = await run([
      "hset",
      key,
      ...Array.from({ length: fields }, (_, i) => [`field${i}`, value]).flat(),
    ]);
    const publish = await run(["publish", key, "x".repeat(bytes)]);
    const count = (each: { readonly perSecond: number }) => Math.round(each.perSecond).toLocaleString("en");
    return {
      work,
      landed: 1 / (1 / hset.perSecond + 2 / publish.perSecond),
      redisMicros: hset.micros + 2 * publish.micros,
      note: `HSET of ${fields} fields ${count(hset)}/s, PUBLISH of ${bytes} bytes ${count(publish)}/s`,
    };
  } finally {
    client.disconnect();
  }
}

/** The second column of the last line. */
export function parsePerSecond(csv: string): number {
  const line = csv.trim().split("\n").at(-1) ?? "";
  const value = Number(line.split(",")[1]?.replaceAll('"', ""));
  if (!(value > 0)) throw new Error(`redis-benchmark printed: ${line || "nothing"}`);
  return value;
}
