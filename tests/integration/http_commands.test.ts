/** The pages act: commands over HTTP to a running service, and who may not send them. */
import assert from "node:assert/strict";
import { acknowledge, type FakeRequest, refuse, startFakeOkx } from "../support/fake_okx.ts";
import { startMock } from "../support/mock.ts";
import { type Running, startService } from "../support/service.ts";
import { connectTcp } from "../support/tcp_client.ts";
import { waitFor } from "../support/wait.ts";

const PASSWORD = "correct horse";
const GUARDED = { HTTP: "127.0.0.1:0", HTTP_PASSWORD: PASSWORD };
const TICKERS = "tickers:BTC-USDT";
const LOGIN = `Basic ${btoa(`okws:${PASSWORD}`)}`;

function answer(request: FakeRequest): unknown[] {
  return request.args.map((arg) =>
    arg.instId?.includes("NOPE") ? refuse(request, arg) : acknowledge(request, arg)
  );
}

async function send(
  { service }: Running,
  command: unknown,
  headers: Record<string, string> = {},
): Promise<
  { status: number; text: string; reply: () => { event: string; message: unknown; errorCode: number } }
> {
  const response = await fetch(`${service.httpUrl}/api/commands`, {
    method: "POST",
    headers: { "content-type": "application/json", authorization: LOGIN, ...headers },
    body: typeof command === "string" ? command : JSON.stringify(command),
  });
  const text = await response.text();
  return { status: response.status, text, reply: () => JSON.parse(text) };
}

Deno.test("subscribe, unsubscribe and reload over HTTP do and say what they do over Redis", async () => {
  await using okx = startFakeOkx({ answer });
  await using run = await startService({ endpoint: okx.url, settings: GUARDED });
  const subscribe = (path: string, more = {}) =>
    send(run, { op: "subscribe", name: "test", args: [path], wait: true, timeoutMs: 60_000, ...more });

  const done = await subscribe(TICKERS);
  assert.equal(done.status, 200);
  assert.deepEqual(done.reply(), {
    event: "info",
    message: [{ path: TICKERS, state: "live", error: null }],
    errorCode: 80000,
  });
  await waitFor("live in Redis", async () => (await run.sub(TICKERS))?.state === "live");

  const refused = await subscribe("tickers:NOPE-USDT");
  assert.deepEqual([refused.status, refused.reply().errorCode], [422, 80012]);
  const unknown = await subscribe("no/such/thing");
  assert.deepEqual([unknown.status, unknown.reply().errorCode], [422, 80013]);
  const nobody = await subscribe(TICKERS, { name: "nobody" });
  assert.deepEqual([nobody.status, nobody.reply().errorCode], [404, 80011]);
  const unreadable = await send(run, "{");
  assert.deepEqual([unreadable.status, unreadable.reply().errorCode], [400, 80010]);
  const empty = await send(run, "");
  assert.deepEqual([empty.status, empty.reply().errorCode], [400, 80010]);

  const gone = await send(run, { op: "unsubscribe", name: "test", args: [TICKERS] });
  assert.deepEqual([gone.status, gone.reply().errorCode], [200, 80000]);
  await waitFor("gone from Redis", async () => await run.sub(TICKERS) === undefined);
  const again = await send(run, { op: "unsubscribe", name: "test", args: [TICKERS] });
  assert.deepEqual([again.status, again.reply().errorCode], [422, 80013]);

  // What an `okws serve` without a file says over Redis.
  const reload = await send(run, { op: "reload" });
  assert.deepEqual([reload.status, reload.reply().errorCode], [403, 80014]);
  assert.deepEqual(reload.reply().message, await run.client.reload().catch((error) => error.message));
});

Deno.test("other ops do not come over HTTP, and COMMANDS holds here, too", async () => {
  await using okx = startFakeOkx({ answer });
  await using run = await startService({
    endpoint: okx.url,
    settings: { ...GUARDED, COMMANDS: "unsubscribe, servers, open, quit_server" },
  });
  for (const op of ["open", "close", "servers", "status", "quit_server", "subscribe", "reload"]) {
    const { status, text, reply } = await send(run, { op, name: "test", args: [TICKERS] });
    assert.deepEqual([status, reply().errorCode], [403, 80014], `${op}: ${text}`);
  }
  const { reply } = await send(run, { op: "unsubscribe", name: "test", args: [TICKERS] });
  assert.equal(reply().errorCode, 80013);
  assert.deepEqual(await run.client.servers(), ["test"]);
});

