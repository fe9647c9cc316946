/** The command line from outside: checks, help and mistakes, none of which needs a service. */
import assert from "node:assert/strict";
import { redisTest, startRedis } from "../../support/redis_server.ts";
import { runOkws } from "../../support/program.ts";
import { assertCalm, assertFails, startEnvironment, startMock, tempFolder } from "./environment.ts";

Deno.test("demo shows rows and ends by itself", async () => {
  const { code, stdout, stderr } = await runOkws(["demo", "--seconds", "3"]);
  assert.equal(code, 0, stderr);
  assert.match(stdout, /^tickers:BTC-USDT +\d/m);
  assert.match(stdout, /^spot\/ticker:SOL-USDT +\d/m);
  assert.match(stdout, /^[1-9]\d* rows received, .* 0 dropped\.$/m);
  assertCalm(stdout + stderr);
});

Deno.test("check lists every fault of a file with line and column", async () => {
  await using folder = await tempFolder();
  const lines = [
    "settings:",
    "  REDIS_ULR: redis://localhost",
    "  MAX_ROW: many",
    "servers:",
    "  - name: test",
    "    apiKey: planted-key",
    "    endpoint: ${OKWS_TEST_UNSET}",
    "    endpont: planted-text",
    "subscribes:",
    "  - server: tset",
    "    channels:",
    '      - "spot/tikcer:ETH-USDT"',
    "servrs: []",
  ];
  await Deno.writeTextFile(`${folder.path}/faulty.yaml`, lines.join("\n"));
  const ran = await runOkws(["check", "-c", "faulty.yaml"], { cwd: folder.path });
  assertFails(ran, 2, /faulty\.yaml/);
  const faults: [string, RegExp][] = [
    ["2:3", /REDIS_ULR.*did you mean REDIS_URL\?/],
    ["3:12", /MAX_ROW.*number/],
    ["5:5", /needs apiKey, secret and password/],
    ["7:15", /OKWS_TEST_UNSET.*not set/],
    ["8:5", /endpont.*did you mean endpoint\?/],
    ["10:13", /tset.*did you mean test\?/],
    ["12:9", /spot\/tikcer.*did you mean spot\/ticker\?/],
    ["13:1", /servrs.*did you mean servers\?/],
  ];
  const reported = ran.stderr.trimEnd().split("\n");
  assert.equal(reported.length, faults.length, ran.stderr);
  for (const [i, [place, text]] of faults.entries()) {
    assert.ok(reported[i]?.startsWith(`okws: faulty.yaml:${place}: `), `${place}: ${reported[i]}`);
    assert.match(reported[i] ?? "", text);
  }
  assert.ok(!ran.stderr.includes("planted"), ran.stderr);
});

Deno.test("check prints the plan of a good file without its secrets", async () => {
  await using folder = await tempFolder();
  const text = `settings:
  REDIS_URL: "redis://reader:planted-word@localhost:6379/2"
servers:
  - name: test
    apiKey: planted-key
    secret: planted-secret
    password: planted-phrase
subscribes:
  - server: test
    channels: ["account", "spot/ticker:ETH-USDT", "candle1m:BTC-USDT"]
`;
  await Deno.writeTextFile(`${folder.path}/okws.yaml`, text);
  const { code, stdout, stderr } = await runOkws(["check"], { cwd: folder.path });
  assert.equal(code, 0, stderr);
  const plan = JSON.parse(stdout) as { connections: { url: string; login: boolean; paths: string[] }[] };
  assert.deepEqual(
    plan.connections.map(({ url, login, paths }) => [url.slice(url.lastIndexOf("/") + 1), login, paths]),
    [
      ["public", false, ["spot/ticker:ETH-USDT"]],
      ["private", true, ["account"]],
      ["business", false, ["candle1m:BTC-USDT"]],
    ],
  );
  assert.ok(!(stdout + stderr).includes("planted"), stdout);
});

Deno.test("--version prints the version of the package", async () => {
  const text = await Deno.readTextFile(new URL("../../../deno.json", import.meta.url));
  const { version } = JSON.parse(text) as { version: string };
  const { code, stdout } = await runOkws(["--version"]);
  assert.deepEqual([code, stdout], [0, `okws ${version}\n`]);
});

Deno.test("help explains each command and the exit codes", async () => {
  for (
    const args of [["help"], ["--help"], ["help", "serve"], ["client", "get", "--help"], ["doctor", "-h"]]
  ) {
    const { code, stdout } = await runOkws(args);
    assert.equal(code, 0, args.join(" "));
    assert.match(stdout, /Usage: okws/);
    assert.match(stdout, /Exit codes: 0/, args.join(" "));
  }
});

