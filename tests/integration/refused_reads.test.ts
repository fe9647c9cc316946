/** What Redis refuses to have read at a start is not taken for nothing: it is asked for until it is granted. */
import assert from "node:assert/strict";
import { startFakeOkx } from "../support/fake_okx.ts";
import { redisTest, startRedis } from "../support/redis_server.ts";
import { createWriter } from "../support/redis_user.ts";
import { startService } from "../support/service.ts";
import { waitFor } from "../support/wait.ts";

const LOGIN = { name: "test", apiKey: "key", secret: "secret", password: "pass" };
const CHANNELS = ["orders:ANY", "trades:A-USDT", "spot/order:A-USDT"];

redisTest("orders that ended before a start that may not read every key are not left open", async () => {
  await using server = await startRedis();
  await using writer = await createWriter(server);
  const { admin, grant } = writer;
  const order = (ordId: string, state: string, uTime: number) => {
    const plain = { instType: "SPOT", instId: "A-USDT", ordId, state, uTime: String(uTime), sz: "2" };
    return { ...plain, ordType: "limit", side: "buy", px: "1", accFillSz: "0", cTime: "1" };
  };
  const now = Date.now();
  await using okx = startFakeOkx();
  okx.rest = (url) => {
    if (url.pathname.endsWith("/orders-pending")) return [order("9", "live", now)];
    return url.pathname.includes("/orders-history") ? [order("7", "filled", now)] : [];
  };
  const leave = async () => {
    await admin.flushall();
    for (const id of ["7", "9"]) {
      await admin.hset(`okex/test/orders:${id}`, order(id, "live", now - 60_000));
      await admin.zadd("okex/test/orders", now - 60_000, id);
      await admin.sadd("okex/test/orders:ANY/open", id);
    }
    const record = { state: "live", since: now - 50_000, receivedAt: now - 50_000, rows: 2 };
    for (const path of ["orders:ANY", "trades:A-USDT"]) {
      await admin.hset("okex/test/subs", path, JSON.stringify(record));
    }
    await admin.hset("okex/test/wanted", "tickers:A-USDT", "1");
  };
  const start = () =>
    startService({
      endpoint: okx.url,
      redisUrl: writer.redisUrl,
      servers: [LOGIN],
      channels: CHANNELS,
      lookMs: 50,
    });
  const state = (id: string) => admin.hget(`okex/test/orders:${id}`, "state");

  // Others' keys are no reason to know nothing of these.
  await leave();
  await grant("&*", "+@all", "resetkeys", "~trade-ws*", "~okex/servers", "~okex/test/[^t]*");
  {
    await using run = await start();
    await waitFor("the order's end", async () => await state("7") === "filled");
    assert.deepEqual(await admin.smembers("okex/test/orders:ANY/open"), ["9"]);
    await waitFor("live", async () => (await run.sub("orders:ANY"))?.state === "live");
    // What cannot be read is not taken for whole.
    await waitFor("a record of what cannot be known", async () => {
      const records = (await admin.xrange("okex/test/gaps", "-", "+")).map(([, flat]) => flat.join(" "));
      return records.some((text) => {
        const [, from] = /^path trades:A-USDT from (\d+) .* outcome not /.exec(text) ?? [];
        return Math.abs(Number(from) - (now - 50_000)) < 5000;
      });
    });
  }

  // Everything may be written, and little be read: nobody knows what became of it, until the list of before can be read.
  await leave();
  await grant("resetkeys", "allkeys", "-type");
  {
    await using run = await start();
    await waitFor("live", async () => (await run.sub("orders:ANY"))?.state === "live");
    await waitFor("nothing known", async () => await state("7") === "unknown");
    await grant("+@all");
    await waitFor("the order's end", async () => await state("7") === "filled");
    assert.deepEqual(await admin.smembers("okex/test/orders:ANY/open"), ["9"]);
  }

  // Nothing may be read or written of it, nor of what commands asked for.
  await leave();
  await grant("resetkeys", "~trade-ws*", "~okex/servers", "~okex/test/[^ow]*");
  await using run = await start();
  const connection = await waitFor("a connection", () => okx.current("private"));
  await waitFor("subscribed", () => connection.asked("subscribe").length > 0);
  await waitFor("refused", async () => (await run.sub("orders:ANY"))?.error?.code === "NOPERM");
  assert.equal(await state("7"), "live");
  await grant("allkeys");
  await waitFor("the order's end", async () => await state("7") === "filled");
  await waitFor("live", async () => (await run.sub("orders:ANY"))?.state === "live");
  assert.deepEqual(await admin.smembers("okex/test/orders:ANY/open"), ["9"]);
  await waitFor("what commands wanted", async () => (await run.sub("tickers:A-USDT")) !== undefined);
});
