/**
 * What of docs/benchmarks.md follows from docs/benchmarks.json, the run that is kept: its table, and the chart.
 *
 *   deno run --allow-read --allow-write scripts/bench/page.ts
 */
import { type GeneratedFiles, renderPages, writeGenerated } from "../generated_files.ts";
import { renderChart } from "./chart.ts";
import { parseRun, type Run } from "./run.ts";
import { renderMarkdown } from "./table.ts";

export const RUN_FILE = "docs/benchmarks.json";
export const PAGE = "docs/benchmarks.md";
export const CHART = "docs/images/benchmarks.svg";

const START = "<!-- figures: written by scripts/bench/page.ts -->";
const END = "<!-- end of figures -->";

if (import.meta.main) await writeGenerated(await benchmarkFiles());

/** The page and its chart as they should be. */
export async function benchmarkFiles(): Promise<GeneratedFiles> {
  const run = parseRun(await Deno.readTextFile(new URL(`../../${RUN_FILE}`, import.meta.url)));
  const page = await renderPages([[PAGE, (text) => withFigures(text, run)]]);
  return new Map([...page, [CHART, renderChart(run)]]);
}

/** The page with the figures of a run. Throws SyntaxError when it has no place for them. */
export function withFigures(page: string, run: Run): string {
  const start = page.indexOf(START);
  const end = page.indexOf(END);
  if (start < 0 || end < start) throw new SyntaxError(`No place for the figures: ${START} … ${END}`);
  return `${page.slice(0, start + START.length)}\n\n${renderMarkdown(run)}\n\n${page.slice(end)}`;
}
