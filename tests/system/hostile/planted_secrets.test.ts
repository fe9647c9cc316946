/**
 * Secrets are planted wherever okws takes one, every way is gone that could bring one to light, errors first, and all
 * that came out is searched: logs of both formats at the finest level, replies, everything in Redis and on its
 * channels, pages, streams, errors that a program sees. They may stand in one place only: in the command with which a
 * client itself sends them, on LISTEN_CHANNEL. The file is long because one service is led past every place that
 * could show a secret, in one go.
 */
import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import type { Redis } from "ioredis";
import { run } from "../../../src/cli/mod.ts";
import { connect } from "../../../src/client/client.ts";
import { loadConfig } from "../../../src/config/load.ts";
import { explain } from "../../../src/cli/shared/exit.ts";
import { setupLogging } from "../../../src/logging/log.ts";
import type { LogOutput } from "../../../src/logging/queue.ts";
import { serve } from "../../../src/app/service.ts";
import { openStore } from "../../../src/store/redis/redis_store.ts";
import { freePort } from "../../support/free_port.ts";
import { type HostileOkx, startHostileOkx } from "../../support/hostile_okx.ts";
import { findPlanted, PLANTED, plantedConfig, plantedVariables } from "../../support/planted.ts";
import { redisTest, startRedis } from "../../support/redis_server.ts";
import { openRedis, QUICK, startSubscriber } from "../../support/service.ts";
import { waitFor } from "../../support/wait.ts";

const { apiKey, secret, passphrase, redisPassword, httpPassword, otherSecret } = PLANTED as Record<
  string,
  string
>;
/** Gathers what must be clean. */
class Evidence {
  readonly #texts: { readonly from: string; readonly text: string }[] = [];
  readonly signatures: Record<string, string> = {};

  add(from: string, text: unknown): void {
    this.#texts.push({
      from,
      text: typeof text === "string"
        ? text
        : Deno.inspect(text, { depth: 20, iterableLimit: 1e6, strAbbreviateSize: 1e6 }),
    });
  }

  /** The signature of a login request counts as a secret too. */
  sign(login: string): void {
    const { timestamp, sign } = signedOf(login);
    const expected = createHmac("sha256", secret as string).update(`${timestamp}GET/users/self/verify`)
      .digest("base64");
    assert.equal(sign, expected);
    this.signatures[`sign${Object.keys(this.signatures).length}`] = sign;
  }

  assertClean(): void {
    for (const { from, text } of this.#texts) {
      assert.deepEqual(findPlanted(text, this.signatures), [], `${from}: ${text.slice(0, 3000)}`);
    }
    assert.ok(this.#texts.length > 0);
  }
}

/** The time and signature of a login request; v3 has them in a list. */
function signedOf(login: string): { timestamp: string; sign: string } {
  const { args } = JSON.parse(login) as { args: [{ timestamp: string; sign: string }] | string[] };
  const [first, , timestamp = "", sign = ""] = args as string[];
  return typeof first === "object" ? first : { timestamp, sign };
}

function logStream(evidence: Evidence, from: string): LogOutput & { readonly lines: string[] } {
  const lines: string[] = [];
  return {
    lines,
    write(piece) {
      const text = new TextDecoder().decode(piece);
      lines.push(...text.trimEnd().split("\n"));
      evidence.add(from, text);
      return Promise.resolve(piece.length);
    },
  };
}

/** All keys with all values. */
async function dump(redis: Redis): Promise<string> {
  const found: unknown[] = [];
  for (const key of await redis.keys("*")) {
    const type = await redis.type(key);
    const value = type === "string"
      ? await redis.get(key)
      : type === "hash"
      ? await redis.hgetall(key)
      : type === "set"
      ? await redis.smembers(key)
      : type === "zset"
      ? await redis.zrange(key, "0", "-1")
      : await redis.xrange(key, "-", "+");
    found.push([key, value]);
  }
  return Deno.inspect(found, { depth: 20, iterableLimit: 1e6, strAbbreviateSize: 1e6 });
}

