/** Sentinels that fail over in order, are silent, or cannot be reached, behind a service and its clients. */
import assert from "node:assert/strict";
import { Redis } from "ioredis";
import { connect } from "../../../src/client/client.ts";
import { serve, type Service } from "../../../src/app/service.ts";
import { parseConfig } from "../../../src/config/schema.ts";
import { StoreError } from "../../../src/shared/errors.ts";
import { openStore } from "../../../src/store/redis/redis_store.ts";
import { type FakeOkx, startFakeOkx } from "../../support/fake_okx.ts";
import { freePort } from "../../support/free_port.ts";
import { startOkws } from "../../support/program.ts";
import { redisCli, type Sentinels, startSentinels } from "../../support/redis_modes.ts";
import { type RedisServer, redisTest } from "../../support/redis_server.ts";
import { QUICK } from "../../support/service.ts";
import { waitFor } from "../../support/wait.ts";

const PATH = "trades:BTC-USDT";
const STREAM = `okex/test/${PATH}`;

/** Pushes numbered trades until it is stopped. */
function startTrades(okx: FakeOkx): Disposable & { last(): number } {
  let id = 0;
  const timer = setInterval(() => {
    const connection = okx.current();
    if (connection === undefined || !connection.asked("subscribe").length) return;
    id += 1;
    const row = { instId: "BTC-USDT", ts: String(Date.now()), tradeId: String(id), px: "1", sz: "1" };
    connection.push({ channel: "trades", instId: "BTC-USDT" }, [row]);
  }, 5);
  return { last: () => id, [Symbol.dispose]: () => clearInterval(timer) };
}

async function start(redisUrl: string, okx: FakeOkx): Promise<Service> {
  const parsed = parseConfig({
    settings: { REDIS_URL: redisUrl, HTTP: "off", ENDPOINT: okx.url, MAX_ROW: 100_000 },
    servers: [{ name: "test" }],
    subscribes: [{ server: "test", channels: [PATH] }],
  });
  assert.ok("config" in parsed);
  return await serve(parsed.config, { timing: QUICK });
}

async function idsIn({ port }: RedisServer): Promise<number[]> {
  const redis = new Redis(port);
  try {
    const entries = await redis.xrange(STREAM, "-", "+");
    return entries.map(([, fields]) => Number(fields[fields.indexOf("tradeId") + 1]));
  } finally {
    redis.disconnect();
  }
}

function urlOf({ ports, name }: Sentinels): string {
  return `redis+sentinel://${ports.map((port) => `127.0.0.1:${port}`).join(",")}/${name}`;
}

/** The master and its replica, as the sentinels see them now. */
async function serversOf(sentinels: Sentinels): Promise<[RedisServer, RedisServer]> {
  const port = await sentinels.master();
  const [master, replica] = [true, false].map((is) =>
    sentinels.data.find((each) => is === (each.port === port))
  );
  return [master as RedisServer, replica as RedisServer];
}

/** Each number from the first to beyond `last`, once and in order. */
async function assertWhole(server: RedisServer, last: number): Promise<void> {
  const ids = await waitFor("later trades", async () => {
    const found = await idsIn(server);
    return (found.at(-1) ?? 0) > last ? found : undefined;
  }, { deadlineMs: 60_000 });
  assert.deepEqual(ids, ids.map((_, i) => (ids[0] as number) + i));
}

redisTest(
  "a planned fail-over is followed at once, and what the old master went on taking is in the new one",
  async () => {
    await using sentinels = await startSentinels();
    await using okx = startFakeOkx();
    const redisUrl = urlOf(sentinels);
    const [old, next] = await serversOf(sentinels);
    await using service = await start(redisUrl, okx);
    using trades = startTrades(okx);
    await waitFor("rows on the replica", async () => (await idsIn(next)).length > 20);
    const before = await redisCli(old.port, "info", "replication");
    await sentinels.failOver();
    const elected = trades.last();
    await assertWhole(next, elected);
    assert.match(before, /role:master/);
    await waitFor("the end of the outage", () => service.view().outage === "");
    await using client = await connect({ redisUrl });
    assert.deepEqual(await client.servers(), ["test"]);
    assert.equal(await redisCli(next.port, "xlen", "okex/test/gaps"), "0");
  },
);

redisTest("a follower goes on at the new master, and gets each row once and in order", async () => {
  await using sentinels = await startSentinels();
  await using okx = startFakeOkx();
  const redisUrl = urlOf(sentinels);
  await using _service = await start(redisUrl, okx);
  using trades = startTrades(okx);
  const [, next] = await serversOf(sentinels);
  await waitFor("rows on the replica", async () => (await idsIn(next)).length > 20);
  await using follow = startOkws(["client", "get", "test", PATH, "--follow", "--json", "--redis", redisUrl]);
  const followed = () =>
    follow.stdout.flatMap((line) => [JSON.parse(line)].flat()).map(({ tradeId }) => Number(tradeId));
  const reaches = (id: number) => () => (followed().at(-1) ?? 0) > id;
  await waitFor("the follower", reaches(trades.last()), { deadlineMs: 60_000 });
  // It asks the sentinels itself once it has listened for a while.
  await waitFor("some more", reaches(trades.last() + 300), { deadlineMs: 60_000 });
  await sentinels.failOver();
  await waitFor("rows of the new master", reaches(trades.last() + 100), { deadlineMs: 60_000 });
  const ids = followed();
  assert.deepEqual(ids, ids.map((_, i) => (ids[0] as number) + i));
  assert.match(follow.text(), /there again/);
});

