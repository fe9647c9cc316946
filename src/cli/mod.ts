/** The command line as a whole: what commands there are, and how their ends become exit codes. */
import { Command, type CommanderError, type CommandUnknownOpts } from "@commander-js/extra-typings";
import { VERSION } from "../shared/version.ts";
import { checkCommand } from "./check/mod.ts";
import { addShortCommands, clientCommand } from "./client/mod.ts";
import { completionsCommand } from "./completions/mod.ts";
import { valuesCommand } from "./completions/values.ts";
import { demoCommand } from "./demo/mod.ts";
import { doctorCommand } from "./doctor/mod.ts";
import { EXIT, explain, UsageError } from "./shared/exit.ts";
import { formatParserFault, waysBelow, wayTo } from "./shared/faults.ts";
import { exportCommand } from "./export/mod.ts";
import { healthCommand } from "./health/mod.ts";
import { addHelp, helpCommand, helpIn } from "./shared/help.ts";
import { initCommand } from "./init/mod.ts";
import { type Io, isColoured } from "./terminal/io.ts";
import { mockCommand } from "./mock/mod.ts";
import { unneededBy } from "./terminal/permissions.ts";
import { recordCommand } from "./record/mod.ts";
import { replayCommand } from "./replay/mod.ts";
import { redisAclCommand } from "./redis_acl/mod.ts";
import { addServeOptions, runServe, serveCommand } from "./serve/mod.ts";
import { logsCommand, serviceCommand } from "./service/mod.ts";
import { topCommand } from "./top/mod.ts";
import { upgradeCommand } from "./upgrade/mod.ts";
import { versionCommand } from "./version/mod.ts";
import { languageOf, loadLanguage, type Translate, translator } from "./i18n/translate.ts";

/** The commands besides `serve` and the short forms; each gets its input and output, and passes its exit code on. */
const COMMANDS = [
  clientCommand,
  initCommand,
  checkCommand,
  demoCommand,
  mockCommand,
  recordCommand,
  replayCommand,
  exportCommand,
  redisAclCommand,
  topCommand,
  doctorCommand,
  healthCommand,
  serviceCommand,
  logsCommand,
  completionsCommand,
  versionCommand,
  upgradeCommand,
];

/** Runs one command line (without the program's name) and returns its exit code; never throws. */
export async function run(args: readonly string[], io: Io): Promise<number> {
  const t = await loadLanguage(languageOf(io.environment));
  let code: number = EXIT.done;
  // Which command it was that found a mistake in its own arguments.
  let started = "";
  const program = createProgram(io, (value) => code = value);
  program.hook("preAction", (_, action) => {
    started = wayTo(action);
    io.giveUp?.(unneededBy(started));
  });
  try {
    await program.parseAsync([...args], { from: "user" });
    return code;
  } catch (error) {
    const explained = explain(error, t);
    if (explained.message !== "") io.note(explained.message);
    if (error instanceof UsageError) io.note(hint(started, t));
    return explained.code;
  }
}

/** Returns the tree of all commands, which writes through `io`. */
export function createProgram(io: Io, exit: (code: number) => void): CommandUnknownOpts {
  const t = translator(io);
  const program = new Command("okws")
    .description(t("okws.about"))
    .version(`okws ${VERSION}`, "--version", t("help.version"))
    .enablePositionalOptions()
    .helpCommand(false)
    .allowExcessArguments();
  addServeOptions(program, t).action(async (flags, command) => {
    if (command.args.length > 0) (command as unknown as { unknownCommand(): never }).unknownCommand();
    if (Object.keys(flags).length === 0) command.help();
    exit(await runServe(flags, io));
  });
  addHelp(program, {
    examples: [
      ["okws demo", "okws.example_demo"],
      ["okws check -c okws.yaml", "okws.example_check"],
      ["okws serve -c okws.yaml", "okws.example_serve"],
      ["okws status", "okws.example_status"],
      ["okws help get", "okws.example_help"],
    ],
    exits: {
      0: "exit.done",
      1: "exit.refused_or_failed",
      2: "exit.usage_or_config",
      3: "exit.no_service",
      4: "exit.no_redis",
      5: "exit.stale",
    },
  });
  program.addCommand(serveCommand(io, exit));
  addShortCommands(program, io, exit);
  for (const make of COMMANDS) program.addCommand(make(io, exit));
  program.addCommand(valuesCommand(io, exit), { hidden: true });
  program.addCommand(helpCommand(t));
  guard(program, io, t);
  return program;
}

/** Makes the parser throw instead of exiting, write through `io`, and use the reader's language, in every command. */
function guard(command: CommandUnknownOpts, io: Io, t: Translate, root = command): void {
  command.exitOverride((error: CommanderError) => {
    throw error;
  });
  command.configureOutput({
    writeOut: (text) => io.print(text.trimEnd()),
    writeErr: (text) => io.note(text.trimEnd()),
    outputError: (text, write) => {
      const way = wayTo(command);
      const fault = formatParserFault(text, { ways: waysBelow(root), way, rest: command.args.slice(1) });
      write(`okws: ${t.sentence(fault)}`);
      write(hint(way, t));
    },
    getOutHasColors: () => isColoured(io),
    getErrHasColors: () => isColoured(io),
  });
  command.configureHelp(helpIn(t, isColoured(io)));
  command.helpOption("-h, --help", t("help.option"));
  command.showSuggestionAfterError();
  // The program itself has a help command of its own, which knows the commands inside commands too.
  if (command.parent !== null && command.commands.length > 0) {
    command.helpCommand("help [command]", t("help.group_command"));
  }
  for (const child of command.commands) guard(child, io, t, root);
}

/** Returns the last line of every mistake in usage. */
function hint(way: string, t: Translate): string {
  return `okws: ${way === "" ? t("help.see") : t("help.see_command", { way })}`;
}
