/** What `/readyz` of a service that stands by says: whether it could take over. */
import assert from "node:assert/strict";
import { type FakeConnection, type FakeRequest, healthy, startFakeOkx } from "../support/fake_okx.ts";
import { freePort } from "../support/free_port.ts";
import { startProxy } from "../support/proxy.ts";
import { openRedis, startService } from "../support/service.ts";
import { redisTest, startRedis } from "../support/redis_server.ts";
import { waitFor } from "../support/wait.ts";

/** Another one writes, for longer than the test takes; a lease that lasts above ten minutes is made to run out. */
async function holdLease(redisUrl: string): Promise<void> {
  await using opened = await openRedis(redisUrl);
  const holder = { instance: "0badf00d", host: "there", pid: 1, epoch: 1, since: 1, url: "" };
  await opened.redis.set("okex/leader", JSON.stringify(holder), "PX", 500_000);
}

async function readyz(port: number, query = ""): Promise<readonly [number, string]> {
  const response = await fetch(`http://127.0.0.1:${port}/readyz${query}`);
  return [response.status, await response.text()];
}

for (const mode of [true, "cold"] as const) {
  redisTest(`a standby (${mode}) that could not take over is not ready, and says why`, async () => {
    const http = freePort();
    await using okx = startFakeOkx();
    await using server = await startRedis();
    await holdLease(server.url);
    await using proxy = startProxy(server.port);
    const settings = { STANDBY: mode, HTTP: `127.0.0.1:${http}` };
    const common = {
      endpoint: okx.url,
      redisUrl: `redis://127.0.0.1:${proxy.port}`,
      channels: ["tickers:A-USDT"],
    };
    await using run = await startService({ ...common, settings });
    const says = (status: number, text: RegExp) => async () => {
      const [found, body] = await readyz(http);
      return found === status && text.test(body);
    };
    await waitFor("it to stand by", says(200, /^standby\n$/));
    assert.equal(run.service.view().lease?.role, "standby");
    if (mode === true) {
      okx.plan({ handshake: "refuse" });
      (okx.current() as FakeConnection).drop();
      await waitFor("the exchange to be away", says(503, /^test: no connection to the exchange is open: /));
      assert.equal((await readyz(http, "?role=active"))[0], 503);
      const metrics = await (await fetch(`http://127.0.0.1:${http}/metrics`)).text();
      assert.match(metrics, /^okws_ready 0$/m);
      okx.plan({});
      await waitFor("the exchange to be back", says(200, /^standby\n$/));
    }
    proxy.cut();
    await waitFor("Redis to be away", says(503, /Redis/));
    proxy.restore();
    await waitFor("Redis to be back", says(200, /^standby\n$/));
  });
}

redisTest("a standby needs no connection for a server of which nothing is subscribed", async () => {
  const http = freePort();
  await using okx = startFakeOkx();
  await using server = await startRedis();
  const settings = { STANDBY: true, HTTP: `127.0.0.1:${http}` };
  const common = { endpoint: okx.url, redisUrl: server.url };
  await using one = await startService(common);
  await using run = await startService({ ...common, channels: ["tickers:A-USDT"], settings });
  const isAnnounced = (ready: boolean) => async () => {
    const [text = "{}"] = await one.redis.hvals("okex/instances");
    return JSON.parse(text).ready === ready;
  };
  const isStanding = (status: number) => async () => (await readyz(http))[0] === status;
  await waitFor("it to be ready", isAnnounced(true));
  // A client that comes now is refused.
  okx.plan({ handshake: "refuse" });
  await one.client.openWs("more", { endpoint: okx.url });
  await waitFor("the other server", () => run.service.view().servers.length === 2);
  await waitFor("it to be tried", () => {
    return run.service.view().servers.some(({ connections }) =>
      connections.some(({ lastError }) => lastError !== "")
    );
  });
  await waitFor("both to say so", async () => await isStanding(200)() && await isAnnounced(true)());
  const confirmed = one.client.subscribe("more", "tickers:B-USDT").catch(() => {});
  await waitFor("both to say that it cannot take over", async () => {
    return await isStanding(503)() && await isAnnounced(false)();
  });
  okx.plan({});
  await confirmed;
});

redisTest("a standby logs in before it takes over, and says when that is refused", async () => {
  const http = freePort();
  let isRefused = true;
  const refusal = { event: "error", code: "60024", msg: "Wrong passphrase", connId: "a4d3ae55" };
  await using okx = startFakeOkx({
    answer: (request: FakeRequest) => request.op === "login" && isRefused ? [refusal] : healthy(request),
  });
  await using server = await startRedis();
  await holdLease(server.url);
  await using run = await startService({
    ...{ endpoint: okx.url, redisUrl: server.url, channels: ["tickers:A-USDT", "account"] },
    servers: [{ name: "test", apiKey: "the-key", secret: "the-secret", password: "the-phrase" }],
    settings: { STANDBY: true, HTTP: `127.0.0.1:${http}`, LEASE_MS: 1000 },
    timing: { loginRetryMs: 200 },
  });
  const isReady = async () => {
    const [text = "{}"] = await run.redis.hvals("okex/instances");
    return JSON.parse(text).ready;
  };
  await waitFor("the refusal", async () => {
    const [status, body] = await readyz(http);
    return status === 503 && /^test private\+login is not connected: .*60024.*Wrong passphrase/.test(body);
  });
  await waitFor("it to say so", async () => await isReady() === false);
  isRefused = false;
  await waitFor("the login", async () => (await readyz(http))[0] === 200);
  const logins = () => okx.connections.filter((each) => each.requests.some(({ op }) => op === "login"));
  const before = logins().length;
  assert.ok(before > 1);
  // Nothing is subscribed there before it takes over; then it is the same connection that does.
  assert.deepEqual(logins().flatMap((each) => each.asked("subscribe")), []);
  await run.redis.del("okex/leader");
  await waitFor("the account", async () => (await run.sub("account"))?.state === "live");
  assert.equal(logins().length, before);
});
