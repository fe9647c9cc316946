/** A service that stands by and takes over: what Redis lacks is written once, what it has is not written again. */
import assert from "node:assert/strict";
import type { Redis } from "ioredis";
import { type FakeConnection, startFakeOkx } from "../support/fake_okx.ts";
import { run } from "../../src/cli/mod.ts";
import { testIo } from "../support/io.ts";
import { freePort } from "../support/free_port.ts";
import { redisTest, startRedis } from "../support/redis_server.ts";
import { type Running, startService, startSubscriber } from "../support/service.ts";
import { waitFor } from "../support/wait.ts";

const TRADES = { channel: "trades", instId: "A-USDT" };
const TICKERS = { channel: "tickers", instId: "A-USDT" };
const LIQUIDATIONS = { channel: "liquidation-orders", instType: "SWAP" };
const BOOKS = { channel: "books", instId: "A-USDT" };
const CHANNELS = ["trades:A-USDT", "tickers:A-USDT", "liquidation-orders:SWAP", "books:A-USDT"];
const TS = 1_795_363_200_000;

function trade(id: number): Record<string, string> {
  const when = String(TS + id);
  return { instId: "A-USDT", tradeId: String(id), px: "1", sz: "1", side: "buy", ts: when, count: "1" };
}

function liquidation(n: number): Record<string, unknown> {
  const details = [{ side: "buy", sz: String(n), bkPx: "1", ts: String(TS + n) }];
  return { instType: "SWAP", instId: "A-USDT-SWAP", details };
}

async function membersOf(redis: Redis, path: string, name: string): Promise<string[]> {
  return (await redis.xrange(`okex/test/${path}`, "-", "+")).map(([, cells]) =>
    cells[cells.indexOf(name) + 1] ?? ""
  );
}

function isLive({ service }: Running): boolean {
  const paths = service.view().servers.flatMap(({ subscriptions }) => subscriptions);
  return paths.length === CHANNELS.length && paths.every(({ state }) => state === "live");
}

redisTest(
  "what a service has buffered while it stood by is written where Redis lacks it, and once",
  async () => {
    await using server = await startRedis();
    await using okx = startFakeOkx();
    // What is buffered stays for four times as long.
    const settings = { LEASE_MS: 60_000 };
    const common = { endpoint: okx.url, redisUrl: server.url, channels: CHANNELS, settings };
    await using events = await startSubscriber(server.url, "okex/test/event");
    const snapshot = { asks: [["2", "1", "0", "1"]], bids: [["1", "1", "0", "1"]], ts: String(TS) };
    const toBooks = (connection: FakeConnection, seqId: number, prevSeqId: number, more: object = {}) =>
      connection.push(BOOKS, [{ ...snapshot, ...more, seqId, prevSeqId }], {
        action: prevSeqId === -1 ? "snapshot" : "update",
      });
    await using one = await startService(common);
    await waitFor("a connection", () => okx.current() !== undefined);
    const first = okx.current() as FakeConnection;
    await waitFor("the books to be asked for", () => first.asked("subscribe").length === CHANNELS.length);
    toBooks(first, 10, -1);
    await waitFor("one to be live", () => isLive(one));
    await using two = await startService({ ...common, settings: { ...settings, STANDBY: true } });
    await waitFor("another connection", () => okx.at("public").length === 2);
    const second = okx.at("public")[1] as FakeConnection;
    await waitFor("the books to be asked for", () => second.asked("subscribe").length === CHANNELS.length);
    toBooks(second, 10, -1);
    await waitFor("two to be live", () => isLive(two));
    assert.equal(two.service.view().lease?.role, "standby");
    for (const connection of [first, second]) {
      for (let id = 1; id <= 250; id++) connection.push(TRADES, [trade(id)]);
      for (let n = 1; n <= 3; n++) connection.push(LIQUIDATIONS, [liquidation(n)]);
      connection.push(TICKERS, [{ instId: "A-USDT", last: "1", ts: String(TS + 1) }]);
      toBooks(connection, 11, 10, { bids: [["1", "5", "0", "1"]], asks: [] });
    }
    await waitFor("what both have", async () => await one.redis.xlen("okex/test/trades:A-USDT") === 250);
    await waitFor("the others", async () => await one.redis.xlen("okex/test/liquidation-orders:SWAP") === 3);
    // The first one is as good as dead for the exchange.
    for (let id = 251; id <= 255; id++) second.push(TRADES, [trade(id)]);
    second.push(LIQUIDATIONS, [liquidation(4)]);
    second.push(TICKERS, [{ instId: "A-USDT", last: "2", ts: String(TS + 2) }]);
    toBooks(second, 12, 11, { bids: [], asks: [["2", "7", "0", "1"]] });
    second.push(TICKERS, [{ instId: "A-USDT", last: "3", ts: String(TS + 3) }]);
    await waitFor("the last of them", () => {
      const { subscriptions = [] } = two.service.view().servers[0] ?? {};
      return subscriptions.find(({ path }) => path === "tickers:A-USDT")?.rows === 3;
    });
    const written = await one.redis.xlen("okex/test/trades:A-USDT");
    assert.equal(written, 250);
    await one.service.stop();
    const { redis } = two;
    await waitFor("the trades", async () => await redis.xlen("okex/test/trades:A-USDT") >= 255);
    await waitFor("the ticker", async () => await redis.hget("okex/test/tickers:A-USDT", "last") === "3");
    await waitFor("the book", async () => await redis.hget("okex/test/books:A-USDT", "seqId") === "12");
    await waitFor("the record", async () => (await two.sub("trades:A-USDT"))?.state === "live");
    second.push(TRADES, [trade(256)]);
    await waitFor("what comes next", async () => await redis.xlen("okex/test/trades:A-USDT") >= 256);
    const ids = await membersOf(redis, "trades:A-USDT", "tradeId");
    assert.deepEqual(ids, Array.from({ length: 256 }, (_, i) => String(i + 1)));
    assert.equal((await membersOf(redis, "liquidation-orders:SWAP", "instId")).length, 4);
    const book = await redis.hgetall("okex/test/books:A-USDT/bids");
    assert.equal(book["1"], "5 1");
    assert.equal((await redis.hgetall("okex/test/books:A-USDT/asks"))["2"], "7 1");
    // Nothing is missing, and nobody had to be asked.
    assert.deepEqual(await redis.xrange("okex/test/gaps", "-", "+"), []);
    await waitFor("no open gap", async () => await redis.exists("okex/test/gaps/open") === 0);
    assert.equal(okx.at("public").length, 2, "nothing was connected again");
    assert.ok(events.messages.some(({ message }) => message === '{"op":"TAKEOVER","epoch":2}'));
    assert.equal((await two.sub("trades:A-USDT"))?.epoch, 2);
  },
);

