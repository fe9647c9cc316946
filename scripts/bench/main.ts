// deno-lint-ignore-file no-console -- it prints its findings
/**
 * `deno task bench`: what a message costs from the exchange into Redis, and how long it takes: okws beside the plain way,
 * a bare relay and what redis-benchmark gets out of the same Redis, and beside other libraries on request. All figures of
 * a run are of one machine, to be read as ratios. `docs/benchmarks.md` says how it is measured.
 */
import { redisProgram } from "../../tests/support/redis_program.ts";
import { readTaskArguments, refuseTaskArguments } from "../../tests/support/task_arguments.ts";
import { interruptSignal } from "../test/interrupt.ts";
import { runBench } from "./bench.ts";
import { compareRuns } from "./check.ts";
import { OPTIONS, type Options, readOptions, USAGE } from "./options.ts";
import { writeGenerated } from "../generated_files.ts";
import { benchmarkFiles, PAGE, RUN_FILE } from "./page.ts";
import { openPeers } from "./peers/install.ts";
import { formatRun, parseRun, type Run } from "./run.ts";
import { renderText } from "./table.ts";

const WRONG_USAGE = 2;
const INTERRUPTED = 130;

const signal = interruptSignal();
try {
  Deno.exit(await main());
} catch (error) {
  if (signal.aborted) {
    console.error("Interrupted: what was started is ended");
    Deno.exit(INTERRUPTED);
  }
  console.error(error instanceof Error ? error.message : String(error));
  Deno.exit(error instanceof TypeError || error instanceof SyntaxError ? WRONG_USAGE : 1);
}

async function main(): Promise<number> {
  const options = await withExecutable(readArguments());
  const need = Deno.build.os !== "linux" ? "Linux, where /proc says what a process costs" : "redis-server";
  if (Deno.build.os !== "linux" || redisProgram === undefined) {
    throw new Error(`Cannot measure: it needs ${need}`);
  }
  const baseline = options.check === undefined ? undefined : await readBaseline(options.check);
  const run = await measureAll(options);
  for (const line of options.json ? [formatRun(run).trimEnd()] : renderText(run)) console.log(line);
  if (options.write) {
    const text = formatRun(run);
    await Deno.writeTextFile(RUN_FILE, text);
    await writeGenerated(await benchmarkFiles());
    console.error(`Written: ${RUN_FILE}, and from it ${PAGE} and its chart`);
  }
  return baseline === undefined ? 0 : reportComparison(baseline, run);
}

function readArguments(): Options {
  const read = readTaskArguments(OPTIONS, USAGE);
  try {
    return readOptions(read);
  } catch (error) {
    return refuseTaskArguments((error as Error).message, USAGE);
  }
}

/** The executable by its whole path: programs are started in folders of their own. */
async function withExecutable(options: Options): Promise<Options> {
  if (options.bin === undefined) return options;
  try {
    return { ...options, bin: await Deno.realPath(options.bin) };
  } catch {
    throw new TypeError(
      `Cannot measure ${options.bin}: there is no such file; build it with \`deno task compile\``,
    );
  }
}

async function measureAll(options: Options): Promise<Run> {
  const report = (line: string) => console.error(line);
  await using peers = options.peers ? await openPeers({ ...options, signal, report }) : undefined;
  return await runBench(options, {
    peers: peers?.peers ?? [],
    skipped: peers?.skipped ?? [],
    signal,
    report,
  });
}

async function readBaseline(file: string): Promise<Run> {
  try {
    return parseRun(await Deno.readTextFile(file));
  } catch (error) {
    if (error instanceof SyntaxError) throw new SyntaxError(`Cannot compare with ${file}: ${error.message}`);
    throw new TypeError(
      `Cannot compare with ${file}: it cannot be read; name a file that --json has printed`,
    );
  }
}

/** On stderr, so that the data of `--json` stay data. */
function reportComparison(baseline: Run, run: Run): number {
  const { worse, better, compared, missing } = compareRuns(baseline, run);
  for (const line of [...missing, ...better, ...worse]) console.error(line);
  if (compared === 0) {
    console.error("Nothing could be compared");
    return WRONG_USAGE;
  }
  console.error(`${compared} ratios compared, ${worse.length} worse by more than 15 %`);
  return worse.length === 0 ? 0 : 1;
}
