/**
 * The simulated exchange over its sockets: subscriptions, books, logins, v3, and faults that commands switch on. The
 * file is long because every rule and fault of the exchange is one short test, and all share the client that asks.
 */
import assert from "node:assert/strict";
import { inflateRawSync } from "node:zlib";
import { signLogin } from "../../src/mock/login.ts";
import type { MockOptions } from "../support/mock.ts";
import { startMock } from "../support/mock.ts";
import { waitFor, withTimeout } from "../support/wait.ts";
import { connectWs, type WsClient } from "../support/ws_client.ts";

type Client = WsClient<Frame>;

type Frame = {
  event?: string;
  code?: string;
  msg?: string;
  id?: string;
  arg?: { channel: string; instId?: string };
  action?: string;
  data?: Record<string, unknown>[];
};

Deno.test("a page of another site steers nothing and reads nothing", async () => {
  await using mock = await startMock();
  const { host } = new URL(mock.restUrl);
  const page = `http://evil.example`;
  const strangers: Record<string, string>[] = [
    { origin: page },
    { origin: "null" },
    { origin: page, "sec-fetch-site": "cross-site" },
    { "sec-fetch-site": "cross-site" },
    // Another server of this machine is another site, too.
    { origin: "http://127.0.0.1:1", "sec-fetch-site": "same-site" },
    { host: "evil.example" },
    { host: "evil.example", origin: page },
  ];
  for (const headers of strangers) {
    const { status, text } = await ask(mock.port, "POST /mock/command", { host, ...headers }, "silent on");
    assert.deepEqual([status, /this machine|other sites/.test(text)], [403, true], JSON.stringify(headers));
    assert.equal((await ask(mock.port, "GET /mock/stats", { host, ...headers })).status, 403);
  }
  assert.deepEqual((await (await fetch(`${mock.restUrl}/mock/sent`)).json()).faults, []);
  for (
    const headers of [{}, { origin: `http://${host}`, "sec-fetch-site": "same-origin" }, {
      host: "localhost",
    }]
  ) {
    assert.equal((await ask(mock.port, "POST /mock/command", { host, ...headers }, "silent on")).status, 200);
  }
});

