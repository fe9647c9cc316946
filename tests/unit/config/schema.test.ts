/** What a configuration may say: defaults, types, paths, servers, and every fault at once. */
import assert from "node:assert/strict";
import { type Config, parseConfig, parseServer } from "../../../src/config/schema.ts";
import { nearest, withSuggestion } from "../../../src/okx/suggest.ts";
import { CODES, CommandError } from "../../../src/shared/errors.ts";
import { message } from "../../../src/shared/messages/message.ts";

const LOGIN = { apiKey: "key-1", secret: "secret-2", password: "pass-3" };

const DEFAULTS = {
  MAX_ROW: 1000,
  LISTEN_CHANNEL: "trade-ws",
  REDIS_INFO_KEY: "trade-ws/info",
  OKWS_INFO: "okws/info",
  KEY_PREFIX: "okex",
  ENDPOINT: "okx",
  HTTP: "127.0.0.1:8787",
  LOG_LEVEL: "info",
  LOG_FORMAT: "auto",
  COMMANDS: ["open", "close", "subscribe", "unsubscribe", "servers", "status", "reload", "quit_server"],
};

function config(value: unknown): Config {
  const result = parseConfig(value);
  assert.ok("config" in result, "issues" in result ? JSON.stringify(result.issues) : "");
  return (result as { config: Config }).config;
}

/** Every fault as `path: message`. */
function faults(value: unknown): string[] {
  const result = parseConfig(value);
  assert.ok("issues" in result, "taken");
  return "issues" in result ? result.issues.map(({ path, message }) => `${path}: ${message}`) : [];
}

Deno.test("a command that is none, and a list that is none, are named as what they are", () => {
  const faultOf = (COMMANDS: unknown) => {
    const result = parseConfig({ settings: { COMMANDS } });
    return "issues" in result ? result.issues.map((issue) => `${issue.path}: ${issue.message}`) : [];
  };
  assert.match(
    faultOf(["open", "opn"]).join(),
    /^settings\.COMMANDS\[1\]: is no command, there are open, close/,
  );
  assert.match(faultOf(5).join(), /^settings\.COMMANDS: must be a list of open, close/);
});

Deno.test("parseConfig() fills every default, also for no file at all", async (t) => {
  for (const value of [undefined, null, {}, { settings: null }, { servers: [], subscribes: null }]) {
    await t.step(JSON.stringify(value) ?? "nothing", () => {
      const { settings, servers, subscribes } = config(value);
      assert.deepEqual([servers, subscribes, settings.REDIS_URL], [[], [], undefined]);
      for (const [name, expected] of Object.entries(DEFAULTS)) {
        assert.deepEqual(settings[name as keyof typeof DEFAULTS], expected, name);
      }
    });
  }
});

Deno.test("parseConfig() lets the user's values win over the defaults", () => {
  const { settings } = config({
    settings: {
      REDIS_URL: "redis://db:6390",
      MAX_ROW: 5,
      KEY_PREFIX: "mine",
      HTTP: "off",
      COMMANDS: ["servers"],
    },
  });
  assert.deepEqual([
    settings.REDIS_URL,
    settings.MAX_ROW,
    settings.KEY_PREFIX,
    settings.HTTP,
    settings.COMMANDS,
  ], [
    ...["redis://db:6390", 5, "mine", "off", ["servers"]],
  ]);
});

Deno.test("parseConfig() takes numbers and lists as text, as an environment gives them", () => {
  const { settings } = config({ settings: { MAX_ROW: "50", COMMANDS: "servers, status" } });
  assert.deepEqual([settings.MAX_ROW, settings.COMMANDS], [50, ["servers", "status"]]);
});

Deno.test("parseConfig() gives each server its exchange and its credentials", () => {
  const { servers } = config({
    settings: { ENDPOINT: "okx-eea" },
    servers: [
      { name: "plain", apiKey: "", secret: "", password: "" },
      { name: "demo", endpoint: "okx-demo", ...LOGIN },
      { name: "old", apikey: "key-1", secret: "secret-2", password: "pass-3", endpoint: "ws://127.0.0.1:9" },
    ],
  });
  assert.deepEqual(servers.map(({ name, exchange }) => [name, exchange.ws]), [
    ["plain", "wss://wseea.okx.com"],
    ["demo", "wss://wspap.okx.com"],
    ["old", "ws://127.0.0.1:9"],
  ]);
  const credentials = { apiKey: "key-1", secret: "secret-2", passphrase: "pass-3" };
  assert.deepEqual(servers.map((server) => server.credentials), [undefined, credentials, credentials]);
});

