/** One service at a time writes under a KEY_PREFIX, whatever happens to it, to Redis, or to the lease itself. */
import assert from "node:assert/strict";
import { renderMetrics } from "../../src/http/metrics.ts";
import { LeaseError } from "../../src/shared/errors.ts";
import { startFakeOkx } from "../support/fake_okx.ts";
import { startProxy } from "../support/proxy.ts";
import { redisTest, startRedis } from "../support/redis_server.ts";
import { openRedis, startService, startSubscriber } from "../support/service.ts";
import { waitFor } from "../support/wait.ts";

const PATH = "tickers:A-USDT";
const LEADER = "okex/leader";

redisTest(
  "a second service with the same prefix ends and says who holds it; with another prefix it runs",
  async () => {
    await using server = await startRedis();
    await using okx = startFakeOkx();
    const common = { endpoint: okx.url, redisUrl: server.url, channels: [PATH] };
    await using one = await startService(common);
    const { redis } = one;
    const held = JSON.parse(await redis.get(LEADER) ?? "{}");
    assert.deepEqual(Object.keys(held), ["instance", "host", "pid", "epoch", "since", "url", "leaseMs"]);
    assert.equal(held.pid, Deno.pid);
    assert.equal(held.host, Deno.hostname());
    assert.equal(held.epoch, 1);
    assert.ok(await redis.pttl(LEADER) > 0);
    const { lease } = one.service.view();
    assert.deepEqual([lease?.role, lease?.epoch], ["active", 1]);
    const metrics = await renderMetrics(one.service.view());
    assert.match(metrics, /^okws_active 1$/m);
    assert.match(metrics, /^okws_epoch 1$/m);
    assert.match(metrics, /^okws_lease_age_seconds \d/m);
    await assert.rejects(startService(common), (error) => {
      assert.ok(error instanceof LeaseError);
      assert.match(error.message, new RegExp(`pid ${Deno.pid} on ${Deno.hostname()}, since 2`));
      return true;
    });
    await waitFor("live", async () => (await one.sub(PATH))?.state === "live");
    const own = { KEY_PREFIX: "two", LISTEN_CHANNEL: "two", REDIS_INFO_KEY: "two/info" };
    await using two = await startService({
      ...common,
      settings: own,
      client: { keyPrefix: "two", listenChannel: "two", infoKey: "two/info" },
    });
    await waitFor("the other to be live", async () => (await two.sub(PATH))?.state === "live");
    assert.equal(await redis.get(LEADER), JSON.stringify(held));
  },
);

redisTest("a stop in order gives the lease back, and the next one has the next epoch at once", async () => {
  await using server = await startRedis();
  await using okx = startFakeOkx();
  const { redis, [Symbol.asyncDispose]: close } = await openRedis(server.url);
  await using _ = { [Symbol.asyncDispose]: close };
  // Nobody would wait for so long.
  const common = { endpoint: okx.url, redisUrl: server.url, settings: { LEASE_MS: 600_000 } };
  for (const epoch of [1, 2, 3]) {
    {
      await using _run = await startService(common);
      assert.equal(JSON.parse(await redis.get(LEADER) ?? "{}").epoch, epoch);
    }
    assert.equal(await redis.exists(LEADER), 0);
  }
});

redisTest(
  "a lease that is deleted, with all of Redis or alone, is taken again under the same epoch",
  async () => {
    await using server = await startRedis();
    await using okx = startFakeOkx();
    await using run = await startService({
      ...{ endpoint: okx.url, redisUrl: server.url, channels: [PATH], settings: { LEASE_MS: 1500 } },
    });
    await waitFor("live", async () => (await run.sub(PATH))?.state === "live");
    const held = await run.redis.get(LEADER);
    await run.redis.del(LEADER);
    await waitFor("the lease", async () => await run.redis.get(LEADER) === held);
    await run.redis.flushall();
    await waitFor("the lease", async () => await run.redis.get(LEADER) === held);
    await waitFor("the epoch", async () => await run.redis.hget("okex/epoch", "epoch") === "1");
    await run.redis.set(LEADER, "nothing of okws");
    await waitFor("the lease", async () => await run.redis.get(LEADER) === held);
  },
);

