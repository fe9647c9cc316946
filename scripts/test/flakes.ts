/**
 * `deno task flakes`: runs the suites again and again beside processes that keep every core busy, each time in another
 * order, and prints every test that failed at least once with the seed and its output.
 */
import { interruptSignal } from "./interrupt.ts";
import { describeMachine, runSuite } from "./main.ts";
import { renderCount } from "./report.ts";
import { SUITES } from "./suites.ts";
import { readTaskArguments, refuseTaskArguments } from "../../tests/support/task_arguments.ts";

const USAGE = `deno task flakes [RUNS] [--suite fast|system] [--seed N] [--loops N] [PART…]

  RUNS         how often each suite is run, in another order each time (3)
  --suite S    one suite instead of both
  --seed N     the seed of the first run; the next runs count on from it
  --loops N    busy processes beside the tests (2)
  PART         only files whose path holds this text
`;

/** What one process does all the time. */
const LOOP = "while (true) Math.sqrt(Math.random());";

type Failure = { readonly test: string; readonly suite: string; readonly seed: number };

/** Keeps cores busy until it is disposed of. */
function startLoops(count: number): AsyncDisposable {
  const children = Array.from({ length: count }, () =>
    new Deno.Command(Deno.execPath(), {
      args: ["eval", LOOP],
      stdin: "null",
      stdout: "null",
      stderr: "null",
    }).spawn());
  return {
    async [Symbol.asyncDispose]() {
      for (const child of children) child.kill("SIGKILL");
      await Promise.all(children.map(({ status }) => status));
    },
  };
}

/** Returns everything that failed. */
async function hunt(
  options: {
    readonly suites: readonly string[];
    readonly runs: number;
    readonly seed: number;
    readonly loops: number;
    readonly filter: readonly string[];
    readonly write: (text: string) => void;
    readonly signal: AbortSignal;
  },
): Promise<Failure[]> {
  const { suites, runs, seed, loops, filter, write, signal } = options;
  const failures: Failure[] = [];
  await using _ = startLoops(loops);
  for (let run = 0; run < runs; run++) {
    for (const suite of suites) {
      if (signal.aborted) return failures;
      write(`Run ${run + 1} of ${runs}, ${suite}, seed ${seed + run}\n`);
      const tallies = await runSuite(suite, {
        filter,
        seed: seed + run,
        write,
        terminal: Deno.stdout.isTerminal(),
        signal,
      });
      write(`${renderCount(tallies)}\n`);
      for (const test of tallies.flatMap(({ failing }) => failing)) {
        failures.push({ test, suite, seed: seed + run });
      }
    }
  }
  return failures;
}

if (import.meta.main) {
  const write = (text: string) => void Deno.stdout.writeSync(new TextEncoder().encode(text));
  const { values, positionals } = readTaskArguments({
    suite: { type: "string" },
    seed: { type: "string" },
    loops: { type: "string" },
  }, USAGE);
  const counted = /^\d+$/.test(positionals[0] ?? "");
  const runs = counted ? Number(positionals[0]) : 3;
  const seed = Number(values.seed ?? Math.floor(Math.random() * 2 ** 31));
  const loops = Number(values.loops ?? 2);
  const known = values.suite === undefined || values.suite in SUITES;
  if (!known) refuseTaskArguments(`There is no suite ${values.suite}`, USAGE);
  if (!Number.isSafeInteger(seed) || !Number.isSafeInteger(loops) || runs < 1) {
    refuseTaskArguments("Runs, seeds and loops are whole numbers", USAGE);
  }
  const signal = interruptSignal();
  write(`${describeMachine(seed)}, ${loops} busy processes\n`);
  const failures = await hunt({
    suites: values.suite === undefined ? Object.keys(SUITES) : [values.suite],
    runs,
    seed,
    loops,
    filter: positionals.slice(counted ? 1 : 0),
    write,
    signal,
  });
  for (const [test, times] of Map.groupBy(failures, (failure) => failure.test)) {
    write(`${test}\n  failed with ${times.map((each) => `${each.suite} --seed ${each.seed}`).join(", ")}\n`);
  }
  write(`${runs} runs, ${failures.length} failures\n`);
  Deno.exit(signal.aborted ? 130 : failures.length > 0 ? 1 : 0);
}
