/**
 * Commands over Redis, as a program in any language sends them: a JSON text published, a reply stored and published.
 * The file is long because every op with each of its reply codes is a line of one table.
 */
import assert from "node:assert/strict";
import { reset } from "@logtape/logtape";
import type { Redis } from "ioredis";
import { setupLogging } from "../../src/logging/log.ts";
import { startMock } from "../support/mock.ts";
import { acknowledge, type FakeArg, healthy, refuse, startFakeOkx } from "../support/fake_okx.ts";
import { redisTest, startRedis } from "../support/redis_server.ts";
import { type Running, startService, startSubscriber } from "../support/service.ts";
import { waitFor, withTimeout } from "../support/wait.ts";

type Reply = { event: string; message: unknown; errorCode: number };

const LOGIN = { apiKey: "the-key", secret: "the-secret", password: "the-phrase" };

const PATH = "tickers:BTC-USDT";
const BAD = "tickers:NOPE-USDT";

/** What is asked, one after the other; the code of the reply, and its message or what is in it. */
const CASES: readonly (readonly [string, Record<string, unknown>, number, unknown])[] = [
  ["open", { op: "open", name: "one" }, 80000, ""],
  ["open a name twice", { op: "open", name: "one" }, 80001, /open already/],
  ["open with a login", { op: "open", name: "two", args: LOGIN }, 80000, ""],
  [
    "open as the old client writes it",
    {
      op: "open",
      name: "old",
      args: { apiKey: "", secret: "", password: "" },
    },
    80000,
    "",
  ],
  ["open with half a login", { op: "open", name: "x", args: { apiKey: "a" } }, 80010, /secret, password/],
  ["open with an unknown member", { op: "open", name: "x", args: { apiKei: "a" } }, 80010, /apiKey/],
  ["open somewhere else", { op: "open", name: "x", args: { endpoint: "okxx" } }, 80010, /okx/],
  ["open without a name", { op: "open" }, 80010, /name/],
  ["open with a name that is no part of a key", { op: "open", name: "a/b" }, 80010, /name/],
  ["servers", { op: "servers" }, 80000, ["one", "two", "old"]],
  ["subscribe a path", { op: "subscribe", name: "one", args: [PATH] }, 80000, /sent/],
  ["subscribe one path without a list", { op: "subscribe", name: "one", args: PATH }, 80000, /sent/],
  [
    "subscribe an argument object",
    {
      op: "subscribe",
      name: "one",
      args: [{ channel: "mark-price", instId: "BTC-USDT" }],
    },
    80000,
    /sent/,
  ],
  ["subscribe at no such server", { op: "subscribe", name: "three", args: [PATH] }, 80011, /three/],
  ["subscribe an unknown channel", { op: "subscribe", name: "one", args: ["tickets:A"] }, 80013, /tickers/],
  [
    "subscribe an unknown legacy channel",
    {
      op: "subscribe",
      name: "one",
      args: ["spot/tickr:A"],
    },
    80013,
    /spot\/ticker/,
  ],
  [
    "subscribe what needs a login",
    { op: "subscribe", name: "one", args: ["account"] },
    80014,
    /login|apiKey/,
  ],
  ["subscribe nothing", { op: "subscribe", name: "one" }, 80010, /args/],
  ["subscribe an empty list", { op: "subscribe", name: "one", args: [] }, 80010, /args/],
  ["subscribe and wait", { op: "subscribe", name: "one", args: [PATH], wait: true }, 80000, [
    { path: PATH, state: "live", error: null },
  ]],
  ["unsubscribe", { op: "unsubscribe", name: "one", args: [PATH] }, 80000, /sent/],
  ["unsubscribe it again", { op: "unsubscribe", name: "one", args: [PATH] }, 80013, /tickers:BTC-USDT/],
  ["unsubscribe at no such server", { op: "unsubscribe", name: "three", args: [PATH] }, 80011, /three/],
  [
    "unsubscribe an unknown channel",
    { op: "unsubscribe", name: "one", args: ["tickets:A"] },
    80013,
    /tickers/,
  ],
  ["unsubscribe nothing", { op: "unsubscribe", name: "one" }, 80010, /args/],
  ["status of no such server", { op: "status", name: "three" }, 80011, /three/],
  ["close", { op: "close", name: "old" }, 80000, ""],
  ["close it again", { op: "close", name: "old" }, 80011, /old/],
  ["close without a name", { op: "close" }, 80010, /name/],
  ["an op that there is not", { op: "dance" }, 80010, /servers/],
  ["no op", {}, 80010, /servers/],
  ["servers at last", { op: "servers" }, 80000, ["one", "two"]],
];

