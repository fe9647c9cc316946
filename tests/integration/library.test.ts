/**
 * The library as a program uses it, against a whole service and a simulated exchange. The file is long because every
 * call that the library offers is tried here, as one program would.
 */
import assert from "node:assert/strict";
import {
  type CachedRow,
  type Client,
  CommandError,
  connect,
  NoServiceError,
  parseConfig,
  serve,
  StaleError,
  StoreError,
} from "okws";
import { startEmbedded } from "../../src/embedded/server.ts";
import { DEMO_CREDENTIALS } from "../../src/mock/login.ts";
import { freePort } from "../support/free_port.ts";
import { startMock } from "../support/mock.ts";
import { startFakeOkx } from "../support/fake_okx.ts";
import { redisTest, startRedis } from "../support/redis_server.ts";
import { startService } from "../support/service.ts";
import { waitFor, withTimeout } from "../support/wait.ts";

const LOGIN = {
  apiKey: DEMO_CREDENTIALS.apiKey,
  secret: DEMO_CREDENTIALS.secret,
  password: DEMO_CREDENTIALS.passphrase,
};

Deno.test("serve and connect are all that a program needs", async () => {
  await using mock = await startMock({ rate: 50 });
  const parsed = parseConfig({
    settings: { REDIS_URL: "embedded://127.0.0.1:0", HTTP: "off", ENDPOINT: mock.url },
  });
  assert.ok("config" in parsed);
  await using service = await serve(parsed.config);
  await using okws = await connect({ redisUrl: service.redisUrl });
  assert.deepEqual(await okws.servers(), []);
  await okws.openWs("test", LOGIN);
  assert.deepEqual(await okws.servers(), ["test"]);
  const results = await okws.subscribe("test", ["spot/ticker:ETH-USDT", "tickers:ETH-USDT"]);
  assert.deepEqual(results.map(({ path, state }) => [path, state]), [
    ["spot/ticker:ETH-USDT", "live"],
    ["tickers:ETH-USDT", "live"],
  ]);
  const legacy = await waitFor("a row", () => okws.get("test", "spot/ticker", { instrument_id: "ETH-USDT" }));
  assert.equal((legacy as CachedRow).instrument_id, "ETH-USDT");
  const native = await waitFor("a row", () => okws.get("test", "tickers", { instId: "ETH-USDT" }));
  assert.equal((native as CachedRow).instId, "ETH-USDT");
  for await (const row of okws.watch("test", "tickers:ETH-USDT")) {
    assert.equal(row.instId, "ETH-USDT");
    break;
  }
  await waitFor("data", async () => await okws.serverStatus("test") === "ON_DATA");
  await okws.closeWs("test");
  assert.deepEqual(await okws.servers(), []);
  await waitFor("the end", async () => await okws.serverStatus("test") === "EXIT");
  assert.equal((await okws.subscriptions("test")).size, 0);
});

Deno.test("watch gives the rows of every kind of path", async (t) => {
  await using mock = await startMock({ rate: 50 });
  await using run = await startService({ endpoint: mock.url, servers: [{ name: "test", ...LOGIN }] });
  const cases: [string, Record<string, unknown>][] = [
    ["tickers:BTC-USDT", { instId: "BTC-USDT", instType: "SPOT" }],
    ["spot/ticker:ETH-USDT", { instrument_id: "ETH-USDT" }],
    ["swap/ticker:BTC-USDT-SWAP", { instrument_id: "BTC-USDT-SWAP" }],
    ["candle1m:BTC-USDT", { confirm: "0" }],
    ["spot/candle60s:ETH-USDT", { candle: undefined }],
    ["index-candle1m:BTC-USDT", {}],
    ["trades:BTC-USDT", { instId: "BTC-USDT" }],
    ["trades-all:BTC-USDT", { instId: "BTC-USDT" }],
    ["spot/trade:ETH-USDT", { instrument_id: "ETH-USDT" }],
    ["books5:BTC-USDT", {}],
    ["bbo-tbt:BTC-USDT", {}],
    ["spot/depth5:ETH-USDT", { instrument_id: "ETH-USDT" }],
    ["instruments:SPOT", { instType: "SPOT" }],
    ["swap/instruments", {}],
    ["opt-summary:BTC-USD", { uly: "BTC-USD" }],
    ["index-tickers:BTC-USDT", { instId: "BTC-USDT" }],
    ["mark-price:BTC-USDT-SWAP", { instId: "BTC-USDT-SWAP" }],
    ["funding-rate:BTC-USDT-SWAP", { instId: "BTC-USDT-SWAP" }],
  ];
  for (const [path, expected] of cases) {
    await t.step(path, async () => {
      const row = await firstRow(run.client, path);
      for (const [name, value] of Object.entries(expected)) {
        assert.equal(row[name], value, JSON.stringify(row));
      }
      // One subscription for many instruments: each row is cached under its own.
      const own = path.startsWith("opt-summary") ? `opt-summary:${row.instId}` : path;
      await waitFor("something cached", async () => {
        const cached = await run.client.get("test", own, { n: 1 });
        return Array.isArray(cached) ? cached.length > 0 : cached;
      });
    });
  }
});

