/** What may go wrong in a soak: each action strikes, lasts a while, and puts everything right again. */
import type { Random } from "../../src/mock/random.ts";
import { integerBelow } from "../../src/mock/random.ts";
import { freePort } from "../../tests/support/redis_server.ts";
import type { Archive } from "../faults/case.ts";
import { readLanded } from "../faults/compare/trades.ts";
import { pathsOf } from "../faults/watched.ts";
import { PREFIX, SERVER, type World } from "../faults/world.ts";

/** What actions share. */
export type Stage = {
  readonly world: World;
  readonly archives: Archive[];
  readonly sleep: (ms: number) => Promise<void>;
};

/** One thing that happens: words for the log, and how it is done. */
export type Action = { readonly text: string; readonly run: (stage: Stage) => Promise<void> };

/** Makes an action out of random numbers, so that a seed always gives the same ones. */
export type Draw = (random: Random) => Action;

type Weighted = readonly (readonly [weight: number, draw: Draw])[];

/** Between the exchange and the service. */
export const EXCHANGE_ACTIONS: Weighted = [
  [4, (random) => once(`drop ${pick(random, ["public", "business", "private"])}`)],
  [2, () => once("drop")],
  [
    3,
    (random) =>
      during(
        `silent on ${pick(random, ["public", "business", "private"])}`,
        random,
        [500, 6000],
        "silent off",
      ),
  ],
  [1, () => ({ text: "silent on, 30 s", run: (stage) => between(stage, "silent on", 30_000, "silent off") })],
  [3, (random) => during(`garbage=0.0${1 + integerBelow(random, 9)}`, random, [1000, 8000], "garbage=off")],
  [2, (random) => dropAnd(`late-ack=${1 + integerBelow(random, 4)}s`, random, "late-ack=off")],
  [2, (random) => dropAnd("no-ack on", random, "no-ack off")],
  [2, (random) => dropAnd("deaf on", random, "deaf off")],
  [2, (random) => dropAnd("too-frequent on", random, "too-frequent off")],
  [2, (random) => dropAnd("no-snapshot on", random, "no-snapshot off")],
  [2, (random) => dropAnd(`late-snapshot=${1 + integerBelow(random, 3)}s`, random, "late-snapshot=off")],
  [4, (random) => once(`gap books:${pick(random, ["BTC-USDT", "ETH-USDT", "SOL-USDT", "BTC-USDT-SWAP"])}`)],
  [2, (random) => once(`gap trades:${pick(random, ["BTC-USDT", "ETH-USDT", "SOL-USDT"])}`)],
  [2, (random) => once(`duplicate trades:${pick(random, ["BTC-USDT", "ETH-USDT"])}`)],
  [1, () => once("crossed books:ETH-USDT")],
  [1, () => once("reset")],
  [3, (random) => once(`notice=${2 + integerBelow(random, 4)}s`)],
  [
    3,
    (random) =>
      once(
        `trade ${
          pick(random, [
            "fill",
            "place",
            "cancel-all",
            "open-position",
            "close-position",
            "deposit",
            "repeat",
          ])
        }`,
      ),
  ],
  [2, (random) => network("cut", "exchangeProxy", random, [200, 5000])],
  [2, (random) => network("stall", "exchangeProxy", random, [200, 12_000])],
  [
    1,
    () => ({
      text: "network: connections to the exchange frozen",
      run: ({ world }) => done(world.exchangeProxy?.freeze()),
    }),
  ],
  [1, (random) => slow(random)],
];

/** Redis, the way to it, commands and the configuration. */
export const OTHER_ACTIONS: Weighted = [
  [2, (random) => killRedis(random)],
  [1, (random) => emptyRedis(random)],
  [2, (random) => stopRedis(random)],
  [2, (random) => pauseRedis(random)],
  [2, (random) => fillRedis(random)],
  [2, (random) => replicaRedis(random)],
  [2, (random) => network("cut", "redisProxy", random, [200, 4000])],
  [2, (random) => network("stall", "redisProxy", random, [200, 6000])],
  [3, (random) => subscribeFor(random)],
  [2, (random) => openFor(random)],
  [1, () => ({ text: "okws client status", run: async ({ world }) => done(await world.client("status")) })],
  [2, (random) => reloadFor(random)],
  [1, () => ({ text: "reload of a broken file", run: brokenReload })],
];

/** Draws one action by weight. */
export function drawAction(actions: Weighted, random: Random): Action {
  const total = actions.reduce((sum, [weight]) => sum + weight, 0);
  let left = random() * total;
  const [, draw] = actions.find(([weight]) => (left -= weight) < 0) ?? actions[0]!;
  return draw(random);
}

function pick<T>(random: Random, values: readonly [T, ...T[]]): T {
  return values[integerBelow(random, values.length)] ?? values[0];
}

function lengthOf(random: Random, [least, most]: readonly [number, number]): number {
  return Math.round(least + random() * (most - least));
}

function once(command: string): Action {
  return { text: command, run: async ({ world }) => done(await world.exchange.command(command)) };
}

function during(begin: string, random: Random, range: readonly [number, number], end: string): Action {
  const ms = lengthOf(random, range);
  return { text: `${begin}, ${ms} ms`, run: (stage) => between(stage, begin, ms, end) };
}

/** A fault of answers shows only when something is asked. */
function dropAnd(begin: string, random: Random, end: string): Action {
  const ms = lengthOf(random, [1000, 7000]);
  return {
    text: `${begin} and drop, ${ms} ms`,
    async run(stage) {
      await stage.world.exchange.command(begin);
      await between(stage, "drop", ms, end);
    },
  };
}

