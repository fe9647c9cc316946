/** Services that stand by: who of them writes when the one that did ends, and that nothing is lost or doubled by it. */
import assert from "node:assert/strict";
import type { Redis } from "ioredis";
import { type Program, startOkws } from "../../support/program.ts";
import { redisTest, startRedis } from "../../support/redis_server.ts";
import { openRedis } from "../../support/service.ts";
import { lateWrites, watchWriters, type Writers } from "../../support/writers.ts";
import { waitFor } from "../../support/wait.ts";
import { type Mock, startMock, tempFolder } from "./environment.ts";

const DEADLINE = { deadlineMs: 60_000 };
const LEASE_MS = 3000;
const TRADES = "okex/test/trades:ETH-USDT";

/** What the services of one test share. */
type Place = AsyncDisposable & {
  readonly mock: Mock;
  readonly redis: Redis;
  readonly writers: Writers;
  start(...flags: string[]): Promise<Program>;
};

async function openPlace(): Promise<Place> {
  await using stack = new AsyncDisposableStack();
  const folder = stack.use(await tempFolder());
  const server = stack.use(await startRedis());
  const mock = stack.use(await startMock());
  const writers = stack.use(await watchWriters(server.url));
  const { redis } = stack.use(await openRedis(server.url));
  const config = {
    settings: { REDIS_URL: server.url, HTTP: "off", LOG_FORMAT: "json", LEASE_MS, MAX_ROW: 100_000 },
    servers: [{ name: "test", endpoint: mock.url }],
    subscribes: [{
      server: "test",
      channels: ["tickers:ETH-USDT", "trades:ETH-USDT", "books:BTC-USDT", "candle1m:BTC-USDT"],
    }],
  };
  const file = `${folder.path}/okws.yaml`;
  await Deno.writeTextFile(file, JSON.stringify(config));
  const all = stack.move();
  return {
    ...{ mock, redis, writers },
    start: (...flags) => Promise.resolve(all.use(startOkws(["serve", "-c", file, ...flags]))),
    [Symbol.asyncDispose]: () => all[Symbol.asyncDispose](),
  };
}

async function writing({ writers, redis }: Place, services: number): Promise<void> {
  await waitFor("the writes", () => writers.instances().length === services, DEADLINE);
  const before = await redis.xlen(TRADES);
  await waitFor("more trades", async () => await redis.xlen(TRADES) > before + 10, DEADLINE);
}

/** Each trade of the stream is there once, and none is missing between the first and the last. */
async function assertWhole({ redis, writers }: Place): Promise<void> {
  const rows = (await redis.xrange(TRADES, "-", "+")).map(([, cells]) => {
    const valueOf = (name: string) => cells[cells.indexOf(name) + 1];
    return { last: Number(valueOf("tradeId")), fills: Number(valueOf("count") ?? "1") };
  }).toSorted((a, b) => a.last - b.last);
  const lasts = rows.map(({ last }) => last);
  assert.deepEqual(lasts.filter((id, i) => id === lasts[i - 1]), [], "there twice");
  const after = rows.filter(({ last, fills }, i) => i > 0 && last - fills > (lasts[i - 1] ?? 0));
  assert.deepEqual(after, [], "behind a gap");
  assert.deepEqual(lateWrites(writers.written).slice(0, 5), []);
}

async function settled(place: Place): Promise<void> {
  await waitFor("no open gap", async () => await place.redis.exists("okex/test/gaps/open") === 0, DEADLINE);
  await assertWhole(place);
}

for (const flags of [["--standby"], ["--standby", "cold"]]) {
  redisTest(`${flags.join(" ")}: one that was killed is replaced, and the next when it ends`, async () => {
    await using place = await openPlace();
    const one = await place.start();
    await one.waitForLine(/Listening for commands/, DEADLINE);
    const others = [await place.start(...flags), await place.start(...flags)];
    for (const other of others) await other.waitForLine(/Standing by/, DEADLINE);
    await waitFor("both", async () => await place.redis.hlen("okex/instances") === 2, DEADLINE);
    await writing(place, 1);
    await new Promise((r) => setTimeout(r, 3000));
    let at = performance.now();
    await one.stop("SIGKILL");
    await writing(place, 2);
    console.log("killed", performance.now() - at);
    await settled(place);
    const isFirst = /Holding the lease/.test(others[0]?.text() ?? "");
    const [next, last] = isFirst ? others : others.toReversed();
    await next?.waitForLine(/Listening for commands/, DEADLINE);
    at = performance.now();
    assert.equal(await next?.stop(), 0);
    await writing(place, 3);
    console.log("stopped", performance.now() - at);
    await settled(place);
    console.log(await place.redis.xrange("okex/test/gaps", "-", "+"));
    assert.equal(await last?.stop(), 0);
    assert.equal(await place.redis.exists("okex/instances"), 0);
  });
}
