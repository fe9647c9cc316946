/** The v5 protocol of the simulated exchange: answers to requests, logins, limits of connections, refusals. */
import assert from "node:assert/strict";
import { signLogin } from "../../../src/mock/login.ts";
import { createMarket } from "../../../src/mock/market/market.ts";
import { createRandom } from "../../../src/mock/market/random.ts";
import { Script } from "../../../src/mock/faults/script.ts";
import type { Reply } from "../../../src/mock/session.ts";
import { closeForSilence } from "../../../src/mock/session.ts";
import type { V5Options } from "../../../src/mock/v5.ts";
import { V5Session } from "../../../src/mock/v5.ts";

const NOW = Date.UTC(2026, 7, 14, 9, 30);
const market = createMarket({ seed: 1, startMs: NOW });

Deno.test("a subscription is acknowledged with id and connId, then opened", () => {
  const replies = ask(session(), subscribe("a17", { channel: "tickers", instId: "BTC-USDT" }));
  assert.deepEqual(frames(replies), [{
    id: "a17",
    event: "subscribe",
    arg: { channel: "tickers", instId: "BTC-USDT" },
    connId: "a4d3ae55",
  }]);
  assert.deepEqual(replies.map(({ kind }) => kind), ["answer", "open"]);
});

Deno.test("every argument of a request has its own answer", () => {
  const replies = ask(
    session(),
    subscribe("b2", { channel: "trades", instId: "BTC-USDT" }, {
      channel: "index-tickers",
      instId: "NEAR-USDT-SWAP",
    }),
  );
  assert.deepEqual(frames(replies)[1], {
    id: "b2",
    event: "error",
    code: "60018",
    msg:
      "Wrong URL or channel:index-tickers, instId:NEAR-USDT-SWAP doesn't exist. Please use the correct URL, " +
      "channel and parameters referring to API document.",
    connId: "a4d3ae55",
  });
});

const refused:
  readonly (readonly [what: string, endpoint: V5Options["endpoint"], text: string, code: string])[] = [
    ["text that is no JSON", "public", "{", "60012"],
    ["a request without args", "public", '{"op":"subscribe"}', "60012"],
    ["an id with a hyphen", "public", '{"id":"a-1","op":"subscribe","args":[]}', "60012"],
    ["an unknown op", "public", '{"op":"snooze","args":[]}', "60019"],
    ["no argument at all", "public", '{"op":"subscribe","args":[]}', "60013"],
    ["an argument that is no object", "public", '{"op":"subscribe","args":["tickers"]}', "60013"],
    [
      "an unknown channel",
      "public",
      subscribe(undefined, { channel: "tikcers", instId: "BTC-USDT" }),
      "60018",
    ],
    [
      "an unknown instrument",
      "public",
      subscribe(undefined, { channel: "tickers", instId: "BTC-XYZ" }),
      "60018",
    ],
    [
      "a candle on /public",
      "public",
      subscribe(undefined, { channel: "candle1m", instId: "BTC-USDT" }),
      "64001",
    ],
    [
      "a ticker on /business",
      "business",
      subscribe(undefined, { channel: "tickers", instId: "BTC-USDT" }),
      "64002",
    ],
    ["an account on /public", "public", subscribe(undefined, { channel: "account" }), "60018"],
    ["an account before login", "private", subscribe(undefined, { channel: "account" }), "60011"],
    [
      "a VIP book before login",
      "public",
      subscribe(undefined, { channel: "books-l2-tbt", instId: "BTC-USDT" }),
      "60011",
    ],
    ["uly", "public", subscribe(undefined, { channel: "opt-summary", uly: "BTC-USD" }), "64000"],
    [
      "one-second candles of an option",
      "business",
      subscribe(undefined, {
        channel: "candle1s",
        instId: "BTC-USD-260925-65000-C",
      }),
      "60018",
    ],
    ["a login with an unknown key", "private", login({ apiKey: "other" }), "60005"],
    ["a login with a key of another region", "private", login({ apiKey: "other-region-key" }), "60032"],
    [
      "a login with a key of the other environment",
      "private",
      login({ apiKey: "other-environment-key" }),
      "50101",
    ],
    ["a login with a key for other addresses", "private", login({ apiKey: "other-address-key" }), "50110"],
    ["a login with a wrong signature", "private", login({ sign: "AAAA" }), "60007"],
    ["a login with a wrong passphrase", "private", login({ passphrase: "other" }), "60024"],
    ["a login with milliseconds", "private", login({ timestamp: String(NOW) }), "60004"],
    ["a login of 31 seconds ago", "private", login({ timestamp: String(NOW / 1000 - 31) }), "60006"],
  ];
for (const [what, endpoint, text, code] of refused) {
  Deno.test(`${what} is answered with ${code}`, () => {
    const replies = ask(session({ endpoint }), text);
    assert.deepEqual(replies.map(({ kind }) => kind), ["answer"]);
    const [frame] = frames(replies);
    assert.deepEqual([frame?.["event"], frame?.["code"]], ["error", code]);
    assert.equal(typeof frame?.["msg"], "string");
  });
}

