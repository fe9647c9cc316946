/** docs/benchmarks.md against the run that is kept beside it. */
import assert from "node:assert/strict";
import { parseArgs } from "node:util";
import { renderChart } from "../../scripts/bench/chart.ts";
import { OPTIONS, readOptions, USAGE } from "../../scripts/bench/options.ts";
import { CHART, PAGE, RUN_FILE, withFigures } from "../../scripts/bench/page.ts";
import { parseRun } from "../../scripts/bench/run.ts";
import { readPage } from "./blocks.ts";

Deno.test(`the figures of ${PAGE} and its chart are what ${RUN_FILE} says`, async () => {
  const run = parseRun(await readPage(RUN_FILE));
  const page = await readPage(PAGE);
  assert.ok(page === withFigures(page, run) && await readPage(CHART) === renderChart(run), "deno task gen");
  assert.ok(run.results.some(({ program }) => program === "okws"));
});

Deno.test(`${PAGE} shows commands and names options that there are`, async () => {
  const page = await readPage(PAGE);
  const commands = [...page.matchAll(/^deno task bench(.*?)(?: {2,}#.*| > .*)?$/gm)].map(([, args]) =>
    args as string
  );
  assert.ok(commands.length >= 4);
  for (const command of commands) {
    const args = command.split(" ").filter((each) => each !== "");
    readOptions(parseArgs({ args, allowPositionals: true, options: OPTIONS }));
  }
  for (const [, option = ""] of page.matchAll(/`(--[a-z-]+)/g)) assert.ok(USAGE.includes(option), option);
});
