/** The command line as a whole: what commands there are, and how their ends become exit codes. */
import { Command, type CommanderError } from "@commander-js/extra-typings";
import { VERSION } from "../version.ts";
import { checkCommand } from "./check.ts";
import { clientCommand } from "./client.ts";
import { demoCommand } from "./demo.ts";
import { EXIT, explain } from "./exit.ts";
import type { Io } from "./io.ts";
import { mockCommand } from "./mock.ts";
import { addServeOptions, runServe, serveCommand } from "./serve.ts";

/** Runs one command line (without the program's name) and answers its exit code; never throws. */
export async function run(args: readonly string[], io: Io): Promise<number> {
  let code: number = EXIT.done;
  const exit = (value: number) => code = value;
  const program = new Command("okws")
    .description("OKX exchange data in Redis, fresh and unattended")
    .version(`okws ${VERSION}`, "--version", "print the version")
    .enablePositionalOptions()
    // Both go without saying only in a program that does nothing by itself; this one serves.
    .helpCommand(true)
    .allowExcessArguments()
    .showSuggestionAfterError();
  addServeOptions(program as unknown as Command)
    .addHelpText(
      "after",
      `
Start here:
  okws demo                      everything on this machine, without network or Redis
  okws check -c okws.yaml        check a configuration
  okws serve -c okws.yaml        run the service (also: okws -c okws.yaml)
  okws client status             what a running service is doing

Exit codes: 0 done · 1 refused or failed · 2 wrong usage or configuration · 3 no okws service is listening ·
            4 Redis cannot be reached · 5 data older than --max-age, or none`,
    )
    .action(async (flags, command) => {
      if (command.args.length > 0) (command as unknown as { unknownCommand(): never }).unknownCommand();
      if (Object.keys(flags).length === 0) command.help();
      exit(await runServe(flags, io));
    });
  for (const make of [serveCommand, clientCommand, checkCommand, demoCommand, mockCommand]) {
    program.addCommand(make(io, exit) as never);
  }
  guard(program as unknown as Command, io);
  try {
    await program.parseAsync(withDeepHelp(args), { from: "user" });
    return code;
  } catch (error) {
    const explained = explain(error);
    if (explained.message !== "") io.note(explained.message);
    return explained.code;
  }
}

/** `help client get` asks for the help of the innermost command, which the parser itself knows as `client get --help`. */
function withDeepHelp(args: readonly string[]): string[] {
  return args[0] === "help" && args.length > 2 ? [...args.slice(1), "--help"] : [...args];
}

/** Makes the parser throw instead of exiting, and write through `io`, in every command. */
function guard(command: Command, io: Io): void {
  command.exitOverride((error: CommanderError) => {
    throw error;
  });
  command.configureOutput({
    writeOut: (text) => io.print(text.trimEnd()),
    writeErr: (text) => io.note(text.trimEnd()),
    outputError: (text, write) => write(`okws: ${text.replace(/^error: /, "")}`),
  });
  command.showSuggestionAfterError();
  for (const child of command.commands) guard(child as unknown as Command, io);
}
