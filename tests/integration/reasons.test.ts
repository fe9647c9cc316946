/** Why nothing comes of a path: in `P/subs`, in the reply to `subscribe`, on `/readyz`, with the time of the next attempt. */
import assert from "node:assert/strict";
import { type FakeRequest, healthy, startFakeOkx } from "../support/fake_okx.ts";
import { freePort } from "../support/free_port.ts";
import { type Running, startService } from "../support/service.ts";
import { waitFor } from "../support/wait.ts";

const PATH = "tickers:BTC-USDT";

/** The record of a path as soon as it gives a reason with a time, and that time from now on, in milliseconds. */
async function reasonOf(run: Running, path: string) {
  const record = await waitFor("a reason", async () => {
    const found = await run.sub(path);
    return found?.error?.nextAt === undefined ? undefined : found;
  });
  const { state, error } = record;
  return { state, code: error?.code, message: error?.message ?? "", inMs: (error?.nextAt ?? 0) - Date.now() };
}

const DIALS: readonly (readonly [string, () => string, string, RegExp])[] = [
  [
    "has no address",
    () => "ws://no-such-host.invalid",
    "dns",
    /no-such-host\.invalid cannot be looked up \(DNS\)/,
  ],
  [
    "refuses",
    () => `ws://127.0.0.1:${freePort()}`,
    "connect",
    /127\.0\.0\.1:\d+ cannot be reached, or refuses/,
  ],
];

for (const [what, endpointOf, code, words] of DIALS) {
  Deno.test(`a host that ${what} is the reason for a path that is wanted, and for one that joins`, async () => {
    await using run = await startService({ endpoint: endpointOf(), channels: [PATH] });
    const found = await reasonOf(run, PATH);
    assert.deepEqual([found.state, found.code], ["wanted", code]);
    assert.match(found.message, words);
    assert.ok(found.inMs <= 30_000, String(found.inMs));
    const command = {
      id: 7,
      op: "subscribe",
      name: "test",
      args: ["tickers:ETH-USDT"],
      wait: true,
      timeoutMs: 50,
    };
    await run.redis.publish("trade-ws", JSON.stringify(command));
    const reply = await waitFor("a reply", async () => await run.redis.get("trade-ws/info/7") ?? undefined);
    const { message: [joined], errorCode } = JSON.parse(reply);
    assert.deepEqual([errorCode, joined.state, joined.error.code], [80000, "wanted", code]);
  });
}

Deno.test("a handshake that is refused, and then one that is taken: the reason goes with it", async () => {
  await using okx = startFakeOkx({ handshake: "refuse" });
  await using run = await startService({ endpoint: okx.url, channels: [PATH] });
  const found = await reasonOf(run, PATH);
  assert.deepEqual([found.state, found.code], ["wanted", "handshake"]);
  assert.match(found.message, /does not open a WebSocket/);
  okx.plan({});
  await waitFor("live", async () => (await run.sub(PATH))?.state === "live");
  assert.equal((await run.sub(PATH))?.error, null);
});

Deno.test("a lost connection is the reason for what is stale", async () => {
  await using okx = startFakeOkx();
  await using run = await startService({ endpoint: okx.url, channels: [PATH] });
  await waitFor("live", async () => (await run.sub(PATH))?.state === "live");
  okx.plan({ handshake: "refuse" });
  okx.current("public")?.close(4004, "no data received in 30s");
  const lost = await reasonOf(run, PATH);
  assert.equal(lost.state, "stale");
  await waitFor("the dial that failed", async () => (await run.sub(PATH))?.error?.code === "handshake");
  assert.equal((await run.sub(PATH))?.state, "stale");
});

Deno.test("a login that is refused keeps the exchange's code, and is tried again at a time", async () => {
  const answer = (request: FakeRequest) =>
    request.op === "login"
      ? [{ event: "error", code: "60032", msg: "API key doesn't exist." }]
      : healthy(request);
  await using okx = startFakeOkx({ answer });
  const login = { name: "test", apiKey: "planted-key", secret: "planted-secret", password: "planted-word" };
  await using run = await startService({ endpoint: okx.url, servers: [login], channels: ["account"] });
  const found = await reasonOf(run, "account");
  assert.deepEqual([found.state, found.code], ["refused", "60032"]);
  assert.ok(found.inMs > 0 && found.inMs <= 120_000, String(found.inMs));
  const said = JSON.stringify([await run.redis.hgetall("okex/test/subs"), run.service.view()]);
  assert.doesNotMatch(said, /planted/);
});

Deno.test("a channel that the exchange refuses is asked for again in ten minutes, and /readyz warns of it", async () => {
  const port = freePort();
  const refusal = {
    event: "error",
    code: "60018",
    msg: "Wrong URL or channel:tickers, instId:NOPE-USDT doesn't exist.",
  };
  const answer = (request: FakeRequest) =>
    request.op !== "subscribe"
      ? healthy(request)
      : request.args.map((arg) =>
        arg.instId === "NOPE-USDT"
          ? { ...refusal, id: request.id }
          : { event: "subscribe", arg, id: request.id }
      );
  await using okx = startFakeOkx({ answer });
  await using run = await startService({
    endpoint: okx.url,
    channels: [PATH, "tickers:NOPE-USDT"],
    settings: { HTTP: `127.0.0.1:${port}` },
  });
  const found = await reasonOf(run, "tickers:NOPE-USDT");
  assert.deepEqual([found.state, found.code], ["refused", "60018"]);
  assert.ok(found.inMs > 500_000 && found.inMs <= 600_000, String(found.inMs));
  const ready = await waitFor("ready but for that", async () => {
    const response = await fetch(`http://127.0.0.1:${port}/readyz`, {
      headers: { accept: "application/json" },
    });
    const readiness = await response.json();
    return response.status === 200 ? readiness : undefined;
  });
  assert.deepEqual([ready.ready, ready.refused, ready.faults], [true, 1, []]);
  assert.equal(ready.warnings[0].code, "60018");
});
