/**
 * What was bought and what was sold by takers, second by second, from trades of which none is lost.
 *
 *     deno run --allow-net --allow-env examples/typescript/order_flow.ts trades:BTC-USDT [SECONDS]
 */
import { connect } from "okws";

const [path, limit = "Infinity"] = Deno.args;
if (path === undefined || path.startsWith("-") || !(Number(limit) > 0)) {
  // deno-lint-ignore no-console -- a program for a terminal
  console.error("usage: order_flow.ts PATH [SECONDS], as in: order_flow.ts trades:BTC-USDT 60");
  Deno.exit(2);
}
await using okws = await connect({ redisUrl: Deno.env.get("REDIS_URL") ?? "redis://localhost" });

let left = Number(limit);
let second = 0;
let flow = { buy: 0, sell: 0 };
for await (const trade of okws.follow(Deno.env.get("OKWS_SERVER") ?? "test", path)) {
  const at = Math.floor(Number(trade.ts) / 1000);
  if (at > second && second > 0) {
    const delta = flow.buy - flow.sell;
    // deno-lint-ignore no-console -- a program for a terminal
    console.log(`${new Date(second * 1000).toISOString()} ${delta > 0 ? "+" : ""}${delta.toFixed(4)}`);
    flow = { buy: 0, sell: 0 };
    if (--left <= 0) break;
  }
  second = Math.max(second, at);
  flow[trade.side === "sell" ? "sell" : "buy"] += Number(trade.sz);
}