Deno.test("a mistake on the command line ends with its code, a reason and no stack trace", async (t) => {
  await using folder = await tempFolder();
  await Deno.writeTextFile(`${folder.path}/broken.yaml`, "settings:\n  A: [1\nservers: }\n");
  const away = "redis://127.0.0.1:1";
  const mistakes: [string, string[], number, RegExp][] = [
    [
      "a command near another",
      ["serv"],
      2,
      /^okws: unknown command serv; did you mean serve\?\nokws: see okws help$/m,
    ],
    [
      "a client command near another",
      ["client", "subscrib"],
      2,
      /did you mean subscribe\?\nokws: see okws help client$/m,
    ],
    [
      "an option near another",
      ["serve", "--log-levle", "info"],
      2,
      /unknown option --log-levle; did you mean --log-level\?/,
    ],
    [
      "a value near another",
      ["client", "open", "x", "--protocol", "v55"],
      2,
      /--protocol is one of v5, v3: v55; did you mean v5\?/,
    ],
    [
      "help of a command that is none",
      ["help", "client", "gett"],
      2,
      /unknown command gett; did you mean get\?/,
    ],
    ["a file that is not there", ["serve", "-c", "no.yaml"], 2, /no\.yaml: there is no such file/],
    ["a folder for a file", ["-c", "."], 2, /is not a file/],
    ["a file that is not YAML", ["check", "-c", "broken.yaml"], 2, /broken\.yaml:3:/],
    ["a setting that cannot be", ["serve", "--log-level", "loud"], 2, /LOG_LEVEL \(command line\)/],
    [
      "an argument too few",
      ["client", "get"],
      2,
      /missing required argument path\nokws: see okws help client get$/m,
    ],
    ["a port that is none", ["mock", "--port", "x"], 2, /--port is a number/],
    ["a fault that is none", ["mock", "--faults", "nonsense"], 2, /Unknown fault/],
    [
      "a time that is none",
      ["demo", "--seconds", "x"],
      2,
      /--seconds is a whole number from 0 to 999999: x\nokws: see okws help demo$/m,
    ],
    ["a Redis that is not there", ["client", "servers", "--redis", away], 4, /Cannot reach Redis/],
  ];
  for (const [name, args, code, reason] of mistakes) {
    await t.step(name, async () => assertFails(await runOkws(args, { cwd: folder.path }), code, reason));
  }
});

Deno.test("the simulated exchange says when its port is taken, and stops at a signal", async () => {
  await using mock = await startMock();
  assertFails(await runOkws(["mock", "--port", String(mock.port)]), 1, /is taken/);
  assert.equal(await mock.stop("SIGTERM", 5000), 0);
});

Deno.test("mistakes are reported in the reader's language, codes and data are not", async () => {
  const env = { OKWS_LANG: "zh" };
  const ran = await runOkws(["client", "servers", "--redis", "redis://127.0.0.1:1"], { env });
  assertFails(ran, 4, /^okws: 连不上 Redis redis:\/\/127\.0\.0\.1:1：/);
  const help = await runOkws(["help", "check"], { env });
  assert.match(help.stdout, /^用法： okws check \[选项\]\n\n检查配置/);
  const plan = await runOkws(["check", "-c", "config/okws.yaml"], {
    env,
    cwd: new URL("../../../", import.meta.url).pathname,
  });
  assert.equal(plan.code, 0, plan.stderr);
  assert.doesNotMatch(plan.stdout, /[\u4e00-\u9fff]/);
});

Deno.test("check prints the JSON Schema of the file", async () => {
  const { code, stdout } = await runOkws(["check", "--schema"]);
  assert.equal(code, 0);
  const file = new URL("../../../config/okws.schema.json", import.meta.url);
  assert.equal(stdout, await Deno.readTextFile(file));
});

Deno.test("check shows people what differs from the defaults, and how the connections start", async () => {
  await using folder = await tempFolder();
  const books = Array.from({ length: 100 }, (_, i) => `"books:A${i}-USDT"`).join(", ");
  const text =
    `settings: { MAX_ROW: 50 }\nservers: [{ name: test }]\nsubscribes: [{ server: test, channels: [${books}] }]\n`;
  await Deno.writeTextFile(`${folder.path}/okws.yaml`, text);
  const { code, stdout } = await runOkws(["check"], { cwd: folder.path });
  assert.equal(code, 0);
  const plan = JSON.parse(stdout) as {
    changed: string[];
    coldStartSeconds: number;
    connections: { name: string; deepBooks: number }[];
  };
  assert.deepEqual(plan.changed, ["MAX_ROW"]);
  assert.deepEqual(plan.connections.map(({ name, deepBooks }) => [name, deepBooks]), [
    ["public", 29],
    ["public#2", 29],
    ["public#3", 29],
    ["public#4", 13],
  ]);
  assert.ok(plan.coldStartSeconds > 1 && plan.coldStartSeconds < 2, String(plan.coldStartSeconds));
});

Deno.test("help of a command inside a group is the help of that command", async () => {
  const ran = await runOkws(["help", "client", "get"]);
  assert.equal(ran.code, 0);
  assert.match(ran.stdout, /okws client get/);
  assert.match(ran.stdout, /--max-age/);
});

redisTest("a server that nobody opened is reported by the nearest that is open", async () => {
  await using environment = await startEnvironment();
  assertFails(await environment.client("status", "tset"), 1, /There is no server tset; did you mean test\?/);
  assertFails(
    await environment.client("get", "tset", "tickers:ETH-USDT"),
    5,
    /There is no server tset; did you mean test\?/,
  );
});

redisTest("get of a channel that does not exist names the nearest instead of calling it empty", async () => {
  await using server = await startRedis();
  const ran = await runOkws([
    "client",
    "get",
    "test",
    "spot/tickr",
    "instrument_id=ETH-USDT",
    "--redis",
    server.url,
  ]);
  assertFails(ran, 2, /did you mean spot\/ticker\?/);
});
