// deno-lint-ignore-file no-console -- it prints its findings
/**
 * `deno task bench`: how many ticker messages land in Redis per second, okws beside the plain way and beside what
 * redis-benchmark gets out of the same Redis. All figures are of one run on one machine, to be read as ratios.
 *
 * A message has landed when its row is published, the whole message is published, and its row (or a newer one of the
 * same key) is in its hash; publishes are counted by Redis itself.
 *
 *   deno task bench [SECONDS] [--bin PATH] [--rate N]
 *   deno task bench books [SECONDS] [--bin PATH] [--rate N] [--json]
 *
 * `--bin` measures an executable in place of the sources; `--rate` offers so many messages a second in place of as many as
 * the connection takes.
 */
import { parseArgs } from "node:util";
import { Redis } from "ioredis";
import { freePort } from "../../tests/support/free_port.ts";
import { startRedis } from "../../tests/support/redis_server.ts";
import { waitFor } from "../../tests/support/wait.ts";
import { benchBooks, renderBooks } from "./books.ts";
import { type Measured, startMeasured } from "./process.ts";

const { values, positionals } = parseArgs({
  args: Deno.args,
  allowPositionals: true,
  options: {
    bin: { type: "string" },
    rate: { type: "string", default: "0" },
    json: { type: "boolean", default: false },
  },
});
const isBooks = positionals[0] === "books";
const seconds = Number(positionals[isBooks ? 1 : 0] ?? "8");
const rate = Number(values.rate);
const DENO = ["run", "-A", "--no-check"];
const root = new URL("../../", import.meta.url).pathname;

type Result = {
  readonly name: string;
  readonly landed: number;
  readonly cpuMicros: number | undefined;
  readonly peakMb: number | undefined;
  readonly note: string;
};

if (isBooks) {
  const results = await benchBooks({
    ...{ books: 500, rate: rate > 0 ? rate : 2000, seconds },
    okws: values.bin === undefined ? [Deno.execPath(), ...DENO, `${root}main.ts`] : [values.bin],
  });
  for (const line of values.json ? [JSON.stringify(results)] : renderBooks(results)) console.log(line);
  Deno.exit();
}

const results = [await benchOkws(), await benchPlain(), await benchRedis()];
const baseline = results[1] as Result;
console.log(`\n${"".padEnd(34)}messages/s   of plain   CPU µs/message   peak MB`);
for (const { name, landed, cpuMicros, peakMb, note } of results) {
  const cells = [
    Math.round(landed).toLocaleString("en").padStart(10),
    `${(landed / baseline.landed).toFixed(1)}x`.padStart(11),
    (cpuMicros === undefined ? "-" : cpuMicros.toFixed(1)).padStart(17),
    (peakMb === undefined ? "-" : Math.round(peakMb).toString()).padStart(10),
  ];
  console.log(`${name.padEnd(34)}${cells.join("")}   ${note}`);
}

/** The service itself, as a process of its own, reading from the generator and writing to a fresh Redis. */
async function benchOkws(): Promise<Result> {
  await using redis = await startRedis();
  const floodPort = freePort();
  const httpPort = freePort();
  await using _flood = await startFlood(floodPort);
  const file = await Deno.makeTempFile({ suffix: ".yaml" });
  const channels = Array.from({ length: 50 }, (_, i) => `tickers:COIN${i}-USDT`);
  await Deno.writeTextFile(
    file,
    JSON.stringify({
      settings: { REDIS_URL: redis.url, HTTP: `127.0.0.1:${httpPort}`, LOG_LEVEL: "error" },
      servers: [{ name: "bench", endpoint: `ws://127.0.0.1:${floodPort}` }],
      subscribes: [{ server: "bench", channels }],
    }),
  );
  const serve = ["serve", "-c", file];
  await using service = values.bin === undefined
    ? startMeasured(Deno.execPath(), [...DENO, `${root}main.ts`, ...serve])
    : startMeasured(values.bin, serve);
  const stats = async () => {
    const state = await (await fetch(`http://127.0.0.1:${httpPort}/api/state`)).json();
    return state.stats as Record<string, number>;
  };
  await waitFor("the service to receive", async () => ((await stats()).rows ?? 0) > 1000, {
    deadlineMs: 30_000,
  });
  const measured = await measure(redis.port, service);
  const { replaced = 0, dropped = 0, queuedBytesPeak = 0, messages = 0 } = await stats();
  await Deno.remove(file);
  const note =
    `${share(replaced, messages)} of rows replaced while waiting, ${
      share(dropped, messages * 2)
    } of publishes ` +
    `dropped, queue peak ${(queuedBytesPeak / 1e6).toFixed(1)} MB`;
  return { name: values.bin === undefined ? "okws" : "okws, executable", ...measured, note };
}

