/**
 * `deno task test` and `deno task test:system`: runs a suite, shows little while it goes well and everything of what
 * failed, says once what was skipped and why, and closes with a count.
 */
import { redisProgram } from "../../tests/support/redis_program.ts";
import { interruptSignal } from "./interrupt.ts";
import type { Tally } from "./output.ts";
import { createProgress, mergeSkipped, renderCount, renderSkipped } from "./report.ts";
import { runGroup } from "./run.ts";
import { filesOf, SUITES } from "./suites.ts";
import { readTaskArguments, refuseTaskArguments } from "../../tests/support/task_arguments.ts";

const USAGE = `deno task test [--seed N] [--verbose] [--skipped] [PART…]
deno task test:system [the same]

  PART        only files whose path holds this text, as in: deno task test integration/books
  --seed N    the order of files and tests; printed with every run
  --verbose   every test as it ends
  --skipped   the names of what was skipped
`;

/** Far beyond what a group takes on a slow and busy machine. */
const DEADLINE_MS = 20 * 60_000;

/** Runs the suites one after the other and returns what became of their groups. */
export async function runSuite(
  suite: string,
  options: {
    readonly filter?: readonly string[];
    readonly seed: number;
    readonly verbose?: boolean;
    readonly write: (text: string) => void;
    readonly terminal: boolean;
    readonly signal: AbortSignal;
  },
): Promise<Tally[]> {
  const { filter = [], seed, verbose = false, write, terminal, signal } = options;
  const tallies: Tally[] = [];
  for (const group of SUITES[suite] ?? []) {
    const files = await filesOf(group, filter);
    if (files.length === 0 || signal.aborted) continue;
    const start = performance.now();
    const progress = createProgress(group.name, write, terminal);
    const tally = await runGroup({
      files,
      jobs: group.jobs,
      seed,
      deadlineMs: DEADLINE_MS,
      signal,
      onLine(line, so) {
        if (verbose) write(`${line}\n`);
        else progress.show(so);
      },
    });
    progress.end();
    const seconds = Math.round((performance.now() - start) / 1000);
    write(`${group.name}: ${tally.passed} passed, ${tally.failed} failed, ${seconds} s\n`);
    if (!verbose && tally.errors.length > 0) write(`${tally.errors.join("\n")}\n`);
    if (!verbose && tally.failing.length > 0) write(`Failed:\n  ${tally.failing.join("\n  ")}\n`);
    tallies.push(tally);
  }
  return tallies;
}

/** What the tests run with. */
export function describeMachine(seed: number): string {
  const redis = redisProgram === undefined
    ? "no redis-server or valkey-server"
    : `${redisProgram.kind} ${redisProgram.version} (${redisProgram.server})`;
  return `Deno ${Deno.version.deno}, ${redis}, seed ${seed}`;
}

if (import.meta.main) {
  const write = (text: string) => void Deno.stdout.writeSync(new TextEncoder().encode(text));
  try {
    const { values, positionals: [suite = "", ...filter] } = readTaskArguments({
      seed: { type: "string" },
      verbose: { type: "boolean" },
      skipped: { type: "boolean" },
    }, USAGE);
    const seed = values.seed === undefined ? Math.floor(Math.random() * 2 ** 31) : Number(values.seed);
    if (!Number.isSafeInteger(seed) || seed < 0) {
      throw new TypeError(`--seed takes a whole number: ${values.seed}`);
    }
    const signal = interruptSignal();
    write(`${describeMachine(seed)}\n`);
    const tallies = await runSuite(suite, {
      filter,
      seed,
      write,
      terminal: Deno.stdout.isTerminal(),
      signal,
      ...(values.verbose ? { verbose: true } : {}),
    });
    if (signal.aborted) Deno.exit(130);
    if (tallies.length === 0) throw new TypeError(`No test file has a path with: ${filter.join(", ")}`);
    if (values.skipped) {
      for (const [need, names] of mergeSkipped(tallies)) write(`${need}:\n  ${names.join("\n  ")}\n`);
    }
    const skipped = renderSkipped(tallies);
    if (skipped !== "") write(`${skipped}\n`);
    write(`${renderCount(tallies)}\n`);
    Deno.exit(tallies.some(({ failed }) => failed > 0) ? 1 : 0);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    refuseTaskArguments(error.message, USAGE);
  }
}
