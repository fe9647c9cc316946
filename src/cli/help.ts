/**
 * Help that teaches: besides what the parser knows (purpose, arguments, options) every command has examples that work as
 * they stand and the meaning of its exit codes. One place renders all of it, in the reader's language.
 */
import {
  type Argument,
  Command,
  type CommandUnknownOpts,
  Help,
  type Option,
} from "@commander-js/extra-typings";
import type { Words } from "./i18n/translate.ts";

/** What a command's help says beyond what the parser knows. */
export type Lesson = {
  /** Paragraphs before the examples. */
  readonly about?: string;
  /** Command lines that work as they stand, or with what they are for. */
  readonly examples: readonly (string | readonly [line: string, purpose: string])[];
  /** Exit codes and their meaning here. */
  readonly exits: Exits;
};

/** Exit codes with their meaning. */
export type Exits = Readonly<Record<number, string>>;

/** Of all commands that talk to a running service. */
export const CLIENT_EXITS: Exits = {
  0: "done",
  1: "refused or failed",
  2: "wrong usage",
  3: "no okws service is listening",
  4: "Redis cannot be reached",
  5: "data older than --max-age, or none",
};

const lessons = new WeakMap<object, Lesson>();

/** Width to which lists of exit codes are broken, and of a title that is set bold on a terminal. */
const COLUMNS = 100;

/** Gives a command its examples and exit codes. Answers the command, so that it can be built on. */
export function teach<T extends object>(command: T, lesson: Lesson): T {
  lessons.set(command, lesson);
  return command;
}

/** The lesson of a command, for whoever writes it down elsewhere. */
export function lessonOf(command: object): Lesson | undefined {
  return lessons.get(command);
}

/** How a command's help is put into words; for `configureHelp` of every command. */
export function helpIn(t: Words, bold: boolean): Partial<Help> {
  return {
    styleTitle: (title) => bold ? `\x1b[1m${t(title)}\x1b[22m` : t(title),
    commandDescription: (command) => t(command.description()),
    subcommandDescription: (command) => t(command.summary() || command.description()),
    optionDescription: (option) => describe(option, t),
    argumentDescription: (argument) => describe(argument, t),
    formatHelp(command, helper) {
      const lesson = lessons.get(command);
      const page = Help.prototype.formatHelp.call(helper, command, helper);
      return lesson === undefined ? page : `${page}\n${renderLesson(lesson, t).join("\n")}\n`;
    },
  };
}

/** `okws help [COMMAND [SUB]]`: the same page as COMMAND SUB --help, and a suggestion for a command that is none. */
export function helpCommand(): CommandUnknownOpts {
  const help = new Command("help").description("explain okws or one of its commands")
    .argument("[command...]", "a command, with the command inside it").action((names, _, self) => {
      let command = self.parent as CommandUnknownOpts;
      for (const name of names) {
        const next = command.commands.find((each) => each.name() === name);
        if (next === undefined) refuse(command, name);
        else command = next;
      }
      command.help();
    });
  return teach(help, {
    examples: ["okws help", "okws help client get"],
    exits: { 0: "done", 2: "there is no such command" },
  });
}

/** The parser's own refusal, which suggests the nearest command. */
function refuse(command: CommandUnknownOpts, name: string): never {
  const inner = command as unknown as { args: string[]; unknownCommand(): never };
  inner.args = [name];
  return inner.unknownCommand();
}

function describe(what: Option | Argument, t: Words): string {
  const { argChoices, defaultValue } = what;
  const extra = [
    ...(argChoices === undefined ? [] : [t(`one of: ${argChoices.join(", ")}`)]),
    // A switch has no value that a reader would have to know.
    ...(typeof defaultValue === "string" || typeof defaultValue === "number"
      ? [t(`default: ${defaultValue}`)]
      : []),
  ];
  const text = t(what.description);
  return extra.length === 0 ? text : `${text} (${extra.join("; ")})`.trim();
}

function renderLesson({ about, examples, exits }: Lesson, t: Words): string[] {
  const lines = examples.map((each) => typeof each === "string" ? [each, ""] : each) as [string, string][];
  const width = Math.max(...lines.map(([line, purpose]) => purpose === "" ? 0 : line.length));
  const codes = Object.entries(exits).map(([code, meaning]) => `${code} ${t(meaning)}`);
  return [
    ...(about === undefined ? [] : [...t(about).split("\n"), ""]),
    t("Examples:"),
    ...lines.map(([line, purpose]) =>
      `  ${line.padEnd(purpose === "" ? 0 : width)}  ${t(purpose)}`.trimEnd()
    ),
    "",
    ...breakList(`${t("Exit codes:")} `, codes),
  ];
}

/** Items behind a title, broken between items where a line would become too long. */
function breakList(title: string, items: readonly string[]): string[] {
  const lines: string[] = [];
  let line = title;
  for (const [i, item] of items.entries()) {
    const next = i < items.length - 1 ? `${item} · ` : item;
    if (line.length + next.length > COLUMNS && line.trim() !== "") {
      lines.push(line.trimEnd());
      line = " ".repeat(title.length);
    }
    line += next;
  }
  return [...lines, line];
}
