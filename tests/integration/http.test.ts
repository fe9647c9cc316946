/** Health and metrics over HTTP, as an orchestrator and a scraper read them. */
import assert from "node:assert/strict";
import { acknowledge, refuse, startFakeOkx } from "../support/fake_okx.ts";
import { redisTest, startRedis } from "../support/redis_server.ts";
import { type Running, startService } from "../support/service.ts";
import { waitFor, withTimeout } from "../support/wait.ts";

const HTTP = { HTTP: "127.0.0.1:0" };
const TICKERS = "tickers:BTC-USDT";
const ARG = { channel: "tickers", instId: "BTC-USDT" };

Deno.test("the service is alive at once and ready when everything desired is live", async () => {
  await using okx = startFakeOkx({ handshake: "refuse" });
  await using run = await startService({ endpoint: okx.url, settings: HTTP, channels: [TICKERS] });
  assert.deepEqual(await get(run, "/livez"), [200, "ok\n"]);
  const refused = /^test tickers:BTC-USDT is wanted: 127\.0\.0\.1:\d+ does not open a WebSocket: .*503/;
  await waitFor("the reason", async () => refused.test((await get(run, "/readyz"))[1]));
  assert.equal((await get(run, "/readyz"))[0], 503);
  okx.plan({});
  await waitFor("ready", async () => (await get(run, "/readyz"))[0] === 200);
  okx.plan({ handshake: "refuse" });
  okx.current()?.drop();
  await waitFor("not ready", async () => (await get(run, "/readyz"))[0] === 503);
  assert.match(
    (await get(run, "/readyz"))[1],
    /^test tickers:BTC-USDT is stale: (the connection is lost|127\.0)/,
  );
  assert.deepEqual(await get(run, "/livez"), [200, "ok\n"]);
  okx.plan({});
  await waitFor("ready again", async () => (await get(run, "/readyz"))[0] === 200);
});

Deno.test("a service without subscriptions is ready", async () => {
  await using okx = startFakeOkx({ handshake: "refuse" });
  await using run = await startService({ endpoint: okx.url, settings: HTTP });
  assert.deepEqual(await get(run, "/readyz"), [200, "ok\n"]);
});

Deno.test("a refused path does not keep the service from being ready, but is counted", async () => {
  await using okx = startFakeOkx({
    answer: (request) =>
      request.args.map((arg) => arg.instId === "BTC-USDT" ? acknowledge(request, arg) : refuse(request, arg)),
  });
  const channels = [TICKERS, "tickers:NOPE-USDT"];
  await using run = await startService({ endpoint: okx.url, settings: HTTP, channels });
  await waitFor("ready", async () => (await get(run, "/readyz"))[0] === 200);
  const metrics = await readMetrics(run);
  assert.equal(metrics.get('okws_subscriptions{server="test",state="refused"}'), 1);
  assert.equal(metrics.get('okws_subscriptions{server="test",state="live"}'), 1);
  assert.equal(metrics.get("okws_refused_total"), 1);
  assert.equal(metrics.get("okws_ready"), 1);
});

