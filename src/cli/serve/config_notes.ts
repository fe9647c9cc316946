/** What is taken of a configuration though there is something to say about it, kept until there is a log to say it in. */
import { roomLogger } from "../../logging/log.ts";
import { englishOf, type Text } from "../../shared/messages/message.ts";

/** Notes as `loadConfig` gives them. */
export type ConfigNotes = {
  readonly onNote: (where: string, what: Text) => void;
  /** Logs those that have come since the last time. */
  log(): void;
};

/** Creates a record of notes on the configuration, empty at first. */
export function keepConfigNotes(): ConfigNotes {
  const notes: { at: string; note: string }[] = [];
  const log = roomLogger("service");
  return {
    onNote: (where, what) => notes.push({ at: where.replace(/: $/, ""), note: englishOf(what) }),
    log() {
      for (const note of notes.splice(0)) {
        log.warn("The configuration is taken, with something to look at", note);
      }
    },
  };
}
