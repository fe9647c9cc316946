/** Files as people have them: merge keys, numbers without quotes, several documents, other encodings, secrets with line breaks. */
import assert from "node:assert/strict";
import { loadConfig } from "../../../src/config/load.ts";
import type { Config } from "../../../src/config/schema.ts";
import { ConfigError } from "../../../src/shared/errors.ts";

type Content = string | Uint8Array<ArrayBuffer>;

async function load(content: Content, environment: Record<string, string> = {}): Promise<Config> {
  const file = await Deno.makeTempFile({ prefix: "okws-test-", suffix: ".yaml" });
  try {
    await Deno.writeFile(file, typeof content === "string" ? new TextEncoder().encode(content) : content);
    return await loadConfig({ file, environment });
  } finally {
    await Deno.remove(file);
  }
}

/** `LINE PATH MESSAGE` of each fault. */
async function faultsOf(content: Content, environment: Record<string, string> = {}): Promise<string[]> {
  const error = await load(content, environment).then(() => undefined, (error: unknown) => error);
  assert.ok(error instanceof ConfigError, String(error));
  return error.issues.map(({ line, path, message }) => [line, path, message].filter(Boolean).join(" "));
}

function utf16(text: string, isLittle: boolean): Uint8Array<ArrayBuffer> {
  const view = new DataView(new ArrayBuffer(2 * text.length + 2));
  for (const [i, char] of [..."\ufeff" + text].entries()) view.setUint16(2 * i, char.charCodeAt(0), isLittle);
  return new Uint8Array(view.buffer);
}

Deno.test("merge keys bring in members, and those that stand beside them win", async () => {
  const { settings, servers, subscribes } = await load(`
settings:
  <<: {MAX_ROW: 5, KEY_PREFIX: mine}
  MAX_ROW: 6
servers:
  - &one {name: a, apiKey: k, secret: s, password: p, endpoint: okx-us}
  - <<: *one
    name: b
  - <<: [*one, {name: c}]
    name: d
    endpoint: okx-eea
subscribes:
  - &subs {server: a, channels: ["tickers:BTC-USDT"]}
  - {<<: *subs, server: b}
`);
  assert.deepEqual([settings.MAX_ROW, settings.KEY_PREFIX], [6, "mine"]);
  assert.deepEqual(servers.map(({ name, endpoint }) => `${name} ${endpoint}`), [
    "a okx-us",
    "b okx-us",
    "d okx-eea",
  ]);
  assert.deepEqual(servers[2]?.credentials, servers[0]?.credentials);
  assert.deepEqual(subscribes.map(({ server, topics }) => `${server} ${topics[0]?.path}`), [
    "a tickers:BTC-USDT",
    "b tickers:BTC-USDT",
  ]);
});

Deno.test("a hundred and fifty uses of one anchor are as good as one", async () => {
  const uses = Array.from({ length: 150 }, () => "  - <<: *subs").join("\n");
  const { subscribes } = await load(
    `servers: [{name: a}]\nsubscribes:\n  - &subs {server: a, channels: ["tickers:BTC-USDT"]}\n${uses}\n`,
  );
  assert.equal(subscribes.length, 151);
});

Deno.test("a merge of what is no map is a fault in words, one of itself too", async () => {
  assert.deepEqual(await faultsOf("settings:\n  <<: 5\n"), [
    "has a merge key (<<) with something else than a map or an alias of one",
  ]);
  assert.deepEqual(await faultsOf("settings: &a {<<: *a}\n"), ["has too many aliases (*name)"]);
});

Deno.test("digits without quotes are never taken for a text, and the fault says what to do", async () => {
  const texts = {
    "servers[0].name": ["123", "1.10", "0123", "true"],
    "servers[0].apiKey": ["12345678", "1e5", "0x1F"],
    "servers[0].secret": ["0123456"],
    "servers[0].password": ["false"],
    "settings.KEY_PREFIX": ["1"],
    "settings.HTTP_PASSWORD": ["12345678"],
    "settings.ENDPOINT": ["5"],
    "subscribes[0].server": ["5"],
  };
  for (const [path, values] of Object.entries(texts)) {
    const [section = "", name = ""] = path.split(/(?:\[0\])?\./);
    for (const value of values) {
      const entry = section === "settings" ? `{${name}: ${value}}` : `[{${name}: ${value}, channels: []}]`;
      const found = await faultsOf(`${section}: ${entry}`);
      const wanted = `1 ${path} must be a text; put a number, true or false into quotes`;
      assert.ok(found.includes(wanted), `${path}: ${value}\n${found.join("\n")}`);
      assert.ok(value.length < 6 || !found.join().includes(value), "the value is not shown");
    }
  }
  assert.equal((await load('servers: [{name: "0123"}]')).servers[0]?.name, "0123");
});

Deno.test("a second document is a fault where it starts", async () => {
  const one = "servers:\n  - name: a\n";
  assert.deepEqual(await faultsOf(`${one}---\n${one}`), [
    "3 a second document (---) starts here; okws reads one: leave one in the file",
  ]);
  assert.equal((await load(`---\n${one}...\n`)).servers.length, 1);
});

Deno.test("a file in another encoding is a fault that says so; UTF-8 may have its mark", async () => {
  const text = "servers:\n  - name: a\n";
  for (const isLittle of [true, false]) {
    assert.deepEqual(await faultsOf(utf16(text, isLittle)), [
      "is UTF-16 or no text at all; save it as UTF-8",
    ]);
    const bare = utf16(text, isLittle).slice(2);
    assert.deepEqual(await faultsOf(bare), ["is UTF-16 or no text at all; save it as UTF-8"]);
  }
  const latin = new Uint8Array([...new TextEncoder().encode("servers:\n  - name: "), 0xfc, 10]);
  assert.deepEqual(await faultsOf(latin), ["is not UTF-8 in line 2; save it as UTF-8"]);
  assert.equal((await load(`\ufeff${text}`)).servers[0]?.name, "a");
});

Deno.test("line breaks behind a secret do not count, wherever it comes from", async () => {
  const text = "servers:\n  - name: a\n    apiKey: ${AK}\n    secret: ${SK}\n    password: |\n      pass\n";
  const { settings, servers } = await load(text, {
    AK: "key\n\n",
    SK: "secret\r\n",
    OKWS_HTTP_PASSWORD: "a password\n",
    OKWS_KEY_PREFIX: "mine\n",
    OKWS_REDIS_URL: "redis://host\n",
  });
  assert.deepEqual(servers[0]?.credentials, { apiKey: "key", secret: "secret", passphrase: "pass" });
  assert.deepEqual([settings.HTTP_PASSWORD, settings.KEY_PREFIX, settings.REDIS_URL], [
    "a password",
    "mine",
    "redis://host",
  ]);
});

Deno.test("a secret with a line break in it, or a space at one end, is a fault that does not show it", async () => {
  const fault = "has a line break in it, or a space at one end: it was not copied as it is";
  for (const value of ["two\nlines", " key", "key ", "key\t", "k\u0000ey", "\u200bkey", "key\u00a0"]) {
    for (const name of ["apiKey", "secret", "password"]) {
      const parts = ["apiKey", "secret", "password"].map((each) =>
        `${each}: ${each === name ? '"${X}"' : "good"}`
      );
      assert.deepEqual(await faultsOf(`servers: [{name: a, ${parts.join(", ")}}]`, { X: value }), [
        `1 servers[0].${name} ${fault}`,
      ]);
    }
  }
});
