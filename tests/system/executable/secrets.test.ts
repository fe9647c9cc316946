/**
 * Planted secrets and the program as a user runs it: nothing that it writes, serves, keeps in Redis or shows in the list
 * of processes holds one. What a person types on a command line is theirs to hide; `${NAME}` does it.
 */
import assert from "node:assert/strict";
import type { Redis } from "ioredis";
import { freePort } from "../../support/free_port.ts";
import { type HostileOkx, startHostileOkx } from "../../support/hostile_okx.ts";
import { findPlanted, PLANTED, plantedConfig, plantedVariables } from "../../support/planted.ts";
import { type Program, runOkws, startOkws } from "../../support/program.ts";
import { redisTest, startRedis } from "../../support/redis_server.ts";
import { openRedis, startSubscriber } from "../../support/service.ts";
import { waitFor } from "../../support/wait.ts";
import { tempFolder } from "./environment.ts";

const { apiKey, secret, passphrase, redisPassword, httpPassword, otherSecret } = PLANTED as Record<
  string,
  string
>;

function assertClean(from: string, text: string): void {
  assert.deepEqual(findPlanted(text), [], `${from}: ${text.slice(0, 3000)}`);
}

/** The arguments with which a process was started, as everybody on the machine can read them. */
async function commandLine(program: Program): Promise<string> {
  return await Deno.readTextFile(`/proc/${program.pid}/cmdline`).catch(() => "");
}

/** Has an exchange quote what it was sent, and what it never should have; returns how many logins came. */
function quoteSecrets(okx: HostileOkx): () => number {
  let logins = 0;
  okx.login = (text) => {
    const refusal = {
      event: "error",
      code: "60012",
      msg: `Invalid request: ${text} by ${apiKey} and ${passphrase}`,
    };
    return logins++ === 0
      ? JSON.stringify(refusal)
      : JSON.stringify({ event: "login", code: "0", msg: text });
  };
  okx.answer = (text) =>
    text.includes("NOBODY")
      ? JSON.stringify({ event: "error", code: "60018", msg: `no NOBODY for ${secret}` })
      : undefined;
  return () => logins;
}

/** Commands with secrets in every place, right and wrong, with their exit codes; -1: it depends. */
function clientRuns(endpoint: string, redisPort: number): [string[], number][] {
  const other = "${P_OTHER}";
  const opened = [
    "client",
    "open",
    "theirs",
    "--api-key",
    other,
    "--secret",
    other,
    "--passphrase",
    other,
  ];
  return [
    [[...opened, "--endpoint", endpoint], 0],
    [opened, 1],
    [["client", "open", "half", "--secret", other], 2],
    [["client", "open", "no good", "--secret", other], 2],
    [["client", "open", "x", "--secret", "${P_UNSET}"], 2],
    [["client", "open", "x", `--secrt=${otherSecret}`], 2],
    [["client", "open", "x", "--passphrase", "one", otherSecret as string], 2],
    [["client", "open", "x", "--endpoint", `ws://h/?token=${otherSecret}`], 1],
    [["client", "subscribe", "mine", "tickers:NOBODY"], 1],
    [["client", "subscribe", "mine", `{"apiKey":${JSON.stringify(otherSecret)}}`], 2],
    [["client", "subscribe", "mine", `{"channel":"tickers","secret":${JSON.stringify(otherSecret)}}`], 1],
    [["client", "status"], 0],
    [["client", "status", "mine", "--json"], 0],
    [[
      "client",
      "servers",
      "--redis",
      `redis://:${encodeURIComponent(otherSecret as string)}@127.0.0.1:${redisPort}`,
    ], 1],
    [["client", "servers", "--redis", `redis://u:${otherSecret}@127.0.0.1:1x`], 2],
    [["client", "clear", "nothing*"], 0],
    [["doctor"], -1],
  ];
}

/** Every key with what is in it. */
async function everything(redis: Redis): Promise<unknown[]> {
  const found: unknown[] = [];
  for (const key of await redis.keys("*")) {
    const type = await redis.type(key);
    const value = type === "hash"
      ? await redis.hgetall(key)
      : type === "string"
      ? await redis.get(key)
      : type;
    found.push(key, value);
  }
  return found;
}

