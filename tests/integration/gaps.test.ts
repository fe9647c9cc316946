/**
 * A gap is written when it opens and survives everything until it is settled; what the exchange says again enters a stream
 * once.
 */
import assert from "node:assert/strict";
import { connect } from "../../src/client/client.ts";
import { type Config, parseConfig } from "../../src/config/schema.ts";
import { serve } from "../../src/app/service.ts";
import { acknowledge, type FakeOkx, type FakeRequest, startFakeOkx } from "../support/fake_okx.ts";
import { startProxy } from "../support/proxy.ts";
import { redisTest, startRedis } from "../support/redis_server.ts";
import { openRedis, QUICK, type Running, startService, startSubscriber } from "../support/service.ts";
import { waitFor } from "../support/wait.ts";

const FILL = {
  debounceMs: 5,
  lagMs: 60_000,
  failMs: 60_000,
  quietMs: 60_000,
  idleMs: 60_000,
  retry: { baseMs: 10, capMs: 50 },
};
const PATH = "trades:X";
const OPEN = "okex/test/gaps/open";
const TOO_MANY = () => Response.json({ code: "50011", msg: "Too Many Requests", data: [] }, { status: 429 });

const trade = (id: number) => ({
  instId: "X",
  tradeId: String(id),
  px: "1",
  sz: "1",
  ts: String(id),
  count: "1",
});

/** Answers as REST does that has all trades up to one. */
function tradesUpTo(last: number) {
  return (url: URL): readonly unknown[] => {
    if (!url.pathname.includes("trades")) return [];
    const end = Math.min(last, Number(url.searchParams.get("after") ?? Infinity) - 1);
    return Array.from({ length: Math.min(100, end) }, (_, i) => trade(end - i));
  };
}

function start(okx: FakeOkx, redisUrl: string, channels: readonly string[] = [PATH]): Promise<Running> {
  return startService({ endpoint: okx.url, redisUrl, channels, timing: { backfill: FILL } });
}

/** Pushes trades on the newest connection, once it is subscribed. */
async function push(okx: FakeOkx, ids: readonly number[], dials: number): Promise<void> {
  const connection = await waitFor("a subscription", () => {
    const current = okx.at("public")[dials - 1];
    return current !== undefined && current.asked("subscribe").length > 0 ? current : undefined;
  });
  for (const id of ids) connection.push({ channel: "trades", instId: "X" }, [trade(id)]);
}

type Reader = Pick<Running["redis"], "xrange" | "hget" | "hlen" | "xlen">;

async function idsOf(redis: Reader, path = PATH): Promise<number[]> {
  const entries = await redis.xrange(`okex/test/${path}`, "-", "+");
  return entries.map(([, flat]) => Number(flat[flat.indexOf("tradeId") + 1]));
}

async function recordsOf(redis: Reader): Promise<Record<string, string>[]> {
  const entries = await redis.xrange("okex/test/gaps", "-", "+");
  return entries.map(([, flat]) =>
    Object.fromEntries(flat.flatMap((name, i) => i % 2 === 0 ? [[name, flat[i + 1] as string]] : []))
  );
}

const upTo = (last: number) => Array.from({ length: last }, (_, i) => i + 1);

redisTest(
  "a gap that waits for REST is in Redis, survives a restart, and is filled by the next process",
  async () => {
    await using redis = await startRedis();
    await using okx = startFakeOkx();
    okx.rest = TOO_MANY;
    {
      await using running = await start(okx, redis.url);
      await push(okx, [1, 2, 3, 4, 5], 1);
      await waitFor("the first", async () => (await idsOf(running.redis)).length === 5);
      okx.current()?.drop();
      await push(okx, [9], 2);
      const gap = await waitFor("the gap with its end", async () => {
        const open = JSON.parse(await running.redis.hget(OPEN, PATH) ?? "{}");
        return open.missing === 3 ? open : undefined;
      });
      assert.deepEqual(gap.gaps[0].ranges, [[6, 8]]);
      assert.equal(await running.redis.xlen("okex/test/gaps"), 0);
    }
    okx.rest = tradesUpTo(11);
    await using running = await start(okx, redis.url);
    await push(okx, [12], 3);
    await waitFor("everything", async () => await running.redis.hlen(OPEN) === 0);
    assert.deepEqual((await idsOf(running.redis)).toSorted((a, b) => a - b), upTo(12));
    const records = await recordsOf(running.redis);
    assert.deepEqual(records.map(({ outcome, rows, missing }) => [outcome, rows, missing]), [
      ["filled", "3", "0"],
      ["filled", "2", "0"],
    ]);
  },
);

