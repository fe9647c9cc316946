/** Mistakes that the option parser finds, in the one form of all errors: what, then what to do. */
import { nearest } from "../../okx/suggest.ts";
import { english } from "../i18n/translate.ts";
import { SYNONYMS, SYNONYMS_IN, SYNONYMS_OF_OPTIONS } from "./synonyms.ts";

/** How the parser says that a value is none of those it may be: of an option, and of an argument. */
const CHOICES = [
  /^option '(?<name>.+?)' argument '(?<value>.*)' is invalid\. Allowed choices are (?<choices>.+)\.$/,
  /^command-argument value '(?<value>.*)' is invalid for argument '(?<name>.+?)'\. Allowed choices are (?<choices>.+)\.$/,
];

/** Where a fault was made. */
export type FaultContext = {
  /** All commands in words: one that is elsewhere is suggested as a whole. */
  readonly ways?: readonly string[];
  /** The words of the command that refuses; empty for the program itself. */
  readonly way?: string;
  /** Words behind an unknown command. */
  readonly rest?: readonly string[];
};

/**
 * Rewrites a fault of the parser: `error: unknown command 'serv'\n(Did you mean serve?)` becomes one sentence with its
 * suggestion at the end.
 */
export function formatParserFault(
  text: string,
  { ways = [], way = "", rest = [] }: FaultContext = {},
): string {
  const [said = "", ...others] = text.trim().replace(/^error: /, "").split("\n");
  // The value of a misspelt option, or words that were meant for one, may be a secret.
  const what = said.replace(/^(unknown option '[^'=]*)=.*'$/, "$1'").replace(/( but got \d+): .*$/, "$1");
  for (const pattern of CHOICES) {
    const { name, value = "", choices = "" } = pattern.exec(what)?.groups ?? {};
    if (name === undefined) continue;
    const near = nearest(value, choices.split(", "));
    const sentence = `${name.split(" ")[0]} is one of ${choices}: ${value}`;
    return near === undefined ? sentence : `${sentence}; did you mean ${near}?`;
  }
  const unknown = /^unknown command '(.+)'$/.exec(what)?.[1];
  const suggested = /^\(Did you mean (?:one of )?(.+)\?\)$/.exec(others.join(" "))?.[1];
  const valued = /^unknown option '([^'=]+)=/.exec(said)?.[1];
  if (valued !== undefined && valued === suggested) return english("parser.no_value", { name: valued });
  const option = way === "" ? /^unknown option '(-.+)'$/.exec(what)?.[1] : undefined;
  const near = unknown === undefined ? SYNONYMS_OF_OPTIONS[option ?? ""] ?? suggested : withNext(
    SYNONYMS_IN[way]?.[unknown] ?? wayOf(unknown, ways) ?? SYNONYMS[unknown] ?? nearOf(unknown, suggested) ??
      nearestWay(unknown, ways),
    { ways, rest },
  );
  const sentence = what.replace(/\.$/, "").replaceAll(/'(-[^']*|[^'\s]+)'/g, "$1");
  return near === undefined
    ? [sentence, ...(suggested === undefined ? others : [])].join(" ")
    : `${sentence}; did you mean ${near.replace(/, ([^,]+)$/, " or $1")}?`;
}

/** Returns what the parser suggests where it is near enough to be meant. */
function nearOf(word: string, suggested: string | undefined): string | undefined {
  const names = suggested?.split(", ").filter((name) => nearest(word, [name]) !== undefined) ?? [];
  return names.length === 0 ? undefined : names.join(", ");
}

/** Returns the command inside another one whose last word is this. */
function wayOf(word: string, ways: readonly string[]): string | undefined {
  const way = ways.find((each) => each.endsWith(` ${word}`));
  return way === undefined ? undefined : `okws ${way}`;
}

/** Returns the command whose last word is nearest; undefined: none is near. */
function nearestWay(word: string, ways: readonly string[]): string | undefined {
  const last = nearest(word, ways.map((way) => way.split(" ").at(-1) as string));
  const way = ways.find((each) => each.split(" ").at(-1) === last);
  return way === undefined ? undefined : `okws ${way}`;
}

/** Returns the command in a suggested group that the next word is, or is near to; else what was suggested. */
function withNext(
  near: string | undefined,
  { ways, rest: [next = ""] }: Required<Pick<FaultContext, "ways" | "rest">>,
): string | undefined {
  for (const each of near?.split(", ") ?? []) {
    const group = `${each.replace(/^okws /, "")} `;
    const inside = ways.filter((way) => way.startsWith(group)).map((way) => way.slice(group.length));
    const name = nearest(next, inside);
    if (name !== undefined) return `okws ${group}${name}`;
  }
  return near;
}

/** Returns the words of every command below this one. */
export function waysBelow(command: Reached & { readonly commands: readonly Reached[] }): string[] {
  return command.commands.flatMap((each) => [
    wayTo(each),
    ...waysBelow(each as Reached & { readonly commands: readonly Reached[] }),
  ]);
}

/** What a way is read from. */
type Reached = { readonly parent: unknown; name(): string };

/** Returns the words that reach a command's help: `client get`; empty for the program itself. */
export function wayTo(command: Reached): string {
  const parent = command.parent as Reached | null;
  return parent === null ? "" : `${wayTo(parent)} ${command.name()}`.trim();
}
