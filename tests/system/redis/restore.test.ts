/**
 * What Redis should hold comes back when it may have lost it, and what had to be dropped meanwhile is recorded: a
 * Redis that was emptied, restarted while nothing was written, is slow, half gone, or hangs in the first handshake.
 * The file is long because each way in which a Redis can lose what it had is a test of its own.
 */
import assert from "node:assert/strict";
import { connect } from "../../../src/client/client.ts";
import { freePort } from "../../support/free_port.ts";
import { startMock } from "../../support/mock.ts";
import { DEMO_CREDENTIALS } from "../../../src/mock/login.ts";
import { type FakeOkx, startFakeOkx } from "../../support/fake_okx.ts";
import { startOkws } from "../../support/program.ts";
import { startProxy } from "../../support/proxy.ts";
import { redisTest, startRedis } from "../../support/redis_server.ts";
import { watchCommands } from "../../support/monitor.ts";
import { openRedis, startService, startSubscriber } from "../../support/service.ts";
import { waitFor } from "../../support/wait.ts";

const TICKERS = "tickers:BTC-USDT";
const TRADES = "trades:BTC-USDT";
const { apiKey, secret, passphrase } = DEMO_CREDENTIALS;

redisTest("an emptied Redis gets everything again that it should hold, statuses first", async () => {
  await using mock = await startMock({ rate: 50 });
  await using server = await startRedis();
  const channels = [
    ...[TICKERS, "spot/ticker:ETH-USDT", "books:BTC-USDT", "books5:BTC-USDT", "candle1m:BTC-USDT"],
    ...["instruments:SPOT", "account", "positions:ANY", "orders:SPOT"],
  ];
  const login = { apiKey, secret, password: passphrase };
  await using run = await startService({
    endpoint: mock.url,
    redisUrl: server.url,
    servers: [{ name: "test", ...login }],
    channels,
  });
  mock.command("trade place");
  // Orders that are over do not come back.
  const held = async () => {
    const over = await run.redis.zrange("okex/test/orders", "0", "-1");
    const gone = new Set(["okex/test/orders", ...over.map((id) => `okex/test/orders:${id}`)]);
    const keys = await run.redis.keys("okex/test/*");
    return keys.filter((key) => !gone.has(key) && !/\/(gaps|gaps\/open|\d+)$/.test(key)).sort();
  };
  const wanted = ["account", "books:BTC-USDT", "books5:BTC-USDT", "candle1m:BTC-USDT", "instruments:SPOT"];
  await waitFor("all of it", async () => {
    const keys = await held();
    return [...wanted, "account/open", "orders:SPOT/open", TICKERS, "spot/ticker:ETH-USDT"]
      .every((path) => keys.includes(`okex/test/${path}`));
  });
  await waitFor("live", async () => {
    const subs = await run.client.subscriptions("test");
    return channels.every((path) => subs.get(path)?.state === "live");
  });
  // From now on the exchange says nothing that could bring a row back.
  mock.command("pause");
  const instruments = await run.redis.scard("okex/test/instruments:SPOT");
  const orders = (await run.redis.smembers("okex/test/orders:SPOT/open")).sort();
  assert.ok(instruments > 3 && orders.length > 0);
  const { rows } = run.service.view().stats;
  const before = await waitFor("a quiet moment", async () => {
    const first = await held();
    const second = await held();
    return JSON.stringify(first) === JSON.stringify(second) ? second : undefined;
  });
  const order: string[] = [];
  await using _ = await watchCommands(server.url, ([command = "", key = ""]) => {
    if (/^flushall$/i.test(command)) order.length = 0;
    else if (/^(SET|HSET|SADD)$/i.test(command)) order.push(key);
  });
  await run.redis.flushall();
  await waitFor("all of it again", async () => {
    const now = new Set(await held());
    const missing = before.filter((key) => !now.has(key) && !key.includes("/wanted"));
    return missing.length === 0 || assert.fail(missing.join(" "));
  });
  assert.equal(await run.redis.scard("okex/test/instruments:SPOT"), instruments);
  assert.deepEqual((await run.redis.smembers("okex/test/orders:SPOT/open")).sort(), orders);
  assert.equal(await run.redis.hget("okex/test/books:BTC-USDT", "state"), "live");
  const isStatus = (key: string) => /^okex\/test\/(status|subs)$/.test(key);
  // A book may be written by itself before the loss is noticed; what counts is how the writing of everything begins.
  order.splice(0, order.indexOf("okex/test/status"));
  const firstRow = order.findIndex((key) => key.startsWith("okex/test/") && !isStatus(key));
  assert.deepEqual(
    [...new Set(order.slice(0, firstRow))].filter(isStatus).sort(),
    ["okex/test/status", "okex/test/subs"],
  );
  assert.equal(run.service.view().outage, "");
  assert.ok(run.service.view().stats.rows >= rows);
});

