/**
 * What of docs/benchmarks.md follows from docs/benchmarks.json, the run that is kept: its table, and the chart.
 *
 *   deno run --allow-read --allow-write scripts/bench/page.ts
 */
import { renderChart } from "./chart.ts";
import { parseRun, type Run } from "./run.ts";
import { renderMarkdown } from "./table.ts";

export const RUN_FILE = "docs/benchmarks.json";
export const PAGE = "docs/benchmarks.md";
export const CHART = "docs/images/benchmarks.svg";

const START = "<!-- figures: written by scripts/bench/page.ts -->";
const END = "<!-- end of figures -->";

if (import.meta.main) await writePage(parseRun(await Deno.readTextFile(RUN_FILE)));

/** Writes the table and the chart. */
export async function writePage(run: Run): Promise<void> {
  await Deno.writeTextFile(PAGE, withFigures(await Deno.readTextFile(PAGE), run));
  await Deno.writeTextFile(CHART, renderChart(run));
}

/** The page with the figures of a run. Throws SyntaxError when it has no place for them. */
export function withFigures(page: string, run: Run): string {
  const start = page.indexOf(START);
  const end = page.indexOf(END);
  if (start < 0 || end < start) throw new SyntaxError(`No place for the figures: ${START} … ${END}`);
  return `${page.slice(0, start + START.length)}\n\n${renderMarkdown(run)}\n\n${page.slice(end)}`;
}
