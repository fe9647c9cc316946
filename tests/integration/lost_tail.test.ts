/** A Redis that comes back without the last of what it had taken, as after a crash, or as a replica that was behind. */
import assert from "node:assert/strict";
import { startFakeOkx } from "../support/fake_okx.ts";
import { freePort } from "../support/free_port.ts";
import { redisTest, startRedis } from "../support/redis_server.ts";
import { startService } from "../support/service.ts";
import { waitFor } from "../support/wait.ts";

const ARG = { channel: "trades", instId: "A-USDT" };
const STREAM = "okex/test/trades:A-USDT";
const TS = 1_795_363_200_000;

function trade(id: number): Record<string, string> {
  const when = String(TS + id);
  return { instId: "A-USDT", tradeId: String(id), px: "1", sz: "1", side: "buy", ts: when, count: "1" };
}

redisTest("what a Redis had taken and lacks when it is back is added again, in order and once", async () => {
  const port = freePort();
  const folder = await Deno.makeTempDir({ prefix: "okws-tail-" });
  const args = ["--dir", folder, "--dbfilename", "copy.rdb"];
  const first = await startRedis({ port, args });
  try {
    await using okx = startFakeOkx();
    await using run = await startService({
      endpoint: okx.url,
      redisUrl: first.url,
      channels: ["trades:A-USDT"],
      lookMs: 200,
    });
    const { redis } = run;
    await waitFor("the path", async () => (await run.sub("trades:A-USDT"))?.state === "live");
    const pushed = async (from: number, to: number) => {
      for (let id = from; id <= to; id++) okx.current()?.push(ARG, [trade(id)]);
      await waitFor(`${to} trades`, async () => await redis.xlen(STREAM) === to);
    };
    await pushed(1, 5);
    await redis.save();
    await pushed(6, 12);
    await first.kill();
    await waitFor("the loss to be noticed", () => run.service.view().outage !== "");
    okx.current()?.push(ARG, [trade(13)]);
    await using _second = await startRedis({ port, args });
    await waitFor("all of them", async () => await redis.xlen(STREAM).catch(() => 0) === 13);
    const ids = (await redis.xrange(STREAM, "-", "+")).map(([, fields]) =>
      fields[fields.indexOf("tradeId") + 1]
    );
    assert.deepEqual(ids, Array.from({ length: 13 }, (_, i) => String(i + 1)));
    const epoch = await redis.get("okex/test/epoch");
    await waitFor("a look at it", async () => await redis.get("okex/test/epoch") !== epoch);
    assert.equal(await redis.xlen("okex/test/gaps"), 0);
  } finally {
    await first.kill();
    await Deno.remove(folder, { recursive: true }).catch(() => {});
  }
});