/** Answers logins badly in every way there is, each time with the login in the answer, and at last with a yes. */
function answerLogins(okx: HostileOkx, evidence: Evidence): { readonly count: () => number } {
  let logins = 0;
  const values = `${apiKey} ${secret} ${passphrase}`;
  const ways: ((text: string, sign: string) => unknown)[] = [
    (text) => ({ event: "error", code: "60012", msg: `Invalid request: ${text}` }),
    (text) => ({
      event: "error",
      code: "60009",
      msg: `Login failed: ${JSON.stringify(text)}`,
      connId: apiKey,
    }),
    (_, sign) => ({
      event: "error",
      code: "60005",
      msg: `key ${values} with ${sign} is not known`,
      connId: "b",
    }),
    (text) => ({
      event: "error",
      code: "60024",
      msg: `wrong ${btoa(apiKey as string)} ${encodeURIComponent(passphrase as string)}`,
      echo: JSON.parse(text),
    }),
    (text, sign) => ({
      event: "login",
      code: "0",
      msg: text,
      connId: sign,
      apiKey,
      nested: [{ secret, values }],
    }),
  ];
  okx.login = (text) => {
    evidence.sign(text);
    const { sign } = signedOf(text);
    const way = ways[Math.min(logins++, ways.length - 1)] as (typeof ways)[number];
    return JSON.stringify(way(text, sign));
  };
  okx.answer = (text) => {
    if (!text.includes("NOBODY")) return undefined;
    const { id } = JSON.parse(text) as { id: string };
    return JSON.stringify({
      id,
      event: "error",
      code: "60018",
      msg: `no such thing for ${values}: {"apiKey":"${apiKey}"}`,
    });
  };
  return { count: () => logins };
}

for (const format of ["json", "pretty"] as const) {
  redisTest(`no planted secret comes out of the service (${format} log)`, async () => {
    const evidence = new Evidence();
    const log = logStream(evidence, "the log");
    await setupLogging({ level: "debug", format }, log);
    await using redisServer = await startRedis({ args: ["--requirepass", redisPassword as string] });
    const redisUrl = `redis://:${encodeURIComponent(redisPassword as string)}@127.0.0.1:${redisServer.port}`;
    await using okx = startHostileOkx();
    const logins = answerLogins(okx, evidence);
    const file = await Deno.makeTempFile({ prefix: "okws-test-", suffix: ".yaml" });
    const port = freePort();
    await Deno.writeTextFile(
      file,
      plantedConfig({
        endpoint: okx.url,
        port,
        servers: [
          { name: "mine", channels: ["tickers:BTC-USDT", "tickers:NOBODY", "orders:ANY", "account"] },
          { name: "old", more: "protocol: v3, ", channels: ["spot/ticker:BTC-USDT", "spot/account:USDT"] },
        ],
      }),
    );
    const environment = plantedVariables(redisUrl);
    const config = await loadConfig({ file, environment });
    await Deno.remove(file);
    await using subscriber = await startSubscriber(redisUrl, "*");
    const service = await serve(config, { timing: { ...QUICK, loginRetryMs: 20, tickMs: 10 } });
    try {
      evidence.add("the view", service.view());
      await using client = await connect({ redisUrl });
      const { redis } = await openRedis(redisUrl).then((opened) => opened);
      try {
        await waitFor("logins of every kind", () => logins.count() >= 6, { deadlineMs: 60_000 });
        await pages(evidence, `http://127.0.0.1:${port}`);
        await commands(evidence, client, redis);
        // The exchange repeats the login long after it, on every connection of every server.
        for (const socket of okx.sockets.filter(({ open }) => open)) {
          const msg =
            `${apiKey} ${secret} ${passphrase} {"op":"login","args":["${apiKey}","${passphrase}","1","x"]}`;
          await socket.send(
            JSON.stringify({ event: "notice", code: "64008", msg, message: msg, args: [apiKey, passphrase] }),
          );
          await socket.send(
            JSON.stringify({ event: "error", code: "60011", errorCode: 30040, msg, message: msg }),
          );
          await socket.send(JSON.stringify({ event: apiKey }));
          await socket.send(`not JSON ${msg}`);
        }
        await waitFor(
          "the notice",
          () => subscriber.on("okex/mine/event").some((text) => text.includes("64008")),
        );
        await pages(evidence, `http://127.0.0.1:${port}`);
        evidence.add("all replies of status", await client.status());
        evidence.add("the view", service.view());
        evidence.add("Redis", await dump(redis));
      } finally {
        redis.disconnect();
        await new Promise<void>((resolve) =>
          redis.status === "end" ? resolve() : redis.once("end", () => resolve())
        );
      }
    } finally {
      await service.stop();
    }
    for (const { channel, message } of subscriber.messages) {
      if (channel !== "trade-ws") evidence.add(`the channel ${channel}`, message);
    }
    // The one place: what the client itself has said.
    assert.ok(findPlanted(subscriber.on("trade-ws").join("\n")).includes("otherSecret"));
    assert.ok(log.lines.length > 20, `${log.lines.length} lines`);
    evidence.assertClean();
  });
}