Deno.test("every command answers with the code that fits", async (t) => {
  await using okx = startFakeOkx(refusing("NOPE-USDT"));
  await using run = await startService({ endpoint: okx.url, servers: [] });
  for (const [i, [name, command, code, message]] of CASES.entries()) {
    await t.step(name, async () => {
      const reply = await ask(run.redis, { id: i + 1, ...command });
      assert.equal(reply.errorCode, code, JSON.stringify(reply));
      if (message instanceof RegExp) assert.match(String(reply.message), message);
      else assert.deepEqual(reply.message, message);
      assert.equal(reply.event, code === 80000 ? "info" : "error");
    });
  }
  await t.step("subscribe what the exchange refuses", async () => {
    const reply = await ask(run.redis, {
      id: "refused",
      op: "subscribe",
      name: "one",
      args: [BAD],
      wait: true,
    });
    assert.equal(reply.errorCode, 80012);
    const [answer] = reply.message as {
      path: string;
      state: string;
      error: { code: string; message: string };
    }[];
    assert.deepEqual([answer?.path, answer?.state, answer?.error.code], [BAD, "refused", "60018"]);
    assert.match(answer?.error.message ?? "", /NOPE-USDT doesn't exist/);
  });
  await t.step("status of one and of all", async () => {
    const one = (await ask(run.redis, { id: "s1", op: "status", name: "one" })).message as { name: string };
    assert.equal(one.name, "one");
    const all = (await ask(run.redis, { id: "s2", op: "status" })).message as { servers: { name: string }[] };
    assert.deepEqual(all.servers.map(({ name }) => name), ["one", "two"]);
  });
  await t.step("quit_server", async () => {
    await using subscriber = await startSubscriber(run.redisUrl, "trade-ws/info/*");
    await run.redis.publish("trade-ws", JSON.stringify({ id: "q", op: "quit_server" }));
    await withTimeout("the stop", run.service.done, 5000);
    await waitFor("the reply", () => subscriber.messages.length > 0);
    assert.equal((JSON.parse(subscriber.messages[0]?.message ?? "") as Reply).errorCode, 80000);
  });
});

Deno.test("an op that configuration does not allow is refused", async () => {
  await using okx = startFakeOkx();
  await using run = await startService({ endpoint: okx.url, settings: { COMMANDS: ["servers", "status"] } });
  for (const op of ["open", "close", "subscribe", "unsubscribe", "quit_server"]) {
    const reply = await ask(run.redis, { id: op, op, name: "test", args: ["tickers:BTC-USDT"] });
    assert.equal(reply.errorCode, 80014, op);
  }
  assert.deepEqual((await ask(run.redis, { id: 1, op: "servers" })).message, ["test"]);
  assert.equal(run.service.view().stopping, false);
});

redisTest("a reply is stored with an expiry and published as the same text", async () => {
  await using server = await startRedis();
  await using okx = startFakeOkx();
  await using run = await startService({
    endpoint: okx.url,
    redisUrl: server.url,
    settings: { REPLY_SECONDS: 30, REDIS_INFO_KEY: "my/replies", LISTEN_CHANNEL: "my-orders" },
  });
  await using subscriber = await startSubscriber(run.redisUrl, "my/replies/7");
  await run.redis.publish("my-orders", JSON.stringify({ id: 7, op: "servers" }));
  await waitFor("the message", () => subscriber.messages.length === 1);
  const stored = await run.redis.get("my/replies/7");
  assert.equal(stored, subscriber.messages[0]?.message);
  assert.deepEqual(JSON.parse(stored ?? ""), { event: "info", message: ["test"], errorCode: 80000 });
  const left = await run.redis.pttl("my/replies/7");
  assert.ok(left > 0 && left <= 30_000, String(left));
});

redisTest("each command that Redis gives to a service that stops is answered", async () => {
  await using server = await startRedis();
  await using okx = startFakeOkx();
  await using run = await startService({ endpoint: okx.url, redisUrl: server.url });
  const ids = Array.from({ length: 40 }, (_, i) => String(i));
  const ops = [{ op: "servers" }, { op: "subscribe", name: "test", args: [PATH], wait: true }];
  const publishing = ids.map((id, i) =>
    run.redis.publish("trade-ws", JSON.stringify({ id, ...ops[i % ops.length] }))
  );
  // They are on their way, and come when nothing is carried out any more.
  await run.service.stop();
  const received = await Promise.all(publishing);
  const taken = ids.filter((_, i) => received[i] === 1);
  assert.ok(taken.length > 10, `${taken.length} were taken`);
  const replies = await run.redis.mget(taken.map((id) => `trade-ws/info/${id}`));
  assert.deepEqual(replies.map((text) => JSON.parse(text ?? "{}").errorCode), taken.map(() => 80014));
});

Deno.test("the old client's shape: publish with a number as id, then look at the key", async (t) => {
  await using okx = startFakeOkx();
  await using run = await startService({ endpoint: okx.url, servers: [] });
  // Python's id() of an object; the larger one is above 2^53.
  for (const id of ["140234866534544", "123456789012345678901"]) {
    await t.step(id, async () => {
      await run.redis.publish("trade-ws", `{"op": "open", "name": "tests", "args": {}, "id": ${id}}`);
      const text = await waitFor("the reply", () => run.redis.get(`trade-ws/info/${id}`));
      assert.equal((JSON.parse(text) as Reply).errorCode, 80000);
      await run.redis.publish("trade-ws", `{"op": "close", "name": "tests", "id": ${id}}`);
      await waitFor("it to be gone", () => run.service.view().servers.length === 0);
    });
  }
});

Deno.test("a command that cannot be read is answered, and the next one is received", async (t) => {
  await using okx = startFakeOkx();
  await using run = await startService({ endpoint: okx.url });
  await using subscriber = await startSubscriber(run.redisUrl, "trade-ws/info");
  const texts = [
    "",
    "nonsense",
    '{"op":"servers"',
    "[]",
    "null",
    "12",
    '{"id":{},"op":"servers"}',
    "x".repeat(70_000),
  ];
  for (const [i, text] of texts.entries()) {
    await t.step(text.slice(0, 30), async () => {
      await run.redis.publish("trade-ws", text);
      await waitFor("the reply", () => subscriber.messages.length === i + 1);
      const reply = JSON.parse(subscriber.messages[i]?.message ?? "") as Reply;
      assert.equal(reply.errorCode, 80010);
      assert.ok(String(reply.message).length > 10);
    });
  }
  assert.equal((await ask(run.redis, { id: 1, op: "servers" })).errorCode, 80000);
});

Deno.test("a subscribe that waits is answered with the state of each path", async () => {
  await using okx = startFakeOkx({
    answer: (request) =>
      request.args.flatMap((arg) => {
        if (arg.instId === "NOPE-USDT") return [refuse(request, arg)];
        return arg.instId === "MUTE-USDT" ? [] : [acknowledge(request, arg)];
      }),
  });
  await using run = await startService({ endpoint: okx.url });
  const args = ["BTC", "NOPE", "MUTE"].map((name) => `tickers:${name}-USDT`);
  const wait = { op: "subscribe", name: "test", wait: true, timeoutMs: 500 };
  const mixed = await ask(run.redis, { id: 1, ...wait, args });
  assert.deepEqual(
    (mixed.message as { path: string; state: string }[]).map(({ path, state }) => [path, state]),
    [["tickers:BTC-USDT", "live"], ["tickers:NOPE-USDT", "refused"], ["tickers:MUTE-USDT", "sent"]],
  );
  assert.deepEqual([mixed.errorCode, mixed.event], [80012, "error"]);
  const mute = await ask(run.redis, { id: 2, ...wait, args: ["tickers:BTC-USDT", "tickers:MUTE-USDT"] });
  assert.deepEqual([mute.errorCode, mute.event], [80000, "warn"]);
});

Deno.test("a command that waits does not hold up the others", async () => {
  await using okx = startFakeOkx({ answer: (request) => request.op === "login" ? healthy(request) : [] });
  await using run = await startService({ endpoint: okx.url });
  const slow = {
    id: "slow",
    op: "subscribe",
    name: "test",
    args: ["tickers:BTC-USDT"],
    wait: true,
    timeoutMs: 60_000,
  };
  await run.redis.publish("trade-ws", JSON.stringify(slow));
  assert.deepEqual((await ask(run.redis, { id: "quick", op: "servers" })).message, ["test"]);
  assert.equal(await run.redis.get("trade-ws/info/slow"), null);
  await ask(run.redis, { id: "end", op: "close", name: "test" });
  await waitFor("an answer after all", () => run.redis.get("trade-ws/info/slow"));
});

Deno.test("commands sent together keep their replies apart", async () => {
  await using okx = startFakeOkx();
  await using run = await startService({ endpoint: okx.url, servers: [] });
  const ids = Array.from({ length: 60 }, (_, i) => i);
  await using subscriber = await startSubscriber(run.redisUrl, "trade-ws/info/*");
  // The odd ones open a server of their own, the even ones ask for one that there is not.
  await Promise.all(ids.map((id) => {
    const command = id % 2 === 1 ? { op: "open", name: `s${id}` } : { op: "status", name: `none${id}` };
    return run.redis.publish("trade-ws", JSON.stringify({ id: `c-${id}`, ...command }));
  }));
  await waitFor("all replies", () => subscriber.messages.length === ids.length);
  for (const id of ids) {
    const [text = "{}", ...more] = subscriber.on(`trade-ws/info/c-${id}`);
    assert.deepEqual(more, []);
    const reply = JSON.parse(text) as Reply;
    assert.equal(reply.errorCode, id % 2 === 1 ? 80000 : 80011);
    if (id % 2 === 0) assert.match(String(reply.message), new RegExp(`none${id}$`));
  }
  assert.equal(run.service.view().servers.length, 30);
});

Deno.test("a secret given to open is in no key, no message and no log", async () => {
  const secret = "S3CR3T-value";
  const phrase = 'a phrase, with "quotes" and \\ more';
  const logged: string[] = [];
  const out = {
    write(bytes: Uint8Array) {
      logged.push(new TextDecoder().decode(bytes));
      return Promise.resolve(bytes.length);
    },
  };
  await setupLogging({ level: "debug", format: "json" }, out);
  try {
    // An exchange that answers a login by repeating it.
    await using okx = startFakeOkx({
      answer: (request) =>
        request.op === "login"
          ? [{ event: "error", code: "60012", msg: `Invalid request: ${request.text}` }]
          : healthy(request),
    });
    await using run = await startService({
      endpoint: okx.url,
      servers: [],
      settings: { HTTP: "127.0.0.1:0" },
    });
    await using subscriber = await startSubscriber(run.redisUrl, "*");
    const args = { apiKey: "K3Y", secret, password: phrase };
    await ask(run.redis, { id: 1, op: "open", name: "test", args });
    await ask(run.redis, { id: 2, op: "open", name: "test", args });
    await ask(run.redis, { id: 3, op: "open", name: "other", args: { ...args, apiKey: "" } });
    await ask(run.redis, { id: 4, op: "open", name: "other", args: { ...args, endpoint: `x${secret}` } });
    await ask(run.redis, { id: 5, op: "open", name: "other", args: { ...args, secret: [secret] } });
    await ask(run.redis, { id: 6, op: "dance", name: "other", args });
    await run.redis.publish("trade-ws", `{"op":"open","name":"other","args":{"secret":"${secret}"`);
    await ask(run.redis, { id: 7, op: "subscribe", name: "test", args: ["account"], wait: true });
    await ask(run.redis, { id: 8, op: "status" });
    await waitFor("the login to be refused", async () => (await run.sub("account"))?.state === "refused");
    const sign =
      (JSON.parse(okx.at("private")[0]?.requests[0]?.text ?? "{}") as { args?: { sign: string }[] })
        .args?.[0]?.sign ?? "";
    assert.ok(sign.length > 20);
    const pages = await Promise.all(
      ["/metrics", "/readyz", "/api/state"].map(async (path) =>
        await (await fetch(run.service.httpUrl + path)).text()
      ),
    );
    const texts = [
      ...subscriber.messages.filter(({ channel }) => channel !== "trade-ws").map(({ message }) => message),
      ...await everything(run),
      ...logged,
      ...pages,
    ];
    assert.ok(texts.length > 20 && logged.length > 5);
    // The endpoint of command 4 was written by the user and comes back in its reply; a name is no place for a secret.
    const shown = texts.filter((text) => !text.includes(`URL: x${secret}`));
    for (const hidden of [secret, sign, "phrase, with", "quotes", "and \\"]) {
      for (const text of shown) assert.ok(!text.includes(hidden), `${hidden} in ${text}`);
    }
  } finally {
    await reset();
  }
});

/** Sends a command and waits for the reply at its key. */
async function ask(redis: Redis, command: Record<string, unknown>): Promise<Reply> {
  await redis.publish("trade-ws", JSON.stringify(command));
  const text = await waitFor(
    `a reply to ${JSON.stringify(command).slice(0, 200)}`,
    () => redis.get(`trade-ws/info/${command.id}`),
  );
  return JSON.parse(text) as Reply;
}

/** An exchange that refuses one instrument. */
function refusing(instId: string): Parameters<typeof startFakeOkx>[0] {
  const isBad = (arg: FakeArg) => arg.instId === instId;
  return {
    answer: (request) =>
      request.op === "login"
        ? healthy(request)
        : request.args.map((arg) => isBad(arg) ? refuse(request, arg) : acknowledge(request, arg)),
  };
}

/** All keys with all that they hold, as texts. */
async function everything({ redis }: Running): Promise<string[]> {
  const texts: string[] = [];
  for (const key of await redis.keys("*")) {
    const type = await redis.type(key);
    const held = type === "hash"
      ? await redis.hgetall(key)
      : type === "string"
      ? await redis.get(key)
      : type === "zset"
      ? await redis.zrange(key, "0", "-1")
      : type;
    texts.push(key, JSON.stringify(held));
  }
  return texts;
}

Deno.test("a reply is never there before the states that it speaks of", async () => {
  await using mock = await startMock();
  await using run = await startService({ endpoint: mock.url });
  for (const path of ["tickers:BTC-USDT", "trades:ETH-USDT", "candle1m:BTC-USDT"]) {
    const [result] = await run.client.subscribe("test", path);
    assert.equal((await run.sub(path))?.state, result?.state);
  }
});
