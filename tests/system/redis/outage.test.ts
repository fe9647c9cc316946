/** What is kept and what comes back when Redis is away, hangs, is full, or holds something else. */
import assert from "node:assert/strict";
import type { Redis } from "ioredis";
import { connect } from "../../../src/client/client.ts";
import { parseConfig } from "../../../src/config/schema.ts";
import { freePort } from "../../support/free_port.ts";
import { startMock } from "../../support/mock.ts";
import { serve } from "../../../src/app/service.ts";
import { openStore } from "../../../src/store/redis/redis_store.ts";
import { type FakeConnection, type FakeOkx, startFakeOkx, startRelay } from "../../support/fake_okx.ts";
import { redisTest, startRedis } from "../../support/redis_server.ts";
import { openRedis, QUICK, type Running, startService, startSubscriber } from "../../support/service.ts";
import { waitFor, withTimeout } from "../../support/wait.ts";

const TICKERS = "tickers:BTC-USDT";
const TRADES = "trades:BTC-USDT";

redisTest("after a Redis that came back empty everything is there again by itself", async () => {
  await using mock = await startMock({ rate: 50 });
  await using server = await startRedis();
  const paths = [TICKERS, "spot/ticker:ETH-USDT", TRADES, "books5:BTC-USDT", "candle1m:BTC-USDT"];
  await using run = await startService({ endpoint: mock.url, redisUrl: server.url, channels: paths });
  const missing = async () => {
    const keys: string[] = [];
    for (const path of paths) if (await run.redis.exists(`okex/test/${path}`) === 0) keys.push(path);
    return keys;
  };
  await waitFor("all rows", async () => (await missing()).length === 0);
  await server.kill();
  await waitFor("the outage to be seen", () => run.service.view().outage !== "");
  const { rows } = run.service.view().stats;
  await waitFor("more rows meanwhile", () => run.service.view().stats.rows > rows + 100);
  await using again = await startRedis({ port: server.port });
  await waitFor("the end of the outage", () => run.service.view().outage === "");
  await waitFor("all rows again", async () => (await missing()).length === 0);
  await waitFor("the status", async () => await run.redis.get("okex/test/status") === "ON_DATA");
  await using client = await connect({ redisUrl: again.url });
  const subs = await client.subscriptions("test");
  assert.deepEqual([...subs.keys()].sort(), [...paths].sort());
  for (const { state } of subs.values()) assert.equal(state, "live");
  await waitFor("commands to be taken", async () => (await run.redis.pubsub("NUMSUB", "trade-ws"))[1] === 1);
  assert.deepEqual(await client.servers(), ["test"]);
  await client.subscribe("test", "tickers:ETH-USDT");
  mock.command("pause");
  await waitFor("the last row", async () => {
    const row = await run.redis.hgetall(`okex/test/${TICKERS}`);
    return row.ts === (mock.lastSent("tickers", "BTC-USDT") as { ts: string }).ts;
  });
  const { dropped, retries, disconnects } = run.service.view().stats;
  assert.ok(retries > 0);
  assert.deepEqual({ dropped, disconnects }, { dropped: 0, disconnects: 0 });
});

redisTest("an outage beyond the budget costs the oldest events, counted, and no latest row", async () => {
  await using okx = startFakeOkx();
  await using server = await startRedis();
  await using run = await startService({
    endpoint: okx.url,
    redisUrl: server.url,
    settings: { QUEUE_MB: 1 },
    channels: [TICKERS, TRADES],
  });
  const connection = await live(run, okx, 2);
  await server.kill();
  await waitFor("the outage to be seen", () => {
    pushTicker(connection, "before");
    return run.service.view().outage !== "";
  });
  const padding = "x".repeat(1000);
  for (let id = 1; id <= 3000; id++) pushTrade(connection, id, padding);
  pushTicker(connection, "newest");
  await waitFor("all of them", () => run.service.view().stats.dropped > 0);
  const { startedAt: _, ...stats } = run.service.view().stats;
  assert.ok(stats.queuedBytesPeak <= 1024 * 1024, String(stats.queuedBytesPeak));
  await using _again = await startRedis({ port: server.port });
  await waitFor(
    "the newest row",
    async () => await run.redis.hget(`okex/test/${TICKERS}`, "last") === "newest",
  );
  await waitFor("the newest event", async () => (await tradeIds(run.redis)).at(-1) === 3000);
  const ids = await tradeIds(run.redis);
  // What is left is the end of the series without gaps.
  assert.deepEqual(ids.slice(-100), Array.from({ length: 100 }, (_, i) => 2901 + i));
  await waitFor("an empty queue", () => run.service.view().stats.queuedBytes === 0);
});

