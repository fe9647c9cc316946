/** Rows of series that go from Redis: those of an index are fetched again, those of a stream are recorded as lost. */
import assert from "node:assert/strict";
import type { Redis } from "ioredis";
import { startFakeOkx } from "../../support/fake_okx.ts";
import { redisTest, startRedis } from "../../support/redis_server.ts";
import { startService } from "../../support/service.ts";
import { waitFor } from "../../support/wait.ts";

const MINUTE = 60_000;
const NOW = Math.floor(Date.now() / MINUTE) * MINUTE;
const CHANNELS = ["trades:A-USDT", "liquidation-orders:SWAP", "spot/trade:B-USDT", "candle1m:A-USDT"];

const trade = (instId: string, id: number) => ({
  ...{ instId, tradeId: String(id), px: "1", sz: "1", side: "buy", count: "1" },
  ts: String(NOW + id),
});
const bar = (minute: number, confirm = "1") => [
  ...[String(NOW + minute * MINUTE), "1", "2", "1", "2", "5", "6", "7"],
  confirm,
];

function rest(url: URL): readonly unknown[] {
  const instId = url.searchParams.get("instId") ?? "";
  if (/candles$/.test(url.pathname)) return [-1, -2, -3, -4, -5].map((minute) => bar(minute));
  if (/trades$/.test(url.pathname)) return [6, 5, 4, 3, 2, 1].map((id) => trade(instId, id));
  return [];
}

async function records(redis: Redis, path: string): Promise<Record<string, string>[]> {
  return (await redis.xrange("okex/test/gaps", "-", "+")).map(([, flat]) =>
    Object.fromEntries(flat.flatMap((name, i) => i % 2 === 0 ? [[name, flat[i + 1] ?? ""]] : []))
  ).filter((record) => record.path === path);
}

redisTest("rows that go from a series are fetched again, or recorded", async () => {
  await using server = await startRedis();
  await using okx = startFakeOkx();
  okx.rest = rest;
  await using run = await startService({
    ...{ endpoint: okx.url, redisUrl: server.url, channels: CHANNELS, lookMs: 50 },
  });
  const { redis } = run;
  for (const path of CHANNELS) await waitFor(path, async () => (await run.sub(path))?.state === "live");
  for (const id of [1, 2, 3, 4, 5, 6]) {
    okx.current()?.push({ channel: "trades", instId: "A-USDT" }, [trade("A-USDT", id)]);
    okx.current()?.push({ channel: "trades", instId: "B-USDT" }, [trade("B-USDT", id)]);
    okx.current()?.push({ channel: "liquidation-orders", instType: "SWAP" }, [
      { instType: "SWAP", instId: "A-USDT-SWAP", details: [{ bkPx: String(id), ts: String(NOW + id) }] },
    ]);
  }
  for (const minute of [-5, -4, -3, -2, -1]) {
    okx.current("business")?.push({ channel: "candle1m", instId: "A-USDT" }, [bar(minute)]);
  }
  okx.current("business")?.push({ channel: "candle1m", instId: "A-USDT" }, [bar(0, "0")]);
  await waitFor("all rows", async () =>
    await redis.xlen("okex/test/trades:A-USDT") === 6 &&
    await redis.xlen("okex/test/liquidation-orders:SWAP") === 6 &&
    await redis.zcard("okex/test/spot/trade:B-USDT") === 6 &&
    await redis.zcard("okex/test/candle1m:A-USDT") === 6);

  // One in the middle, the oldest, a row without its member in either index, a member without its row, and an older state of a bar.
  const [, second] = await redis.xrange("okex/test/trades:A-USDT", "-", "+");
  await redis.xdel("okex/test/trades:A-USDT", second?.[0] ?? "");
  await redis.xtrim("okex/test/liquidation-orders:SWAP", "MAXLEN", 4);
  await redis.del("okex/test/spot/trade/2");
  await redis.zrem("okex/test/spot/trade", "4");
  await redis.zrem("okex/test/candle1m:A-USDT", String(NOW - 3 * MINUTE));
  await redis.hset(`okex/test/candle1m:A-USDT/${NOW - 2 * MINUTE}`, "confirm", "0");
  await waitFor("the legacy trade", () => redis.exists("okex/test/spot/trade/2"));
  await waitFor("its index", () => redis.zscore("okex/test/spot/trade", "4"));
  await waitFor("the bar", () => redis.zscore("okex/test/candle1m:A-USDT", String(NOW - 3 * MINUTE)));
  await waitFor(
    "the final bar",
    async () => await redis.hget(`okex/test/candle1m:A-USDT/${NOW - 2 * MINUTE}`, "confirm") === "1",
  );
  for (const [path, missing] of [["liquidation-orders:SWAP", "2"], ["trades:A-USDT", "1"]] as const) {
    const [record] = await waitFor(`the record of ${path}`, async () => {
      const found = await records(redis, path);
      return found.length > 0 ? found : undefined;
    });
    assert.deepEqual([record?.outcome, record?.rows, record?.missing], ["not", "0", missing]);
  }
  for (const path of ["spot/trade:B-USDT", "candle1m:A-USDT"]) {
    await waitFor(
      `the end of the gap of ${path}`,
      async () =>
        (await records(redis, path)).some(({ outcome, missing }) => outcome === "filled" && missing === "0"),
    );
  }

  // Gone and there again with the next row before anybody has looked.
  await redis.multi().del("okex/test/trades:A-USDT").xadd("okex/test/trades:A-USDT", "*", "tradeId", "6")
    .exec();
  await waitFor(
    "the record of the others",
    async () => (await records(redis, "trades:A-USDT")).some(({ missing }) => missing === "4"),
  );
});

redisTest("what was deleted while okws was stopped is recorded once at its start", async () => {
  await using server = await startRedis();
  await using okx = startFakeOkx();
  const path = "liquidation-orders:SWAP";
  const start = () => startService({ endpoint: okx.url, redisUrl: server.url, channels: [path] });
  {
    await using run = await start();
    await waitFor("live", async () => (await run.sub(path))?.state === "live");
    okx.current()?.push({ channel: "liquidation-orders", instType: "SWAP" }, [
      { instType: "SWAP", instId: "A-USDT-SWAP", details: [{ bkPx: "1", ts: String(NOW) }] },
    ]);
    await waitFor("a row", async () => (await run.sub(path))?.rows === 1);
    await run.redis.del(`okex/test/${path}`);
  }
  for (const _ of [1, 2]) {
    await using run = await start();
    await waitFor("live", async () => (await run.sub(path))?.state === "live");
    const found = await waitFor("records", async () => {
      const all = await records(run.redis, path);
      return all.some(({ from }) => from === "0") ? all : undefined;
    });
    assert.equal(found.filter(({ from, outcome }) => from === "0" && outcome === "not").length, 1);
  }
});
