/** Runs one group of tests as a child process, and reads what it prints. The child ends with everything that it started. */
import { STRICT } from "../../tests/support/needs.ts";
import { writeBundles } from "./bundles.ts";
import { createOutputReader, type Tally } from "./output.ts";

/** How a group is run. */
export type RunOptions = {
  readonly files: readonly string[];
  readonly jobs: number;
  /** Decides the order of files and of tests. */
  readonly seed: number;
  /** Beyond this the run is ended, and has failed. */
  readonly deadlineMs: number;
  /** Ends the run, which has failed then. */
  readonly signal: AbortSignal;
  /** Called with every line as it comes, and with what is known after it. */
  readonly onLine: (line: string, tally: Tally) => void;
};

/** Bundles for each worker: few enough to share what they load, enough that none waits long for the last. */
const BUNDLES_PER_JOB = 3;

/** Lines that are shown of a run that broke off. */
const TAIL = 60;

/** Runs the files; what broke off counts as one failure more. */
export async function runGroup(options: RunOptions): Promise<Tally> {
  const { files, jobs, seed, deadlineMs, signal, onLine } = options;
  await using bundles = await writeBundles(files, { count: jobs * BUNDLES_PER_JOB, seed });
  const child = new Deno.Command(Deno.execPath(), {
    // Types are checked once, by `deno task check`.
    args: ["test", "-A", "--no-check", "--doc", "--parallel", `--shuffle=${seed}`, ...bundles.files],
    env: { NO_COLOR: "1", DENO_JOBS: String(jobs), [STRICT]: "1" },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
    // With a process group of its own, which the servers and programs that tests start are in.
    detached: true,
  }).spawn();
  let late = false;
  const end = () => killGroup(child.pid);
  const timer = setTimeout(() => {
    late = true;
    end();
  }, deadlineMs);
  signal.addEventListener("abort", end);
  if (signal.aborted) end();
  const reader = createOutputReader();
  const tail: string[] = [];
  const keep = (line: string) => {
    tail.push(line);
    if (tail.length > TAIL) tail.shift();
    onLine(line, reader.tally);
  };
  const take = (line: string) => {
    reader.take(line);
    keep(line);
  };
  const [status] = await Promise.all([
    child.status,
    eachLine(child.stdout, take),
    eachLine(child.stderr, keep),
  ]);
  clearTimeout(timer);
  signal.removeEventListener("abort", end);
  end();
  const { tally } = reader;
  if (!status.success && tally.failed === 0 || !tally.complete) {
    tally.failed += 1;
    tally.failing.push(
      signal.aborted
        ? "interrupted"
        : late
        ? `not over after ${deadlineMs / 1000} s`
        : `broke off with code ${status.code}`,
    );
    if (tally.errors.length === 0) tally.errors.push(...tail);
  }
  return tally;
}

/** Ends what is left of a process group. */
function killGroup(leader: number): void {
  try {
    Deno.kill(-leader, "SIGKILL");
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}

async function eachLine(
  stream: ReadableStream<Uint8Array<ArrayBuffer>>,
  take: (line: string) => void,
): Promise<void> {
  let rest = "";
  for await (const part of stream.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + part).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) take(line);
  }
  if (rest !== "") take(rest);
}
