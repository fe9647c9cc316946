/** A service that stands by where Redis is more than one server. */
import assert from "node:assert/strict";
import { connect } from "../../../src/client/client.ts";
import { startFakeOkx } from "../../support/fake_okx.ts";
import { freePort } from "../../support/free_port.ts";
import { startMock } from "../../support/mock.ts";
import { type Program, startOkws } from "../../support/program.ts";
import { startProxy } from "../../support/proxy.ts";
import { startCluster, startSentinels } from "../../support/redis_modes.ts";
import { redisTest, startRedis } from "../../support/redis_server.ts";
import { openRedis, startService } from "../../support/service.ts";
import { waitFor } from "../../support/wait.ts";
import { lateWrites, watchWriters, type Writers } from "../../support/writers.ts";

const DEADLINE = { deadlineMs: 60_000 };
const NAMES = ["a", "b", "c", "d", "e", "f"];

/** A service in a process of its own, with a server in each of several slots. */
async function start(redisUrl: string, endpoint: string, ...flags: readonly string[]): Promise<Program> {
  const file = await Deno.makeTempFile({ suffix: ".yaml" });
  const config = {
    settings: { REDIS_URL: redisUrl, HTTP: "off", LEASE_MS: 6000 },
    servers: NAMES.map((name) => ({ name, endpoint })),
    subscribes: NAMES.map((server) => ({ server, channels: ["tickers:ETH-USDT", "trades:ETH-USDT"] })),
  };
  await Deno.writeTextFile(file, JSON.stringify(config));
  const program = startOkws(["serve", "-c", file, ...flags]);
  return {
    ...program,
    async [Symbol.asyncDispose]() {
      await program[Symbol.asyncDispose]();
      await Deno.remove(file);
    },
  };
}

redisTest("at the nodes of a cluster one that is killed is replaced by the one that stands by", async () => {
  await using cluster = await startCluster();
  await using mock = await startMock({ rate: 50 });
  await using stack = new AsyncDisposableStack();
  const writers: Writers[] = [];
  for (const { url } of cluster.nodes) writers.push(stack.use(await watchWriters(url)));
  await using one = await start(cluster.url, mock.url);
  await one.waitForLine(/Listening for commands/, DEADLINE);
  await using two = await start(cluster.url, mock.url, "--standby");
  await two.waitForLine(/Standing by/, DEADLINE);
  await waitFor("writes everywhere", () => writers.every(({ written }) => written.length > 100), DEADLINE);
  // What commands ask for is in the slots of its servers, and the list of servers in another.
  await using client = await connect({ redisUrl: cluster.url, timeoutMs: 60_000 });
  await client.openWs("more", { endpoint: mock.url });
  for (const name of ["a", "b", "more"]) await client.subscribe(name, "tickers:BTC-USDT");
  await client.unsubscribe("b", "tickers:ETH-USDT");
  await one.stop("SIGKILL");
  await two.waitForLine(/Listening for commands/, DEADLINE);
  await waitFor("others' writes", () => writers.every((each) => each.instances().length === 2), DEADLINE);
  for (const { written } of writers) assert.deepEqual(lateWrites(written).slice(0, 5), []);
  assert.deepEqual((await client.servers()).toSorted(), [...NAMES, "more"]);
  for (const name of ["a", "b", "more"]) {
    await waitFor(`the path of ${name}`, async () => {
      const record = (await client.subscriptions(name)).get("tickers:BTC-USDT");
      return record?.state === "live" && record.epoch >= 2 && record.owners.join() === "command";
    }, DEADLINE);
  }
  await waitFor("what was taken away to be gone", async () => {
    return !(await client.subscriptions("b")).has("tickers:ETH-USDT");
  }, DEADLINE);
  assert.equal(await two.stop(), 0);
});

redisTest(
  "one that stands by takes over at the new master that sentinels have elected meanwhile",
  async () => {
    await using sentinels = await startSentinels();
    await using mock = await startMock({ rate: 50 });
    const { ports, name } = sentinels;
    const url = `redis+sentinel://${ports.map((port) => `127.0.0.1:${port}`).join(",")}/${name}`;
    const [first, second] = sentinels.data;
    await using one = await start(url, mock.url);
    await one.waitForLine(/Listening for commands/, DEADLINE);
    await using two = await start(url, mock.url, "--standby");
    await two.waitForLine(/Standing by/, DEADLINE);
    one.kill("SIGSTOP");
    const next = first?.port === await sentinels.master() ? second : first;
    await using writers = await watchWriters(next?.url ?? "");
    await sentinels.failOver();
    await two.waitForLine(/Listening for commands/, DEADLINE);
    await waitFor("its writes", () => writers.instances().length === 1, DEADLINE);
    one.kill("SIGCONT");
    assert.equal(await one.ended(60_000), 1);
    const { length } = writers.written;
    await waitFor("more writes", () => writers.written.length > length + 50, DEADLINE);
    assert.equal(writers.instances().length, 1);
  },
);

for (const mode of [true, "cold"] as const) {
  redisTest(
    `one that stands by (${mode}) goes on after a Redis that was full and could not be reached`,
    async () => {
      const http = freePort();
      await using okx = startFakeOkx();
      await using server = await startRedis();
      await using proxy = startProxy(server.port);
      await using direct = await openRedis(server.url);
      const { redis } = direct;
      const holder = JSON.stringify({
        instance: "0badf00d",
        host: "there",
        pid: 1,
        epoch: 1,
        since: 1,
        url: "",
      });
      await redis.set("okex/leader", holder, "PX", 500_000);
      await using _ = await startService({
        ...{ endpoint: okx.url, redisUrl: `redis://127.0.0.1:${proxy.port}`, channels: ["tickers:A-USDT"] },
        settings: { STANDBY: mode, HTTP: `127.0.0.1:${http}` },
      });
      const says = (text: RegExp) =>
        waitFor(`readyz ${text}`, async () => {
          const response = await fetch(`http://127.0.0.1:${http}/readyz`);
          return text.test(`${response.status} ${await response.text()}`);
        }, DEADLINE);
      await says(/^200 standby/);
      for (const isFullWhenBack of [false, true]) {
        await redis.config("SET", "maxmemory", "1");
        await says(/^503 .*OOM/);
        proxy.cut();
        await says(/^503 (?!.*OOM)/);
        if (!isFullWhenBack) await redis.config("SET", "maxmemory", "0");
        proxy.restore();
        if (isFullWhenBack) {
          await says(/^503 .*OOM/);
          await redis.config("SET", "maxmemory", "0");
        }
        await says(/^200 standby/);
      }
      assert.equal(await redis.get("okex/leader"), holder);
    },
  );
}