redisTest("ids of entries go on behind those of a machine whose clock is ahead", async () => {
  await using server = await startRedis();
  await using okx = startFakeOkx();
  const common = { endpoint: okx.url, redisUrl: server.url, channels: ["trades:A-USDT"] };
  {
    await using one = await startService(common);
    await waitFor("live", async () => (await one.sub("trades:A-USDT"))?.state === "live");
    const ahead = `${Date.now() + 60_000}-5`;
    await one.redis.xadd("okex/test/trades:A-USDT", ahead, ...Object.entries(trade(1)).flat());
  }
  await using two = await startService(common);
  await waitFor("live", async () => (await two.sub("trades:A-USDT"))?.state === "live");
  okx.current()?.push(TRADES, [trade(2)]);
  await waitFor("the next one", async () => await two.redis.xlen("okex/test/trades:A-USDT") === 2);
});

redisTest("who stands by is shown by the one that writes, and by itself", async () => {
  await using server = await startRedis();
  await using okx = startFakeOkx();
  const common = { endpoint: okx.url, redisUrl: server.url, channels: ["tickers:A-USDT"] };
  await using one = await startService(common);
  const port = freePort();
  const settings = { STANDBY: "cold", HTTP: `127.0.0.1:${port}` };
  await using two = await startService({ ...common, settings });
  await waitFor("the one that stands by", () => one.service.view().standbys.length === 1);
  const [standby] = one.service.view().standbys;
  assert.deepEqual([standby?.mode, standby?.pid, standby?.ready], ["cold", Deno.pid, true]);
  const printed: string[] = [];
  const io = testIo({ print: (line) => void printed.push(line) });
  assert.equal(await run(["status", "--json", "--redis", server.url, "--timeout", "600000"], io), 0);
  const [shown] = JSON.parse(printed.join("")) as {
    lease: object;
    standbys: { mode: string; url: string }[];
  }[];
  assert.deepEqual(shown?.standbys.map(({ mode, url }) => [mode, url]), [[
    "cold",
    `http://127.0.0.1:${port}`,
  ]]);
  assert.equal((shown?.lease as { role?: string }).role, "active");
  const ask = async (query: string) => {
    const response = await fetch(`http://127.0.0.1:${port}/readyz${query}`);
    return [response.status, await response.text()];
  };
  assert.deepEqual(await ask(""), [200, "standby\n"]);
  assert.deepEqual(await ask("?role=active"), [503, "standby\n"]);
  const metrics = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
  assert.match(metrics, /^okws_standby 1$/m);
  assert.match(metrics, /^okws_active 0$/m);
  // Cold: nothing is connected yet.
  assert.equal(okx.connections.length, 1);
  await two[Symbol.asyncDispose]();
  await waitFor("nobody", () => one.service.view().standbys.length === 0);
});
