/** Commands over HTTP: who may send them, in which form, and what they are answered with. */
import assert from "node:assert/strict";
import { createStats } from "../../../src/model/stats.ts";
import type { CommandPort, CommandReply } from "../../../src/http/commands.ts";
import { createHandler } from "../../../src/http/handler.ts";

const PASSWORD = "correct horse";
const URL_OF = "http://okws.example:8787/api/commands";
const JSON_TYPE = { "content-type": "application/json" };
const LOGIN = { authorization: `Basic ${btoa(`okws:${PASSWORD}`)}` };
const COMMAND = '{"op":"subscribe","name":"test","args":["tickers:BTC-USDT"]}';
const DONE: CommandReply = { event: "info", message: "sent to the exchange", errorCode: 80000 };

type Options = {
  readonly password?: string | undefined;
  readonly take?: CommandPort["take"];
};

/** A handler, the commands that it passed on, and the number of logins that were looked at. */
function start({ password = PASSWORD, take = () => Promise.resolve(DONE) }: Options = {}) {
  const taken: string[] = [];
  const seen = { logins: 0 };
  const view = () => ({
    ...{ version: "2.0.0", stopping: false, outage: "", stats: createStats(0), servers: [] },
  });
  const handle = createHandler({
    view,
    access: { hostname: "127.0.0.1", user: "okws", password: password === "" ? undefined : password },
    identity: { instance: "one", service: "two" },
    logins: { try: (_, isRight) => (seen.logins += 1, Promise.resolve(isRight())) },
    commands: {
      ops: ["subscribe", "unsubscribe", "reload"],
      take: (text) => (taken.push(text), take(text)),
    },
  });
  return { taken, seen, handle: (request: Request) => handle(request, "127.0.0.1") };
}

/** What one request is answered with, and which commands were carried out for it. */
async function send(init: RequestInit, options: Options & { url?: string } = {}) {
  const { taken, seen, handle } = start(options);
  const request = new Request(options.url ?? URL_OF, { method: "POST", ...init });
  const response = await handle(request);
  return { status: response.status, text: await response.text(), headers: response.headers, taken, seen };
}

const post = (headers: HeadersInit, body: BodyInit = COMMAND): RequestInit => ({ headers, body });

Deno.test("a command with the password is carried out, and its reply is the answer", async () => {
  const { status, text, taken, headers } = await send(post({ ...JSON_TYPE, ...LOGIN }));
  assert.equal(status, 200);
  assert.deepEqual(JSON.parse(text), DONE);
  assert.deepEqual(taken, [COMMAND]);
  assert.equal(headers.get("cache-control"), "no-store");
  assert.equal(headers.get("access-control-allow-origin"), null);
  assert.equal(headers.get("set-cookie"), null);
});

Deno.test("what a browser sends for our own page passes, also behind a proxy that speaks TLS", async (t) => {
  const table: Record<string, string>[] = [
    { origin: "http://okws.example:8787" },
    { origin: "http://okws.example:8787", "sec-fetch-site": "same-origin" },
    { origin: "https://okws.example:8787", "sec-fetch-site": "same-origin" },
    { "sec-fetch-site": "same-origin" },
  ];
  for (const headers of table) {
    await t.step(JSON.stringify(headers), async () => {
      const { status, taken } = await send(post({ ...JSON_TYPE, ...LOGIN, ...headers }));
      assert.deepEqual([status, taken.length], [200, 1]);
    });
  }
});

