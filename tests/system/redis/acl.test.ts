/** The accounts that `okws redis-acl` prints, on a real server: each can do its work, and nothing else. */
import assert from "node:assert/strict";
import { Redis } from "ioredis";
import { type Client, connect } from "../../../src/client/client.ts";
import { parseConfig } from "../../../src/config/schema.ts";
import { DEMO_CREDENTIALS } from "../../../src/mock/login.ts";
import { type Mock, startMock } from "../../support/mock.ts";
import { serve } from "../../../src/app/service.ts";
import { renderAcl } from "../../../src/store/redis/acl.ts";
import { escapeGlob } from "../../../src/store/layout/keys.ts";
import { runOkws } from "../../support/program.ts";
import { redisCli, startCluster } from "../../support/redis_modes.ts";
import { redisTest, startRedis } from "../../support/redis_server.ts";
import { QUICK, startService } from "../../support/service.ts";
import { waitFor, withTimeout } from "../../support/wait.ts";

const { apiKey, secret, passphrase } = DEMO_CREDENTIALS;
const SETTINGS = {
  KEY_PREFIX: "ma*ket[x]",
  LISTEN_CHANNEL: "orders-to/okws",
  REDIS_INFO_KEY: "answers",
  OKWS_INFO: "okws/hello",
};
const CLIENT = {
  keyPrefix: SETTINGS.KEY_PREFIX,
  listenChannel: SETTINGS.LISTEN_CHANNEL,
  infoKey: SETTINGS.REDIS_INFO_KEY,
};
const CHANNELS = [
  ...["tickers:BTC-USDT", "spot/ticker:ETH-USDT", "trades:BTC-USDT", "spot/trade:ETH-USDT"],
  ...[
    "candle1m:BTC-USDT",
    "spot/candle60s:ETH-USDT",
    "books:BTC-USDT",
    "books5:BTC-USDT",
    "instruments:SPOT",
  ],
  ...["account", "positions:ANY", "orders:SPOT"],
];

/** Sets the accounts up as a person would, with a password each. */
async function addUsers(ports: readonly number[], lines: readonly string[]): Promise<void> {
  for (const port of ports) {
    for (const line of lines) {
      const [, name = "", ...rules] = splitRules(line);
      assert.equal(await redisCli(port, "ACL", "SETUSER", name, ...rules, `>${name}-pw`), "OK");
    }
  }
}

/** At spaces, but for those within a selector. */
function splitRules(line: string): string[] {
  return line.match(/\([^)]*\)|\S+/g) ?? [];
}

/** What Redis denied since the log was reset; the tests' own connections also introduce themselves, which no one needs. */
async function denials(port: number): Promise<string> {
  const entries = JSON.parse(await redisCli(port, "--json", "ACL", "LOG")) as { object: string }[];
  return entries.filter(({ object }) => object !== "client|setinfo").map((entry) => JSON.stringify(entry))
    .join("\n");
}

function clientOf(url: string): Promise<Client> {
  return connect({
    redisUrl: url,
    keyPrefix: SETTINGS.KEY_PREFIX,
    listenChannel: SETTINGS.LISTEN_CHANNEL,
    infoKey: SETTINGS.REDIS_INFO_KEY,
    timeoutMs: 10_000,
  });
}

/** The service does everything that it ever does, as the writer. */
async function worksAsWriter(
  mock: Mock,
  url: string,
  admin: { flush(): Promise<void> },
): Promise<void> {
  const start = () =>
    startServiceAs(url, mock.url, async (run) => {
      await waitFor("rows of every kind", async () => {
        const subs = await run.client.subscriptions("test");
        return CHANNELS.every((path) => (subs.get(path)?.rows ?? 0) > 0 || path.startsWith("instruments"));
      }, { deadlineMs: 30_000 });
      mock.command("trade place");
      mock.command("trade fill");
      await run.client.openWs("second");
      await run.client.subscribe("second", ["tickers:SOL-USDT", "candle1m:SOL-USDT"]);
      mock.command("drop business");
      await waitFor("a loss", () => run.service.view().stats.disconnects > 0);
      await using _standby = await startService({
        ...{ endpoint: mock.url, redisUrl: url, settings: { ...SETTINGS, STANDBY: "cold" }, client: CLIENT },
      });
      await waitFor("the one that stands by", () => run.service.view().standbys.length === 1);
      await admin.flush();
      await waitFor("the state again", async () => await run.client.serverStatus("test") !== undefined);
      await run.client.unsubscribe("second", "candle1m:SOL-USDT");
      await run.client.closeWs("second");
      const { rejected, retries } = run.service.view().stats;
      assert.deepEqual({ rejected, retries }, { rejected: 0, retries: 0 });
    });
  await start();
  // A second start reads what the first one remembered.
  await start();
}

