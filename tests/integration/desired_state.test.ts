/**
 * What commands ask for is one desired state in Redis, which every instance follows. The file is long because each way of
 * losing a part of it is one case.
 */
import assert from "node:assert/strict";
import { type FakeConnection, type FakeOkx, startFakeOkx } from "../support/fake_okx.ts";
import { redisTest, startRedis } from "../support/redis_server.ts";
import type { Redis } from "ioredis";
import { openRedis, type Running, startService } from "../support/service.ts";
import { waitFor } from "../support/wait.ts";

const TRADES = { channel: "trades", instId: "B-USDT" };
const WANTED = "okex/test/wanted";
const TS = 1_795_363_200_000;

type Pair = AsyncDisposable & {
  readonly okx: FakeOkx;
  readonly url: string;
  /** The one that writes, and the one that stands by. */
  readonly one: Running;
  readonly two: Running;
};

/** Both are connected; nothing takes the lease of the first but its end, unless it is a short one. */
async function startPair(channels: readonly string[], lookMs = 100, leaseMs = 60_000): Promise<Pair> {
  await using stack = new AsyncDisposableStack();
  const server = stack.use(await startRedis());
  const okx = stack.use(startFakeOkx());
  const settings = { LEASE_MS: leaseMs };
  const common = { endpoint: okx.url, redisUrl: server.url, channels, lookMs };
  const one = stack.use(await startService({ ...common, settings }));
  await waitFor("a connection", () => okx.at("public").length === 1);
  const two = stack.use(await startService({ ...common, settings: { ...settings, STANDBY: true } }));
  await waitFor("another connection", () => okx.at("public").length === 2);
  const all = stack.move();
  return { okx, url: server.url, one, two, [Symbol.asyncDispose]: () => all[Symbol.asyncDispose]() };
}

function trade(id: number): Record<string, string> {
  const when = String(TS + id);
  return { instId: "B-USDT", tradeId: String(id), px: "1", sz: "1", side: "buy", ts: when, count: "1" };
}

/** Paths of a server as an instance has them. */
function pathsOf({ service }: Running, name = "test"): string[] {
  const server = service.view().servers.find((each) => each.name === name);
  return (server?.subscriptions ?? []).map(({ path }) => path).toSorted();
}

async function versionOf(redis: Redis, key: string): Promise<number> {
  const [, version] = /^(\d+)-\d+$/.exec(await redis.get(`${key}/version`) ?? "") ?? [];
  return Number(version ?? -1);
}

/** As {@link same}, by removing a field as often as it is written again: okws may have changed others just before. */
async function without(path: string, pair: Pair, expected: readonly string[]): Promise<void> {
  await waitFor(`the end of ${path}`, async () => {
    await pair.one.redis.hdel(WANTED, path);
    return pathsOf(pair.one).join() === expected.join();
  }, { everyMs: 200 });
  await same(`without ${path}`, pair, expected);
}

function isLive({ service }: Running, path: string): boolean {
  return service.view().servers[0]?.subscriptions.find((each) => each.path === path)?.state === "live";
}

async function same(
  what: string,
  { one, two }: Pair,
  expected: readonly string[],
  name = "test",
): Promise<void> {
  const desired = [...expected].toSorted().join();
  await waitFor(`${what}, at the one that writes`, () => pathsOf(one, name).join() === desired);
  await waitFor(`${what}, at the one that stands by`, () => pathsOf(two, name).join() === desired);
}