/** Everything that is served, with the password, without it and with a wrong one; a stream for a moment. */
async function pages(evidence: Evidence, url: string): Promise<void> {
  const basic = (password: string) =>
    `Basic ${btoa(String.fromCharCode(...new TextEncoder().encode(`okws:${password}`)))}`;
  for (
    const authorization of [basic(httpPassword as string), basic(`wrong ${otherSecret}`), "Bearer x", ""]
  ) {
    for (
      const path of [
        "/",
        "/livez",
        "/readyz",
        "/metrics",
        "/api/state",
        "/nowhere",
        `/${encodeURIComponent("x")}`,
      ]
    ) {
      const response = await fetch(`${url}${path}`, {
        headers: authorization === "" ? {} : { authorization },
      });
      evidence.add(
        `${path} (${response.status})`,
        `${Deno.inspect(response.headers)}\n${await response.text()}`,
      );
    }
  }
  const abort = new AbortController();
  for (const path of ["/api/events", "/api/rows?server=mine&path=account"]) {
    const response = await fetch(`${url}${path}`, {
      headers: { authorization: basic(httpPassword as string) },
      signal: abort.signal,
    });
    assert.equal(response.status, 200, path);
    const reader = response.body?.getReader();
    evidence.add(path, new TextDecoder().decode((await reader?.read())?.value));
    await reader?.cancel();
  }
}

