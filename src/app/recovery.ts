/**
 * After a connection to Redis was lost: what the Redis that is there now lacks of the entries that were taken is added again,
 * and what nobody has any more is recorded. Rows and states need no comparison, all of them are written again.
 */
import { roomLogger } from "../logging/log.ts";
import type { Store } from "../store/store.ts";
import type { RecentEntries } from "../store/write/recent_entries.ts";
import type { Write } from "../store/write/write.ts";
import type { InLane } from "../store/write/write_queues.ts";
import type { Projectors } from "./projectors.ts";

/** What is compared with what. */
export type RecoveryOptions = {
  readonly store: Pick<Store, "lastIds">;
  readonly recent: Pick<RecentEntries, "keys" | "missing">;
  readonly layout: Pick<Projectors, "lostEntries">;
};

/** The comparison after a loss of the connection. */
export type Recovery = {
  /** Returns what has to be written before anything else. Rejects with StoreError. */
  recover(inLane: InLane): Promise<Write[]>;
  /** Returns whether a stream was compared since it was last settled. */
  isCompared(key: string): boolean;
  /** What was found out of these streams is dealt with. */
  markCompared(keys: Iterable<string>): void;
};

/** Streams asked for at once. */
const PORTION = 1000;

const log = roomLogger("service");

/** Creates a recovery that has compared nothing yet. */
export function createRecovery({ store, recent, layout }: RecoveryOptions): Recovery {
  const compared = new Set<string>();
  return {
    async recover(inLane) {
      const keys = recent.keys().filter(inLane);
      const last = new Map<string, string | undefined>();
      for (let at = 0; at < keys.length; at += PORTION) {
        for (const [key, id] of await store.lastIds(keys.slice(at, at + PORTION))) last.set(key, id);
      }
      for (const key of last.keys()) compared.add(key);
      const { writes, lost } = recent.missing(last);
      const records = layout.lostEntries(lost);
      if (writes.length > 0 || records.length > 0) {
        log.warn("This Redis lacks rows that were taken before, the newest are written again", {
          ...{ rows: writes.length, recorded: records.length },
        });
      }
      return [...writes, ...records];
    },
    isCompared: (key) => compared.has(key),
    markCompared: (keys) => {
      for (const key of keys) compared.delete(key);
    },
  };
}
