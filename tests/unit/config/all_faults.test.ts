/** Everything that is wrong is said at once: a fault in one place hides none in another, and makes none there. */
import assert from "node:assert/strict";
import { loadConfig } from "../../../src/config/load.ts";
import { parseConfig, parseServer } from "../../../src/config/schema.ts";
import { CODES, CommandError, ConfigError } from "../../../src/shared/errors.ts";

/** Every fault as `path: message`, in the order of the file. */
async function faultsOf(yaml: string): Promise<string[]> {
  const file = await Deno.makeTempFile({ prefix: "okws-test-", suffix: ".yaml" });
  try {
    await Deno.writeTextFile(file, yaml);
    await loadConfig({ file, environment: {} });
    return [];
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return error.issues.map(({ path, message }) => `${path}: ${message}`);
  } finally {
    await Deno.remove(file);
  }
}

/** Whether each of these texts is in one of the faults, and no fault is beside them. */
async function assertFaults(yaml: string, expected: readonly string[]): Promise<void> {
  const found = await faultsOf(yaml);
  assert.equal(found.length, expected.length, `${yaml}\n${found.join("\n")}`);
  for (const text of expected) {
    assert.ok(found.some((fault) => fault.startsWith(text)), `${text} in ${found}`);
  }
}

const CASES: Readonly<Record<string, readonly [yaml: string, faults: readonly string[]]>> = {
  "an address that others reach": [
    "settings: {HTTP: '0.0.0.0:80', LOG_FORMAT: x}",
    ["settings.HTTP: 0.0.0.0 can be reached", "settings.LOG_FORMAT: must be"],
  ],
  "a port that there is not": [
    "settings: {HTTP: '127.0.0.1:99999', MAX_ROW: 0, FROB: 1}",
    ["settings.HTTP: there is no port", "settings.MAX_ROW: must be at least", "settings.FROB: is not known"],
  ],
  "a password that is none, and the address that needs one": [
    "settings: {HTTP: '0.0.0.0:80', HTTP_PASSWORD: short}",
    ["settings.HTTP_PASSWORD: has 8"],
  ],
  "channels that answer each other": [
    "settings: {OKWS_INFO: trade-ws, LOG_FORMAT: x}",
    ["settings.OKWS_INFO: must not be", "settings.LOG_FORMAT: must be"],
  ],
  "an endpoint": [
    "servers: [{name: a, endpoint: 'ftp://x', protocol: 3, frob: 1}]",
    ["servers[0].endpoint: ", "servers[0].protocol: must be", "servers[0].frob: is not known"],
  ],
  "a server without a name": [
    "servers: [{endpoint: 'ftp://x', apiKey: k}]",
    ["servers[0].name: every server", "servers[0].endpoint: ", "servers[0]: "],
  ],
  "a part of a login that is none": [
    "servers: [{name: a, apiKey: k, secret: 5, password: p}]",
    ["servers[0].secret: must be a text"],
  ],
  "a subscription": [
    "servers: [{name: a}]\nsubscribes: [{server: b, channels: x}, {server: 5, channels: ['tickrs:X']}]",
    [
      "subscribes[0].server: ",
      "subscribes[0].channels: must be a list",
      "subscribes[1].server: must be a text",
      "subscribes[1].channels[0]: ",
    ],
  ],
  "files of Redis": [
    "settings: {REDIS_URL: 'rediss://h', REDIS_CA: /none/ca, REDIS_PASSWORD_FILE: /none/pw, LOG_FORMAT: x}",
    [
      "settings.REDIS_CA: cannot read",
      "settings.REDIS_PASSWORD_FILE: cannot read",
      "settings.LOG_FORMAT: must be",
    ],
  ],
};

for (const [name, [yaml, expected]] of Object.entries(CASES)) {
  Deno.test(`all faults are said at once: ${name}`, async () => await assertFaults(yaml, expected));
}

Deno.test("an empty value, true and a list are no numbers", async () => {
  for (const name of ["MAX_ROW", "REPLY_SECONDS", "BOOK_DEPTH", "BOOK_INTERVAL_MS", "QUEUE_MB"]) {
    for (const value of ["", "null", "true", "false", "''", "' '", "[5]", "{}", "five", "1 000"]) {
      await assertFaults(`settings:\n  ${name}: ${value}\n`, [`settings.${name}: must be a number`]);
    }
    for (const value of ["5", "'5'"]) await assertFaults(`settings:\n  ${name}: ${value}\n`, []);
  }
});

Deno.test("what begins a variable and is none is a fault, wherever it stands", async () => {
  for (const text of ["redis://${FOO", "redis://h:${}", "redis://h/${1}", "redis://${A B}@h"]) {
    await assertFaults(`settings: {REDIS_URL: "${text}"}`, ["settings.REDIS_URL: ${ begins a variable"]);
  }
  await assertFaults('servers: [{name: a, apiKey: k, secret: "${S", password: p}]', [
    "servers[0].secret: ${ begins a variable",
  ]);
  await assertFaults("servers: [{name: a, apiKey: k, secret: 'a$b{c}', password: p}]", []);
});

Deno.test("an entry that is no entry is a fault in words of okws", async () => {
  await assertFaults("servers: [5]", ["servers[0]: must have names with values"]);
  await assertFaults("settings: 5\nsubscribes: [x]", [
    "settings: must have names with values",
    "subscribes[0]: must have names with values",
  ]);
});

Deno.test("an open command whose args are no object opens nothing", () => {
  for (const args of ["y", "", [1], [], 5, true]) {
    assert.throws(
      () => parseServer("a", args, "okx"),
      (error) => error instanceof CommandError && error.errorCode === CODES.unreadable,
      JSON.stringify(args),
    );
  }
  for (const args of [undefined, null, {}]) assert.equal(parseServer("a", args, "okx").name, "a");
});

Deno.test("of a faulty configuration nothing is made", () => {
  assert.ok("issues" in parseConfig({ servers: [{ name: "a", frob: 1 }] }));
});
