/** Services that share the work, through the executable: one is killed, and one is added, and every trade is there once. */
import assert from "node:assert/strict";
import type { Redis } from "ioredis";
import { type Program, runOkws, startOkws } from "../../support/program.ts";
import { redisTest, startRedis } from "../../support/redis_server.ts";
import { openRedis } from "../../support/service.ts";
import { oddTrades } from "../../support/stored_trades.ts";
import { lateWrites, watchWriters, type Writers } from "../../support/writers.ts";
import { waitFor } from "../../support/wait.ts";
import { shardOf } from "../../../src/session/shard_placement.ts";
import { startMock, tempFolder } from "./environment.ts";

const DEADLINE = { deadlineMs: 90_000 };
const LEASE_MS = 6000;
const TRADES = ["BTC-USDT", "ETH-USDT", "SOL-USDT", "BTC-USDT-SWAP", "ETH-USDT-SWAP"].map((name) =>
  `trades:${name}`
);
const PATHS = [
  ...TRADES,
  "tickers:ETH-USDT",
  "books:BTC-USDT",
  "candle1m:BTC-USDT",
  "funding-rate:BTC-USDT-SWAP",
];

/** Of the second of three shards. */
const ADDED = ["XRP-USDT", "DOGE-USDT", "ADA-USDT", "LTC-USDT", "AVAX-USDT"].map((name) => `tickers:${name}`)
  .find((path) => shardOf("test", path, 3) === 2) as string;

/** What the services of one test share. */
type Setup = AsyncDisposable & {
  readonly redis: Redis;
  readonly writers: Writers;
  readonly file: string;
  start(shard: string, ...flags: string[]): Program;
  /** Has these paths in the file, and all shards read it. */
  reload(paths: readonly string[]): Promise<void>;
};

async function openSetup(): Promise<Setup> {
  await using stack = new AsyncDisposableStack();
  const folder = stack.use(await tempFolder());
  const server = stack.use(await startRedis());
  const mock = stack.use(await startMock());
  const writers = stack.use(await watchWriters(server.url));
  const { redis } = stack.use(await openRedis(server.url));
  const config = (channels: readonly string[]) => ({
    settings: { REDIS_URL: server.url, HTTP: "off", LOG_FORMAT: "json", LEASE_MS, MAX_ROW: 100_000 },
    servers: [{ name: "test", endpoint: mock.url }],
    subscribes: [{ server: "test", channels }],
  });
  const file = `${folder.path}/okws.yaml`;
  await Deno.writeTextFile(file, JSON.stringify(config(PATHS)));
  const all = stack.move();
  return {
    ...{ redis, writers, file },
    async reload(channels) {
      await Deno.writeTextFile(file, JSON.stringify(config(channels)));
      await redis.publish("trade-ws", JSON.stringify({ op: "reload" }));
      await live({ redis }, channels);
    },
    start: (shard, ...flags) => all.use(startOkws(["serve", "-c", file, "--shard", shard, ...flags])),
    [Symbol.asyncDispose]: () => all[Symbol.asyncDispose](),
  };
}

async function live({ redis }: Pick<Setup, "redis">, paths: readonly string[] = PATHS): Promise<void> {
  await waitFor("all to be live", async () => {
    const records = Object.values(await redis.hgetall("okex/test/subs")).map((text) => JSON.parse(text));
    return records.length === paths.length && records.every(({ state }) => state === "live");
  }, DEADLINE);
}

/** Every stream of trades goes on, nothing is missing any more, and each trade is there once. */
async function whole(setup: Setup): Promise<void> {
  const { redis, writers } = setup;
  await live(setup);
  for (const path of TRADES) {
    const key = `okex/test/${path}`;
    const before = await redis.xlen(key);
    await waitFor(`more of ${path}`, async () => await redis.xlen(key) > before + 3, DEADLINE);
  }
  await waitFor("no open gap", async () => await redis.exists("okex/test/gaps/open") === 0, DEADLINE);
  for (const path of TRADES) {
    const key = `okex/test/${path}`;
    assert.deepEqual(await oddTrades(redis, key), [], `${path}: there twice, or behind a gap`);
    const written = writers.written.filter((each) => each.key === key);
    assert.deepEqual(lateWrites(written).slice(0, 5), [], `${path} is written by two`);
  }
}

