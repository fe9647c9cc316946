/** Orders that end while nobody receives it do not stay open here. */
import assert from "node:assert/strict";
import { startMock } from "../support/mock.ts";
import { startProxy } from "../support/proxy.ts";
import { redisTest, startRedis } from "../support/redis_server.ts";
import { type Running, startService } from "../support/service.ts";
import { waitFor } from "../support/wait.ts";

const LOGIN = { name: "test", apiKey: "demo-key", secret: "demo-secret", password: "demo-pass" };
const OPEN = "okex/test/orders:ANY/open";

async function isEqualToExchange(run: Running, ids: readonly string[]): Promise<boolean> {
  const open = await run.redis.smembers(OPEN);
  return open.toSorted().join() === ids.toSorted().join();
}

Deno.test("after an outage what is open is what the exchange has open, and the last state of the rest is there", async () => {
  await using mock = await startMock({ rate: 5 });
  await using proxy = startProxy(mock.port);
  await using run = await startService({
    endpoint: `ws://127.0.0.1:${proxy.port}`,
    servers: [LOGIN],
    channels: ["orders:ANY"],
  });
  await waitFor("live", async () => (await run.sub("orders:ANY"))?.state === "live");
  mock.command("trade place");
  const before = await waitFor("an order", async () => {
    const ids = mock.openIds("orders");
    return ids.length > 0 && await isEqualToExchange(run, ids) ? ids : undefined;
  });
  proxy.cut();
  await waitFor("the outage to be noticed", () => run.service.view().stats.disconnects > 0);
  mock.command("trade cancel");
  const ended = await waitFor(
    "an order to end",
    () => before.find((id) => !mock.openIds("orders").includes(id)),
  );
  mock.command("trade place");
  proxy.restore();
  await waitFor("the same as the exchange", () => isEqualToExchange(run, mock.openIds("orders")));
  assert.equal(await run.redis.hget(`okex/test/orders:${ended}`, "state"), "canceled");
});

redisTest("a service that starts knows what was open before it, and forgets what is no longer", async () => {
  await using server = await startRedis();
  await using mock = await startMock({ rate: 5 });
  const options = { endpoint: mock.url, redisUrl: server.url, servers: [LOGIN], channels: ["orders:ANY"] };
  mock.command("trade place");
  await waitFor("an order", () => mock.openIds("orders").length > 0);
  {
    await using run = await startService(options);
    await waitFor("what was open", () => isEqualToExchange(run, mock.openIds("orders")));
  }
  const [gone] = mock.openIds("orders");
  mock.command("trade cancel");
  await waitFor("an end", () => !mock.openIds("orders").includes(gone as string));
  await using run = await startService(options);
  await waitFor("what is open now", () => isEqualToExchange(run, mock.openIds("orders")));
});
