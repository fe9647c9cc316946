/**
 * The life of connections: dial, login, subscribe, silence, loss, back-off, again, stop. The file is long because
 * every moment at which a connection can be lost or stopped is a test of its own.
 */
import assert from "node:assert/strict";
import {
  acknowledge,
  type FakeArg,
  type FakeConnection,
  healthy,
  refuse,
  startFakeOkx,
} from "../support/fake_okx.ts";
import { redisTest, startRedis } from "../support/redis_server.ts";
import { type Running, startService, startSubscriber } from "../support/service.ts";
import { waitFor, withTimeout } from "../support/wait.ts";

const TICKERS = "tickers:BTC-USDT";
const ARG = { channel: "tickers", instId: "BTC-USDT" };
const LOGIN = { name: "test", apiKey: "the-key", secret: "the-secret", password: "the-phrase" };

Deno.test("a stop while dialling does not wait for the exchange", async () => {
  await using okx = startFakeOkx({ handshake: "hang" });
  await using run = await startService({
    endpoint: okx.url,
    channels: [TICKERS],
    timing: { dialMs: 30_000 },
  });
  await waitFor("a dial", () => okx.connections.length === 1);
  await withTimeout("the stop", run.service.stop(), 2000);
});

Deno.test("a stop during back-off does not wait for its end", async () => {
  await using okx = startFakeOkx({ handshake: "refuse" });
  await using run = await startService({ endpoint: okx.url, channels: [TICKERS] });
  // After the fifth dial in a row the pause is two to four seconds.
  await waitFor("back-off", () => okx.connections.length === 5 && stateOf(run, "public") === "waiting");
  await withTimeout("the stop", run.service.stop(), 1500);
  assert.equal(okx.connections.length, 5);
});

Deno.test("a dial that nobody answers is given up and repeated", async () => {
  await using okx = startFakeOkx(({ index }) => index === 0 ? { handshake: "hang" } : {});
  await using run = await startService({ endpoint: okx.url, channels: [TICKERS], timing: { dialMs: 2000 } });
  await becomes(run, TICKERS, "live");
  assert.equal(okx.connections.length, 2);
});

Deno.test("a connection that drops before its answer leaves the path wanted, and the next one asks again", async () => {
  await using okx = startFakeOkx(({ index }) =>
    index > 0 ? {} : {
      answer: (_request, connection) => {
        connection.drop();
        return [];
      },
    }
  );
  await using run = await startService({ endpoint: okx.url, channels: [TICKERS] });
  await waitFor("the drop", () => okx.connections[0]?.requests.length === 1);
  await becomes(run, TICKERS, "live");
  assert.deepEqual(okx.connections.map((each) => each.asked("subscribe")), [[ARG], [ARG]]);
});

Deno.test("a late frame of the first connection does not speak on the second", async () => {
  await using okx = startFakeOkx(({ index }) => index === 0 ? { pong: false } : {});
  await using run = await startService({
    endpoint: okx.url,
    channels: [TICKERS],
    timing: { idleMs: 150, pongMs: 3000 },
  });
  await using subscriber = await startSubscriber(
    run.redisUrl,
    "okex/test/tickers:BTC-USDT",
    "okex/test/event",
  );
  await becomes(run, TICKERS, "live");
  const first = okx.current() as FakeConnection;
  // It will not receive the close frame either, so that its end of the connection stays open.
  first.goDeaf();
  const second = await waitFor(
    "a second connection",
    () => okx.connections.find(({ index, open }) => index > 0 && open),
  );
  await becomes(run, TICKERS, "live");
  await waitFor("its request", () => second.asked("subscribe").length === 1);
  assert.ok(first.open);
  first.push(ARG, [ticker("late")]);
  first.send({ event: "error", code: "60018", msg: "channel:tickers,instId:BTC-USDT doesn't exist" });
  first.close();
  second.push(ARG, [ticker("new")]);
  await waitFor("the row", async () => (await rowOf(run, TICKERS)).last === "new");
  assert.deepEqual(subscriber.on("okex/test/tickers:BTC-USDT").map((text) => JSON.parse(text).last), ["new"]);
  assert.ok(!subscriber.on("okex/test/event").some((text) => text.includes("60018")));
  assert.equal((await run.sub(TICKERS))?.state, "live");
  assert.equal(okx.connections.length, 2);
});

