/** Private channels through the running service: what is open in Redis is what is open at the exchange. */
import assert from "node:assert/strict";
import { type Mock, startMock } from "../support/mock.ts";
import { type Running, startService } from "../support/service.ts";
import { waitFor } from "../support/wait.ts";

const DEMO = { name: "test", apiKey: "demo-key", secret: "demo-secret", password: "demo-pass" };

type Subject = { readonly channel: string; readonly path: string };

/** The ids that Redis holds as open are those of the exchange, and each has its row. */
async function assertOpen(running: Running, mock: Mock, { channel, path }: Subject): Promise<void> {
  await waitFor(`${path} to be equal`, async () => {
    const open = (await running.redis.smembers(`okex/test/${path}/open`)).sort();
    assert.deepEqual(open, mock.openIds(channel).sort());
    for (const id of open) {
      const row = await running.redis.hgetall(`okex/test/${channel}:${id}`);
      assert.ok(Object.keys(row).length > 0, `${channel}:${id} has a row`);
    }
    return true;
  });
}

Deno.test("a paged snapshot makes the positions, and a closed or expired one leaves them", async () => {
  await using mock = await startMock({ snapshotMs: 300, faults: "trade=off" });
  await using running = await startService({
    endpoint: mock.url,
    servers: [DEMO],
    channels: ["positions:ANY"],
  });
  const subject = { channel: "positions", path: "positions:ANY" };
  await waitFor("positions", async () => (await running.redis.scard("okex/test/positions:ANY/open")) > 3);
  await assertOpen(running, mock, subject);
  mock.command("trade close-position");
  await assertOpen(running, mock, subject);
  mock.command("trade open-position");
  await assertOpen(running, mock, subject);
  const before = await running.redis.smembers("okex/test/positions:ANY/open");
  mock.command("trade expire-position");
  // Nothing says that an option expired: it is missing from the next complete snapshot.
  await waitFor(
    "the expired one to go",
    async () => (await running.redis.scard("okex/test/positions:ANY/open")) < before.length,
  );
  await assertOpen(running, mock, subject);
  const rows = await running.client.get("test", "positions:ANY");
  assert.ok(Array.isArray(rows) && rows.length === mock.openIds("positions").length);
});

Deno.test("balances: one row for the account, one for each currency, and a zeroed one goes with its row", async () => {
  await using mock = await startMock({ snapshotMs: 300, faults: "trade=off" });
  await using running = await startService({ endpoint: mock.url, servers: [DEMO], channels: ["account"] });
  const subject = { channel: "account", path: "account" };
  await waitFor("balances", async () => (await running.redis.scard("okex/test/account/open")) > 4);
  await assertOpen(running, mock, subject);
  assert.match((await running.redis.hget("okex/test/account", "totalEq")) ?? "", /^[\d.]+$/);
  assert.equal(await running.redis.hexists("okex/test/account", "details"), 0);
  const before = await running.redis.smembers("okex/test/account/open");
  mock.command("trade zero-balance");
  await waitFor(
    "a currency to go",
    async () => (await running.redis.scard("okex/test/account/open")) < before.length,
  );
  await assertOpen(running, mock, subject);
  const held = new Set(await running.redis.smembers("okex/test/account/open"));
  for (const ccy of before.filter((each) => !held.has(each))) {
    assert.equal(await running.redis.exists(`okex/test/account:${ccy}`), 0, `${ccy} is gone`);
  }
});

Deno.test("orders: a row each, open until it is over, then in the index of the newest that are over", async () => {
  await using mock = await startMock({ faults: "trade=off" });
  await using running = await startService({
    endpoint: mock.url,
    servers: [DEMO],
    channels: ["orders:ANY", "spot/order:BTC-USDT"],
    settings: { MAX_ROW: 5 },
  });
  await waitFor("live", async () => (await running.sub("orders:ANY"))?.state === "live");
  mock.command("trade cancel-all");
  for (let i = 0; i < 6; i++) mock.command("trade place");
  mock.command("trade part-fill");
  await assertOpen(running, mock, { channel: "orders", path: "orders:ANY" });
  for (let i = 0; i < 12; i++) {
    mock.command("trade place");
    mock.command(i % 2 === 0 ? "trade fill" : "trade cancel");
  }
  mock.command("trade repeat");
  await assertOpen(running, mock, { channel: "orders", path: "orders:ANY" });
  await waitFor("the index to be trimmed", async () => (await running.redis.zcard("okex/test/orders")) === 5);
  for (const id of await running.redis.zrange("okex/test/orders", "0", "-1")) {
    const { state = "" } = await running.redis.hgetall(`okex/test/orders:${id}`);
    assert.ok(["filled", "canceled", "mmp_canceled"].includes(state), `${id} is ${state}`);
  }
});

