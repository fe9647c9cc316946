/** What identifies the rows of one path. */
import { parseAnyTopic, type Topic } from "../okx/topic.ts";

/** Members that name a row where its channel's key is not among its own members. */
const NAMES = ["instrument_id", "instId", "currency", "ccy", "posId", "sprdId"] as const;

/**
 * Returns a function that gives the key of a row of `path`: the bar of a candle, the instrument of a ticker, the id of an
 * order. A newer row of the same key replaces the one before. Undefined: rows of this path are events, none of
 * which replaces another.
 */
export function rowKeyOf(path: string): ((row: Readonly<Record<string, unknown>>) => string) | undefined {
  const topic = parseAnyTopic(path);
  if (topic.kind === "fault") return () => path;
  if (topic.storage === "events" || topic.storage === "trades") return undefined;
  if (topic.storage === "book" || topic.storage === "bookSnapshot") return () => topic.path;
  const names = namesOf(topic);
  return (row) => {
    const values = names.map((name) => row[name]).filter((value) => value !== undefined && value !== "");
    const found = values.length > 0 ? values : [NAMES.map((name) => row[name]).find(isText) ?? topic.path];
    return found.map(String).join(":");
  };
}

function namesOf(topic: Topic): readonly string[] {
  return topic.storage === "candle" ? [topic.columns[0] as string] : topic.key;
}

function isText(value: unknown): boolean {
  return typeof value === "string" && value !== "";
}
