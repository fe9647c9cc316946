/** The figures of a run as a person reads them, on a terminal or in a page. */
import { cpuRatio, groupResults, tlsRatio } from "./ratios.ts";
import type { RedisResult, Result, Run } from "./run.ts";

/** What each program is called. */
const TITLES: Readonly<Record<string, string>> = {
  relay: "bare relay",
  plain: "plain ioredis",
  okws: "okws",
  "okws-top": "okws, BOOK_FULL off",
  "okws-unleased": "okws without a lease",
};

const HEAD: readonly string[] = [
  ...["", "landed/s", "CPU µs", "of relay", "of plain", "Redis µs", "commands", "bytes"],
  ...["p50 ms", "p99 ms", "p99.9 ms", "peak MB"],
];

/** What stands below a share of what was offered did not keep pace. */
const KEPT_PACE = 0.98;

/** Lines for a terminal. */
export function renderText(run: Run): string[] {
  const width = Math.max(...run.results.map(({ program }) => titleOf(run, program).length), 16) + 2;
  const line = (cells: readonly string[]) =>
    cells.map((cell, i) => i === 0 ? cell.padEnd(width) : cell.padStart(10)).join("");
  const groups = groupResults(run).flatMap((group) => [
    "",
    headingOf(group[0] as Result),
    line(HEAD),
    ...group.map((each) => line(cellsOf(run, each)) + (each.note === "" ? "" : `   ${each.note}`)),
  ]);
  const alone = run.redisBenchmark.map((each) => `redis-benchmark, ${each.work}: ${redisLine(each)}`);
  const skipped = run.skipped.map(({ what, reason }) => `not measured: ${what}: ${reason}`);
  return [`${machineLine(run)}`, ...groups, "", ...alone, ...skipped];
}

/** Tables for a page, one for each kind of work and rate. */
export function renderMarkdown(run: Run): string {
  const row = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  const groups = groupResults(run).map((group) =>
    [
      `**${headingOf(group[0] as Result)}**`,
      "",
      row(HEAD.map((cell) => cell || "program")),
      row(HEAD.map((_, i) => i === 0 ? "---" : "---:")),
      ...group.map((each) => row(cellsOf(run, each))),
      ...notesOf(run, group),
    ].join("\n")
  );
  const alone = run.redisBenchmark.map((each) => `- redis-benchmark, ${each.work}: ${redisLine(each)}`);
  const skipped = run.skipped.map(({ what, reason }) => `- Not measured: ${what}: ${reason}`);
  const list = [...alone, ...skipped].join("\n");
  return [machineLine(run), ...groups, ...(list === "" ? [] : [list])].join("\n\n");
}

/** Where and with what a run was made. */
function machineLine({ at, okws, machine, settings }: Run): string {
  const okwsIs = [
    `okws ${okws.version}`,
    ...(okws.commit === "" ? [] : [`commit ${okws.commit}`]),
    okws.program,
  ];
  const load = `load ${machine.load.toFixed(1)} before the start and ${
    machine.loadAtEnd.toFixed(1)
  } at the end`;
  const where = [
    `${machine.cores} × ${machine.cpu}`,
    `${machine.memoryGb} GB`,
    machine.kernel,
    machine.runtime,
  ];
  return `${at.slice(0, 10)}, ${okwsIs.join(", ")}; ${[...where, machine.redis, load].join(", ")}; ` +
    `${settings.seconds} s each.`;
}

function notesOf(run: Run, group: readonly Result[]): string[] {
  const notes = group.filter(({ note }) => note !== "");
  if (notes.length === 0) return [];
  return ["", notes.map(({ program, note }) => `${titleOf(run, program)}: ${note}.`).join(" ")];
}

function headingOf({ work, offered, tls }: Result): string {
  const what = work === "tickers" ? "Tickers" : "Order books";
  return `${what}, ${offered.toLocaleString("en")} messages a second${tls ? " through TLS" : ""}`;
}

/** A program with its version, where it has one of its own. */
export function titleOf({ versions }: Run, program: string): string {
  const version = versions[program];
  return TITLES[program] ?? (version === undefined ? program : `${program} ${version}`);
}

function cellsOf(run: Run, each: Result): string[] {
  const { latencyMs } = each;
  const overTls = tlsRatio(run, each);
  return [
    titleOf(run, each.program) + (overTls === undefined ? "" : ` (${times(overTls)} of that without)`),
    whole(each.landed) + (each.landed < each.offered * KEPT_PACE ? " *" : ""),
    decimals(each.cpuMicros),
    ...["relay", "plain"].map((program) => times(cpuRatio(run, each, program))),
    decimals(each.redisMicros),
    each.commands.toFixed(1),
    whole(each.bytes),
    ...[latencyMs?.p50, latencyMs?.p99, latencyMs?.p999].map((ms) => ms === undefined ? "-" : decimals(ms)),
    whole(each.peakMb),
  ];
}

function redisLine({ landed, redisMicros, note }: RedisResult): string {
  return `${whole(landed)} messages/s, ${decimals(redisMicros)} µs of Redis each (${note})`;
}

function times(ratio: number | undefined): string {
  return ratio === undefined ? "-" : `${ratio.toFixed(2)}x`;
}

function whole(value: number): string {
  return Math.round(value).toLocaleString("en");
}

/** Three digits, or all that stand before the point. */
function decimals(value: number): string {
  return value >= 100 ? whole(value) : value.toFixed(value >= 10 ? 1 : 2);
}
