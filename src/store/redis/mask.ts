/**
 * Redis and proxies before it quote commands in their errors: of a login that is the password, of a command to the service
 * it may be a login of the exchange. Errors are cleaned where they arrive, before anything else sees them. Pure.
 */
import { createMask, type Mask, redactText } from "../../okx/redact.ts";

/** The passwords that one connection knows. */
export type Passwords = {
  readonly password?: string | null | undefined;
  readonly sentinelPassword?: string | null | undefined;
};

/** What Redis adds to the name of a command that it does not know; nobody needs it. */
const QUOTED_ARGUMENTS = /,? with args beginning with:.*$/s;

/** Cleans the text of an error of Redis. */
export function createErrorMask({ password, sentinelPassword }: Passwords): Mask {
  const values = [password, sentinelPassword].filter((value) => typeof value === "string" && value !== "");
  const mask = createMask(values as string[]);
  // As words of their own, short ones are no chance.
  const short = (values as string[]).filter((value) => value.length < 4)
    .map((value) => new RegExp(`(?<![\\p{L}\\p{N}])${RegExp.escape(value)}(?![\\p{L}\\p{N}])`, "gu"));
  const maskAll = (text: string) => short.reduce((shown, each) => shown.replace(each, "***"), mask(text));
  return (text) => redactText(text.replace(QUOTED_ARGUMENTS, ""), maskAll);
}

/** Cleans an error in place; the client hangs the refused command on it. */
export function cleanError(error: Error & { command?: unknown }, mask: Mask): void {
  delete error.command;
  const { message, stack } = error;
  const clean = mask(message);
  if (clean === message) return;
  error.message = clean;
  error.stack = (stack ?? "").replaceAll(message, () => clean);
  if (error.cause instanceof Error) cleanError(error.cause, mask);
  if (error instanceof AggregateError) {
    for (const each of error.errors) if (each instanceof Error) cleanError(each, mask);
  }
}
