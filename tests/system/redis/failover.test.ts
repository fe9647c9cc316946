/** Fail-over through sentinels, and a cluster whose slots move and whose masters die, under a stream of rows. */
import assert from "node:assert/strict";
import { Redis } from "ioredis";
import calculateSlot from "cluster-key-slot";
import { connect } from "../../../src/client/client.ts";
import { parseConfig } from "../../../src/config/schema.ts";
import { serve } from "../../../src/app/service.ts";
import { type FakeConnection, type FakeOkx, startFakeOkx } from "../../support/fake_okx.ts";
import { freePort } from "../../support/free_port.ts";
import { startOkws } from "../../support/program.ts";
import { moveSlot, redisCli, startCluster, startSentinels } from "../../support/redis_modes.ts";
import { type RedisServer, redisTest, startRedis } from "../../support/redis_server.ts";
import { QUICK, startService } from "../../support/service.ts";
import { waitFor } from "../../support/wait.ts";

const TICKERS = "tickers:BTC-USDT";
const TRADES = "trades:BTC-USDT";
const CHANNELS = [TICKERS, TRADES];

/** Pushes numbered trades and tickers until it is stopped. */
type Stream = AsyncDisposable & {
  /** The number of the last push. */
  last(): number;
};

function startStream(connections: () => readonly FakeConnection[]): Stream {
  let id = 0;
  const timer = setInterval(() => {
    id += 1;
    for (const connection of connections()) {
      const base = { instId: "BTC-USDT", ts: String(Date.now()) };
      connection.push({ channel: "trades", instId: "BTC-USDT" }, [{ ...base, tradeId: String(id), px: "1" }]);
      connection.push({ channel: "tickers", instId: "BTC-USDT" }, [{ ...base, last: String(id) }]);
    }
  }, 5);
  return {
    last: () => id,
    [Symbol.asyncDispose]: () => Promise.resolve(clearInterval(timer)),
  };
}

/** The connections of all servers, once so many are subscribed. */
async function subscribed(okx: FakeOkx, count: number): Promise<() => readonly FakeConnection[]> {
  const ready = () => okx.at("public").filter((each) => each.open && each.asked("subscribe").length > 0);
  await waitFor(`${count} subscribed connections`, () => ready().length >= count, { deadlineMs: 60_000 });
  return ready;
}

function idsIn(entries: [string, string[]][]): number[] {
  return entries.map(([, fields]) => Number(fields[fields.indexOf("tradeId") + 1]));
}

/** Each number once, in order, without one missing in between. */
function assertWhole(ids: readonly number[]): void {
  const [first = 0] = ids;
  assert.deepEqual(ids, ids.map((_, i) => first + i));
}

redisTest(
  "a master that is killed behind sentinels is replaced, and everything is in the new one",
  async () => {
    await using sentinels = await startSentinels();
    await using okx = startFakeOkx();
    const hosts = [freePort(), ...sentinels.ports].map((port) => `127.0.0.1:${port}`).join(",");
    const url = `redis+sentinel://${hosts}/${sentinels.name}`;
    const file = await Deno.makeTempFile({ suffix: ".yaml" });
    await Deno.writeTextFile(
      file,
      JSON.stringify({
        settings: { REDIS_URL: url, HTTP: "off", ENDPOINT: okx.url, MAX_ROW: 100_000 },
        servers: [{ name: "test" }],
        subscribes: [{ server: "test", channels: CHANNELS }],
      }),
    );
    await using program = startOkws(["serve", "-c", file]);
    await program.waitForLine(/Listening for commands/, { deadlineMs: 60_000 });
    await using stream = startStream(await subscribed(okx, 1));
    const before = await sentinels.master();
    const old = sentinels.data.find(({ port }) => port === before) as RedisServer;
    const other = sentinels.data.find(({ port }) => port !== before) as RedisServer;
    await waitFor("rows on the replica", async () => {
      return Number(await redisCli(other.port, "xlen", `okex/test/${TRADES}`)) > 20;
    });
    await old.kill();
    const killedAt = stream.last();
    const redis = new Redis(other.port);
    try {
      await waitFor("another master", async () => await sentinels.master() === other.port, {
        deadlineMs: 60_000,
      });
      await waitFor("writes in the new master", async () => {
        const last = await redis.hget(`okex/test/${TICKERS}`, "last");
        return Number(last) > killedAt;
      }, { deadlineMs: 60_000 });
      assert.match(await redis.get("okex/test/status") ?? "", /ON_DATA|CONNECTED/);
      const record = JSON.parse(await redis.hget("okex/test/subs", TRADES) ?? "{}");
      assert.equal(record.state, "live");
      const ids = await waitFor("trades after the loss", async () => {
        const found = idsIn(await redis.xrange(`okex/test/${TRADES}`, "-", "+"));
        return (found.at(-1) ?? 0) > killedAt ? found : undefined;
      });
      // All that was pushed after the loss was kept until there was a master again.
      assert.ok(ids.some((id) => id <= killedAt));
      assertWhole(ids);
      await waitFor("commands to be taken", async () => {
        const counted = await redis.pubsub("NUMSUB", "trade-ws") as [string, number];
        return counted[1] === 1;
      });
      const said = program.stderr.filter((line) => line.includes("Redis takes no writes"));
      assert.ok(said.length >= 1 && said.length <= 4, said.join("\n"));
    } finally {
      redis.disconnect();
      await Deno.remove(file);
    }
  },
);

