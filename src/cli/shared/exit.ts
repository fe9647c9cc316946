/** Exit codes, and which of them an error deserves. */
import { CommanderError } from "@commander-js/extra-typings";
import {
  CommandError,
  ConfigError,
  ExchangeError,
  formatIssue,
  LeaseError,
  MessageError,
  NoServiceError,
  RecordingError,
  StaleError,
  StoreError,
} from "../../shared/errors.ts";
import { isNobodyAtDefault } from "../../shared/redis_errors.ts";
import type { Message } from "../../shared/messages/message.ts";
import { redactText } from "../../okx/redact.ts";
import { english, type Translate } from "../i18n/translate.ts";

/** The exit codes of all commands. */
export const EXIT = { done: 0, failed: 1, usage: 2, noService: 3, noRedis: 4, stale: 5 } as const;

/** A wrong use of the command line that the option parser cannot see. */
export class UsageError extends MessageError {
  override readonly name = "UsageError";
}

/** A file that is not written, though what was asked for is right. */
export class NotWrittenError extends MessageError {
  override readonly name = "NotWrittenError";
}

/** Returns the exit code of an error, and what to print for the user in his language; a fault of our own keeps its stack. */
export function explain(error: unknown, t: Translate = english): { code: number; message: string } {
  if (error instanceof CommanderError) {
    return { code: error.exitCode === 0 ? EXIT.done : EXIT.usage, message: "" };
  }
  if (error instanceof ConfigError) return prefixed(EXIT.usage, explainConfig(error, t));
  if (error instanceof RecordingError) return prefixed(EXIT.usage, t.error(error));
  if (error instanceof UsageError) return prefixed(EXIT.usage, t.error(error));
  if (error instanceof NotWrittenError) return prefixed(EXIT.failed, t.error(error));
  if (error instanceof NoServiceError) return prefixed(EXIT.noService, t.error(error));
  if (error instanceof StoreError) {
    const hint = isNobodyAtDefault(error.message) ? `\n${t("okws.no_redis_here")}` : "";
    return prefixed(error.refused ? EXIT.failed : EXIT.noRedis, t.error(error) + hint);
  }
  if (error instanceof StaleError) return prefixed(EXIT.stale, t.error(error));
  if (error instanceof CommandError || error instanceof ExchangeError || error instanceof LeaseError) {
    return prefixed(EXIT.failed, t.error(error));
  }
  const detail = redactText(error instanceof Error ? error.stack ?? error.message : String(error));
  const title = t("okws.own_fault");
  return { code: EXIT.failed, message: `okws: ${title} ${detail}` };
}

/** Each fault has its position before it, which is the same in every language but for where a setting came from. */
function explainConfig({ source, issues }: ConfigError, t: Translate): string {
  return issues.map((issue) => {
    const path = describeLocation(issue.path, issue.origin, t);
    return formatIssue(source, { ...issue, path, message: t.any(issue.text ?? issue.message) });
  }).join("\n");
}

/** Returns a position in a configuration, in which it may be said where a setting came from, in the reader's language. */
export function describeLocation(position: string, origin: Message | undefined, t: Translate): string {
  return origin === undefined ? position : position.replace(origin.english, t(origin));
}

/** Returns the text as lines of this program. */
function prefixed(code: number, message: string): { code: number; message: string } {
  return { code, message: message.split("\n").map((line) => `okws: ${line}`).join("\n") };
}
