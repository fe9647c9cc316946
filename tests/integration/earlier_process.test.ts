/** What an earlier process left in Redis is compared with what is wanted before anything else is said. */
import assert from "node:assert/strict";
import { startFakeOkx } from "../support/fake_okx.ts";
import { redisTest, startRedis } from "../support/redis_server.ts";
import { openRedis, startService, startSubscriber } from "../support/service.ts";
import { waitFor } from "../support/wait.ts";

const BOOK = { bids: "[]", asks: "[]", seqId: "10" };

function record(more: Readonly<Record<string, unknown>> = {}): string {
  const at = Date.now() - 60_000;
  return JSON.stringify({
    state: "live",
    since: at,
    receivedAt: at,
    exchangeAt: at,
    rows: 7,
    error: null,
    ...more,
  });
}

redisTest("a start without an exchange leaves nothing of an earlier process live", async () => {
  await using server = await startRedis();
  await using okx = startFakeOkx({ handshake: "refuse" });
  const { redis, [Symbol.asyncDispose]: close } = await openRedis(server.url);
  await using _ = { [Symbol.asyncDispose]: close };
  const kept = ["books:A-USDT", "books5:A-USDT", "tickers:A-USDT", "spot/depth:A-USDT"];
  const gone = ["books:B-USDT", "spot/depth5:B-USDT", "tickers:B-USDT"];
  for (const path of [...kept, ...gone]) {
    await redis.hset("okex/test/subs", path, record());
    if (!path.includes("tickers")) await redis.hset(`okex/test/${path}`, { ...BOOK, state: "live" });
  }
  // Of a book the record may be gone, and a record may be anything.
  await redis.hset("okex/test/bbo-tbt:C-USDT", { ...BOOK, state: "live" });
  await redis.hset("okex/test/subs", "tickers:D-USDT", "{garbage", "zzz", "garbage");
  // A server that nobody names any more.
  await redis.hset("okex/old/subs", "books:A-USDT", record());
  await redis.hset("okex/old/books:A-USDT", { ...BOOK, state: "live" });
  await redis.set("okex/old/status", "ON_DATA");
  await redis.set("okex/old/epoch", "1");
  await redis.hset("okex/old/orders:1", { ordId: "1", state: "live" });
  await using subscriber = await startSubscriber(server.url, "okws/info");
  await using run = await startService({
    endpoint: okx.url,
    redisUrl: server.url,
    channels: [...kept, "tickers:D-USDT", "tickers:NEW-USDT"],
  });
  await waitFor("the announcement", () => subscriber.messages.length > 0);
  const states = new Map(
    [...await run.client.subscriptions("test")].map(([path, { state }]) => [path, state]),
  );
  assert.deepEqual([...states.keys()].sort(), [...kept, "tickers:D-USDT", "tickers:NEW-USDT"].sort());
  for (const path of [...kept, "tickers:D-USDT"]) assert.equal(states.get(path), "stale", path);
  assert.notEqual(states.get("tickers:NEW-USDT"), "live");
  const stateOf = (key: string) => redis.hget(`okex/${key}`, "state");
  for (const path of kept.filter((each) => !each.includes("tickers"))) {
    assert.equal(await stateOf(`test/${path}`), "stale", path);
  }
  for (
    const key of ["test/books:B-USDT", "test/spot/depth5:B-USDT", "test/bbo-tbt:C-USDT", "old/books:A-USDT"]
  ) {
    assert.equal(await stateOf(key), "closed", key);
  }
  assert.deepEqual(
    await Promise.all(["subs", "status", "epoch"].map((each) => redis.exists(`okex/old/${each}`))),
    [0, 0, 0],
  );
  // Of an order that nobody follows any more, nobody knows whether it is open.
  assert.equal(await stateOf("old/orders:1"), "unknown");
  // What came when is still known, and so is how old it is.
  assert.ok(((await run.sub("tickers:A-USDT"))?.receivedAt ?? 0) > 0);
  await assert.rejects(run.client.get("test", "books:A-USDT", { maxAgeMs: 3_600_000 }), /not kept up/);
});

redisTest("a path of an earlier process is live again when the exchange has confirmed it", async () => {
  await using server = await startRedis();
  await using okx = startFakeOkx();
  const { redis, [Symbol.asyncDispose]: close } = await openRedis(server.url);
  await using _ = { [Symbol.asyncDispose]: close };
  await redis.hset("okex/test/subs", "tickers:A-USDT", record());
  await using run = await startService({
    endpoint: okx.url,
    redisUrl: server.url,
    channels: ["tickers:A-USDT"],
  });
  await waitFor("live", async () => (await run.sub("tickers:A-USDT"))?.state === "live");
  assert.equal((await run.sub("tickers:A-USDT"))?.rows, 0);
});

