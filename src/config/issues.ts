/** Issues of a configuration, each with its position. Pure. */
import type { z } from "zod";
import type { ConfigIssue } from "../shared/errors.ts";
import { withSuggestion } from "../okx/suggest.ts";
import { englishOf, type Message, message, type Text } from "../shared/messages/message.ts";
import { serverSchema, settingsSchema, subscribeSchema, textSaid } from "./shapes.ts";

/** A fault with the position of its value inside the configuration. */
export type LocatedIssue = ConfigIssue & {
  readonly at: readonly (string | number)[];
  /** The fault is the key itself, not its value. */
  readonly isKey?: boolean;
};

/** What could be read of a part: without the members that have a fault, whose names are in `bad`. */
export type Checked<T> = { readonly value: T | undefined; readonly bad: ReadonlySet<string> };

/**
 * Checks a part of the configuration. A fault in one member must not hide those of the others that are only found later:
 * what is faulty is left out, and read as `needed` has it where there has to be something.
 */
export function check<T>(
  schema: z.ZodType<T>,
  value: unknown,
  at: readonly (string | number)[],
  issues: LocatedIssue[],
  needed: Readonly<Record<string, unknown>> = {},
): Checked<T> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return { value: parsed.data, bad: new Set() };
  issues.push(...parsed.error.issues.flatMap((issue) => toIssues(issue, at)));
  const members = asObject(value);
  if (members === undefined) return { value: undefined, bad: new Set() };
  const bad = new Set(
    parsed.error.issues.flatMap((issue) =>
      issue.code === "unrecognized_keys" && issue.path.length === 0
        ? issue.keys
        : issue.path.slice(0, 1).map(String)
    ),
  );
  const good = Object.entries(members).filter(([key]) => !bad.has(key));
  const replaced = Object.entries(needed).filter(([key]) => bad.has(key));
  return { value: schema.safeParse(Object.fromEntries([...good, ...replaced])).data, bad };
}

/** Converts a fault of the schema into complaints, one for each unknown key; `start` is where the value stands in the file. */
export function toIssues(issue: z.core.$ZodIssue, start: readonly (string | number)[]): LocatedIssue[] {
  const at = [...start, ...issue.path.map((part) => typeof part === "number" ? part : String(part))];
  if (issue.code === "custom" && issue.params !== undefined) {
    return [issueAt(at, issue.params.text as Message)];
  }
  if (issue.code !== "unrecognized_keys") return [issueAt(at, textSaid(issue.message))];
  return issue.keys.map((key) => unknownKey([...at, key], namesAt(at)));
}

/** Returns the complaint about a key, with the nearest of those that are known. */
export function unknownKey(at: readonly (string | number)[], known: readonly string[]): LocatedIssue {
  const fault = withSuggestion(message("config.unknown_key"), String(at.at(-1)), known);
  return { ...issueAt(at, fault), isKey: true };
}

/** The names that are known at a position, for suggestions. */
function namesAt(at: readonly (string | number)[]): string[] {
  if (at[0] === "settings") return Object.keys(settingsSchema.shape);
  return Object.keys(at[0] === "subscribes" ? subscribeSchema.shape : serverSchema.shape);
}

/** Returns a value as an object; undefined for a list and everything else. */
export function asObject(value: unknown): Readonly<Record<string, unknown>> | undefined {
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? value as Readonly<Record<string, unknown>>
    : undefined;
}

/** Returns a value that is a text, else `other`. */
export function textOr(value: unknown, other: string): string {
  return typeof value === "string" ? value : other;
}

/** Returns a value as a list; anything else is an empty one, and unless it is missing a complaint about `name`. */
export function asList(value: unknown, name: string, issues: LocatedIssue[]): readonly unknown[] {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) issues.push(issueAt([name], message("config.list")));
  return Array.isArray(value) ? value : [];
}

/** Returns a complaint about what stands at this path of the file. */
export function issueAt(at: readonly (string | number)[], text: Text): LocatedIssue {
  const issue = { path: formatAt(at), message: englishOf(text), at };
  return typeof text === "string" ? issue : { ...issue, text };
}

/** Formats the path of a member: `servers[0].name`. */
export function formatAt(at: readonly (string | number)[]): string {
  return at.map((part, i) => typeof part === "number" ? `[${part}]` : `${i === 0 ? "" : "."}${part}`).join(
    "",
  );
}
