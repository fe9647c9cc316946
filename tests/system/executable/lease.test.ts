/** The program twice under one KEY_PREFIX: it is one at a time that writes, and who it is not ends and says why. */
import assert from "node:assert/strict";
import { freePort } from "../../support/free_port.ts";
import { type Program, startOkws } from "../../support/program.ts";
import { startProxy } from "../../support/proxy.ts";
import { redisTest, startRedis } from "../../support/redis_server.ts";
import { openRedis } from "../../support/service.ts";
import { oddTrades } from "../../support/stored_trades.ts";
import { lateWrites, watchWriters } from "../../support/writers.ts";
import { waitFor } from "../../support/wait.ts";
import { type Mock, startMock, tempFolder } from "./environment.ts";

/** Of those that have to run out; of others it is longer than any machine is too busy to renew them. */
const SHORT_MS = 3000;
const LONG_MS = 20_000;
const DEADLINE = { deadlineMs: 40_000 };

/** Starts a service that writes some hundred times a second. */
function start(
  mock: Mock,
  redisUrl: string,
  folder: string,
  { leaseMs = SHORT_MS, flags = [] }: { readonly leaseMs?: number; readonly flags?: readonly string[] } = {},
): Promise<Program> {
  const config = {
    settings: { REDIS_URL: redisUrl, HTTP: "off", LOG_FORMAT: "json", LEASE_MS: leaseMs },
    servers: [{ name: "test", endpoint: mock.url }],
    subscribes: [{ server: "test", channels: ["tickers:ETH-USDT", "trades:ETH-USDT", "books:BTC-USDT"] }],
  };
  const file = `${folder}/${crypto.randomUUID()}.yaml`;
  return Deno.writeTextFile(file, JSON.stringify(config)).then(() =>
    startOkws(["serve", "-c", file, ...flags])
  );
}

async function running(program: Program): Promise<void> {
  await program.waitForLine(/Listening for commands/, DEADLINE);
}

redisTest("a second service ends with 1 and names the first, which goes on", async () => {
  await using folder = await tempFolder();
  await using server = await startRedis();
  await using mock = await startMock();
  await using one = await start(mock, server.url, folder.path, { leaseMs: LONG_MS });
  await running(one);
  await using two = await start(mock, server.url, folder.path, { leaseMs: LONG_MS });
  assert.equal(await two.ended(40_000), 1);
  assert.match(two.text(), new RegExp(`pid ${one.pid} on \\S+, since 20`));
  assert.doesNotMatch(two.text(), /\n {4}at /);
  assert.equal(one.code(), undefined);
  assert.equal(await one.stop(), 0);
});

Deno.test("a second service in the embedded store of the first ends with 1, and so does one to stand by", async () => {
  await using folder = await tempFolder();
  await using mock = await startMock();
  const port = freePort();
  await using one = await start(mock, `embedded://127.0.0.1:${port}`, folder.path, { leaseMs: LONG_MS });
  await running(one);
  for (const flags of [[], ["--standby"], ["--takeover"], ["--standby", "--takeover"]]) {
    await using two = await start(mock, `redis://127.0.0.1:${port}`, folder.path, { flags });
    assert.equal(await two.ended(40_000), 1, flags.join());
    assert.match(two.text(), new RegExp(`pid ${one.pid} on \\S+, since 20.*that store ends with it`));
    assert.doesNotMatch(two.text(), /\n {4}at /);
    assert.equal(one.code(), undefined);
  }
  assert.equal(await one.stop(), 0);
});

redisTest("one that was killed is replaced when its lease is over, not refused", async () => {
  await using folder = await tempFolder();
  await using server = await startRedis();
  await using mock = await startMock();
  await using writers = await watchWriters(server.url);
  await using one = await start(mock, server.url, folder.path);
  await running(one);
  await one.stop("SIGKILL");
  await using two = await start(mock, server.url, folder.path);
  await running(two);
  await waitFor("its writes", () => writers.instances().length === 2);
  assert.deepEqual(lateWrites(writers.written), []);
});

redisTest("one that was stopped for long writes nothing after another has begun, and ends", async () => {
  await using folder = await tempFolder();
  await using server = await startRedis();
  await using mock = await startMock();
  await using writers = await watchWriters(server.url);
  await using one = await start(mock, server.url, folder.path);
  await running(one);
  await waitFor("its writes", () => writers.written.length > 300, DEADLINE);
  one.kill("SIGSTOP");
  await using two = await start(mock, server.url, folder.path);
  await running(two);
  await waitFor("the others' writes", () => writers.instances().length === 2, DEADLINE);
  one.kill("SIGCONT");
  assert.equal(await one.ended(40_000), 1);
  assert.match(one.text(), new RegExp(`This okws writes no more.*pid ${two.pid} on`));
  const before = writers.written.length;
  await waitFor("more writes", () => writers.written.length > before + 100, DEADLINE);
  assert.deepEqual(lateWrites(writers.written).slice(0, 5), []);
  assert.equal(await two.stop(), 0);
});