Deno.test("data that comes before the answer is kept and makes the path live", async () => {
  await using okx = startFakeOkx({
    answer: (request, connection) => {
      connection.push(ARG, [ticker("early")]);
      for (const frame of healthy(request)) connection.later(100, frame);
      return [];
    },
  });
  await using run = await startService({ endpoint: okx.url, channels: [TICKERS] });
  await becomes(run, TICKERS, "live");
  await waitFor("the row", async () => (await rowOf(run, TICKERS)).last === "early");
  okx.current()?.push(ARG, [ticker("next")]);
  await waitFor("the next row", async () => (await rowOf(run, TICKERS)).last === "next");
});

Deno.test("a refused path does not stop the others of its request", async (t) => {
  const paths = ["A", "B", "NOPE", "C"].map((name) => `tickers:${name}-USDT`);
  const isBad = (arg: FakeArg) => arg.instId === "NOPE-USDT";
  for (const echo of [true, false]) {
    await t.step(`answers ${echo ? "with" : "without"} the id of the request`, async () => {
      await using okx = startFakeOkx({
        answer: (request) =>
          request.args.map((arg) =>
            isBad(arg) ? refuse(request, arg, { echo }) : acknowledge(request, arg, { echo })
          ),
      });
      await using run = await startService({ endpoint: okx.url, channels: paths });
      await becomes(run, "tickers:NOPE-USDT", "refused");
      for (const path of paths.filter((path) => !path.includes("NOPE"))) await becomes(run, path, "live");
      assert.equal((await run.sub("tickers:NOPE-USDT"))?.error?.code, "60018");
      assert.equal(okx.connections.length, 1);
    });
  }
  await t.step("the answers come in another order, the refusal first", async () => {
    await using okx = startFakeOkx({
      answer: (request) => [
        ...request.args.filter(isBad).map((arg) => refuse(request, arg)),
        ...request.args.filter((arg) => !isBad(arg)).reverse().map((arg) => acknowledge(request, arg)),
      ],
    });
    await using run = await startService({ endpoint: okx.url, channels: paths });
    await becomes(run, "tickers:NOPE-USDT", "refused");
    for (const path of paths.filter((path) => !path.includes("NOPE"))) await becomes(run, path, "live");
  });
  await t.step("the refusal names nothing: each that is still open is asked for alone", async () => {
    await using okx = startFakeOkx({
      answer: (request) =>
        request.args.length > 1
          ? [{ event: "error", code: "60013", msg: "Invalid args" }]
          : request.args.map((arg) => isBad(arg) ? refuse(request, arg) : acknowledge(request, arg)),
    });
    await using run = await startService({ endpoint: okx.url, channels: paths });
    await becomes(run, "tickers:NOPE-USDT", "refused");
    for (const path of paths.filter((path) => !path.includes("NOPE"))) await becomes(run, path, "live");
    assert.deepEqual(okx.current()?.requests.map((request) => request.args.length), [4, 1, 1, 1, 1]);
  });
});

Deno.test("a refused path is asked for again on the next connection", async () => {
  await using okx = startFakeOkx(({ index }) =>
    index > 0 ? {} : { answer: (request) => request.args.map((arg) => refuse(request, arg)) }
  );
  await using run = await startService({ endpoint: okx.url, channels: [TICKERS] });
  await becomes(run, TICKERS, "refused");
  okx.current()?.drop();
  await becomes(run, TICKERS, "live");
  assert.equal((await run.sub(TICKERS))?.error, null);
});

Deno.test("frames that cannot be read are counted and skipped", async () => {
  await using okx = startFakeOkx();
  await using run = await startService({ endpoint: okx.url, channels: [TICKERS] });
  await becomes(run, TICKERS, "live");
  const bad = [
    "",
    "nonsense",
    '{"arg":{"channel":"tick',
    "[]",
    "null",
    '{"event":"subscribe"}',
    '{"arg":{},"data":[]}',
  ];
  for (const frame of bad) okx.current()?.send(frame);
  okx.current()?.push(ARG, [null, 1, "text", ticker("good")]);
  await waitFor("the row", async () => (await rowOf(run, TICKERS)).last === "good");
  // Three of the four rows are no rows.
  assert.equal(run.service.view().stats.unreadable, bad.length + 3);
  assert.equal(okx.connections.length, 1);
});