async function benchPlain(): Promise<Result> {
  await using redis = await startRedis();
  const floodPort = freePort();
  await using _flood = await startFlood(floodPort);
  const args = ["--config", `${root}deno.json`, `${root}scripts/bench/plain.ts`];
  await using plain = startMeasured(Deno.execPath(), [
    ...DENO,
    ...args,
    String(floodPort),
    String(redis.port),
  ]);
  await waitFor("the plain way to write", async () => await publishes(redis.port) > 1000, {
    deadlineMs: 60_000,
  });
  const measured = await measure(redis.port, plain);
  return { name: "plain ioredis, auto-pipelining", ...measured, note: "unbounded backlog" };
}

/** One hset of a ticker row and two publishes, each alone, at pipeline depth 64; combined as one message. */
async function benchRedis(): Promise<Result> {
  await using redis = await startRedis();
  const fields = Array.from({ length: 16 }, (_, i) => [`field${i}`, "63707.3000"]).flat();
  const hset = await redisBenchmark(redis.port, ["hset", "okex/bench/tickers:COIN1-USDT", ...fields]);
  const publish = await redisBenchmark(redis.port, [
    "publish",
    "okex/bench/tickers:COIN1-USDT",
    "x".repeat(340),
  ]);
  const landed = 1 / (1 / hset + 2 / publish);
  const note = `hset ${Math.round(hset).toLocaleString("en")}/s, publish ${
    Math.round(publish).toLocaleString("en")
  }/s`;
  return { name: "redis-benchmark -P 64, no okws", landed, cpuMicros: undefined, peakMb: undefined, note };
}

async function measure(
  redisPort: number,
  program: Measured,
): Promise<{ landed: number; cpuMicros: number; peakMb: number }> {
  const start = performance.now();
  const before = {
    publishes: await publishes(redisPort),
    cpu: await program.cpuSeconds(),
  };
  await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
  const after = {
    publishes: await publishes(redisPort),
    cpu: await program.cpuSeconds(),
  };
  const elapsed = (performance.now() - start) / 1000;
  // Two publishes a message; what okws says besides, ON_DATA on two channels once a second, is too little to matter.
  const messages = (after.publishes - before.publishes) / 2;
  return {
    landed: messages / elapsed,
    cpuMicros: (after.cpu - before.cpu) / messages * 1e6,
    peakMb: await program.peakMegabytes(),
  };
}

async function startFlood(port: number): Promise<Measured> {
  const flood = startMeasured(Deno.execPath(), [
    ...DENO,
    `${root}scripts/bench/flood.ts`,
    String(port),
    String(rate),
  ]);
  await waitFor("the generator", async () => (await fetch(`http://127.0.0.1:${port}/`)).text());
  return flood;
}

async function publishes(port: number): Promise<number> {
  const redis = new Redis({ port });
  const info = await redis.info("commandstats");
  redis.disconnect();
  return Number(/cmdstat_publish:calls=(\d+)/.exec(info)?.[1] ?? 0);
}

async function redisBenchmark(port: number, command: readonly string[]): Promise<number> {
  const { stdout } = await new Deno.Command("redis-benchmark", {
    args: ["-p", String(port), "-P", "64", "-c", "4", "-n", "1000000", "--csv", ...command],
  }).output();
  const line = new TextDecoder().decode(stdout).trim().split("\n").at(-1) ?? "";
  return Number(line.split(",")[1]?.replaceAll('"', ""));
}

function share(part: number, whole: number): string {
  return `${(part / Math.max(1, whole) * 100).toFixed(1)} %`;
}
