/** A Redis that is full takes no state: what is in it is not taken for kept up all the same. */
import assert from "node:assert/strict";
import { readinessFaults } from "../../src/http/readiness.ts";
import { StaleError } from "../../src/shared/errors.ts";
import { startFakeOkx } from "../support/fake_okx.ts";
import { redisTest, startRedis } from "../support/redis_server.ts";
import { openRedis, startService } from "../support/service.ts";
import { waitFor } from "../support/wait.ts";

redisTest("a server has no status while Redis is full, and has it again when there is room", async () => {
  const path = "books5:A-USDT";
  await using server = await startRedis();
  await using okx = startFakeOkx();
  const { redis, [Symbol.asyncDispose]: close } = await openRedis(server.url);
  await using _ = { [Symbol.asyncDispose]: close };
  await using run = await startService({ endpoint: okx.url, redisUrl: server.url, channels: [path] });
  const push = (seqId: number) =>
    okx.current()?.push({ channel: "books5", instId: "A-USDT" }, [
      { asks: [["2", "1", "0", "1"]], bids: [["1", "1", "0", "1"]], ts: String(seqId), seqId },
    ]);
  await waitFor("the answer", async () => (await run.sub(path))?.state === "syncing");
  push(1);
  const get = () => run.client.get("test", path, { maxAgeMs: 3_600_000 });
  await waitFor("a fresh book", () => get().catch(() => undefined));
  await redis.config("SET", "maxmemory-policy", "noeviction");
  await redis.config("SET", "maxmemory", "1");
  push(2);
  await waitFor("the status to go", async () => await redis.exists("okex/test/status") === 0);
  await assert.rejects(get(), StaleError);
  assert.equal(await redis.hget(`okex/test/${path}`, "state"), "live", "nothing can be written");
  assert.match(readinessFaults(run.service.view(), Date.now()).join("\n"), /OOM/);
  await redis.config("SET", "maxmemory", "0");
  await waitFor("the status", () => redis.get("okex/test/status"));
  await waitFor("the newest book", async () => await redis.hget(`okex/test/${path}`, "seqId") === "2");
  assert.ok(await get());
});