Deno.test("silence is answered with a ping, and a ping without an answer with a new connection", async () => {
  await using okx = startFakeOkx();
  await using run = await startService({
    endpoint: okx.url,
    channels: [TICKERS],
    timing: { idleMs: 150, pongMs: 2000 },
  });
  const first = await waitFor("a connection", () => okx.current());
  const pings = () => first.requests.filter(({ op }) => op === "ping");
  await waitFor("three pings", () => pings().length >= 3);
  assert.equal(okx.connections.length, 1);
  first.silent = true;
  const second = await waitFor("a second connection", () => okx.connections[1]);
  assert.ok(second.dialledAt - (pings().at(-1)?.at ?? 0) >= 2000);
  await becomes(run, TICKERS, "live");
  assert.match(String(run.service.view().servers[0]?.connections[0]?.lastError), /ping/);
});

Deno.test("a new connection asks for exactly what is wanted, in requests below 64 KB", async () => {
  const paths = Array.from({ length: 1500 }, (_, i) => `tickers:COIN${i}-USDT`);
  await using okx = startFakeOkx();
  await using run = await startService({ endpoint: okx.url, channels: paths });
  const allLive = async () => {
    const subs = await run.client.subscriptions("test");
    return [...subs.values()].filter(({ state }) => state === "live").length === paths.length;
  };
  await waitFor("all live", allLive);
  await run.client.unsubscribe("test", paths.slice(0, 10));
  await run.client.subscribe("test", "tickers:LATE-USDT");
  okx.current()?.drop();
  const desired = [...paths.slice(10), "tickers:LATE-USDT"].map((path) => path.split(":")[1]).sort();
  await waitFor(
    "a second connection",
    () => okx.connections[1]?.asked("subscribe").length === desired.length,
  );
  assert.deepEqual(okx.connections[1]?.asked("subscribe").map(({ instId }) => instId).sort(), desired);
  assert.deepEqual(okx.connections[1]?.asked("unsubscribe"), []);
  for (const { requests } of okx.connections) {
    assert.ok(requests.length >= 2);
    for (const { text } of requests) assert.ok(new TextEncoder().encode(text).length < 64 * 1024);
  }
});

Deno.test("a path unsubscribed while disconnected is not asked for again", async () => {
  const other = "tickers:ETH-USDT";
  await using okx = startFakeOkx();
  await using run = await startService({ endpoint: okx.url, channels: [TICKERS, other] });
  await becomes(run, TICKERS, "live");
  okx.plan({ handshake: "refuse" });
  okx.current()?.drop();
  await becomes(run, TICKERS, "stale");
  await run.client.unsubscribe("test", TICKERS);
  assert.equal(await run.sub(TICKERS), undefined);
  okx.plan({});
  await becomes(run, other, "live");
  const { requests } = okx.current() as FakeConnection;
  assert.deepEqual(requests.map(({ op, args }) => [op, args]), [
    ["subscribe", [{ channel: "tickers", instId: "ETH-USDT" }]],
  ]);
});

Deno.test("an unsubscribed path is ended at the exchange", async () => {
  await using okx = startFakeOkx();
  await using run = await startService({ endpoint: okx.url, channels: [TICKERS] });
  await becomes(run, TICKERS, "live");
  await run.client.unsubscribe("test", TICKERS);
  await waitFor("the request", () => okx.current()?.asked("unsubscribe").length === 1);
  assert.deepEqual(okx.current()?.asked("unsubscribe"), [ARG]);
});

