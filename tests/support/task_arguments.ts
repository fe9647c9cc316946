// deno-lint-ignore-file no-console -- it prints for the person who calls a task
/** The arguments of a task: `--help` prints its usage, and a mistake names itself and ends with 2. */
import { parseArgs, type ParseArgsOptionsConfig } from "node:util";

/** Reads the arguments of this process. Ends it after `--help`, with 0, and after a mistake, with 2. */
export function readTaskArguments<Options extends ParseArgsOptionsConfig>(options: Options, usage: string) {
  if (Deno.args.some((arg) => arg === "--help" || arg === "-h")) {
    console.log(usage);
    Deno.exit(0);
  }
  try {
    return parseArgs({ args: Deno.args, allowPositionals: true, options });
  } catch (error) {
    return refuseTaskArguments((error as Error).message, usage);
  }
}

/** Says what is wrong with the arguments of this process, and how they are meant. */
export function refuseTaskArguments(what: string, usage: string): never {
  // What the parser adds about arguments that begin with a dash helps nobody here.
  console.error(`${what.split(/\. (?=To )/)[0]}\n\n${usage}`);
  Deno.exit(2);
}