redisTest("what a command subscribed is wanted at the start too", async () => {
  await using server = await startRedis();
  await using okx = startFakeOkx({ handshake: "refuse" });
  const { redis, [Symbol.asyncDispose]: close } = await openRedis(server.url);
  await using _ = { [Symbol.asyncDispose]: close };
  await redis.hset("okex/servers", "mine", JSON.stringify({ endpoint: okx.url, protocol: "v5" }));
  await redis.hset("okex/mine/wanted", "books:A/B-USDT", "{}");
  await redis.hset("okex/mine/subs", "books:A%2FB-USDT", record());
  await redis.hset("okex/mine/books:A%2FB-USDT", { ...BOOK, state: "live" });
  await using run = await startService({ endpoint: okx.url, redisUrl: server.url, servers: [] });
  assert.equal(await redis.hget("okex/mine/books:A%2FB-USDT", "state"), "stale");
  assert.equal((await run.client.subscriptions("mine")).get("books:A%2FB-USDT")?.state, "stale");
  await waitFor(
    "the other spelling to be forgotten",
    async () => (await redis.hkeys("okex/mine/wanted")).join() === "books:A%2FB-USDT",
  );
});

redisTest("a record of another type does not keep a service from starting", async () => {
  await using server = await startRedis();
  await using okx = startFakeOkx();
  const { redis, [Symbol.asyncDispose]: close } = await openRedis(server.url);
  await using _ = { [Symbol.asyncDispose]: close };
  for (
    const key of [
      "test/subs",
      "test/status",
      "test/epoch",
      "test/gaps",
      "test/gaps/open",
      "test/wanted",
      "servers",
    ]
  ) {
    await redis.rpush(`okex/${key}`, "something else");
  }
  await using run = await startService({
    endpoint: okx.url,
    redisUrl: server.url,
    channels: ["tickers:A-USDT"],
  });
  await waitFor("live", async () => (await run.sub("tickers:A-USDT"))?.state === "live");
  await run.client.subscribe("test", "tickers:B-USDT");
  await waitFor("the register", async () => await redis.type("okex/test/wanted") === "hash");
});

redisTest("a stop in order leaves nothing live, and a closed server no mark of itself for ever", async () => {
  await using server = await startRedis();
  await using okx = startFakeOkx();
  const { redis, [Symbol.asyncDispose]: close } = await openRedis(server.url);
  await using _ = { [Symbol.asyncDispose]: close };
  const channels = ["tickers:A-USDT", "books5:A-USDT", "books:A-USDT"];
  {
    await using run = await startService({ endpoint: okx.url, redisUrl: server.url, channels });
    await waitFor("the answer", async () => (await run.sub("books5:A-USDT"))?.state === "syncing");
    const connection = await waitFor("a connection", () => okx.current());
    connection.push({ channel: "books5", instId: "A-USDT" }, [{ bids: [], asks: [], ts: "1", seqId: 1 }]);
    connection.push({ channel: "books", instId: "A-USDT" }, [
      { bids: [["1", "1", "0", "1"]], asks: [["2", "1", "0", "1"]], ts: "1", seqId: 1, prevSeqId: -1 },
    ], { action: "snapshot" });
    await waitFor("the book", () => redis.hget("okex/test/books:A-USDT", "seqId"));
    await run.client.openWs("short");
    await waitFor("its mark", async () => await redis.exists("okex/short/epoch") === 1);
    await run.client.closeWs("short");
    await waitFor("the mark to go", async () => await redis.exists("okex/short/epoch") === 0);
    assert.equal(await redis.get("okex/short/status"), "EXIT");
    assert.ok(await redis.pttl("okex/short/status") > 0);
  }
  const subs = await redis.hgetall("okex/test/subs");
  for (const [path, text] of Object.entries(subs)) assert.notEqual(JSON.parse(text).state, "live", path);
  for (const path of ["books5:A-USDT", "books:A-USDT"]) {
    assert.equal(await redis.hget(`okex/test/${path}`, "state"), "stale");
  }
  assert.equal(await redis.get("okex/test/status"), "EXIT");
});