Deno.test("a private channel is asked for after the login", async () => {
  await using okx = startFakeOkx({
    answer: (request, connection) => {
      if (request.op !== "login") return healthy(request);
      connection.later(150, { event: "login", code: "0", msg: "" });
      return [];
    },
  });
  await using run = await startService({
    endpoint: okx.url,
    servers: [LOGIN],
    channels: ["account", TICKERS],
  });
  await becomes(run, "account", "live");
  await becomes(run, TICKERS, "live");
  assert.deepEqual(okx.at("private")[0]?.requests.map(({ op }) => op), ["login", "subscribe"]);
  assert.deepEqual(okx.at("public")[0]?.requests.map(({ op }) => op), ["subscribe"]);
});

Deno.test("a refused login is shown, costs no public data and is not repeated soon", async () => {
  await using okx = startFakeOkx({
    answer: (request) =>
      request.op === "login" ? [{ event: "error", code: "60005", msg: "Invalid apiKey" }] : healthy(request),
  });
  await using run = await startService({
    endpoint: okx.url,
    servers: [LOGIN],
    channels: ["account", TICKERS],
    timing: { idleMs: 150 },
  });
  await becomes(run, "account", "refused");
  await becomes(run, TICKERS, "live");
  const { code, message = "" } = (await run.sub("account"))?.error ?? {};
  assert.equal(code, "60005");
  assert.match(message, /^Invalid apiKey \(.*ENDPOINT/);
  const publicOne = okx.current() as FakeConnection;
  const before = publicOne.requests.length;
  await waitFor("more than a second of pings", () => publicOne.requests.length >= before + 8);
  assert.equal(okx.at("private").length, 1);
  publicOne.push(ARG, [ticker("1")]);
  await waitFor("the row", async () => (await rowOf(run, TICKERS)).last === "1");
});

Deno.test("a service upgrade that ends the connection is survived", async () => {
  await using okx = startFakeOkx();
  await using run = await startService({ endpoint: okx.url, channels: [TICKERS] });
  await using subscriber = await startSubscriber(run.redisUrl, "okex/test/event");
  await becomes(run, TICKERS, "live");
  const notice = {
    event: "notice",
    code: "64008",
    msg: "The connection will soon be closed",
    connId: "a4d3ae55",
  };
  okx.current()?.send(notice);
  await waitFor("the notice", () => subscriber.messages.some(({ message }) => message.includes("64008")));
  okx.connections[0]?.close(1001, "going away");
  await waitFor("a second connection", () => okx.connections[1]?.open);
  await becomes(run, TICKERS, "live");
});

Deno.test("a replacement that is lost itself is dialled again while the old connection still speaks", async () => {
  await using okx = startFakeOkx();
  await using run = await startService({
    endpoint: okx.url,
    channels: [TICKERS],
    timing: { overlapMs: 5000 },
  });
  await using subscriber = await startSubscriber(run.redisUrl, "okex/test/status");
  await becomes(run, TICKERS, "live");
  okx.current()?.send({ event: "notice", code: "64008", msg: "soon", connId: "a4d3ae55" });
  await waitFor("the replacement", () => okx.connections[1]?.asked("subscribe").length === 1);
  okx.connections[1]?.drop();
  await waitFor("another", () => okx.connections[2]?.asked("subscribe").length === 1);
  okx.connections[0]?.push(ARG, [ticker("old")]);
  await waitFor("the old one's row", async () => (await rowOf(run, TICKERS)).last === "old");
  okx.connections[2]?.push(ARG, [ticker("new")]);
  await waitFor("the new one's row", async () => (await rowOf(run, TICKERS)).last === "new");
  okx.connections[0]?.push(ARG, [ticker("late")]);
  okx.connections[0]?.close(1001, "going away");
  await waitFor("one connection", () => run.service.view().servers[0]?.connections.length === 1);
  assert.equal((await rowOf(run, TICKERS)).last, "new");
  assert.equal((await run.sub(TICKERS))?.state, "live");
  assert.ok(!subscriber.messages.some(({ message }) => message === "DISCONNECTED"));
});

Deno.test("a connection that breaks inside a frame keeps the last whole row", async () => {
  await using okx = startFakeOkx();
  await using run = await startService({ endpoint: okx.url, channels: [TICKERS] });
  await becomes(run, TICKERS, "live");
  okx.current()?.push(ARG, [ticker("whole")]);
  await waitFor("the row", async () => (await rowOf(run, TICKERS)).last === "whole");
  okx.current()?.dropInside({ arg: ARG, data: [ticker("half")] });
  await waitFor("a second connection", () => okx.connections[1]?.open);
  await becomes(run, TICKERS, "live");
  assert.equal((await rowOf(run, TICKERS)).last, "whole");
  assert.equal(run.service.view().stats.unreadable, 0);
});

redisTest("two stops are one, and done resolves with it", async () => {
  await using server = await startRedis();
  await using okx = startFakeOkx();
  await using subscriber = await startSubscriber(server.url, "okws/info");
  await using run = await startService({ endpoint: okx.url, channels: [TICKERS], redisUrl: server.url });
  await becomes(run, TICKERS, "live");
  await withTimeout("both stops", Promise.all([run.service.stop(), run.service.stop()]), 5000);
  await withTimeout("done", run.service.done, 1000);
  await run.service.stop();
  await waitFor("the announcement", () => subscriber.messages.length >= 2);
  assert.deepEqual(subscriber.on("okws/info"), ["CONNECTED", "EXIT"]);
  assert.equal(await run.redis.get("okex/test/status"), "EXIT");
  assert.equal(JSON.parse(await run.redis.hget("okex/test/subs", TICKERS) ?? "{}").state, "stale");
});

Deno.test("a stop never hangs on a silent exchange", async () => {
  await using okx = startFakeOkx({
    onOpen: (connection) => {
      connection.silent = true;
      connection.goDeaf();
    },
  });
  await using run = await startService({ endpoint: okx.url, channels: [TICKERS] });
  await waitFor("the connection", () => stateOf(run, "public") === "connected");
  await withTimeout("the stop", run.service.stop(), 3000);
});

Deno.test("a stop does not wait for a command that waits for a silent exchange", async () => {
  await using okx = startFakeOkx({ onOpen: (connection) => void (connection.silent = true) });
  await using run = await startService({ endpoint: okx.url });
  await waitFor("the connection", () => stateOf(run, "public") === "connected");
  const waiting = run.client.trySubscribe("test", TICKERS);
  // Left to itself until it is looked at below.
  waiting.catch(() => {});
  await waitFor("the request", () => okx.current()?.requests.length === 1);
  await withTimeout("the stop", run.service.stop(), 5000);
  const [answer] = await withTimeout("an answer to the command", waiting, 1000);
  assert.notEqual(answer?.state, "live");
});

Deno.test("the statuses of a server come in order, on the status and the event channel", async () => {
  await using okx = startFakeOkx();
  await using run = await startService({ endpoint: okx.url, servers: [] });
  await using subscriber = await startSubscriber(run.redisUrl, "okex/test/status", "okex/test/event");
  await run.client.openWs("test");
  await run.client.subscribe("test", TICKERS);
  okx.current()?.push(ARG, [ticker("1")]);
  await waitFor("data", async () => await run.client.serverStatus("test") === "ON_DATA");
  okx.plan({ handshake: "refuse" });
  okx.current()?.drop();
  await waitFor("the loss", async () => await run.client.serverStatus("test") === "DISCONNECTED");
  okx.plan({});
  await waitFor("the return", async () => await run.client.serverStatus("test") === "CONNECTED");
  await run.client.closeWs("test");
  await waitFor("the end", async () => await run.client.serverStatus("test") === "EXIT");
  const ops = () =>
    subscriber.on("okex/test/event").flatMap((text) => (JSON.parse(text) as { op?: string }).op ?? []);
  await waitFor(
    "both channels",
    () => subscriber.on("okex/test/status").at(-1) === "EXIT" && ops().at(-1) === "EXIT",
  );
  const expected = ["READY", "CONNECTED", "ON_DATA", "DISCONNECTED", "CONNECTED", "DISCONNECTED", "EXIT"];
  assert.deepEqual(subscriber.on("okex/test/status"), expected);
  assert.deepEqual(ops(), expected);
});

Deno.test("a lost connection is said of every path before it is replaced", async () => {
  await using okx = startFakeOkx();
  await using run = await startService({ endpoint: okx.url, channels: [TICKERS, "books5:BTC-USDT"] });
  const book = { channel: "books5", instId: "BTC-USDT" };
  await becomes(run, "books5:BTC-USDT", "syncing");
  await becomes(run, TICKERS, "live");
  const state = async () => (await run.redis.hgetall("okex/test/books5:BTC-USDT")).state;
  okx.current()?.push(book, [{
    asks: [["2", "1", "0", "1"]],
    bids: [["1", "1", "0", "1"]],
    ts: "1",
    seqId: 1,
  }]);
  await waitFor("the book", async () => await state() === "live");
  await becomes(run, "books5:BTC-USDT", "live");
  okx.plan({ handshake: "refuse" });
  okx.current()?.drop();
  await becomes(run, TICKERS, "stale");
  await becomes(run, "books5:BTC-USDT", "stale");
  await waitFor("a stale book", async () => await state() === "stale");
  const stale = await run.redis.hgetall("okex/test/books5:BTC-USDT");
  assert.deepEqual(JSON.parse(stale.bids ?? ""), [["1", "1", "0", "1"]]);
  assert.equal(okx.connections.filter(({ open }) => open).length, 0);
  okx.plan({});
  await becomes(run, "books5:BTC-USDT", "syncing");
  // Nothing has come yet: what is kept is still the old book.
  assert.equal(await state(), "stale");
  okx.current()?.push(book, [{
    asks: [["3", "1", "0", "1"]],
    bids: [["2", "1", "0", "1"]],
    ts: "2",
    seqId: 2,
  }]);
  await waitFor("a live book", async () => await state() === "live");
});

Deno.test("a server on two endpoints is connected only when both are", async (t) => {
  const candles = "candle1m:BTC-USDT";
  await t.step("from the start", async () => {
    await using okx = startFakeOkx(({ endpoint }) => endpoint === "business" ? { handshake: "refuse" } : {});
    await using run = await startService({ endpoint: okx.url, channels: [TICKERS, candles] });
    await becomes(run, TICKERS, "live");
    await waitFor("a second try of candles", () => okx.at("business").length >= 2);
    assert.equal(await run.client.serverStatus("test"), "READY");
    okx.plan({});
    await becomes(run, candles, "live");
    await waitFor("connected", async () => await run.client.serverStatus("test") === "CONNECTED");
  });
  await t.step("after a loss of both", async () => {
    await using okx = startFakeOkx();
    await using run = await startService({ endpoint: okx.url, channels: [TICKERS, candles] });
    await becomes(run, candles, "live");
    await becomes(run, TICKERS, "live");
    await using subscriber = await startSubscriber(run.redisUrl, "okex/test/status");
    okx.plan({ handshake: "refuse" });
    okx.current("business")?.drop();
    await waitFor("the loss", async () => await run.client.serverStatus("test") === "DISCONNECTED");
    assert.equal((await run.sub(TICKERS))?.state, "live");
    okx.current("public")?.drop();
    await becomes(run, TICKERS, "stale");
    okx.plan(({ endpoint }) => endpoint === "business" ? { handshake: "refuse" } : {});
    await becomes(run, TICKERS, "live");
    assert.equal(await run.client.serverStatus("test"), "DISCONNECTED");
    okx.plan({});
    await becomes(run, candles, "live");
    await waitFor("the return", async () => await run.client.serverStatus("test") === "CONNECTED");
    assert.deepEqual(subscriber.on("okex/test/status"), ["DISCONNECTED", "CONNECTED"]);
  });
});

async function becomes(run: Running, path: string, state: string): Promise<void> {
  await waitFor(`${path} ${state}`, async () => (await run.sub(path))?.state === state);
}

function stateOf(run: Running, endpoint: string): string | undefined {
  return run.service.view().servers[0]?.connections.find((each) => each.endpoint === endpoint)?.state;
}

async function rowOf(run: Running, path: string): Promise<Record<string, string>> {
  return await run.redis.hgetall(`okex/test/${path}`);
}

function ticker(last: string): Record<string, string> {
  return { instType: "SPOT", instId: "BTC-USDT", last, ts: String(Date.now()) };
}
