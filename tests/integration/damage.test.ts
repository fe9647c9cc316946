/** What okws keeps in Redis and somebody removes, changes or replaces is noticed and written again. */
import assert from "node:assert/strict";
import { type FakeOkx, startFakeOkx } from "../support/fake_okx.ts";
import { redisTest, startRedis } from "../support/redis_server.ts";
import { type Running, startService } from "../support/service.ts";
import { waitFor } from "../support/wait.ts";

const CHANNELS = ["tickers:A-USDT", "books5:A-USDT", "books:A-USDT", "candle1m:A-USDT", "spot/ticker:A-USDT"];

/** Pushes a row of each and waits until all of them are there. */
async function fill(run: Running, okx: FakeOkx): Promise<void> {
  await waitFor("all to be accepted", async () => {
    const subs = await run.client.subscriptions("test");
    return CHANNELS.every((path) =>
      subs.get(path)?.state === (path.startsWith("books") ? "syncing" : "live")
    );
  });
  const connection = await waitFor("a connection", () => okx.current());
  connection.push({ channel: "tickers", instId: "A-USDT" }, [{ instId: "A-USDT", last: "100", ts: "1" }]);
  connection.push({ channel: "books5", instId: "A-USDT" }, [{ bids: [], asks: [], ts: "1", seqId: 1 }]);
  connection.push({ channel: "books", instId: "A-USDT" }, [
    { bids: [["1", "1", "0", "1"]], asks: [["2", "1", "0", "1"]], ts: "1", seqId: 1, prevSeqId: -1 },
  ], { action: "snapshot" });
  okx.current("business")?.push({ channel: "candle1m", instId: "A-USDT" }, [
    ["60000", "1", "2", "0", "1", "9", "9", "9", "0"],
  ]);
  await waitFor("all rows", async () => await run.redis.exists(...KEYS) === KEYS.length);
  await run.client.subscribe("test", "tickers:C-USDT");
  await run.client.openWs("second");
}

const KEYS = [
  ...CHANNELS.map((path) => `okex/test/${path}`),
  ...["okex/test/books:A-USDT/bids", "okex/test/books:A-USDT/asks"],
  ...["okex/test/candle1m:A-USDT/60000", "okex/test/subs", "okex/test/epoch", "okex/test/status"],
];

/** Everything that does not change by itself. */
async function snapshot({ redis }: Running): Promise<Record<string, unknown>> {
  const hashes = [
    ...KEYS.filter((key) => !/epoch|status|candle1m:A-USDT$/.test(key)),
    "okex/test/wanted",
    "okex/servers",
  ];
  const found = await Promise.all(hashes.map((key) => redis.hgetall(key)));
  return {
    ...Object.fromEntries(
      hashes.map((key, i) => [key, Object.fromEntries(Object.entries(found[i] ?? {}).sort())]),
    ),
    index: await redis.zrange("okex/test/candle1m:A-USDT", "0", "-1"),
  };
}

const DAMAGES: readonly (readonly [string, (run: Running) => Promise<unknown>])[] = [
  ["each key is deleted", async ({ redis }) => {
    for (const key of [...KEYS, "okex/test/wanted", "okex/servers"]) await redis.del(key);
  }],
  ["each key is of another type", async ({ redis }) => {
    for (const key of [...KEYS, "okex/test/wanted", "okex/servers"]) {
      await redis.multi().del(key).sadd(key, "x").exec();
    }
  }],
  ["single fields are changed, removed and added", async ({ redis }) => {
    await redis.hset("okex/test/tickers:A-USDT", "last", "1");
    await redis.hset("okex/test/books:A-USDT", "bids", "[]");
    await redis.hset("okex/test/books:A-USDT/bids", "1", "5 5");
    await redis.hset("okex/test/books:A-USDT/asks", "3", "1 1");
    await redis.hset("okex/test/books5:A-USDT", "more", "1");
    await redis.hdel("okex/test/spot/ticker:A-USDT", "last");
    await redis.hset("okex/test/subs", "tickers:A-USDT", "no record", "zzz", "{}");
    await redis.hdel("okex/test/subs", "books5:A-USDT");
    await redis.hdel("okex/test/wanted", "tickers:C-USDT");
  }],
  ["the database is another", async ({ redis }) => {
    await redis.hset("okex/test/tickers:A-USDT", "last", "old");
    for (const key of await redis.keys("okex/*")) await redis.copy(key, key, "DB", 1, "REPLACE");
    await redis.hset("okex/test/tickers:A-USDT", "last", "100");
    await redis.swapdb(0, 1);
  }],
  [
    "the mark is another's",
    ({ redis }) =>
      redis.multi().set("okex/test/epoch", "1795375747063").hdel("okex/test/subs", "tickers:A-USDT").exec(),
  ],
  ["all is emptied", ({ redis }) => redis.flushall()],
];

