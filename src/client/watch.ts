/** Where the rows of a path are published, and which of the messages there are its rows. */
import { isOfInstrument } from "../store/read/rows.ts";
import { CODES, CommandError } from "../shared/errors.ts";
import { parseToTexts } from "../okx/exact_json.ts";
import { filterOfPath } from "../okx/path_text.ts";
import { parseAnyTopic, type Topic } from "../okx/topic.ts";
import { bringsRow, isMixed } from "../store/layout/coverage.ts";
import { escapeGlob, type Keys } from "../store/layout/keys.ts";

/** What to listen to for a path, and what of it to keep. */
export type Watch = {
  readonly path: string;
  /** A channel, or a pattern when it holds a `*`. */
  readonly what: string;
  isChannel(channel: string): boolean;
  keeps(row: Readonly<Record<string, unknown>>): boolean;
};

/** Throws CommandError when the path is none. */
export function watchOf(keys: Keys, path: string): Watch {
  const topic = parseAnyTopic(path);
  if (topic.kind === "fault") throw new CommandError(CODES.unknownPath, topic.text);
  const everything = () => true;
  const exact = (channel: string): Watch => ({
    path: topic.path,
    what: escapeGlob(channel) === channel ? channel : `${escapeGlob(channel)}*`,
    isChannel: (name) => name === channel,
    keeps: everything,
  });
  const under = (start: string, keeps: Watch["keeps"]): Watch => ({
    path: topic.path,
    what: `${escapeGlob(start)}*`,
    isChannel: (name) => name.startsWith(start),
    keeps,
  });
  const key = keys.path(topic.path);
  const rows = keys.row(topic.table, "");
  switch (topic.storage) {
    case "candle":
      return under(keys.indexed(key, ""), everything);
    case "instruments":
      return under(keys.member(key, ""), everything);
    case "trades":
      return under(keys.indexed(keys.path(topic.table), ""), (row) => isOfTopic(topic, row));
    case "open":
      return under(rows, (row) => bringsRow(topic, row));
    case "balances":
      return {
        ...under(keys.path(topic.table), (row) => bringsRow(topic, row)),
        isChannel: (name) => name === keys.path(topic.table) || name.startsWith(rows),
      };
    case "latest":
      return topic.isOneRow ? exact(key) : under(rows, (row) => bringsRow(topic, row));
    default:
      return exact(key);
  }
}

/**
 * Returns whether a path brings rows of which none says anything of another, so that each is as old as its own time says.
 */
export function isOfMany(path: string): boolean {
  const topic = parseAnyTopic(path);
  return topic.kind === "topic" && isMixed(topic);
}

/** Returns the row in a message; undefined for anything else, such as a whole push on a channel of the same name. */
export function readMessage(message: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = parseToTexts(message);
    if (typeof value !== "object" || value === null || Array.isArray(value)) return undefined;
    const isPush = "data" in value && ("arg" in value || "table" in value);
    return isPush ? undefined : value as Record<string, unknown>;
  } catch {
    return undefined;
  }
}

/** Legacy trades and orders of all instruments share their channels. */
function isOfTopic(topic: Topic, row: Readonly<Record<string, unknown>>): boolean {
  return isOfInstrument(topic.table, String(row.instrument_id ?? ""), filterOfPath(topic.path) ?? "");
}
