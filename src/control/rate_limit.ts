/**
 * How much the control plane does and leaves behind: commands and replies of one second, and what replies
 * hold in Redis. Pure: it is handed the time in milliseconds of one monotonic clock.
 */

/** Commands carried out in one second; more are refused. */
export const MAX_COMMANDS = 2000;

/** Characters of all replies of one second; past it further commands are refused. */
const MAX_REPLIED = 16 * 1024 * 1024;

/** Characters of replies that stay at their keys for their whole time; later ones stay for a short time only. */
const MAX_KEPT = 64 * 1024 * 1024;

/** How long a reply stays when many others do, in milliseconds: long enough to be read by the client that waits for it. */
const BRIEF_MS = 10_000;

/** What a key costs Redis beside its value. */
const KEY_COST = 200;

/** Limits commands and what their replies leave in Redis. */
export class RateLimit {
  readonly #keepMs: number;
  #secondAt = -Infinity;
  #commands = 0;
  #replied = 0;
  #keptAt = -Infinity;
  #kept = 0;

  /** `keepMs`: how long a reply stays at its key unless there are too many. */
  constructor(keepMs: number) {
    this.#keepMs = keepMs;
  }

  /** Counts a command; returns why it is not to be carried out, undefined when it is. */
  refusal(now: number): string | undefined {
    if (now - this.#secondAt >= 1000) {
      this.#secondAt = now;
      this.#commands = 0;
      this.#replied = 0;
    }
    this.#commands += 1;
    if (this.#commands > MAX_COMMANDS) return `More than ${MAX_COMMANDS} commands came within a second`;
    return this.#replied > MAX_REPLIED ? "The replies of this second are too long together" : undefined;
  }

  /** Counts a reply of so many characters; returns how long it stays at its key, in milliseconds. */
  keepFor(chars: number, now: number): number {
    this.#replied += chars;
    if (now - this.#keptAt >= this.#keepMs) {
      this.#keptAt = now;
      this.#kept = 0;
    }
    this.#kept += chars + KEY_COST;
    return this.#kept <= MAX_KEPT ? this.#keepMs : Math.min(this.#keepMs, BRIEF_MS);
  }
}
