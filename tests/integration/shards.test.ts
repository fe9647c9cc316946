/** Services that share the work: each path is served by one of them, also after commands and with another number. */
import assert from "node:assert/strict";
import { type FakeOkx, startFakeOkx } from "../support/fake_okx.ts";
import { freePort } from "../support/free_port.ts";
import { redisTest, startRedis } from "../support/redis_server.ts";
import { type Running, startService, startSubscriber } from "../support/service.ts";
import { connect } from "../../src/client/client.ts";
import { shardOf } from "../../src/session/shard_placement.ts";
import type { ServiceStatus } from "../../src/model/status.ts";
import { waitFor } from "../support/wait.ts";

const NAMES = Array.from({ length: 12 }, (_, i) => `C${i}-USDT`);
const CHANNELS = NAMES.map((name) => `tickers:${name}`);

/** Paths of the server as a service has them. */
function pathsOf({ service }: Running): string[] {
  const { subscriptions = [] } = service.view().servers[0] ?? {};
  return subscriptions.map(({ path }) => path).toSorted();
}

function partOf(index: number, count: number, paths: readonly string[] = CHANNELS): string[] {
  return paths.filter((path) => shardOf("test", path, count) === index).toSorted();
}

/** Paths of these names whose shard is this one. */
function onePathOf(index: number, count: number): string {
  const names = Array.from({ length: 100 }, (_, i) => `tickers:X${i}-USDT`);
  return partOf(index, count, names)[0] as string;
}

async function start(
  { okx, url }: { readonly okx: FakeOkx; readonly url: string },
  shard: string,
  more: Readonly<Record<string, unknown>> = {},
): Promise<Running> {
  const settings = { SHARD: shard, LEASE_MS: 20_000, ...more };
  return await startService({ endpoint: okx.url, redisUrl: url, channels: CHANNELS, settings, lookMs: 100 });
}

async function states(running: Running): Promise<Map<string, string>> {
  const records = await running.client.subscriptions("test");
  return new Map([...records].map(([path, { state }]) => [path, state]));
}

async function live(running: Running, paths: readonly string[]): Promise<void> {
  await waitFor("all to be live", async () => {
    const found = await states(running);
    return found.size === paths.length && paths.every((path) => found.get(path) === "live");
  });
}

redisTest("three shards serve each path once, and take commands for each other", async () => {
  await using server = await startRedis();
  await using okx = startFakeOkx();
  const setup = { okx, url: server.url };
  await using statuses = await startSubscriber(server.url, "okex/test/status");
  await using one = await start(setup, "1/3");
  await using two = await start(setup, "2/3", {
    HTTP: `127.0.0.1:${freePort()}`,
    HTTP_PASSWORD: "a password",
  });
  {
    await using three = await start(setup, "3/3");
    await live(one, CHANNELS);
    for (const [i, each] of [one, two, three].entries()) assert.deepEqual(pathsOf(each), partOf(i + 1, 3));
    const { shard, shards } = two.service.view();
    assert.equal(shard, "2/3");
    await waitFor("who has which", () => two.service.view().shards?.every(({ holder }) => holder !== null));
    assert.equal(shards?.length, 3);
    const refusal = await fetch(`${two.service.httpUrl}/api/commands`, {
      method: "POST",
      headers: { "content-type": "application/json", authorization: `Basic ${btoa("okws:a password")}` },
      body: JSON.stringify({ op: "reload" }),
    });
    assert.match(await refusal.text(), new RegExp(`taken by the first shard, pid ${Deno.pid} on `));
    await waitFor("the status", async () => await one.redis.get("okex/test/status") === "CONNECTED");
    const whole = await one.client.status() as ServiceStatus;
    assert.deepEqual(whole.servers[0]?.subscriptions.map(({ path }) => path).toSorted(), CHANNELS.toSorted());
    // What is asked of the first one is carried out by whose it is.
    const others = [onePathOf(2, 3), onePathOf(3, 3)];
    const reply = await one.client.subscribe("test", [onePathOf(1, 3), ...others]);
    assert.deepEqual(reply.map(({ state }) => state), ["live", "live", "live"]);
    assert.ok(pathsOf(two).includes(others[0] as string) && pathsOf(three).includes(others[1] as string));
    await live(one, [...CHANNELS, onePathOf(1, 3), ...others]);
    await one.client.unsubscribe("test", [others[0] as string, ...partOf(3, 3).slice(0, 1)]);
    // The last of two that ask for the opposite has it.
    const again = one.client.trySubscribe("test", others[0] as string);
    assert.equal((await one.client.unsubscribe("test", others[0] as string)).length, 1);
    await again;
    await waitFor("its end", () => !pathsOf(two).includes(others[0] as string));
    await waitFor("its end", () => !pathsOf(three).includes(partOf(3, 3)[0] as string));
  }
  await waitFor("who is there", () => one.service.view().shards?.[2]?.holder === null);
  await waitFor("the status", async () => await one.redis.get("okex/test/status") === "DISCONNECTED");
  await assert.rejects(
    async () => await one.client.subscribe("test", [onePathOf(3, 3)]),
    /shard 3\/3 is not there/,
  );
  assert.ok(statuses.on("okex/test/status").includes("CONNECTED"));
  // The whole is not looked after without it; what it left is no word that anybody keeps it up.
  assert.deepEqual(one.service.view().faults, ["nobody is shard 3/3, its paths are not kept up"]);
  assert.deepEqual(two.service.view().faults, []);
  const left = partOf(3, 3).slice(1);
  const [gone = "", kept = ""] = left;
  const record = JSON.stringify({ state: "live", since: 1, receivedAt: Date.now() });
  await one.redis.hset("okex/test/subs", { [gone]: record, [kept]: record });
  const [answer] = await one.client.unsubscribe("test", [gone]);
  assert.deepEqual(answer, {
    ...{ path: gone, state: "gone" },
    error: { code: "shard", message: "shard 3/3 is not there; it does so when it starts" },
  });
  const found = await one.client.subscriptions("test");
  assert.ok(!found.has(gone));
  assert.deepEqual([found.get(kept)?.state, found.get(kept)?.error?.code], ["stale", "shard"]);
  await one.client.closeWs("test");
  await waitFor("nothing to be said of it", async () => await one.redis.exists("okex/test/subs") === 0);
});

