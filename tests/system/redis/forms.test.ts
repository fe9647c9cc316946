/** Every form of REDIS_URL, with a service and a client that go through it, against real servers. */
import assert from "node:assert/strict";
import { connect } from "../../../src/client/client.ts";
import { parseConfig } from "../../../src/config/schema.ts";
import { ConfigError, StoreError } from "../../../src/shared/errors.ts";
import { freePort } from "../../support/free_port.ts";
import { startMock } from "../../support/mock.ts";
import { serve } from "../../../src/app/service.ts";
import { openStore } from "../../../src/store/redis/redis_store.ts";
import { makeCertificates } from "../../support/certificates.ts";
import {
  startCluster,
  startSentinels,
  startTlsSentinel,
  tlsArgs,
  tlsTest,
} from "../../support/redis_modes.ts";
import { redisTest, startRedis } from "../../support/redis_server.ts";
import { runOkws, startOkws } from "../../support/program.ts";
import { QUICK } from "../../support/service.ts";
import { waitFor, withTimeout } from "../../support/wait.ts";

const SECRET = "s3cret:Pass@word/with?all#of%it";
const CODED = encodeURIComponent(SECRET);
const ONLY_OKWS = [
  ...["--user", "okws", "on", `>${SECRET}`, "~*", "&*", "+@all"],
  ...["--user", "default", "off"],
];

/** A service writes through the URL, and a client reads, watches, commands and clears through it. */
async function worksThrough(url: string, settings: Record<string, unknown> = {}): Promise<void> {
  await using mock = await startMock({ rate: 50 });
  const parsed = parseConfig({
    settings: { REDIS_URL: url, HTTP: "off", ENDPOINT: mock.url, ...settings },
    servers: [{ name: "test" }, { name: "other" }],
    subscribes: [{ server: "test", channels: ["tickers:BTC-USDT", "candle1m:BTC-USDT"] }],
  });
  assert.ok("config" in parsed, JSON.stringify(parsed));
  const { REDIS_URL: redisUrl = "" } = parsed.config.settings;
  // A service goes on asking for its Redis without an end.
  await using service = await withTimeout(
    `the service at ${url}`,
    serve(parsed.config, { timing: QUICK }),
    30_000,
  );
  await using client = await connect({ redisUrl });
  assert.deepEqual((await client.servers()).sort(), ["other", "test"]);
  await client.subscribe("test", ["spot/ticker:ETH-USDT", "trades:BTC-USDT", "books:BTC-USDT"]);
  await client.subscribe("other", "tickers:ETH-USDT");
  for await (const row of client.watch("test", "tickers:BTC-USDT")) {
    assert.equal(row.instId, "BTC-USDT");
    break;
  }
  const reads = [
    ["test", "spot/ticker:ETH-USDT"],
    ["test", "candle1m:BTC-USDT"],
    ["test", "trades:BTC-USDT"],
    ["test", "books:BTC-USDT"],
    ["other", "tickers:ETH-USDT"],
  ] as const;
  for (const [name, path] of reads) {
    await waitFor(`${path} of ${name}`, async () => {
      const cached = await client.get(name, path);
      return Array.isArray(cached) ? cached.length > 0 : cached !== undefined;
    });
  }
  assert.equal((await client.subscriptions("test")).get("books:BTC-USDT")?.state, "live");
  await client.unsubscribe("test", "trades:BTC-USDT");
  assert.ok(await client.redisClear() > 5);
  const { rejected, dropped, retries } = service.view().stats;
  assert.deepEqual({ rejected, dropped, retries }, { rejected: 0, dropped: 0, retries: 0 });
  await client.serverQuit();
  await service.done;
}

