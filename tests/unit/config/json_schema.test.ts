/** The JSON Schema of the configuration: current, and of the same opinion as okws itself. */
import assert from "node:assert/strict";
import { Ajv, type ValidateFunction } from "ajv";
import { parse } from "yaml";
import { renderSchema, SCHEMA_FILE } from "../../../scripts/config_schema.ts";
import { knownChannels, parseConfig } from "../../../src/config/schema.ts";
import { settingsSchema } from "../../../src/config/shapes.ts";

const ROOT = new URL("../../../", import.meta.url);
const REDO = "stale; run: deno run --allow-read --allow-write --allow-env scripts/config_schema.ts";

async function validator(): Promise<ValidateFunction> {
  const schema = JSON.parse(await Deno.readTextFile(SCHEMA_FILE)) as Record<string, unknown>;
  return new Ajv({ strict: true, strictTypes: false, strictRequired: false, allErrors: true }).compile(
    schema,
  );
}

Deno.test("okws.schema.json is what the code makes of its own schema", async () => {
  assert.ok(await Deno.readTextFile(SCHEMA_FILE) === renderSchema(), REDO);
});

Deno.test("okws.yaml names its schema by a relative path that is there", async () => {
  const file = new URL("config/okws.yaml", ROOT);
  const [first = ""] = (await Deno.readTextFile(file)).split("\n");
  const named = /^# yaml-language-server: \$schema=(\S+)$/.exec(first)?.[1];
  assert.ok(named !== undefined, first);
  assert.equal(new URL(named, file).href, SCHEMA_FILE.href);
});

Deno.test("the shipped files are valid", async (t) => {
  const isValid = await validator();
  for (const name of ["config/okws.yaml", "tests/fixtures/okws-2020.yaml"]) {
    await t.step(name, async () => {
      assert.ok(isValid(parse(await Deno.readTextFile(new URL(name, ROOT)))), JSON.stringify(isValid.errors));
    });
  }
});

Deno.test("every setting has its meaning and default in the schema", async () => {
  const schema = JSON.parse(await Deno.readTextFile(SCHEMA_FILE)) as {
    properties: { settings: { properties: Record<string, { description?: string; default?: unknown }> } };
  };
  const { properties } = schema.properties.settings;
  assert.deepEqual(Object.keys(properties).sort(), Object.keys(settingsSchema.shape).sort());
  const parsed = parseConfig({});
  assert.ok("config" in parsed);
  for (const [name, value] of Object.entries(parsed.config.settings)) {
    assert.ok((properties[name]?.description ?? "").length > 10, name);
    assert.deepEqual(properties[name]?.default, value, name);
  }
});

const LOGIN = { apiKey: "k", secret: "s", password: "p" };
const SERVERS = [{ name: "test", ...LOGIN }];

Deno.test("what okws takes, the schema takes", async (t) => {
  const isValid = await validator();
  const channels = [
    "tickers:ETH-USDT",
    "candle1m:BTC-USDT",
    "account",
    "orders:SWAP:instId=BTC-USDT-SWAP",
    "spot/ticker:ETH-USDT",
    "swap/candle300s:BTC-USDT-SWAP",
    { channel: "liquidation-orders", instType: "SWAP" },
    { channel: "a-channel-of-tomorrow" },
  ];
  const values: [string, unknown][] = [
    ["nothing", null],
    ["empty sections", { settings: null, servers: null, subscribes: null }],
    ["numbers as texts", { settings: { MAX_ROW: "50", QUEUE_MB: "8" } }],
    ["commands as a text", { settings: { COMMANDS: "open, close" } }],
    ["commands as a list", { settings: { COMMANDS: ["open"] } }],
    ["http off", { settings: { HTTP: "off" } }],
    ["http on IPv6", { settings: { HTTP: "[::1]:80" } }],
    ["a Redis over TLS", { settings: { REDIS_URL: "rediss://u:p@host:6380/1" } }],
    ["a unix socket", { settings: { REDIS_URL: "unix:/run/redis.sock" } }],
    ["the embedded store", { settings: { REDIS_URL: "embedded" } }],
    ["an exchange by URL", {
      settings: { ENDPOINT: "ws://127.0.0.1:1" },
      servers: [{ name: "a", endpoint: "okx-eea" }],
    }],
    ["an old server", { servers: [{ name: "a", endpoint: "ws://127.0.0.1:1", protocol: "v3" }] }],
    ["a login left empty", { servers: [{ name: "a", apiKey: "", secret: "", password: "" }] }],
    ["the old spelling of a key", { servers: [{ name: "a", apikey: "k", secret: "s", password: "p" }] }],
    ["channels of every form", { servers: SERVERS, subscribes: [{ server: "test", channels }] }],
  ];
  for (const [name, value] of values) {
    await t.step(name, () => {
      const parsed = parseConfig(value);
      assert.ok("config" in parsed, "issues" in parsed ? JSON.stringify(parsed.issues) : "");
      assert.ok(isValid(value), JSON.stringify(isValid.errors));
    });
  }
});