redisTest(
  "a Redis that hangs for a while loses nothing, and one batch carries what has gathered",
  async () => {
    await using okx = startFakeOkx();
    await using server = await startRedis();
    await using run = await startService({
      endpoint: okx.url,
      redisUrl: server.url,
      channels: [TICKERS, TRADES],
    });
    await using subscriber = await startSubscriber(server.url, `okex/test/${TRADES}`);
    const connection = await live(run, okx, 2);
    pushTrade(connection, 1);
    await waitFor("the first", () => subscriber.messages.length === 1);
    const before = run.service.view().stats.batches;
    server.pause();
    try {
      for (let id = 2; id <= 2001; id++) pushTrade(connection, id);
      await waitFor("all of them", () => run.service.view().stats.rows === 2001);
    } finally {
      server.resume();
    }
    await waitFor("the last", () => subscriber.messages.length >= 2001);
    const ids = subscriber.messages.map(({ message }) =>
      Number((JSON.parse(message) as { tradeId: string }).tradeId)
    );
    assert.deepEqual(ids, Array.from({ length: 2001 }, (_, i) => i + 1));
    const { batches, dropped, retries } = run.service.view().stats;
    assert.deepEqual({ dropped, retries }, { dropped: 0, retries: 0 });
    assert.ok(batches - before < 20, `${batches - before} batches for 2000 rows`);
    await waitFor("the stream cut to size", async () => await run.redis.xlen(`okex/test/${TRADES}`) === 1000);
  },
);

redisTest("keys of another type give way to what okws keeps there", async () => {
  await using okx = startFakeOkx();
  await using server = await startRedis();
  const channels = [TICKERS, TRADES, "candle1m:BTC-USDT"];
  await using run = await startService({ endpoint: okx.url, redisUrl: server.url, servers: [] });
  await run.redis.set(`okex/test/${TRADES}`, "something else");
  await run.redis.set("okex/test/candle1m:BTC-USDT", "something else");
  await run.redis.set(`okex/test/${TICKERS}`, "a latest row is written whole, whatever was there");
  await run.client.openWs("test");
  await run.client.subscribe("test", channels);
  const connection = await live(run, okx, 3);
  pushTrade(connection, 1);
  okx.current("business")?.push({ channel: "candle1m", instId: "BTC-USDT" }, [
    ["60000", "1", "2", "0", "1", "9", "9", "9", "0"],
  ]);
  pushTicker(connection, "1");
  await waitFor("the row", async () => await run.redis.hget(`okex/test/${TICKERS}`, "last") === "1");
  await waitFor("the stream", async () => (await tradeIds(run.redis)).at(-1) === 1);
  await waitFor("the index", async () => {
    return (await run.redis.zrange("okex/test/candle1m:BTC-USDT", "0", "-1"))[0] === "60000";
  });
  const candle = () => run.redis.hgetall("okex/test/candle1m:BTC-USDT/60000");
  await waitFor("the candle", async () => (await candle()).open === "1");
  const { outage, stats } = run.service.view();
  assert.deepEqual([outage, stats.dropped, stats.retries, stats.rejected], ["", 0, 0, 0]);
  // A latest row that somebody has overwritten comes back with one of the next pushes.
  await run.redis.set(`okex/test/${TICKERS}`, "overwritten");
  await waitFor("the row again", async () => {
    pushTicker(connection, "2");
    return await run.redis.type(`okex/test/${TICKERS}`) === "hash";
  });
});

redisTest("a Redis that is full gets the rows when there is room again, whole", async () => {
  await using okx = startFakeOkx();
  await using server = await startRedis();
  await using run = await startService({ endpoint: okx.url, redisUrl: server.url, channels: [TICKERS] });
  const connection = await live(run, okx, 1);
  pushTicker(connection, "1", { sodUtc0: "5" });
  await waitFor("the row", async () => await run.redis.hget(`okex/test/${TICKERS}`, "last") === "1");
  await run.redis.config("SET", "maxmemory", "1");
  pushTicker(connection, "2");
  await waitFor("the outage to be seen", () => /OOM/.test(run.service.view().outage));
  await waitFor("a retry", () => run.service.view().stats.retries >= 2);
  await run.redis.config("SET", "maxmemory", "0");
  await waitFor("the row", async () => await run.redis.hget(`okex/test/${TICKERS}`, "last") === "2");
  // A member that the newer row does not have is gone.
  assert.equal(await run.redis.hget(`okex/test/${TICKERS}`, "sodUtc0"), null);
  assert.equal(run.service.view().stats.dropped, 0);
});

