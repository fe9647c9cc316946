/** Which of the events that were collected while Redis could not be read it has already, from an earlier process. */
import { eventKeys } from "../okx/event_key.ts";
import type { Topic } from "../okx/topic.ts";
import type { ResumePoint } from "../session/recovery/series_resume.ts";
import type { Write } from "../store/write/write.ts";

/**
 * Returns whether a write appends events that a stream has, all of them. The exchange says the newest events of some channels
 * again when they are subscribed.
 */
export function createKnownEvents(
  topics: readonly Topic[],
  seen: ReadonlyMap<string, ResumePoint>,
  keyOf: (path: string) => string,
): (write: Write) => boolean {
  const known = new Map<string, ReadonlySet<string>>();
  for (const { storage, path, upstream } of topics) {
    const rows = storage === "events" ? seen.get(upstream)?.rows ?? [] : [];
    if (rows.length > 0) known.set(keyOf(path), new Set(rows.flatMap(eventKeys)));
  }
  return (write) => {
    if (write.kind !== "append") return false;
    const there = known.get(write.key);
    if (there === undefined) return false;
    const own = eventKeys(write.row);
    return own.length > 0 && own.every((each) => there.has(each));
  };
}