/** Commands good and bad that hold secrets; errors as a program sees them. */
async function commands(
  evidence: Evidence,
  client: Awaited<ReturnType<typeof connect>>,
  redis: Redis,
): Promise<void> {
  const login = {
    apiKey: otherSecret as string,
    secret: otherSecret as string,
    password: otherSecret as string,
  };
  const attempts: [string, () => Promise<unknown>][] = [
    ["open twice", () => client.openWs("mine", login)],
    ["open", () => client.openWs("by-command", { ...login, endpoint: "ws://127.0.0.1:1" })],
    ["open without a secret", () => client.openWs("half", { apiKey: otherSecret as string })],
    [
      "open with a bad endpoint",
      () => client.openWs("bad", { ...login, endpoint: `ws://u:${otherSecret}@h` }),
    ],
    ["open with a token", () => client.openWs("bad", { ...login, endpoint: `ws://h/?token=${otherSecret}` })],
    ["open with a bad name", () => client.openWs("b d", login)],
    ["open with a number", () => client.openWs("num", { ...login, apiKey: 1 as unknown as string })],
    ["open with more", () => client.openWs("more", { ...login, passphras: otherSecret } as never)],
    ["open of v3", () => client.openWs("v3", { ...login, protocol: otherSecret as "v3" })],
    ["subscribe a login", () => client.subscribe("mine", login as never)],
    ["subscribe refused", () => client.trySubscribe("mine", ["tickers:NOBODY-2", "orders:SWAP"])],
    ["subscribe nowhere", () => client.subscribe("nowhere", { channel: "x", ...login } as never)],
    ["status", () => client.status("by-command")],
    ["close", () => client.closeWs("by-command")],
    ["close again", () => client.closeWs("by-command")],
  ];
  for (const [name, attempt] of attempts) {
    evidence.add(
      name,
      await attempt().catch((error: unknown) => error),
    );
  }
  const args = JSON.stringify(login);
  const texts = [
    `not JSON at all ${args}`,
    `{"op":"open","name":"x","args":${args}`,
    `{"op":"open","name":"no good name","args":${args}}`,
    `{"op":${JSON.stringify(otherSecret)},"args":${args}}`,
    `{"id":{"secret":${JSON.stringify(otherSecret)}},"op":"open","args":${args}}`,
    `{"id":1,"op":"open","args":${args}}`,
    `{"id":2,"op":"open","name":"list","args":[${args}]}`,
    `{"id":3,"op":"subscribe","name":"mine","args":${args}}`,
    `{"id":4,"op":"subscribe","name":"mine","args":[[${args}]]}`,
    `{"id":5,"op":"open","name":"x","args":{"deep":${"[".repeat(5000)}${args}${"]".repeat(5000)}}}`,
    JSON.stringify({
      id: 6,
      op: "open",
      name: "x",
      args: { secret: `${otherSecret}${"x".repeat(100_000)}` },
    }),
  ];
  for (const text of texts) await redis.publish("trade-ws", text);
  await waitFor("the last reply", () => redis.get("trade-ws/info/4"));
}

Deno.test("no planted secret comes out of a part that breaks, nor of what explains it", async () => {
  const evidence = new Evidence();
  const log = logStream(evidence, "the log");
  await setupLogging({ level: "debug", format: "json" }, log);
  await using okx = startHostileOkx();
  const config = await loadConfig({
    environment: { OKWS_REDIS_URL: "embedded://127.0.0.1:0", OKWS_HTTP: "off", OKWS_ENDPOINT: okx.url },
  });
  const login = JSON.stringify({ op: "login", args: [{ apiKey, passphrase, sign: secret }] });
  const fault = new Error(
    `cannot send ${login} to redis://u:${encodeURIComponent(redisPassword as string)}@h`,
  );
  const timing = {
    ...QUICK,
    get idleMs(): number {
      throw fault;
    },
  };
  // It breaks while it starts or soon after, whichever comes first.
  const starting = serve(
    {
      ...config,
      servers: [{
        name: "mine",
        endpoint: okx.url,
        exchange: { ws: okx.url, rest: { url: "", headers: {} } },
        protocol: "v5",
        credentials: undefined,
      }],
    } as typeof config,
    { timing },
  );
  await assert.rejects(async () => {
    await using service = await starting;
    await service.done;
  });
  await waitFor("a word of it", () => log.lines.some((line) => line.includes("A part of okws broke")));
  evidence.add("the exit", explain(fault));
  evidence.assertClean();
});

redisTest("no planted secret comes out of a Redis that refuses the login", async () => {
  const evidence = new Evidence();
  const log = logStream(evidence, "the log");
  await setupLogging({ level: "debug", format: "pretty" }, log);
  await using redisServer = await startRedis({ args: ["--requirepass", "another one"] });
  const place = `${encodeURIComponent(redisPassword as string)}@127.0.0.1:${redisServer.port}`;
  for (const url of [`redis://:${place}`, `redis://${encodeURIComponent(otherSecret as string)}:${place}`]) {
    const error = await openStore(url).then(() => assert.fail("connected"), (error: unknown) => error);
    evidence.add("the error", error);
    evidence.add("the exit", explain(error));
    const store = await openStore(url, { persistent: true });
    evidence.add("the store", store);
    evidence.add("a command", await store.publish("x", "y").catch((error: unknown) => error));
    await store[Symbol.asyncDispose]();
  }
  await waitFor("a word of it", () => log.lines.length > 0);
  evidence.assertClean();
});

