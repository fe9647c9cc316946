/** Rows and messages in unusual forms, through the running service. */
import assert from "node:assert/strict";
import { type FakeOkx, startFakeOkx } from "../support/fake_okx.ts";
import { type Running, startService } from "../support/service.ts";
import { waitFor } from "../support/wait.ts";

const TS = "1795786000000";

async function isLive(running: Running, ...paths: string[]): Promise<void> {
  for (const path of paths) await waitFor(path, async () => (await running.sub(path))?.state === "live");
}

function send(okx: FakeOkx, text: string): void {
  okx.current("public")?.send(text);
}

Deno.test("a message counts for its own path, in whatever order its members come", async () => {
  await using okx = startFakeOkx();
  await using running = await startService({
    endpoint: okx.url,
    channels: ["tickers:A-USDT", "tickers:B-USDT"],
  });
  await isLive(running, "tickers:A-USDT", "tickers:B-USDT");
  const last = async (id: string) => await running.redis.hget(`okex/test/tickers:${id}`, "last");
  for (const [i, id] of ["A-USDT", "B-USDT", "A-USDT", "B-USDT"].entries()) {
    const data = [{ instId: id, last: String(i), ts: TS }];
    send(okx, JSON.stringify({ data, arg: { channel: "tickers", instId: id } }, null, i % 2));
    await waitFor(`${id} ${i}`, async () => await last(id) === String(i));
  }
  for (const path of ["tickers:A-USDT", "tickers:B-USDT"]) {
    await waitFor(`the count of ${path}`, async () => (await running.sub(path))?.rows === 2);
  }
});

Deno.test("numbers of a row stand in Redis as the exchange wrote them", async () => {
  await using okx = startFakeOkx();
  await using running = await startService({ endpoint: okx.url, channels: ["tickers:A-USDT"] });
  await isLive(running, "tickers:A-USDT");
  const row = `{"instId":"A-USDT","last":1.10,"lastSz":12345678901234567890,"deep":{"a":1e-8},"ts":"${TS}"}`;
  send(okx, `{"data":[${row}],"arg":{"channel":"tickers","instId":"A-USDT"}}`);
  await waitFor("the row", async () => await running.redis.exists("okex/test/tickers:A-USDT") === 1);
  const { last, lastSz, deep } = await running.redis.hgetall("okex/test/tickers:A-USDT");
  assert.deepEqual([last, lastSz, deep], ["1.10", "12345678901234567890", '{"a":1e-8}']);
});

Deno.test("a row of another instrument is counted, is no news of its subscription, and spoils no other", async () => {
  await using okx = startFakeOkx();
  const channels = ["tickers:A-USDT", "tickers:B-USDT", "books5:A-USDT", "trades:A-USDT"];
  await using running = await startService({ endpoint: okx.url, channels });
  await isLive(running, "tickers:A-USDT", "tickers:B-USDT", "trades:A-USDT");
  const push = (channel: string, row: Readonly<Record<string, unknown>>) =>
    okx.current("public")?.push({ channel, instId: "A-USDT" }, [{ ts: TS, ...row }]);
  push("tickers", { instId: "B-USDT", last: "1" });
  push("tickers", { instId: "C-USDT", last: "2" });
  push("books5", { instId: "B-USDT", bids: [["1", "1"]], asks: [] });
  push("trades", { instId: "B-USDT", tradeId: "1", px: "1", sz: "1" });
  okx.current("public")?.push({ channel: "tickers", instId: "B-USDT" }, [{
    instId: "B-USDT",
    last: "9",
    ts: TS,
  }]);
  await waitFor("the last", async () => (await running.sub("tickers:B-USDT"))?.rows === 1);
  const { redis } = running;
  assert.equal(running.service.view().stats.unexpected, 4);
  for (const path of ["tickers:A-USDT", "books5:A-USDT", "trades:A-USDT"]) {
    const { rows, receivedAt } = await running.sub(path) ?? {};
    assert.deepEqual([path, rows, receivedAt], [path, 0, 0]);
    assert.equal(await redis.exists(`okex/test/${path}`), 0, path);
  }
  assert.equal(await redis.hget("okex/test/tickers:B-USDT", "last"), "9");
  assert.equal(await redis.hget("okex/test/tickers:C-USDT", "last"), "2", "it is filed under what it is");
});

