/** The exchange's clock against ours: measured, shown, and used for logins. */
import assert from "node:assert/strict";
import { freePort } from "../support/free_port.ts";
import { startMock } from "../support/mock.ts";
import { startService } from "../support/service.ts";
import { waitFor } from "../support/wait.ts";

const LOGIN = { name: "test", apiKey: "demo-key", secret: "demo-secret", password: "demo-pass" };

Deno.test("the difference of the clocks is measured and shown", async () => {
  await using mock = await startMock({ now: () => Date.now() + 5000 });
  await using run = await startService({ endpoint: mock.url });
  const skew = await waitFor(
    "the measurement",
    () => run.service.view().servers[0]?.clockSkewMs ?? undefined,
  );
  assert.ok(Math.abs(skew - 5000) < 500, String(skew));
});

Deno.test("a clock that is two minutes off costs no login", async () => {
  await using mock = await startMock({ now: () => Date.now() + 120_000 });
  await using run = await startService({ endpoint: mock.url, servers: [LOGIN], channels: ["account"] });
  await waitFor("the account", async () => (await run.sub("account"))?.state === "live");
});

Deno.test("an exchange clock that jumps is measured again", async () => {
  let ahead = 0;
  await using mock = await startMock({ now: () => Date.now() + ahead });
  await using run = await startService({ endpoint: mock.url, timing: { clockMs: 50 } });
  const skew = () => run.service.view().servers[0]?.clockSkewMs;
  await waitFor("the measurement", () => skew() !== null && skew() !== undefined);
  ahead = 90_000;
  await waitFor("the jump", () => Math.abs((skew() ?? 0) - 90_000) < 1000);
});

Deno.test("an exchange without a clock is no reason for anything", async () => {
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: freePort(), onListen: () => {} },
    () => new Response("no", { status: 500 }),
  );
  await using run = await startService({ endpoint: `ws://127.0.0.1:${server.addr.port}` });
  await waitFor("a dial", () => run.service.view().stats.dials > 0);
  assert.equal(run.service.view().servers[0]?.clockSkewMs, null);
  await run.service.stop();
  await server.shutdown();
});