redisTest("a silent master and a silent sentinel hold up neither the service nor its clients", async () => {
  await using sentinels = await startSentinels();
  await using okx = startFakeOkx();
  const redisUrl = urlOf(sentinels);
  const [old, next] = await serversOf(sentinels);
  await using service = await start(redisUrl, okx);
  using trades = startTrades(okx);
  await waitFor("rows on the replica", async () => (await idsIn(next)).length > 20);
  old.pause();
  sentinels.processes[0]?.pause();
  try {
    await waitFor("another master", async () => {
      return (await redisCli(next.port, "info", "replication")).includes("role:master");
    }, { deadlineMs: 60_000 });
    await assertWhole(next, trades.last());
    await waitFor("the end of the outage", () => service.view().outage === "");
    await using client = await connect({ redisUrl });
    assert.deepEqual(await client.servers(), ["test"]);
  } finally {
    old.resume();
    sentinels.processes[0]?.resume();
  }
});

redisTest("one sentinel that still names the old master leads nobody back to it", async () => {
  await using sentinels = await startSentinels();
  const [old, next] = await serversOf(sentinels);
  const last = sentinels.processes[2];
  last?.pause();
  await sentinels.failOver();
  await waitFor("the second sentinel to know", async () => {
    const said = await redisCli(
      sentinels.ports[1] as number,
      "sentinel",
      "get-master-addr-by-name",
      sentinels.name,
    );
    return said.includes(String(next.port));
  });
  // It does not know of the fail-over until it has read what was said meanwhile.
  last?.resume();
  for (let i = 0; i < 5; i++) {
    await using store = await openStore(urlOf({ ...sentinels, ports: sentinels.ports.toReversed() }));
    await store.apply([{ kind: "text", key: `k${i}`, value: "1", ttlMs: 0 }]);
    assert.equal(await redisCli(next.port, "get", `k${i}`), "1");
  }
  assert.notEqual(old.port, next.port);
});

redisTest("a service that may be cut off together with an old master says so until it is not", async () => {
  await using sentinels = await startSentinels();
  await using okx = startFakeOkx();
  const [master, replica] = await serversOf(sentinels);
  await using service = await start(urlOf(sentinels), okx);
  const doubted = () => service.view().faults.some((fault) => /no majority of the sentinels/.test(fault));
  await waitFor("the role to be known", () => service.view().stats.answeredAt > 0);
  const [first, second] = sentinels.processes;
  first?.pause();
  second?.pause();
  try {
    // Behind a replica that confirms what it receives nothing is lost.
    await waitFor("the others to be missed", async () => {
      const said = await redisCli(sentinels.ports[2] as number, "sentinel", "sentinels", sentinels.name);
      return (said.match(/s_down/g) ?? []).length === 2;
    }, { deadlineMs: 60_000 });
    assert.ok(!doubted());
    await replica.kill();
    await waitFor("the doubt", doubted, { deadlineMs: 60_000 });
    assert.match(await redisCli(master.port, "info", "replication"), /role:master/);
  } finally {
    first?.resume();
    second?.resume();
  }
  await waitFor("the end of it", () => !doubted(), { deadlineMs: 60_000 });
});

redisTest("a service that reaches no sentinel, or none that knows the master, ends at a signal", async () => {
  await using okx = startFakeOkx();
  await using sentinels = await startSentinels({ sentinelPassword: "s3ntinel-Pass" });
  const urls = [
    `redis+sentinel://127.0.0.1:${freePort()}/mymaster`,
    `${urlOf({ ...sentinels, name: "nobody" })}?sentinel_password=s3ntinel-Pass`,
  ];
  for (const url of urls) {
    const file = await Deno.makeTempFile({ suffix: ".yaml" });
    const servers = [{ name: "test" }];
    await Deno.writeTextFile(
      file,
      JSON.stringify({ settings: { REDIS_URL: url, HTTP: "off", ENDPOINT: okx.url }, servers }),
    );
    try {
      await using program = startOkws(["serve", "-c", file]);
      await program.waitForLine(/Cannot reach Redis yet.*(cannot be asked|No such master)/, {
        deadlineMs: 60_000,
      });
      assert.equal(await program.stop("SIGTERM", 60_000), 0);
    } finally {
      await Deno.remove(file);
    }
  }
  await assert.rejects(
    openStore(urlOf(sentinels)),
    (error) => error instanceof StoreError && /sentinel.*NOAUTH.*sentinel_password=/.test(error.message),
  );
});

redisTest("a database that the master does not select is refused, by way of sentinels, too", async () => {
  await using sentinels = await startSentinels();
  const port = await sentinels.master();
  await redisCli(port, "SET", "okex/left/a", "1");
  await assert.rejects(openStore(`${urlOf(sentinels)}/99`), {
    name: "StoreError",
    message: /database 99 was not selected: ERR DB index is out of range \(.*redis\.conf/,
  });
  await using client = await connect({ redisUrl: `${urlOf(sentinels)}/5` });
  assert.equal(await client.redisClear("okex/*"), 0);
  assert.equal(await redisCli(port, "EXISTS", "okex/left/a"), "1");
});