redisTest(
  "a Redis that is emptied while rows go on arriving gets back what nobody pushes again",
  async () => {
    await using mock = await startMock({ rate: 50 });
    await using server = await startRedis();
    await using run = await startService({
      endpoint: mock.url,
      redisUrl: server.url,
      channels: [TICKERS, "instruments:SPOT"],
    });
    const instruments = () => run.redis.scard("okex/test/instruments:SPOT");
    const count = await waitFor("the list", instruments);
    await run.redis.flushall();
    await waitFor("the list again", async () => await instruments() === count);
    assert.equal(await run.client.redisClear() > 0, true);
    await waitFor("the list after a clear", async () => await instruments() === count);
  },
);

redisTest("what was unsubscribed or closed meanwhile does not come back", async () => {
  await using okx = startFakeOkx();
  await using server = await startRedis();
  const channels = [TICKERS, "tickers:ETH-USDT"];
  await using run = await startService({ endpoint: okx.url, redisUrl: server.url, channels });
  await waitFor("the exchange", () => okx.current());
  await waitFor("both rows", async () => {
    for (const instId of ["BTC-USDT", "ETH-USDT"]) push(okx, "tickers", { instId, last: "1" });
    return await run.redis.exists(...channels.map((path) => `okex/test/${path}`)) === 2;
  });
  await run.client.unsubscribe("test", "tickers:ETH-USDT");
  await run.redis.flushall();
  await waitFor("the row", async () => await run.redis.exists(`okex/test/${TICKERS}`) === 1);
  assert.equal(await run.redis.exists("okex/test/tickers:ETH-USDT"), 0);
});

redisTest("a Redis that restarts while nothing is written is noticed and gets everything again", async () => {
  await using okx = startFakeOkx();
  await using server = await startRedis();
  await using run = await startService({ endpoint: okx.url, redisUrl: server.url, channels: [TICKERS] });
  await waitFor("the exchange", () => okx.current());
  await waitFor("the row", async () => {
    push(okx, "tickers", { instId: "BTC-USDT", last: "7" });
    return await run.redis.hget(`okex/test/${TICKERS}`, "last") === "7";
  });
  await server.kill();
  await waitFor("the outage to be seen", () => run.service.view().outage !== "");
  await using _again = await startRedis({ port: server.port });
  await waitFor("the row again", async () => await run.redis.hget(`okex/test/${TICKERS}`, "last") === "7");
  await waitFor("the end of the outage", () => run.service.view().outage === "");
});

redisTest("a connection that is dead without an end is found out while nothing is written", async () => {
  await using okx = startFakeOkx();
  await using server = await startRedis();
  await using proxy = startProxy(server.port);
  await using _run = await startService({
    endpoint: okx.url,
    redisUrl: `redis://127.0.0.1:${proxy.port}`,
    channels: [TICKERS],
  });
  await waitFor("the exchange", () => okx.current());
  const connections = async () => {
    await using direct = await openRedis(server.url);
    return Number(/total_connections_received:(\d+)/.exec(await direct.redis.info("stats"))?.[1]);
  };
  const before = await connections();
  proxy.freeze();
  // Its own look adds one each time; the service's two come besides.
  let looks = 0;
  await waitFor("new connections", async () => await connections() - before - ++looks >= 2, {
    everyMs: 200,
    deadlineMs: 60_000,
  });
  await waitFor("commands to be taken", async () => {
    await using client = await connect({ redisUrl: server.url });
    return (await client.servers().catch(() => [])).length === 1;
  });
});

