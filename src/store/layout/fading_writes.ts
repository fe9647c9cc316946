/** What becomes of latest rows that have ended without a word: another state, or nothing. */
import type { ExpiredRow } from "./expiring_rows.ts";
import type { PushContext } from "./push.ts";
import type { Write } from "../write/write.ts";

/** Returns the writes for latest rows that have ended. */
export function fadedWrites({ current, rowKeys, keys }: PushContext, faded: readonly ExpiredRow[]): Write[] {
  return faded.flatMap(({ path, key, id, row }): Write[] => {
    if (row !== undefined) {
      const write: Write = { kind: "row", key, row, whole: true };
      current.keep(path, key, write);
      return [write, { kind: "publish", channel: key, message: JSON.stringify(row), of: keys.path(path) }];
    }
    current.drop(path, key);
    rowKeys.release(path, id);
    // A row of nothing removes the key.
    return [{ kind: "row", key, row: {}, whole: true }];
  });
}
