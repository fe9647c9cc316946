/** What the service asks of REST, against a stand-in that refuses whatever the exchange refuses. */
import assert from "node:assert/strict";
import { startMock } from "../../support/mock.ts";
import { startService } from "../../support/service.ts";
import { waitFor } from "../../support/wait.ts";

const LOGIN = { name: "test", apiKey: "demo-key", secret: "demo-secret", password: "demo-pass" };
const SPREAD = "BTC-USDT_BTC-USDT-SWAP";

/** One of each kind that asks REST for something; more would only wait longer for its pace. */
const PATHS: readonly string[] = [
  ...["trades:BTC-USDT", "spot/trade:ETH-USDT", `sprd-public-trades:${SPREAD}`],
  ...["candle1s:BTC-USDT", "candle1m:BTC-USDT", "candle5D:BTC-USDT", "candle3Mutc:ETH-USDT-SWAP"],
  ...["index-candle1m:BTC-USD", "index-candle2D:BTC-USD", "index-candle3M:BTC-USD"],
  ...["mark-price-candle1m:BTC-USDT-SWAP", "mark-price-candle3Dutc:BTC-USDT-SWAP"],
  ...[`sprd-candle1m:${SPREAD}`, `sprd-candle5Dutc:${SPREAD}`],
  ...["instruments:MARGIN", "instruments:OPTION", "instruments:EVENTS"],
  ...["orders:ANY", "algo-advance:SWAP", "sprd-orders", "grid-orders-contract:ANY"],
  ...["rfqs", "withdrawal-info", "spot/order:BTC-USDT", "positions:ANY", "books-rpi:BTC-USDT"],
];

Deno.test("nothing that is asked for at the start and after an outage is refused", async () => {
  await using mock = await startMock({ rate: 20 });
  mock.command("trade begin");
  await using run = await startService({ endpoint: mock.url, servers: [LOGIN], channels: PATHS });
  // As the service itself knows it: what Redis says may be that of before the outage.
  const waiting = () =>
    (run.service.view().servers[0]?.subscriptions ?? [])
      .filter(({ state }) => state !== "live" && state !== "refused");
  const isSettled = () => run.service.view().servers.length > 0 && waiting().length === 0;
  await waitFor("every path", isSettled);
  mock.command("trade end");
  mock.command("drop");
  await waitFor("the outage", () => run.service.view().stats.disconnects > 0);
  await waitFor("every path again", isSettled);
  assert.deepEqual(mock.refused(), []);
});

Deno.test("demo trading is asked as such, by public and by signed calls", async () => {
  await using mock = await startMock({ rate: 20, demo: true });
  mock.command("trade off");
  const order = mock.command("trade place").split(": ")[1] ?? "";
  const paths = ["orders:ANY", "instruments:SPOT", "tickers:BTC-USDT"];
  await using run = await startService({
    endpoint: `${mock.url}?brokerId=9999`,
    servers: [LOGIN],
    channels: paths,
  });
  for (const path of paths) {
    await waitFor(path, async () => (await run.sub(path))?.state === "live");
  }
  // Production would refuse the key, and has no such order.
  await waitFor("the order", async () => await run.redis.sismember("okex/test/orders:ANY/open", order) === 1);
  assert.deepEqual(mock.refused(), []);
});
