/**
 * A run against a stored one. Absolute times say more of the machine than of okws, so each figure is divided by the same
 * one of a program that changes little, measured in the same run: the bare relay, else the plain way.
 */
import { counterpart } from "./ratios.ts";
import type { Result, Run } from "./run.ts";
import { isOurs, nameOf } from "./scenario.ts";

/** By how much a ratio may grow. */
const TOLERANCE = 0.15;

/** What the comparison says, a line each. */
export type Comparison = {
  readonly worse: readonly string[];
  readonly better: readonly string[];
  /** What one of the runs lacks. */
  readonly missing: readonly string[];
  /** Ratios that both runs have. */
  readonly compared: number;
};

/** A figure: less is better but for `landed`. `slack`: differences that are chance, however large beside small figures. */
type Figure = {
  readonly name: string;
  readonly slack: number;
  read(of: Result): number | undefined;
};

const FIGURES: readonly Figure[] = [
  { name: "CPU a message", slack: 0, read: ({ cpuMicros }) => cpuMicros },
  { name: "Redis CPU a message", slack: 0, read: ({ redisMicros }) => redisMicros },
  { name: "commands a message", slack: 0, read: ({ commands }) => commands },
  { name: "bytes a message", slack: 0, read: ({ bytes }) => bytes },
  { name: "peak memory", slack: 0, read: ({ peakMb }) => peakMb },
  { name: "time between messages that land", slack: 0, read: ({ landed }) => 1 / landed },
  { name: "p50", slack: 0.2, read: ({ latencyMs }) => latencyMs?.p50 },
  { name: "p99", slack: 1, read: ({ latencyMs }) => latencyMs?.p99 },
  { name: "p99.9", slack: 4, read: ({ latencyMs }) => latencyMs?.p999 },
];

/** Programs that figures are divided by, the better one first. */
const REFERENCES: readonly string[] = ["relay", "plain"];

export function compareRuns(baseline: Run, run: Run): Comparison {
  const worse: string[] = [];
  const better: string[] = [];
  const missing: string[] = [];
  let compared = 0;
  for (const now of run.results.filter(({ program }) => isOurs(program))) {
    const before = counterpart(baseline, now, {});
    const references = REFERENCES.flatMap((program) => {
      const [then, today] = [counterpart(baseline, now, { program }), counterpart(run, now, { program })];
      return then === undefined || today === undefined ? [] : [{ program, then, today }];
    });
    const [reference] = references;
    if (before === undefined || reference === undefined) {
      const what = before === undefined
        ? "the stored run does not have it"
        : "no relay and no plain way in both runs";
      missing.push(`not compared: ${nameOf(now)}: ${what}`);
      continue;
    }
    for (const figure of FIGURES) {
      const values = [before, reference.then, now, reference.today].map((each) => figure.read(each));
      const [was, wasBeside, is, isBeside] = values;
      if (was === undefined || wasBeside === undefined || is === undefined || isBeside === undefined) {
        continue;
      }
      compared += 1;
      const [old, fresh] = [was / wasBeside, is / isBeside];
      const line = `${nameOf(now)}: ${figure.name}: ${old.toFixed(2)}x of ${reference.program} before, ` +
        `${fresh.toFixed(2)}x now`;
      if (fresh > old * (1 + TOLERANCE) && is - old * isBeside > figure.slack) worse.push(`worse: ${line}`);
      if (fresh < old * (1 - TOLERANCE) && old * isBeside - is > figure.slack) better.push(`better: ${line}`);
    }
  }
  // What ran before and ends with an error now is worse than any figure.
  for (const before of baseline.results.filter(({ program }) => isOurs(program))) {
    const failure = run.skipped.find(({ what }) => what === nameOf(before));
    if (failure === undefined) continue;
    compared += 1;
    worse.push(`worse: ${failure.what}: not measured: ${failure.reason}`);
  }
  return { worse, better, missing, compared };
}
