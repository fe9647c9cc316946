/** What was over when an earlier process ended stays over, whatever older rows come. */
import assert from "node:assert/strict";
import { startFakeOkx } from "../support/fake_okx.ts";
import { redisTest, startRedis } from "../support/redis_server.ts";
import { openRedis, startService } from "../support/service.ts";
import { waitFor } from "../support/wait.ts";

const LOGIN = { name: "test", apiKey: "key", secret: "secret", password: "pass" };
const ARG = { channel: "orders", instType: "ANY" };

redisTest("an order that was over before the start is not opened again by an older row", async () => {
  await using server = await startRedis();
  const { redis, [Symbol.asyncDispose]: close } = await openRedis(server.url);
  await using _ = { [Symbol.asyncDispose]: close };
  const order = (ordId: string, state: string, uTime: number) => {
    const plain = { instType: "SPOT", instId: "A-USDT", ordId, state, uTime: String(uTime), sz: "2" };
    return { ...plain, ordType: "limit", side: "buy", px: "1", accFillSz: "0", cTime: "1" };
  };
  for (const id of ["8", "9"]) {
    await redis.hset(`okex/test/orders:${id}`, order(id, "filled", 5000));
    await redis.zadd("okex/test/orders", 5000, id);
  }
  const legacy = {
    instrument_id: "A-USDT",
    order_id: "9",
    state: "2",
    timestamp: new Date(5000).toISOString(),
  };
  await redis.hset("okex/test/spot/order/9", legacy);
  for (const key of ["spot/order", "spot/order:A-USDT"]) await redis.zadd(`okex/test/${key}`, 9, "9");
  await using okx = startFakeOkx();
  // What somebody has written into Redis is no reason to doubt the exchange's own list.
  okx.rest = (url) => url.pathname.endsWith("/orders-pending") ? [order("8", "live", 4000)] : [];
  await using run = await startService({
    endpoint: okx.url,
    redisUrl: server.url,
    servers: [LOGIN],
    channels: ["orders:ANY", "spot/order:A-USDT"],
  });
  for (const path of ["orders:ANY", "spot/order:A-USDT"]) {
    await waitFor(`${path} live`, async () => (await run.sub(path))?.state === "live");
  }
  const connection = okx.current("private");
  for (const arg of [ARG, { ...ARG, instId: "A-USDT" }]) {
    connection?.push(arg, [order("9", "live", 3000)]);
    connection?.push(arg, [order("10", "live", 6000)]);
  }
  await waitFor("what came after it", async () => await redis.exists("okex/test/spot/order/10") === 1);
  assert.deepEqual((await redis.smembers("okex/test/orders:ANY/open")).sort(), ["10", "8"]);
  const states = await Promise.all(
    ["orders:8", "orders:9", "spot/order/9"].map((each) => redis.hget(`okex/test/${each}`, "state")),
  );
  assert.deepEqual(states, ["live", "filled", "2"]);
});
