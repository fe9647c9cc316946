/** When an environment is well again. */
import { waitFor } from "../../tests/support/wait.ts";
import { pathsOf } from "./watched.ts";
import type { Environment } from "./environment.ts";

/** Trades that happened after this call are in Redis, for every stream. */
export async function flows(environment: Environment, deadlineMs = 30_000): Promise<void> {
  const { exchange, prefix, redis, watched } = environment;
  await Promise.all(watched.trades.map(async (path) => {
    const { last } = await exchange.trades(path.split(":")[1] ?? "");
    await waitFor(`new trades of ${path}`, async () => {
      const [entry] = await redis.client.xrevrange(`${prefix}/${path}`, "+", "-", "COUNT", 1);
      const cells = entry?.[1] ?? [];
      return Number(cells[cells.indexOf("tradeId") + 1]) > last;
    }, { deadlineMs, everyMs: 50 });
  }));
}

/** Everything says that it is well, and new data comes through. */
export async function recovered(environment: Environment, deadlineMs: number): Promise<void> {
  const end = Date.now() + deadlineMs;
  await environment.waitReady(deadlineMs);
  await waitFor("P/status to say so", async () => {
    const status = await environment.redis.client.get(`${environment.prefix}/status`);
    return status === "ON_DATA" || status === "CONNECTED";
  }, { deadlineMs: Math.max(1000, end - Date.now()), everyMs: 50 });
  await waitFor("every path to be live", async () => {
    const subs = await environment.redis.client.hgetall(`${environment.prefix}/subs`);
    const down = pathsOf(environment.watched).filter((path) =>
      !(subs[path] ?? "").includes('"state":"live"')
    );
    if (down.length > 0) throw new Error(`not live: ${down.join(", ")}`);
    return true;
  }, { deadlineMs: Math.max(1000, end - Date.now()), everyMs: 50 });
  await flows(environment, Math.max(5000, end - Date.now()));
}
