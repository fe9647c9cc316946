/** Reading the configuration again, and what commands asked for across a restart. */
import assert from "node:assert/strict";
import { connect } from "../../src/client/client.ts";
import { type Config, parseConfig } from "../../src/config/schema.ts";
import { ConfigError } from "../../src/shared/errors.ts";
import { serve } from "../../src/app/service.ts";
import { startFakeOkx } from "../support/fake_okx.ts";
import { redisTest, startRedis } from "../support/redis_server.ts";
import { QUICK, startService } from "../support/service.ts";
import { waitFor } from "../support/wait.ts";

function configOf(value: Readonly<Record<string, unknown>>): Config {
  const parsed = parseConfig(value);
  if ("issues" in parsed) throw new ConfigError("test.yaml", parsed.issues);
  return parsed.config;
}

Deno.test("a reload applies the difference and nothing else", async () => {
  await using okx = startFakeOkx();
  const settings = { REDIS_URL: "embedded://127.0.0.1:0", HTTP: "off", ENDPOINT: okx.url };
  const file = (servers: unknown[], subscribes: unknown[], more = {}) => ({
    settings: { ...settings, ...more },
    servers,
    subscribes,
  });
  let next: Readonly<Record<string, unknown>> = file([{ name: "a" }, { name: "b" }], [
    { server: "a", channels: ["tickers:BTC-USDT", "tickers:ETH-USDT"] },
    { server: "b", channels: ["tickers:BTC-USDT"] },
  ]);
  await using service = await serve(configOf(next), {
    timing: QUICK,
    load: () => Promise.resolve().then(() => configOf(next)),
  });
  await using client = await connect({ redisUrl: service.redisUrl });
  const paths = (name: string) =>
    service.view().servers.find((server) => server.name === name)?.subscriptions
      .map(({ path, owners }) => `${path} ${owners?.join("+")}`).sort();
  await client.subscribe("a", "tickers:XRP-USDT");
  await client.subscribe("a", "tickers:ETH-USDT");
  await waitFor("all asked", () => okx.connections.flatMap((each) => each.asked("subscribe")).length === 4);
  assert.deepEqual(paths("a"), [
    "tickers:BTC-USDT file",
    "tickers:ETH-USDT file+command",
    "tickers:XRP-USDT command",
  ]);
  const dials = okx.connections.length;

  // A faulty file changes nothing and says why.
  next = file([{ name: "a" }], [{ server: "a", channels: ["tickrs:BTC-USDT"] }]);
  await assert.rejects(client.reload(), /Nothing is changed.*tickrs.*tickers/s);
  assert.equal(paths("b")?.length, 1);

  next = file([{ name: "a" }, { name: "c" }], [
    { server: "a", channels: ["tickers:BTC-USDT", "trades:BTC-USDT"] },
    { server: "c", channels: ["tickers:LTC-USDT"] },
  ], { MAX_ROW: 7 });
  const report = await client.reload();
  assert.deepEqual(report, {
    opened: ["c"],
    closed: ["b"],
    reopened: [],
    subscribed: [{ server: "a", paths: ["trades:BTC-USDT"] }, { server: "c", paths: ["tickers:LTC-USDT"] }],
    unsubscribed: [],
    restart: ["MAX_ROW"],
  });
  assert.deepEqual(await client.servers(), ["a", "c"]);
  // What a command wants as well stays, whatever the file says.
  assert.deepEqual(paths("a"), [
    "tickers:BTC-USDT file",
    "tickers:ETH-USDT command",
    "tickers:XRP-USDT command",
    "trades:BTC-USDT file",
  ]);
  await waitFor("the new server", () => okx.connections.length === dials + 1);
  const again = okx.connections[0]?.asked("subscribe").filter(({ instId }) => instId === "BTC-USDT");
  assert.deepEqual(
    again?.map(({ channel }) => channel),
    ["tickers", "trades"],
    "nothing was asked for twice",
  );

  // Another exchange, protocol or login: only that server is opened again, with all that was desired of it.
  await using other = startFakeOkx();
  next = file([{ name: "a", endpoint: other.url }, { name: "c" }], [
    { server: "a", channels: ["tickers:BTC-USDT"] },
    { server: "c", channels: ["tickers:LTC-USDT"] },
  ]);
  const second = await client.reload();
  assert.deepEqual([second.reopened, second.unsubscribed], [["a"], [{
    server: "a",
    paths: ["trades:BTC-USDT"],
  }]]);
  await waitFor("all asked there", () => other.current()?.asked("subscribe").length === 3);
  assert.deepEqual(other.current()?.asked("subscribe").map(({ instId }) => instId).sort(), [
    "BTC-USDT",
    "ETH-USDT",
    "XRP-USDT",
  ]);
  assert.equal(okx.connections.length, dials + 1);
});

Deno.test("without a file there is nothing to reload", async () => {
  await using okx = startFakeOkx();
  await using run = await startService({ endpoint: okx.url });
  await assert.rejects(run.client.reload(), { errorCode: 80014 });
});