redisTest("a unix socket, with user and password in the URL", async () => {
  await using stack = new AsyncDisposableStack();
  const folder = await Deno.makeTempDir({ prefix: "okws-socket-" });
  stack.defer(() => Deno.remove(folder, { recursive: true }));
  const file = `${folder}/redis.sock`;
  stack.use(
    await startRedis({
      args: ["--unixsocket", file, ...ONLY_OKWS],
    }),
  );
  await worksThrough(`unix:${file}?db=2&user=okws&password=${CODED}`);
  await assert.rejects(
    openStore(`unix:${file}`),
    (error) => error instanceof StoreError && /NOAUTH.*REDIS_PASSWORD_FILE/.test(error.message),
  );
});

redisTest("a user and a password, in the URL or in a file", async () => {
  await using server = await startRedis({
    args: ONLY_OKWS,
  });
  const place = `127.0.0.1:${server.port}`;
  await worksThrough(`redis://okws:${CODED}@${place}/3`);
  const file = await Deno.makeTempFile({ prefix: "okws-password-" });
  try {
    await Deno.writeTextFile(file, `${SECRET}\n`);
    await worksThrough(`redis://okws@${place}`, { REDIS_PASSWORD_FILE: file });
    await worksThrough(`redis://okws@${place}?password_file=${encodeURIComponent(file)}`);
    await assert.rejects(openStore(`redis://okws:Wr0ngOne@${place}`), (error) => {
      assert.ok(error instanceof StoreError);
      assert.match(error.message, /WRONGPASS.*REDIS_URL/);
      assert.ok(!error.message.includes("Wr0ngOne"));
      return true;
    });
  } finally {
    await Deno.remove(file);
  }
});

