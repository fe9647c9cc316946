/** The time of a row: what clients show and filter by, and what `exchangeAt` in `P/subs` is the newest of. */
import { parseTime } from "../shared/parse_time.ts";
import { scalarText } from "./exact_json.ts";
import type { Row } from "./frame.ts";

/** Members with a time where a row has no `ts`: when it changed, in v5 and v3, when it was pushed, when it came to be. */
const FURTHER = ["uTime", "timestamp", "updated_at", "pTime", "cTime", "created_at"] as const;

/** Returns the time of a row in Unix milliseconds by the exchange's clock, from the first member that has one; 0: none has. */
export function rowTimeOf(row: Row): number {
  const ts = timeOf(row.ts);
  if (ts > 0) return ts;
  for (const name of FURTHER) {
    const time = timeOf(row[name]);
    if (time > 0) return time;
  }
  return 0;
}

/** A row is dated in most pushes: what is absent costs one comparison. */
function timeOf(value: unknown): number {
  if (value === undefined) return 0;
  if (typeof value === "number") return value;
  const text = scalarText(value);
  return text === undefined ? 0 : parseTime(text);
}
