/**
 * The program from outside: what a person types, what comes back, and what a Redis client finds. Everything runs as
 * child processes: the service, the simulated exchange and a real redis-server. The file is long because every
 * command is tried once as a person types it.
 */
import assert from "node:assert/strict";
import type { Redis } from "ioredis";
import { freePort } from "../../support/free_port.ts";
import { runOkws, startOkws } from "../../support/program.ts";
import { redisTest, startRedis } from "../../support/redis_server.ts";
import { startSubscriber } from "../../support/service.ts";
import { waitFor } from "../../support/wait.ts";
import {
  assertCalm,
  assertFails,
  firstConfig,
  startEnvironment,
  startMock,
  tempFolder,
} from "./environment.ts";

/** Credentials that the simulated exchange takes. */
const LOGIN = { apiKey: "demo-key", secret: "demo-secret", password: "demo-pass" };

const TICKER = "okex/test/spot/ticker:ETH-USDT";

redisTest("the first version's file runs unchanged and its ticker keeps the old names", async () => {
  await using environment = await startEnvironment();
  await environment.waitForKey(TICKER);
  const got = await environment.client("get", "test", "spot/ticker", "instrument_id=ETH-USDT");
  assert.equal(got.code, 0, got.stderr);
  const row = JSON.parse(got.stdout) as Record<string, string>;
  assert.equal(row.instrument_id, "ETH-USDT");
  assert.match(row.timestamp ?? "", /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  for (const name of ["last", "best_bid", "best_ask", "open_24h", "base_volume_24h"]) {
    assert.match(row[name] ?? "", /^\d+(\.\d+)?$/, name);
  }
  assert.equal(await environment.redis.type(TICKER), "hash");
  assert.deepEqual(Object.keys(await environment.redis.hgetall(TICKER)).sort(), Object.keys(row).sort());
});

redisTest("each row is published on the channel named like its key", async () => {
  await using environment = await startEnvironment();
  await using subscriber = await startSubscriber(environment.redisUrl, TICKER, "okex/test/spot/ticker");
  const row = await waitFor("a row", () => subscriber.messages.find(({ channel }) => channel === TICKER));
  assert.equal((JSON.parse(row.message) as Record<string, string>).instrument_id, "ETH-USDT");
  const whole = await waitFor(
    "a whole message",
    () => subscriber.messages.find(({ channel }) => channel === "okex/test/spot/ticker"),
  );
  assert.equal(typeof JSON.parse(whole.message), "object");
});

redisTest("okws -c FILE is okws serve -c FILE", async () => {
  await using environment = await startEnvironment({ serve: [] });
  const { code, stdout } = await environment.client("servers");
  assert.deepEqual([code, JSON.parse(stdout)], [0, ["test"]]);
  assert.equal(await environment.service.stop("SIGTERM", 5000), 0);
});

redisTest("subscribe prints a line for each path, and each path has the type of key it should", async () => {
  await using environment = await startEnvironment();
  const paths = [
    ...["tickers:BTC-USDT", "trades:BTC-USDT", "candle1m:BTC-USDT", "books5:BTC-USDT", "instruments:SPOT"],
    ...["spot/trade:ETH-USDT", "spot/candle60s:ETH-USDT", "swap/ticker:BTC-USD-SWAP"],
  ];
  const subscribed = await environment.client("subscribe", "test", ...paths);
  assert.equal(subscribed.code, 0, subscribed.stderr);
  const lines = jsonLines(subscribed.stdout);
  assert.deepEqual(lines.map(({ path }) => path).sort(), [...paths].sort());
  for (const { state, error } of lines) assert.deepEqual([state, error], ["live", null]);

  const types: Record<string, string> = {
    "okex/test/status": "string",
    "okex/test/subs": "hash",
    "okex/test/tickers:BTC-USDT": "hash",
    "okex/test/trades:BTC-USDT": "stream",
    "okex/test/candle1m:BTC-USDT": "zset",
    "okex/test/books5:BTC-USDT": "hash",
    "okex/test/instruments:SPOT": "set",
    "okex/test/instruments:SPOT:BTC-USDT": "hash",
    "okex/test/spot/trade": "zset",
    "okex/test/spot/candle60s:ETH-USDT": "zset",
    "okex/test/swap/ticker:BTC-USD-SWAP": "hash",
  };
  for (const [key, type] of Object.entries(types)) {
    await environment.waitForKey(key);
    assert.equal(await environment.redis.type(key), type, key);
  }
  for (const index of ["okex/test/spot/trade", "okex/test/spot/candle60s:ETH-USDT"]) {
    const [member = ""] = await environment.redis.zrange(index, "-1", "-1");
    assert.equal(await environment.redis.type(`${index}/${member}`), "hash", `${index}/${member}`);
  }
  const states = await environment.redis.hgetall("okex/test/subs");
  assert.deepEqual(Object.keys(states).sort(), ["spot/ticker:ETH-USDT", ...paths].sort());

  const trades = await environment.client("get", "test", "trades:BTC-USDT", "-n", "1");
  assert.equal(trades.code, 0, trades.stderr);
  const rows = JSON.parse(trades.stdout) as Record<string, string>[];
  assert.deepEqual(rows.map(({ instId }) => instId), ["BTC-USDT"]);

  const gone = await environment.client("unsubscribe", "test", "tickers:BTC-USDT");
  assert.deepEqual([gone.code, jsonLines(gone.stdout)], [
    0,
    [{ path: "tickers:BTC-USDT", state: "gone", error: null }],
  ]);
  const again = await environment.client("unsubscribe", "test", "tickers:BTC-USDT");
  assertFails(again, 1, /Not subscribed: tickers:BTC-USDT/);
});

redisTest("an argument object reaches the channel that it names", async () => {
  await using environment = await startEnvironment();
  const argument = '{"channel":"tickers","instId":"SOL-USDT"}';
  const { code, stdout } = await environment.client("subscribe", "test", argument);
  assert.deepEqual([code, jsonLines(stdout)[0]?.path], [0, "tickers:SOL-USDT"]);
  await environment.waitForKey("okex/test/tickers:SOL-USDT");
});

redisTest("what the exchange or the service refuses ends with code 1 and the reason", async (t) => {
  await using environment = await startEnvironment();
  const refusals: [string, string[], RegExp][] = [
    ["a login that is missing", ["subscribe", "test", "account"], /needs a login/],
    ["a server that is not there", ["subscribe", "nobody", "tickers:BTC-USDT"], /There is no server nobody/],
    ["closing what is not open", ["close", "nobody"], /There is no server nobody/],
    ["the status of nobody", ["status", "nobody"], /There is no server nobody/],
    ["a name that is taken", ["open", "test"], /test is open already/],
  ];
  for (const [name, args, reason] of refusals) {
    await t.step(name, async () => assertFails(await environment.client(...args), 1, reason));
  }
  const mistakes: [string, string[], RegExp][] = [
    ["a channel that is not there", ["subscribe", "test", "tikcers:BTC-USDT"], /did you mean tickers\?/],
    ["reading a channel that is not there", ["get", "test", "tikcers:BTC-USDT"], /did you mean tickers\?/],
    ["a name that cannot be a key", ["open", "two words"], /name has 1 to 64 letters/],
    ["half a login", ["open", "half", "--api-key", "key"], /missing: secret/],
  ];
  for (const [name, args, reason] of mistakes) {
    await t.step(name, async () => assertFails(await environment.client(...args), 2, reason));
  }
  await t.step("an instrument that does not exist, beside one that does", async () => {
    const { code, stdout } = await environment.client(
      "subscribe",
      "test",
      "tickers:NO-SUCH",
      "tickers:SOL-USDT",
    );
    const states = Object.fromEntries(jsonLines(stdout).map(({ path, state }) => [path, state]));
    assert.deepEqual([code, states], [1, { "tickers:NO-SUCH": "refused", "tickers:SOL-USDT": "live" }]);
    assert.match(stdout, /60018/);
  });
});

redisTest("servers are opened, listed, shown and closed", async () => {
  await using environment = await startEnvironment();
  const opened = await environment.client("open", "second", "--endpoint", environment.mockUrl);
  assert.deepEqual([opened.code, JSON.parse(opened.stdout)], [
    0,
    { name: "second", opened: true, connected: true },
  ]);
  const names = await environment.client("servers");
  assert.deepEqual(JSON.parse(names.stdout), ["test", "second"]);
  await environment.waitForKey(TICKER);
  const shown = await environment.client("status", "test");
  assert.equal(shown.code, 0, shown.stderr);
  const status = JSON.parse(shown.stdout) as {
    connections: { url: string; state: string }[];
    subscriptions: { path: string; state: string }[];
    records: Record<string, { rows: number; receivedAt: number }>;
  };
  assert.deepEqual(status.connections.map(({ url, state }) => [url, state]), [
    [`${environment.mockUrl}/ws/v5/public`, "connected"],
  ]);
  assert.deepEqual(status.subscriptions.map(({ path, state }) => [path, state]), [
    ["spot/ticker:ETH-USDT", "live"],
  ]);
  assert.ok((status.records["spot/ticker:ETH-USDT"]?.rows ?? 0) > 0);
  const all = JSON.parse((await environment.client("status")).stdout) as { name: string }[];
  assert.deepEqual(all.map(({ name }) => name), ["test", "second"]);
  const closed = await environment.client("close", "second");
  assert.deepEqual([closed.code, JSON.parse(closed.stdout)], [0, { name: "second", closed: true }]);
  assert.equal(await environment.redis.get("okex/second/status"), "EXIT");
  assert.deepEqual(JSON.parse((await environment.client("servers")).stdout), ["test"]);
});

redisTest("watch prints rows as JSON lines until it has enough, or until a signal", async () => {
  await using environment = await startEnvironment();
  const two = await environment.client("watch", "test", "spot/ticker:ETH-USDT", "-n", "2");
  assert.equal(two.code, 0, two.stderr);
  const rows = jsonLines(two.stdout) as { path: string; row: Record<string, string> }[];
  assert.deepEqual(rows.map(({ path, row }) => [path, row.instrument_id]), [
    ["spot/ticker:ETH-USDT", "ETH-USDT"],
    ["spot/ticker:ETH-USDT", "ETH-USDT"],
  ]);
  await using endless = startOkws(["client", "watch", "test", "spot/ticker:ETH-USDT"], environment);
  await endless.waitForLine(/"path":"spot\/ticker:ETH-USDT"/);
  assert.equal(await endless.stop("SIGINT", 5000), 0);
});

redisTest("get refuses with code 5 what is too old or not there", async () => {
  await using environment = await startEnvironment();
  await environment.waitForKey(TICKER);
  const fresh = await environment.client("get", "test", "spot/ticker:ETH-USDT", "--max-age", "60000");
  assert.equal(fresh.code, 0, fresh.stderr);
  await environment.command("pause");
  const old = await waitFor("data too old", async () => {
    const ran = await environment.client("get", "test", "spot/ticker:ETH-USDT", "--max-age", "100");
    return ran.code === 5 ? ran : undefined;
  });
  assertFails(old, 5, /is \d+ ms old, older than 100 ms/);
  assertFails(await environment.client("get", "test", "tickers:BTC-USDT"), 5, /There is nothing for/);
  assertFails(
    await environment.client("get", "test", "tickers:BTC-USDT", "--max-age", "100"),
    5,
    /is not subscribed/,
  );
});

redisTest("clear deletes the keys of a pattern, or all of okws, and no others", async () => {
  await using environment = await startEnvironment();
  await environment.waitForKey(TICKER);
  await environment.redis.set("somebody/else", "1");
  await environment.command("pause");
  const some = await waitFor("the last row to be cleared", async () => {
    const ran = await environment.client("clear", "okex/test/spot/*");
    return await environment.redis.exists(TICKER) === 0 ? ran : undefined;
  });
  assert.deepEqual([some.code, JSON.parse(some.stdout)], [0, { deleted: 1 }]);
  assert.equal(await environment.redis.exists("okex/test/subs"), 1);
  assert.equal(await environment.service.stop(), 0);
  const all = await environment.client("clear");
  assert.equal(all.code, 0, all.stderr);
  assert.deepEqual(await environment.redis.keys("okex/*"), []);
  assert.equal(await environment.redis.get("somebody/else"), "1");
});

redisTest("quit stops the service, and commands then find nobody: code 3", async () => {
  await using environment = await startEnvironment();
  await using subscriber = await startSubscriber(environment.redisUrl, "okws/info");
  assert.deepEqual(JSON.parse((await environment.client("quit")).stdout), { stopping: true });
  assert.equal(await environment.service.ended(5000), 0);
  assert.equal(await environment.redis.get("okex/test/status"), "EXIT");
  assert.deepEqual(subscriber.messages.map(({ message }) => message), ["EXIT"]);
  assertFails(await environment.client("servers"), 3, /No okws service is listening on trade-ws/);
});

redisTest("a lost exchange is announced first, then everything comes back", async () => {
  await using environment = await startEnvironment();
  const more = ["tickers:BTC-USDT", "candle1m:BTC-USDT", "spot/trade:ETH-USDT"];
  assert.equal((await environment.client("subscribe", "test", ...more)).code, 0);
  await using subscriber = await startSubscriber(environment.redisUrl, "okex/test/status");
  const announced = () =>
    subscriber.messages.map(({ message }) => message).filter((each) => each !== "ON_DATA");

  await environment.mock.stop("SIGKILL");
  await waitFor("the loss to be announced", () => announced().length > 0);
  assert.equal(await environment.redis.get("okex/test/status"), "DISCONNECTED");
  // Two sockets end one after the other; each says so of its own paths as it ends.
  await waitFor(
    "every path to say so",
    async () => (await states(environment.redis)).every((state) => state !== "live"),
  );
  const late = await environment.client("get", "test", "tickers:BTC-USDT", "--max-age", "1");
  assertFails(late, 5, /older than 1 ms \((?!live)/);

  await using again = await startMock(environment.mockPort);
  await waitFor("the return to be announced", () => announced().length > 1);
  assert.deepEqual(announced(), ["DISCONNECTED", "CONNECTED"]);
  await waitFor("every subscription to be live", async () => {
    const now = await states(environment.redis);
    return now.length === 4 && now.every((state) => state === "live");
  });
  for (const path of ["spot/ticker:ETH-USDT", "tickers:BTC-USDT"]) {
    await waitFor(`fresh rows of ${path}`, async () => {
      const { code } = await environment.client("get", "test", path, "--max-age", "1000");
      return code === 0;
    });
  }
  assert.equal(await again.stop(), 0);
});

redisTest("SIGTERM ends the service in order within five seconds", async () => {
  await using environment = await startEnvironment();
  await environment.waitForKey(TICKER);
  await using subscriber = await startSubscriber(environment.redisUrl, "okws/info", "okex/test/status");
  assert.equal(await environment.service.stop("SIGTERM", 5000), 0);
  assert.equal(await environment.redis.get("okex/test/status"), "EXIT");
  const { channel, message } = subscriber.messages.at(-1) ?? {};
  assert.deepEqual([channel, message], ["okws/info", "EXIT"]);
  assertCalm(environment.service.text());
});

redisTest("a second SIGTERM ends the service at once", async () => {
  await using environment = await startEnvironment();
  // A Redis that hangs keeps the first one waiting for what is still to be written.
  environment.server.pause();
  try {
    environment.service.kill("SIGTERM");
    await environment.service.waitForLine(/Stopping/);
    assert.equal(await environment.service.stop("SIGTERM", 1000), 130);
  } finally {
    environment.server.resume();
  }
});

redisTest("no secret comes out, whatever happens to it", async () => {
  const secrets = Object.values(LOGIN);
  const refused = ["planted-key", "planted-secret", "planted-phrase"];
  await using environment = await startEnvironment({
    config: (endpoint) =>
      firstConfig(endpoint).replace('apiKey: ""', `apiKey: ${LOGIN.apiKey}`)
        .replace('secret: ""', "secret: ${MY_SECRET}").replace('password: ""', `password: ${LOGIN.password}`),
    env: { MY_SECRET: LOGIN.secret, OKWS_LOG_LEVEL: "debug" },
  });
  await using subscriber = await startSubscriber(environment.redisUrl, "okex/*", "okws/*", "trade-ws/info*");
  const [apiKey = "", secret = "", phrase = ""] = refused;
  const ran = [
    await environment.client("subscribe", "test", "account", "orders:ANY"),
    await environment.client(
      ...["open", "second", "--endpoint", environment.mockUrl],
      ...["--api-key", apiKey, "--secret", secret, "--passphrase", phrase],
    ),
    await environment.client("subscribe", "second", "account"),
    await environment.client(
      "open",
      "second",
      "--api-key",
      apiKey,
      "--secret",
      secret,
      "--passphrase",
      phrase,
    ),
    await environment.client("open", "third", "--secret", secret),
    await environment.client("status"),
    await environment.okws("check", "-c", environment.file),
  ];
  assert.deepEqual(ran.map(({ code }) => code), [0, 0, 1, 1, 2, 0, 0]);
  assert.equal(await environment.service.stop(), 0);
  const kept = await dump(environment.redis);
  const reported = [
    ...ran.flatMap(({ stdout, stderr }) => [stdout, stderr]),
    environment.service.text(),
    ...kept,
    ...subscriber.messages.flatMap(({ channel, message }) => [channel, message]),
  ].join("\n");
  assert.match(reported, /okex\/test\/account/);
  for (const each of [...secrets, ...refused]) assert.ok(!reported.includes(each), `${each} came out`);
});

redisTest("a Redis password is not shown", async () => {
  await using server = await startRedis({ args: ["--requirepass", "planted-word"] });
  const url = `redis://:planted-word@127.0.0.1:${server.port}`;
  const env = { OKWS_REDIS_URL: url, OKWS_HTTP: "off" };
  await using service = startOkws(["serve", "--log-level", "debug"], { env });
  await service.waitForLine(/Listening for commands/);
  const ran = [
    await runOkws(["client", "servers"], { env }),
    await runOkws(["client", "servers", "--redis", `redis://:planted-wrong@127.0.0.1:${server.port}`]),
    await runOkws(["client", "servers", "--redis", "redis://:planted-far@127.0.0.1:1"]),
  ];
  assert.deepEqual(ran.map(({ code }) => code), [0, 1, 4]);
  assert.equal(await service.stop(), 0);
  const reported = [service.text(), ...ran.flatMap(({ stdout, stderr }) => [stdout, stderr])].join("\n");
  assert.ok(!reported.includes("planted"), reported);
});

redisTest("the service starts before its Redis and catches up", async () => {
  const port = freePort();
  await using mock = await startMock();
  await using folder = await tempFolder();
  const file = `${folder.path}/okws.yaml`;
  await Deno.writeTextFile(file, firstConfig(mock.url));
  const env = { OKWS_REDIS_URL: `redis://127.0.0.1:${port}`, OKWS_HTTP: "off" };
  await using service = startOkws(["serve", "-c", file], { env });
  await service.waitForLine(/Cannot reach Redis yet/);
  await using _server = await startRedis({ port });
  await waitFor("a fresh row", async () => {
    const args = ["client", "get", "test", "spot/ticker:ETH-USDT", "--max-age", "2000"];
    return (await runOkws(args, { env })).code === 0;
  });
  assert.equal(await service.stop("SIGTERM", 5000), 0);
});

Deno.test("the embedded store stands in for Redis", async () => {
  await using mock = await startMock();
  await using folder = await tempFolder();
  const file = `${folder.path}/okws.yaml`;
  await Deno.writeTextFile(file, firstConfig(mock.url));
  const env = { OKWS_HTTP: "off" };
  await using service = startOkws(["serve", "-c", file, "--redis", "embedded://127.0.0.1:0"], { env });
  await service.waitForLine(/Listening for commands/);
  const [, url = ""] = await service.waitForLine(/(redis:\/\/127\.0\.0\.1:\d+)/);
  const got = await waitFor("a row", async () => {
    const ran = await runOkws(["client", "get", "test", "spot/ticker:ETH-USDT", "--redis", url]);
    return ran.code === 0 ? ran : undefined;
  });
  assert.equal((JSON.parse(got.stdout) as Record<string, string>).instrument_id, "ETH-USDT");
  assert.equal(await service.stop("SIGTERM", 5000), 0);
});

async function states(redis: Redis): Promise<string[]> {
  const records = await redis.hvals("okex/test/subs");
  return records.map((record) => (JSON.parse(record) as { state: string }).state);
}

/** Every key and all that it holds, as text. */
async function dump(redis: Redis): Promise<string[]> {
  const texts: string[] = [];
  for (const key of await redis.keys("*")) {
    texts.push(key);
    const type = await redis.type(key);
    if (type === "string") texts.push(await redis.get(key) ?? "");
    else if (type === "hash") texts.push(JSON.stringify(await redis.hgetall(key)));
    else if (type === "set") texts.push(...await redis.smembers(key));
    else if (type === "zset") texts.push(...await redis.zrange(key, "0", "-1"));
    else if (type === "stream") texts.push(JSON.stringify(await redis.xrange(key, "-", "+")));
    else assert.fail(`${key} is a ${type}`);
  }
  return texts;
}

function jsonLines(text: string): Record<string, unknown>[] {
  return text.trimEnd().split("\n").map((line) => JSON.parse(line) as Record<string, unknown>);
}
