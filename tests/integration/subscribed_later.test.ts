/** Series that a command subscribes go on where an earlier process left them. */
import assert from "node:assert/strict";
import { healthy, startFakeOkx } from "../support/fake_okx.ts";
import { redisTest, startRedis } from "../support/redis_server.ts";
import { openRedis, startService } from "../support/service.ts";
import { waitFor } from "../support/wait.ts";

const PATH = "liquidation-orders:SWAP";

redisTest("what the exchange repeats at a command's subscription is in its stream once", async () => {
  await using server = await startRedis();
  const { redis, [Symbol.asyncDispose]: close } = await openRedis(server.url);
  await using _ = { [Symbol.asyncDispose]: close };
  const event = (sz: string) => {
    return { instType: "SWAP", instId: "A-USDT-SWAP", details: [{ sz, side: "buy", bkPx: "1", ts: sz }] };
  };
  const row = Object.entries(event("1")).flatMap(([name, value]) => [
    name,
    typeof value === "string" ? value : JSON.stringify(value),
  ]);
  await redis.xadd(`okex/test/${PATH}`, "1-0", ...row);
  await using okx = startFakeOkx((connection) => ({
    answer: (request) => {
      // The repetition comes with the answer, as early as it can.
      for (const arg of request.op === "subscribe" ? request.args : []) {
        queueMicrotask(() => connection.push(arg, [event("1"), event("2")]));
      }
      return healthy(request);
    },
  }));
  await using run = await startService({ endpoint: okx.url, redisUrl: server.url });
  const sizes = async () =>
    (await redis.xrange(`okex/test/${PATH}`, "-", "+")).map(([, fields]) => {
      const at = fields.indexOf("details");
      return (JSON.parse(fields[at + 1] ?? "[]") as { sz: string }[]).map(({ sz }) => sz).join();
    });
  await run.client.subscribe("test", PATH);
  await waitFor("the new one", async () => (await sizes()).includes("2"));
  assert.deepEqual(await sizes(), ["1", "2"]);

  // Commands about one server are carried out in their order, whatever has to be read for the first of them.
  const before = run.service.view().stats.commands;
  const commands = ["subscribe", "unsubscribe", "subscribe", "unsubscribe"].map((op) =>
    JSON.stringify({ op, name: "test", args: ["liquidation-orders:FUTURES"] })
  );
  for (const command of commands) void redis.publish("trade-ws", command);
  await waitFor("the commands", () => run.service.view().stats.commands === before + commands.length);
  await run.client.subscribe("test", "tickers:A-USDT");
  const paths = run.service.view().servers[0]?.subscriptions.map(({ path }) => path) ?? [];
  assert.deepEqual(paths.sort(), [PATH, "tickers:A-USDT"]);
});