type Run = Awaited<ReturnType<typeof startService>>;

async function startServiceAs(url: string, endpoint: string, fn: (run: Run) => Promise<void>): Promise<void> {
  await using run = await startService({
    endpoint,
    redisUrl: url,
    settings: { ...SETTINGS, MAX_ROW: 10, HISTORY: 5 },
    servers: [{ name: "test", apiKey, secret, password: passphrase }],
    channels: CHANNELS,
    client: CLIENT,
  });
  await fn(run);
}

redisTest("the service runs as writer through everything, and Redis denies it nothing", async () => {
  await using server = await startRedis();
  await using mock = await startMock({ rate: 100 });
  const { stdout, stderr, code } = await runOkws(["redis-acl"], { env: envOf(SETTINGS), timeoutMs: 60_000 });
  assert.equal(code, 0, stderr);
  assert.match(stderr, /password/);
  await addUsers([server.port], stdout.trim().split("\n"));
  const at = (user: string) => `redis://${user}:${user}-pw@127.0.0.1:${server.port}`;
  await worksAsWriter(mock, at("okws-writer"), {
    flush: async () => void await redisCli(server.port, "flushall"),
  });
  assert.equal(await denials(server.port), "");
  await startServiceAs(at("okws-writer"), mock.url, async () => {
    await readsAndNoMore(at("okws-reader"), server.port);
    await commandsToo(at("okws-commander"), server.port);
  });
});

async function readsAndNoMore(url: string, port: number): Promise<void> {
  await using client = await clientOf(url);
  for (const path of ["tickers:BTC-USDT", "candle1m:BTC-USDT", "trades:BTC-USDT", "books:BTC-USDT"]) {
    await waitFor(path, async () => {
      const cached = await client.get("test", path, { maxAgeMs: 60_000 });
      return Array.isArray(cached) ? cached.length > 0 : cached !== undefined;
    });
  }
  assert.ok((await client.subscriptions("test")).size > 0);
  assert.equal(await denials(port), "");
  // Exact channels, and patterns, for which Redis wants the very text of the rule.
  for (const path of ["tickers:BTC-USDT", "candle1m:BTC-USDT"]) {
    const first = (async () => {
      for await (const row of client.watch("test", path)) return row;
    })();
    assert.ok(await withTimeout(`a row of ${path}`, first));
  }
  await assert.rejects(client.servers(), /NOPERM/);
  await using redis = plain(url);
  const prefix = SETTINGS.KEY_PREFIX;
  const key = (path: string) => `${prefix}/test/${path}`;
  await redisCli(port, "XGROUP", "CREATE", key("trades:BTC-USDT"), "workers", "0");
  const allowed: [string, ...string[]][] = [
    ["HMGET", key("tickers:BTC-USDT"), "last", "ts"],
    ["HGETALL", key("tickers:BTC-USDT")],
    ["XRANGE", key("trades:BTC-USDT"), "-", "+", "COUNT", "1"],
    ["XREAD", "COUNT", "1", "STREAMS", key("trades:BTC-USDT"), "0"],
    ["XREADGROUP", "GROUP", "workers", "one", "COUNT", "1", "STREAMS", key("trades:BTC-USDT"), ">"],
    ["XLEN", key("trades:BTC-USDT")],
    ["EXISTS", key("tickers:BTC-USDT")],
    ["ZREVRANGE", key("candle1m:BTC-USDT"), "0", "2"],
    ["SCAN", "0"],
  ];
  for (const [name, ...args] of allowed) await redis.call(name, ...args);
  await redis.psubscribe(`${escapeGlob(prefix)}/*`);
  await redis.punsubscribe();
  const forbidden: [string, ...string[]][] = [
    ["HSET", `${prefix}/test/tickers:BTC-USDT`, "last", "1"],
    ["DEL", `${prefix}/test/tickers:BTC-USDT`],
    ["PUBLISH", `${prefix}/test/tickers:BTC-USDT`, "{}"],
    ["PUBLISH", SETTINGS.LISTEN_CHANNEL, "{}"],
    ["SUBSCRIBE", SETTINGS.LISTEN_CHANNEL],
    ["GET", "something/else"],
    ["GET", `${SETTINGS.REDIS_INFO_KEY}/1`],
    ["XGROUP", "CREATE", key("trades:BTC-USDT"), "others", "0"],
    ["XACK", key("trades:BTC-USDT"), "workers", "1-1"],
    ["KEYS", "*"],
    ["FLUSHALL"],
    ["CONFIG", "GET", "*"],
    ["ACL", "LIST"],
  ];
  for (const command of forbidden) await denied(redis, command);
  await redisCli(port, "ACL", "LOG", "RESET");
}

