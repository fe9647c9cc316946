/**
 * Order books: okws beside a bare relay that publishes each frame twice, at a rate that is offered. A message has landed
 * when it was published on both of its channels; publishes and their cost are counted by Redis itself.
 */
import { Redis } from "ioredis";
import { freePort } from "../../tests/support/free_port.ts";
import { startRedis } from "../../tests/support/redis_server.ts";
import { waitFor } from "../../tests/support/wait.ts";
import { type Measured, startMeasured } from "./process.ts";

/** What is measured of one program. */
export type BookResult = {
  readonly name: string;
  readonly offered: number;
  readonly landed: number;
  readonly cpuMicros: number;
  readonly redisMicros: number;
  readonly commands: number;
  readonly bytes: number;
  readonly peakMb: number;
  readonly note: string;
};

/** How it is measured. `okws`: the command that starts the service, without its arguments. */
export type BookBench = {
  readonly books: number;
  readonly rate: number;
  readonly seconds: number;
  readonly okws: readonly string[];
};

const DENO = ["run", "-A", "--no-check"];
const folder = new URL(".", import.meta.url).pathname;

/** Measures the relay, then okws with all levels kept and without. */
export async function benchBooks(bench: BookBench): Promise<BookResult[]> {
  const results = [await benchRelay(bench)];
  for (const full of ["on", "off"] as const) results.push(await benchOkws(bench, full));
  return results;
}

async function benchRelay(bench: BookBench): Promise<BookResult> {
  await using redis = await startRedis();
  const port = freePort();
  await using _feed = await startFeed(port, bench.rate);
  const args = [`${folder}relay.ts`, String(port), String(redis.port), String(bench.books)];
  await using relay = startMeasured(Deno.execPath(), [...DENO, ...args]);
  return await measure({ name: "bare relay", redisPort: redis.port, feedPort: port, program: relay, bench });
}

async function benchOkws(bench: BookBench, full: "on" | "off"): Promise<BookResult> {
  await using redis = await startRedis();
  const [port, httpPort] = [freePort(), freePort()];
  await using _feed = await startFeed(port, bench.rate);
  const file = await Deno.makeTempFile({ suffix: ".yaml" });
  const channels = Array.from({ length: bench.books }, (_, i) => `books:COIN${i}-USDT`);
  await Deno.writeTextFile(
    file,
    JSON.stringify({
      settings: {
        ...{ REDIS_URL: redis.url, HTTP: `127.0.0.1:${httpPort}`, LOG_LEVEL: "error" },
        BOOK_FULL: full,
      },
      servers: [{ name: "bench", endpoint: `ws://127.0.0.1:${port}` }],
      subscribes: [{ server: "bench", channels }],
    }),
  );
  const [command = "", ...args] = bench.okws;
  await using service = startMeasured(command, [...args, "serve", "-c", file]);
  const stats = async () => {
    const state = await (await fetch(`http://127.0.0.1:${httpPort}/api/state`)).json();
    return state.stats as Record<string, number>;
  };
  await waitFor("all books", async () => ((await stats()).rows ?? 0) > bench.books * 3, {
    deadlineMs: 60_000,
  });
  const name = `okws, BOOK_FULL ${full}`;
  const result = await measure({ name, redisPort: redis.port, feedPort: port, program: service, bench });
  const { dropped = 0, gaps = 0 } = await stats();
  await Deno.remove(file);
  return { ...result, note: `${dropped} dropped, ${gaps} books broke` };
}

async function measure({ name, redisPort, feedPort, program, bench }: {
  readonly name: string;
  readonly redisPort: number;
  readonly feedPort: number;
  readonly program: Measured;
  readonly bench: BookBench;
}): Promise<BookResult> {
  const redis = new Redis({ port: redisPort });
  const sent = async () => Number(await (await fetch(`http://127.0.0.1:${feedPort}/`)).text());
  await waitFor("messages", async () => (await look(redis)).publishes > bench.books * 4, {
    deadlineMs: 60_000,
  });
  // Compiled and warm: what is measured is the long run.
  await new Promise((resolve) => setTimeout(resolve, 3000));
  const start = performance.now();
  const take = async () => ({ ...await look(redis), cpu: await program.cpuSeconds(), sent: await sent() });
  const before = await take();
  await new Promise((resolve) => setTimeout(resolve, bench.seconds * 1000));
  const after = await take();
  const elapsed = (performance.now() - start) / 1000;
  redis.disconnect();
  const messages = (after.publishes - before.publishes) / 2;
  return {
    name,
    offered: (after.sent - before.sent) / elapsed,
    landed: messages / elapsed,
    cpuMicros: (after.cpu - before.cpu) / messages * 1e6,
    redisMicros: (after.redisCpu - before.redisCpu) / messages * 1e6,
    commands: (after.commands - before.commands) / messages,
    bytes: (after.bytes - before.bytes) / messages,
    peakMb: await program.peakMegabytes(),
    note: "",
  };
}

async function look(redis: Redis) {
  const info = await redis.info("everything");
  const number = (name: string) => Number(new RegExp(`^${name}[:=]([\\d.]+)`, "m").exec(info)?.[1] ?? 0);
  return {
    publishes: number("cmdstat_publish:calls"),
    commands: number("total_commands_processed"),
    bytes: number("total_net_input_bytes"),
    redisCpu: number("used_cpu_sys") + number("used_cpu_user"),
  };
}

async function startFeed(port: number, rate: number): Promise<Measured> {
  const feed = startMeasured(Deno.execPath(), [...DENO, `${folder}book_feed.ts`, String(port), String(rate)]);
  await waitFor("the generator", async () => (await fetch(`http://127.0.0.1:${port}/`)).text());
  return feed;
}

/** A table of results, each beside the first. */
export function renderBooks(results: readonly BookResult[]): string[] {
  const base = results[0] as BookResult;
  const head = [
    "",
    "offered/s",
    "landed/s",
    "CPU µs/msg",
    "of relay",
    "Redis µs/msg",
    "commands",
    "bytes",
    "peak MB",
  ];
  const line = (cells: readonly string[]) =>
    cells.map((cell, i) => i === 0 ? cell.padEnd(22) : cell.padStart(14)).join("");
  return [
    line(head),
    ...results.map((each) =>
      `${
        line([
          each.name,
          ...[each.offered, each.landed].map((value) => Math.round(value).toLocaleString("en")),
          each.cpuMicros.toFixed(0),
          `${(each.cpuMicros / base.cpuMicros).toFixed(2)}x`,
          ...[
            each.redisMicros.toFixed(0),
            each.commands.toFixed(1),
            each.bytes.toFixed(0),
            each.peakMb.toFixed(0),
          ],
        ])
      }   ${each.note}`
    ),
  ];
}
