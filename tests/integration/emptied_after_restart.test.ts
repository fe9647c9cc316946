/** A Redis that is emptied after a restart: the rows of the process before are gone too, and the record covers them. */
import assert from "node:assert/strict";
import { startFakeOkx } from "../support/fake_okx.ts";
import { redisTest, startRedis } from "../support/redis_server.ts";
import { openRedis, startService } from "../support/service.ts";
import { waitFor } from "../support/wait.ts";

const PATH = "liquidation-orders:SWAP";
const KEY = `okex/test/${PATH}`;

redisTest("the record of a stream that is gone covers the rows of an earlier process", async () => {
  await using server = await startRedis();
  await using okx = startFakeOkx();
  const { redis, [Symbol.asyncDispose]: close } = await openRedis(server.url);
  await using _ = { [Symbol.asyncDispose]: close };
  const push = (ts: number) =>
    okx.current("public")?.push({ channel: "liquidation-orders", instType: "SWAP" }, [
      {
        instId: "A-USDT-SWAP",
        instType: "SWAP",
        details: [{ side: "buy", sz: "1", bkPx: "1", ts: String(ts) }],
      },
    ]);
  const life = () => startService({ endpoint: okx.url, redisUrl: server.url, channels: [PATH], lookMs: 20 });
  const isLive = (run: Awaited<ReturnType<typeof life>>) =>
    waitFor("live", async () => (await run.sub(PATH))?.state === "live");
  const now = Date.now();
  {
    await using run = await life();
    await isLive(run);
    push(now - 2000);
    await waitFor("a row", async () => await redis.xlen(KEY) === 1);
  }
  await using run = await life();
  await isLive(run);
  push(now - 1000);
  await waitFor("the next row", async () => await redis.xlen(KEY) === 2);
  await waitFor("the mark", () => redis.get("okex/test/epoch"));
  await redis.flushall();
  const record = await waitFor("the record", async () => {
    const entries = await redis.xrange("okex/test/gaps", "-", "+");
    return entries.map(([, flat]) => fieldsOf(flat)).find((each) => each.path === PATH && each.rows === "1");
  });
  assert.deepEqual([record.outcome, record.from], ["not", "0"]);
});

function fieldsOf(flat: readonly string[]): Record<string, string> {
  const fields: Record<string, string> = {};
  for (let i = 0; i + 1 < flat.length; i += 2) fields[flat[i] as string] = flat[i + 1] as string;
  return fields;
}
