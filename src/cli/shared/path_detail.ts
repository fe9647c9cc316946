/** A subscription in full, for the live views: every member of its record, times with their ages. Pure. */
import type { Reason } from "../../shared/reason.ts";
import { renderReason } from "../terminal/reason.ts";
import { renderAge } from "../terminal/age.ts";
import { safeText } from "../terminal/text.ts";
import type { Translate } from "../i18n/translate.ts";

/** What may be known of it; times are Unix milliseconds, 0: never. */
export type PathFacts = {
  readonly state: string;
  readonly since: number;
  readonly receivedAt: number;
  readonly rows: number;
  readonly error: Reason | null;
  readonly owners: readonly string[];
  readonly connection: string;
  readonly exchangeAt?: number;
  readonly everyMs?: number | null;
  readonly generation?: number;
  readonly epoch?: number;
};

/** A name as it stands in `P/subs`, and its value as a person reads it. */
export type Field = readonly [name: string, value: string];

/** Returns all that is known. */
export function pathFields(facts: PathFacts, now: number, t: Translate): Field[] {
  const { state, since, receivedAt, rows, error, owners, connection } = facts;
  const { exchangeAt, everyMs, generation, epoch } = facts;
  return [
    ["state", safeText(state)],
    ["error", error === null ? "-" : renderReason(error, t, now)],
    ["since", timeText(since, now, t)],
    ["receivedAt", timeText(receivedAt, now, t)],
    ...(exchangeAt === undefined ? [] : [["exchangeAt", timeText(exchangeAt, now, t)] as const]),
    ["rows", String(rows)],
    ...(everyMs === undefined ? [] : [["everyMs", everyMs === null ? "-" : renderAge(everyMs, t)] as const]),
    ["connection", safeText(connection) || "-"],
    ["owners", safeText(owners.join(", ")) || "-"],
    ...(generation === undefined ? [] : [["generation", String(generation)] as const]),
    ...(epoch === undefined ? [] : [["epoch", String(epoch)] as const]),
  ];
}

/** Returns a moment and how long ago it was. */
export function timeText(at: number, now: number, t: Translate): string {
  if (at === 0) return t("top.never");
  return t("live.time_ago", { time: new Date(at).toISOString(), age: renderAge(Math.max(0, now - at), t) });
}