/** A request with headers that a program may not set with fetch. */
async function ask(
  port: number,
  what: string,
  headers: Readonly<Record<string, string>>,
  body = "",
): Promise<{ status: number; text: string }> {
  using connection = await Deno.connect({ hostname: "127.0.0.1", port });
  const all = { ...headers, connection: "close", "content-length": String(body.length) };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}`);
  await connection.write(new TextEncoder().encode([`${what} HTTP/1.1`, ...lines, "", body].join("\r\n")));
  const text = await new Response(connection.readable).text();
  return { status: Number(text.split(" ")[1]), text };
}

Deno.test("a subscription is acknowledged and then fed, with what lastSent() returns", async () => {
  await using mock = await startMock();
  await using client = await open(`${mock.url}/ws/v5/public`);
  client.send(subscribe("tickers", "BTC-USDT"));
  await waitFor("three tickers", () => client.pushes("tickers").length >= 3);
  assert.equal(client.frames()[0]?.event, "subscribe");
  assert.deepEqual(mock.stats().subscriptions, 1);
  mock.command("pause");
  await waitFor("the last ticker", () => {
    const last = client.pushes("tickers").at(-1)?.data?.[0];
    return JSON.stringify(last) === JSON.stringify(mock.lastSent("tickers", "BTC-USDT"));
  });
});

Deno.test("the frames of books chain from the snapshot on, for an early and a late subscriber", async () => {
  await using mock = await startMock({ rate: 100 });
  await using early = await open(`${mock.url}/ws/v5/public`);
  early.send(subscribe("books", "BTC-USDT"));
  await waitFor("updates", () => early.pushes("books").length > 10);
  await using late = await open(`${mock.url}/ws/v5/public`);
  late.send(subscribe("books", "BTC-USDT"));
  await waitFor("more updates", () => late.pushes("books").length > 10);
  for (const client of [early, late]) {
    const [snapshot, ...updates] = client.pushes("books");
    assert.equal(snapshot?.action, "snapshot");
    let last = snapshot?.data?.[0]?.["seqId"];
    for (const update of updates) {
      assert.equal(update.data?.[0]?.["prevSeqId"], last);
      last = update.data?.[0]?.["seqId"];
    }
  }
});

Deno.test("a channel asked for at the wrong endpoint is refused and the right one goes on", async () => {
  await using mock = await startMock();
  await using client = await open(`${mock.url}/ws/v5/public`);
  client.send({ id: "c1", ...subscribe("candle1m", "BTC-USDT") });
  client.send(subscribe("trades", "BTC-USDT"));
  await waitFor("a trade", () => client.pushes("trades").length > 0);
  const [error] = client.events("error");
  assert.deepEqual([error?.id, error?.code], ["c1", "64001"]);
});

Deno.test("candles and account come from their own endpoints", async () => {
  await using mock = await startMock();
  await using business = await open(`${mock.url}/ws/v5/business`);
  await using account = await open(`${mock.url}/ws/v5/private`);
  business.send(subscribe("candle1m", "BTC-USDT"));
  account.send(login(signLogin(seconds())));
  await waitFor("login", () => account.events("login").length === 1);
  account.send({ op: "subscribe", args: [{ channel: "account" }] });
  await waitFor("a candle", () => business.pushes("candle1m").length > 0);
  await waitFor("balances", () => account.pushes("account").length > 0);
  assert.equal(account.events("channel-conn-count").length, 1);
});

Deno.test("a login with the wrong signature is refused, and a channel that needs it too", async () => {
  await using mock = await startMock();
  await using client = await open(`${mock.url}/ws/v5/private`);
  client.send(login("AAAA"));
  client.send({ op: "subscribe", args: [{ channel: "account" }] });
  await waitFor("two errors", () => client.events("error").length === 2);
  assert.deepEqual(client.events("error").map(({ code }) => code), ["60007", "60011"]);
});

Deno.test("drop closes the connections of one endpoint, or of all", async () => {
  await using mock = await startMock();
  await using first = await open(`${mock.url}/ws/v5/public`);
  await using second = await open(`${mock.url}/ws/v5/business`);
  mock.command("drop business");
  assert.equal((await withTimeout("the drop", second.closed)).code, 4006);
  assert.equal(first.socket.readyState, WebSocket.OPEN);
  mock.command("drop");
  await withTimeout("the other drop", first.closed);
  await waitFor("no connections", () => mock.stats().connections === 0);
  assert.equal(mock.stats().connectionsTotal, 2);
});

Deno.test("drop=200ms drops again and again", async () => {
  await using mock = await startMock({ faults: "drop=200ms" });
  for (let count = 0; count < 2; count++) {
    await using client = await open(`${mock.url}/ws/v5/public`);
    await withTimeout("a drop", client.closed);
  }
});

Deno.test("a silent exchange answers nothing, not even ping, and stays connected", async () => {
  await using mock = await startMock();
  await using client = await open(`${mock.url}/ws/v5/public`);
  client.socket.send("ping");
  await waitFor("pong", () => client.texts.includes("pong"));
  mock.command("silent on");
  client.send(subscribe("tickers", "BTC-USDT"));
  client.socket.send("ping");
  await waitFor("the requests to arrive", () => mock.stats().requests === 3);
  const { framesSent } = mock.stats();
  assert.equal(client.texts.length, 1);
  mock.command("silent off");
  await waitFor("tickers again", () => client.pushes("tickers").length > 0);
  assert.ok(mock.stats().framesSent > framesSent);
  assert.equal(client.events("subscribe").length, 0);
});

Deno.test("a deaf exchange loses requests and answers ping", async () => {
  await using mock = await startMock();
  await using client = await open(`${mock.url}/ws/v5/public`);
  mock.command("deaf on");
  client.send(subscribe("tickers", "BTC-USDT"));
  client.socket.send("ping");
  await waitFor("pong", () => client.texts.includes("pong"));
  assert.deepEqual(client.texts, ["pong"]);
  mock.command("deaf off");
  client.send(subscribe("tickers", "BTC-USDT"));
  await waitFor("tickers", () => client.pushes("tickers").length > 0);
});

Deno.test("too-frequent answers whole requests with 60014", async () => {
  await using mock = await startMock({ faults: "too-frequent=on" });
  await using client = await open(`${mock.url}/ws/v5/public`);
  client.send({ id: "a1", ...subscribe("tickers", "BTC-USDT") });
  await waitFor("the error", () => client.events("error").length > 0);
  assert.deepEqual(client.events("error").map(({ id, code }) => [id, code]), [["a1", "60014"]]);
  mock.command("too-frequent off");
  client.send(subscribe("tickers", "BTC-USDT"));
  await waitFor("tickers", () => client.pushes("tickers").length > 0);
});

Deno.test("it returns what it sent, what holds now and every trade there was", async () => {
  await using mock = await startMock({ rate: 100 });
  await using client = await open(`${mock.url}/ws/v5/public`);
  client.send(subscribe("trades", "BTC-USDT"));
  await waitFor("trades", () => client.pushes("trades").length > 20);
  mock.command("pause");
  const page = async <T>(path: string) => await (await fetch(`${mock.restUrl}/mock/${path}`)).json() as T;
  type Sent = { topics: { channel: string; filter: string; pushes: number; rows: number }[] };
  const { topics: [topic] } = await page<Sent>("sent");
  await waitFor("the last push", () => client.pushes("trades").length === topic?.pushes);
  assert.deepEqual([topic?.channel, topic?.filter, topic?.rows], ["trades", "BTC-USDT", topic?.pushes]);
  const rows = client.pushes("trades").flatMap(({ data = [] }) => data);
  const last = await page<Record<string, unknown>>("last?channel=trades");
  assert.deepEqual(last, { "trades BTC-USDT": rows.at(-1) });
  const tape = await page<{ from: number; last: number; trades: number[][] }>("trades?instId=BTC-USDT");
  assert.equal(String(tape.last), rows.at(-1)?.tradeId);
  // The first push is of the time before.
  assert.deepEqual(
    tape.trades,
    rows.slice(1).map(({ tradeId, count, ts }) => [Number(tradeId), Number(count), Number(ts)]),
  );
  assert.equal(tape.from, Number(rows[0]?.tradeId) + 1);
  assert.deepEqual(await page("trades?instId=ETH-USDT"), { from: 0, last: 0, trades: [] });
  const orders = await page<Record<string, { state: string }>>("rows?channel=orders");
  const openNow = await page<string[]>("open?channel=orders");
  assert.ok(openNow.every((id) => orders[id]?.state === "live" || orders[id]?.state === "partially_filled"));
  const nothing = await fetch(`${mock.restUrl}/mock/nothing`);
  assert.deepEqual([nothing.status, await nothing.text()], [404, "Not found\n"]);
});

Deno.test("late-ack lets pushes come before the answer", async () => {
  await using mock = await startMock({ faults: "late-ack=300ms" });
  await using client = await open(`${mock.url}/ws/v5/public`);
  client.send(subscribe("tickers", "BTC-USDT"));
  await waitFor("the answer", () => client.events("subscribe").length === 1);
  assert.equal(client.frames()[0]?.arg?.channel, "tickers");
  assert.equal(client.frames()[0]?.event, undefined);
});

Deno.test("refuse refuses what it names and nothing else", async () => {
  await using mock = await startMock({ faults: "refuse=tickers:XRP-USDT" });
  await using client = await open(`${mock.url}/ws/v5/public`);
  client.send({
    op: "subscribe",
    args: [{ channel: "tickers", instId: "XRP-USDT" }, { channel: "tickers", instId: "BTC-USDT" }],
  });
  await waitFor("an error", () => client.events("error").length === 1);
  await waitFor("tickers", () => client.pushes("tickers").length > 0);
  assert.equal(client.events("error")[0]?.code, "60018");
  mock.command("refuse off");
  client.send(subscribe("tickers", "XRP-USDT"));
  await waitFor(
    "the other tickers",
    () => client.pushes("tickers").some(({ arg }) => arg?.instId === "XRP-USDT"),
  );
});

Deno.test("garbage comes between good frames and loses none", async () => {
  await using mock = await startMock({ rate: 100, faults: "garbage=0.5" });
  await using client = await open(`${mock.url}/ws/v5/public`);
  client.send(subscribe("books", "ETH-USDT"));
  await waitFor("many updates", () => client.pushes("books").length > 20);
  assert.ok(client.texts.length > client.frames().length);
  const rows = client.pushes("books").map(({ data }) => data?.[0]);
  rows.slice(1).forEach((row, index) => assert.equal(row?.["prevSeqId"], rows[index]?.["seqId"]));
});

Deno.test("notice announces the end of a connection before it comes", async () => {
  await using mock = await startMock();
  await using client = await open(`${mock.url}/ws/v5/public`);
  await waitFor("the connection", () => mock.stats().connections === 1);
  mock.command("notice 50ms");
  await withTimeout("the close", client.closed);
  assert.equal(client.events("notice")[0]?.code, "64008");
});

Deno.test("a connection without a subscription is closed with 4004 after 30 seconds", async () => {
  let ahead = 0;
  await using mock = await startMock({ now: () => Date.now() + ahead });
  await using client = await open(`${mock.url}/ws/v5/public`);
  await using subscribed = await open(`${mock.url}/ws/v5/public`);
  subscribed.send(subscribe("tickers", "BTC-USDT"));
  await waitFor("tickers", () => subscribed.pushes("tickers").length > 0);
  ahead = 29_000;
  await waitFor(
    "a ticker after that",
    () => Number(subscribed.pushes("tickers").at(-1)?.data?.[0]?.["ts"]) > Date.now() + 1000,
  );
  ahead = 31_000;
  assert.equal((await withTimeout("the close", client.closed)).code, 4004);
  assert.equal(subscribed.socket.readyState, WebSocket.OPEN);
});

Deno.test("a request over 64 KB ends the connection with 1009", async () => {
  await using mock = await startMock();
  await using client = await open(`${mock.url}/ws/v5/public`);
  client.socket.send("x".repeat(70_000));
  assert.equal((await withTimeout("the close", client.closed)).code, 1009);
});

Deno.test("v3 frames are binary and inflate one by one", async () => {
  await using mock = await startMock();
  await using client = await open(`${mock.url}/ws/v3`);
  client.socket.send("ping");
  client.send({
    op: "subscribe",
    args: ["spot/ticker:ETH-USDT", "spot/trade:BTC-USD-SWAP", "spot/depth:BTC-USDT"],
  });
  const texts = () => client.bytes.map((bytes) => inflateRawSync(bytes).toString());
  await waitFor(
    "a partial, an update and a ticker",
    () =>
      ['"partial"', '"update"', '"spot/ticker"'].every((part) => texts().some((text) => text.includes(part))),
  );
  assert.equal(texts()[0], "pong");
  assert.ok(texts().includes('{"event":"subscribe","channel":"spot/ticker:ETH-USDT"}'));
  assert.ok(texts().some((text) => text.includes('"errorCode":30040')));
  assert.deepEqual(client.texts, []);
});

Deno.test("REST shares the market with the pushes", async () => {
  await using mock = await startMock();
  await using client = await open(`${mock.url}/ws/v5/business`);
  client.send(subscribe("trades-all", "BTC-USDT"));
  const trade = await waitFor("a trade", () => client.pushes("trades-all").at(1)?.data?.[0]);
  const answer = await getJson(`${mock.restUrl}/api/v5/market/trades?instId=BTC-USDT&limit=500`);
  assert.equal(answer.code, "0");
  const same = answer.data.find((row) => row["tradeId"] === trade["tradeId"]);
  assert.deepEqual(same, trade);
});

Deno.test("REST paging walks the candles without gaps or duplicates", async () => {
  await using mock = await startMock();
  const opens: number[] = [];
  for (let after = ""; opens.length < 900;) {
    const url = `${mock.restUrl}/api/v5/market/history-candles?instId=BTC-USDT&bar=5m&limit=300${after}`;
    const { data } = await getJson(url);
    opens.push(...data.map((row) => Number(row[0])));
    after = `&after=${opens.at(-1)}`;
  }
  opens.forEach((openMs, index) => assert.equal(openMs, opens[0]! - index * 300_000));
});

Deno.test("faults can be asked for over HTTP, and a bad one says why", async () => {
  await using mock = await startMock();
  const post = async (body: string) => {
    const response = await fetch(`${mock.restUrl}/mock/command`, { method: "POST", body });
    return [response.status, (await response.text()).trim()];
  };
  assert.deepEqual(await post("late-ack 2s"), [200, "late-ack 2000 ms"]);
  const [status, text] = await post("explode");
  assert.equal(status, 400);
  assert.match(String(text), /^Unknown fault: explode \(known: /);
  assert.match(await (await fetch(mock.restUrl)).text(), /simulated OKX/);
  assert.equal((await getJson(`${mock.restUrl}/mock/stats`))["connections"], 0);
  assert.throws(() => mock.command("drop everywhere"), SyntaxError);
});

Deno.test("limits, when enforced, refuse the fourth connection of a second", async () => {
  await using mock = await startMock({ limits: true, now: () => 1_786_540_435_948 });
  const clients: Client[] = [];
  for (let count = 0; count < 3; count++) clients.push(await open(`${mock.url}/ws/v5/public`));
  await assert.rejects(open(`${mock.url}/ws/v5/public`));
  for (const client of clients) await client[Symbol.asyncDispose]();
});

Deno.test("a faulty list of faults is refused before anything starts", async () => {
  await assert.rejects(startMock({ faults: "dorp=20s" } satisfies MockOptions), SyntaxError);
});

Deno.test("close ends subscribed, silent and half-open clients, and can be called twice", async () => {
  const mock = await startMock();
  await using subscribed = await open(`${mock.url}/ws/v5/public`);
  subscribed.send(subscribe("tickers", "BTC-USDT"));
  await waitFor("tickers", () => subscribed.pushes("tickers").length > 0);
  mock.command("silent on");
  // Speaks HTTP as far as the upgrade and then never answers anything, not even a close.
  using halfOpen = await Deno.connect({ hostname: "127.0.0.1", port: mock.port });
  const request =
    "GET /ws/v5/public HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n" +
    "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
  await halfOpen.write(new TextEncoder().encode(request));
  await waitFor("both connections", () => mock.stats().connections === 2);
  await withTimeout("close", Promise.all([mock.close(), mock.close()]), 2000);
  assert.equal((await withTimeout("the close frame", subscribed.closed)).code, 1001);
  await assert.rejects(fetch(`http://127.0.0.1:${mock.port}/`));
});

function open(url: string): Promise<Client> {
  return connectWs<Frame>(url);
}

function subscribe(channel: string, instId: string): { op: string; args: unknown[] } {
  return { op: "subscribe", args: [{ channel, instId }] };
}

function login(sign: string): unknown {
  return {
    op: "login",
    args: [{ apiKey: "demo-key", passphrase: "demo-pass", timestamp: seconds(), sign }],
  };
}

function seconds(): string {
  return String(Math.floor(Date.now() / 1000));
}

async function getJson(
  url: string,
): Promise<{ code: string; data: (Record<string, unknown> & string[])[]; connections?: number }> {
  return await (await fetch(url)).json();
}