Deno.test("metrics count what happened", async () => {
  await using okx = startFakeOkx();
  await using run = await startService({ endpoint: okx.url, settings: HTTP, channels: [TICKERS] });
  await waitFor("ready", async () => (await get(run, "/readyz"))[0] === 200);
  const before = await readMetrics(run);
  for (let i = 0; i < 3; i++) okx.current()?.push(ARG, [{ instId: "BTC-USDT", last: String(i), ts: "1" }]);
  okx.current()?.push({ channel: "tickers", instId: "OTHER" }, [{ instId: "OTHER", last: "1" }]);
  okx.current()?.send("nonsense");
  await waitFor("the rows", async () => (await run.redis.hget("okex/test/tickers:BTC-USDT", "last")) === "2");
  await run.client.servers();
  await waitFor("all counted", async () => (await readMetrics(run)).get("okws_unreadable_total") === 1);
  const after = await readMetrics(run);
  const grown = (name: string) => (after.get(name) ?? NaN) - (before.get(name) ?? NaN);
  assert.equal(grown("okws_messages_total"), 5);
  assert.equal(grown("okws_rows_total"), 3);
  assert.equal(grown("okws_unexpected_total"), 1);
  assert.equal(grown("okws_commands_total"), 1);
  assert.equal(after.get("okws_connects_total"), 1);
  assert.equal(after.get("okws_dropped_total"), 0);
  assert.ok((after.get("okws_batches_total") ?? 0) >= 1);
  assert.ok([...after.keys()].some((name) => /^okws_build_info\{version="\d/.test(name)));
});

Deno.test("pages forbid caching and scripts, and unknown ones say what there is", async () => {
  await using okx = startFakeOkx();
  await using run = await startService({ endpoint: okx.url, settings: HTTP });
  for (const path of ["/livez", "/readyz", "/metrics", "/nowhere"]) {
    const response = await fetch(run.service.httpUrl + path);
    await response.body?.cancel();
    assert.equal(response.headers.get("cache-control"), "no-store", path);
    assert.equal(response.headers.get("x-content-type-options"), "nosniff", path);
    assert.equal(response.status, path === "/nowhere" ? 404 : 200);
  }
  const type = await fetch(`${run.service.httpUrl}/metrics`);
  await type.body?.cancel();
  assert.match(type.headers.get("content-type") ?? "", /^text\/plain; version=0\.0\.4/);
});

Deno.test("HTTP off serves nothing", async () => {
  await using okx = startFakeOkx();
  await using run = await startService({ endpoint: okx.url, settings: { HTTP: "off" } });
  assert.equal(run.service.httpUrl, undefined);
});

Deno.test("a taken port costs the pages, not the data", async () => {
  await using okx = startFakeOkx();
  await using first = await startService({ endpoint: okx.url, settings: HTTP });
  const taken = new URL(first.service.httpUrl ?? "").host;
  await using second = await startService({
    endpoint: okx.url,
    settings: { HTTP: taken },
    channels: [TICKERS],
  });
  assert.equal(second.service.httpUrl, undefined);
  await waitFor("live", async () => (await second.sub(TICKERS))?.state === "live");
  // The program that had it has ended, as a service does that another replaces.
  await first.service.stop();
  const url = await waitFor("its own pages", () => second.service.httpUrl);
  assert.equal(await (await fetch(`${url}/readyz`)).text(), "ok\n");
});

redisTest("without Redis the service is alive, not ready, and says why", async () => {
  await using server = await startRedis();
  await using okx = startFakeOkx();
  await using run = await startService({
    endpoint: okx.url,
    redisUrl: server.url,
    settings: HTTP,
    channels: [TICKERS],
  });
  await waitFor("ready", async () => (await get(run, "/readyz"))[0] === 200);
  await server.kill();
  await waitFor("not ready", async () => {
    okx.current()?.push(ARG, [{ instId: "BTC-USDT", last: "1", ts: "1" }]);
    return (await get(run, "/readyz"))[0] === 503;
  });
  assert.match((await get(run, "/readyz"))[1], /Redis/);
  assert.deepEqual(await get(run, "/livez"), [200, "ok\n"]);
  await using _again = await startRedis({ port: server.port });
  await waitFor("ready again", async () => (await get(run, "/readyz"))[0] === 200);
});

Deno.test("the pages answer while the service stops, and end with it", async () => {
  await using okx = startFakeOkx();
  await using run = await startService({ endpoint: okx.url, settings: HTTP });
  const url = run.service.httpUrl ?? "";
  const stop = run.service.stop();
  assert.deepEqual(await get(run, "/readyz"), [503, "stopping\n"]);
  await withTimeout("the stop", stop, 5000);
  await assert.rejects(fetch(`${url}/livez`));
});

async function get(run: Running, path: string): Promise<[number, string]> {
  const response = await fetch(run.service.httpUrl + path);
  return [response.status, await response.text()];
}

/** Each sample by its name with labels. */
async function readMetrics(run: Running): Promise<Map<string, number>> {
  const [, text] = await get(run, "/metrics");
  const lines = text.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
  return new Map(lines.map((line) => {
    const at = line.lastIndexOf(" ");
    return [line.slice(0, at), Number(line.slice(at + 1))] as const;
  }));
}