redisTest(
  "what a command subscribes is buffered by the one that stands by, and no row of it is missing",
  async () => {
    await using pair = await startPair(["tickers:A-USDT"]);
    const { okx, one, two } = pair;
    const [first, second] = okx.at("public") as [FakeConnection, FakeConnection];
    await one.client.subscribe("test", ["trades:B-USDT", "tickers:C-USDT"]);
    const asked = (connection: FakeConnection, op: "subscribe" | "unsubscribe", instId: string) =>
      connection.asked(op).some((arg) => arg.instId === instId);
    await waitFor("the standby to ask for it", () => asked(second, "subscribe", "B-USDT"));
    await one.client.unsubscribe("test", "tickers:C-USDT");
    await waitFor("the standby to end it", () => asked(second, "unsubscribe", "C-USDT"));
    await same("what is left", pair, ["tickers:A-USDT", "trades:B-USDT"]);
    for (const run of [one, two]) await waitFor("live", () => isLive(run, "trades:B-USDT"));
    for (const connection of [first, second]) {
      for (let id = 1; id <= 5; id++) connection.push(TRADES, [trade(id)]);
    }
    await waitFor("what both have", async () => await one.redis.xlen("okex/test/trades:B-USDT") === 5);
    // The first one is as good as dead for the exchange.
    for (let id = 6; id <= 8; id++) second.push(TRADES, [trade(id)]);
    await waitFor("them", () => {
      const { subscriptions = [] } = two.service.view().servers[0] ?? {};
      return subscriptions.find(({ path }) => path === "trades:B-USDT")?.rows === 8;
    });
    await one.service.stop();
    await waitFor("the trades", async () => await two.redis.xlen("okex/test/trades:B-USDT") >= 8);
    await waitFor("its record", async () => (await two.sub("trades:B-USDT"))?.state === "live");
    second.push(TRADES, [trade(9)]);
    await waitFor("the next one", async () => await two.redis.xlen("okex/test/trades:B-USDT") >= 9);
    const entries = await two.redis.xrange("okex/test/trades:B-USDT", "-", "+");
    const ids = entries.map(([, cells]) => cells[cells.indexOf("tradeId") + 1]);
    assert.deepEqual(ids, Array.from({ length: 9 }, (_, i) => String(i + 1)));
    assert.deepEqual(await two.redis.xrange("okex/test/gaps", "-", "+"), []);
    await waitFor("no open gap", async () => await two.redis.exists("okex/test/gaps/open") === 0);
    assert.equal(okx.at("public").length, 2, "nothing was connected again");
    assert.deepEqual((await two.sub("trades:B-USDT"))?.owners, ["command"]);
    await waitFor("commands", async () => (await two.client.servers()).length === 1);
    await two.client.unsubscribe("test", "trades:B-USDT");
    await waitFor("the end", async () => await two.redis.exists(WANTED) === 0);
  },
);

redisTest(
  "what a command takes away of the file stays away at a take-over, until the file is read",
  async () => {
    await using pair = await startPair(["tickers:A-USDT", "tickers:B-USDT"]);
    const { okx, url, one, two } = pair;
    await one.client.unsubscribe("test", "tickers:A-USDT");
    await same("one of the file", pair, ["tickers:B-USDT"]);
    // Its own word against that.
    await one.client.subscribe("test", "tickers:A-USDT");
    await same("both of them", pair, ["tickers:A-USDT", "tickers:B-USDT"]);
    await one.client.unsubscribe("test", "tickers:A-USDT");
    await same("one of them", pair, ["tickers:B-USDT"]);
    await one.service.stop();
    await waitFor("the other one to write", async () => (await two.sub("tickers:B-USDT"))?.epoch === 2);
    await waitFor("commands", async () => (await two.client.servers()).length === 1);
    assert.deepEqual(pathsOf(two), ["tickers:B-USDT"]);
    await waitFor(
      "its record to be gone",
      async () => await two.redis.hexists("okex/test/subs", "tickers:A-USDT") === 0,
    );
    await two.service.stop();
    const channels = ["tickers:A-USDT", "tickers:B-USDT"];
    await using three = await startService({ endpoint: okx.url, redisUrl: url, channels });
    assert.deepEqual(pathsOf(three), channels);
    await waitFor("no word against the file", async () => await three.redis.exists(WANTED) === 0);
  },
);

