/** The Go recipe, compiled with the go-redis that is among the downloaded modules, and run; the test downloads nothing. */
import { testWith } from "../support/needs.ts";
import { waitFor } from "../support/wait.ts";
import { type Block, blocksOf, readPage } from "./blocks.ts";
import { startEnvironment } from "./environment.ts";

testWith(
  ["redis-server", "go-redis"],
  "the Go recipe prints the first row, then rows and trades as they come",
  async () => {
    const blocks = blocksOf(await readPage("docs/recipes.md"));
    const find = (language: string) => blocks.find((block) => block.language === language) as Block;
    await using environment = await startEnvironment(find("yaml").text);
    const row = "okex/test/tickers:BTC-USDT";
    await waitFor("a row", async () => await environment.redis.exists(row) === 1, { deadlineMs: 60_000 });
    await environment.run(find("go"), { until: [/^first [\d.]+$/m, /^row [\d.]+$/m, /^trade \d+ [\d.]+$/m] });
  },
);
