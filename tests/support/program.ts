/**
 * The program as a user has it: a child process with arguments, pipes, signals and an exit code. OKWS_BIN names the
 * executable to drive; without it the sources run, with the permissions that an executable has.
 */
import { fileURLToPath } from "node:url";
import { PERMISSIONS } from "../../scripts/compile/permissions.ts";
import { type Child, type Ran, runChild, startChild, type Surroundings } from "./child.ts";

export type { Ran };

/** What is different from the tests' own surroundings. */
export type ProgramOptions = Surroundings;

/** A program under way. Disposing kills it, if it still runs. */
export type Program = Child & {
  /** Everything that it wrote, for failures and for searching. */
  text(): string;
  /** Sends the signal and waits for the end. */
  stop(signal?: Deno.Signal, deadlineMs?: number): Promise<number>;
};

/** Runs a program to its end; kills it, and throws, when it takes too long. */
export function runOkws(
  args: readonly string[],
  options: ProgramOptions & { stdin?: string; timeoutMs?: number } = {},
): Promise<Ran> {
  const [program, ...rest] = commandLine(args);
  return runChild(program, rest, { ...options, ...ownOf(args, options) });
}

/** Starts a program that goes on until it is stopped. */
export function startOkws(args: readonly string[], options: ProgramOptions = {}): Program {
  const [program, ...rest] = commandLine(args);
  const child = startChild(program, rest, { ...options, ...ownOf(args, options) });
  return {
    ...child,
    text: () => [...child.stdout, ...child.stderr].join("\n"),
    async stop(signal = "SIGTERM", deadlineMs) {
      child.kill(signal);
      return await child.ended(deadlineMs);
    },
  };
}

/** Its name where something goes wrong; a configuration of the user who runs the tests is no part of them. */
function ownOf(args: readonly string[], { env }: ProgramOptions) {
  return { name: `okws ${args.join(" ")}`, env: { OKWS_CONFIG: "", ...env } };
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
