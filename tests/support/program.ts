/**
 * The program as a user has it: a child process with arguments, pipes, signals and an exit code. OKWS_BIN names the
 * executable to drive; without it the sources run, with the permissions that an executable has.
 */
import { fileURLToPath } from "node:url";
import { PERMISSIONS } from "../../scripts/compile.ts";
import { waitFor, withTimeout } from "./wait.ts";

/** What is different from the tests' own surroundings. No OKWS_ variable of theirs reaches the program, and no language. */
export type ProgramOptions = {
  /** An undefined one is not set. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly cwd?: string;
};

/** What a program that has ended left behind. */
export type Ran = { readonly code: number; readonly stdout: string; readonly stderr: string };

/** A program under way. Disposing kills it, if it still runs. */
export type Program = AsyncDisposable & {
  readonly pid: number;
  /** Complete lines so far, in the order of their arrival. */
  readonly stdout: readonly string[];
  readonly stderr: readonly string[];
  /** Everything that it wrote, for failures and for searching. */
  text(): string;
  /** The first line of either stream that matches; rejects when the program ends without one. */
  waitForLine(pattern: RegExp, options?: { deadlineMs?: number }): Promise<RegExpMatchArray>;
  kill(signal: Deno.Signal): void;
  /** The exit code, once it has ended and everything that it wrote is here. */
  ended(deadlineMs?: number): Promise<number>;
  /** Sends the signal and waits for the end. */
  stop(signal?: Deno.Signal, deadlineMs?: number): Promise<number>;
};

/** Longest life of a program that is run to its end. */
const TIMEOUT_MS = 60_000;

/** Runs a program to its end; kills it, and throws, when it takes too long. */
export async function runOkws(
  args: readonly string[],
  options: ProgramOptions & { stdin?: string; timeoutMs?: number } = {},
): Promise<Ran> {
  const { stdin, timeoutMs = TIMEOUT_MS } = options;
  const child = command(args, options, stdin === undefined ? "null" : "piped").spawn();
  const output = child.output();
  if (stdin !== undefined) {
    const writer = child.stdin.getWriter();
    await writer.write(new TextEncoder().encode(stdin));
    await writer.close();
  }
  try {
    const { code, stdout, stderr } = await withTimeout(
      `the end of okws ${args.join(" ")}`,
      output,
      timeoutMs,
    );
    const decoder = new TextDecoder();
    return { code, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) };
  } catch (error) {
    child.kill("SIGKILL");
    await output;
    throw error;
  }
}

/** Starts a program that goes on until it is stopped. */
export function startOkws(args: readonly string[], options: ProgramOptions = {}): Program {
  const child = command(args, options, "null").spawn();
  const stdout: string[] = [];
  const stderr: string[] = [];
  let code: number | undefined;
  const end = Promise.all([child.status, gather(child.stdout, stdout), gather(child.stderr, stderr)])
    .then(([status]) => code = status.code);
  const text = () => [...stdout, ...stderr].join("\n");
  const ended = (deadlineMs = TIMEOUT_MS) =>
    withTimeout(`the end of okws ${args.join(" ")}`, end, deadlineMs);
  const kill = (signal: Deno.Signal) => {
    if (code === undefined) child.kill(signal);
  };
  return {
    pid: child.pid,
    stdout,
    stderr,
    text,
    kill,
    ended,
    async waitForLine(pattern, { deadlineMs = TIMEOUT_MS } = {}) {
      const find = () => [...stdout, ...stderr].map((line) => line.match(pattern)).find((found) => found);
      await waitFor(`${pattern} from okws ${args.join(" ")}`, () => find() || code !== undefined, {
        deadlineMs,
      });
      const found = find();
      if (!found) throw new Error(`okws ${args.join(" ")} ended with ${code} before ${pattern}:\n${text()}`);
      return found;
    },
    async stop(signal = "SIGTERM", deadlineMs = TIMEOUT_MS) {
      kill(signal);
      return await ended(deadlineMs);
    },
    async [Symbol.asyncDispose]() {
      kill("SIGKILL");
      await end;
    },
  };
}

/** The words that start the program: for a shell, a pseudo-terminal or a supervisor. */
export function commandLine(args: readonly string[]): [program: string, ...args: string[]] {
  const file = (name: string) => fileURLToPath(new URL(`../../${name}`, import.meta.url));
  const own = Deno.env.get("OKWS_BIN");
  // Relative to where the tests were started: the program itself may be started elsewhere.
  if (own) return [own.startsWith("/") ? own : `${Deno.cwd()}/${own}`, ...args];
  const options = ["--quiet", "--no-prompt", "--config", file("deno.json")];
  return [Deno.execPath(), "run", ...PERMISSIONS, ...options, file("main.ts"), ...args];
}

function command(args: readonly string[], options: ProgramOptions, stdin: "null" | "piped"): Deno.Command {
  const [program, ...rest] = commandLine(args);
  return new Deno.Command(program, {
    args: rest,
    clearEnv: true,
    // A configuration of whoever runs the tests is no part of them.
    env: definedOf({ ...inherited(), OKWS_CONFIG: "", ...options.env }),
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    stdin,
    stdout: "piped",
    stderr: "piped",
  });
}

/** Variables that have a value. */
export function definedOf(environment: Readonly<Record<string, string | undefined>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(environment).filter((each): each is [string, string] => each[1] !== undefined),
  );
}

function inherited(): Record<string, string> {
  const others = Object.entries(Deno.env.toObject()).filter(([name]) =>
    !/^(OKWS_|FORCE_COLOR$|NO_COLOR$|LC_|LANG)/.test(name)
  );
  return Object.fromEntries(others);
}

/** Reads a stream to its end, line by line. */
async function gather(stream: ReadableStream<Uint8Array<ArrayBuffer>>, lines: string[]): Promise<void> {
  let rest = "";
  for await (const part of stream.pipeThrough(new TextDecoderStream())) {
    const pieces = (rest + part).split("\n");
    rest = pieces.pop() ?? "";
    lines.push(...pieces);
  }
  if (rest !== "") lines.push(rest);
}
