/** Where settings come from, which of them wins, and how a fault names its place. */
import assert from "node:assert/strict";
import { loadConfig, type LoadOptions, variableOf } from "../../../src/config/load.ts";
import type { Config } from "../../../src/config/schema.ts";
import { ConfigError, type ConfigIssue } from "../../../src/shared/errors.ts";

/** Loads a text as a file. */
async function load(text: string, options: LoadOptions = {}): Promise<Config> {
  const file = await Deno.makeTempFile({ suffix: ".yaml" });
  try {
    await Deno.writeTextFile(file, text);
    return await loadConfig({ environment: {}, ...options, file });
  } finally {
    await Deno.remove(file);
  }
}

/** The faults of a text. */
async function faults(text: string, options: LoadOptions = {}): Promise<readonly ConfigIssue[]> {
  const error: unknown = await load(text, options).then(() => undefined, (reason) => reason);
  assert.ok(error instanceof ConfigError, String(error));
  return error.issues;
}

/** `line:column path` of each fault. */
function places(issues: readonly ConfigIssue[]): string[] {
  return issues.map(({ line, column, path }) => `${line}:${column} ${path}`);
}

Deno.test("loadConfig() gives the defaults without a file", async () => {
  const { settings, servers } = await loadConfig({ environment: {} });
  assert.deepEqual([settings.MAX_ROW, settings.LISTEN_CHANNEL, settings.REDIS_URL, servers], [
    ...[1000, "trade-ws", undefined, []],
  ]);
});

Deno.test("loadConfig() lets flags win over environment, that over the file, and that over the defaults", async (t) => {
  const text = "settings:\n  MAX_ROW: 2\n  KEY_PREFIX: file\n  HTTP: off\n";
  const environment = { OKWS_MAX_ROW: "3", OKWS_KEY_PREFIX: "env" };
  const flags = { MAX_ROW: "4" };
  const show = (
    { settings }: Config,
  ) => [settings.MAX_ROW, settings.KEY_PREFIX, settings.HTTP, settings.QUEUE_MB];
  await t.step("all four", async () => {
    assert.deepEqual(show(await load(text, { environment, flags })), [4, "env", "off", 64]);
  });
  await t.step("without flags", async () => {
    assert.deepEqual(show(await load(text, { environment })), [3, "env", "off", 64]);
  });
  await t.step("without environment", async () => {
    assert.deepEqual(show(await load(text)), [2, "file", "off", 64]);
  });
  await t.step("an empty variable counts as unset", async () => {
    assert.deepEqual(show(await load(text, { environment: { OKWS_MAX_ROW: "" } })), [2, "file", "off", 64]);
  });
});

Deno.test("variableOf() names the variable of a setting, without doubling its prefix", () => {
  assert.equal(variableOf("REDIS_URL"), "OKWS_REDIS_URL");
  assert.equal(variableOf("OKWS_INFO"), "OKWS_INFO");
});

Deno.test("loadConfig() takes the old package's file unchanged", async () => {
  const file = new URL("../../fixtures/okws-2020.yaml", import.meta.url).pathname;
  const { settings, servers, subscribes } = await loadConfig({ file, environment: {} });
  assert.deepEqual(
    [
      settings.REDIS_URL,
      settings.MAX_ROW,
      settings.LISTEN_CHANNEL,
      settings.REDIS_INFO_KEY,
      settings.OKWS_INFO,
    ],
    ["redis://localhost", 1000, "trade-ws", "trade-ws/info", "okws/info"],
  );
  assert.deepEqual(servers.map(({ name, credentials }) => [name, credentials]), [["test", undefined]]);
  assert.deepEqual(subscribes.map(({ server, topics }) => [server, topics.map(({ path }) => path)]), [
    ["test", ["spot/candle60s:ETH-USDT"]],
  ]);
});

Deno.test("loadConfig() reports every fault with line and column, in the order of the file", async () => {
  const issues = await faults([
    "settings:",
    "  MAX_ROW: none",
    "  LISTEN_CHANEL: x",
    "servers:",
    "  - name: test",
    '    apiKey: "k"',
    "  - nam: other",
    "subscribes:",
    "  - server: tset",
    "    channels:",
    '      - "ticker:A"',
    '      - "tickers:A"',
  ].join("\n"));
  const found = places(issues);
  for (
    const place of [
      "2:12 settings.MAX_ROW",
      "3:3 settings.LISTEN_CHANEL",
      "5:5 servers[0]",
      "7:5 servers[1].nam",
      "9:13 subscribes[0].server",
      "11:9 subscribes[0].channels[0]",
    ]
  ) assert.ok(found.includes(place), `${place} in ${found.join(", ")}`);
  assert.deepEqual(
    issues.map(({ line = 0 }) => line),
    issues.map(({ line = 0 }) => line).sort((a, b) => a - b),
  );
});

Deno.test("ConfigError says file, line, column, path and what to do, one line for each fault", async () => {
  const file = await Deno.makeTempFile({ suffix: ".yaml" });
  await Deno.writeTextFile(file, "settings:\n  MAX_ROWS: 5\n  MAX_ROW: 0\n");
  try {
    await assert.rejects(loadConfig({ file, environment: {} }), (error: Error) => {
      assert.deepEqual(error.message.split("\n"), [
        `${file}:2:3: settings.MAX_ROWS: is not known; did you mean MAX_ROW?`,
        `${file}:3:12: settings.MAX_ROW: must be at least 1`,
      ]);
      return true;
    });
  } finally {
    await Deno.remove(file);
  }
});