redisTest("a term that follows another one is announced, and stands in every record", async () => {
  await using server = await startRedis();
  await using okx = startFakeOkx();
  const common = { endpoint: okx.url, redisUrl: server.url, channels: [PATH] };
  await using events = await startSubscriber(server.url, "okex/test/event");
  const takeovers = () =>
    events.messages.flatMap(({ message }) => message.includes("TAKEOVER") ? [message] : []);
  for (const epoch of [1, 2]) {
    await using run = await startService(common);
    await waitFor("the record", async () => (await run.sub(PATH))?.epoch === epoch);
    await waitFor("live", async () => (await run.sub(PATH))?.state === "live");
    assert.equal((await run.sub(PATH))?.epoch, epoch);
  }
  assert.deepEqual(takeovers(), ['{"op":"TAKEOVER","epoch":2}']);
});

redisTest("one that is asked to hand over ends in order, and the other one goes on", async () => {
  await using server = await startRedis();
  await using okx = startFakeOkx();
  const common = { endpoint: okx.url, redisUrl: server.url, channels: [PATH] };
  await using one = await startService(common);
  await waitFor("live", async () => (await one.sub(PATH))?.state === "live");
  await using two = await startService({ ...common, takeover: true });
  await one.service.done;
  await waitFor("live", async () => (await two.sub(PATH))?.state === "live");
  assert.equal(JSON.parse(await two.redis.get(LEADER) ?? "{}").epoch, 2);
});

redisTest("a service does not hand over at its own request", async () => {
  await using server = await startRedis();
  await using okx = startFakeOkx();
  await using run = await startService({ endpoint: okx.url, redisUrl: server.url, channels: [PATH] });
  const { instance } = JSON.parse(await run.redis.get(LEADER) ?? "{}");
  const request = JSON.stringify({ op: "TAKEOVER", instance });
  await waitFor("it to listen", async () => await run.redis.publish(LEADER, request) > 0);
  // What comes behind it on the same connection has been answered.
  assert.ok(await run.client.status());
  assert.equal(run.service.isHandingOver, false);
  assert.equal(run.service.view().stopping, false);
});

redisTest("one that asks for the place of another before its own Redis answers takes it, too", async () => {
  await using server = await startRedis();
  await using okx = startFakeOkx();
  const common = { endpoint: okx.url, channels: [PATH] };
  await using one = await startService({ ...common, redisUrl: server.url });
  await waitFor("live", async () => (await one.sub(PATH))?.state === "live");
  const { length } = okx.connections;
  await using proxy = startProxy(server.port);
  proxy.cut();
  const starting = startService({ ...common, redisUrl: `redis://127.0.0.1:${proxy.port}`, takeover: true });
  await waitFor("its connection to the exchange", () => okx.connections.length > length);
  proxy.restore();
  await one.service.done;
  await using two = await starting;
  await waitFor("live", async () => (await two.sub(PATH))?.epoch === 2);
  assert.equal(two.service.isHandingOver, false);
  assert.equal(JSON.parse(await two.redis.get(LEADER) ?? "{}").epoch, 2);
});

redisTest(
  "what comes while Redis is away at the start is written, behind what an earlier one wrote",
  async () => {
    const trades = { channel: "trades", instId: "A-USDT" };
    const stream = "okex/test/trades:A-USDT";
    await using server = await startRedis();
    await using okx = startFakeOkx();
    const common = { endpoint: okx.url, channels: ["trades:A-USDT"] };
    const push = (tradeId: string) =>
      okx.current()?.push(trades, [{ instId: "A-USDT", tradeId, px: "1", sz: "1", side: "buy", ts: "1" }]);
    {
      await using one = await startService({ ...common, redisUrl: server.url });
      await waitFor("live", async () => (await one.sub("trades:A-USDT"))?.state === "live");
      push("1");
      await waitFor("its trade", async () => await one.redis.xlen(stream) === 1);
    }
    await using proxy = startProxy(server.port);
    proxy.cut();
    const starting = startService({ ...common, redisUrl: `redis://127.0.0.1:${proxy.port}` });
    await waitFor("its subscription", () => okx.current()?.asked("subscribe").length === 1);
    push("2");
    push("3");
    proxy.restore();
    await using two = await starting;
    await waitFor("its trades", async () => await two.redis.xlen(stream) === 3);
    assert.equal(two.service.view().lease?.epoch, 2);
  },
);
