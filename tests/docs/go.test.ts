/**
 * The Go recipe, compiled and run. Defined only where there is a Go with go-redis among its downloaded modules
 * (`go mod download github.com/redis/go-redis/v9@v9.23.0`); the test itself downloads nothing.
 */
import { hasRedis } from "../support/redis_server.ts";
import { waitFor } from "../support/wait.ts";
import { type Block, blocksOf, readPage } from "./blocks.ts";
import { goRedis, startWorld } from "./world.ts";

if (hasRedis && goRedis !== undefined) {
  Deno.test("the Go recipe prints the first row, then rows and trades as they come", async () => {
    const blocks = blocksOf(await readPage("docs/recipes.md"));
    const find = (language: string) => blocks.find((block) => block.language === language) as Block;
    await using world = await startWorld(find("yaml").text);
    const row = "okex/test/tickers:BTC-USDT";
    await waitFor("a row", async () => await world.redis.exists(row) === 1, { deadlineMs: 60_000 });
    await world.run(find("go"), { until: [/^first [\d.]+$/m, /^row [\d.]+$/m, /^trade \d+ [\d.]+$/m] });
  });
}
