/** A Redis that comes back as an older copy of itself, and keys of series in which something else stood. */
import assert from "node:assert/strict";
import type { Redis } from "ioredis";
import { type FakeOkx, startFakeOkx } from "../../support/fake_okx.ts";
import { redisTest, startRedis } from "../../support/redis_server.ts";
import { type Running, startService } from "../../support/service.ts";
import { waitFor } from "../../support/wait.ts";

const TRADES = { channel: "trades", instId: "A-USDT" };
const LIQUIDATIONS = { channel: "liquidation-orders", instType: "SWAP" };
const PATHS = ["trades:A-USDT", "liquidation-orders:SWAP"];
const TS = 1_795_363_200_000;

const trade = (id: number) => {
  return {
    instId: "A-USDT",
    tradeId: String(id),
    px: "1",
    sz: "1",
    side: "buy",
    ts: String(TS + id),
    count: "1",
  };
};

async function start(
  url: string,
): Promise<AsyncDisposable & { readonly okx: FakeOkx; readonly run: Running }> {
  await using stack = new AsyncDisposableStack();
  const okx = stack.use(
    startFakeOkx(),
  );
  const run = stack.use(await startService({ endpoint: okx.url, redisUrl: url, channels: PATHS }));
  for (const path of PATHS) await waitFor(path, async () => (await run.sub(path))?.state === "live");
  const owned = stack.move();
  return { okx, run, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

async function recorded(redis: Redis, path: string): Promise<Record<string, string> | undefined> {
  const entries = await redis.xrange("okex/test/gaps", "-", "+");
  const records = entries.map(([, fields]) =>
    Object.fromEntries(fields.flatMap((name, i) => i % 2 === 0 ? [[name, fields[i + 1] as string]] : []))
  );
  return records.findLast((record) => record.path === path);
}

redisTest("series of a Redis that came back as an older copy are recorded as incomplete", async () => {
  await using server = await startRedis();
  await using parts = await start(server.url);
  const { okx, run: { redis, client } } = parts;
  okx.current()?.push(TRADES, [trade(1)]);
  await waitFor("the first", async () => await redis.xlen("okex/test/trades:A-USDT") === 1);
  await client.subscribe("test", "tickers:B-USDT");
  await waitFor("it to be remembered", async () => await redis.hexists("okex/test/wanted", "tickers:B-USDT"));
  const epoch = await redis.get("okex/test/epoch");
  await waitFor("a later mark", async () => await redis.get("okex/test/epoch") !== epoch);
  // As a dump that is loaded again: everything as it was, under the running service.
  const keys = await redis.keys("okex/*");
  const copies = await Promise.all(keys.map((key) => redis.dumpBuffer(key)));
  await client.unsubscribe("test", "tickers:B-USDT");
  okx.current()?.push(TRADES, [trade(2)]);
  okx.current()?.push(LIQUIDATIONS, [{
    instType: "SWAP",
    instId: "A-USDT-SWAP",
    details: [{ ts: String(TS) }],
  }]);
  await waitFor("the second", async () => await redis.xlen("okex/test/trades:A-USDT") === 2);
  const later = await redis.get("okex/test/epoch");
  await waitFor("a still later mark", async () => await redis.get("okex/test/epoch") !== later);
  const restore = redis.multi().flushall();
  for (const [i, key] of keys.entries()) restore.restore(key, 0, copies[i] as unknown as string, "REPLACE");
  await restore.exec();
  for (const path of PATHS) {
    const record = await waitFor(`a record of ${path}`, () => recorded(redis, path));
    assert.equal(record.outcome, "not");
    assert.ok(Number(record.to) > Number(record.from));
  }
  await waitFor("what was taken back to be forgotten", async () => {
    return await redis.hexists("okex/test/wanted", "tickers:B-USDT") === 0 &&
      await redis.hexists("okex/test/subs", "tickers:B-USDT") === 0;
  });
});

redisTest("rows of a series are recorded as lost when something else stood under its key", async () => {
  await using server = await startRedis();
  await using parts = await start(server.url);
  const { okx, run: { redis } } = parts;
  okx.current()?.push(TRADES, [trade(1)]);
  await waitFor("a row", async () => await redis.xlen("okex/test/trades:A-USDT") === 1);
  await redis.set("okex/test/trades:A-USDT", "x");
  okx.current()?.push(TRADES, [trade(2)]);
  const record = await waitFor("a record", () => recorded(redis, "trades:A-USDT"));
  assert.equal(record.outcome, "not");
  assert.equal(await redis.xlen("okex/test/trades:A-USDT"), 1);
});
