/** The time that a row itself carries, as `exchangeAt` in `P/subs` counts it. */
import { scalarText } from "../../okx/exact_json.ts";
import type { Row } from "../../okx/frame.ts";

/** Returns the time of a row in Unix milliseconds by the exchange's clock; 0: it has none. v3 writes times in ISO 8601. */
export function exchangeTimeOf(row: Row): number {
  const ms = row.ts ?? row.uTime ?? row.timestamp;
  if (typeof ms === "number") return ms;
  const text = scalarText(ms);
  return text === undefined ? 0 : Number(text) || Date.parse(text) || 0;
}