redisTest(
  "servers that commands open and close are opened and closed by the one that stands by",
  async () => {
    await using pair = await startPair(["tickers:A-USDT"]);
    const { okx, one, two } = pair;
    const namesOf = ({ service }: Running) =>
      service.view().servers.map(({ name }) => name).toSorted().join();
    const names = async (expected: string) => {
      for (const run of [one, two]) await waitFor(expected, () => namesOf(run) === expected);
    };
    await one.client.openWs("mine", { endpoint: okx.url });
    await one.client.subscribe("mine", "tickers:B-USDT");
    await same("the path of the other server", pair, ["tickers:B-USDT"], "mine");
    // One with a login is a secret of the one that writes.
    await one.client.openWs("secret", { endpoint: okx.url, apiKey: "k", secret: "s", password: "p" });
    await one.client.closeWs("test");
    await waitFor("the file's to be closed", () => namesOf(two) === "mine");
    assert.equal(namesOf(one), "mine,secret");
    assert.deepEqual(Object.keys(await one.redis.hgetall("okex/servers")).toSorted(), ["mine", "test"]);
    await one.client.closeWs("secret");
    await one.client.closeWs("mine");
    await names("");
    await one.client.openWs("test", { endpoint: okx.url });
    await names("test");
    assert.deepEqual([pathsOf(one), pathsOf(two)], [[], []]);
  },
);

redisTest("of two clients against each other the last one has it, on all instances", async () => {
  await using pair = await startPair(["tickers:A-USDT"]);
  const { one, two } = pair;
  const paths = ["tickers:B-USDT", "tickers:C-USDT"];
  const work: Promise<unknown>[] = [];
  for (let i = 0; i < 8; i++) {
    // Some are ended while they wait, or find nothing to end.
    work.push(one.client.subscribe("test", paths), two.client.unsubscribe("test", paths));
  }
  await Promise.allSettled(work);
  await two.client.unsubscribe("test", paths).catch(() => {});
  const versions = [await versionOf(one.redis, WANTED)];
  for (const last of ["subscribe", "unsubscribe", "subscribe"] as const) {
    await (last === "subscribe" ? one : two).client[last]("test", paths);
    const expected = last === "subscribe" ? paths : [];
    // What is replied to is written.
    assert.deepEqual((await one.redis.hkeys(WANTED)).toSorted(), expected);
    await same(last, pair, ["tickers:A-USDT", ...expected]);
    await waitFor("another version", async () => {
      const version = await versionOf(one.redis, WANTED);
      return version > (versions.at(-1) ?? 0) && versions.push(version);
    });
  }
});

redisTest("what others put there or take away counts, and what cannot be had is removed", async () => {
  await using pair = await startPair(["tickers:A-USDT"]);
  const { one } = pair;
  const { redis } = one;
  await redis.hset(WANTED, "tickers:B-USDT", "by hand", "tickers:C-USDT", "{}");
  await same("what was put there", pair, ["tickers:A-USDT", "tickers:B-USDT", "tickers:C-USDT"]);
  await waitFor("it in the words of okws", async () => {
    return /^\{"at":\d+\}$/.test(await redis.hget(WANTED, "tickers:B-USDT") ?? "");
  });
  await without("tickers:C-USDT", pair, ["tickers:A-USDT", "tickers:B-USDT"]);
  const server = JSON.stringify({ endpoint: pair.okx.url, protocol: "v5" });
  const rubbish = ["no-such-channel:X", "tickers:", "orders:SWAP", "\u0000", "x".repeat(10_000)];
  await redis.hset(WANTED, ...rubbish.flatMap((path) => [path, "[]"]));
  await redis.hset("okex/servers", "bad", "{", "worse", JSON.stringify({ endpoint: "file:///etc" }));
  await redis.hset("okex/servers", "more", server, "other", server);
  await waitFor("the rubbish to be gone", async () => {
    return (await redis.hkeys(WANTED)).join() === "tickers:B-USDT" &&
      (await redis.hkeys("okex/servers")).toSorted().join() === "more,other";
  });
  await same("the rest", pair, ["tickers:A-USDT", "tickers:B-USDT"]);
  const has = (name: string) => one.service.view().servers.some((server) => server.name === name);
  await waitFor("both servers", () => has("more") && has("other"));
  await waitFor("a server to be closed", async () => {
    await redis.hdel("okex/servers", "more");
    return !has("more");
  }, { everyMs: 200 });
  // Of the file: taken away, and back.
  await redis.hset(WANTED, "tickers:A-USDT", JSON.stringify({ unsubscribed: true }));
  await same("without the file's", pair, ["tickers:B-USDT"]);
  await without("tickers:A-USDT", pair, ["tickers:A-USDT", "tickers:B-USDT"]);
});