redisTest("a gap survives a reload that changes the endpoint of its server", async () => {
  await using redis = await startRedis();
  await using okx = startFakeOkx();
  await using other = startFakeOkx();
  okx.rest = other.rest = TOO_MANY;
  let endpoint = okx.url;
  const config = (): Config => {
    const parsed = parseConfig({
      settings: { REDIS_URL: redis.url, HTTP: "off" },
      servers: [{ name: "test", endpoint }],
      subscribes: [{ server: "test", channels: [PATH] }],
    });
    if ("issues" in parsed) throw new Error(parsed.issues[0]?.message);
    return parsed.config;
  };
  const load = () => Promise.resolve(config());
  await using service = await serve(config(), { timing: { ...QUICK, backfill: FILL }, load });
  await using client = await connect({ redisUrl: service.redisUrl });
  await using reader = await openRedis(redis.url);
  await push(okx, [1, 2, 5], 1);
  await waitFor("the gap", async () => await reader.redis.hlen(OPEN) === 1);
  endpoint = other.url;
  await client.reload();
  other.rest = tradesUpTo(9);
  await push(other, [10], 1);
  await waitFor("everything", async () => (await idsOf(reader.redis)).length === 10);
  assert.deepEqual((await idsOf(reader.redis)).toSorted((a, b) => a - b), upTo(10));
  await waitFor("no gap", async () => await reader.redis.hlen(OPEN) === 0);
  assert.deepEqual(
    new Set((await recordsOf(reader.redis)).map(({ outcome }) => outcome)),
    new Set(["filled"]),
  );
});

redisTest("what was missing of a path that nobody wants any more is recorded at the start", async () => {
  await using redis = await startRedis();
  await using okx = startFakeOkx();
  okx.rest = TOO_MANY;
  {
    await using running = await start(okx, redis.url, [PATH, "tickers:X"]);
    await push(okx, [1, 4], 1);
    await waitFor("the gap", async () => await running.redis.hlen(OPEN) === 1);
  }
  await using running = await start(okx, redis.url, ["tickers:X"]);
  await waitFor("no open gap", async () => await running.redis.hlen(OPEN) === 0);
  // The second is what was not received from the stop on.
  const records = await recordsOf(running.redis);
  assert.deepEqual(records.map(({ path, outcome, missing }) => [path, outcome, missing]), [
    [PATH, "not", "2"],
    [PATH, "not", ""],
  ]);
});

redisTest(
  "what the exchange says again at each subscription enters its stream once, also after a restart",
  async () => {
    await using redis = await startRedis();
    const option = { channel: "option-trades", instType: "OPTION", instFamily: "BTC-USD" };
    const detail = (ts: number) => ({
      side: "buy",
      posSide: "long",
      bkPx: "1",
      sz: "2",
      ccy: "",
      bkLoss: "0",
      ts: String(ts),
    });
    const liquidation = (...times: number[]) => ({
      instId: "X-SWAP",
      instType: "SWAP",
      details: times.map(detail),
    });
    let round = 0;
    const answer = (request: FakeRequest) =>
      request.args.flatMap((arg) => [
        acknowledge(request, arg),
        arg.channel === option.channel
          ? { arg, data: [{ instId: "BTC-USD-1-C", tradeId: "7", px: "1", ts: "100" }] }
          // The newest of several, and one more each time.
          : { arg, data: [liquidation(...upTo(++round))] },
      ]);
    await using okx = startFakeOkx({ answer });
    const paths = ["option-trades:OPTION:instFamily=BTC-USD", "liquidation-orders:SWAP"] as const;
    const count = (running: Running, path: string) => running.redis.xlen(`okex/test/${path}`);
    {
      await using running = await start(okx, redis.url, paths);
      await waitFor(
        "both",
        async () => await count(running, paths[0]) === 1 && await count(running, paths[1]) === 1,
      );
      okx.current()?.drop();
      await waitFor("one more liquidation", async () => await count(running, paths[1]) === 2);
      assert.equal(await count(running, paths[0]), 1);
    }
    await using running = await start(okx, redis.url, paths);
    await waitFor("one more liquidation", async () => await count(running, paths[1]) === 3);
    assert.equal(await count(running, paths[0]), 1);
    const entries = await running.redis.xrange(`okex/test/${paths[1]}`, "-", "+");
    const times = entries.flatMap(([, flat]) =>
      (JSON.parse(flat[flat.indexOf("details") + 1] as string) as { ts: string }[]).map(({ ts }) => ts)
    );
    assert.deepEqual(times, ["1", "2", "3"]);
  },
);