Deno.test("loadConfig() names the variable or the command line where a bad value came from there", async () => {
  const environment = { OKWS_MAX_ROW: "none" };
  const [issue] = await faults("settings:\n  MAX_ROW: 5\n", { environment, flags: { HTTP: "nowhere" } });
  assert.deepEqual([issue?.path, issue?.line], ["MAX_ROW (environment variable OKWS_MAX_ROW)", undefined]);
  const [, flag] = await faults("", { environment, flags: { HTTP: "nowhere" } });
  assert.equal(flag?.path, "HTTP (command line)");
});

Deno.test("loadConfig() puts the environment's values in place of ${NAME}", async () => {
  const text = [
    "servers:",
    "  - name: test",
    "    apiKey: ${OKX_KEY}",
    '    secret: "${OKX_SECRET}"',
    "    password: pre-${OKX_PASS}-post",
  ].join("\n");
  const environment = { OKX_KEY: "k", OKX_SECRET: "s: {x} ${OKX_KEY}", OKX_PASS: "p" };
  const { servers } = await load(text, { environment });
  assert.deepEqual(servers[0]?.credentials, {
    apiKey: "k",
    secret: "s: {x} ${OKX_KEY}",
    passphrase: "pre-p-post",
  });
});

Deno.test("loadConfig() takes an unset ${NAME} for a fault at its place, with the other faults", async () => {
  const issues = await faults([
    "settings:",
    "  MAX_ROW: 0",
    "servers:",
    "  - name: test",
    "    apiKey: ${OKX_KEY}",
    "    secret: ${OKX_SECRET}",
  ].join("\n"));
  const found = issues.map(({ line, path, message }) => `${line} ${path} ${message}`);
  assert.ok(found.includes("5 servers[0].apiKey ${OKX_KEY} is not set in the environment"), found.join("\n"));
  assert.ok(
    found.includes("6 servers[0].secret ${OKX_SECRET} is not set in the environment"),
    found.join("\n"),
  );
  assert.ok(found.some((fault) => fault.startsWith("2 settings.MAX_ROW")), found.join("\n"));
});

Deno.test("loadConfig() reads the settings alone for a client that has no secrets", async () => {
  const text =
    "settings:\n  KEY_PREFIX: mine\nservers:\n  - name: test\n    apiKey: ${UNSET}\n    nonsense: 1\n";
  const { settings, servers } = await load(text, { only: "settings" });
  assert.deepEqual([settings.KEY_PREFIX, servers], ["mine", []]);
});

Deno.test("loadConfig() shows no secret in a fault", async () => {
  const secret = "22582BD0CFF14C41EDBF1AB98506286D";
  const texts = [
    "servers:\n  - name: a\n    apiKey: ${OKX_KEY}\n",
    `servers:\n  - name: a\n    apiKey: ${secret}\n`,
    `servers:\n  - name: a\n    secret: [${secret}]\n`,
    `servers:\n  - name: a\n    endpoint: wss://u:${secret}@host\n`,
    `servers:\n  - name: a\n    secret: "${secret}\n    password: x\n`,
    `servers:\n  - name: a\n    secret: ${secret}: x\n`,
    `servers:\n  - name: a\n    secret: *${secret}\n`,
  ];
  for (const text of texts) {
    const issues = await faults(text, { environment: { OKX_KEY: secret } });
    assert.ok(!JSON.stringify(issues).includes(secret), `${text}\n${JSON.stringify(issues)}`);
  }
});

Deno.test("loadConfig() places a fault of the YAML itself", async () => {
  const issues = await faults('settings:\n  MAX_ROW: 5\n  HTTP: "off\nservers: []\n');
  assert.ok(issues.length > 0);
  for (const issue of issues) assert.ok((issue.line ?? 0) >= 3, JSON.stringify(issue));
});

Deno.test("loadConfig() takes a doubled key for a fault", async () => {
  const issues = await faults("settings:\n  MAX_ROW: 5\n  MAX_ROW: 6\n");
  assert.equal(issues[0]?.line, 3);
});

Deno.test("loadConfig() takes an empty file for no settings at all", async () => {
  for (const text of ["", "# nothing\n", "---\n"]) assert.equal((await load(text)).settings.MAX_ROW, 1000);
});

Deno.test("loadConfig() lets flags and environment in where the file has no settings", async () => {
  const { settings } = await load("servers: []\n", { flags: { MAX_ROW: "7" } });
  assert.equal(settings.MAX_ROW, 7);
  assert.equal((await load("settings:\n", { environment: { OKWS_MAX_ROW: "8" } })).settings.MAX_ROW, 8);
});

Deno.test("loadConfig() says which file is not there, or is none", async () => {
  const directory = await Deno.makeTempDir();
  try {
    for (
      const [file, reason] of [[`${directory}/none.yaml`, /there is no such file/], [
        directory,
        /not a file/,
      ]] as const
    ) {
      await assert.rejects(loadConfig({ file, environment: {} }), (error: Error) => {
        assert.ok(error instanceof ConfigError);
        assert.match(error.message, reason);
        assert.ok(error.message.startsWith(file));
        return true;
      });
    }
  } finally {
    await Deno.remove(directory);
  }
});