Deno.test("nothing is done for another origin, a form, a wrong login, or without a password set", async () => {
  await using okx = startFakeOkx({ answer });
  await using run = await startService({ endpoint: okx.url, settings: GUARDED, channels: [TICKERS] });
  await using open = await startService({
    endpoint: okx.url,
    settings: { HTTP: "127.0.0.1:0" },
    channels: [TICKERS],
  });
  for (const { sub } of [run, open]) {
    await waitFor("live", async () => (await sub(TICKERS))?.state === "live");
  }
  const command = { op: "unsubscribe", name: "test", args: [TICKERS] };
  const own = new URL(run.service.httpUrl ?? "").origin;
  const statuses = [
    await send(run, command, { origin: "https://evil.example" }),
    await send(run, command, { origin: "null" }),
    await send(run, command, { "sec-fetch-site": "cross-site" }),
    await send(run, command, { "sec-fetch-site": "same-site", origin: own }),
    await send(run, command, { "content-type": "text/plain" }),
    await send(run, command, { "content-type": "application/x-www-form-urlencoded" }),
    await send(run, command, { authorization: `Basic ${btoa("okws:wrong")}` }),
    await send(run, command, { authorization: "" }),
    await send(run, `${JSON.stringify(command)}${" ".repeat(100_000)}`),
    await send(open, command),
  ].map(({ status }) => status);
  assert.deepEqual(statuses, [403, 403, 403, 403, 415, 415, 401, 401, 413, 403]);
  const got = await fetch(`${run.service.httpUrl}/api/commands`, { headers: { authorization: LOGIN } });
  await got.body?.cancel();
  assert.equal(got.status, 405);
  for (const { sub } of [run, open]) assert.equal((await sub(TICKERS))?.state, "live");
  // The same of our own page.
  const { status } = await send(run, command, { origin: own, "sec-fetch-site": "same-origin" });
  assert.equal(status, 200);
  await waitFor("gone", async () => await run.sub(TICKERS) === undefined);
});

Deno.test("a body that never ends costs one answer, and the service goes on", async () => {
  await using okx = startFakeOkx({ answer });
  await using run = await startService({ endpoint: okx.url, settings: GUARDED });
  const { hostname, port } = new URL(run.service.httpUrl ?? "");
  await using client = await connectTcp({ hostname, port: Number(port) });
  await client.send([
    "POST /api/commands HTTP/1.1",
    `host: ${hostname}:${port}`,
    `authorization: ${LOGIN}`,
    "content-type: application/json",
    "transfer-encoding: chunked",
    "",
    "",
  ].join("\r\n"));
  const piece = `4000\r\n${" ".repeat(0x4000)}\r\n`;
  // It may be cut off while it still sends.
  for (let i = 0; i < 8; i++) await client.send(piece);
  await waitFor("the answer", () => client.answered.text.includes("HTTP/1.1 413"));
  assert.equal(
    (await send(run, { op: "unsubscribe", name: "test", args: [TICKERS] })).reply().errorCode,
    80013,
  );
});

Deno.test("the instruments that a server lists can be had, those of others not", async () => {
  await using okx = await startMock();
  await using run = await startService({
    endpoint: okx.url,
    settings: { HTTP: "127.0.0.1:0" },
    channels: ["instruments:SPOT", "instruments:SWAP", TICKERS],
  });
  const ask = async (query: string) => {
    const response = await fetch(`${run.service.httpUrl}/api/instruments${query}`);
    return { status: response.status, text: await response.text() };
  };
  const names = await waitFor("both lists", async () => {
    const found: string[] = JSON.parse((await ask("?server=test")).text);
    return found.includes("BTC-USDT") && found.includes("BTC-USDT-SWAP") ? found : undefined;
  });
  assert.deepEqual(names, names.toSorted());
  assert.equal(new Set(names).size, names.length);
  assert.deepEqual((await ask("?server=nobody")).status, 404);
  assert.deepEqual((await ask("")).status, 400);
});