redisTest("a path whose shard has not answered in time is among the answers", async () => {
  await using server = await startRedis();
  await using okx = startFakeOkx();
  await using one = await start({ okx, url: server.url }, "1/2");
  // There by its lease, and yet nobody who does anything.
  await one.redis.set("okex/leader/2-2", await one.redis.get("okex/leader/1-2") ?? "", "PX", 60_000);
  await using client = await connect({ redisUrl: server.url, timeoutMs: 1000 });
  const [ours, theirs] = [onePathOf(1, 2), onePathOf(2, 2)];
  const states = (await client.trySubscribe("test", [theirs, ours])).map(({ path, state }) => [path, state]);
  assert.deepEqual(states.toSorted(), [[ours, "live"], [theirs, "sent"]].toSorted());
});

redisTest("another number waits for the end of the first, and quit reaches all shards", async () => {
  await using server = await startRedis();
  await using okx = startFakeOkx();
  const setup = { okx, url: server.url };
  await using one = await start(setup, "1/2");
  await using two = await start(setup, "2/2");
  await live(one, CHANNELS);
  const standby = { STANDBY: true };
  await using next1 = await start(setup, "1/3", standby);
  await using next2 = await start(setup, "2/3", standby);
  await using next3 = await start(setup, "3/3", standby);
  const next = [next1, next2, next3];
  for (const each of next) assert.equal(each.service.view().lease?.role, "standby");
  await one.service.stop();
  await waitFor("who is left", () => two.service.view().shards?.[0]?.holder === null);
  for (const each of next) assert.equal(each.service.view().lease?.role, "standby");
  await two.service.stop();
  await waitFor("all of them", () => next.every((each) => each.service.view().lease?.role === "active"));
  await live(next1, CHANNELS);
  for (const [i, each] of next.entries()) assert.deepEqual(pathsOf(each), partOf(i + 1, 3));
  // Who writes is nothing that is cached.
  await next1.client.redisClear();
  assert.deepEqual(
    (await next1.redis.keys("okex/leader*")).toSorted(),
    ["okex/leader/1-3", "okex/leader/2-3", "okex/leader/3-3"],
  );
  await next1.client.serverQuit();
  await Promise.all(next.map((each) => each.service.done));
  assert.equal(await next1.redis.get("okex/test/status"), "EXIT");
  // And back to one.
  await using whole = await start(setup, "1/1");
  await live(whole, CHANNELS);
  assert.deepEqual(pathsOf(whole), CHANNELS.toSorted());
  assert.equal(whole.service.view().shard, undefined);
});
