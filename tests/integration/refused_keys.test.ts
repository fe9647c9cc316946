/** A key that Redis refuses to write is shown on its path until it is taken again. */
import assert from "node:assert/strict";
import { startFakeOkx } from "../support/fake_okx.ts";
import { redisTest, startRedis } from "../support/redis_server.ts";
import { startService } from "../support/service.ts";
import { waitFor } from "../support/wait.ts";

const CHANNELS = ["tickers:A-USDT", "trades:A-USDT", "books:A-USDT", "spot/trade:B-USDT"];

redisTest(
  "a path whose keys are refused is stale and says why, everything else goes on, and a right that is granted heals it",
  async () => {
    await using server = await startRedis();
    await using okx = startFakeOkx();
    await using run = await startService({
      endpoint: okx.url,
      redisUrl: server.url,
      channels: CHANNELS,
      lookMs: 100,
      settings: { HTTP: "127.0.0.1:0" },
    });
    const { redis } = run;
    const ready = async () => (await (await fetch(`${run.service.httpUrl}/readyz`)).text()).trim();
    const connection = await waitFor("a connection", () => okx.current());
    const tick = (last: string) =>
      connection.push({ channel: "tickers", instId: "A-USDT" }, [{ instId: "A-USDT", last, ts: "1" }]);
    const trade = (instId: string, tradeId: string) =>
      connection.push({ channel: "trades", instId }, [{
        instId,
        tradeId,
        px: "1",
        sz: "1",
        side: "buy",
        ts: "1",
      }]);
    await waitFor("subscribed", () => connection.asked("subscribe").length >= CHANNELS.length);
    connection.push({ channel: "books", instId: "A-USDT" }, [
      { bids: [["1", "1", "0", "1"]], asks: [["2", "1", "0", "1"]], ts: "1", seqId: 1, prevSeqId: -1 },
    ], { action: "snapshot" });
    tick("3");
    trade("A-USDT", "1");
    trade("B-USDT", "1");
    await waitFor("ready", async () => await ready() === "ok");
    await redis.acl(
      "SETUSER",
      "default",
      "resetkeys",
      ...["subs", "status", "epoch", "gaps", "gaps/open", "wanted"].map((each) => `~okex/test/${each}`),
      ...["~okex/test/spot/*", "~trade-ws*", "%R~*"],
    );
    tick("4");
    trade("A-USDT", "2");
    connection.push({ channel: "books", instId: "A-USDT" }, [
      { bids: [["1.5", "1", "0", "1"]], asks: [], ts: "2", seqId: 2, prevSeqId: 1 },
    ], { action: "update" });
    for (const path of ["tickers:A-USDT", "trades:A-USDT", "books:A-USDT"]) {
      await waitFor(path, async () => (await run.sub(path))?.error?.code === "NOPERM");
      const sub = await run.sub(path);
      assert.equal(sub?.state, "stale");
      assert.match(sub?.error?.message ?? "", /Redis refuses to write okex\/test\/.*redis-acl/);
      assert.match(await ready(), new RegExp(`test ${path} is stale: Redis refuses`));
      await assert.rejects(run.client.get("test", path, { maxAgeMs: 60_000 }), /not kept up/);
    }
    // The others are written, and said to be.
    trade("B-USDT", "2");
    await waitFor("the other", async () => await redis.exists("okex/test/spot/trade/2") === 1);
    assert.equal((await run.sub("spot/trade:B-USDT"))?.error, null);
    // Trades that were refused are lost, and recorded.
    await waitFor("the record", async () => {
      const records = await redis.xrange("okex/test/gaps", "-", "+");
      return records.some(([, flat]) => flat.includes("trades:A-USDT") && flat.includes("dropped"));
    });
    await redis.acl("SETUSER", "default", "allkeys");
    await waitFor("the newest row, without another push", async () => {
      return await redis.hget("okex/test/tickers:A-USDT", "last") === "4";
    });
    await waitFor("ready", async () => await ready() === "ok");
    for (const path of CHANNELS) {
      await waitFor(path, async () => {
        const sub = await run.sub(path);
        return sub?.state === "live" && sub.error === null;
      });
    }
  },
);

redisTest("an account that may write nothing about a server is a reason not to be ready", async () => {
  await using server = await startRedis();
  await using okx = startFakeOkx();
  await using run = await startService({
    endpoint: okx.url,
    redisUrl: server.url,
    channels: ["tickers:A-USDT"],
    lookMs: 100,
    settings: { HTTP: "127.0.0.1:0" },
  });
  const ready = async () => (await (await fetch(`${run.service.httpUrl}/readyz`)).text()).trim();
  await waitFor("ready", async () => await ready() === "ok");
  await run.redis.acl("SETUSER", "default", "resetkeys", "~okex/test/tickers*", "%R~*");
  await waitFor("the reason", async () => /Redis refuses to write okex\/test\//.test(await ready()));
  await run.redis.acl("SETUSER", "default", "allkeys");
  await waitFor("ready again", async () => await ready() === "ok");
});
