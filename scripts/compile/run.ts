/** Programs that a build runs, and what it prints. */

/** Why nothing was built, in one line for a person. */
export class BuildError extends Error {
  override readonly name = "BuildError";
}

export type RunOptions = {
  readonly cwd?: string;
  readonly environment?: Readonly<Record<string, string>>;
};

/** Runs a program to its end and returns what it printed. @throws {BuildError} it is not there, or failed */
export async function run(
  program: string,
  args: readonly string[],
  { cwd, environment = {} }: RunOptions = {},
): Promise<string> {
  const decoder = new TextDecoder();
  try {
    const { success, stdout, stderr } = await new Deno.Command(program, {
      args: [...args],
      env: { ...environment },
      stdin: "null",
      ...(cwd === undefined ? {} : { cwd }),
    }).output();
    if (success) return decoder.decode(stdout);
    const report = decoder.decode(stderr) || decoder.decode(stdout);
    throw new BuildError(`${program} ${args[0] ?? ""} failed\n${report}`.trimEnd());
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    throw new BuildError(`There is no program ${program} here`);
  }
}

export async function say(line: string): Promise<void> {
  await Deno.stderr.write(new TextEncoder().encode(`${line}\n`));
}

/** Runs a build and returns its exit code; what keeps it from its end is said. */
export async function exitCodeOf(build: () => Promise<void>): Promise<number> {
  try {
    await build();
    return 0;
  } catch (error) {
    if (!(error instanceof BuildError)) throw error;
    await say(error.message);
    return 1;
  }
}