Deno.test("a variable of the environment may stand for any text", async () => {
  const isValid = await validator();
  const value = {
    settings: { REDIS_URL: "${R}", MAX_ROW: "${M}", ENDPOINT: "${E}", HTTP: "${H}", LOG_LEVEL: "${L}" },
    servers: [{ name: "${N}", apiKey: "${K}", secret: "${S}", password: "${P}", endpoint: "${E}" }],
    subscribes: [{ server: "${N}", channels: ["${C}", "tickers:${I}"] }],
  };
  assert.ok(isValid(value), JSON.stringify(isValid.errors));
});

Deno.test("every known channel has a place in the schema", async () => {
  const isValid = await validator();
  for (const name of knownChannels()) {
    const value = { subscribes: [{ server: "test", channels: [`${name}:X`] }] };
    assert.ok(isValid(value), `${name}: ${JSON.stringify(isValid.errors)}`);
  }
});

Deno.test("what okws refuses, the schema refuses", async (t) => {
  const isValid = await validator();
  const values: [string, unknown][] = [
    ["an unknown section", { setings: {} }],
    ["an unknown setting", { settings: { MAX_ROWS: 5 } }],
    ["a number too small", { settings: { MAX_ROW: 0 } }],
    ["a number that is none", { settings: { MAX_ROW: "many" } }],
    ["a broken number", { settings: { QUEUE_MB: 1.5 } }],
    ["a level that is none", { settings: { LOG_LEVEL: "loud" } }],
    ["an address that is none", { settings: { HTTP: "yes" } }],
    ["an exchange that is none", { settings: { ENDPOINT: "okx-uss" } }],
    ["a Redis that is none", { settings: { REDIS_URL: "http://localhost" } }],
    ["a command that is none", { settings: { COMMANDS: ["opn"] } }],
    ["spaces in a channel", { settings: { LISTEN_CHANNEL: "a b" } }],
    ["a server without a name", { servers: [{}] }],
    ["a name that cannot be part of a key", { servers: [{ name: "b c" }] }],
    ["an unknown member", { servers: [{ name: "a", passphrase: "x" }] }],
    ["half a login", { servers: [{ name: "a", apiKey: "k", secret: "s" }] }],
    ["a URL of another kind", { servers: [{ name: "a", endpoint: "https://x" }] }],
    ["a server that is a list", { servers: { name: "a" } }],
    ["subscriptions without a server", { subscribes: [{ channels: ["tickers:A"] }] }],
    ["channels that are no list", {
      servers: SERVERS,
      subscribes: [{ server: "test", channels: "tickers:A" }],
    }],
    ["a channel that is none", {
      servers: SERVERS,
      subscribes: [{ server: "test", channels: ["ticker:A"] }],
    }],
    ["a legacy channel that is none", {
      servers: SERVERS,
      subscribes: [{ server: "test", channels: ["spot/tickr:A"] }],
    }],
    ["a number for a channel", { servers: SERVERS, subscribes: [{ server: "test", channels: [7] }] }],
    ["an argument object without channel", {
      servers: SERVERS,
      subscribes: [{ server: "test", channels: [{ instId: "A" }] }],
    }],
  ];
  for (const [name, value] of values) {
    await t.step(name, () => {
      assert.ok("issues" in parseConfig(value), "okws takes it");
      assert.ok(!isValid(value), "the schema takes it");
    });
  }
});