Deno.test("parseConfig() reads paths in both spellings and argument objects", () => {
  const { subscribes } = config({
    servers: [{ name: "test", ...LOGIN }],
    subscribes: [{
      server: "test",
      channels: ["spot/ticker:ETH-USDT", "tickers:ETH-USDT", { channel: "orders", instType: "SWAP" }],
    }],
  });
  assert.deepEqual(subscribes.map(({ server, topics }) => [server, topics.map(({ path }) => path)]), [
    ["test", ["spot/ticker:ETH-USDT", "tickers:ETH-USDT", "orders:SWAP"]],
  ]);
});

Deno.test("parseConfig() reports every fault at once, each with its path", () => {
  const found = faults({
    settings: { MAX_ROW: 0, HTTP: "yes", LOG_LEVEL: "loud", KEY_PREFX: "x", ENDPOINT: "okx-uss" },
    servers: [
      { name: "a", apiKey: "key-1" },
      { name: "a" },
      { name: "b c" },
      { name: "d", endpoint: "http://x", scret: "" },
      {},
    ],
    subscribes: [
      { server: "aa", channels: ["tickers:A", "ticker:A"] },
      { server: "a", channels: "tickers:A" },
      { server: "a", channels: ["spot/tickr:A", 7] },
    ],
    subscribe: [],
  });
  const expected = [
    /^subscribe: is not known; did you mean subscribes\?$/,
    /^settings\.MAX_ROW: must be at least 1$/,
    /^settings\.HTTP: must be HOST:PORT or off$/,
    /^settings\.LOG_LEVEL: must be debug, info, warn or error, and may name rooms/,
    /^settings\.KEY_PREFX: is not known; did you mean KEY_PREFIX\?$/,
    /^servers\[0\]: a login needs apiKey, secret and password; missing: secret, password$/,
    /^servers\[1\]\.name: there is another server named a$/,
    /^servers\[2\]\.name: has 1 to 64 letters/,
    /^servers\[3\]\.scret: is not known; did you mean secret\?$/,
    /^servers\[4\]\.name: every server needs a name$/,
    /^subscribes\[0\]\.server: there is no server aa; did you mean a\?$/,
    /^subscribes\[0\]\.channels\[1\]: There is no channel "ticker"; did you mean tickers\?$/,
    /^subscribes\[1\]\.channels: must be a list of paths/,
    /^subscribes\[2\]\.channels\[0\]: There is no legacy channel "spot\/tickr"; did you mean spot\/ticker\?$/,
    /^subscribes\[2\]\.channels\[1\]: A path or an argument object is needed: 7$/,
    /^servers\[3\]\.endpoint: must be okx, /,
  ];
  for (const pattern of expected) {
    assert.equal(
      found.filter((fault) => pattern.test(fault)).length,
      1,
      `${pattern} in\n${found.join("\n")}`,
    );
  }
});

Deno.test("parseConfig() reports a bad exchange beside other bad settings", () => {
  const found = faults({ settings: { ENDPOINT: "okx-uss", MAX_ROW: 0 } });
  assert.ok(
    found.some((fault) => /ENDPOINT: must be okx, .*did you mean okx-us\?/.test(fault)),
    found.join("\n"),
  );
});

Deno.test("parseConfig() checks a server's endpoint beside its other faults", () => {
  const found = faults({ servers: [{ name: "d", endpoint: "http://x", apiKey: "key-1" }] });
  assert.equal(found.length, 2, found.join("\n"));
  assert.match(found.join("\n"), /servers\[0\]\.endpoint: must be okx/);
});

Deno.test("parseConfig() says what a private channel needs", () => {
  const found = faults({
    servers: [{ name: "plain" }],
    subscribes: [{ server: "plain", channels: ["account", "tickers:A"] }],
  });
  assert.equal(found.length, 1, found.join("\n"));
  assert.match(
    found[0] ?? "",
    /^subscribes\[0\]\.channels\[0\]: account needs a login: give plain an apiKey/,
  );
});

Deno.test("parseConfig() takes sections of a wrong kind for faults, and does not throw", () => {
  const values = [7, "x", [], { settings: [] }, { settings: "x" }, { servers: {} }, { servers: [7, null] }];
  for (const value of [...values, { subscribes: "tickers:A" }, { subscribes: [null] }]) {
    assert.ok(faults(value).length > 0, JSON.stringify(value));
  }
});