redisTest("a password that systemd hands over is read from its folder, and shown nowhere", async () => {
  await using server = await startRedis({ args: ["--requirepass", SECRET] });
  await using mock = await startMock();
  const folder = await Deno.makeTempDir({ prefix: "okws-credentials-" });
  try {
    await Deno.writeTextFile(`${folder}/redis-password`, `${SECRET}\n`);
    const config = {
      settings: {
        REDIS_URL: `redis://127.0.0.1:${server.port}`,
        REDIS_PASSWORD_FILE: "${CREDENTIALS_DIRECTORY}/redis-password",
        ENDPOINT: mock.url,
        HTTP: "off",
        LOG_LEVEL: "debug",
      },
      servers: [{ name: "test" }],
      subscribes: [{ server: "test", channels: ["tickers:BTC-USDT"] }],
    };
    const file = `${folder}/okws.yaml`;
    await Deno.writeTextFile(file, JSON.stringify(config));
    const env = { CREDENTIALS_DIRECTORY: folder };
    await using program = startOkws(["serve", "-c", file], { env });
    await program.waitForLine(/Listening for commands/, { deadlineMs: 60_000 });
    const got = await runOkws(["client", "servers", "-c", file], { env, timeoutMs: 60_000 });
    assert.deepEqual([got.code, got.stdout.trim()], [0, '["test"]'], got.stderr);
    const check = await runOkws(["check", "-c", file], { env, timeoutMs: 60_000 });
    assert.equal(check.code, 0, check.stderr);
    await program.stop();
    for (const text of [program.text(), check.stdout, check.stderr]) {
      assert.ok(!text.includes(SECRET) && !text.includes(CODED), text);
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

redisTest("a file that cannot be read is a fault of the configuration, by its name", async () => {
  for (const query of ["password_file=/nowhere/secret", "password_file=/"]) {
    await assert.rejects(
      openStore(`redis://127.0.0.1:${freePort()}?${query}`),
      (error) => error instanceof ConfigError && error.message.includes("cannot read /"),
    );
  }
});

tlsTest("TLS with an authority of one's own, with and without a certificate of the client", async () => {
  await using files = await makeCertificates();
  await using strangers = await makeCertificates();
  await using otherName = await makeCertificates("DNS:redis.example");
  const [open, strict, named] = [freePort(), freePort(), freePort()];
  await using _open = await startRedis({ args: tlsArgs(files, open) });
  await using _strict = await startRedis({ args: tlsArgs(files, strict, true) });
  await using _named = await startRedis({ args: tlsArgs(otherName, named) });
  await worksThrough(`rediss://127.0.0.1:${open}?ca=${files.ca}`);
  await worksThrough(`rediss://localhost:${open}`, { REDIS_CA: files.ca });
  await worksThrough(`rediss://127.0.0.1:${strict}?ca=${files.ca}&cert=${files.cert}&key=${files.key}`);
  await worksThrough(`rediss://127.0.0.1:${named}?ca=${otherName.ca}&servername=redis.example`);
  const refusals: [string, RegExp][] = [
    [`rediss://127.0.0.1:${open}`, /REDIS_CA/],
    [`rediss://127.0.0.1:${open}?ca=${strangers.ca}`, /REDIS_CA has not the authority/],
    [`rediss://127.0.0.1:${strict}?ca=${files.ca}`, /Cannot reach Redis/],
    [`rediss://127.0.0.1:${named}?ca=${otherName.ca}`, /Cannot reach Redis/],
    [`redis://127.0.0.1:${open}`, /rediss:\/\/ is TLS/],
    [`redis+cluster://127.0.0.1:${open}`, /rediss:\/\/ is TLS/],
  ];
  for (const [url, message] of refusals) {
    await assert.rejects(
      openStore(url, { connectTimeoutMs: 2000 }),
      (error) => error instanceof StoreError && message.test(error.message),
      url,
    );
  }
});

redisTest("sentinels, with passwords of their own and of the data", async () => {
  const sentinelSecret = "s3ntinel-Pass";
  await using sentinels = await startSentinels({ password: "d4ta-Pass", sentinelPassword: sentinelSecret });
  const hosts = sentinels.ports.map((port) => `127.0.0.1:${port}`).join(",");
  const url = `redis+sentinel://:d4ta-Pass@${hosts}/${sentinels.name}/1`;
  await assert.rejects(
    openStore(`redis+sentinel://${hosts}/nobody?sentinel_password=${sentinelSecret}`),
    (error) => error instanceof StoreError && /No such master.*the master's name/.test(error.message),
  );
  await assert.rejects(
    openStore(url),
    (error) => error instanceof StoreError && !error.message.includes("Pass"),
  );
  await worksThrough(`${url}?sentinel_password=${sentinelSecret}`);
});

redisTest("a cluster with a user of its own, and what is none", async () => {
  const args = ["--requirepass", "clust3r-Pass", "--masterauth", "clust3r-Pass"];
  await using cluster = await startCluster({ args, password: "clust3r-Pass" });
  const [first] = cluster.nodes;
  await worksThrough(`redis+cluster://:clust3r-Pass@127.0.0.1:${first?.port}`);
  await using single = await openStore(`redis://:clust3r-Pass@127.0.0.1:${first?.port}`);
  const keys = ["a", "b", "c", "d", "e", "f", "g", "h"];
  await assert.rejects(
    single.apply(keys.map((key) => ({ kind: "text", key, value: "1", ttlMs: 0 }))),
    (error) => error instanceof StoreError && /redis\+cluster:\/\//.test(error.message),
  );
  await using plain = await startRedis();
  await assert.rejects(
    openStore(`redis+cluster://127.0.0.1:${plain.port}`),
    (error) => error instanceof StoreError && /this is no cluster/.test(error.message),
  );
});

tlsTest("a cluster over TLS", async () => {
  await using files = await makeCertificates();
  await using cluster = await startCluster({ tls: files });
  await worksThrough(`${cluster.url}?ca=${files.ca}`);
});

tlsTest("a sentinel over TLS", async () => {
  await using files = await makeCertificates();
  const port = freePort();
  await using _master = await startRedis({ args: tlsArgs(files, port) });
  await using sentinel = await startTlsSentinel(files, { name: "safe", port });
  await worksThrough(`rediss+sentinel://127.0.0.1:${sentinel.port}/safe?ca=${files.ca}`);
});