redisTest("what Redis has lost counts as no command: it is written again, and stays desired", async () => {
  await using pair = await startPair(["tickers:A-USDT"]);
  const { okx, one, two, url } = pair;
  await one.client.subscribe("test", "tickers:B-USDT");
  await one.client.openWs("mine", { endpoint: okx.url });
  const all = ["tickers:A-USDT", "tickers:B-USDT"];
  await same("both", pair, all);
  await waitFor("the server", () => two.service.view().servers.length === 2);
  const { redis, [Symbol.asyncDispose]: close } = await openRedis(url);
  await using _ = { [Symbol.asyncDispose]: close };
  const second = okx.at("public")[1] as FakeConnection;
  const damages = [
    () => redis.flushall(),
    () => redis.del(WANTED, "okex/servers"),
    () => redis.del(`${WANTED}/version`, "okex/servers/version"),
    () =>
      redis.multi().del(WANTED).hset(WANTED, "tickers:OLD-USDT", "{}").set(`${WANTED}/version`, "5-1").exec(),
    () =>
      redis.multi().del(WANTED).sadd(WANTED, "x").del(`${WANTED}/version`).sadd(`${WANTED}/version`, "x")
        .exec(),
  ];
  for (const damage of damages) {
    await damage();
    await waitFor("all of it again", async () => {
      return (await redis.type(WANTED)) === "hash" &&
        (await redis.hkeys(WANTED)).join() === "tickers:B-USDT" &&
        await redis.hexists("okex/servers", "mine") === 1 &&
        await versionOf(redis, WANTED) > TS &&
        await versionOf(redis, "okex/servers") > TS;
    });
    await same("both", pair, all);
  }
  // A hash that is gone, and a command behind that.
  await redis.del(WANTED);
  await one.client.subscribe("test", "tickers:C-USDT");
  await same("all three", pair, [...all, "tickers:C-USDT"]);
  await waitFor("all of it again", async () => await redis.hlen(WANTED) === 2);
  await same("all three", pair, [...all, "tickers:C-USDT"]);
  assert.deepEqual(second.asked("unsubscribe"), []);
  assert.equal(okx.at("public").length, 4, "nothing was opened again");
});

/** Of all that a test takes: Redis is not compared meanwhile. */
const NEVER_MS = 3_600_000;

const byName = (names: readonly string[]) => names.toSorted().join();

redisTest(
  "a command behind a loss writes all that commands asked for, before anything is compared",
  async () => {
    await using pair = await startPair(["tickers:A-USDT"], NEVER_MS);
    const { okx, one } = pair;
    const { redis } = one;
    await one.client.subscribe("test", ["tickers:B-USDT", "tickers:C-USDT"]);
    await one.client.openWs("mine", { endpoint: okx.url });
    await one.client.unsubscribe("test", "tickers:A-USDT");
    await redis.flushall();
    await one.client.unsubscribe("test", "tickers:C-USDT");
    await one.client.openWs("more", { endpoint: okx.url });
    // What is replied to is written.
    assert.equal(byName(await redis.hkeys(WANTED)), "tickers:A-USDT,tickers:B-USDT");
    assert.equal(byName(await redis.hkeys("okex/servers")), "mine,more");
    await same("what is left", pair, ["tickers:B-USDT"]);
  },
);

