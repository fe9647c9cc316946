/** Channels that the exchange has elsewhere, and subscriptions that it takes back. */
import assert from "node:assert/strict";
import { startMock } from "../support/mock.ts";
import { acknowledge, refuse, startFakeOkx } from "../support/fake_okx.ts";
import { startService } from "../support/service.ts";
import { waitFor } from "../support/wait.ts";

Deno.test("a channel that lives on another endpoint than expected is moved there once", async () => {
  const elsewhere = { code: "64001" };
  await using exchange = startFakeOkx((connection) => ({
    answer: (request) =>
      request.args.map((arg) =>
        connection.endpoint === "business" ? acknowledge(request, arg) : refuse(request, arg, elsewhere)
      ),
  }));
  await using running = await startService({ endpoint: exchange.url, channels: ["mark-price:BTC-USDT"] });
  await waitFor(
    "the path to be live",
    async () => (await running.sub("mark-price:BTC-USDT"))?.state === "live",
  );
  const sent = (endpoint: string) =>
    exchange.at(endpoint).flatMap((each) => each.requests).filter(({ op }) => op === "subscribe");
  assert.equal(sent("public").length, 1);
  assert.equal(sent("business").length, 1);
  exchange.current("business")?.push({ channel: "mark-price", instId: "BTC-USDT" }, [
    { instType: "SPOT", instId: "BTC-USDT", markPx: "42", ts: "1700000000000" },
  ]);
  await waitFor(
    "its row",
    async () => (await running.redis.hget("okex/test/mark-price:BTC-USDT", "markPx")) === "42",
  );
  await running.client.unsubscribe("test", "mark-price:BTC-USDT");
  await waitFor(
    "the end",
    () => exchange.at("business").some((each) => each.requests.some(({ op }) => op === "unsubscribe")),
  );
});

Deno.test("a channel that no endpoint has is refused after both were asked", async () => {
  await using exchange = startFakeOkx(() => ({
    answer: (request) => request.args.map((arg) => refuse(request, arg)),
  }));
  await using running = await startService({ endpoint: exchange.url });
  const [result] = await running.client.trySubscribe("test", {
    channel: "no-such-channel",
    instId: "BTC-USDT",
  });
  assert.equal(result?.state, "refused");
  assert.equal(result?.error?.code, "60018");
  assert.deepEqual(exchange.connections.map(({ endpoint }) => endpoint).sort(), ["business", "public"]);
});

Deno.test("a subscription that is taken back for too many connections is refused with the reason", async () => {
  await using mock = await startMock({ faults: "conn-count-error" });
  await using running = await startService({
    endpoint: mock.url,
    servers: [{ name: "test", apiKey: "demo-key", secret: "demo-secret", password: "demo-pass" }],
    channels: ["account"],
  });
  const record = await waitFor("the refusal", async () => {
    const found = await running.sub("account");
    return found?.state === "refused" ? found : undefined;
  });
  assert.equal(record.error?.code, "channel-conn-count-error");
});

Deno.test("a subscription that was taken back is asked for again, since other connections come and go", async () => {
  await using mock = await startMock();
  await using running = await startService({
    endpoint: mock.url,
    servers: [{ name: "test", apiKey: "demo-key", secret: "demo-secret", password: "demo-pass" }],
    channels: ["account", "orders:ANY"],
    timing: { loginRetryMs: 200 },
  });
  const state = async (path: string) => (await running.sub(path))?.state;
  for (const path of ["account", "orders:ANY"]) {
    await waitFor(`${path} at first`, async () => await state(path) === "live");
  }
  mock.command("conn-count-error");
  mock.command("drop private");
  await waitFor("the refusal", async () => await state("account") === "refused");
  mock.command("off");
  for (const path of ["account", "orders:ANY"]) {
    await waitFor(path, async () => await state(path) === "live");
  }
  // Nobody can say what became of orders meanwhile, and that is recorded.
  const [gap] = await waitFor("the record", async () => {
    const found = await running.redis.xrange("okex/test/gaps", "-", "+");
    return found.length > 0 ? found : undefined;
  });
  assert.ok(gap?.[1].includes("orders:ANY"), String(gap?.[1]));
});