Deno.test("fills, algo orders and the other private channels land where the layout says", async () => {
  await using mock = await startMock({ faults: "trade=off" });
  await using running = await startService({
    endpoint: mock.url,
    servers: [DEMO],
    channels: [
      "fills",
      "orders-algo:ANY",
      "algo-advance:ANY",
      "balance_and_position",
      "account-greeks",
      "deposit-info",
    ],
  });
  for (const path of ["fills", "orders-algo:ANY", "balance_and_position", "deposit-info"]) {
    await waitFor(path, async () => (await running.sub(path))?.state === "live");
  }
  for (const move of ["place", "fill", "algo", "deposit", "place", "fill", "trigger"]) {
    mock.command(`trade ${move}`);
  }
  await waitFor("fills", async () => (await running.redis.xlen("okex/test/fills")) > 0);
  await assertOpen(running, mock, { channel: "orders-algo", path: "orders-algo:ANY" });
  await waitFor("a deposit", async () => (await running.client.get("test", "deposit-info")) !== undefined);
  await waitFor(
    "balances",
    async () => (await running.redis.scard("okex/test/balance_and_position/open")) > 0,
  );
});

Deno.test("legacy account paths have their v3 shape over v5", async () => {
  await using mock = await startMock({ faults: "trade=off", snapshotMs: 300 });
  const channels = [
    ...["spot/account:USDT", "futures/account:BTC", "swap/account:BTC-USDT-SWAP", "spot/order:BTC-USDT"],
    ...["swap/position:BTC-USDT-SWAP", "spot/order_algo:BTC-USDT"],
  ];
  await using running = await startService({ endpoint: mock.url, servers: [DEMO], channels });
  const read = (path: string) => running.redis.hgetall(`okex/test/${path}`);
  const spot = await waitFor("spot/account", async () => {
    const row = await read("spot/account:USDT");
    return row.currency === "USDT" ? row : undefined;
  });
  assert.deepEqual(Object.keys(spot).sort(), ["available", "balance", "currency", "hold", "id", "timestamp"]);
  assert.match(spot.timestamp ?? "", /^\d{4}-.*Z$/);
  await waitFor("futures/account", async () => (await read("futures/account:BTC")).equity !== undefined);
  await waitFor(
    "swap/account",
    async () => (await read("swap/account:BTC-USDT-SWAP")).total_avail_balance !== undefined,
  );
  for (let i = 0; i < 40; i++) mock.command("trade place");
  const id = await waitFor(
    "a spot order",
    async () => (await running.redis.zrange("okex/test/spot/order", "0", "0"))[0],
  );
  const order = await read(`spot/order/${id}`);
  assert.equal(order.order_id, id);
  assert.ok(["0", "1", "2", "-1"].includes(order.state ?? ""), order.state);
  assert.equal(order.instrument_id, "BTC-USDT");
});

Deno.test("a wrong secret is refused as such, leaves public data alone and is not tried again at once", async () => {
  await using mock = await startMock();
  await using running = await startService({
    endpoint: mock.url,
    servers: [{ ...DEMO, secret: "planted-secret" }],
    channels: ["account", "tickers:BTC-USDT"],
  });
  const record = await waitFor("the refusal", async () => {
    const found = await running.sub("account");
    return found?.state === "refused" ? found : undefined;
  });
  assert.equal(record.error?.code, "60007");
  await waitFor("public data", async () => (await running.sub("tickers:BTC-USDT"))?.state === "live");
  const dials = running.service.view().stats.dials;
  await waitFor("more public data", async () => ((await running.sub("tickers:BTC-USDT"))?.rows ?? 0) > 5);
  assert.equal(running.service.view().stats.dials, dials, "no further dial");
  const keys = await running.redis.keys("*");
  for (const key of keys) assert.ok(!key.includes("planted"));
  assert.ok(!JSON.stringify(await running.client.status()).includes("planted"));
});

Deno.test("two subscriptions of one channel, one of them narrower, each get their own rows", async () => {
  await using mock = await startMock({ faults: "trade=off", snapshotMs: 300 });
  const channels = ["account", "spot/account:USDT", "positions:ANY"];
  await using running = await startService({ endpoint: mock.url, servers: [DEMO], channels });
  await waitFor("the wide one", async () => (await running.redis.scard("okex/test/account/open")) > 4);
  await waitFor(
    "the narrow one",
    async () => (await running.redis.hget("okex/test/spot/account:USDT", "currency")) === "USDT",
  );
  await assertOpen(running, mock, { channel: "account", path: "account" });
});
