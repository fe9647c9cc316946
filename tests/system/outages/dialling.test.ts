/** How often and how long okws dials and logs in, where what must be waited for takes seconds. */
import assert from "node:assert/strict";
import { startFakeOkx } from "../../support/fake_okx.ts";
import { startService } from "../../support/service.ts";
import { waitFor } from "../../support/wait.ts";

const TICKERS = "tickers:BTC-USDT";

Deno.test("an exchange that accepts and then drops is dialled ever more rarely", async () => {
  await using okx = startFakeOkx({ onOpen: (connection) => connection.drop() });
  await using run = await startService({ endpoint: okx.url, channels: [TICKERS] });
  await waitFor("six dials", () => okx.connections.length === 6, { deadlineMs: 20_000 });
  const gaps = okx.connections.slice(1).map((each, i) =>
    each.dialledAt - (okx.connections[i]?.dialledAt ?? 0)
  );
  // A quarter of a second, doubled each time, half of it left to chance.
  for (const [i, gap] of gaps.entries()) assert.ok(gap >= 120 * 2 ** i, `gap ${i} of ${gaps.join(", ")}`);
  assert.equal(run.service.view().stats.dials, 6);
});

Deno.test("no more than three dials a second, over all servers and endpoints", async () => {
  await using okx = startFakeOkx(({ index }) =>
    index < 4 ? { onOpen: (connection) => connection.drop() } : {}
  );
  await using run = await startService({
    endpoint: okx.url,
    servers: ["test", "second", "third"].map((name) => ({ name })),
    channels: [TICKERS, "candle1m:BTC-USDT"],
  });
  await waitFor("all connected", () => okx.connections.filter(({ open }) => open).length === 6);
  const times = okx.connections.map(({ dialledAt }) => dialledAt);
  assert.equal(times.length, 10);
  // The clocks of both sides are one, but a dial takes a while to arrive.
  for (let i = 3; i < times.length; i++) {
    const spanMs = (times[i] as number) - (times[i - 3] as number);
    assert.ok(spanMs >= 900, `four dials within ${spanMs} ms`);
  }
  assert.equal(run.service.view().stats.dials, 10);
});

Deno.test("a login that is never answered is given up and tried on a new connection", async () => {
  await using okx = startFakeOkx((connection) =>
    okx.at("private").length > 1 || connection.endpoint === "public" ? {} : { answer: () => [] }
  );
  await using run = await startService({
    endpoint: okx.url,
    servers: [{ name: "test", apiKey: "the-key", secret: "the-secret", password: "the-phrase" }],
    channels: ["account"],
    timing: { loginMs: 2000 },
  });
  await waitFor("account to be live", async () => {
    return (await run.client.subscriptions("test")).get("account")?.state === "live";
  });
  assert.equal(okx.at("private").length, 2);
  assert.deepEqual(okx.at("private")[0]?.requests.map(({ op }) => op), ["login"]);
});