async function between({ world, sleep }: Stage, begin: string, ms: number, end: string): Promise<void> {
  await world.exchange.command(begin);
  await sleep(ms);
  await world.exchange.command(end);
}

function network(
  how: "cut" | "stall",
  which: "exchangeProxy" | "redisProxy",
  random: Random,
  range: readonly [number, number],
): Action {
  const ms = lengthOf(random, range);
  return {
    text: `network to ${which === "redisProxy" ? "Redis" : "the exchange"}: ${how}, ${ms} ms`,
    async run({ world, sleep }) {
      world[which]?.[how]();
      await sleep(ms);
      world[which]?.mend();
    },
  };
}

function slow(random: Random): Action {
  const ms = lengthOf(random, [2000, 8000]);
  return {
    text: `network to the exchange: 20 kB/s, ${ms} ms`,
    async run({ world, sleep }) {
      world.exchangeProxy?.slow(20_000);
      await sleep(ms);
      world.exchangeProxy?.mend();
    },
  };
}

function killRedis(random: Random): Action {
  const ms = lengthOf(random, [200, 5000]);
  return {
    text: `Redis: kill -9, back with its data after ${ms} ms`,
    async run({ world, sleep }) {
      await world.redis.kill();
      await sleep(ms);
      await world.redis.start();
    },
  };
}

function emptyRedis(random: Random): Action {
  const ms = lengthOf(random, [200, 3000]);
  return {
    text: `Redis: kill -9, back empty after ${ms} ms`,
    async run({ world, archives, sleep }) {
      const { client } = world.redis;
      // No write may fall between the last look and the end.
      await client.call("CLIENT", "PAUSE", "60000", "WRITE");
      archives.push({ at: Date.now(), landed: await readLanded(client, PREFIX, world.watched) });
      await world.redis.kill();
      await sleep(ms);
      await world.redis.start({ empty: true });
    },
  };
}

function stopRedis(random: Random): Action {
  const ms = lengthOf(random, [500, 6000]);
  return {
    text: `Redis: SIGSTOP, ${ms} ms`,
    async run({ world, sleep }) {
      world.redis.signal("SIGSTOP");
      await sleep(ms);
      world.redis.signal("SIGCONT");
    },
  };
}

function pauseRedis(random: Random): Action {
  const ms = lengthOf(random, [500, 5000]);
  return {
    text: `Redis: CLIENT PAUSE, ${ms} ms`,
    async run({ world, sleep }) {
      await world.redis.client.call("CLIENT", "PAUSE", String(ms), "WRITE");
      await sleep(ms);
    },
  };
}

function fillRedis(random: Random): Action {
  const ms = lengthOf(random, [500, 5000]);
  return {
    text: `Redis: out of memory, ${ms} ms`,
    async run({ world: { redis: { client } }, sleep }) {
      await client.config("SET", "maxmemory", "1");
      await sleep(ms);
      await client.config("SET", "maxmemory", "0");
    },
  };
}

function replicaRedis(random: Random): Action {
  const ms = lengthOf(random, [500, 5000]);
  return {
    text: `Redis: read-only replica, ${ms} ms`,
    async run({ world: { redis: { client } }, sleep }) {
      await client.call("REPLICAOF", "127.0.0.1", String(freePort()));
      await sleep(ms);
      await client.call("REPLICAOF", "NO", "ONE");
    },
  };
}

function subscribeFor(random: Random): Action {
  const instId = pick(random, ["LTC-USDT", "DOGE-USDT", "XRP-USDT"]);
  const paths = [`tickers:${instId}`, `books:${instId}`, `trades:${instId}`];
  const ms = lengthOf(random, [500, 5000]);
  return {
    text: `okws client subscribe, and unsubscribe after ${ms} ms: ${paths.join(" ")}`,
    async run({ world, sleep }) {
      await world.client("subscribe", SERVER, ...paths);
      await sleep(ms);
      await world.client("unsubscribe", SERVER, ...paths);
    },
  };
}

function openFor(random: Random): Action {
  const ms = lengthOf(random, [500, 5000]);
  return {
    text: `okws client open, subscribe, and close after ${ms} ms`,
    async run({ world, sleep }) {
      await world.client("open", "guest", "--endpoint", `ws://127.0.0.1:${world.exchange.port}`);
      await world.client("subscribe", "guest", "tickers:BTC-USDT");
      await sleep(ms);
      await world.client("close", "guest");
    },
  };
}

function reloadFor(random: Random): Action {
  const more = pick(random, ["tickers:XRP-USDT", "books:LTC-USDT", "candle1m:DOGE-USDT"]);
  const ms = lengthOf(random, [1000, 6000]);
  return {
    text: `reload with ${more}, and without it after ${ms} ms`,
    async run({ world, sleep }) {
      await world.configure({ paths: [...pathsOf(world.watched), more] });
      world.service().kill("SIGHUP");
      await sleep(ms);
      await world.configure();
      world.service().kill("SIGHUP");
    },
  };
}

async function brokenReload({ world, sleep }: Stage): Promise<void> {
  await Deno.writeTextFile(world.configFile, "settings: [\n");
  world.service().kill("SIGHUP");
  await sleep(500);
  await world.configure();
}

/** Makes a promise of anything nothing. */
function done(_: unknown): Promise<void> {
  return Promise.resolve();
}
