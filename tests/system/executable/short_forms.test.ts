/** What a person types most: commands without `client`, without the server's name, and without the file's. */
import assert from "node:assert/strict";
import { Redis } from "ioredis";
import { testWith } from "../../support/needs.ts";
import { runOkws, startOkws } from "../../support/program.ts";
import { redisTest, startRedis } from "../../support/redis_server.ts";
import { startPane, terminalTest } from "../../support/tmux.ts";
import { startEnvironment, tempFolder } from "./environment.ts";

redisTest(
  "short forms talk to the one server that is open, and say which are where there are more",
  async () => {
    await using environment = await startEnvironment();
    const okws = (...args: string[]) => runOkws(args, { env: environment.env });
    const path = "tickers:BTC-USDT";
    assert.deepEqual(JSON.parse((await okws("subscribe", path)).stdout), {
      path,
      state: "live",
      error: null,
    });
    await environment.waitForKey(`okex/test/${path}`);
    assert.equal(JSON.parse((await okws("get", path)).stdout).instId, "BTC-USDT");
    assert.equal(JSON.parse((await okws("get", "test", path)).stdout).instId, "BTC-USDT");
    assert.equal(JSON.parse((await okws("watch", path, "-n", "1")).stdout).path, path);
    assert.equal(JSON.parse((await okws("status")).stdout)[0].name, "test");
    const lower = await okws("subscribe", "tickers:btc-usdt");
    assert.equal(lower.code, 1);
    assert.match(lower.stderr, /Did you mean tickers:BTC-USDT\?/);
    assert.match((await okws("get", "tickers:btc-usdt")).stderr, /Did you mean tickers:BTC-USDT\?/);
    assert.equal((await okws("unsubscribe", path)).code, 0);
    const opened = await okws("client", "open", "two", "--endpoint", environment.mockUrl);
    assert.deepEqual(JSON.parse(opened.stdout), { name: "two", opened: true, connected: true });
    const unclear = await okws("get", path);
    assert.equal(unclear.code, 2);
    assert.match(unclear.stderr, /several servers are open \(test, two\).*test tickers:BTC-USDT/);
    assert.match((await okws("servers")).stderr, /did you mean okws client servers\?/);
    const away = await okws("client", "open", "away", "--endpoint", "ws://127.0.0.1:1", "--timeout", "500");
    assert.equal(away.code, 1);
    assert.match(away.stderr, /away is open, but not connected to ws:\/\/127\.0\.0\.1:1.*goes on trying/);
    assert.equal((await okws("quit")).code, 0);
    assert.equal(await environment.service.ended(), 0);
  },
);

redisTest("serve and its clients find the file beside them", async () => {
  await using environment = await startEnvironment();
  await using folder = await tempFolder();
  await Deno.writeTextFile(
    `${folder.path}/okws.yaml`,
    JSON.stringify({
      settings: {
        REDIS_URL: environment.redisUrl,
        KEY_PREFIX: "found",
        LISTEN_CHANNEL: "found-ws",
        HTTP: "off",
      },
      servers: [{ name: "here", endpoint: environment.mockUrl }],
    }),
  );
  const options = { cwd: folder.path, env: { OKWS_CONFIG: undefined } };
  await using service = startOkws(["serve"], options);
  await service.waitForLine(/Reading the configuration.*okws\.yaml/);
  await service.waitForLine(/Listening for commands/);
  const { stdout } = await runOkws(["client", "servers"], options);
  assert.deepEqual(JSON.parse(stdout), ["here"]);
  assert.equal(await service.stop(), 0);
});

terminalTest("a serve without a file asks whether to write one, and ends with its terminal", async () => {
  await using folder = await tempFolder();
  const places = { OKWS_CONFIG: undefined, XDG_CONFIG_HOME: folder.path };
  await using pane = await startPane(["serve"], { env: places, cwd: folder.path });
  await pane.waitFor("now? [Y/n]");
  await pane.press("y", "Enter");
  await pane.waitFor(/Name of the connection/);
  await pane.press("C-d");
  assert.equal(await pane.ended(), 1);
  assert.deepEqual(await Array.fromAsync(Deno.readDir(folder.path)), []);

  const env = { OKWS_REDIS_URL: "embedded://127.0.0.1:0", OKWS_HTTP: "off" };
  await using serving = await startPane(["serve"], { env, cwd: folder.path });
  await serving.waitFor(/Listening for commands/);
  await new Deno.Command("pkill", { args: ["-HUP", "-P", String(serving.pid)] }).output();
  assert.equal(await serving.ended(), 0);
});

testWith(
  ["redis-server", "tmux"],
  "clear asks on a terminal, and deletes nothing without a yes; --yes does not ask",
  async () => {
    await using server = await startRedis();
    const redis = new Redis(server.url);
    try {
      const words = ["client", "clear", "okex/test/*", "--redis", server.url];
      const clear = async (...more: string[]) => {
        await redis.set("okex/test/x", "1");
        return await startPane([...words, ...more]);
      };
      for (const [key, left] of [["n", 1], ["Enter", 1], ["y", 0]] as const) {
        await using pane = await clear();
        await pane.waitFor("This deletes 1 keys that match okex/test/*");
        await pane.waitFor("Go on? [y/N]");
        assert.equal(await redis.exists("okex/test/x"), 1);
        await pane.press(...key === "Enter" ? [key] : [key, "Enter"]);
        assert.equal(await pane.ended(), left);
        assert.equal(await redis.exists("okex/test/x"), left);
      }
      await using pane = await clear("--yes");
      assert.equal(await pane.ended(), 0);
      assert.equal(await redis.exists("okex/test/x"), 0);
    } finally {
      redis.disconnect();
    }
  },
);