Deno.test("two watches of one client do not disturb each other, and leaving one ends it", async () => {
  await using mock = await startMock({ rate: 50 });
  const paths = ["tickers:BTC-USDT", "tickers:ETH-USDT"];
  await using run = await startService({ endpoint: mock.url, channels: paths });
  const seen = await Promise.all(paths.map(async (path) => {
    const rows: string[] = [];
    for await (const row of run.client.watch("test", path)) {
      if (rows.push(String(row.instId)) === 5) break;
    }
    return rows;
  }));
  assert.deepEqual(seen, [Array(5).fill("BTC-USDT"), Array(5).fill("ETH-USDT")]);
  const both = new Set<string>();
  for await (const { path } of run.client.watchPaths("test", paths)) {
    if (both.add(path).size === 2) break;
  }
});

Deno.test("closing a client ends its watches", async () => {
  await using okx = startFakeOkx();
  await using run = await startService({ endpoint: okx.url });
  const client = await connect({ redisUrl: run.redisUrl });
  const ready = Promise.withResolvers<void>();
  const over = (async () => {
    for await (const _ of client.watchPaths("test", ["tickers:BTC-USDT"], ready.resolve)) {
      assert.fail("a row");
    }
  })();
  await ready.promise;
  await client[Symbol.asyncDispose]();
  await withTimeout("the end of the watch", over, 2000);
});

redisTest("a watch whose Redis is lost ends with a StoreError", async () => {
  await using server = await startRedis();
  await using okws = await connect({ redisUrl: server.url });
  const ready = Promise.withResolvers<void>();
  const over = (async () => {
    for await (const _ of okws.watchPaths("test", ["tickers:BTC-USDT"], ready.resolve)) assert.fail("a row");
  })();
  const rejected = assert.rejects(withTimeout("the end of the watch", over, 10_000), StoreError);
  await ready.promise;
  await server.kill();
  await rejected;
});

Deno.test("get gives the newest of a series, oldest first, and filters by members", async () => {
  await using okx = startFakeOkx();
  const trades = { channel: "trades", instId: "BTC-USDT" };
  const candles = { channel: "candle1m", instId: "BTC-USDT" };
  await using run = await startService({
    endpoint: okx.url,
    settings: { MAX_ROW: 5 },
    channels: ["trades:BTC-USDT", "spot/trade:BTC-USDT", "candle1m:BTC-USDT", "spot/candle60s:BTC-USDT"],
  });
  const { client } = run;
  await waitFor("all live", async () => {
    return [...(await client.subscriptions("test")).values()].filter(({ state }) => state === "live")
      .length === 4;
  });
  const side = (n: number) => n % 2 === 0 ? "buy" : "sell";
  for (let n = 1; n <= 7; n++) {
    const row = { instId: "BTC-USDT", tradeId: String(n), px: "1", sz: "1", side: side(n), ts: "1" };
    okx.current("public")?.push(trades, [row]);
    const bar = [String(n * 60_000), "1", "2", "0", "1", "9", "9", "9", "1"];
    okx.current("business")?.push(candles, [bar]);
  }
  const ids = async (path: string, member: string, params = {}) =>
    ((await client.get("test", path, params)) as CachedRow[]).map((row) => row[member]);
  await waitFor("the last trade", async () => (await ids("trades:BTC-USDT", "tradeId")).at(-1) === "7");
  await waitFor("the last bar", async () => (await ids("candle1m:BTC-USDT", "ts")).at(-1) === "420000");
  const kept = ["3", "4", "5", "6", "7"];
  // Cutting to size follows the rows in the same batch.
  await waitFor("five left", async () => (await ids("trades:BTC-USDT", "tradeId")).length === 5);
  await waitFor("five bars left", async () => (await ids("candle1m:BTC-USDT", "ts")).length === 5);
  assert.deepEqual(await ids("trades:BTC-USDT", "tradeId"), kept);
  assert.deepEqual(await ids("trades:BTC-USDT", "tradeId", { n: 2 }), ["6", "7"]);
  assert.deepEqual(await ids("trades", "tradeId", { instId: "BTC-USDT", n: 1 }), ["7"]);
  assert.deepEqual(await ids("trades:BTC-USDT", "tradeId", { side: "buy" }), ["4", "6"]);
  assert.deepEqual(await ids("trades:BTC-USDT", "tradeId", { side: "sell", n: 2 }), ["5", "7"]);
  assert.deepEqual(await ids("spot/trade", "trade_id", { instrument_id: "BTC-USDT" }), kept);
  assert.deepEqual(await ids("spot/trade:BTC-USDT", "trade_id", { n: 1 }), ["7"]);
  assert.deepEqual(await ids("candle1m:BTC-USDT", "ts", { n: 2 }), ["360000", "420000"]);
  assert.deepEqual(await ids("spot/candle60s", "timestamp", { instrument_id: "BTC-USDT", n: 1 }), [
    "1970-01-01T00:07:00.000Z",
  ]);
  assert.equal(await client.get("test", "tickers:BTC-USDT"), undefined);
  assert.equal(await client.get("nobody", "tickers:BTC-USDT"), undefined);
});

