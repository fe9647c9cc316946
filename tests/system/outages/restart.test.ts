/** What is missed between the end of one process and the start of the next is fetched, or recorded. */
import assert from "node:assert/strict";
import { startMock } from "../../support/mock.ts";
import { redisTest, startRedis } from "../../support/redis_server.ts";
import { type Running, startService } from "../../support/service.ts";
import { waitFor } from "../../support/wait.ts";

const LOGIN = { name: "test", apiKey: "demo-key", secret: "demo-secret", password: "demo-pass" };

async function entries(run: Running, key: string): Promise<Record<string, string>[]> {
  const found = await run.redis.xrange(key, "-", "+");
  return found.map(([, flat]) =>
    Object.fromEntries(Array.from({ length: flat.length / 2 }, (_, i) => [flat[2 * i], flat[2 * i + 1]]))
  );
}

redisTest("a restart leaves no gap in trades and candles, and says where one cannot be filled", async () => {
  await using server = await startRedis();
  await using mock = await startMock({ rate: 40 });
  const options = {
    endpoint: mock.url,
    redisUrl: server.url,
    servers: [LOGIN],
    channels: ["trades-all:BTC-USDT", "candle1s:BTC-USDT", "orders:ANY", "spot/trade:ETH-USDT"],
    settings: { MAX_ROW: 100_000 },
  };
  {
    await using run = await startService(options);
    mock.command("trade place");
    await waitFor("trades", async () => (await entries(run, "okex/test/trades-all:BTC-USDT")).length > 20);
    await waitFor("candles", async () => await run.redis.zcard("okex/test/candle1s:BTC-USDT") > 1);
    await waitFor("an order", async () => ((await run.sub("orders:ANY"))?.rows ?? 0) > 0);
    await waitFor("legacy trades", async () => await run.redis.zcard("okex/test/spot/trade") > 5);
  }
  const stopped = Date.now();
  await waitFor("the market to go on", () => Date.now() - stopped > 2200);
  await using run = await startService(options);
  const gaps = await waitFor("the records", async () => {
    const found = await entries(run, "okex/test/gaps");
    return found.length >= 4 ? found : undefined;
  });
  const outcomes = Object.fromEntries(gaps.map(({ path, outcome }) => [path, outcome]));
  assert.deepEqual(outcomes, {
    "trades-all:BTC-USDT": "filled",
    "candle1s:BTC-USDT": "filled",
    "orders:ANY": "not",
    "spot/trade:ETH-USDT": "filled",
  });
  for (const { from, to } of gaps) assert.ok(Number(to) >= Number(from) && Number(from) <= stopped + 50);
  const ids = (await entries(run, "okex/test/trades-all:BTC-USDT")).map(({ tradeId }) => Number(tradeId));
  const sorted = ids.toSorted((a, b) => a - b);
  assert.deepEqual(sorted, sorted.map((_, i) => (sorted[0] as number) + i), "every trade once");
  const bars = (await run.redis.zrange("okex/test/candle1s:BTC-USDT", "0", "-1")).map(Number);
  assert.deepEqual(bars, bars.map((_, i) => (bars[0] as number) + i * 1000), "every bar");
});
