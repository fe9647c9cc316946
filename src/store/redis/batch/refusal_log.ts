/** What Redis refuses to write, in the log: a line about each kind of refusal at most once a minute. */
import { roomLogger, type SparseWarning, sparseWarning } from "../../../logging/log.ts";
import { englishOf } from "../../../shared/messages/message.ts";
import { reasonOf } from "../connect.ts";
import { refusalOf } from "../../../shared/redis_errors.ts";

const log = roomLogger("store");

/** Least time between two lines about one kind of refusal. */
const COMPLAIN_MS = 60_000;

/** One warning for each kind of refusal. */
export class RefusalLog {
  readonly #warnings = new Map<string, SparseWarning>();

  /** Notes that a write of a key was refused. */
  note(key: string, error: Error): void {
    // Only kinds that are known are distinguished, so that they are few.
    const kind = refusalOf(error.message) === undefined ? "" : error.message.split(" ", 1)[0] as string;
    this.say(kind, "Redis refuses to write a key", { key, reason: englishOf(reasonOf(error)) });
  }

  say(kind: string, text: string, fields: Record<string, unknown>): void {
    const warning = this.#warnings.get(kind) ?? sparseWarning(log, { everyMs: COMPLAIN_MS });
    this.#warnings.set(kind, warning);
    warning(text, fields);
  }
}
