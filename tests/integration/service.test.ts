/** The service as a whole: what it brings up, what it says of itself, and what it leaves behind. */
import assert from "node:assert/strict";
import { parseConfig } from "../../src/config/schema.ts";
import { startMock } from "../support/mock.ts";
import { startFakeOkx } from "../support/fake_okx.ts";
import { redisTest, startRedis } from "../support/redis_server.ts";
import { openRedis, startService, startSubscriber } from "../support/service.ts";
import { waitFor, withTimeout } from "../support/wait.ts";

Deno.test("the servers and subscriptions of the configuration are there from the start", async () => {
  await using mock = await startMock({ rate: 50 });
  const channels = ["spot/ticker:ETH-USDT", { channel: "tickers", instId: "BTC-USDT" }, "candle1m:BTC-USDT"];
  await using run = await startService({
    endpoint: mock.url,
    servers: [{ name: "test" }, { name: "two" }],
    channels,
  });
  assert.deepEqual(await run.client.servers(), ["test", "two"]);
  for (const name of ["test", "two"]) {
    for (const key of ["spot/ticker:ETH-USDT", "tickers:BTC-USDT", "candle1m:BTC-USDT"]) {
      await waitFor(`${name} ${key}`, () => run.redis.exists(`okex/${name}/${key}`));
    }
  }
});

Deno.test("what is cached is what the exchange sent", async () => {
  await using mock = await startMock({ rate: 50 });
  await using run = await startService({
    endpoint: mock.url,
    channels: ["tickers:BTC-USDT", "books5:BTC-USDT"],
  });
  await waitFor("rows", () => run.service.view().stats.rows > 20);
  mock.command("pause");
  await waitFor("the last ticker", async () => {
    const cached = await run.redis.hgetall("okex/test/tickers:BTC-USDT");
    return JSON.stringify(cached) === JSON.stringify(mock.lastSent("tickers", "BTC-USDT"));
  });
  await waitFor("the last book", async () => {
    const { asks = "", bids = "", state } = await run.redis.hgetall("okex/test/books5:BTC-USDT");
    const sent = mock.lastSent("books5", "BTC-USDT") as { asks: unknown; bids: unknown };
    return asks === JSON.stringify(sent.asks) && bids === JSON.stringify(sent.bids) && state === "live";
  });
});

redisTest("a status expires unless it is said again, and that of the end does not", async () => {
  await using server = await startRedis();
  await using okx = startFakeOkx();
  await using run = await startService({ endpoint: okx.url, redisUrl: server.url });
  await waitFor("connected", async () => await run.client.serverStatus("test") === "CONNECTED");
  const left = await run.redis.pttl("okex/test/status");
  assert.ok(left > 0 && left <= 30_000, String(left));
  await run.service.stop();
  assert.equal(await run.redis.get("okex/test/status"), "EXIT");
  assert.equal(await run.redis.pttl("okex/test/status"), -1);
});

redisTest("a service that follows another on one Redis takes over its keys", async () => {
  await using server = await startRedis();
  await using mock = await startMock({ rate: 50 });
  await using subscriber = await startSubscriber(server.url, "okws/info");
  const options = {
    endpoint: mock.url,
    redisUrl: server.url,
    channels: ["tickers:BTC-USDT", "trades:BTC-USDT"],
  };
  for (const _turn of ["first", "second"]) {
    await using run = await startService(options);
    await waitFor("data", async () => await run.client.serverStatus("test") === "ON_DATA");
    await waitFor("live", async () => (await run.sub("trades:BTC-USDT"))?.state === "live");
  }
  await waitFor("both announced", () => subscriber.messages.length === 4);
  assert.deepEqual(subscriber.on("okws/info"), ["CONNECTED", "EXIT", "CONNECTED", "EXIT"]);
});

Deno.test("the embedded store is served to every Redis client and ends with the service", async () => {
  await using okx = startFakeOkx();
  await using run = await startService({ endpoint: okx.url });
  assert.equal(run.service.embedded, true);
  assert.match(run.redisUrl, /^redis:\/\/127\.0\.0\.1:\d+$/);
  await using other = await openRedis(run.redisUrl);
  assert.equal(await other.redis.ping(), "PONG");
  await withTimeout("the stop", run.service.stop(), 5000);
  await assert.rejects(Deno.connect({ hostname: "127.0.0.1", port: Number(new URL(run.redisUrl).port) }));
});

Deno.test("an embedded store that is written wrongly is a fault of the configuration", () => {
  const parsed = parseConfig({ settings: { REDIS_URL: "embedded:7000", HTTP: "off" } });
  assert.ok("issues" in parsed);
  assert.match(parsed.issues[0]?.message ?? "", /embedded:\/\/127\.0\.0\.1:PORT/);
});

redisTest("a long life of drops and subscriptions leaks no connection", async () => {
  await using server = await startRedis();
  await using mock = await startMock({ rate: 20 });
  await using run = await startService({
    endpoint: mock.url,
    redisUrl: server.url,
    channels: ["tickers:BTC-USDT"],
  });
  const clients = async () => (String(await run.redis.client("LIST"))).trim().split("\n").length;
  // As the service itself knows it: what Redis says may be that of before a drop.
  const isLive = (server: string, path: string) =>
    run.service.view().servers.find(({ name }) => name === server)?.subscriptions
      .find((each) => each.path === path)?.state === "live";
  await run.client.servers();
  await waitFor("live", async () => (await run.sub("tickers:BTC-USDT"))?.state === "live");
  const before = await clients();
  for (let turn = 0; turn < 4; turn++) {
    await run.client.openWs("other");
    await run.client.subscribe("other", ["tickers:ETH-USDT", "candle1m:ETH-USDT"]);
    // Both servers have a public connection that can be dropped.
    await waitFor(
      "both live",
      () => isLive("test", "tickers:BTC-USDT") && isLive("other", "tickers:ETH-USDT"),
    );
    const { disconnects } = run.service.view().stats;
    mock.command("drop public");
    await waitFor("the drop", () => run.service.view().stats.disconnects >= disconnects + 2);
    await run.client.closeWs("other");
  }
  await waitFor("one connection to the exchange", () => mock.stats().connections === 1);
  assert.equal(await clients(), before);
  assert.deepEqual(await run.redis.keys("okex/other/subs"), []);
});
