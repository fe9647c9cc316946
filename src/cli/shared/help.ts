/**
 * Help pages: besides what the parser knows (purpose, arguments, options) every command has examples that work as
 * they stand and the meaning of its exit codes. One place renders all of it, in the reader's language.
 */
import {
  type Argument,
  Command,
  type CommandUnknownOpts,
  Help,
  type Option,
} from "@commander-js/extra-typings";
import type { PlainKey, Translate } from "../i18n/translate.ts";

/** What a command's help says beyond what the parser knows. */
export type CommandHelp = {
  /** Paragraphs before the examples. */
  readonly about?: PlainKey;
  /** Command lines that work as they stand, or with what they are for. */
  readonly examples: readonly (string | readonly [line: string, purpose: PlainKey])[];
  /** Exit codes and their meaning here. */
  readonly exits: Exits;
};

/** Exit codes with their meaning. */
export type Exits = Readonly<Record<number, PlainKey>>;

/** The exit codes of all commands that talk to a running service. */
export const CLIENT_EXITS: Exits = {
  0: "exit.done",
  1: "exit.refused_or_failed",
  2: "exit.usage",
  3: "exit.no_service",
  4: "exit.no_redis",
  5: "exit.stale",
};

const helps = new WeakMap<object, CommandHelp>();

/** Width to which lists of exit codes are broken, and of a title that is set bold on a terminal. */
const COLUMNS = 100;

/** Width of a terminal that lines need no breaking for, and the least that texts beside names are broken to. */
const ORDINARY_WIDTH = 80;
const LEAST_WIDTH = 12;

/** What the parser calls the parts of a page. */
const TITLES: Readonly<Record<string, PlainKey>> = {
  "Usage:": "help.usage",
  "Arguments:": "help.arguments",
  "Options:": "help.options",
  "Commands:": "help.commands",
};

/** Gives a command its examples and exit codes. Returns the command. */
export function addHelp<T extends object>(command: T, help: CommandHelp): T {
  helps.set(command, help);
  return command;
}

/** Returns the help of a command as text, for manual pages and the documentation. */
export function helpOf(command: object): CommandHelp | undefined {
  return helps.get(command);
}

/** Returns how the help of a command is written; for `configureHelp` of every command. */
export function helpIn(t: Translate, bold: boolean): Partial<Help> {
  return {
    styleTitle(title) {
      const key = TITLES[title];
      const shown = key === undefined ? title : t(key);
      return bold ? `\x1b[1m${shown}\x1b[22m` : shown;
    },
    minWidthToWrap: LEAST_WIDTH,
    commandUsage(command) {
      return usageIn(Help.prototype.commandUsage.call(this, command), t);
    },
    subcommandTerm(command) {
      return usageIn(Help.prototype.subcommandTerm.call(this, command), t);
    },
    optionDescription: (option) => describe(option, t),
    argumentDescription: (argument) => describe(argument, t),
    formatHelp(command, helper) {
      const help = helps.get(command);
      const page = Help.prototype.formatHelp.call(helper, command, helper);
      return help === undefined ? page : `${page}\n${renderHelp(help, t, helper).join("\n")}\n`;
    },
  };
}

/** Creates `okws help [COMMAND [SUB]]`: the same page as COMMAND SUB --help, and a suggestion for a command that is none. */
export function helpCommand(t: Translate): CommandUnknownOpts {
  const help = new Command("help").description(t("help.about"))
    .argument("[command...]", t("help.command_argument")).action((names, _, self) => {
      let command = self.parent as CommandUnknownOpts;
      for (const [i, name] of names.entries()) {
        const next = command.commands.find((each) => each.name() === name);
        if (next === undefined) refuse(command, names.slice(i));
        else command = next;
      }
      command.help();
    });
  return addHelp(help, {
    examples: ["okws help", "okws help client get"],
    exits: { 0: "exit.done", 2: "help.no_such_command" },
  });
}

/** The parser's own refusal, which suggests the nearest command. */
function refuse(command: CommandUnknownOpts, names: readonly string[]): never {
  const inner = command as unknown as { args: string[]; unknownCommand(): never };
  inner.args = [...names];
  return inner.unknownCommand();
}

function describe(what: Option | Argument, t: Translate): string {
  const { argChoices, defaultValue } = what;
  const extra = [
    ...(argChoices === undefined ? [] : [t("help.choices", { list: argChoices.join(t("join.comma")) })]),
    // A switch has no value that a reader would have to know.
    ...(typeof defaultValue === "string" || typeof defaultValue === "number"
      ? [t("help.default", { value: defaultValue })]
      : []),
  ];
  const text = what.description;
  return extra.length === 0 ? text : t("join.extra", { text, extra: extra.join("; ") }).trim();
}

/** What the parser puts into a usage line, in the reader's language; names of arguments stay as they are. */
function usageIn(usage: string, t: Translate): string {
  return usage.replace("[options]", t("help.usage_options")).replace("[command]", t("help.usage_command"));
}

/** Breaks a line between words where the terminal is narrower than lines are written for. */
function wrapAt(helper: Help, line: string): string {
  return isNarrow(helper) ? helper.boxWrap(line, helper.helpWidth) : line;
}

function isNarrow(helper: Help): helper is Help & { readonly helpWidth: number } {
  return (helper.helpWidth ?? ORDINARY_WIDTH) < ORDINARY_WIDTH;
}

function renderHelp(
  { about, examples, exits }: CommandHelp,
  t: Translate,
  helper: Help,
): string[] {
  const lines = examples.map((each): readonly [string, string] =>
    typeof each === "string" ? [each, ""] : [each[0], t(each[1])]
  );
  const width = Math.max(...lines.map(([line, purpose]) => purpose === "" ? 0 : line.length));
  const codes = Object.entries(exits).map(([code, meaning]) => `${code} ${t(meaning)}`);
  return [
    ...(about === undefined ? [] : [...t(about).split("\n").map((line) => wrapAt(helper, line)), ""]),
    t("help.examples"),
    ...lines.map(([line, purpose]) => `  ${line.padEnd(purpose === "" ? 0 : width)}  ${purpose}`.trimEnd()),
    "",
    ...breakList(`${t("help.exit_codes")} `, codes, isNarrow(helper) ? helper.helpWidth : COLUMNS),
  ];
}

/** Items behind a title, broken between items where a line would become too long. */
function breakList(title: string, items: readonly string[], columns: number): string[] {
  const lines: string[] = [];
  let line = title;
  for (const [i, item] of items.entries()) {
    const next = i < items.length - 1 ? `${item} · ` : item;
    if (line.length + next.length > columns && line.trim() !== "") {
      lines.push(line.trimEnd());
      line = " ".repeat(title.length);
    }
    line += next;
  }
  return [...lines, line];
}