redisTest("whatever happens to what is kept, it is as it was within seconds", async (t) => {
  await using server = await startRedis({ args: ["--enable-debug-command", "local"] });
  await using okx = startFakeOkx();
  await using run = await startService({
    endpoint: okx.url,
    redisUrl: server.url,
    channels: CHANNELS,
    lookMs: 100,
  });
  await fill(run, okx);
  const before = await waitFor("quiet", async () => {
    const [one, two] = [await snapshot(run), await snapshot(run)];
    return JSON.stringify(one) === JSON.stringify(two) &&
      Object.keys(one["okex/servers"] as object).length === 1 && one;
  });
  for (const [name, damage] of DAMAGES) {
    await t.step(name, async () => {
      await damage(run);
      let seen: unknown;
      await waitFor("all of it again", async () => {
        seen = await snapshot(run);
        return JSON.stringify(seen) === JSON.stringify(before);
      }).catch((error) => {
        assert.deepEqual(seen, before);
        throw error;
      });
      assert.match(
        await waitFor("the mark", () => run.redis.get("okex/test/epoch")) as string,
        /^\d{13}-[0-9a-f]+$/,
      );
    });
  }
  assert.equal(run.service.view().stats.rejected, 0);
});

redisTest("of a series that is gone it is recorded what it had", async () => {
  await using server = await startRedis();
  await using okx = startFakeOkx();
  const channels = ["trades:A-USDT", "candle1m:A-USDT", "spot/trade:B-USDT"];
  await using run = await startService({ endpoint: okx.url, redisUrl: server.url, channels, lookMs: 100 });
  await waitFor("all to be accepted", async () => {
    const subs = await run.client.subscriptions("test");
    return channels.every((path) => subs.get(path)?.state === "live");
  });
  for (const [instId, tradeId] of [["A-USDT", "1"], ["A-USDT", "2"], ["B-USDT", "1"]] as const) {
    okx.current()?.push({ channel: "trades", instId }, [{
      instId,
      tradeId,
      px: "1",
      sz: "1",
      side: "buy",
      ts: "1",
    }]);
  }
  okx.current("business")?.push({ channel: "candle1m", instId: "A-USDT" }, [
    ["60000", "1", "2", "0", "1", "9", "9", "9", "0"],
  ]);
  const keys = ["okex/test/trades:A-USDT", "okex/test/candle1m:A-USDT", "okex/test/spot/trade"];
  await waitFor("all of them", async () => await run.redis.exists(...keys) === keys.length);
  await waitFor("both trades", async () => await run.redis.xlen("okex/test/trades:A-USDT") === 2);
  for (const key of keys) await run.redis.del(key);
  const records = async () => (await run.redis.xrange("okex/test/gaps", "-", "+")).map(([, flat]) => flat);
  const member = (flat: readonly string[], name: string) => flat[flat.indexOf(name) + 1];
  const lost: Readonly<Record<string, string>> = { "trades:A-USDT": "2", "spot/trade:B-USDT": "1" };
  for (const [path, rows] of Object.entries(lost)) {
    // A connection that was lost for a moment has records of its own.
    await waitFor(
      `a record of ${path}`,
      async () =>
        (await records()).some((flat) =>
          member(flat, "path") === path && member(flat, "rows") === rows && member(flat, "outcome") === "not"
        ),
    );
  }
  // The newest bar is known here. It is there again, whether or not its series was seen to be gone before.
  await waitFor("the bar", async () => await run.redis.zcard("okex/test/candle1m:A-USDT") === 1);
  // What is lost of the records themselves is there again.
  for (const damage of [() => run.redis.del("okex/test/gaps"), () => run.redis.flushall()]) {
    const before = (await records()).map((flat) => flat.join());
    await damage();
    await waitFor("the records again", async () => {
      const found = new Set((await records()).map((flat) => flat.join()));
      return before.every((record) => found.has(record));
    });
  }
});
