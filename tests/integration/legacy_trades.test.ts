/** Legacy trades of several instruments in the one index that they share: each keeps its own rows, whatever ids others have. */
import assert from "node:assert/strict";
import { type FakeOkx, startFakeOkx } from "../support/fake_okx.ts";
import { redisTest, startRedis } from "../support/redis_server.ts";
import { type Running, startService } from "../support/service.ts";
import { waitFor } from "../support/wait.ts";

const AT = Date.UTC(2026, 10, 27, 12);
const KEEP = 5;

function start(okx: FakeOkx, redisUrl: string): Promise<Running> {
  return startService({
    ...{ endpoint: okx.url, redisUrl, settings: { MAX_ROW: KEEP } },
    channels: ["spot/trade:BIG-USDT", "spot/trade:NEW-USDT"],
  });
}

async function push(okx: FakeOkx, instId: string, ids: readonly number[], ts = AT): Promise<void> {
  const connection = await waitFor("a connection that is subscribed", () => {
    const current = okx.current();
    return current?.asked("subscribe").some((arg) => arg.instId === instId) ? current : undefined;
  });
  for (const [i, id] of ids.entries()) {
    const row = {
      instId,
      tradeId: String(id),
      px: "1",
      sz: "1",
      side: "buy",
      ts: String(ts + i),
      count: "1",
    };
    connection.push({ channel: "trades", instId }, [row]);
  }
}

const idsOf = async ({ client }: Running, path: string): Promise<string[]> =>
  ((await client.get("test", path)) as { trade_id: string }[]).map((row) => row.trade_id);

redisTest(
  "an instrument keeps its newest trades although another one has higher ids, and equal ids do not meet",
  async () => {
    await using redis = await startRedis();
    await using okx = startFakeOkx();
    {
      await using running = await start(okx, redis.url);
      await push(okx, "BIG-USDT", [700, 701, 702, 703, 704, 705, 706]);
      await push(okx, "NEW-USDT", [1, 2, 3, 706]);
      await waitFor(
        "all of the second",
        async () => (await idsOf(running, "spot/trade:NEW-USDT")).length === 4,
      );
      assert.deepEqual(await idsOf(running, "spot/trade:NEW-USDT"), ["1", "2", "3", "706"]);
      assert.deepEqual(await idsOf(running, "spot/trade:BIG-USDT"), ["702", "703", "704", "705", "706"]);
      const key = "okex/test/spot/trade";
      assert.equal(await running.redis.hget(`${key}/706`, "instrument_id"), "BIG-USDT");
      assert.equal(await running.redis.hget(`${key}/706@NEW-USDT`, "trade_id"), "706");
      assert.equal(await running.redis.zscore(key, "706@NEW-USDT"), "706");
      assert.equal(await running.redis.exists(`${key}/700`), 0, "what was trimmed took its row along");
      assert.equal(await running.redis.zcard(key), 9);
    }
    // Another process knows whose rows there are, and that ids which begin again belong to newer trades.
    await using running = await start(okx, redis.url);
    await push(okx, "NEW-USDT", [702], AT + 1000);
    await push(okx, "BIG-USDT", [1], AT + 1000);
    await waitFor("both", async () =>
      (await idsOf(running, "spot/trade:NEW-USDT")).includes("702") &&
      (await idsOf(running, "spot/trade:BIG-USDT")).includes("1"));
    assert.deepEqual(await idsOf(running, "spot/trade:NEW-USDT"), ["1", "2", "3", "706", "702"]);
    assert.deepEqual(await idsOf(running, "spot/trade:BIG-USDT"), ["703", "704", "705", "706", "1"]);
  },
);
