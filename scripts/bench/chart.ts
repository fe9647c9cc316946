/**
 * A chart of a run as SVG, without any library: for each kind of work and rate a bar for each program, CPU time of the
 * program and of Redis for one message, with what landed, latency and memory beside it in figures. Its colours follow the reader's.
 */
import { groupResults } from "./ratios.ts";
import type { Result, Run } from "./run.ts";
import { isOurs } from "./scenario.ts";
import { titleOf } from "./table.ts";

const WIDTH = 860;
const ROW = 22;
const HEAD = 34;
const MARGIN = 16;

/** Where the columns begin, or end where they are of numbers. */
const BAR = 190;
const BAR_WIDTH = 320;
const LANDED = 690;
const P99 = 770;
const PEAK = WIDTH - MARGIN;

/** Bars that are longer than so many times the median one are cut: the others would be too small to be compared. */
const MOST_MEDIANS = 4;

const STYLE = `text { font: 13px system-ui, sans-serif; fill: #24292f }
.dim { fill: #57606a } .head { font-weight: 600 } .right { text-anchor: end }
.ours { fill: #0969da } .other { fill: #8c959f } .redis { fill: #d4a72c }
@media (prefers-color-scheme: dark) {
text { fill: #e6edf3 } .dim { fill: #9198a1 }
.ours { fill: #4493f8 } .other { fill: #656c76 } .redis { fill: #bb8009 } }`;

export function renderChart(run: Run): string {
  const groups = groupResults(run);
  const parts: string[] = [];
  let y = MARGIN + 14;
  parts.push(text({ x: MARGIN, y, cls: "head" }, "CPU time for one message, from the exchange into Redis"));
  y += 22;
  parts.push(...legend(y));
  for (const group of groups) {
    y += HEAD;
    parts.push(text({ x: MARGIN, y, cls: "head" }, headingOf(group[0] as Result)));
    for (const [x, name] of [[LANDED, "landed"], [P99, "p99"], [PEAK, "memory"]] as const) {
      parts.push(text({ x, y, cls: "dim right" }, name));
    }
    const most = scaleOf(group);
    for (const each of group) {
      y += ROW;
      parts.push(...rowOf(run, each, { y, most }));
    }
  }
  const height = y + MARGIN + 4;
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${height}" viewBox="0 0 ${WIDTH} ${height}" ` +
    `role="img" aria-label="CPU time for one message by program, kind of work and rate; the table has the figures">\n` +
    `<style>\n${STYLE}\n</style>\n${parts.join("\n")}\n</svg>\n`;
}

function legend(y: number): string[] {
  const entries = [["ours", "okws"], ["other", "other programs"], ["redis", "Redis"]] as const;
  return entries.flatMap(([cls, label], i) => {
    const x = MARGIN + i * 130;
    return [rectangle({ x, y: y - 11, width: 12, cls }), text({ x: x + 18, y, cls: "dim" }, label)];
  }).concat(text({ x: PEAK, y, cls: "dim right" }, "each block has a scale of its own; … is cut"));
}

function rowOf(run: Run, each: Result, { y, most }: { readonly y: number; readonly most: number }): string[] {
  const { cpuMicros, redisMicros, latencyMs, peakMb, program, landed, offered } = each;
  const total = cpuMicros + redisMicros;
  const shown = Math.min(1, total / most) * BAR_WIDTH;
  const own = shown * cpuMicros / total;
  const redis = shown - own;
  const value = `${total > most ? "… " : ""}${digits(cpuMicros)} + ${digits(redisMicros)} µs`;
  return [
    text({ x: MARGIN + 8, y, cls: "" }, titleOf(run, program).replace(/ \(.*/, "")),
    rectangle({ x: BAR, y: y - 12, width: own, cls: isOurs(program) ? "ours" : "other" }),
    rectangle({ x: BAR + own, y: y - 12, width: redis, cls: "redis" }),
    text({ x: BAR + own + redis + 6, y, cls: "dim" }, value),
    text({ x: LANDED, y, cls: "right" }, `${digits(landed / offered * 100)} %`),
    ...(latencyMs === undefined ? [] : [text({ x: P99, y, cls: "right" }, `${digits(latencyMs.p99)} ms`)]),
    text({ x: PEAK, y, cls: "right" }, `${Math.round(peakMb)} MB`),
  ];
}

/** What the whole width stands for. */
function scaleOf(group: readonly Result[]): number {
  const totals = group.map(({ cpuMicros, redisMicros }) => cpuMicros + redisMicros).sort((a, b) => a - b);
  const median = totals[Math.floor((totals.length - 1) / 2)] as number;
  return Math.min(totals.at(-1) as number, median * MOST_MEDIANS);
}

function headingOf({ work, offered, tls }: Result): string {
  return `${offered.toLocaleString("en")} ${work === "tickers" ? "tickers" : "book updates"} a second${
    tls ? " through TLS" : ""
  }`;
}

function text(
  { x, y, cls }: { readonly x: number; readonly y: number; readonly cls: string },
  content: string,
): string {
  const name = cls === "" ? "" : ` class="${cls}"`;
  return `<text x="${round(x)}" y="${round(y)}"${name}>${escapeText(content)}</text>`;
}

function rectangle({ x, y, width, cls }: {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly cls: string;
}): string {
  return `<rect x="${round(x)}" y="${round(y)}" width="${round(width)}" height="13" class="${cls}"/>`;
}

function digits(value: number): string {
  return value >= 100 ? Math.round(value).toLocaleString("en") : value.toFixed(value >= 10 ? 0 : 1);
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

function escapeText(content: string): string {
  return content.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