Deno.test("a time that is missing or a number is counted, and a candle keeps the number's text", async () => {
  await using okx = startFakeOkx();
  await using running = await startService({
    endpoint: okx.url,
    channels: ["tickers:A-USDT", "candle1m:A-USDT"],
  });
  await isLive(running, "tickers:A-USDT", "candle1m:A-USDT");
  const ticker = { channel: "tickers", instId: "A-USDT" };
  const candle = { channel: "candle1m", instId: "A-USDT" };
  const cells = ["1", "1", "1", "1", "1", "1", "1", "0"];
  okx.current("public")?.push(ticker, [{ instId: "A-USDT", last: "1" }]);
  okx.current("public")?.push(ticker, [{ instId: "A-USDT", last: "2", ts: Number(TS) }]);
  okx.current("business")?.push(candle, [[null, ...cells], [Number(TS), ...cells]]);
  await waitFor(
    "the candle",
    async () => await running.redis.exists(`okex/test/candle1m:A-USDT/${TS}`) === 1,
  );
  await waitFor(
    "the ticker",
    async () => await running.redis.hget("okex/test/tickers:A-USDT", "last") === "2",
  );
  const { undated, unreadable } = running.service.view().stats;
  assert.deepEqual([undated, unreadable], [3, 1]);
  const record = await waitFor("the record", async () => {
    const found = await running.sub("tickers:A-USDT");
    return found?.rows === 2 ? found : undefined;
  });
  assert.equal(record.exchangeAt, Number(TS));
});

Deno.test("a small book whose newest push cannot be read is syncing until the next one", async () => {
  await using okx = startFakeOkx();
  const channels = ["books5:A-USDT", "bbo-tbt:A-USDT", "spot/depth5:A-USDT"];
  await using running = await startService({ endpoint: okx.url, channels });
  for (const path of channels) {
    await waitFor(`${path} to be accepted`, async () => (await running.sub(path))?.state === "syncing");
  }
  const good = { asks: [["2", "1", "0", "1"]], bids: [["1", "1", "0", "1"]], ts: TS };
  const push = (...rows: unknown[]) => {
    for (const channel of ["books5", "bbo-tbt"]) {
      okx.current("public")?.push({ channel, instId: "A-USDT" }, rows);
    }
  };
  const areNow = async (state: string) => {
    for (const path of channels) {
      await waitFor(
        `${path} ${state}`,
        async () => await running.redis.hget(`okex/test/${path}`, "state") === state,
      );
    }
  };
  push(good);
  await areNow("live");
  const counted = async () => (await running.sub("books5:A-USDT"))?.rows;
  // The record follows the rows once a second.
  await waitFor("the first row to be counted", async () => await counted() === 1);
  for (const bad of [{ ...good, asks: "x" }, { ts: TS, asks: [] }, { ...good, bids: [["x", "1"]] }, null]) {
    push(good, bad);
    await areNow("syncing");
    assert.equal(await running.redis.hget("okex/test/books5:A-USDT", "asks"), JSON.stringify(good.asks));
    push(bad, good);
    await areNow("live");
  }
  assert.equal(running.service.view().stats.unreadable, 16);
  await waitFor("one row more for each that could be read", async () => await counted() === 5);
});

Deno.test("a push without rows makes nothing fresh", async () => {
  await using okx = startFakeOkx();
  await using running = await startService({
    endpoint: okx.url,
    channels: ["tickers:A-USDT", "tickers:B-USDT"],
  });
  await isLive(running, "tickers:A-USDT", "tickers:B-USDT");
  for (const data of [[], ["x"], [null], [7]]) {
    send(okx, JSON.stringify({ arg: { channel: "tickers", instId: "A-USDT" }, data }));
  }
  okx.current("public")?.push({ channel: "tickers", instId: "B-USDT" }, [{
    ...{ instId: "B-USDT", last: "1", ts: TS },
  }]);
  await waitFor("the other", async () => (await running.sub("tickers:B-USDT"))?.rows === 1);
  const sub = await running.sub("tickers:A-USDT");
  assert.deepEqual([sub?.rows, sub?.receivedAt], [0, 0]);
  assert.equal(running.service.view().stats.unreadable, 3);
});

Deno.test("what is newly desired gets another connection when the hourly requests are down to the reserve", async () => {
  await using okx = startFakeOkx();
  await using running = await startService({
    endpoint: okx.url,
    channels: ["tickers:A-USDT"],
    timing: { requestsPerHour: 5 },
  });
  await isLive(running, "tickers:A-USDT");
  for (let i = 0; i < 6; i++) await running.client.subscribe("test", `tickers:N${i}-USDT`);
  const connections = new Set<string>();
  for (let i = 0; i < 6; i++) connections.add((await running.sub(`tickers:N${i}-USDT`))?.connection ?? "");
  assert.deepEqual([...connections].sort(), ["public", "public#2"]);
  for (const { requests } of okx.at("public")) {
    assert.ok(requests.filter(({ op }) => op === "subscribe").length <= 4, "one is kept for mending");
  }
});
