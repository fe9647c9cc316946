/** A service that starts knows what was open or listed: a list that lags takes nothing of it away. */
import assert from "node:assert/strict";
import { startFakeOkx } from "../support/fake_okx.ts";
import { redisTest, startRedis } from "../support/redis_server.ts";
import { startService } from "../support/service.ts";
import { waitFor } from "../support/wait.ts";

const PATHS = ["instruments:SPOT"];
const KEY = "okex/test/instruments:SPOT";
/** No list agrees with another during a test. */
const NEVER = 3_600_000;

redisTest(
  "an instrument that a lagging list lacks at a start stays listed, and its path is syncing",
  async () => {
    await using server = await startRedis();
    await using okx = startFakeOkx();
    let listed = ["A-B", "C-B", "D-B"];
    // One that will be over by the next start.
    const expTimes: Record<string, string> = { "D-B": "1600000000000" };
    okx.rest = (url) =>
      url.pathname.endsWith("/public/instruments")
        ? listed.map((instId) => ({
          instType: "SPOT",
          instId,
          state: "live",
          tickSz: "1",
          expTime: expTimes[instId] ?? "",
        }))
        : [];
    const serve = () =>
      startService({
        endpoint: okx.url,
        channels: PATHS,
        redisUrl: server.url,
        timing: { lists: { agreeMs: NEVER, pauseMs: 50, checksMs: [] } },
      });
    {
      await using run = await serve();
      await waitFor("live", async () => (await run.sub("instruments:SPOT"))?.state === "live");
    }
    listed = ["A-B"];
    await using run = await serve();
    await waitFor("doubt", async () => (await run.sub("instruments:SPOT"))?.error?.code === "missing");
    assert.deepEqual((await run.redis.smembers(KEY)).toSorted(), ["A-B", "C-B"]);
    assert.equal(await run.redis.hget(`${KEY}:C-B`, "tickSz"), "1");
    listed = ["A-B", "C-B"];
    await waitFor("live again", async () => (await run.sub("instruments:SPOT"))?.state === "live");
  },
);
