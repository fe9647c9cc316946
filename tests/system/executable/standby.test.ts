/** Services that stand by: who of them writes when the one that did ends, and that nothing is lost or doubled by it. */
import assert from "node:assert/strict";
import type { Redis } from "ioredis";
import { type Program, startOkws } from "../../support/program.ts";
import { redisTest, startRedis } from "../../support/redis_server.ts";
import { openRedis } from "../../support/service.ts";
import { lateWrites, watchWriters, type Writers } from "../../support/writers.ts";
import { waitFor } from "../../support/wait.ts";
import { type Mock, startMock, tempFolder } from "./environment.ts";

const DEADLINE = { deadlineMs: 60_000 };
/** Of those that have to run out; of others it is longer than any machine is too busy to renew them. */
const SHORT_MS = 6000;
const LONG_MS = 20_000;
const TRADES = "okex/test/trades:ETH-USDT";
/** Of a path that a command asks for. */
const ASKED = "okex/test/trades:BTC-USDT";

/** What the services of one test share. */
type Setup = AsyncDisposable & {
  readonly mock: Mock;
  readonly redis: Redis;
  readonly writers: Writers;
  start(...flags: string[]): Promise<Program>;
};

async function openSetup({ leaseMs = SHORT_MS } = {}): Promise<Setup> {
  await using stack = new AsyncDisposableStack();
  const folder = stack.use(await tempFolder());
  const server = stack.use(await startRedis());
  const mock = stack.use(await startMock());
  const writers = stack.use(await watchWriters(server.url));
  const { redis } = stack.use(await openRedis(server.url));
  const config = {
    settings: { REDIS_URL: server.url, HTTP: "off", LOG_FORMAT: "json", LEASE_MS: leaseMs, MAX_ROW: 100_000 },
    servers: [{ name: "test", endpoint: mock.url }],
    subscribes: [{
      server: "test",
      channels: ["tickers:ETH-USDT", "trades:ETH-USDT", "books:BTC-USDT", "candle1m:BTC-USDT"],
    }],
  };
  const file = `${folder.path}/okws.yaml`;
  await Deno.writeTextFile(file, JSON.stringify(config));
  const all = stack.move();
  return {
    ...{ mock, redis, writers },
    start: (...flags) => Promise.resolve(all.use(startOkws(["serve", "-c", file, ...flags]))),
    [Symbol.asyncDispose]: () => all[Symbol.asyncDispose](),
  };
}

/** At least so many have begun to write; one that was too busy for its lease has begun again. */
async function writing({ writers, redis }: Setup, services: number): Promise<void> {
  await waitFor("the writes", () => writers.instances().length >= services, DEADLINE);
  const before = await redis.xlen(TRADES);
  await waitFor("more trades", async () => await redis.xlen(TRADES) > before + 10, DEADLINE);
}

/** Each trade of the stream is there once, and none is missing between the first and the last. */
async function assertWhole({ redis, writers }: Setup, key = TRADES): Promise<void> {
  const rows = (await redis.xrange(key, "-", "+")).map(([, cells]) => {
    // What REST has brought is one fill, without a count.
    const valueOf = (name: string) => cells.includes(name) ? cells[cells.indexOf(name) + 1] : undefined;
    return { last: Number(valueOf("tradeId")), fills: Number(valueOf("count") ?? "1") };
  }).toSorted((a, b) => a.last - b.last);
  const lasts = rows.map(({ last }) => last);
  assert.deepEqual(lasts.filter((id, i) => id === lasts[i - 1]), [], "there twice");
  const inside = rows.filter(({ last, fills }, i) => i > 0 && last - fills < (lasts[i - 1] ?? 0));
  assert.deepEqual(inside, [], "there twice, in a row of several fills");
  const after = rows.filter(({ last, fills }, i) => i > 0 && last - fills > (lasts[i - 1] ?? 0));
  assert.deepEqual(after, [], "behind a gap");
  assert.deepEqual(lateWrites(writers.written).slice(0, 5), []);
}

async function settled(setup: Setup): Promise<void> {
  await waitFor("no open gap", async () => await setup.redis.exists("okex/test/gaps/open") === 0, DEADLINE);
  await assertWhole(setup);
}

/** A command subscribes one path more. */
async function ask({ redis }: Setup): Promise<void> {
  const command = {
    id: "ask",
    op: "subscribe",
    name: "test",
    args: ["trades:BTC-USDT"],
    wait: true,
    timeoutMs: 60_000,
  };
  await redis.publish("trade-ws", JSON.stringify(command));
  const reply = await waitFor("the reply", () => redis.get("trade-ws/info/ask"), DEADLINE);
  assert.equal(JSON.parse(reply).errorCode, 80000, reply);
}

