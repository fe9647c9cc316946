/** Reading the configuration file again, from outside: by command and by signal. */
import assert from "node:assert/strict";
import { redisTest } from "../../support/redis_server.ts";
import { waitFor } from "../../support/wait.ts";
import { assertFails, startEnvironment } from "./environment.ts";

redisTest("client reload applies what differs in the file, and shows it", async () => {
  await using environment = await startEnvironment();
  await environment.waitForKey("okex/test/spot/ticker:ETH-USDT");
  const file = await Deno.readTextFile(environment.file);
  await Deno.writeTextFile(
    environment.file,
    file.replace("MAX_ROW: 1000", "MAX_ROW: 10") + '      - "tickers:BTC-USDT"\n',
  );
  const { code, stdout, stderr } = await environment.client("reload");
  assert.equal(code, 0, stderr);
  assert.deepEqual(JSON.parse(stdout), {
    opened: [],
    closed: [],
    reopened: [],
    subscribed: [{ server: "test", paths: ["tickers:BTC-USDT"] }],
    unsubscribed: [],
    restart: ["MAX_ROW"],
  });
  await environment.waitForKey("okex/test/tickers:BTC-USDT");
});

redisTest("a faulty file changes nothing and its faults are named with their lines", async () => {
  await using environment = await startEnvironment();
  await environment.waitForKey("okex/test/spot/ticker:ETH-USDT");
  const file = await Deno.readTextFile(environment.file);
  await Deno.writeTextFile(environment.file, file.replace("spot/ticker", "spot/tickr"));
  const ran = await environment.client("reload");
  assertFails(ran, 1, /Nothing is changed/);
  assert.match(ran.stderr, /okws\.yaml:16:\d+/, "the line of the fault");
  assert.match(ran.stderr, /spot\/ticker/);
  assert.deepEqual(JSON.parse((await environment.client("servers")).stdout), ["test"]);
  assert.equal(await environment.redis.exists("okex/test/spot/ticker:ETH-USDT"), 1);
});

redisTest("SIGHUP reads the file again and ends nothing", async () => {
  await using environment = await startEnvironment();
  const file = await Deno.readTextFile(environment.file);
  await Deno.writeTextFile(environment.file, file + '      - "tickers:BTC-USDT"\n');
  environment.service.kill("SIGHUP");
  await environment.waitForKey("okex/test/tickers:BTC-USDT");
  await Deno.writeTextFile(environment.file, "servers: [[[");
  environment.service.kill("SIGHUP");
  await environment.service.waitForLine(/has faults, nothing is changed/);
  await Deno.writeTextFile(environment.file, file);
  environment.service.kill("SIGHUP");
  await waitFor(
    "the path to be gone",
    async () => await environment.redis.hexists("okex/test/subs", "tickers:BTC-USDT") === 0,
  );
  assert.equal(await environment.service.stop("SIGTERM", 10_000), 0);
});