Deno.test("get with maxAgeMs never gives old data for fresh", async () => {
  await using okx = startFakeOkx();
  const path = "tickers:BTC-USDT";
  await using run = await startService({ endpoint: okx.url });
  const { client } = run;
  await assert.rejects(client.get("test", path, { maxAgeMs: 60_000 }), StaleError);
  await client.subscribe("test", path);
  await assert.rejects(client.get("test", path, { maxAgeMs: 60_000 }), /Nothing has arrived/);
  okx.current()?.push({ channel: "tickers", instId: "BTC-USDT" }, [{
    instId: "BTC-USDT",
    last: "1",
    ts: "1",
  }]);
  const fresh = await waitFor(
    "the row",
    () => client.get("test", path, { maxAgeMs: 60_000 }).catch(() => undefined),
  );
  assert.equal((fresh as CachedRow).last, "1");
  const stale = await waitFor(
    "its age",
    () => client.get("test", path, { maxAgeMs: 20 }).then(() => undefined, (error: unknown) => error),
  );
  assert.ok(stale instanceof StaleError);
  assert.ok((stale.ageMs ?? 0) > 20);
});

Deno.test("what the service or the exchange refuses is a CommandError with its code", async () => {
  await using mock = await startMock({ faults: "refuse=tickers:XRP-USDT" });
  await using run = await startService({ endpoint: mock.url });
  const { client } = run;
  const code = (errorCode: number) => (error: unknown) =>
    error instanceof CommandError && error.errorCode === errorCode;
  await assert.rejects(client.openWs("test"), code(80001));
  await assert.rejects(client.openWs("half", { apiKey: "only" }), code(80010));
  await assert.rejects(client.closeWs("nobody"), code(80011));
  await assert.rejects(client.status("nobody"), code(80011));
  await assert.rejects(client.subscribe("nobody", "tickers:BTC-USDT"), code(80011));
  await assert.rejects(client.subscribe("test", "tickers:XRP-USDT"), (error: CommandError) => {
    return code(80012)(error) && error.message.includes("60018") && error.message.includes("XRP-USDT");
  });
  await assert.rejects(client.subscribe("test", "tickets:BTC-USDT"), code(80013));
  await assert.rejects(client.unsubscribe("test", "tickers:BTC-USDT"), code(80013));
  await assert.rejects(client.subscribe("test", "account"), code(80014));
  const mixed = await client.trySubscribe("test", ["tickers:BTC-USDT", "tickers:XRP-USDT"]);
  assert.deepEqual(Object.fromEntries(mixed.map(({ path, state }) => [path, state])), {
    "tickers:BTC-USDT": "live",
    "tickers:XRP-USDT": "refused",
  });
  assert.deepEqual(await client.unsubscribe("test", { channel: "tickers", instId: "BTC-USDT" }), [
    { path: "tickers:BTC-USDT", state: "gone", error: null },
  ]);
});

Deno.test("subscribe does not resolve before the exchange has confirmed", async () => {
  await using okx = startFakeOkx({ answer: () => [] });
  await using run = await startService({ endpoint: okx.url, client: { timeoutMs: 1200 } });
  await assert.rejects(run.client.subscribe("test", "tickers:BTC-USDT"), (error: unknown) => {
    return error instanceof CommandError && /tickers:BTC-USDT is sent/.test(error.message);
  });
});

