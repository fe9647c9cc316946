/** Outcomes as a table: for a terminal, and as Markdown. Pure. */
import type { Outcome } from "./case.ts";

const HEAD = ["fault", "sent", "landed", "lost", "announced", "recovered after", "verdict"];
/** Signs shown of one row; the rest is counted. */
const MOST_SIGNS = 6;

/** Lines of text; the long column of signs comes last, so that the rest stays in line. */
export function renderTable(outcomes: readonly Outcome[]): string {
  const rows = [HEAD, ...outcomes.map(cellsOf)].map((
    [name, sent, landed, lost, announced, time, verdict],
  ) => [
    name,
    sent,
    landed,
    lost,
    time,
    verdict,
    announced,
  ]);
  const widths = rows[0]?.map((_, column) => Math.max(...rows.map((row) => (row[column] ?? "").length))) ??
    [];
  const lines = rows.map((row) =>
    row.map((cell = "", column) => column === row.length - 1 ? cell : cell.padEnd(widths[column] ?? 0)).join(
      "  ",
    )
  );
  const faults = outcomes.flatMap(({ name, faults }) => faults.map((fault) => `${name}: ${fault}`));
  return [...lines, ...(faults.length > 0 ? ["", ...faults] : [])].join("\n");
}

/** A Markdown table. */
export function renderMarkdown(outcomes: readonly Outcome[]): string {
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
  return [line(HEAD), line(HEAD.map(() => "---")), ...outcomes.map((outcome) => line(cellsOf(outcome)))].join(
    "\n",
  );
}

function cellsOf(outcome: Outcome): string[] {
  const { title, trades, announced, announcedMs, recoveredMs, notes, faults } = outcome;
  const lost = trades === undefined
    ? "-"
    : `${trades.lost}${trades.lost > 0 ? ` (${trades.recorded} recorded)` : ""}${
      trades.twice > 0 ? `, ${trades.twice} twice` : ""
    }`;
  const more = announced.length > MOST_SIGNS ? [`${announced.length - MOST_SIGNS} more`] : [];
  const signs = [...announced.slice(0, MOST_SIGNS), ...more, ...notes].join("; ");
  return [
    title,
    String(trades?.sent ?? "-"),
    String(trades?.landed ?? "-"),
    lost,
    announcedMs === undefined ? signs || "nothing to announce" : `after ${seconds(announcedMs)}: ${signs}`,
    recoveredMs === undefined ? "-" : seconds(recoveredMs),
    faults.length === 0 ? "recovered" : "FAILED",
  ];
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}