redisTest("one that was cut off for long writes nothing after another has begun, and ends", async () => {
  await using folder = await tempFolder();
  await using server = await startRedis();
  await using proxy = startProxy(server.port);
  await using mock = await startMock();
  await using writers = await watchWriters(server.url);
  await using one = await start(mock, `redis://127.0.0.1:${proxy.port}`, folder.path);
  await running(one);
  await waitFor("its writes", () => writers.written.length > 300, DEADLINE);
  proxy.stall();
  await using two = await start(mock, server.url, folder.path);
  await running(two);
  await waitFor("the others' writes", () => writers.instances().length === 2, DEADLINE);
  proxy.restore();
  assert.equal(await one.ended(40_000), 1);
  assert.deepEqual(lateWrites(writers.written).slice(0, 5), []);
  const { redis, [Symbol.asyncDispose]: close } = await openRedis(server.url);
  await using _ = { [Symbol.asyncDispose]: close };
  assert.equal(JSON.parse(await redis.get("okex/leader") ?? "{}").pid, two.pid);
});

redisTest("a service that is asked to hand over ends with 0, one that hangs is replaced", async () => {
  await using folder = await tempFolder();
  await using server = await startRedis();
  await using mock = await startMock();
  await using writers = await watchWriters(server.url);
  await using one = await start(mock, server.url, folder.path);
  await running(one);
  await using two = await start(mock, server.url, folder.path, { flags: ["--takeover"] });
  await running(two);
  assert.equal(await one.ended(40_000), 0);
  assert.match(one.text(), /Handing over to another okws/);
  await waitFor("the others' writes", () => writers.instances().length === 2, DEADLINE);
  two.kill("SIGSTOP");
  await using three = await start(mock, server.url, folder.path, { flags: ["--takeover"] });
  await running(three);
  await waitFor("the last one's writes", () => writers.instances().length === 3, DEADLINE);
  two.kill("SIGCONT");
  assert.equal(await two.ended(40_000), 1);
  assert.deepEqual(lateWrites(writers.written).slice(0, 5), []);
});

redisTest("of two that are started at the same moment one runs, and the other ends with 1", async () => {
  await using folder = await tempFolder();
  await using server = await startRedis();
  await using mock = await startMock();
  await using writers = await watchWriters(server.url);
  await using one = await start(mock, server.url, folder.path, { leaseMs: LONG_MS });
  await using two = await start(mock, server.url, folder.path, { leaseMs: LONG_MS });
  const code = await Promise.race([one.ended(40_000), two.ended(40_000)]);
  assert.equal(code, 1);
  const left = one.code() === undefined ? one : two;
  await running(left);
  assert.equal(writers.instances().length, 1);
  assert.equal(await left.stop(), 0);
});

redisTest(
  "one that waits for the lease of another is stopped without a word of a Redis that is away",
  async () => {
    await using folder = await tempFolder();
    await using server = await startRedis();
    await using mock = await startMock();
    await using connection = await openRedis(server.url);
    const gone = { instance: "gone", host: "h", pid: 1, epoch: 7, since: 1, url: "" };
    await connection.redis.set("okex/leader", JSON.stringify(gone), "PX", 3_600_000);
    for (const flags of [[], ["--takeover"]]) {
      await using one = await start(mock, server.url, folder.path, { leaseMs: LONG_MS, flags });
      await one.waitForLine(/waiting to see whether it goes on|to hand over/, DEADLINE);
      assert.equal(await one.stop(), 0);
      assert.match(one.text(), /Stopped before anything was written/);
      assert.doesNotMatch(one.text(), /"level":"(ERROR|WARN)"/);
    }
  },
);

redisTest("what came without the lease is not written beside what the holder wrote meanwhile", async () => {
  const stream = "okex/test/trades:ETH-USDT";
  await using folder = await tempFolder();
  await using server = await startRedis();
  await using mock = await startMock();
  await using connection = await openRedis(server.url);
  const { redis } = connection;
  /** Resolves when so many more trades were written. */
  const written = async (more: number) => {
    const before = await redis.xlen(stream);
    await waitFor("trades", async () => await redis.xlen(stream) >= before + more, DEADLINE);
  };
  await using one = await start(mock, server.url, folder.path);
  await running(one);
  await using proxy = startProxy(server.port);
  proxy.cut();
  const url = `redis://127.0.0.1:${proxy.port}`;
  await using two = await start(mock, url, folder.path, { flags: ["--takeover"] });
  await two.waitForLine(/"Connected"/, DEADLINE);
  await written(20);
  proxy.restore();
  await two.waitForLine(/without the lease is not written, starting again/, DEADLINE);
  assert.equal(await one.ended(40_000), 0);
  await written(20);
  await waitFor("every trade once", async () => (await oddTrades(redis, stream)).length === 0, DEADLINE);
  assert.equal(JSON.parse(await redis.get("okex/leader") ?? "{}").pid, two.pid);
  assert.equal(await two.stop(), 0);
});
