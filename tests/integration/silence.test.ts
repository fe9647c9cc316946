/** A subscription that falls silent on a connection that lives: said, renewed alone, then tried elsewhere. */
import assert from "node:assert/strict";
import { startFakeOkx } from "../support/fake_okx.ts";
import { startService, startSubscriber } from "../support/service.ts";
import { waitFor } from "../support/wait.ts";

const MARK = { channel: "mark-price", instId: "BTC-USDT" };
const TICKER = { channel: "tickers", instId: "BTC-USDT" };

Deno.test("a subscription that stopped alone is said to be stale, asked for again, and moved to a fresh connection", async () => {
  await using okx = startFakeOkx();
  await using run = await startService({
    endpoint: okx.url,
    channels: ["mark-price:BTC-USDT", "tickers:BTC-USDT"],
    // A mark price comes every 10 s at least: three times 100 ms of silence are too long here.
    timing: { patience: 0.03 },
  });
  await using subscriber = await startSubscriber(run.redisUrl, "okex/test/status");
  const row = { instId: "BTC-USDT", markPx: "1", ts: "1700000000000" };
  const flow = setInterval(() => {
    // The quiet ticker promises nothing and is left alone; the mark price flows at first and on a second connection.
    okx.at("public")[1]?.push(MARK, [row]);
  }, 20);
  try {
    await waitFor("the first connection", () => okx.current()?.asked("subscribe").length === 2);
    okx.current()?.push(MARK, [row]);
    await waitFor(
      "a second connection with the mark price",
      () => okx.at("public")[1]?.asked("subscribe").some(({ channel }) => channel === "mark-price"),
    );
    const [first] = okx.at("public");
    const renewed = first?.requests.filter(({ op, args }) =>
      op === "subscribe" && args.length === 1 && args[0]?.channel === "mark-price"
    );
    assert.ok((renewed?.length ?? 0) >= 1, "it was asked for again, alone, before it was moved");
    await waitFor("live", async () => (await run.sub("mark-price:BTC-USDT"))?.state === "live");
    assert.equal((await run.sub("mark-price:BTC-USDT"))?.connection, "public#2");
    assert.equal((await run.sub("tickers:BTC-USDT"))?.connection, "public");
    assert.equal(first?.asked("subscribe").filter(({ channel }) => channel === TICKER.channel).length, 1);
    const { renewals, handovers, disconnects } = run.service.view().stats;
    assert.ok(renewals >= 2, String(renewals));
    assert.equal(handovers, 1);
    assert.equal(disconnects, 0);
    assert.ok(!subscriber.messages.some(({ message }) => message === "DISCONNECTED"));
  } finally {
    clearInterval(flow);
  }
});

Deno.test("a subscription that stays silent everywhere is stale, and asked for less and less often", async () => {
  await using okx = startFakeOkx();
  const begun = performance.now();
  await using run = await startService({
    endpoint: okx.url,
    channels: ["mark-price:BTC-USDT"],
    timing: { patience: 0.002 },
  });
  const renewals = () => run.service.view().stats.renewals;
  await waitFor("the first renewal", () => renewals() >= 1);
  const states = new Set<string | undefined>();
  await waitFor("four more", () => {
    states.add(run.service.view().servers[0]?.subscriptions[0]?.state);
    return renewals() >= 5;
  }, { deadlineMs: 20_000 });
  // Patience of 20 ms, doubled each time.
  assert.ok(performance.now() - begun >= 20 + 40 + 80 + 160 + 320, "each renewal waits twice as long");
  assert.deepEqual([...states], ["stale"], "acknowledged again and again, here and elsewhere");
  // Connections that carry nothing any more are ended.
  await waitFor(
    "one spare connection at most",
    () => okx.at("public").filter(({ open }) => open).length <= 2,
  );
});

Deno.test("an empty further connection ends when its last subscription goes", async () => {
  await using okx = startFakeOkx();
  const books = Array.from({ length: 30 }, (_, i) => `books:A${i}-USDT`);
  await using run = await startService({ endpoint: okx.url, channels: books });
  await waitFor("two connections", () => okx.at("public").filter(({ open }) => open).length === 2);
  const asked = () => okx.at("public").map((each) => each.asked("subscribe").length);
  await waitFor("all asked", () => asked().join() === "29,1");
  await run.client.unsubscribe("test", books.at(-1) as string);
  await waitFor("one connection", () => okx.at("public").filter(({ open }) => open).length === 1);
  const [server] = run.service.view().servers;
  assert.deepEqual(server?.connections.map(({ endpoint }) => endpoint), ["public"]);
});