Deno.test("parseConfig() shows no secret in a fault", () => {
  const secret = "22582BD0CFF14C41EDBF1AB98506286D";
  const values = [
    { servers: [{ name: "a", apiKey: secret }] },
    { servers: [{ name: "a", apiKey: secret, secret, password: 7 }] },
    { servers: [{ name: "a", apiKey: [secret], secret: { value: secret } }] },
    { servers: [{ name: "a", endpoint: `wss://u:${secret}@host` }] },
    { settings: { REDIS_URL: 7, HTTP: "no" } },
    { subscribes: [{ server: "a", channels: [{ secret }] }] },
  ];
  for (const value of values) assert.ok(!faults(value).join("\n").includes(secret), JSON.stringify(value));
});

Deno.test("parseServer() reads the args of an open command", () => {
  const plain = parseServer("a", undefined, "okx");
  assert.deepEqual([plain.name, plain.exchange.ws, plain.credentials], ["a", "wss://ws.okx.com", undefined]);
  const full = parseServer("a", { ...LOGIN, endpoint: "okx-us", name: "other" }, "okx");
  assert.deepEqual([full.name, full.exchange.ws, full.credentials?.passphrase], [
    "a",
    "wss://wsus.okx.com",
    "pass-3",
  ]);
});

Deno.test("parseServer() refuses with 80010 and without the secrets", async (t) => {
  const table: [string, unknown][] = [
    ["half a login", { apiKey: "key-1", secret: "secret-2" }],
    ["an unknown member", { ...LOGIN, passphrase: "pass-3" }],
    ["a wrong endpoint", { ...LOGIN, endpoint: "https://okx" }],
    ["a login that is no text", { apiKey: 7, secret: "secret-2", password: "pass-3" }],
  ];
  for (const [title, args] of table) {
    await t.step(title, () => {
      assert.throws(() => parseServer("a", args, "okx"), (error) => {
        assert.ok(error instanceof CommandError);
        assert.equal(error.errorCode, CODES.unreadable);
        for (const secret of Object.values(LOGIN)) assert.ok(!error.message.includes(secret), error.message);
        return true;
      });
    });
  }
});

Deno.test("nearest() returns the nearest word, and none that is far", () => {
  assert.equal(nearest("MAX_ROWS", ["MAX_ROW", "HTTP"]), "MAX_ROW");
  assert.equal(nearest("redis_url", ["REDIS_URL", "HTTP"]), "REDIS_URL");
  assert.equal(nearest("something", ["MAX_ROW", "HTTP"]), undefined);
  assert.equal(nearest("x", []), undefined);
  // Of four letters one may be wrong, or two have changed places.
  assert.equal(nearest("nope", ["top", "open", "stop"]), undefined);
  assert.equal(nearest("gte", ["top", "get"]), "get");
  assert.equal(nearest("tst", ["test"]), "test");
  const fault = message("config.unknown_key");
  const names = ["MAX_ROW", "HTTP"];
  assert.equal(withSuggestion(fault, "MAX_ROWS", names).english, "is not known; did you mean MAX_ROW?");
  assert.equal(withSuggestion(fault, "something", names), fault);
});

Deno.test("channels that would answer each other are faults", () => {
  const faultsOf = (settings: Record<string, unknown>) => {
    const parsed = parseConfig({ settings, servers: [{ name: "test" }] });
    return "issues" in parsed ? parsed.issues.map(({ path, message }) => `${path}: ${message}`) : [];
  };
  assert.deepEqual(faultsOf({}), []);
  assert.deepEqual(
    faultsOf({ LISTEN_CHANNEL: "okex/do", REDIS_INFO_KEY: "okex/did", OKWS_INFO: "okex/up" }),
    [],
  );
  const cases: [Record<string, string>, RegExp][] = [
    [{ LISTEN_CHANNEL: "a", REDIS_INFO_KEY: "a" }, /LISTEN_CHANNEL: must not be REDIS_INFO_KEY/],
    [{ LISTEN_CHANNEL: "a/b", REDIS_INFO_KEY: "a" }, /LISTEN_CHANNEL: must not be REDIS_INFO_KEY/],
    [{ LISTEN_CHANNEL: "a", OKWS_INFO: "a" }, /OKWS_INFO: must not be LISTEN_CHANNEL/],
    [{ LISTEN_CHANNEL: "okex/test/event" }, /LISTEN_CHANNEL: must not be below a server's prefix/],
    [{ REDIS_INFO_KEY: "okex/test" }, /REDIS_INFO_KEY: must not be below a server's prefix/],
  ];
  for (const [settings, fault] of cases) {
    const faults = faultsOf(settings);
    assert.equal(faults.length, 1, faults.join());
    assert.match(faults[0] as string, fault);
  }
});
