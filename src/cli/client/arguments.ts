/** What people write after a command: paths in three spellings, filters, counts and points in time. */
import type { PathOrArg } from "../../client/client.ts";
import { CODES, CommandError } from "../../shared/errors.ts";
import { SERVER_NAME } from "../../shared/limits.ts";
import { message } from "../../shared/messages/message.ts";
import { formatPath } from "../../okx/path_text.ts";
import { argFault } from "../../okx/native_path.ts";
import { parseAnyTopic } from "../../okx/topic.ts";
import { UsageError } from "../shared/exit.ts";
import { keyed } from "../i18n/translate.ts";

/** Returns a path, or an argument object where it starts with a brace. */
export function parsePathOrArg(text: string): PathOrArg {
  if (!text.startsWith("{")) return text;
  try {
    const arg: unknown = JSON.parse(text);
    if (typeof arg === "object" && arg !== null && "channel" in arg) return arg as Record<string, string>;
    throw new SyntaxError("no channel");
  } catch {
    // Of what is no argument object nothing is shown but its length: it may be a login that went astray.
    const found = keyed("argument.not_object", { count: text.length });
    throw new UsageError(
      keyed("argument.object_example", { reason: found }),
    );
  }
}

/** Returns the path of either spelling. Throws UsageError for an object that can be no argument. */
export function parsePath(text: string): string {
  const desired = parsePathOrArg(text);
  if (typeof desired === "string") return desired;
  const unfit = argFault(desired);
  if (unfit !== undefined) throw new UsageError(unfit.text);
  return formatPath(desired as { channel: string });
}

/** Returns the canonical paths, each once; throws UsageError for one that is none. */
export function parsePaths(texts: readonly string[]): string[] {
  const paths = texts.map((text) => {
    const topic = parseAnyTopic(parsePath(text));
    if (topic.kind === "fault") throw new UsageError(topic.text);
    return topic.path;
  });
  return [...new Set(paths)];
}

/** Returns what is to be subscribed, as it is written; throws UsageError where that is no path by any protocol. */
export function parsePathsAsWritten(texts: readonly string[]): PathOrArg[] {
  parsePaths(texts);
  return texts.map(parsePathOrArg);
}

/** Returns a UsageError for a path that is none without the service being asked; another error as it is. */
export function usageOf(error: unknown): unknown {
  const isPath = error instanceof CommandError && error.errorCode === CODES.unknownPath;
  return isPath ? new UsageError(error.text ?? error.message) : error;
}

/** Throws UsageError for a name that no server can have, and for a part of a login. */
export function assertOpenable(name: string, login: Readonly<Record<string, string | undefined>>): void {
  if (!SERVER_NAME.test(name)) throw new UsageError(message("command.server_name"));
  const missing = ["apiKey", "secret", "password"].filter((part) => (login[part] ?? "") === "");
  if (missing.length === 1 || missing.length === 2) {
    throw new UsageError(message("config.partial_login", { list: missing.join(", ") }));
  }
}

/** Parses `KEY=VALUE` arguments into members. */
export function parseFilters(filters: readonly string[]): Record<string, string> {
  return Object.fromEntries(filters.map((filter) => {
    const at = filter.indexOf("=");
    if (at < 1) throw new UsageError(keyed("argument.filter", { value: filter }));
    return [filter.slice(0, at), filter.slice(at + 1)];
  }));
}

/** Returns a whole number of at least `least`; undefined where the flag was not given. */
export function parseCount(flag: string, text: string | undefined, least: number): number | undefined {
  if (text === undefined) return undefined;
  const count = Number(text);
  if (!/^\d{1,9}$/.test(text) || count < least) {
    throw new UsageError(keyed("argument.count", { flag, least, value: text }));
  }
  return count;
}

const UNITS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 7 * 86_400_000,
};

/**
 * Returns the Unix milliseconds of `15m`, `1h30m` or `2d` (before `now`), a date or time in ISO 8601 (a time without a zone is
 * this machine's, a date alone is UTC, as JavaScript has it), or Unix milliseconds.
 */
export function parseSince(text: string, now: number, flag = "--since"): number {
  if (/^(\d{1,9}(ms|[smhdw]))+$/.test(text)) {
    let ms = 0;
    for (const [, count, unit] of text.matchAll(/(\d+)(ms|[smhdw])/g)) {
      ms += Number(count) * (UNITS[unit as string] as number);
    }
    return now - ms;
  }
  if (/^\d{12,14}$/.test(text)) return Number(text);
  const time = /^\d{4}-\d\d(-\d\d)?([T ]|$)/.test(text) ? Date.parse(text) : NaN;
  if (!Number.isNaN(time)) return time;
  throw new UsageError(
    keyed("argument.since", { flag, value: text }),
  );
}

/** Returns the Unix milliseconds of `--from` and `--to`, where they are given; the first may not be after the last. */
export function parseSpan(
  texts: { readonly from?: string | undefined; readonly to?: string | undefined },
  now: number,
): { readonly from: number | undefined; readonly to: number | undefined } {
  const from = texts.from === undefined ? undefined : parseSince(texts.from, now, "--from");
  const to = texts.to === undefined ? undefined : parseSince(texts.to, now, "--to");
  if (from === undefined || to === undefined || from <= to) return { from, to };
  const [first, last] = [from, to].map((at) => new Date(at).toISOString());
  throw new UsageError(keyed("argument.span", { from: first as string, to: last as string }));
}