Deno.test("a command that nobody receives is a NoServiceError", async () => {
  await using store = startEmbedded({ hostname: "127.0.0.1", port: freePort() });
  await using okws = await connect({ redisUrl: store.url });
  await assert.rejects(okws.servers(), NoServiceError);
  await assert.rejects(okws.subscribe("test", "tickers:BTC-USDT"), NoServiceError);
  assert.equal(await okws.serverStatus("test"), undefined);
});

redisTest("without Redis everything is a StoreError", async () => {
  await assert.rejects(connect({ redisUrl: `redis://127.0.0.1:${freePort()}` }), StoreError);
  await assert.rejects(connect({ redisUrl: "http://127.0.0.1" }), StoreError);
  await using server = await startRedis();
  await using okws = await connect({ redisUrl: server.url });
  await server.kill();
  await assert.rejects(okws.get("test", "tickers:BTC-USDT"), StoreError);
  await assert.rejects(okws.servers(), StoreError);
  await assert.rejects(okws.redisClear(), StoreError);
});

redisTest("redisClear deletes what okws cached and nothing else", async () => {
  await using server = await startRedis();
  await using okx = startFakeOkx();
  await using run = await startService({ endpoint: okx.url, redisUrl: server.url, servers: [] });
  const { client, redis } = run;
  for (let i = 0; i < 2500; i++) redis.set(`okex/one/tickers:${i}`, "1");
  await redis.hset("okex/two/tickers:A", "last", "1");
  await redis.set("okexchange", "1");
  await redis.set("mine", "1");
  let progress = 0;
  assert.equal(await client.redisClear("okex/two/*", (deleted) => progress = deleted), 1);
  assert.equal(progress, 1);
  assert.equal(await client.redisClear(), 2500);
  const left = (await redis.keys("*")).filter((key) => !key.startsWith("trade-ws/"));
  // Who writes is nothing that is cached.
  assert.deepEqual(left.sort(), ["mine", "okex/epoch", "okex/leader", "okexchange"]);
  assert.equal(await client.redisClear(), 0);
});

redisTest("serverQuit stops the service, and its clients learn that it is gone", async () => {
  await using server = await startRedis();
  await using okx = startFakeOkx();
  await using run = await startService({ endpoint: okx.url, redisUrl: server.url });
  await run.client.serverQuit();
  await withTimeout("the stop", run.service.done, 5000);
  assert.equal(await run.client.serverStatus("test"), "EXIT");
  await assert.rejects(run.client.servers(), NoServiceError);
});

redisTest("two services with their own names share one Redis", async () => {
  await using server = await startRedis();
  await using mock = await startMock({ rate: 50 });
  const named = (name: string) => ({
    settings: {
      KEY_PREFIX: name,
      LISTEN_CHANNEL: `${name}-do`,
      REDIS_INFO_KEY: `${name}-did`,
      OKWS_INFO: `${name}-up`,
    },
    client: { keyPrefix: name, listenChannel: `${name}-do`, infoKey: `${name}-did` },
    endpoint: mock.url,
    redisUrl: server.url,
  });
  await using a = await startService({ ...named("alpha*"), servers: [{ name: "one" }] });
  await using b = await startService({ ...named("[beta]"), servers: [{ name: "two" }] });
  assert.deepEqual(await a.client.servers(), ["one"]);
  assert.deepEqual(await b.client.servers(), ["two"]);
  await a.client.subscribe("one", "candle1m:BTC-USDT");
  for await (const row of a.client.watch("one", "candle1m:BTC-USDT")) {
    assert.ok(row.open);
    break;
  }
  const lease = ["[beta]/leader", "[beta]/epoch"];
  const own = (await b.redis.keys("\\[beta\\]/*")).filter((key) => !lease.includes(key)).length;
  assert.ok(own > 0);
  assert.equal(await b.client.redisClear(), own);
  assert.ok(await a.client.serverStatus("one"));
});

/** Watches first and subscribes then, so that the first row is not missed. */
async function firstRow(client: Client, path: string): Promise<Record<string, unknown>> {
  const ready = Promise.withResolvers<void>();
  const row = (async () => {
    for await (const { row } of client.watchPaths("test", [path], ready.resolve)) return row;
    throw new Error("The watch ended");
  })();
  await ready.promise;
  await client.subscribe("test", path);
  return await withTimeout(`a row of ${path}`, row, 5000);
}
