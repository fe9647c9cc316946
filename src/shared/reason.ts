/** The reason for the state of a path in words, for the lines of pages and of the command line. */

/** A reason as `P/subs` has it. */
export type Reason = {
  readonly code: string;
  readonly message: string;
  /** When it is tried again, in Unix milliseconds. */
  readonly nextAt?: number;
};

/**
 * Returns code and message as one text. A code of okws itself is a word that says no more than the message; others are looked
 * up by people, unless the message has them.
 */
export function reasonText({ code, message }: Reason): string {
  return /^[a-z]*$/.test(code) || message.includes(code) ? message : `${code} ${message}`;
}

/** Returns the whole seconds until the next attempt; undefined: that is not known, or it is under way. */
export function secondsUntil({ nextAt }: Reason, now: number): number | undefined {
  return nextAt === undefined || nextAt <= now ? undefined : Math.ceil((nextAt - now) / 1000);
}