Deno.test("no planted secret comes out of a configuration with a fault in any place", async (t) => {
  const evidence = new Evidence();
  const planted = otherSecret as string;
  const coded = encodeURIComponent(planted);
  const server = (members: string) => `servers:\n  - name: a\n    ${members}\n`;
  const setting = (name: string, value: string) => `settings:\n  ${name}: ${JSON.stringify(value)}\n`;
  // Without the characters that YAML itself gives a meaning.
  const bare = "po-8Ukbare";
  const texts: Record<string, string> = {
    ...Object.fromEntries(
      [
        "REDIS_URL",
        "HTTP",
        "MAX_ROW",
        "LOG_LEVEL",
        "LOG_FORMAT",
        "ENDPOINT",
        "PROTOCOL",
        "COMMANDS",
        "KEY_PREFIX",
        "REPLY_SECONDS",
      ]
        .map((name) => [name, setting(name, `${planted} x`)]),
    ),
    ...Object.fromEntries(
      [
        `redis://u:${planted}@h`,
        `redis://u:${coded}@h:99999`,
        `redis://:${coded}@h/${coded}`,
        `unix:/x?password=${coded}&db=${coded}`,
      ]
        .concat([
          `redis+sentinel://:${coded}@h`,
          `redis+cluster://:${coded}@h:x`,
          `embedded://${coded}`,
          `http://u:${coded}@h`,
        ])
        .map((url) => [url.split("po-")[0] as string, setting("REDIS_URL", url)]),
    ),
    "an HTTP address with a login": setting("HTTP", `u:${planted}@127.0.0.1:1`),
    "a short password": setting("HTTP_PASSWORD", "").replace('""', `["${bare}"]`),
    "an endpoint with a password": server(`endpoint: ${JSON.stringify(`wss://u:${coded}@h`)}`),
    "an endpoint with a token": server(`endpoint: ${JSON.stringify(`wss://h/?token=${coded}`)}`),
    "half a login": server(`secret: ${JSON.stringify(planted)}`),
    "a list for a secret": server(`secret: [${JSON.stringify(planted)}]`),
    "a map for a key": server(`apiKey: { a: ${JSON.stringify(planted)} }`),
    "an unknown member": server(`passphrase: ${JSON.stringify(planted)}`),
    "a name": `servers:\n  - name: ${JSON.stringify(planted)}\n`,
    "a tag": server(`secret: !${bare}`),
    "an alias": server(`secret: *${bare}`),
    "a block": server(`secret: |${bare}`),
    "a fold": server(`secret: >${bare}`),
    "a directive": server(`secret: %${bare}`),
    "a reserved character": server(`secret: @${bare}`),
    "an escape": server(`secret: "${bare}\\q${bare}"`),
    "no end": server(`secret: "${bare}`),
    "two values": server(`secret: "x" ${bare}`),
    "braces": server(`secret: {${bare}`),
    "a colon": server(`secret: ${bare}: ${bare}`),
    "twice": server(`secret: ${bare}\n    secret: ${bare}`),
    "a tab": `servers:\n  - name: a\n\tsecret: ${bare}\n`,
    "no key": server(bare),
  };
  for (const [name, text] of Object.entries(texts)) {
    await t.step(name, async () => {
      const file = await Deno.makeTempFile({ prefix: "okws-test-", suffix: ".yaml" });
      try {
        await Deno.writeTextFile(file, text);
        const output: string[] = [];
        const note = (line: string) => void output.push(line);
        const code = await run(
          ["check", "-c", file],
          {
            ...{ print: note, note, signal: new AbortController().signal },
            ...{ outIsTerminal: false, errIsTerminal: false, environment: {}, program: "okws" },
            logStream: { write: (bytes: Uint8Array) => Promise.resolve(bytes.length) },
          } as Parameters<typeof run>[1],
        );
        assert.equal(code, 2, output.join("\n"));
        evidence.add(name, output.join("\n"));
        evidence.assertClean();
      } finally {
        await Deno.remove(file);
      }
    });
  }
});