redisTest("a slow Redis makes batches bigger and loses nothing within the budget", async () => {
  await using okx = startFakeOkx();
  await using server = await startRedis();
  await using proxy = startProxy(server.port);
  await using direct = await openRedis(server.url);
  await using run = await startService({
    endpoint: okx.url,
    redisUrl: `redis://127.0.0.1:${proxy.port}`,
    settings: { MAX_ROW: 100_000 },
    channels: [TICKERS, TRADES],
  });
  await waitFor("the exchange", () => okx.current());
  await waitFor("a row", async () => {
    push(okx, "tickers", { instId: "BTC-USDT", last: "0" });
    return await direct.redis.exists(`okex/test/${TICKERS}`) === 1;
  });
  // Answers trickle: one batch of a hundred commands takes a second or so.
  proxy.slow(2000);
  for (let id = 1; id <= 3000; id++) {
    push(okx, "trades", { instId: "BTC-USDT", tradeId: String(id), px: "1" });
  }
  await waitFor("all of them", () => run.service.view().stats.rows >= 3001);
  proxy.restore();
  await waitFor("the last", async () => (await tradeIds(direct.redis)).at(-1) === 3000, {
    deadlineMs: 60_000,
  });
  assert.deepEqual(await tradeIds(direct.redis), Array.from({ length: 3000 }, (_, i) => i + 1));
  const { batches, dropped, retries } = run.service.view().stats;
  assert.deepEqual({ dropped, retries }, { dropped: 0, retries: 0 });
  assert.ok(batches < 300, `${batches} batches for 3000 trades`);
});

redisTest(
  "what was dropped is recorded in P/gaps, and marked in the stream where it is missing",
  async () => {
    await using okx = startFakeOkx();
    await using server = await startRedis();
    await using run = await startService({
      endpoint: okx.url,
      redisUrl: server.url,
      settings: { QUEUE_MB: 1, MAX_ROW: 100_000 },
      channels: [TICKERS, TRADES],
    });
    await waitFor("live", async () => (await run.sub(TRADES))?.state === "live");
    push(okx, "trades", { instId: "BTC-USDT", tradeId: "1", px: "1" });
    await waitFor("the first", async () => await run.redis.exists(`okex/test/${TRADES}`) === 1);
    const startedAt = Date.now();
    server.pause();
    const padding = "x".repeat(1000);
    for (let id = 2; id <= 3001; id++) {
      push(okx, "trades", { instId: "BTC-USDT", tradeId: String(id), px: "1", padding });
    }
    await waitFor(
      "all of them",
      () => run.service.view().stats.rows >= 3001 && run.service.view().stats.dropped > 0,
    );
    await using subscriber = await (async () => {
      server.resume();
      return await startSubscriber(server.url, "okex/test/gaps");
    })();
    const record = await waitFor("the record", async () => {
      const entries = await run.redis.xrange("okex/test/gaps", "-", "+");
      const rows = entries.map(([, fields]) => toRow(fields));
      return rows.find(({ path, outcome }) => path === TRADES && outcome === "dropped");
    });
    const entries = (await run.redis.xrange(`okex/test/${TRADES}`, "-", "+")).map(([, fields]) =>
      toRow(fields)
    );
    const marks = entries.filter(({ gap }) => gap !== undefined);
    assert.equal(marks.length, 1);
    assert.deepEqual({ gap: marks[0]?.gap, rows: marks[0]?.rows }, { gap: "dropped", rows: record.rows });
    // The mark stands exactly where numbers are missing, and says how large it is.
    const at = entries.findIndex(({ gap }) => gap !== undefined);
    const gap = Number(entries[at + 1]?.tradeId) - Number(entries[at - 1]?.tradeId) - 1;
    assert.equal(String(gap), record.rows);
    assert.ok(Number(record.from) >= startedAt - 1000 && Number(record.to) <= Date.now());
    assert.ok(Number(record.from) <= Number(record.to));
    const cached = await run.client.get("test", TRADES) as Record<string, string>[];
    assert.ok(cached.every(({ tradeId }) => tradeId !== undefined));
    if (subscriber.messages.length > 0) {
      assert.equal(
        (JSON.parse(subscriber.messages[0]?.message ?? "{}") as { outcome: string }).outcome,
        "dropped",
      );
    }
  },
);

Deno.test("a service whose Redis takes the connection and says nothing tries again and again", async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: freePort() });
  const taken: Deno.Conn[] = [];
  const accepting = (async () => {
    for await (const connection of listener) taken.push(connection);
  })();
  await using okx = startFakeOkx();
  const config = {
    settings: { REDIS_URL: `redis://127.0.0.1:${listener.addr.port}`, HTTP: "off", ENDPOINT: okx.url },
    servers: [{ name: "test" }],
  };
  const file = await Deno.makeTempFile({ suffix: ".yaml" });
  await Deno.writeTextFile(file, JSON.stringify(config));
  await using program = startOkws(["serve", "-c", file]);
  try {
    await program.waitForLine(/Cannot reach Redis yet.*no answer within/, { deadlineMs: 60_000 });
    await waitFor("more attempts", () => taken.length >= 3, { deadlineMs: 60_000 });
    assert.equal(await program.stop(), 0);
  } finally {
    listener.close();
    await accepting;
    for (const connection of taken) connection.close();
    await Deno.remove(file);
  }
});

