/**
 * What can be completed, read from the tree of commands: a new command or option is in the scripts without more work.
 * The placeholder of a value says what may stand there: `<file>`, `<name>` (of a server), `<path>`, `<a|b>`.
 */
import type { Argument, CommandUnknownOpts, Option } from "@commander-js/extra-typings";
import { EXCHANGE_NAMES } from "../../okx/endpoints.ts";
import { wayTo } from "../shared/faults.ts";
import { OPS } from "../../shared/ops.ts";

/** What a running service or its Redis is asked for while a line is typed. */
export const ASKED = ["servers", "paths", "channels", "targets", "new_targets"] as const;
export type Completable = typeof ASKED[number];

/** What may be one argument. */
export type Values =
  | { readonly kind: "free" | "file" | "folder" }
  | { readonly kind: "words"; readonly words: readonly string[] }
  | { readonly kind: "ask"; readonly what: Completable };

/** An option; a switch has no values. */
export type OptionSpec = {
  readonly short: string | undefined;
  readonly long: string | undefined;
  readonly values: Values | undefined;
  readonly description: string;
};

/** One command: how it is reached (`client get`; empty for the program), and what may follow. */
export type CommandSpec = {
  readonly way: string;
  readonly commands: readonly { readonly name: string; readonly description: string }[];
  readonly options: readonly OptionSpec[];
  /** By position; the last one stands for all that follow where `repeats`. */
  readonly args: readonly Values[];
  readonly repeats: boolean;
};

/** Returns every command that a person sees, the program itself first. */
export function readSpec(program: CommandUnknownOpts): CommandSpec[] {
  return [specOf(program), ...visible(program).flatMap((each) => readSpec(each))];
}

function specOf(command: CommandUnknownOpts): CommandSpec {
  const { registeredArguments: args } = command;
  const helper = command.createHelp();
  return {
    way: wayTo(command),
    commands: visible(command).map((each) => ({ name: each.name(), description: each.description() })),
    options: helper.visibleOptions(command).map((option) => ({
      short: option.short,
      long: option.long,
      values: option.required || option.optional ? valuesOfOption(option) : undefined,
      description: option.description,
    })),
    args: args.flatMap((argument) => valuesOfArgument(command, argument)),
    repeats: args.at(-1)?.variadic ?? false,
  };
}

function visible(command: CommandUnknownOpts): CommandUnknownOpts[] {
  const hidden = (each: unknown) => (each as { _hidden?: boolean })._hidden === true;
  return command.commands.filter((each) => !hidden(each));
}

function valuesOfOption(option: Option): Values {
  if (option.long === "--endpoint") return { kind: "words", words: EXCHANGE_NAMES };
  const placeholder = /[<[]([^>\]]+)[>\]]/.exec(option.flags)?.[1] ?? "";
  return valuesOf(placeholder, option.argChoices);
}

function valuesOfArgument(command: CommandUnknownOpts, argument: Argument): Values[] {
  const name = argument.name();
  if (name === "command") {
    const words = visible(command.parent as CommandUnknownOpts).map((each) => each.name());
    return [{ kind: "words", words }];
  }
  if (name !== "path") return [valuesOf(name, argument.argChoices)];
  // A server may stand before the paths. What is to be subscribed is not among what is subscribed already.
  const [first, others] = command.name() === "subscribe"
    ? ["new_targets", "channels"] as const
    : ["targets", "paths"] as const;
  return [{ kind: "ask", what: first }, { kind: "ask", what: others }];
}

function valuesOf(placeholder: string, choices: readonly string[] | undefined): Values {
  if (choices !== undefined) return { kind: "words", words: choices };
  const name = placeholder.replace(/\.{3}$/, "").toLowerCase();
  switch (name) {
    case "file":
      return { kind: "file" };
    case "dir":
    case "folder":
      return { kind: "folder" };
    case "name":
    case "server":
      return { kind: "ask", what: "servers" };
    case "path":
      return { kind: "ask", what: "paths" };
    case "op":
    case "ops":
      return { kind: "words", words: OPS };
  }
  const words = name.includes("|") ? name.split("|").filter((word) => /^[a-z0-9-]+$/.test(word)) : [];
  return words.length === 0 ? { kind: "free" } : { kind: "words", words };
}
