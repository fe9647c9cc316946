/** One field of `P/subs` as it is read: others may write to Redis too, so that it may be anything. */
import { parseObject } from "../../shared/json_object.ts";
import type { ExchangeRejection, SubscriptionState } from "../../model/events.ts";
import type { PathStatus } from "../../model/status.ts";
import { message } from "../../shared/messages/message.ts";

/** One field of `P/subs`, as JSON. Times are Unix milliseconds of Redis' own clock; 0 means never. */
export type SubRecord =
  & Pick<PathStatus, "state" | "since" | "receivedAt" | "rows" | "error" | "owners" | "generation">
  & {
    /** The newest time that a row itself carried, by the exchange's clock. */
    readonly exchangeAt: number;
    /** The connection that serves it, e.g. `public#2`; empty when none was named. */
    readonly connection: string;
    /** The term of the service that wrote it; 0: one with a store of its own, or of an earlier version. */
    readonly epoch: number;
    /** Rows that it had before it was subscribed, fetched by REST, and when; left out where there are none. */
    readonly history?: { readonly rows: number; readonly at: number };
  };

/** The reason for what is stale since the start of a service. */
export const EARLIER: ExchangeRejection = { code: "earlier", message: message("reason.earlier").english };

/** Returns a record of a path of which nothing is known but its state. */
export function newRecord(state: SubscriptionState, since: number): SubRecord {
  return {
    ...{ state, since, receivedAt: 0, exchangeAt: 0, rows: 0 },
    ...{ error: null, owners: [], connection: "", generation: 0, epoch: 0 },
  };
}

/** Reads a field; undefined for what is no record. What another version left out is empty or zero. */
export function readSubRecord(text: string): SubRecord | undefined {
  const record = parseObject(text);
  if (record === undefined) return undefined;
  const { state, owners, connection, error } = record;
  if (!STATES.includes(state as SubscriptionState)) return undefined;
  return {
    state: state as SubscriptionState,
    since: numberOf(record.since),
    receivedAt: numberOf(record.receivedAt),
    exchangeAt: numberOf(record.exchangeAt),
    rows: numberOf(record.rows),
    error: errorOf(error),
    owners: Array.isArray(owners) ? owners.filter((owner) => owner === "file" || owner === "command") : [],
    connection: typeof connection === "string" ? connection : "",
    generation: numberOf(record.generation),
    epoch: numberOf(record.epoch),
    ...historyOf(record.history),
  };
}

const STATES: readonly SubscriptionState[] = ["wanted", "sent", "live", "refused", "stale", "syncing"];

function errorOf(value: unknown): SubRecord["error"] {
  if (typeof value !== "object" || value === null) return null;
  const { code, message, nextAt } = value as Readonly<Record<string, unknown>>;
  const known = numberOf(nextAt);
  return {
    code: String(code ?? ""),
    message: String(message ?? ""),
    ...(known > 0 && { nextAt: known }),
  };
}

function historyOf(value: unknown): Pick<SubRecord, "history"> {
  if (typeof value !== "object" || value === null) return {};
  const { rows, at } = value as Readonly<Record<string, unknown>>;
  return { history: { rows: numberOf(rows), at: numberOf(at) } };
}

/** The last moment that a Date can name. */
const MAX_TIME = 8.64e15;

function numberOf(value: unknown): number {
  return typeof value === "number" && value >= 0 && value <= MAX_TIME ? value : 0;
}
