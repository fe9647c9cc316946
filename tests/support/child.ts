/**
 * Child processes of tests and of the harness: their lines with the time of arrival, signals, and one register of all that
 * run, so that an interrupted run leaves none behind. No OKWS_ variable of ours reaches them, and no language.
 */
import { waitFor, withTimeout } from "./wait.ts";

/** One line that a child wrote, on either stream. `at`: Unix milliseconds. */
export type Line = { readonly at: number; readonly text: string };

/** A child under way. Disposing kills it, if it still runs. */
export type Child = AsyncDisposable & {
  readonly pid: number;
  /** The newest complete lines of both streams, in the order of their arrival, and those of each. */
  readonly lines: readonly Line[];
  readonly stdout: readonly string[];
  readonly stderr: readonly string[];
  /** The exit code, once it has ended and everything that it wrote is here; undefined before. */
  code(): number | undefined;
  kill(signal: Deno.Signal): void;
  /** The exit code, once it is there. */
  ended(deadlineMs?: number): Promise<number>;
  /** The first line of either stream that matches; rejects when the child ends without one. */
  waitForLine(pattern: RegExp, options?: { deadlineMs?: number }): Promise<RegExpMatchArray>;
};

/** What a program that has ended left behind. */
export type Ran = { readonly code: number; readonly stdout: string; readonly stderr: string };

/** What is different from our own surroundings. */
export type Surroundings = {
  /** An undefined one is not set. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly cwd?: string;
};

/** Settings of {@link startChild}. `name`: what it is called where something goes wrong; the command unless given. */
export type ChildOptions = Surroundings & {
  readonly name?: string;
  /** Lines kept of each stream; all unless given. */
  readonly mostLines?: number;
};

/** Longest time that an end, or a line, is waited for. */
const DEADLINE_MS = 60_000;

/** Lines that are shown where one is missing. */
const MAX_SHOWN = 200;

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
export function startChild(command: string, args: readonly string[], options: ChildOptions = {}): Child {
  const { name = command, mostLines = Infinity } = options;
  const child = spawn(command, args, options, "null");
  const lines: Line[] = [];
  const stdout: string[] = [];
  const stderr: string[] = [];
  let code: number | undefined;
  const keep = (own: string[]) => (texts: readonly string[]) => {
    const at = Date.now();
    for (const text of texts) {
      lines.push({ at, text });
      own.push(text);
    }
    for (const each of [lines, own]) if (each.length > mostLines) each.splice(0, mostLines / 2);
  };
  const end = Promise.all([
    child.status.finally(() => running.delete(child)),
    gather(child.stdout, keep(stdout)),
    gather(child.stderr, keep(stderr)),
  ]).then(([status]) => code = status.code);
  const kill = (signal: Deno.Signal) => {
    if (running.has(child)) child.kill(signal);
  };
  return {
    pid: child.pid,
    lines,
    stdout,
    stderr,
    code: () => code,
    kill,
    ended: (deadlineMs = DEADLINE_MS) => withTimeout(`the end of ${name}`, end, deadlineMs),
    async waitForLine(pattern, { deadlineMs = DEADLINE_MS } = {}) {
      const find = () => lines.map(({ text }) => text.match(pattern)).find((found) => found);
      await waitFor(`${pattern} from ${name}`, () => find() || code !== undefined, { deadlineMs });
      const found = find();
      if (found) return found;
      throw new Error(`${name} ended with ${code} before ${pattern}:\n${textOf(lines.slice(-MAX_SHOWN))}`);
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
  options: Surroundings & {
    readonly name?: string;
    readonly stdin?: string | undefined;
    readonly timeoutMs?: number;
  } = {},
): Promise<Ran> {
  const { name = `${command} ${args.join(" ")}`, stdin, timeoutMs = DEADLINE_MS } = options;
  const child = spawn(command, args, options, stdin === undefined ? "null" : "piped");
  const output = child.output();
  try {
    if (stdin !== undefined) {
      const writer = child.stdin.getWriter();
      await writer.write(new TextEncoder().encode(stdin));
      await writer.close();
    }
    const { code, stdout, stderr } = await withTimeout(`the end of ${name}`, output, timeoutMs);
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

function spawn(
  command: string,
  args: readonly string[],
  { env = {}, cwd }: Surroundings,
  stdin: "null" | "piped",
): Deno.ChildProcess {
  const others = Object.entries(Deno.env.toObject()).filter(([name]) =>
    !/^(OKWS_|FORCE_COLOR$|NO_COLOR$|LC_|LANG)/.test(name)
  );
  const child = new Deno.Command(command, {
    args: [...args],
    clearEnv: true,
    env: definedOf({ ...Object.fromEntries(others), ...env }),
    ...(cwd === undefined ? {} : { cwd }),
    stdin,
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  running.add(child);
  return child;
}

/** Variables that have a value. */
export function definedOf(environment: Readonly<Record<string, string | undefined>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(environment).filter((each): each is [string, string] => each[1] !== undefined),
  );
}

/** Reads a stream to its end, line by line. */
async function gather(
  stream: ReadableStream<Uint8Array<ArrayBuffer>>,
  keep: (texts: readonly string[]) => void,
): Promise<void> {
  let rest = "";
  for await (const part of stream.pipeThrough(new TextDecoderStream())) {
    const pieces = (rest + part).split("\n");
    rest = pieces.pop() ?? "";
    keep(pieces);
  }
  if (rest !== "") keep([rest]);
}