redisTest(
  "a master that became a replica is left, and what it says is reported once with a remedy",
  async () => {
    await using master = await startRedis();
    await using other = await startRedis();
    await using okx = startFakeOkx();
    await using run = await startService({ endpoint: okx.url, redisUrl: master.url, channels: CHANNELS });
    await using _stream = startStream(await subscribed(okx, 1));
    await waitFor("a row", async () => await run.redis.exists(`okex/test/${TICKERS}`) === 1);
    const connections = async () =>
      Number(/total_connections_received:(\d+)/.exec(await run.redis.info("stats"))?.[1]);
    const before = await connections();
    await run.redis.call("REPLICAOF", "127.0.0.1", String(other.port));
    await waitFor("the refusal", () => /READONLY.*redis\+sentinel/.test(run.service.view().outage));
    await waitFor("a new connection", async () => await connections() > before);
    await run.redis.call("REPLICAOF", "NO", "ONE");
    await waitFor("the end of the outage", () => run.service.view().outage === "");
    // The replica had taken over an empty data set: all of it was written again.
    await waitFor("the row again", async () => await run.redis.exists(`okex/test/${TICKERS}`) === 1);
  },
);

redisTest("slots of a cluster move under writes, and nothing is lost, doubled or out of order", async () => {
  await using cluster = await startCluster();
  await using okx = startFakeOkx();
  const names = ["test", "second", "third"];
  const parsed = parseConfig({
    settings: { REDIS_URL: cluster.url, HTTP: "off", ENDPOINT: okx.url, MAX_ROW: 100_000 },
    servers: names.map((name) => ({ name })),
    subscribes: names.map((server) => ({ server, channels: CHANNELS })),
  });
  assert.ok("config" in parsed);
  await using service = await serve(parsed.config, { timing: QUICK });
  await using client = await connect({ redisUrl: cluster.url });
  const stream = startStream(await subscribed(okx, names.length));
  const tradeIds = async (name: string) =>
    (await client.get(name, TRADES) as Record<string, string>[]).map(({ tradeId }) => Number(tradeId));
  await waitFor("rows", async () => (await tradeIds("test")).length > 10);
  const slot = calculateSlot(`okex/{test}/${TRADES}`);
  for (let i = 0; i < 3; i++) {
    const from = await cluster.ownerOf(slot);
    const to = cluster.nodes.find((node) => node !== from) as RedisServer;
    await moveSlot(slot, from, to);
    const moved = stream.last();
    await waitFor("rows after the move", async () => ((await tradeIds("test")).at(-1) ?? 0) > moved + 20);
  }
  await stream[Symbol.asyncDispose]();
  for (const name of names) {
    await waitFor(`the last row of ${name}`, async () => (await tradeIds(name)).at(-1) === stream.last());
    assertWhole(await tradeIds(name));
    assert.equal((await client.get(name, TICKERS) as Record<string, string>).last, String(stream.last()));
  }
  const { rejected, dropped } = service.view().stats;
  assert.deepEqual({ rejected, dropped }, { rejected: 0, dropped: 0 });
});

redisTest("a master of a cluster dies under writes, and its replica gets everything", async () => {
  await using cluster = await startCluster({ replicas: 1 });
  await using okx = startFakeOkx();
  const parsed = parseConfig({
    settings: { REDIS_URL: cluster.url, HTTP: "off", ENDPOINT: okx.url, MAX_ROW: 100_000 },
    servers: [{ name: "test" }, { name: "second" }],
    subscribes: ["test", "second"].map((server) => ({ server, channels: CHANNELS })),
  });
  assert.ok("config" in parsed);
  await using service = await serve(parsed.config, { timing: QUICK });
  await using client = await connect({ redisUrl: cluster.url });
  const stream = startStream(await subscribed(okx, 2));
  const ids = async (name: string) => {
    const cached = await client.get(name, TRADES).catch(() => []) as Record<string, string>[];
    return cached.map(({ tradeId }) => Number(tradeId));
  };
  await waitFor("rows", async () => (await ids("test")).length > 20);
  const slot = calculateSlot(`okex/{test}/${TRADES}`);
  const owner = await cluster.ownerOf(slot);
  await owner.kill();
  const killedAt = stream.last();
  await waitFor("the outage to be seen", () => service.view().outage !== "");
  await waitFor("the end of the outage", () => service.view().outage === "", { deadlineMs: 60_000 });
  await stream[Symbol.asyncDispose]();
  await using after = await connect({ redisUrl: cluster.url });
  for (const name of ["test", "second"]) {
    await waitFor(`the last row of ${name}`, async () => {
      const row = await after.get(name, TICKERS) as Record<string, string> | undefined;
      return row?.last === String(stream.last());
    }, { deadlineMs: 60_000 });
    const found = await waitFor(`the last trade of ${name}`, async () => {
      const trades = await after.get(name, TRADES) as Record<string, string>[];
      const ids = trades.map(({ tradeId }) => Number(tradeId));
      return ids.at(-1) === stream.last() ? ids : undefined;
    });
    assert.ok(
      (found[0] ?? Infinity) < killedAt,
      `${name}: killed at ${killedAt}, found ${found.slice(0, 5)} … of ${found.length}`,
    );
    assertWhole(found);
  }
  assert.equal((await after.subscriptions("test")).get(TRADES)?.state, "live");
  await waitFor("commands to be taken again", async () => (await after.servers()).length === 2);
  const { rejected, dropped } = service.view().stats;
  assert.deepEqual({ rejected, dropped }, { rejected: 0, dropped: 0 });
});
