/** One writer at a time where Redis is more than one server: a fail-over between two holders, and the nodes of a cluster. */
import assert from "node:assert/strict";
import { serve } from "../../../src/app/service.ts";
import { parseConfig } from "../../../src/config/schema.ts";
import { LeaseError } from "../../../src/shared/errors.ts";
import { startFakeOkx } from "../../support/fake_okx.ts";
import { startMock } from "../../support/mock.ts";
import { type Program, startOkws } from "../../support/program.ts";
import { redisCli, type Sentinels, startCluster, startSentinels } from "../../support/redis_modes.ts";
import { redisTest, startRedis } from "../../support/redis_server.ts";
import { QUICK } from "../../support/service.ts";
import { waitFor } from "../../support/wait.ts";
import { lateWrites, watchWriters, type Writers } from "../../support/writers.ts";

const DEADLINE = { deadlineMs: 60_000 };
const NAMES = ["a", "b", "c", "d", "e", "f"];
const CHANNELS = ["tickers:ETH-USDT", "trades:ETH-USDT"];

function urlOf({ ports, name }: Sentinels): string {
  return `redis+sentinel://${ports.map((port) => `127.0.0.1:${port}`).join(",")}/${name}`;
}

/** A service in a process of its own, with a server in each of several slots. */
async function start(redisUrl: string, endpoint: string): Promise<Program> {
  const file = await Deno.makeTempFile({ suffix: ".yaml" });
  const config = {
    settings: { REDIS_URL: redisUrl, HTTP: "off", LEASE_MS: 3000 },
    servers: NAMES.map((name) => ({ name, endpoint })),
    subscribes: NAMES.map((server) => ({ server, channels: CHANNELS })),
  };
  await Deno.writeTextFile(file, JSON.stringify(config));
  const program = startOkws(["serve", "-c", file]);
  return {
    ...program,
    async [Symbol.asyncDispose]() {
      await program[Symbol.asyncDispose]();
      await Deno.remove(file);
    },
  };
}

async function running(program: Program): Promise<void> {
  await program.waitForLine(/Listening for commands/, DEADLINE);
}

redisTest(
  "a holder is the same one at a new master, and so it is for a service that connects there",
  async () => {
    await using sentinels = await startSentinels();
    await using okx = startFakeOkx();
    const parsed = parseConfig({
      settings: { REDIS_URL: urlOf(sentinels), HTTP: "off", ENDPOINT: okx.url },
      servers: [{ name: "test" }],
    });
    assert.ok("config" in parsed);
    const begin = () => serve(parsed.config, { timing: QUICK });
    {
      await using _service = await begin();
      const held = await redisCli(await sentinels.master(), "get", "okex/leader");
      assert.equal(JSON.parse(held).epoch, 1);
      await sentinels.failOver();
      const master = await sentinels.master();
      await waitFor("the lease at the new master", async () => {
        return await redisCli(master, "get", "okex/leader") === held &&
          Number(await redisCli(master, "pttl", "okex/leader")) > 0;
      });
      await assert.rejects(begin(), LeaseError);
    }
    assert.equal(await redisCli(await sentinels.master(), "exists", "okex/leader"), "0");
  },
);

redisTest(
  "a newcomer of the moment in which Redis is emptied ends with the name of the one that is at work",
  async () => {
    await using server = await startRedis();
    await using okx = startFakeOkx();
    const parsed = parseConfig({
      settings: { REDIS_URL: server.url, HTTP: "off", ENDPOINT: okx.url, LEASE_MS: 12_000 },
      servers: [{ name: "test" }],
    });
    assert.ok("config" in parsed);
    const begin = () => serve(parsed.config, { timing: QUICK });
    await using service = await begin();
    await waitFor("a connection that is no new one", async () => {
      return /name=okws:.* age=([2-9]|\d\d+) /.test(
        await redisCli(server.port, "client", "list"),
      );
    });
    await redisCli(server.port, "flushall");
    await assert.rejects(begin(), LeaseError);
    assert.deepEqual([service.view().lease?.role, service.view().lease?.epoch], ["active", 1]);
    assert.equal(JSON.parse(await redisCli(server.port, "get", "okex/leader")).epoch, 1);
  },
);

redisTest("one that slept through a fail-over and a take-over writes nothing to the new master", async () => {
  await using sentinels = await startSentinels();
  await using mock = await startMock({ rate: 50 });
  const [first, second] = sentinels.data;
  await using one = await start(urlOf(sentinels), mock.url);
  await running(one);
  one.kill("SIGSTOP");
  const before = await sentinels.master();
  const next = first?.port === before ? second : first;
  await using writers = await watchWriters(next?.url ?? "");
  await sentinels.failOver();
  await using two = await start(urlOf(sentinels), mock.url);
  await running(two);
  await waitFor("its writes", () => writers.instances().length === 1, DEADLINE);
  one.kill("SIGCONT");
  assert.equal(await one.ended(60_000), 1);
  const { length } = writers.written;
  await waitFor("more writes", () => writers.written.length > length + 50, DEADLINE);
  assert.equal(writers.instances().length, 1);
});

redisTest(
  "one that was stopped writes nothing to any node of a cluster after another has begun there",
  async () => {
    await using cluster = await startCluster();
    await using mock = await startMock({ rate: 50 });
    await using stack = new AsyncDisposableStack();
    const writers: Writers[] = [];
    for (const { url } of cluster.nodes) writers.push(stack.use(await watchWriters(url)));
    await using one = await start(cluster.url, mock.url);
    await running(one);
    await waitFor("writes everywhere", () => writers.every(({ written }) => written.length > 100), DEADLINE);
    one.kill("SIGSTOP");
    await using two = await start(cluster.url, mock.url);
    await running(two);
    await waitFor(
      "the others' writes",
      () => writers.every((each) => each.instances().length === 2),
      DEADLINE,
    );
    one.kill("SIGCONT");
    assert.equal(await one.ended(60_000), 1);
    const counts = writers.map(({ written }) => written.length);
    await waitFor(
      "more writes",
      () => writers.every(({ written }, i) => written.length > (counts[i] ?? 0) + 50),
      DEADLINE,
    );
    for (const { written } of writers) assert.deepEqual(lateWrites(written).slice(0, 5), []);
    assert.equal(await two.stop(), 0);
  },
);
