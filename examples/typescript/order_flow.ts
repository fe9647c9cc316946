/**
 * What was bought and what was sold by takers, second by second, from trades of which none is lost.
 *
 *     deno run --allow-net --allow-env examples/typescript/order_flow.ts trades:BTC-USDT [SECONDS]
 *
 * Ends with 2 where the call is wrong, with 1 where Redis cannot be read.
 */
import { CommandError, connect } from "okws";

function fail(why: string, code: number): never {
  // deno-lint-ignore no-console -- a program for a terminal
  console.error(why);
  Deno.exit(code);
}

async function addUp(path: string, seconds: number): Promise<void> {
  await using okws = await connect({ redisUrl: Deno.env.get("REDIS_URL") ?? "redis://localhost" });
  let left = seconds;
  let second = 0;
  let flow = { buy: 0, sell: 0 };
  for await (const trade of okws.follow(Deno.env.get("OKWS_SERVER") ?? "test", path)) {
    const { side, sz, ts } = trade;
    if ((side !== "buy" && side !== "sell") || sz === undefined || ts === undefined) {
      fail(`${path} has no trades, its rows have no side, sz and ts`, 2);
    }
    const at = Math.floor(Number(ts) / 1000);
    if (at > second && second > 0) {
      const delta = flow.buy - flow.sell;
      // deno-lint-ignore no-console -- a program for a terminal
      console.log(`${new Date(second * 1000).toISOString()} ${delta > 0 ? "+" : ""}${delta.toFixed(4)}`);
      flow = { buy: 0, sell: 0 };
      if (--left <= 0) break;
    }
    second = Math.max(second, at);
    flow[side] += Number(sz);
  }
}

const [path, limit = "Infinity"] = Deno.args;
if (path === undefined || path.startsWith("-") || !(Number(limit) > 0)) {
  fail("usage: order_flow.ts PATH [SECONDS], as in: order_flow.ts trades:BTC-USDT 60", 2);
}
try {
  await addUp(path, Number(limit));
} catch (error) {
  // There is no such path, or Redis is away.
  fail(error instanceof Error ? error.message : String(error), error instanceof CommandError ? 2 : 1);
}