async function holding(program: Program): Promise<void> {
  await program.waitForLine(/Holding the lease/, DEADLINE);
}

redisTest(
  "a shard that is killed is replaced, another number takes over, and no trade is lost or doubled",
  async () => {
    await using setup = await openSetup();
    const three = [setup.start("1/3"), setup.start("2/3"), setup.start("3/3")];
    for (const each of three) await holding(each);
    await whole(setup);
    // A path more in the file comes by a command to the first one, whichever shard serves it.
    await setup.reload([...PATHS, ADDED]);
    await setup.reload(PATHS);
    // Somebody stands by for the second one.
    const standby = setup.start("2/3", "--standby");
    await standby.waitForLine(/Standing by/, DEADLINE);
    await three[1]?.stop("SIGKILL");
    await holding(standby);
    await whole(setup);
    // One that is killed and started again.
    await three[2]?.stop("SIGKILL");
    three[2] = setup.start("3/3");
    await holding(three[2]);
    await whole(setup);
    // Another number is refused, by name.
    const ran = await runOkws(["serve", "-c", setup.file, "--shard", "4/4"], { timeoutMs: 60_000 });
    assert.equal(ran.code, 1, ran.stderr);
    assert.match(ran.stderr, /another number of shards .* shard \d\/3 is pid \d+ on .*--standby/);
    // One more, which takes its share of all others.
    const four = [1, 2, 3, 4].map((index) => setup.start(`${index}/4`, "--standby"));
    for (const each of four) await each.waitForLine(/Standing by/, DEADLINE);
    const ends = await Promise.all([three[0], standby, three[2]].map((each) => each?.stop()));
    assert.deepEqual(ends, [0, 0, 0]);
    for (const each of four) await holding(each);
    await whole(setup);
    assert.ok(PATHS.some((path) => shardOf("test", path, 4) === 4));
    assert.deepEqual(await Promise.all(four.map((each) => each.stop())), [0, 0, 0, 0]);
    assert.equal(await setup.redis.get("okex/test/status"), "EXIT");
  },
);

redisTest("a shard that hung while another number began writes nothing more, and ends with 1", async () => {
  await using setup = await openSetup();
  const two = [setup.start("1/2"), setup.start("2/2")] as const;
  for (const each of two) await holding(each);
  await whole(setup);
  two[1].kill("SIGSTOP");
  assert.equal(await two[0].stop(), 0);
  // Its lease is over before they begin.
  const three = [1, 2, 3].map((index) => setup.start(`${index}/3`));
  for (const each of three) await holding(each);
  await whole(setup);
  two[1].kill("SIGCONT");
  assert.equal(await two[1].ended(60_000), 1);
  assert.match(two[1].text(), /another number of shards is at work|has kept what is under KEY_PREFIX/);
  await whole(setup);
  assert.deepEqual(await Promise.all(three.map((each) => each.stop())), [0, 0, 0]);
});

redisTest("nobody serves the paths of a shard that was killed, until it is there again", async () => {
  await using setup = await openSetup();
  const two = [setup.start("1/2"), setup.start("2/2")] as const;
  for (const each of two) await holding(each);
  await live(setup);
  const theirs = PATHS.filter((path) => shardOf("test", path, 2) === 2);
  await two[1].stop("SIGKILL");
  await waitFor("all of it to be stale", async () => {
    const texts = await setup.redis.hmget("okex/test/subs", ...theirs);
    return texts.every((text) => text?.includes('"state":"stale"') && text.includes('"code":"shard"'));
  }, DEADLINE);
  const url = `redis://127.0.0.1:${setup.redis.options.port}`;
  const ran = await runOkws(["get", "test", theirs[0] as string, "--max-age", "1000", "--redis", url]);
  assert.equal(ran.code, 5, ran.stderr);
  assert.match(ran.stderr, /shard 2\/2 is not there/);
  await holding(setup.start("2/2"));
  await live(setup);
});
