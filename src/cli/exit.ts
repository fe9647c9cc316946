/** Exit codes, and which of them an error deserves. */
import { CommanderError } from "@commander-js/extra-typings";
import {
  CommandError,
  ConfigError,
  ExchangeError,
  NoServiceError,
  StaleError,
  StoreError,
} from "../errors.ts";

/** What scripts act on. */
export const EXIT = { done: 0, failed: 1, usage: 2, noService: 3, noRedis: 4, stale: 5 } as const;

/** A wrong use of the command line that the option parser cannot see. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

/** The exit code of an error, and what to tell the user; a fault of our own keeps its stack. */
export function explain(error: unknown): { code: number; message: string } {
  if (error instanceof CommanderError) {
    return { code: error.exitCode === 0 ? EXIT.done : EXIT.usage, message: "" };
  }
  if (error instanceof UsageError || error instanceof ConfigError) return told(EXIT.usage, error);
  if (error instanceof NoServiceError) return told(EXIT.noService, error);
  if (error instanceof StoreError) return told(EXIT.noRedis, error);
  if (error instanceof StaleError) return told(EXIT.stale, error);
  if (error instanceof CommandError || error instanceof ExchangeError) return told(EXIT.failed, error);
  const detail = error instanceof Error ? error.stack ?? error.message : String(error);
  return { code: EXIT.failed, message: `okws: a fault of okws itself, please report it: ${detail}` };
}

function told(code: number, error: Error): { code: number; message: string } {
  return { code, message: error.message.split("\n").map((line) => `okws: ${line}`).join("\n") };
}