for (const format of ["json", "pretty"]) {
  redisTest(`no planted secret comes out of the program (${format} log)`, async () => {
    await using folder = await tempFolder();
    await using redisServer = await startRedis({ args: ["--requirepass", redisPassword as string] });
    const redisUrl = `redis://:${encodeURIComponent(redisPassword as string)}@127.0.0.1:${redisServer.port}`;
    await using okx = startHostileOkx();
    const logins = quoteSecrets(okx);
    const port = freePort();
    const file = `${folder.path}/okws.yaml`;
    await Deno.writeTextFile(
      file,
      plantedConfig({
        endpoint: okx.url,
        port,
        settings: `LOG_LEVEL: debug\nLOG_FORMAT: ${format}`,
        servers: [{ name: "mine", channels: ["tickers:BTC-USDT", "tickers:NOBODY", "orders:ANY"] }],
      }),
    );
    const env = { ...plantedVariables(redisUrl), P_OTHER: otherSecret as string };
    for (const more of [[], ["--json"]]) {
      const { code, stdout, stderr } = await runOkws(["check", "-c", file, ...more], { env });
      assert.equal(code, 0, stderr);
      assertClean("check", stdout + stderr);
    }
    const program = startOkws(["serve", "-c", file], { env });
    try {
      await program.waitForLine(/Listening for commands/, { deadlineMs: 40_000 });
      await using subscriber = await startSubscriber(redisUrl, "*");
      assertClean("the list of processes", await commandLine(program));
      await waitFor("a login", () => logins() > 0);
      for (const [args, expected] of clientRuns(okx.url, redisServer.port)) {
        const named = args.includes("--redis") ? args : [...args, "-c", file];
        const { code, stdout, stderr } = await runOkws(named, { env, timeoutMs: 60_000 });
        if (expected >= 0) assert.equal(code, expected, `${args.slice(0, 4)}: ${stdout}${stderr}`);
        assertClean(args.slice(0, 3).join(" "), stdout + stderr);
      }
      const { redis, [Symbol.asyncDispose]: end } = await openRedis(redisUrl);
      for (
        const text of [
          "not JSON",
          `{"id":"bad","op":"open","name":"x","args":[`,
          `{"op":"open","name":"a b"}`,
        ]
      ) {
        await redis.publish("trade-ws", `${text}${JSON.stringify({ secret: otherSecret })}`);
      }
      const authorization = `Basic ${
        btoa(String.fromCharCode(...new TextEncoder().encode(`okws:${httpPassword}`)))
      }`;
      for (const path of ["/", "/livez", "/readyz", "/metrics", "/api/state"]) {
        const response = await fetch(`http://127.0.0.1:${port}${path}`, { headers: { authorization } });
        assertClean(path, await response.text());
      }
      assertClean("Redis", JSON.stringify(await everything(redis)));
      // A Redis that takes the password no longer, while the service runs.
      await redis.config("SET", "requirepass", "changed");
      await redis.call("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes");
      await program.waitForLine(/WRONGPASS|NOAUTH/, { deadlineMs: 30_000 });
      await redis.config("SET", "requirepass", redisPassword as string);
      await end();
      for (const { channel, message } of subscriber.messages) {
        if (channel !== "trade-ws") assertClean(channel, message);
      }
      assert.equal(await program.stop(), 0, program.text().slice(-2000));
    } finally {
      await program[Symbol.asyncDispose]();
    }
    assert.ok(program.stderr.length > 10);
    assertClean("the log", program.text());
  });
}

Deno.test("no planted secret comes out of a start that fails", async () => {
  const coded = encodeURIComponent(otherSecret as string);
  const env = { OKWS_HTTP: "off", P_KEY: apiKey as string };
  const runs: [string[], Record<string, string>][] = [
    [["serve", "--redis", `redis://:${coded}@127.0.0.1:notaport`], env],
    [["serve", "--http", `u:${otherSecret}@127.0.0.1:1`], env],
    [["serve"], { ...env, OKWS_REDIS_URL: `http://:${coded}@h` }],
    [["serve"], { ...env, OKWS_HTTP: `0.0.0.0:0${otherSecret}` }],
    [["serve", `--redis-url=${otherSecret}`], env],
    [["serve", "--log-level", otherSecret as string], env],
    [["client", "servers"], { ...env, OKWS_REDIS_URL: `redis://:${coded}@127.0.0.1:1` }],
  ];
  for (const [args, env] of runs) {
    const { code, stdout, stderr } = await runOkws(args, { env });
    assert.ok(code > 0);
    assertClean(args.slice(0, 2).join(" "), stdout + stderr);
  }
});

Deno.test("no planted secret comes out of a mistake in usage", async () => {
  await using folder = await tempFolder();
  const config = `${folder.path}/okws.yaml`;
  await Deno.writeTextFile(config, "servers: [{ name: a }]\n");
  const password = encodeURIComponent(httpPassword as string);
  const mistakes = [
    ["health", "--url", `http://okws:${password}@127.0.0.1:99999`],
    ["health", "--url", `okws:${password}@127.0.0.1`],
    ["service", "install", "--dry-run", "-c", config, "--credential", `OKX_SECRET=${secret}`],
    ["service", "install", "--dry-run", "-c", config, "--credential", secret as string],
    ["client", "servers", "--redis", `redis://u:${encodeURIComponent(redisPassword as string)}@h:99999`],
  ];
  for (const args of mistakes) {
    const { code, stdout, stderr } = await runOkws(args);
    assert.notEqual(code, 0, args[0]);
    assertClean(args.slice(0, 2).join(" "), stdout + stderr);
  }
});
