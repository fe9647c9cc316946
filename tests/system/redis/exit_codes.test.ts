/** Exit codes of the program where Redis, or the way to it, is what is wrong. */
import assert from "node:assert/strict";
import { freePort } from "../../support/free_port.ts";
import { runOkws } from "../../support/program.ts";
import { redisCli } from "../../support/redis_modes.ts";
import { redisTest, startRedis } from "../../support/redis_server.ts";

redisTest("a Redis that says no is exit code 1, one that is not there 4", async () => {
  await using redis = await startRedis();
  const port = Number(new URL(redis.url).port);
  await redisCli(port, "ACL", "SETUSER", "poor", "on", ">poor-pw", "~*", "-@all", "+ping", "+hello", "+info");
  const codes: [string, string, number, RegExp][] = [
    ["no rights", `redis://poor:poor-pw@127.0.0.1:${port}`, 1, /NOPERM/],
    ["a wrong password", `redis://poor:wrong@127.0.0.1:${port}`, 1, /WRONGPASS/],
    ["nothing there", `redis://127.0.0.1:${freePort()}`, 4, /ECONNREFUSED/],
  ];
  for (const [what, url, code, words] of codes) {
    const result = await runOkws(["client", "servers", "--redis", url]);
    assert.equal(result.code, code, `${what}: ${result.stderr}`);
    assert.match(result.stderr, words, what);
  }
});

redisTest("what serve refuses of the way to Redis, check refuses, both with exit code 2", async () => {
  const folder = await Deno.makeTempDir({ prefix: "okws-test-" });
  try {
    const file = `${folder}/okws.yaml`;
    const urls = {
      "embedded://0.0.0.0:6390": /loopback address only/,
      "redis://127.0.0.1:1?password_file=/nowhere/password": /cannot read \/nowhere\/password/,
    };
    for (const [url, words] of Object.entries(urls)) {
      await Deno.writeTextFile(file, `settings: {REDIS_URL: "${url}", HTTP: "off"}\n`);
      for (const command of ["check", "serve"]) {
        const { code, stderr } = await runOkws([command, "-c", file]);
        assert.equal(code, 2, `${command} ${url}: ${stderr}`);
        assert.match(stderr, words, command);
      }
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

redisTest(
  "an account that may not listen for commands is a wrong configuration, which doctor names",
  async () => {
    await using redis = await startRedis();
    await redisCli(redis.port, "ACL", "SETUSER", "deaf", "on", ">deaf-pw", "~*", "resetchannels", "+@all");
    const url = `redis://deaf:deaf-pw@127.0.0.1:${redis.port}`;
    const { code, stderr } = await runOkws(["serve", "--redis", url, "--http", "off"]);
    assert.equal(code, 2, stderr);
    assert.match(
      stderr,
      /settings\.LISTEN_CHANNEL: this user may not listen to trade-ws: okws redis-acl prints/,
    );
    assert.doesNotMatch(stderr, /fault of okws itself|A part of okws broke/);
    const { stdout } = await runOkws(["doctor", "--redis", url]);
    assert.match(
      stdout,
      /user deaf may not use the channels trade-ws, okws\/info, trade-ws\/info\/\*, okex\/\*/,
    );
  },
);

redisTest("a port that the embedded store cannot have is no fault of okws", async () => {
  await using redis = await startRedis();
  const port = new URL(redis.url).port;
  const { code, stderr } = await runOkws([
    "serve",
    "--redis",
    `embedded://127.0.0.1:${port}`,
    "--http",
    "off",
  ]);
  assert.equal(code, 4, stderr);
  assert.match(stderr, /Cannot open the embedded store at 127\.0\.0\.1:\d+: /);
  assert.doesNotMatch(stderr, /fault of okws itself/);
});
