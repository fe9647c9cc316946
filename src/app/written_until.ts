/**
 * Until when the service that wrote before has surely received and written what came on a path, as its records show: a lease
 * that was renewed shows neither. Times are Unix milliseconds by Redis' clock.
 */
import { parseAnyTopic } from "../okx/topic.ts";
import { passageOf } from "../store/layout/subscription_records.ts";
import type { SubRecord } from "../store/layout/subscription_record.ts";

/** What the service that wrote before has left of one server. */
export type LeftRecords = {
  /** By path. */
  readonly records: ReadonlyMap<string, SubRecord>;
  /** When it last compared what is in Redis; 0: that is not known. */
  readonly comparedAt: number;
  /** Until when it has written what it had received: it had the lease then, and was not about to lose it. */
  readonly settledAt: number;
};

/** A connection that has died is noticed after this time at the latest, and then its paths are said to be stale. */
const SILENT_MS = 25_000;

/** Returns a function that gives this time for each path of a server; 0: nothing is known of it. */
export function createWrittenUntil(
  { records, comparedAt, settledAt }: LeftRecords,
): (path: string) => number {
  /** Of each connection when something came on it, and when of that something was queued behind all that had come. */
  const received = new Map<string, number>();
  const queued = new Map<string, number>();
  for (const [path, { connection, receivedAt }] of records) {
    received.set(connection, Math.max(received.get(connection) ?? 0, receivedAt));
    const topic = parseAnyTopic(path);
    if (topic.kind === "fault" || passageOf(topic) !== "queue") continue;
    queued.set(connection, Math.max(queued.get(connection) ?? 0, receivedAt));
  }
  const anything = Math.max(comparedAt, ...received.values());
  return (path) => {
    const connection = records.get(path)?.connection ?? "";
    const own = connection === "" ? records.get(path)?.receivedAt ?? 0 : received.get(connection) ?? 0;
    const written = connection === "" ? 0 : queued.get(connection) ?? 0;
    return Math.max(0, written, Math.min(settledAt, Math.max(own, anything - SILENT_MS)));
  };
}
