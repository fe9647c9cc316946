/** Ages are those of Redis' clock, whatever the clocks of the service and of its readers say. */
import assert from "node:assert/strict";
import { connect } from "../../src/client/client.ts";
import { startFakeOkx } from "../support/fake_okx.ts";
import { redisTest, startRedis } from "../support/redis_server.ts";
import { startService } from "../support/service.ts";
import { waitFor } from "../support/wait.ts";

/** This machine's clock is so much ahead while `body` runs. */
async function shifted<T>(byMs: number, body: () => Promise<T>): Promise<T> {
  const { now } = Date;
  Date.now = () => now() + byMs;
  try {
    return await body();
  } finally {
    Date.now = now;
  }
}

redisTest("no clock makes old rows fresh or fresh ones old", async () => {
  await using server = await startRedis();
  await using okx = startFakeOkx();
  // The service's clock is an hour ahead from its start.
  await shifted(3_600_000, async () => {
    await using run = await startService({
      endpoint: okx.url,
      redisUrl: server.url,
      channels: ["tickers:A-USDT"],
    });
    const connection = await waitFor("a connection", () => okx.current());
    await waitFor("subscribed", () => connection.asked("subscribe").length > 0);
    connection.push({ channel: "tickers", instId: "A-USDT" }, [{ instId: "A-USDT", last: "1", ts: "1" }]);
    await waitFor("the row", async () => ((await run.sub("tickers:A-USDT"))?.receivedAt ?? 0) > 0);
    const [seconds] = await run.redis.time();
    assert.ok(
      Math.abs(((await run.sub("tickers:A-USDT"))?.receivedAt ?? 0) - Number(seconds) * 1000) < 60_000,
    );
    assert.ok(await run.client.get("test", "tickers:A-USDT", { maxAgeMs: 60_000 }));
    for (const byMs of [-86_400_000, 86_400_000]) {
      await shifted(
        byMs,
        async () => assert.ok(await run.client.get("test", "tickers:A-USDT", { maxAgeMs: 60_000 })),
      );
    }
    const here = (await run.client.subscriptionsHere("test")).get("tickers:A-USDT")?.receivedAt ?? 0;
    assert.ok(Math.abs(Date.now() - here) < 60_000);
  });
});

redisTest("a row of the future is an error, also for accounts that may not ask for the time", async () => {
  await using server = await startRedis();
  await using okx = startFakeOkx();
  await using run = await startService({ endpoint: okx.url, redisUrl: server.url, channels: [] });
  const put = (receivedAt: number) =>
    run.redis.hset(
      "okex/foreign/subs",
      "tickers:A-USDT",
      JSON.stringify({ state: "live", since: 1, receivedAt }),
    );
  await run.redis.hset("okex/foreign/tickers:A-USDT", "last", "1");
  await run.redis.acl("SETUSER", "reader", "on", ">pw", "~*", "&*", "+@all", "-time");
  await using reader = await connect({ redisUrl: server.url.replace("redis://", "redis://reader:pw@") });
  for (const client of [run.client, reader]) {
    await put(Date.now() + 3_600_000);
    await assert.rejects(client.get("foreign", "tickers:A-USDT", { maxAgeMs: 1000 }), /in the future/);
    await put(Date.now());
    assert.ok(await client.get("foreign", "tickers:A-USDT", { maxAgeMs: 60_000 }));
  }
});

redisTest("a quiet service notices within seconds that Redis does not answer", async () => {
  await using server = await startRedis();
  await using okx = startFakeOkx();
  await using run = await startService({
    endpoint: okx.url,
    redisUrl: server.url,
    channels: ["tickers:A-USDT"],
    settings: { HTTP: "127.0.0.1:0" },
  });
  const ready = async () => (await (await fetch(`${run.service.httpUrl}/readyz`)).text()).trim();
  await waitFor("ready", async () => await ready() === "ok");
  await waitFor("an answer", () => run.service.view().stats.answeredAt);
  server.pause();
  const reason = await waitFor("the reason", async () => /Redis .*/.exec(await ready())?.[0]);
  assert.match(reason, /^Redis (has not answered|is away: no answer) for \d+ s/);
  server.resume();
  await waitFor("ready again", async () => await ready() === "ok");
});
