/** What a series had before it was first subscribed: charts are full, nobody takes it for live rows, nothing waits for it. */
import assert from "node:assert/strict";
import { type FakeOkx, startFakeOkx } from "../support/fake_okx.ts";
import { redisTest, startRedis } from "../support/redis_server.ts";
import { type Running, startService, startSubscriber } from "../support/service.ts";
import { waitFor } from "../support/wait.ts";

const MINUTE = 60_000;
const CANDLES = "candle1m:BTC-USDT";
const TRADES = "trades:BTC-USDT";

/** REST that has bars of every minute until now, and trades with ids up to `last`. Counts its calls by path. */
function serveRest(okx: FakeOkx, last: number): Map<string, number> {
  const calls = new Map<string, number>();
  okx.rest = (url) => {
    const path = url.pathname.replace("/api/v5", "");
    calls.set(path, (calls.get(path) ?? 0) + 1);
    const query = (name: string) => Number(url.searchParams.get(name) ?? NaN);
    const limit = query("limit");
    if (path.endsWith("candles")) {
      const now = Math.floor(Date.now() / MINUTE) * MINUTE;
      // Both are exclusive.
      const newest = Math.min(now, Math.floor((query("after") - 1) / MINUTE) * MINUTE || now);
      const oldest = query("before") + 1 || 0;
      const count = Math.min(limit, Math.floor((newest - oldest) / MINUTE) + 1);
      return Array.from({ length: Math.max(0, count) }, (_, i) => bar(newest - i * MINUTE, now));
    }
    if (path.endsWith("trades")) {
      const newest = Math.min(last, query("after") - 1 || last);
      return Array.from({ length: Math.min(limit, newest) }, (_, i) => trade(newest - i));
    }
    return [];
  };
  return calls;
}

function bar(openedAt: number, now: number): string[] {
  return [String(openedAt), "1", "2", "0.5", "1.5", "10", "10", "15", openedAt < now ? "1" : "0"];
}

const STARTED = Date.now();

function trade(id: number): Record<string, string> {
  const ts = String(STARTED - 3_600_000 + id * 10);
  return { instId: "BTC-USDT", tradeId: String(id), px: "100", sz: "1", side: "buy", ts };
}

async function historyOf(run: Running, path: string) {
  return await waitFor(`the history of ${path}`, async () => (await run.sub(path))?.history, {
    deadlineMs: 30_000,
  });
}

redisTest(
  "candles and trades have their history at once, in order, and it is published to nobody",
  async () => {
    await using server = await startRedis();
    await using okx = startFakeOkx();
    const calls = serveRest(okx, 900);
    await using received = await startSubscriber(server.url, "okex/test/*");
    const settings = { HISTORY: 120 };
    const channels = [CANDLES, "spot/candle60s:BTC-USDT", TRADES, "spot/trade:BTC-USDT"];
    const options = { endpoint: okx.url, redisUrl: server.url, settings, channels };
    {
      await using run = await startService(options);
      const live = async () =>
        (await Promise.all(channels.map((path) => run.sub(path)))).every((each) => each?.state === "live");
      await waitFor("live", live);
      const now = Math.floor(Date.now() / MINUTE) * MINUTE;
      okx.current("business")?.push({ channel: "candle1m", instId: "BTC-USDT" }, [bar(now, now)]);
      for (const id of [901, 902]) {
        okx.current("public")?.push({ channel: "trades", instId: "BTC-USDT" }, [{
          ...trade(id),
          count: "1",
        }]);
      }
      for (const path of channels) assert.equal((await historyOf(run, path)).rows, 120, path);
      const { redis } = run;
      await waitFor("the stream", async () => await redis.xlen("okex/test/trades:BTC-USDT") === 122);
      const entries = await redis.xrange("okex/test/trades:BTC-USDT", "-", "+");
      const ids = entries.map(([, fields]) => Number(fields[fields.indexOf("tradeId") + 1]));
      assert.deepEqual(ids, Array.from({ length: 122 }, (_, i) => 781 + i));
      const first = await redis.hgetall(`okex/test/${CANDLES}/${now - 120 * MINUTE}`);
      assert.equal(first.confirm, "1");
      assert.equal(await redis.zcard(`okex/test/${CANDLES}`), 121);
      assert.equal(await redis.zcard("okex/test/spot/candle60s:BTC-USDT"), 121);
      assert.equal(await redis.zcard("okex/test/spot/trade:BTC-USDT"), 122);
      const rows = await run.client.get("test", CANDLES, { n: 100 });
      assert.equal(Array.isArray(rows) && rows.length, 100);
      const record = await run.sub(TRADES);
      assert.equal(record?.rows, 2, "what was fetched was not received");
      assert.equal(await redis.xlen("okex/test/gaps"), 0);
      assert.deepEqual(received.on("okex/test/trades:BTC-USDT").map((text) => JSON.parse(text).tradeId), [
        "901",
        "902",
      ]);
      assert.equal(
        received.messages.filter(({ channel }) => channel.startsWith(`okex/test/${CANDLES}/`)).length,
        1,
      );
    }
    calls.clear();
    await using again = await startService(options);
    await waitFor("live again", async () => (await again.sub(CANDLES))?.state === "live");
    assert.equal((await again.sub(CANDLES))?.history?.rows, 120, "a restart keeps what is said of it");
    okx.current("public")?.push({ channel: "trades", instId: "BTC-USDT" }, [{ ...trade(903), count: "1" }]);
    await waitFor("a row", async () => await again.redis.xlen("okex/test/trades:BTC-USDT") === 123);
    const asked = [...calls].filter(([path]) =>
      path.includes("history-candles") || path === "/market/history-trades"
    );
    assert.deepEqual(asked, [], "what Redis has is not fetched again");
  },
);

