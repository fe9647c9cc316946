/** Services that share the work behind sentinels: Redis fails over while one of them is killed. */
import assert from "node:assert/strict";
import type { Redis } from "ioredis";
import { shardOf } from "../../../src/session/shard_placement.ts";
import { startMock } from "../../support/mock.ts";
import { type Program, startOkws } from "../../support/program.ts";
import { type Sentinels, startSentinels } from "../../support/redis_modes.ts";
import { type RedisServer, redisTest } from "../../support/redis_server.ts";
import { openRedis } from "../../support/service.ts";
import { oddTrades } from "../../support/stored_trades.ts";
import { waitFor } from "../../support/wait.ts";
import { lateWrites, watchWriters, type Writers } from "../../support/writers.ts";

const DEADLINE = { deadlineMs: 90_000 };
const COINS = ["BTC-USDT", "ETH-USDT", "SOL-USDT", "BTC-USDT-SWAP", "ETH-USDT-SWAP"];
const TRADES = COINS.map((name) => `trades:${name}`);
const PATHS = [...TRADES, ...COINS.map((name) => `tickers:${name}`), "books:BTC-USDT", "candle1m:ETH-USDT"];

/** What the shards of one test work with. */
type Environment = AsyncDisposable & {
  readonly sentinels: Sentinels;
  readonly master: RedisServer;
  readonly next: RedisServer;
  /** What each of the two servers was sent, by who sent it. */
  readonly writers: readonly Writers[];
  /** At the one that becomes the master. */
  readonly redis: Redis;
  start(shard: string, ...flags: string[]): Program;
};

async function prepare(): Promise<Environment> {
  await using stack = new AsyncDisposableStack();
  const sentinels = stack.use(await startSentinels());
  const mock = stack.use(await startMock({ rate: 10 }));
  const port = await sentinels.master();
  const [master, next] = sentinels.data.toSorted((a) => a.port === port ? -1 : 1) as [
    RedisServer,
    RedisServer,
  ];
  const writers: Writers[] = [];
  for (const { url } of [master, next]) writers.push(stack.use(await watchWriters(url)));
  const { redis } = stack.use(await openRedis(next.url));
  const hosts = sentinels.ports.map((each) => `127.0.0.1:${each}`).join(",");
  const file = await Deno.makeTempFile({ suffix: ".yaml" });
  stack.defer(() => Deno.remove(file));
  const config = {
    settings: { REDIS_URL: `redis+sentinel://${hosts}/${sentinels.name}`, HTTP: "off", MAX_ROW: 100_000 },
    servers: [{ name: "test", endpoint: mock.url }],
    subscribes: [{ server: "test", channels: PATHS }],
  };
  await Deno.writeTextFile(file, JSON.stringify(config));
  const all = stack.move();
  return {
    ...{ sentinels, master, next, writers, redis },
    start: (shard, ...flags) => all.use(startOkws(["serve", "-c", file, "--shard", shard, ...flags])),
    [Symbol.asyncDispose]: () => all[Symbol.asyncDispose](),
  };
}

async function holding(program: Program): Promise<void> {
  await program.waitForLine(/Holding the lease/, DEADLINE);
}

/** All paths are live, as the server says that becomes the master. */
async function live(redis: Redis): Promise<void> {
  await waitFor("all to be live", async () => {
    const records = Object.values(await redis.hgetall("okex/test/subs")).map((text) => JSON.parse(text));
    return records.length === PATHS.length && records.every(({ state }) => state === "live");
  }, DEADLINE);
}

/** Every stream of trades goes on at the new master, and has each trade once. */
async function whole(redis: Redis): Promise<void> {
  await live(redis);
  for (const path of TRADES) {
    const key = `okex/test/${path}`;
    const before = await redis.xlen(key);
    await waitFor(`more of ${path}`, async () => await redis.xlen(key) > before + 3, DEADLINE);
  }
  await waitFor("no open gap", async () => await redis.exists("okex/test/gaps/open") === 0, DEADLINE);
  await live(redis);
  for (const path of TRADES) assert.deepEqual(await oddTrades(redis, `okex/test/${path}`), [], path);
}

/** No series and no row was written by two at a time, at neither server; only those of the killed shard by another process later. */
function assertOneWriter(writers: readonly Writers[], killed: number): void {
  for (const path of PATHS.filter((each) => !each.startsWith("books:"))) {
    const most = shardOf("test", path, 2) === killed ? 2 : 1;
    for (const { written } of writers) {
      const own = written.filter(({ key }) => key === `okex/test/${path}`);
      assert.notDeepEqual(own, [], path);
      assert.deepEqual(lateWrites(own).slice(0, 5), [], `${path} is written by two`);
      const processes = new Set(own.map(({ instance }) => instance)).size;
      assert.ok(processes <= most, `${path} was written by ${processes} processes`);
    }
  }
}

for (const [killed, change] of [[2, "sentinels change the master"], [1, "the master dies"]] as const) {
  redisTest(`shard ${killed} of 2 is killed while ${change}, and no trade is lost or doubled`, async () => {
    assert.deepEqual(new Set(TRADES.map((path) => shardOf("test", path, 2))), new Set([1, 2]));
    await using environment = await prepare();
    const { sentinels, master, next, writers, redis } = environment;
    const shards = [environment.start("1/2"), environment.start("2/2")];
    for (const each of shards) await holding(each);
    await whole(redis);
    const ending = shards[killed - 1]?.stop("SIGKILL");
    if (killed === 2) await sentinels.failOver();
    else await master.kill();
    await ending;
    // As systemd does it, while the sentinels are still at it.
    const again = shards[killed - 1] = environment.start(`${killed}/2`);
    await waitFor("the new master", async () => await sentinels.master() === next.port, DEADLINE);
    await holding(again);
    await whole(redis);
    assertOneWriter(writers, killed);
    assert.deepEqual(await Promise.all(shards.map((each) => each.stop())), [0, 0]);
  });
}

redisTest(
  "what stands by for a shard takes its place at the master that sentinels have elected meanwhile",
  async () => {
    await using environment = await prepare();
    const { sentinels, writers, redis } = environment;
    const one = environment.start("1/2");
    const two = environment.start("2/2");
    for (const each of [one, two]) await holding(each);
    const standby = environment.start("2/2", "--standby");
    await standby.waitForLine(/Standing by/, DEADLINE);
    await whole(redis);
    const electing = sentinels.failOver();
    await two.stop("SIGKILL");
    await electing;
    await holding(standby);
    await whole(redis);
    assertOneWriter(writers, 2);
    assert.deepEqual(await Promise.all([one, standby].map((each) => each.stop())), [0, 0]);
  },
);