Deno.test("the right login opens private channels, which are counted by connection", () => {
  const one = session({ endpoint: "private" });
  assert.deepEqual(frames(ask(one, login({}))), [{ event: "login", code: "0", msg: "", connId: "a4d3ae55" }]);
  const replies = ask(one, subscribe(undefined, { channel: "account" }));
  assert.deepEqual(frames(replies).map(({ event }) => event), ["subscribe", "channel-conn-count"]);
  assert.deepEqual(frames(ask(one, login({})))[0]?.["code"], "60031");
});

Deno.test("above its connection limit a private channel is acknowledged and taken back", () => {
  const script = new Script(createRandom(1));
  script.load("conn-count-error");
  const one = session({ endpoint: "private", script });
  ask(one, login({}));
  const replies = ask(one, subscribe(undefined, { channel: "orders", instType: "SWAP" }));
  assert.deepEqual(replies.map(({ kind }) => kind), ["answer", "answer"]);
  assert.deepEqual(frames(replies)[1], {
    event: "channel-conn-count-error",
    channel: "orders",
    connCount: "30",
    connId: "a4d3ae55",
  });
});

Deno.test("books beside books-l2-tbt: refused after it, ended by it", () => {
  const one = session({ endpoint: "public" });
  ask(one, login({}));
  const books = { channel: "books", instId: "BTC-USDT" };
  ask(one, subscribe(undefined, books));
  const replies = ask(one, subscribe(undefined, { channel: "books-l2-tbt", instId: "BTC-USDT" }));
  assert.deepEqual(frames(replies).map(({ event }) => event), ["subscribe", "unsubscribe"]);
  assert.equal(frames(ask(one, subscribe(undefined, books)))[0]?.["code"], "64004");
});

Deno.test("a subscription asked for twice is opened once, and unsubscribing shuts it", () => {
  const one = session();
  const arg = { channel: "tickers", instId: "BTC-USDT" };
  ask(one, subscribe(undefined, arg));
  assert.deepEqual(ask(one, subscribe(undefined, arg)).map(({ kind }) => kind), ["answer"]);
  const replies = ask(
    one,
    JSON.stringify({ op: "unsubscribe", args: [{ instId: "BTC-USDT", channel: "tickers" }] }),
  );
  assert.deepEqual(replies.map(({ kind }) => kind), ["shut", "answer"]);
  assert.deepEqual(one.channels, []);
});

Deno.test("refusals of the script come first, with the usual code or the one given", () => {
  const script = new Script(createRandom(1));
  script.load("refuse=tickers:XRP-USDT,refuse=trades@64003,refuse=login");
  const one = session({ script });
  const code = (text: string) => frames(ask(one, text))[0]?.["code"];
  assert.equal(code(subscribe(undefined, { channel: "tickers", instId: "XRP-USDT" })), "60018");
  assert.equal(code(subscribe(undefined, { channel: "trades", instId: "XRP-USDT" })), "64003");
  assert.equal(code(subscribe(undefined, { channel: "tickers", instId: "BTC-USDT" })), undefined);
  assert.equal(code(login({})), "60009");
});

Deno.test("ping is answered with pong, and a request over 64 KB ends the connection", () => {
  assert.deepEqual(ask(session(), "ping"), [{ kind: "pong", payload: "pong" }]);
  assert.equal((ask(session(), " ".repeat(65_537))[0] as { code: number }).code, 1009);
});

Deno.test("the hourly number of requests is limited when asked for", () => {
  const one = session({ requestsPerHour: 2 });
  const text = subscribe(undefined, { channel: "tickers", instId: "BTC-USDT" });
  ask(one, text);
  ask(one, text);
  assert.equal(frames(ask(one, text))[0]?.["code"], "60014");
});

Deno.test("a connection is ended after 30 seconds without a subscription or without a frame", () => {
  const closed = (subscribed: boolean, sentMs: number, nowMs: number) =>
    closeForSilence({ openedMs: 0, sentMs, subscribed }, nowMs) !== undefined;
  assert.equal(closed(false, 29_000, 30_001), true);
  assert.equal(closed(true, 29_000, 30_001), false);
  assert.equal(closed(true, 29_000, 59_001), true);
});

function session(options: Partial<V5Options> = {}): V5Session {
  return new V5Session({
    endpoint: "public",
    connId: "a4d3ae55",
    market,
    script: new Script(createRandom(1)),
    ...options,
  });
}

function ask(one: V5Session, text: string): Reply[] {
  return one.receive(text, NOW);
}

function frames(replies: readonly Reply[]): Record<string, unknown>[] {
  return replies.flatMap((reply) => reply.kind === "answer" ? [JSON.parse(String(reply.payload))] : []);
}

function subscribe(id: string | undefined, ...args: Record<string, string>[]): string {
  return JSON.stringify({ ...(id === undefined ? {} : { id }), op: "subscribe", args });
}

function login(changes: Record<string, string>): string {
  const timestamp = changes["timestamp"] ?? String(NOW / 1000);
  const args = {
    apiKey: "demo-key",
    passphrase: "demo-pass",
    timestamp,
    sign: signLogin(timestamp),
    ...changes,
  };
  return JSON.stringify({ op: "login", args: [args] });
}