redisTest("what commands asked for is wanted again after a restart, until it is unsubscribed", async () => {
  await using server = await startRedis();
  await using okx = startFakeOkx();
  const options = { endpoint: okx.url, redisUrl: server.url, channels: ["tickers:BTC-USDT"] };
  {
    await using run = await startService(options);
    await run.client.openWs("mine", { endpoint: okx.url });
    await run.client.openWs("private", { endpoint: okx.url, apiKey: "k", secret: "s", password: "p" });
    await run.client.subscribe("mine", "tickers:LTC-USDT");
    await run.client.subscribe("test", "tickers:ETH-USDT");
    await run.client.subscribe("test", { channel: "tickers", instId: "XRP-USDT" });
    await run.client.subscribe("private", "tickers:DOT-USDT");
    await run.client.unsubscribe("test", "tickers:XRP-USDT");
  }
  {
    await using run = await startService(options);
    await waitFor("the command's server", async () => (await run.client.servers()).includes("mine"));
    assert.deepEqual((await run.client.servers()).sort(), ["mine", "test"]);
    const owners = async (name: string) =>
      [...await run.client.subscriptions(name)].map(([path, record]) => `${path} ${record.owners.join("+")}`)
        .sort();
    await waitFor("all", async () => (await owners("test")).length === 2);
    assert.deepEqual(await owners("test"), ["tickers:BTC-USDT file", "tickers:ETH-USDT command"]);
    await waitFor("the other", async () => (await owners("mine")).length === 1);
    assert.deepEqual(await owners("mine"), ["tickers:LTC-USDT command"]);
    // Nothing secret, nor anything of a server with a login, is kept.
    const kept = await run.redis.hgetall("okex/servers");
    assert.deepEqual(Object.keys(kept), ["mine"]);
    await run.client.closeWs("mine");
    await run.client.unsubscribe("test", "tickers:ETH-USDT");
    await waitFor("the end", async () => await run.redis.exists("okex/servers", "okex/test/wanted") === 0);
  }
  await using run = await startService(options);
  assert.deepEqual(await run.client.servers(), ["test"]);
  await waitFor("the file's", async () => (await run.client.subscriptions("test")).size === 1);
});

redisTest("what is remembered in words that nobody understands any more is forgotten", async () => {
  await using server = await startRedis();
  await using okx = startFakeOkx();
  await using first = await startService({ endpoint: okx.url, redisUrl: server.url });
  await first.redis.hset("okex/servers", "bad", "{", "worse", JSON.stringify({ endpoint: "file:///etc" }));
  await first.redis.hset("okex/test/wanted", "no-such-channel:X", "{}", "tickers:BTC-USDT", "garbage");
  await first.service.stop();
  await using run = await startService({ endpoint: okx.url, redisUrl: server.url });
  await waitFor("the good one", async () => (await run.client.subscriptions("test")).size === 1);
  await waitFor("the bad ones to be gone", async () => await run.redis.exists("okex/servers") === 0);
  await waitFor("one left", async () => await run.redis.hlen("okex/test/wanted") === 1);
});

redisTest("a user who may not read what was remembered gets a service all the same", async () => {
  await using server = await startRedis({
    args: ["--user", "okws", "on", ">pw", "~okex/test/*", "~trade-ws/*", "&*", "+@all"],
  });
  await using okx = startFakeOkx();
  await using run = await startService({
    endpoint: okx.url,
    redisUrl: `redis://okws:pw@127.0.0.1:${server.port}`,
    channels: ["tickers:BTC-USDT"],
  });
  assert.deepEqual(await run.client.servers(), ["test"]);
});

Deno.test("a reload brings back what a command took away of the file", async () => {
  await using okx = startFakeOkx();
  const config = {
    settings: { REDIS_URL: "embedded://127.0.0.1:0", HTTP: "off", ENDPOINT: okx.url },
    servers: [{ name: "a" }, { name: "b" }],
    subscribes: [
      { server: "a", channels: ["tickers:BTC-USDT", "tickers:ETH-USDT"] },
      { server: "b", channels: ["tickers:BTC-USDT"] },
    ],
  };
  await using service = await serve(configOf(config), {
    timing: QUICK,
    load: () => Promise.resolve(configOf(config)),
  });
  await using client = await connect({ redisUrl: service.redisUrl });
  await client.unsubscribe("a", "tickers:ETH-USDT");
  await client.closeWs("b");
  const report = await client.reload();
  assert.deepEqual([report.opened, report.closed, report.reopened], [["b"], [], []]);
  assert.deepEqual(report.subscribed, [
    { server: "a", paths: ["tickers:ETH-USDT"] },
    { server: "b", paths: ["tickers:BTC-USDT"] },
  ]);
  assert.deepEqual(
    service.view().servers.map((
      { name, subscriptions },
    ) => [name, subscriptions.map(({ path }) => path).sort()]),
    [["a", ["tickers:BTC-USDT", "tickers:ETH-USDT"]], ["b", ["tickers:BTC-USDT"]]],
  );
  assert.deepEqual((await client.reload()).subscribed, []);
});
