/**
 * Child processes of the harness: their lines with the time of arrival, signals, and one register of all that run, so
 * that an interrupted run leaves none behind.
 */
import { waitFor, withTimeout } from "../../tests/support/wait.ts";

/** One line that a child wrote, on either stream. `at`: Unix milliseconds. */
export type Line = { readonly at: number; readonly text: string };

/** A child under way. Disposing kills it. */
export type Child = AsyncDisposable & {
  readonly pid: number;
  /** The newest lines of both streams. */
  readonly lines: readonly Line[];
  /** The exit code; undefined while it runs. */
  readonly code: () => number | undefined;
  kill(signal: Deno.Signal): void;
  ended(deadlineMs?: number): Promise<number>;
  waitForLine(pattern: RegExp, deadlineMs?: number): Promise<RegExpMatchArray>;
};

/** What a program that has ended left behind. */
export type Ran = { readonly code: number; readonly stdout: string; readonly stderr: string };

type Options = { readonly env?: Readonly<Record<string, string>>; readonly cwd?: string };

const MOST_LINES = 20_000;

const running = new Set<Deno.ChildProcess>();

/** Kills every child that still runs, at once; for the end of an interrupted harness. */
export function killChildren(): void {
  for (const child of running) {
    try {
      child.kill("SIGKILL");
    } catch {
      // Ended by itself.
    }
  }
}

/** Starts a program that goes on until it is stopped. */
export function startChild(command: string, args: readonly string[], options: Options = {}): Child {
  const child = spawn(command, args, options);
  const lines: Line[] = [];
  let code: number | undefined;
  const end = Promise.all([child.status, gather(child.stdout, lines), gather(child.stderr, lines)])
    .then(([status]) => code = status.code);
  child.status.finally(() => running.delete(child));
  const kill = (signal: Deno.Signal) => {
    if (running.has(child)) child.kill(signal);
  };
  const ended = (deadlineMs = 20_000) => withTimeout(`the end of ${command}`, end, deadlineMs);
  return {
    pid: child.pid,
    lines,
    code: () => code,
    kill,
    ended,
    async waitForLine(pattern, deadlineMs = 20_000) {
      const find = () => lines.map(({ text }) => text.match(pattern)).find((found) => found);
      await waitFor(`${pattern} from ${command}`, () => find() || code !== undefined, { deadlineMs });
      const found = find();
      if (found) return found;
      throw new Error(`${command} ended with ${code} before ${pattern}:\n${textOf(lines.slice(-20))}`);
    },
    async [Symbol.asyncDispose]() {
      // A stopped process takes no other signal.
      kill("SIGCONT");
      kill("SIGKILL");
      await end;
    },
  };
}

/** Runs a program to its end; kills it, and throws, when it takes too long. */
export async function runChild(
  command: string,
  args: readonly string[],
  options: Options & { timeoutMs?: number } = {},
): Promise<Ran> {
  const child = spawn(command, args, options);
  const output = child.output();
  try {
    const { code, stdout, stderr } = await withTimeout(
      `${command} ${args.join(" ")}`,
      output,
      options.timeoutMs ?? 30_000,
    );
    const decoder = new TextDecoder();
    return { code, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) };
  } catch (error) {
    child.kill("SIGKILL");
    await output;
    throw error;
  } finally {
    running.delete(child);
  }
}

/** Lines as one text. */
export function textOf(lines: readonly Line[]): string {
  return lines.map(({ text }) => text).join("\n");
}

function spawn(command: string, args: readonly string[], { env = {}, cwd }: Options): Deno.ChildProcess {
  const own = Object.entries(Deno.env.toObject()).filter(([name]) =>
    !/^(OKWS_|FORCE_COLOR$|NO_COLOR$)/.test(name)
  );
  const child = new Deno.Command(command, {
    args: [...args],
    clearEnv: true,
    env: { ...Object.fromEntries(own), ...env },
    ...(cwd === undefined ? {} : { cwd }),
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  running.add(child);
  return child;
}

async function gather(stream: ReadableStream<Uint8Array<ArrayBuffer>>, lines: Line[]): Promise<void> {
  let rest = "";
  for await (const part of stream.pipeThrough(new TextDecoderStream())) {
    const pieces = (rest + part).split("\n");
    rest = pieces.pop() ?? "";
    const at = Date.now();
    for (const text of pieces) lines.push({ at, text });
    if (lines.length > MOST_LINES) lines.splice(0, MOST_LINES / 2);
  }
  if (rest !== "") lines.push({ at: Date.now(), text: rest });
}
