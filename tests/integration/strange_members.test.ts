/** What others put among what okws keeps: members of sets, and what was desired before of channels that no table has. */
import assert from "node:assert/strict";
import { DEMO_CREDENTIALS } from "../../src/mock/login.ts";
import { startFakeOkx } from "../support/fake_okx.ts";
import { startMock } from "../support/mock.ts";
import { redisTest, startRedis } from "../support/redis_server.ts";
import { startService } from "../support/service.ts";
import { waitFor } from "../support/wait.ts";

redisTest("a member that others put into a set of what is open or listed is removed", async () => {
  await using server = await startRedis();
  await using mock = await startMock({ rate: 50 });
  const { apiKey, secret, passphrase: password } = DEMO_CREDENTIALS;
  await using run = await startService({
    endpoint: mock.url,
    redisUrl: server.url,
    servers: [{ name: "test", apiKey, secret, password }],
    channels: ["orders:ANY", "account", "instruments:SPOT"],
  });
  const paths = ["orders:ANY", "account", "instruments:SPOT"];
  for (const path of paths) {
    await waitFor(`${path} to be live`, async () => (await run.sub(path))?.state === "live");
  }
  const sets = ["okex/test/orders:ANY/open", "okex/test/account/open", "okex/test/instruments:SPOT"];
  const before = await Promise.all(sets.map((key) => run.redis.smembers(key)));
  for (const key of sets) await run.redis.sadd(key, "ghost");
  for (const key of sets) {
    await waitFor(`no ghost in ${key}`, async () => await run.redis.sismember(key, "ghost") === 0);
  }
  // Nothing else went with it, but for what opened and closed meanwhile.
  assert.deepEqual(
    (await run.redis.smembers(sets[2] as string)).toSorted(),
    before[2]?.toSorted(),
  );
});

redisTest("a channel that no table has is subscribed again after a restart", async () => {
  await using server = await startRedis();
  await using okx = startFakeOkx();
  const options = { endpoint: okx.url, redisUrl: server.url };
  {
    await using run = await startService(options);
    await run.client.subscribe("test", { channel: "newchan" });
    await waitFor("it to be remembered", async () => await run.redis.hexists("okex/test/wanted", "newchan"));
  }
  await using again = await startService(options);
  await waitFor("it to be live", async () => (await again.sub("newchan"))?.state === "live");
});

redisTest("a crash before the first row of a series is recorded from when it was live", async () => {
  await using server = await startRedis();
  await using okx = startFakeOkx();
  const since = Date.now() - 60_000;
  await using redis = await startService({ endpoint: okx.url, redisUrl: server.url, servers: [] });
  // What a process that was killed leaves behind: live, and nothing has come yet.
  const record = {
    state: "live",
    since,
    receivedAt: 0,
    exchangeAt: 0,
    rows: 0,
    error: null,
    owners: ["file"],
  };
  await redis.redis.hset(
    "okex/test/subs",
    "liquidation-orders:SWAP",
    JSON.stringify({ ...record, connection: "public", generation: 1 }),
  );
  await redis.service.stop();
  await using run = await startService({
    endpoint: okx.url,
    redisUrl: server.url,
    channels: ["liquidation-orders:SWAP"],
  });
  const [, fields = []] = await waitFor(
    "a record",
    async () => (await run.redis.xrange("okex/test/gaps", "-", "+"))[0],
  );
  const found = Object.fromEntries(fields.map((text, i) => [text, fields[i + 1]]));
  assert.deepEqual([found.path, found.outcome], ["liquidation-orders:SWAP", "not"]);
  assert.ok(Math.abs(Number(found.from) - since) < 5000, `from ${found.from}, live since ${since}`);
});