redisTest("history ends before the first of the fills that the first row stands for", async () => {
  await using server = await startRedis();
  await using okx = startFakeOkx();
  serveRest(okx, 60);
  const channels = [TRADES, "spot/trade:BTC-USDT"];
  const settings = { HISTORY: 20 };
  await using run = await startService({ endpoint: okx.url, redisUrl: server.url, settings, channels });
  const live = async () =>
    (await Promise.all(channels.map((path) => run.sub(path)))).every((each) => each?.state === "live");
  await waitFor("live", live);
  for (const [id, count] of [[55, "5"], [60, "2"]] as const) {
    okx.current("public")?.push({ channel: "trades", instId: "BTC-USDT" }, [{ ...trade(id), count }]);
  }
  for (const path of channels) assert.equal((await historyOf(run, path)).rows, 20, path);
  await waitFor("what was skipped", async () => await run.redis.xlen("okex/test/gaps") === channels.length);
  const entries = await run.redis.xrange("okex/test/trades:BTC-USDT", "-", "+");
  const fills = entries.flatMap(([, cells]) => {
    const at = cells.indexOf("count");
    const last = Number(cells[cells.indexOf("tradeId") + 1]);
    return Array.from({ length: at < 0 ? 1 : Number(cells[at + 1]) }, (_, i) => last - i);
  });
  const all = Array.from({ length: 30 }, (_, i) => 31 + i);
  assert.deepEqual(fills.toSorted((a, b) => a - b), all, "each fill once");
  const ids = await run.redis.zrange("okex/test/spot/trade:BTC-USDT", "0", "-1");
  const single = all.filter((id) => id <= 50 || (id > 55 && id < 59));
  assert.deepEqual(ids, [...single, 55, 60].toSorted((a, b) => a - b).map(String));
});

redisTest("a stream that a group reads stays as it is when its history comes later", async () => {
  await using server = await startRedis();
  await using okx = startFakeOkx();
  serveRest(okx, 50);
  const rest = okx.rest;
  let isOpen = false;
  okx.rest = (url) =>
    isOpen ? rest(url) : Response.json({ code: "50001", msg: "Service temporarily unavailable", data: [] });
  const key = "okex/test/trades:BTC-USDT";
  await using run = await startService({
    ...{ endpoint: okx.url, redisUrl: server.url, settings: { HISTORY: 20 }, channels: [TRADES] },
    timing: { history: { quietMs: 5000, failMs: 600_000, retry: { baseMs: 50, capMs: 50 } } },
  });
  await waitFor("live though REST fails", async () => (await run.sub(TRADES))?.state === "live");
  okx.current("public")?.push({ channel: "trades", instId: "BTC-USDT" }, [{ ...trade(51), count: "1" }]);
  await waitFor("the row", async () => await run.redis.xlen(key) === 1);
  await run.redis.xgroup("CREATE", key, "workers", "0");
  const read = () =>
    run.redis.xreadgroup("GROUP", "workers", "one", "COUNT", 10, "STREAMS", key, ">") as Promise<
      [string, [string, string[]][]][] | null
    >;
  const [[, [[id]]]] = await read() as [[string, [[string, string[]]]]];
  isOpen = true;
  await waitFor(
    "the look at the stream",
    async () => /^cmdstat_xinfo\|stream:/m.test(await run.redis.info("commandstats")),
  );
  assert.equal(await run.redis.xlen(key), 1, "the group would go with the stream");
  assert.equal(await read(), null, "nothing is news to the group");
  assert.equal(await run.redis.xack(key, "workers", id), 1);
  okx.current("public")?.push({ channel: "trades", instId: "BTC-USDT" }, [{ ...trade(52), count: "1" }]);
  await waitFor("the next one", async () => (await read())?.[0]?.[1].length === 1);
  assert.equal(await run.redis.xlen(key), 2, "and nothing was put before them");
  assert.equal((await run.sub(TRADES))?.history, undefined, "nor is that said");
});

Deno.test("a path on which nothing comes has its history, too, and 0 asks for none", async () => {
  await using okx = startFakeOkx();
  const calls = serveRest(okx, 400);
  const timing = { history: { quietMs: 100, failMs: 600_000, retry: { baseMs: 50, capMs: 50 } } };
  await using run = await startService({
    endpoint: okx.url,
    settings: { HISTORY: 30 },
    channels: [CANDLES, TRADES],
    timing,
  });
  for (const path of [CANDLES, TRADES]) assert.equal((await historyOf(run, path)).rows, 30, path);
  await waitFor("the stream", async () => await run.redis.xlen("okex/test/trades:BTC-USDT") === 30);
  assert.ok((calls.get("/market/trades") ?? 0) > 0);
  assert.equal((await run.sub(TRADES))?.receivedAt, 0, "nothing was received");
});
