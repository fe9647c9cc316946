/** The library's ways of reading a series while it grows, and of saying since when something is not fresh. */
import assert from "node:assert/strict";
import { Redis } from "ioredis";
import { type CachedRow, type Client, connect, type Missed, StaleError, StoreError } from "okws";
import { startMock } from "../support/mock.ts";
import { startFakeOkx } from "../support/fake_okx.ts";
import { redisTest, startRedis } from "../support/redis_server.ts";
import { startService } from "../support/service.ts";
import { waitFor, withTimeout } from "../support/wait.ts";

const TRADES = { channel: "trades", instId: "BTC-USDT" };
const PATH = "trades:BTC-USDT";

function trade(id: number, more = {}) {
  return {
    ...{ instId: "BTC-USDT", tradeId: String(id), px: "1", sz: "1", side: "buy" },
    ...{ ts: String(id * 1000), count: "1", seqId: id, ...more },
  };
}

async function cachedIds(client: Client): Promise<string[]> {
  return (await client.get("test", PATH) as CachedRow[]).map((row) => String(row.tradeId));
}

Deno.test("follow gives what is cached, then each new row, none twice and none left out", async () => {
  await using okx = startFakeOkx();
  await using run = await startService({ endpoint: okx.url, channels: [PATH] });
  const { client } = run;
  await waitFor("live", async () => (await client.subscriptions("test")).get(PATH)?.state === "live");
  let next = 1;
  const push = () => okx.current()?.push(TRADES, [trade(next++)]);
  while (next <= 50) push();
  await waitFor("fifty trades", async () => (await cachedIds(client)).length === 50);
  // Trades go on arriving, as fast as they can, while one follower after the other begins.
  const pushing = new AbortController();
  const flood = (async () => {
    while (!pushing.signal.aborted && next < 20_000) {
      for (let i = 0; i < 5; i++) push();
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
  })();
  try {
    for (let round = 0; round < 10; round++) {
      const seen: number[] = [];
      let cached = 0;
      for await (const followed of client.followPaths("test", [PATH], { n: 100 })) {
        seen.push(Number(followed.row.tradeId));
        if (followed.cached) cached += 1;
        else if (seen.length >= cached + 200) break;
      }
      assert.ok(cached > 0 && cached <= 100, String(cached));
      const [first = 0] = seen;
      assert.deepEqual(seen, seen.map((_, i) => first + i), `round ${round}`);
    }
  } finally {
    pushing.abort();
    await flood;
  }
});

Deno.test("follow of a row that is replaced begins with the cached one and goes on with newer ones", async () => {
  await using mock = await startMock({ rate: 100 });
  await using run = await startService({
    endpoint: mock.url,
    channels: ["tickers:BTC-USDT", "candle1m:BTC-USDT"],
  });
  const { client } = run;
  await waitFor("a ticker", () => client.get("test", "tickers:BTC-USDT"));
  await waitFor(
    "a candle",
    async () => (await client.get("test", "candle1m:BTC-USDT") as unknown[])?.length > 0,
  );
  for (let round = 0; round < 2; round++) {
    const times: number[] = [];
    for await (const row of client.follow("test", "tickers:BTC-USDT")) {
      if (times.push(Number(row.ts)) === 5) break;
    }
    assert.deepEqual(times, times.toSorted((a, b) => a - b));
    const volumes: [string, number][] = [];
    for await (const row of client.follow("test", "candle1m:BTC-USDT", { n: 1 })) {
      if (volumes.push([String(row.ts), Number(row.vol)]) === 3) break;
    }
    assert.deepEqual(volumes, volumes.toSorted((a, b) => Number(a[0]) - Number(b[0]) || a[1] - b[1]));
  }
});

Deno.test("get and follow keep to rows since a time, and to filters", async () => {
  await using okx = startFakeOkx();
  await using run = await startService({ endpoint: okx.url, channels: [PATH] });
  const { client } = run;
  await waitFor("live", async () => (await client.subscriptions("test")).get(PATH)?.state === "live");
  const side = (id: number) => ({ side: id % 2 === 0 ? "buy" : "sell" });
  for (let id = 1; id <= 9; id++) okx.current()?.push(TRADES, [trade(id, side(id))]);
  await waitFor("nine trades", async () => (await cachedIds(client)).length === 9);
  const ids = async (params: Parameters<Client["get"]>[2]) =>
    (await client.get("test", PATH, params) as CachedRow[]).map((row) => row.tradeId);
  assert.deepEqual(await ids({ since: 7000 }), ["7", "8", "9"]);
  assert.deepEqual(await ids({ since: new Date(7000), n: 2 }), ["8", "9"]);
  assert.deepEqual(await ids({ since: 4000, side: "buy" }), ["4", "6", "8"]);
  assert.deepEqual(await ids({ since: 99_000 }), []);
  await assert.rejects(client.get("test", PATH, { since: new Date(NaN) }), RangeError);
  const seen: string[] = [];
  for await (const row of client.follow("test", PATH, { since: 6000, side: "buy" })) {
    seen.push(String(row.tradeId));
    if (seen.length === 2) {
      okx.current()?.push(TRADES, [trade(11, side(11))]);
      okx.current()?.push(TRADES, [trade(12, side(12))]);
    }
    if (seen.length === 3) break;
  }
  assert.deepEqual(seen, ["6", "8", "12"]);
});

Deno.test("a book that is not kept up is refused with the time since when", async () => {
  await using okx = startFakeOkx();
  const path = "bbo-tbt:BTC-USDT";
  await using run = await startService({ endpoint: okx.url, channels: [path] });
  const { client } = run;
  const arg = { channel: "bbo-tbt", instId: "BTC-USDT" };
  const state = async () => (await client.subscriptions("test")).get(path)?.state;
  await waitFor("the answer", async () => await state() === "syncing");
  const level = (px: string) => [[px, "1", "0", "1"]];
  okx.current()?.push(arg, [{ asks: level("2"), bids: level("1"), ts: "1", seqId: 1 }]);
  await waitFor("a fresh book", () => client.get("test", path, { maxAgeMs: 60_000 }).catch(() => undefined));
  // Cut off, and nobody to call again.
  okx.plan({ handshake: "refuse" });
  okx.current()?.drop();
  const refused = await waitFor(
    "the refusal",
    () => client.get("test", path, { maxAgeMs: 600_000 }).then(() => undefined, (error: unknown) => error),
  );
  assert.ok(refused instanceof StaleError, String(refused));
  assert.match(refused.message, /is not kept up \(\w+(,? last row at| since) \d{4}-\d\d-\d\dT.*\)/);
});

/** Cuts whatever is connected but the service and this test. */
async function cutClients(redis: Redis, ids: ReadonlySet<string>): Promise<void> {
  const others = (await clientIds(redis)).filter((id) => !ids.has(id));
  for (const id of others) await redis.client("KILL", "ID", id).catch(() => {});
}

async function clientIds(redis: Redis): Promise<string[]> {
  return [...String(await redis.client("LIST")).matchAll(/^id=(\d+)/gm)].map(([, id]) => id as string);
}

redisTest("a follow goes on when it was cut off, and its client with it", async () => {
  await using server = await startRedis();
  await using okx = startFakeOkx();
  const channels = [PATH, "tickers:BTC-USDT"];
  await using run = await startService({ endpoint: okx.url, redisUrl: server.url, channels });
  await waitFor("live", async () => (await run.sub(PATH))?.state === "live");
  const kept = new Set(await clientIds(run.redis));
  await using client = await connect({ redisUrl: server.url });
  const [seen, missed, lost]: [number[], Missed[], string[]] = [[], [], []];
  let isBegun = false;
  const following = (async () => {
    const rows = client.followPaths("test", channels, { n: 0 }, () => isBegun = true, {
      onMissed: (each) => missed.push(each),
      onLost: (error) => lost.push(error.message),
    });
    for await (const { path, row } of rows) if (path === PATH) seen.push(Number(row.tradeId));
  })();
  await waitFor("the follow", () => isBegun);
  let id = 0;
  for (let round = 1; round <= 5; round++) {
    okx.current()?.push(TRADES, [trade(++id)]);
    await cutClients(run.redis, kept);
    okx.current()?.push(TRADES, [trade(++id)]);
    await waitFor(`trade ${id}`, () => seen.at(-1) === id);
  }
  assert.deepEqual(seen, Array.from({ length: id }, (_, i) => i + 1));
  await waitFor("what was missed of both", () => missed.some(({ path }) => path === PATH));
  assert.ok(lost.length > 0);
  assert.deepEqual([...new Set(missed.map(({ rows, why }) => `${rows} ${why}`))], ["0 connection lost"]);
  assert.equal(missed.find(({ path }) => path === PATH)?.state?.state, "live");
  // Commands and reads go by a new connection, too.
  assert.deepEqual(await client.servers(), ["test"]);
  assert.equal((await client.get("test", PATH, { n: 1 }) as CachedRow[])[0]?.tradeId, String(id));
  await client[Symbol.asyncDispose]();
  await following;
});

redisTest("a follow behind an entry that is gone says how much is missing, or ends with it", async () => {
  await using server = await startRedis();
  await using okx = startFakeOkx();
  await using run = await startService({
    ...{ endpoint: okx.url, redisUrl: server.url, channels: [PATH], settings: { MAX_ROW: 5 } },
  });
  const { client } = run;
  await waitFor("live", async () => (await run.sub(PATH))?.state === "live");
  okx.current()?.push(TRADES, [trade(1)]);
  await waitFor("a trade", async () => (await cachedIds(client)).join() === "1");
  const [first] = (await run.redis.xrange(`okex/test/${PATH}`, "-", "+")).map(([id]) => id);
  for (let id = 2; id <= 300; id++) okx.current()?.push(TRADES, [trade(id)]);
  await waitFor("a trim", async () => (await cachedIds(client)).join() === "296,297,298,299,300");
  const missed: Missed[] = [];
  const seen: string[] = [];
  const options = { after: first as string, onMissed: (each: Missed) => missed.push(each) };
  for await (const row of client.follow("test", PATH, {}, options)) {
    if (seen.push(String(row.tradeId)) === 5) break;
  }
  assert.deepEqual(seen, ["296", "297", "298", "299", "300"]);
  // What was added before the first entry is not known to a follower that comes back.
  assert.deepEqual(missed.map(({ rows, why }) => [rows, why]), [[null, "trimmed"]]);
  const unread = client.follow("test", PATH, {}, { after: first as string });
  await assert.rejects(
    unread.next(),
    (error) => error instanceof StoreError && /may have been missed/.test(error.message),
  );
});

redisTest("an order that ends while its follower is cut off is given as it ended", async () => {
  await using server = await startRedis();
  const redis = new Redis(server.url, { lazyConnect: true });
  await redis.connect();
  const P = "okex/test";
  const order = (state: string, uTime: string) => ({ ordId: "1", instId: "BTC-USDT", state, uTime });
  await redis.sadd(`${P}/orders:ANY/open`, "1");
  await redis.hset(`${P}/orders:1`, order("live", "1"));
  const kept = new Set(await clientIds(redis));
  await using client = await connect({ redisUrl: server.url });
  const seen: unknown[] = [];
  const following = (async () => {
    const onMissed = ({ rows }: Missed) => seen.push(rows);
    const rows = client.followPaths("test", ["orders:ANY"], {}, () => {}, { onMissed });
    for await (const { row } of rows) seen.push(row.state);
  })();
  await waitFor("what is open", () => seen.length === 1);
  await redis.multi().srem(`${P}/orders:ANY/open`, "1").hset(`${P}/orders:1`, order("filled", "2")).exec();
  await cutClients(redis, kept);
  await waitFor("the end", () => seen.includes("filled"));
  assert.deepEqual(seen, ["live", null, "filled"]);
  await client[Symbol.asyncDispose]();
  await following;
  await redis.quit();
});

Deno.test("a followed event has its lists as they were published", async () => {
  await using okx = startFakeOkx();
  const path = "liquidation-orders:SPOT";
  await using run = await startService({ endpoint: okx.url, channels: [path] });
  await waitFor("live", async () => (await run.sub(path))?.state === "live");
  const details = [{ side: "buy", sz: "1", bkPx: "2", ts: "1" }];
  let isBegun = false;
  const rows = run.client.follow("test", path);
  const first = (async () => {
    for await (const row of run.client.followPaths("test", [path], {}, () => isBegun = true)) return row;
  })();
  await waitFor("the follow", () => isBegun);
  okx.current()?.push({ channel: "liquidation-orders", instType: "SPOT" }, [
    { instType: "SPOT", instId: "BTC-USDT", instFamily: "BTC-USDT", uly: "BTC-USDT", details },
  ]);
  assert.deepEqual((await first)?.row.details, details);
  assert.equal((await first)?.cached, false);
  // From the cache all members are texts.
  assert.equal((await rows.next()).value?.details, JSON.stringify(details));
  await rows.return(undefined);
});

redisTest("a follow whose Redis is away for longer than its patience ends with a StoreError", async () => {
  await using server = await startRedis();
  await using okx = startFakeOkx();
  await using run = await startService({ endpoint: okx.url, redisUrl: server.url });
  let ready = false;
  const over = (async () => {
    for await (
      const _ of run.client.followPaths("test", [PATH], {}, () => void (ready = true), {
        patienceMs: 0,
      })
    ) {
      assert.fail("a row");
    }
  })();
  const rejected = assert.rejects(withTimeout("the end of the follow", over, 10_000), StoreError);
  await waitFor("the follow", () => ready);
  await server.kill();
  await rejected;
});

Deno.test("view, isServed and redisInfo say how it stands with service and Redis", async () => {
  await using mock = await startMock();
  await using run = await startService({ endpoint: mock.url, channels: ["tickers:BTC-USDT"] });
  const { client } = run;
  assert.equal(await client.isServed(), true);
  const view = await waitFor("a row", async () => {
    const seen = await client.view();
    return (seen.stats.rows ?? 0) > 0 ? seen : undefined;
  });
  assert.deepEqual(view.servers.map(({ name }) => name), ["test"]);
  assert.equal(view.servers[0]?.subscriptions[0]?.path, "tickers:BTC-USDT");
  assert.equal(view.servers[0]?.connections[0]?.state, "connected");
  assert.ok(Number((await client.redisInfo("memory")).used_memory) > 0);
});
