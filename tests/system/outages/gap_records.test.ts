/** What series missed during an outage is fetched and recorded; nothing is doubled and nothing waits for it. */
import assert from "node:assert/strict";
import { startMock } from "../../support/mock.ts";
import { startProxy } from "../../support/proxy.ts";
import { type Running, startService } from "../../support/service.ts";
import { waitFor } from "../../support/wait.ts";

type Entry = Record<string, string>;

async function stream(running: Running, key: string): Promise<Entry[]> {
  const entries = await running.redis.xrange(key, "-", "+");
  return entries.map(([, flat]) => {
    const row: Entry = {};
    for (let i = 0; i < flat.length; i += 2) row[flat[i] as string] = flat[i + 1] as string;
    return row;
  });
}

/** Cuts the way to the exchange until the market has gone on for a while. */
async function outage(
  proxy: ReturnType<typeof startProxy>,
  running: Running,
  lasts: () => Promise<boolean>,
): Promise<void> {
  proxy.cut();
  await waitFor("the outage to be noticed", () => running.service.view().stats.disconnects > 0);
  await waitFor("the market to go on", lasts);
  proxy.restore();
}

Deno.test("trades missed in an outage are fetched: every id once, and the gap is recorded", async () => {
  await using mock = await startMock({ rate: 40 });
  await using proxy = startProxy(mock.port);
  const path = "trades-all:BTC-USDT";
  await using running = await startService({
    endpoint: `ws://127.0.0.1:${proxy.port}`,
    channels: [path],
    settings: { MAX_ROW: 5000 },
  });
  await waitFor("some trades", async () => ((await running.sub(path))?.rows ?? 0) > 20);
  const before = Date.now();
  await outage(proxy, running, () => Promise.resolve(Date.now() - before > 1500));
  const [gap] = await waitFor("a record", async () => {
    const records = await stream(running, "okex/test/gaps");
    return records.length > 0 ? records : undefined;
  });
  assert.equal(gap?.path, path);
  assert.equal(gap?.outcome, "filled");
  assert.ok(Number(gap?.rows) > 5, `${gap?.rows} rows fetched`);
  assert.ok(Number(gap?.to) > Number(gap?.from));
  await waitFor("live rows again", async () => (await running.sub(path))?.state === "live");
  const ids = (await stream(running, `okex/test/${path}`)).map((row) => Number(row.tradeId)).sort((a, b) =>
    a - b
  );
  assert.equal(new Set(ids).size, ids.length, "no trade twice");
  const first = ids[0] as number;
  assert.deepEqual(ids, ids.map((_, i) => first + i), "no trade missing");
});

Deno.test("candles missed in an outage are put in place and announced as final once each", async () => {
  await using mock = await startMock({ rate: 20 });
  await using proxy = startProxy(mock.port);
  const path = "candle1s:BTC-USDT";
  await using running = await startService({ endpoint: `ws://127.0.0.1:${proxy.port}`, channels: [path] });
  const finals: string[] = [];
  const listener = running.redis.duplicate();
  listener.on("message", (_channel: string, message: string) => finals.push(JSON.parse(message).timestamp));
  await listener.subscribe(`okex/test/${path}`);
  await waitFor("a final candle", () => finals.length > 0);
  const before = Date.now();
  await outage(proxy, running, () => Promise.resolve(Date.now() - before > 3200));
  await waitFor("the record", async () => (await running.redis.xlen("okex/test/gaps")) > 0);
  const count = finals.length;
  await waitFor("live candles again", () => finals.length > count);
  listener.disconnect();
  const [gap] = await stream(running, "okex/test/gaps");
  assert.equal(gap?.outcome, "filled");
  assert.ok(Number(gap?.rows) >= 2, `${gap?.rows} rows fetched`);
  const members = (await running.redis.zrange(`okex/test/${path}`, "0", "-1")).map(Number);
  const first = members[0] as number;
  assert.deepEqual(members, members.map((_, i) => first + i * 1000), "no candle missing");
  assert.equal(new Set(finals).size, finals.length, "each announced once");
  for (const member of members.slice(1, -2)) {
    assert.ok(finals.includes(String(member)), `${member} announced as final`);
    assert.equal(await running.redis.hget(`okex/test/${path}/${member}`, "confirm"), "1");
  }
});

Deno.test("a gap that the exchange cannot fill is recorded as such and delays nothing", async () => {
  await using mock = await startMock({ rate: 20 });
  await using proxy = startProxy(mock.port);
  const channels = ["liquidation-orders:SWAP", "tickers:BTC-USDT"];
  await using running = await startService({ endpoint: `ws://127.0.0.1:${proxy.port}`, channels });
  await waitFor("both live", async () =>
    (await running.sub("liquidation-orders:SWAP"))?.state === "live" &&
    (await running.sub("tickers:BTC-USDT"))?.state === "live");
  proxy.cut();
  await waitFor("the outage to be noticed", () => running.service.view().stats.disconnects > 0);
  proxy.restore();
  const [gap] = await waitFor("a record", async () => {
    const records = await stream(running, "okex/test/gaps");
    return records.length > 0 ? records : undefined;
  });
  assert.deepEqual([gap?.path, gap?.outcome, gap?.rows], ["liquidation-orders:SWAP", "not", "0"]);
});

Deno.test("a candle series that was lost before its first bar was final is filled from that bar on", async () => {
  await using mock = await startMock({ rate: 20 });
  await using proxy = startProxy(mock.port);
  const path = "candle1s:ETH-USDT";
  await using running = await startService({ endpoint: `ws://127.0.0.1:${proxy.port}` });
  await running.client.subscribe("test", path);
  await waitFor("a first bar", async () => (await running.redis.zcard(`okex/test/${path}`)) > 0);
  const [first] = await running.redis.zrange(`okex/test/${path}`, "0", "0");
  const before = Date.now();
  await outage(proxy, running, () => Promise.resolve(Date.now() - before > 2200));
  const [gap] = await waitFor("a record", async () => {
    const records = await stream(running, "okex/test/gaps");
    return records.length > 0 ? records : undefined;
  });
  assert.equal(gap?.outcome, "filled");
  await waitFor(
    "the first bar to be final",
    async () => (await running.redis.hget(`okex/test/${path}/${first}`, "confirm")) === "1",
  );
});
