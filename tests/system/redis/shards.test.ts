/** Services that share the work where Redis is a cluster, and with the rights of `okws redis-acl` alone. */
import assert from "node:assert/strict";
import { serve, type Service } from "../../../src/app/service.ts";
import { connect } from "../../../src/client/client.ts";
import { parseConfig } from "../../../src/config/schema.ts";
import { renderAcl } from "../../../src/store/redis/acl.ts";
import { shardOf } from "../../../src/session/shard_placement.ts";
import { type FakeOkx, startFakeOkx } from "../../support/fake_okx.ts";
import { redisCli, startCluster } from "../../support/redis_modes.ts";
import { redisTest, startRedis } from "../../support/redis_server.ts";
import { QUICK } from "../../support/service.ts";
import { waitFor } from "../../support/wait.ts";

const CHANNELS = Array.from({ length: 12 }, (_, i) => `tickers:C${i}-USDT`);
const DEADLINE = { deadlineMs: 30_000 };

async function start(
  okx: FakeOkx,
  redisUrl: string,
  shard: string,
  { leaseMs = 20_000 } = {},
): Promise<Service> {
  const parsed = parseConfig({
    settings: { REDIS_URL: redisUrl, HTTP: "off", ENDPOINT: okx.url, SHARD: shard, LEASE_MS: leaseMs },
    servers: [{ name: "test" }],
    subscribes: [{ server: "test", channels: CHANNELS }],
  });
  assert.ok("config" in parsed);
  return await serve(parsed.config, { timing: QUICK, lookMs: 100 });
}

/** Everything that shards do together, and nothing of it is refused. */
async function work(okx: FakeOkx, url: string, clientUrl = url): Promise<void> {
  await using one = await start(okx, url, "1/2");
  await using client = await connect({ redisUrl: clientUrl, timeoutMs: 30_000 });
  const live = async () => {
    const records = [...await client.subscriptions("test")];
    return records.length === CHANNELS.length && records.every(([, { state }]) => state === "live");
  };
  for (let round = 0; round < 2; round++) {
    await using two = await start(okx, url, "2/2");
    await waitFor("all to be live", live, DEADLINE);
    const path = CHANNELS.find((each) => shardOf("test", each, 2) === 2) as string;
    await client.unsubscribe("test", path);
    await waitFor("its end", async () => !(await client.subscriptions("test")).has(path), DEADLINE);
    await client.subscribe("test", path);
    await waitFor("all to be live", live, DEADLINE);
    await waitFor("the status", async () => await client.serverStatus("test") === "CONNECTED", DEADLINE);
    await waitFor("a look", () => two.view().stats.batches > 3, DEADLINE);
    for (const each of [one, two]) {
      const { faults, stats: { rejected }, lease } = each.view();
      assert.deepEqual({ faults, rejected, role: lease?.role }, { faults: [], rejected: 0, role: "active" });
    }
    // Another number is refused, and leaves those at work alone.
    await assert.rejects(start(okx, url, "3/3"), /another number of shards/);
  }
}

redisTest("shards share the work in a cluster", async () => {
  await using cluster = await startCluster();
  await using okx = startFakeOkx();
  await work(okx, cluster.url);
});

redisTest("shards need no right that okws redis-acl does not print", async () => {
  await using server = await startRedis();
  await using okx = startFakeOkx();
  const lines = renderAcl({
    ...{ keyPrefix: "okex", listenChannel: "trade-ws", infoKey: "trade-ws/info" },
    ...{ announceChannel: "okws/info", clustered: false },
  });
  const writer = lines.find((line) => line.includes("okws-writer")) as string;
  await redisCli(server.port, "acl", "setuser", ...writer.split(" ").slice(1), ">secret");
  await work(okx, `redis://okws-writer:secret@127.0.0.1:${server.port}`, server.url);
  const denied = await redisCli(server.port, "acl", "log");
  assert.ok(!/^okws-writer$/m.test(denied), denied);
});

redisTest("a Redis that was emptied has all of every shard again, and what commands asked for", async () => {
  await using server = await startRedis();
  await using okx = startFakeOkx();
  await using one = await start(okx, server.url, "1/2", { leaseMs: 3000 });
  await using two = await start(okx, server.url, "2/2", { leaseMs: 3000 });
  await using client = await connect({ redisUrl: server.url, timeoutMs: 30_000 });
  const asked = ["tickers:X1-USDT", "tickers:X2-USDT", "tickers:X3-USDT", "tickers:X4-USDT"];
  const gone = CHANNELS.slice(0, 4);
  await client.subscribe("test", asked);
  await client.unsubscribe("test", gone);
  const paths = [...CHANNELS.filter((path) => !gone.includes(path)), ...asked].toSorted();
  const all = async () => {
    const records = [...await client.subscriptions("test")];
    return records.map(([path]) => path).toSorted().join() === paths.join() &&
      records.every(([, { state }]) => state === "live");
  };
  await waitFor("all of it", all, DEADLINE);
  await redisCli(server.port, "flushall");
  await waitFor("all of it again", all, DEADLINE);
  await waitFor("the leases", async () => {
    const held = await redisCli(server.port, "exists", "okex/leader/1-2", "okex/leader/2-2", "okex/shards");
    return held.trim() === "3";
  }, DEADLINE);
  for (const each of [one, two]) assert.deepEqual(each.view().lease?.epoch, 1);
  const wanted = await redisCli(server.port, "hkeys", "okex/test/wanted");
  assert.deepEqual(wanted.trim().split("\n").toSorted(), [...asked, ...gone].toSorted());
});