redisTest(
  "a bar that never became final and one that never came are fetched, and announced once each",
  async () => {
    await using redis = await startRedis();
    await using okx = startFakeOkx();
    const arg = { channel: "candle1m", instId: "X" };
    const minute = Math.floor(Date.now() / 60_000) - 10;
    const bar = (
      n: number,
      confirm: string,
      close = "1",
    ) => [String((minute + n) * 60_000), "1", "1", "1", close, "5", "6", "7", confirm];
    okx.rest = (url) =>
      url.pathname.endsWith("/market/candles")
        ? [bar(4, "0"), bar(3, "1", "3"), bar(2, "1", "2"), bar(1, "1")]
        : [];
    await using running = await start(okx, redis.url, ["candle1m:X"]);
    await using finals = await startSubscriber(redis.url, "okex/test/candle1m:X");
    const connection = await waitFor("a subscription", () => {
      const current = okx.current("business");
      return current !== undefined && current.asked("subscribe").length > 0 ? current : undefined;
    });
    for (const row of [bar(1, "0"), bar(1, "1"), bar(2, "0"), bar(4, "0")]) connection.push(arg, [row]);
    const key = (n: number) => `okex/test/candle1m:X/${(minute + n) * 60_000}`;
    await waitFor("the bar that never came", async () => await running.redis.hget(key(3), "confirm") === "1");
    assert.deepEqual(
      [await running.redis.hget(key(2), "confirm"), await running.redis.hget(key(2), "close")],
      [
        "1",
        "2",
      ],
    );
    // What was final stays final, whatever is pushed late.
    connection.push(arg, [bar(2, "0", "9")]);
    connection.push(arg, [bar(4, "0", "8")]);
    await waitFor("the newest", async () => await running.redis.hget(key(4), "close") === "8");
    assert.equal(await running.redis.hget(key(2), "close"), "2");
    assert.deepEqual(
      finals.messages.map(({ message }) => Number(JSON.parse(message).timestamp) / 60_000 - minute),
      [1, 2, 3],
    );
  },
);

redisTest(
  "a process that starts before its Redis learns where series stood before it writes anything",
  async () => {
    await using redis = await startRedis();
    await using okx = startFakeOkx();
    {
      await using running = await start(okx, redis.url);
      await push(okx, [1, 2, 3], 1);
      await waitFor("the first", async () => (await idsOf(running.redis)).length === 3);
    }
    await using proxy = startProxy(redis.port);
    proxy.cut();
    okx.rest = tradesUpTo(8);
    const starting = start(okx, `redis://127.0.0.1:${proxy.port}`);
    await push(okx, [8, 9], 2);
    proxy.restore();
    await using running = await starting;
    await waitFor("everything", async () => (await idsOf(running.redis)).length === 9);
    assert.deepEqual((await idsOf(running.redis)).toSorted((a, b) => a - b), upTo(9));
    await waitFor("no gap", async () => await running.redis.hlen(OPEN) === 0);
    const records = await recordsOf(running.redis);
    assert.deepEqual(records.map(({ outcome, rows }) => [outcome, rows]), [["filled", "4"]]);
  },
);