redisTest("a wrong password is reported in one line with its remedy, not in a flood", async () => {
  await using okx = startFakeOkx();
  await using server = await startRedis({ args: ["--requirepass", "the-right-one"] });
  const config = {
    settings: {
      REDIS_URL: `redis://:the-wr0ng-one@127.0.0.1:${server.port}`,
      HTTP: `127.0.0.1:${freePort()}`,
      ENDPOINT: okx.url,
    },
    servers: [{ name: "test" }],
    subscribes: [{ server: "test", channels: [TICKERS] }],
  };
  const file = await Deno.makeTempFile({ suffix: ".yaml" });
  await Deno.writeTextFile(file, JSON.stringify(config));
  await using program = startOkws(["serve", "-c", file]);
  try {
    await program.waitForLine(/WRONGPASS.*REDIS_PASSWORD_FILE/, { deadlineMs: 60_000 });
    await waitFor("the exchange", () => okx.current(), { deadlineMs: 60_000 });
    const readyz = `http://${config.settings.HTTP}/readyz`;
    const page = await waitFor("the reason on /readyz", async () => {
      push(okx, "tickers", { instId: "BTC-USDT", last: "1" });
      const text = await (await fetch(readyz)).text();
      return text.includes("WRONGPASS") ? text : undefined;
    }, { everyMs: 100, deadlineMs: 60_000 });
    const retries = async () => {
      const text = await (await fetch(`http://${config.settings.HTTP}/metrics`)).text();
      return Number(/^okws_retries_total (\d+)/m.exec(text)?.[1] ?? 0);
    };
    await waitFor("several attempts", async () => await retries() >= 6, { deadlineMs: 60_000 });
    const lines = program.stderr.filter((line) => line.includes("WRONGPASS"));
    assert.ok(lines.length <= 3, lines.join("\n"));
    for (const text of [program.text(), page]) assert.ok(!text.includes("the-wr0ng-one"));
  } finally {
    await Deno.remove(file);
  }
});

redisTest("keys that a user may not write are counted, logged once, and do not stop the others", async () => {
  await using okx = startFakeOkx();
  await using server = await startRedis({
    args: [
      "--user",
      "okws",
      "on",
      ">pw",
      "~okex/test/tickers*",
      "~okex/test/[sw]*",
      "~okex/servers",
      "&*",
      "+@all",
    ],
  });
  const admin = await openRedis(server.url);
  await using _admin = admin;
  await using run = await startService({
    endpoint: okx.url,
    redisUrl: `redis://okws:pw@127.0.0.1:${server.port}`,
    channels: [TICKERS, TRADES],
  });
  await waitFor("the exchange", () => okx.current());
  let id = 0;
  await waitFor("refusals", () => {
    push(okx, "trades", { instId: "BTC-USDT", tradeId: String(++id), px: "1" });
    return run.service.view().stats.rejected > 20;
  });
  push(okx, "tickers", { instId: "BTC-USDT", last: "5" });
  await waitFor("the row", async () => await admin.redis.hget(`okex/test/${TICKERS}`, "last") === "5");
  const { stats: { dropped, retries }, outage } = run.service.view();
  assert.deepEqual({ dropped, retries, outage }, { dropped: 0, retries: 0, outage: "" });
});

/** On the connection of that moment: on a busy machine the first one may have been given up. */
function push(okx: FakeOkx, channel: string, row: Record<string, string>): void {
  okx.current()?.push({ channel, instId: row.instId as string }, [{ ts: String(Date.now()), ...row }]);
}

function toRow(fields: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    fields.flatMap((name, i) => i % 2 === 0 ? [[name, fields[i + 1] as string]] : []),
  );
}

async function tradeIds(redis: Awaited<ReturnType<typeof openRedis>>["redis"]): Promise<number[]> {
  const entries = await redis.xrange(`okex/test/${TRADES}`, "-", "+");
  return entries.map(([, fields]) => Number(toRow(fields).tradeId));
}
