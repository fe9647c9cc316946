/** Exit codes, and which of them an error deserves. */
import { CommanderError } from "@commander-js/extra-typings";
import {
  CommandError,
  ConfigError,
  ExchangeError,
  NoServiceError,
  StaleError,
  StoreError,
} from "../shared/errors.ts";
import { redactText } from "../okx/redact.ts";
import { inEnglish, type Words } from "./i18n/translate.ts";

/** What scripts act on. */
export const EXIT = { done: 0, failed: 1, usage: 2, noService: 3, noRedis: 4, stale: 5 } as const;

/** A wrong use of the command line that the option parser cannot see. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

/** The exit code of an error, and what to tell the user in his language; a fault of our own keeps its stack. */
export function explain(error: unknown, t: Words = inEnglish): { code: number; message: string } {
  if (error instanceof CommanderError) {
    return { code: error.exitCode === 0 ? EXIT.done : EXIT.usage, message: "" };
  }
  if (error instanceof ConfigError) return told(EXIT.usage, explainConfig(error, t));
  if (error instanceof UsageError) return told(EXIT.usage, t(error.message));
  if (error instanceof NoServiceError) return told(EXIT.noService, t(error.message));
  if (error instanceof StoreError) return told(error.refused ? EXIT.failed : EXIT.noRedis, t(error.message));
  if (error instanceof StaleError) return told(EXIT.stale, t(error.message));
  if (error instanceof CommandError || error instanceof ExchangeError) {
    return told(EXIT.failed, t(error.message));
  }
  const detail = redactText(error instanceof Error ? error.stack ?? error.message : String(error));
  const title = t("a fault of okws itself, please report it:");
  return { code: EXIT.failed, message: `okws: ${title} ${detail}` };
}

/** Each fault has its place before it, which is the same in every language. */
function explainConfig({ message, issues }: ConfigError, t: Words): string {
  const lines = message.split("\n");
  // A message of more than one line cannot be told apart by lines.
  if (lines.length !== issues.length) return message;
  return lines.map((line, i) => {
    const what = issues[i]?.message ?? "";
    const where = line.slice(0, line.length - what.length)
      .replace(/\((environment variable \S+|command line)\)/, (_, origin: string) => `(${t(origin)})`);
    return where + t(what);
  }).join("\n");
}

function told(code: number, message: string): { code: number; message: string } {
  return { code, message: message.split("\n").map((line) => `okws: ${line}`).join("\n") };
}