redisTest("a batch whose replies are lost is sent again, and no event is stored twice", async () => {
  await using okx = startFakeOkx();
  await using server = await startRedis();
  await using relay = startRelay(server.port);
  await using direct = await openRedis(server.url);
  const redisUrl = `redis://127.0.0.1:${relay.port}`;
  await using run = await startService({ endpoint: okx.url, redisUrl, channels: [TICKERS, TRADES] });
  const connection = await live(run, okx, 2);
  const ids = () => tradeIds(direct.redis);
  pushTrade(connection, 1);
  await waitFor("the first", async () => (await ids()).length === 1);
  const links = [...relay.links.values()];
  for (const link of links) link.mute = true;
  for (let id = 2; id <= 9; id++) pushTrade(connection, id);
  await waitFor("some of the others", async () => (await ids()).length > 1);
  for (const link of links) link.end();
  pushTrade(connection, 10);
  await waitFor("the last", async () => (await ids()).at(-1) === 10);
  assert.deepEqual(await ids(), [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  const { retries, dropped, rejected } = run.service.view().stats;
  assert.ok(retries > 0);
  assert.deepEqual({ dropped, rejected }, { dropped: 0, rejected: 0 });
});

redisTest("a stop while Redis is away ends in time", async () => {
  await using okx = startFakeOkx();
  await using server = await startRedis();
  await using run = await startService({ endpoint: okx.url, redisUrl: server.url, channels: [TICKERS] });
  const connection = await live(run, okx, 1);
  await server.kill();
  await waitFor("the outage to be seen", () => {
    pushTicker(connection, "1");
    return run.service.view().outage !== "";
  });
  await withTimeout("the stop", run.service.stop(), 5000);
});

redisTest("a stop while Redis hangs ends in time", async () => {
  await using okx = startFakeOkx();
  await using server = await startRedis();
  await using run = await startService({ endpoint: okx.url, redisUrl: server.url, channels: [TICKERS] });
  const connection = await live(run, okx, 1);
  server.pause();
  pushTicker(connection, "1");
  await waitFor("the push", () => run.service.view().stats.rows === 1);
  await withTimeout("the stop", run.service.stop(), 5000);
});

redisTest("a service that starts before its Redis goes on as soon as that is there", async () => {
  await using okx = startFakeOkx();
  const port = freePort();
  const starting = startService({
    endpoint: okx.url,
    redisUrl: `redis://127.0.0.1:${port}`,
    channels: [TICKERS],
  });
  const connection = await waitFor("the exchange", () => okx.current());
  await waitFor("the request", () => connection.asked("subscribe").length === 1);
  pushTicker(connection, "early");
  await using _server = await startRedis({ port });
  await using run = await withTimeout("the service", starting, 10_000);
  await waitFor("the row", async () => await run.redis.hget(`okex/test/${TICKERS}`, "last") === "early");
  assert.deepEqual(await run.client.servers(), ["test"]);
});

redisTest("a service that is stopped before its Redis is there ends", async () => {
  await using okx = startFakeOkx();
  const parsed = parseConfig({
    settings: { REDIS_URL: `redis://127.0.0.1:${freePort()}`, HTTP: "off", ENDPOINT: okx.url },
    servers: [{ name: "test" }],
  });
  assert.ok("config" in parsed);
  const stop = new AbortController();
  const starting = serve(parsed.config, { signal: stop.signal, timing: QUICK });
  await waitFor("the exchange", () => okx.current());
  stop.abort();
  const service = await withTimeout("the end of the start", starting, 5000);
  await withTimeout("the stop", service.done, 5000);
});

/** The public connection, once so many paths are live. */
async function live(run: Running, okx: FakeOkx, count: number): Promise<FakeConnection> {
  await waitFor(`${count} paths live`, async () => {
    const subs = await run.client.subscriptions("test");
    return [...subs.values()].filter(({ state }) => state === "live").length === count;
  });
  return okx.current() as FakeConnection;
}

function pushTicker(connection: FakeConnection, last: string, more: Record<string, string> = {}): void {
  const row = { instType: "SPOT", instId: "BTC-USDT", last, ts: String(Date.now()), ...more };
  connection.push({ channel: "tickers", instId: "BTC-USDT" }, [row]);
}

function pushTrade(connection: FakeConnection, id: number, padding = ""): void {
  const row = { instId: "BTC-USDT", tradeId: String(id), px: "1", sz: "1", side: "buy", ts: "1", padding };
  connection.push({ channel: "trades", instId: "BTC-USDT" }, [row]);
}

async function tradeIds(redis: Redis): Promise<number[]> {
  const entries = await redis.xrange(`okex/test/${TRADES}`, "-", "+");
  return entries.map(([, fields]) => Number(fields[fields.indexOf("tradeId") + 1]));
}

Deno.test("a Redis that takes the connection and then says nothing is given up in time", async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: freePort() });
  const taken: Deno.Conn[] = [];
  const accepting = (async () => {
    for await (const connection of listener) taken.push(connection);
  })();
  try {
    const opening = openStore(`redis://127.0.0.1:${listener.addr.port}`, { connectTimeoutMs: 200 });
    await withTimeout("the refusal", assert.rejects(opening, /no answer within 200 ms/), 5000);
  } finally {
    listener.close();
    await accepting;
    for (const connection of taken) connection.close();
  }
});
