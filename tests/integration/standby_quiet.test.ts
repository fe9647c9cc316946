/**
 * What a service that has just begun to stand by makes of series on which hardly anything comes, when the other one is killed:
 * a gap where something may be missing, and none where nothing is.
 */
import assert from "node:assert/strict";
import type { Redis } from "ioredis";
import { startFakeOkx } from "../support/fake_okx.ts";
import { redisTest, startRedis } from "../support/redis_server.ts";
import { openRedis, startService } from "../support/service.ts";
import { waitFor } from "../support/wait.ts";

const PREFIX = "okex/test";
const OLD = Date.now() - 600_000;
/** Of these the exchange says again what was written, what was written and one more, and nothing. */
const SAID = "liquidation-orders:SWAP";
const LACKING = "liquidation-orders:FUTURES";
const SILENT = "liquidation-orders:MARGIN";
const PATHS = [SAID, LACKING, SILENT];

function liquidation(path: string, n: number): Record<string, unknown> {
  const details = [{ side: "buy", sz: String(n), bkPx: "1", ts: String(OLD + n * 1000) }];
  return { instType: path.split(":")[1], instId: "A-USDT", details };
}

/** What a service that was killed has left: the lease, and of each path a record and two events. */
async function leaveRecords(redis: Redis): Promise<void> {
  const holder = { instance: "0badf00d", host: "there", pid: 1, epoch: 1, since: OLD, url: "" };
  await redis.set("okex/leader", JSON.stringify(holder), "PX", 600_000);
  for (const path of PATHS) {
    const times = { since: OLD - 60_000, receivedAt: OLD + 2000, exchangeAt: OLD + 2000 };
    const record = { state: "live", ...times, rows: 2, owners: ["file"], connection: "public", epoch: 1 };
    await redis.hset(`${PREFIX}/subs`, path, JSON.stringify({ ...record, error: null, generation: 7 }));
    for (const n of [1, 2]) {
      const { details, ...row } = liquidation(path, n);
      const cells = Object.entries({ ...row, details: JSON.stringify(details) }).flat().map(String);
      await redis.xadd(`${PREFIX}/${path}`, `${OLD + n * 1000}-0`, ...cells);
    }
  }
}

redisTest("of a quiet series a standby records a gap only where something may be missing", async () => {
  await using server = await startRedis();
  await using okx = startFakeOkx();
  await using opened = await openRedis(server.url);
  const { redis } = opened;
  await leaveRecords(redis);
  const settings = { STANDBY: true, LEASE_MS: 1000 };
  await using run = await startService({
    ...{ endpoint: okx.url, redisUrl: server.url, channels: PATHS, settings },
  });
  const subscriptions = () => run.service.view().servers[0]?.subscriptions ?? [];
  await waitFor("live", () => {
    const states = subscriptions().map(({ state }) => state);
    return states.length === PATHS.length && states.every((state) => state === "live");
  });
  const push = (path: string, ...numbers: number[]) =>
    okx.current()?.push(
      { channel: "liquidation-orders", instType: path.split(":")[1] as string },
      numbers.map((n) => liquidation(path, n)),
    );
  push(SAID, 1, 2);
  push(LACKING, 2, 3);
  await waitFor("what is said again", () => subscriptions().filter(({ rows }) => rows === 2).length === 2);
  assert.equal(run.service.view().lease?.role, "standby");
  await redis.del("okex/leader");
  await waitFor("its term", () => run.service.view().lease?.role === "active");
  await waitFor("the records", async () => (await run.sub(SAID))?.generation !== 7);
  await waitFor("live", async () => (await run.sub(SAID))?.state === "live");
  push(SAID, 4);
  await waitFor("what comes next", async () => await redis.xlen(`${PREFIX}/${SAID}`) === 3);
  await waitFor("what was not written", async () => await redis.xlen(`${PREFIX}/${LACKING}`) === 3);
  await waitFor("both records", async () => await redis.xlen(`${PREFIX}/gaps`) >= 2);
  await waitFor("no open gap", async () => await redis.exists(`${PREFIX}/gaps/open`) === 0);
  const records = (await redis.xrange(`${PREFIX}/gaps`, "-", "+")).map(([, cells]) =>
    Object.fromEntries(cells.flatMap((cell, i) => i % 2 === 0 ? [[cell, cells[i + 1]]] : []))
  );
  const named = records.map(({ path, outcome }) => `${path} ${outcome}`).toSorted();
  assert.deepEqual(named, [`${LACKING} not`, `${SILENT} not`]);
});