async function commandsToo(url: string, port: number): Promise<void> {
  await using client = await clientOf(url);
  assert.deepEqual(await client.servers(), ["test"]);
  await client.openWs("mine");
  await client.subscribe("mine", "tickers:ETH-USDT");
  await waitFor("its row", async () => await client.get("mine", "tickers:ETH-USDT") !== undefined);
  await client.closeWs("mine");
  assert.equal(await denials(port), "");
  await using redis = plain(url);
  const prefix = SETTINGS.KEY_PREFIX;
  for (
    const command of [
      ["HSET", `${prefix}/test/tickers:BTC-USDT`, "last", "1"],
      ["SET", `${SETTINGS.REDIS_INFO_KEY}/1`, "x"],
      ["PUBLISH", `${prefix}/test/tickers:BTC-USDT`, "{}"],
      ["PUBLISH", `${SETTINGS.REDIS_INFO_KEY}/1`, "{}"],
      ["SUBSCRIBE", SETTINGS.LISTEN_CHANNEL],
      ["FLUSHDB"],
    ] as [string, ...string[]][]
  ) await denied(redis, command);
}

redisTest("the same accounts in a cluster", async () => {
  await using cluster = await startCluster();
  await using mock = await startMock({ rate: 100 });
  const lines = renderAcl({
    keyPrefix: SETTINGS.KEY_PREFIX,
    listenChannel: SETTINGS.LISTEN_CHANNEL,
    infoKey: SETTINGS.REDIS_INFO_KEY,
    announceChannel: SETTINGS.OKWS_INFO,
    clustered: true,
  });
  const ports = cluster.nodes.map(({ port }) => port);
  await addUsers(ports, lines);
  const at = (user: string) => cluster.url.replace("://", `://${user}:${user}-pw@`);
  const parsed = parseConfig({
    settings: { ...SETTINGS, REDIS_URL: at("okws-writer"), HTTP: "off", ENDPOINT: mock.url, MAX_ROW: 3 },
    servers: [{ name: "test", apiKey, secret, password: passphrase }],
    subscribes: [{ server: "test", channels: CHANNELS }],
  });
  assert.ok("config" in parsed);
  await using service = await serve(parsed.config, { timing: QUICK });
  {
    await using client = await clientOf(at("okws-reader"));
    await waitFor("a row", async () => await client.get("test", "tickers:BTC-USDT") !== undefined);
    for await (const row of client.watch("test", "candle1m:BTC-USDT")) {
      assert.ok(row);
      break;
    }
    await assert.rejects(client.servers(), /NOPERM/);
  }
  await using client = await clientOf(at("okws-commander"));
  assert.deepEqual(await client.servers(), ["test"]);
  await client.subscribe("test", "tickers:SOL-USDT");
  const { rejected, retries } = service.view().stats;
  assert.deepEqual({ rejected, retries }, { rejected: 0, retries: 0 });
  for (const port of ports) assert.ok(!(await denials(port)).includes("okws-writer"));
});

function plain(url: string): Redis & AsyncDisposable {
  const redis = new Redis(url, { retryStrategy: () => null, disableClientInfo: true, protocol: 2 });
  redis.on("error", () => {});
  return Object.assign(redis, {
    async [Symbol.asyncDispose]() {
      const ended = new Promise<void>((resolve) => redis.once("end", () => resolve()));
      redis.disconnect();
      await ended;
    },
  });
}

async function denied(redis: Redis, [name, ...args]: [string, ...string[]]): Promise<void> {
  await assert.rejects(redis.call(name, ...args), /NOPERM/, `${name} ${args.join(" ")}`);
}

function envOf(settings: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(settings).map((
      [name, value],
    ) => [name.startsWith("OKWS_") ? name : `OKWS_${name}`, value]),
  );
}
