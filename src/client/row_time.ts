/** The time that a row carries, whatever its channel calls it. */

/** Members with a time, the one that says when the row itself is from first. */
const TIMES = ["ts", "timestamp", "uTime", "updateTime", "pTime", "fillTime", "cTime", "created_at"] as const;

/** Returns the time of a row in Unix milliseconds by the exchange's clock; undefined: the row carries none. */
export function rowTimeOf(row: Readonly<Record<string, unknown>>): number | undefined {
  for (const name of TIMES) {
    const ms = parseTime(row[name]);
    if (ms !== undefined) return ms;
  }
  return undefined;
}

/** v5 writes milliseconds, v3 ISO 8601. */
function parseTime(value: unknown): number | undefined {
  if (typeof value === "number") return value > 0 ? value : undefined;
  if (typeof value !== "string" || value === "") return undefined;
  const ms = /^\d+$/.test(value) ? Number(value) : Date.parse(value);
  return Number.isFinite(ms) && ms > 0 ? ms : undefined;
}