async function standing(program: Program): Promise<void> {
  await program.waitForLine(/Standing by/, DEADLINE);
}

async function holding(program: Program): Promise<void> {
  await program.waitForLine(/Listening for commands/, DEADLINE);
}

/** The one of two that has become the writer, first. */
async function taken(one: Program, other: Program): Promise<readonly [Program, Program]> {
  const isOurs = (program: Program) => /Holding the lease/.test(program.text());
  await waitFor("one of them to take over", () => isOurs(one) || isOurs(other), DEADLINE);
  return isOurs(one) ? [one, other] : [other, one];
}

for (const flags of [["--standby"], ["--standby", "cold"]]) {
  redisTest(`${flags.join(" ")}: one that is killed is replaced, and the next one when it ends`, async () => {
    await using setup = await openSetup();
    const one = await setup.start();
    await holding(one);
    const [two, three] = [await setup.start(...flags), await setup.start(...flags)];
    await standing(two);
    await standing(three);
    await waitFor("them", async () => await setup.redis.hlen("okex/instances") >= 1, DEADLINE);
    await ask(setup);
    await writing(setup, 1);
    await one.stop("SIGKILL");
    const [next, last] = await taken(two, three);
    await writing(setup, 2);
    const asked = await setup.redis.xlen(ASKED);
    await waitFor("what was asked for", async () => await setup.redis.xlen(ASKED) > asked + 10, DEADLINE);
    await settled(setup);
    await assertWhole(setup, ASKED);
    await holding(next);
    assert.equal(await next.stop(), 0);
    await writing(setup, 3);
    await settled(setup);
    await holding(last);
    assert.equal(await last.stop(), 0);
    assert.equal(await setup.redis.exists("okex/instances"), 0);
  });
}

redisTest(
  "one that hangs is replaced, writes nothing more, and stands by where it was started so",
  async () => {
    await using setup = await openSetup();
    const one = await setup.start("--standby");
    await holding(one);
    const two = await setup.start("--standby");
    await standing(two);
    await writing(setup, 1);
    one.kill("SIGSTOP");
    await writing(setup, 2);
    one.kill("SIGCONT");
    await one.waitForLine(/Another okws has taken over, standing by/, DEADLINE);
    await standing(one);
    await writing(setup, 2);
    await settled(setup);
    assert.equal(await two.stop(), 0);
    await writing(setup, 3);
    await settled(setup);
    assert.equal(await one.stop(), 0);
  },
);

redisTest("--takeover goes to the service that asks for it, not to another one that stands by", async () => {
  await using setup = await openSetup({ leaseMs: LONG_MS });
  const one = await setup.start("--standby");
  await holding(one);
  const two = await setup.start("--standby");
  await standing(two);
  await writing(setup, 1);
  const three = await setup.start("--standby", "--takeover");
  await holding(three);
  await one.waitForLine(/Another okws has taken over, standing by/, DEADLINE);
  await writing(setup, 2);
  await settled(setup);
  assert.doesNotMatch(two.text(), /Holding the lease/);
  assert.equal(await three.stop(), 0);
  await writing(setup, 3);
  await settled(setup);
});

redisTest("of those that stand by at the same moment one writes", async () => {
  await using setup = await openSetup({ leaseMs: LONG_MS });
  const [one, two] = [await setup.start("--standby"), await setup.start("--standby")];
  const [first, second] = await taken(one, two);
  await standing(second);
  await writing(setup, 1);
  await settled(setup);
  assert.equal(await first.stop(), 0);
  assert.equal(await second.stop(), 0);
});

redisTest("one that is killed while it takes over is replaced by the next", async () => {
  await using setup = await openSetup();
  const one = await setup.start();
  await holding(one);
  const [two, three] = [await setup.start("--standby"), await setup.start("--standby")];
  await standing(two);
  await standing(three);
  await writing(setup, 1);
  await one.stop("SIGKILL");
  const [next, last] = await taken(two, three);
  await next.stop("SIGKILL");
  await holding(last);
  await writing(setup, setup.writers.instances().length);
  await settled(setup);
  assert.equal(JSON.parse(await setup.redis.get("okex/leader") ?? "{}").pid, last.pid);
});

redisTest("a lease that is deleted is taken again by its holder, not by one that stands by", async () => {
  await using setup = await openSetup({ leaseMs: LONG_MS });
  const one = await setup.start();
  await holding(one);
  const two = await setup.start("--standby");
  await standing(two);
  const held = await setup.redis.get("okex/leader");
  await setup.redis.del("okex/leader");
  await waitFor("the lease", async () => await setup.redis.get("okex/leader") !== null, DEADLINE);
  assert.equal(await setup.redis.get("okex/leader"), held);
  await writing(setup, 1);
  assert.equal(await two.stop(), 0);
});