Deno.test("what a page of somebody else sends is refused before its password is looked at", async (t) => {
  const table: Record<string, string>[] = [
    { origin: "https://evil.example" },
    { origin: "http://okws.example" },
    { origin: "http://okws.example:8788" },
    { origin: "http://okws.example.evil.example:8787" },
    { origin: "http://evil.example@okws.example.evil:8787" },
    { origin: "null" },
    { origin: "" },
    { origin: "file://okws.example:8787" },
    { "sec-fetch-site": "cross-site" },
    { "sec-fetch-site": "same-site" },
    { "sec-fetch-site": "none" },
    { origin: "https://evil.example", "sec-fetch-site": "same-origin" },
    { origin: "http://okws.example:8787", "sec-fetch-site": "cross-site" },
  ];
  for (const headers of table) {
    await t.step(JSON.stringify(headers), async () => {
      const { status, text, taken, seen } = await send(post({ ...JSON_TYPE, ...LOGIN, ...headers }));
      assert.deepEqual([status, taken, seen.logins], [403, [], 0]);
      assert.match(text, /okws' own page/);
    });
  }
});

Deno.test("what a form can send is refused", async (t) => {
  const form = new FormData();
  form.set("op", "reload");
  const table: [string, HeadersInit, BodyInit][] = [
    ["urlencoded", { "content-type": "application/x-www-form-urlencoded" }, new URLSearchParams("op=reload")],
    ["multipart", {}, form],
    ["a text", { "content-type": "text/plain" }, COMMAND],
    ["a text that names JSON", { "content-type": "text/plain; application/json" }, COMMAND],
    ["something else", { "content-type": "application/json-seq" }, COMMAND],
    ["no type", { "content-type": "" }, COMMAND],
  ];
  for (const [name, headers, body] of table) {
    await t.step(name, async () => {
      const { status, taken } = await send(post({ ...headers, ...LOGIN }, body));
      assert.deepEqual([status, taken], [415, []]);
    });
  }
});

Deno.test("without a password set nothing is taken, with a wrong or no login neither", async () => {
  const bare = await send(post(JSON_TYPE), { password: "", url: "http://127.0.0.1:8787/api/commands" });
  assert.deepEqual([bare.status, bare.taken], [403, []]);
  assert.match(bare.text, /HTTP_PASSWORD/);
  for (
    const authorization of [undefined, `Basic ${btoa("okws:wrong")}`, `Basic ${btoa(`root:${PASSWORD}`)}`]
  ) {
    const headers = { ...JSON_TYPE, ...(authorization === undefined ? {} : { authorization }) };
    const { status, taken } = await send(post(headers));
    assert.deepEqual([status, taken], [401, []]);
  }
});

Deno.test("commands are sent by POST, to their own address alone", async () => {
  for (const method of ["GET", "HEAD", "PUT", "DELETE", "OPTIONS", "PATCH"]) {
    const { status, headers, taken } = await send({ method, headers: LOGIN });
    assert.deepEqual([status, headers.get("allow"), taken], [405, "POST", []], method);
  }
  for (const path of ["/", "/api/state", "/api/commands/", "/livez"]) {
    const { status, headers, taken } = await send(post({ ...JSON_TYPE, ...LOGIN }), {
      url: `http://okws.example:8787${path}`,
    });
    assert.deepEqual([status, headers.get("allow"), taken], [405, "GET, HEAD", []], path);
  }
});

Deno.test("a body has a longest length, whether it is said or not", async () => {
  const headers = { ...JSON_TYPE, ...LOGIN };
  const most = `${COMMAND}${" ".repeat(64 * 1024 - COMMAND.length)}`;
  assert.equal((await send(post(headers, most))).status, 200);
  const long = await send(post(headers, `${most} `));
  assert.deepEqual([long.status, long.taken], [413, []]);
  const said = await send(post({ ...headers, "content-length": "999999999" }));
  assert.deepEqual([said.status, said.taken], [413, []]);
  let pulled = 0;
  const endless = new ReadableStream({
    pull(controller) {
      pulled += 1;
      controller.enqueue(new Uint8Array(16 * 1024));
    },
  });
  const unsaid = await send(post(headers, endless));
  assert.deepEqual([unsaid.status, unsaid.taken], [413, []]);
  assert.ok(pulled < 20, `${pulled} pieces were read`);
  assert.equal((await send({ headers })).status, 200, "what an empty one means is said by the reply");
});

Deno.test("what is refused has a status of its own, and the reply of Redis as its body", async (t) => {
  const table: [code: number, status: number][] = [
    [80001, 409],
    [80010, 400],
    [80011, 404],
    [80012, 422],
    [80013, 422],
    [80014, 403],
  ];
  for (const [errorCode, expected] of table) {
    await t.step(String(errorCode), async () => {
      const reply = { event: "error", message: "no", errorCode };
      const { status, text } = await send(post({ ...JSON_TYPE, ...LOGIN }), {
        take: () => Promise.resolve(reply),
      });
      assert.equal(status, expected);
      assert.deepEqual(JSON.parse(text), reply);
    });
  }
  await t.step("a service that takes none now", async () => {
    const { status, text } = await send(post({ ...JSON_TYPE, ...LOGIN }), { take: () => undefined });
    assert.equal(status, 503);
    assert.match(text, /stands by/);
  });
});

Deno.test("so many commands at once are enough", async () => {
  const open = Promise.withResolvers<CommandReply>();
  const { handle, taken } = start({ take: () => open.promise });
  const ask = () => handle(new Request(URL_OF, { method: "POST", ...post({ ...JSON_TYPE, ...LOGIN }) }));
  const waiting = Array.from({ length: 32 }, ask);
  // Logins and bodies are looked at in the order in which they came.
  const refused = await ask();
  assert.equal(refused.status, 503);
  await refused.body?.cancel();
  open.resolve(DONE);
  for (const response of await Promise.all(waiting)) assert.equal((await response.json()).errorCode, 80000);
  assert.equal(taken.length, 32);
  assert.equal((await (await ask()).json()).errorCode, 80000);
});