redisTest(
  "a standby that takes over an emptied Redis writes what it knows before it takes commands",
  async () => {
    // One that sees the emptied Redis before the stop leaves the lease to its holder for as long as it lasts.
    await using pair = await startPair(["tickers:A-USDT"], NEVER_MS, 3000);
    const { okx, one, two } = pair;
    await one.client.subscribe("test", "tickers:B-USDT");
    await one.client.unsubscribe("test", "tickers:A-USDT");
    await one.client.openWs("mine", { endpoint: okx.url });
    await same("what is left", pair, ["tickers:B-USDT"]);
    await waitFor("the server", () => two.service.view().servers.length === 2);
    await one.redis.flushall();
    await one.service.stop();
    await waitFor("all of it", async () => {
      return byName(await two.redis.hkeys(WANTED)) === "tickers:A-USDT,tickers:B-USDT" &&
        byName(await two.redis.hkeys("okex/servers")) === "mine" && await versionOf(two.redis, WANTED) > TS;
    });
    assert.deepEqual(pathsOf(two), ["tickers:B-USDT"]);
  },
);

redisTest("an older copy that Redis comes back with is written again as it is known", async () => {
  await using pair = await startPair(["tickers:A-USDT"], NEVER_MS);
  const { okx, one, url } = pair;
  const { redis, [Symbol.asyncDispose]: close } = await openRedis(url);
  await using _ = { [Symbol.asyncDispose]: close };
  await one.client.subscribe("test", "tickers:B-USDT");
  await one.client.openWs("mine", { endpoint: okx.url });
  const keys = [WANTED, `${WANTED}/version`, "okex/servers", "okex/servers/version"];
  const older = await Promise.all(keys.map((key) => redis.dumpBuffer(key)));
  await one.client.unsubscribe("test", "tickers:B-USDT");
  await one.client.subscribe("test", "tickers:C-USDT");
  await one.client.closeWs("mine");
  await same("what is left", pair, ["tickers:A-USDT", "tickers:C-USDT"]);
  const back = redis.multi();
  for (const [i, key] of keys.entries()) back.restore(key, 0, older[i] as Uint8Array as never, "REPLACE");
  await back.call("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes").exec();
  await waitFor("what is known", async () => {
    return byName(await redis.hkeys(WANTED)) === "tickers:C-USDT" && await redis.hlen("okex/servers") === 0;
  });
  await same("what is left", pair, ["tickers:A-USDT", "tickers:C-USDT"]);
});

redisTest(
  "a server of the file is not changed by hand, and nothing else is kept of one of commands",
  async () => {
    await using pair = await startPair(["tickers:A-USDT"]);
    const { okx, one, two } = pair;
    const { redis } = one;
    const there = { endpoint: okx.url, protocol: "v5" };
    await redis.hset(
      "okex/servers",
      "test",
      JSON.stringify({ endpoint: "ws://127.0.0.1:9", protocol: "v5" }),
    );
    await waitFor("it to be taken back", async () => await redis.hexists("okex/servers", "test") === 0);
    await same("the file's", pair, ["tickers:A-USDT"]);
    assert.equal(one.service.view().servers[0]?.endpoint, okx.url);
    const secret = JSON.stringify({ ...there, apiKey: "k", secret: "s", password: "p" });
    await redis.hset("okex/servers", "more", secret);
    await redis.hset(WANTED, "tickers:B-USDT", JSON.stringify({ at: 1, more: "x".repeat(100_000) }));
    await waitFor("what is known of both", async () => {
      return await redis.hget("okex/servers", "more") === JSON.stringify(there) &&
        /^\{"at":\d+\}$/.test(await redis.hget(WANTED, "tickers:B-USDT") ?? "");
    });
    for (const run of [one, two]) {
      await waitFor("the server", () => run.service.view().servers.length === 2);
    }
    await same("both", pair, ["tickers:A-USDT", "tickers:B-USDT"]);
  },
);
