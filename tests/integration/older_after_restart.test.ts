/** A Redis that comes back older right after another process began: what the process before had written is recorded. */
import assert from "node:assert/strict";
import { startFakeOkx } from "../support/fake_okx.ts";
import { freePort } from "../support/free_port.ts";
import { redisTest, startRedis } from "../support/redis_server.ts";
import { openRedis, startService } from "../support/service.ts";
import { waitFor } from "../support/wait.ts";

const PATHS = ["A-USDT", "B-USDT"];
const TS = 1_795_363_200_000;

/** Returns a trade as the exchange pushes it. */
const trade = (instId: string, id: number) => ({
  ...{ instId, tradeId: String(id), px: "1", sz: "1", side: "buy" },
  ...{ ts: String(TS + id), count: "1" },
});

for (const isOlder of [true, false]) {
  const name = isOlder
    ? "a Redis that comes back older after a restart of okws: what is gone is recorded"
    : "a Redis that comes back as it was after a restart of okws: nothing is recorded";
  redisTest(name, async () => {
    const port = freePort();
    const folder = await Deno.makeTempDir({ prefix: "okws-older-" });
    const args = ["--dir", folder, "--dbfilename", "copy.rdb"];
    const first = await startRedis({ port, args });
    try {
      await using okx = startFakeOkx();
      const { redis, [Symbol.asyncDispose]: close } = await openRedis(first.url);
      await using _ = { [Symbol.asyncDispose]: close };
      const stream = (instId: string) => `okex/test/trades:${instId}`;
      const push = async (instId: string, from: number, to: number, length: number) => {
        for (let id = from; id <= to; id++) {
          okx.current()?.push({ channel: "trades", instId }, [trade(instId, id)]);
        }
        await waitFor(`${length} of ${instId}`, async () => await redis.xlen(stream(instId)) === length);
      };
      const life = async () => {
        const run = await startService({
          ...{ endpoint: okx.url, redisUrl: first.url, lookMs: 200 },
          // The older copy has the lease of the first process, which has to run out there.
          settings: { LEASE_MS: 500 },
          channels: PATHS.map((instId) => `trades:${instId}`),
        });
        const isLive = async (instId: string) => (await run.sub(`trades:${instId}`))?.state === "live";
        await waitFor("the paths", async () => (await Promise.all(PATHS.map(isLive))).every(Boolean));
        return run;
      };
      {
        await using _one = await life();
        for (const instId of PATHS) await push(instId, 1, 5, 5);
        await redis.save();
        for (const instId of PATHS) await push(instId, 6, 12, 12);
        if (!isOlder) await redis.save();
      }
      const written = new Map<string, readonly number[]>();
      for (const instId of PATHS) {
        const ids = (await redis.xrange(stream(instId), "-", "+")).map(([id]) => Number(id.split("-")[0]));
        written.set(`trades:${instId}`, [ids[4] as number, ids[11] as number]);
      }
      await using run = await life();
      // Of the other one this process has nothing of its own.
      await push("A-USDT", 13, 14, 14);
      const before = await gaps(redis);
      await first.kill();
      await waitFor("the loss to be noticed", () => run.service.view().outage !== "");
      await using _second = await startRedis({ port, args });
      const length = isOlder ? 7 : 14;
      await waitFor("its own rows", async () => await redis.xlen(stream("A-USDT")).catch(() => 0) === length);
      const epoch = await redis.get("okex/test/epoch");
      await waitFor("a look at it", async () => await redis.get("okex/test/epoch") !== epoch);
      const found = (await gaps(redis)).filter((gap) =>
        !before.some((each) => JSON.stringify(each) === JSON.stringify(gap))
      );
      const recorded = found.map(({ path, outcome, missing }) => ({ path, outcome, missing }));
      const expected = [...written.keys()].map((path) => ({ path, outcome: "not", missing: "" }));
      assert.deepEqual(recorded.toSorted(byPath), isOlder ? expected : []);
      for (const { path = "", from, to } of found) {
        const [last = 0, gone = 0] = written.get(path) ?? [];
        // Records are of Redis' clock, which is measured.
        assert.ok(
          Math.abs(Number(from) - last) < 1000 && Math.abs(Number(to) - gone) < 1000,
          `${from} ${to}`,
        );
        assert.ok(Number(from) < Number(to));
      }
    } finally {
      await first.kill();
      await Deno.remove(folder, { recursive: true }).catch(() => {});
    }
  });
}

async function gaps(
  redis: Awaited<ReturnType<typeof openRedis>>["redis"],
): Promise<Record<string, string>[]> {
  return (await redis.xrange("okex/test/gaps", "-", "+")).map(([, flat]) =>
    Object.fromEntries(flat.flatMap((name, i) => i % 2 === 0 ? [[name, flat[i + 1] ?? ""]] : []))
  );
}

function byPath(one: Readonly<Record<string, unknown>>, other: Readonly<Record<string, unknown>>): number {
  return String(one.path).localeCompare(String(other.path));
}
