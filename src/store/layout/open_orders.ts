/** What an earlier process had open, of the rows that it left, in the words of the exchange. */
import type { Row } from "../../okx/frame.ts";
import { UNKNOWN } from "../../okx/row_lifecycle.ts";
import type { Topic } from "../../okx/topic.ts";
import type { CachedRow } from "../store.ts";

/** A latest row of an earlier process that a desired path goes on with, under its id and key. */
export type EarlierRow = {
  readonly topic: Topic;
  readonly id: string;
  readonly key: string;
  readonly row: Row;
};

/** Returns those of the rows of a path that are open. */
export function openRows(topic: Topic, rows: readonly CachedRow[]): readonly CachedRow[] {
  const life = topic.lifecycle;
  if (life === undefined) return [];
  const own = topic.storage === "trades" ? rows.filter(isLegacyOpen).map(asOrder) : rows;
  return own.filter((row) => !life.isOver(row) && row.state !== UNKNOWN && row[life.id] !== undefined);
}

/** Returns those of the rows of a path of which nobody knew what had become of them, as if they were open. */
export function forgottenRows(topic: Topic, rows: readonly CachedRow[]): readonly CachedRow[] {
  const unknown = rows.filter(({ state }) => state === UNKNOWN);
  return openRows(topic, unknown.map(({ state: _, ...row }) => row));
}

/** Returns those of the rows of a path that are known to be over. */
export function endedRows(topic: Topic, rows: readonly CachedRow[]): readonly CachedRow[] {
  const life = topic.lifecycle;
  if (life === undefined || life.reopens) return [];
  const isLegacy = topic.storage === "trades" && !topic.asSent;
  const own = isLegacy ? rows.filter((row) => endOf(row) !== undefined).map(asOrder) : rows;
  return own.filter((row) => life.isOver(row) && row[life.id] !== undefined);
}

/** What an end is called by the exchange now; undefined for a legacy row that is not over. */
function endOf({ state, status, algo_id: algoId }: Row): string | undefined {
  return algoId === undefined ? ENDS[String(state)] : ALGO_ENDS[String(status)];
}

const ENDS: Readonly<Record<string, string>> = { "2": "filled", "-1": "canceled", "-2": "canceled" };
const ALGO_ENDS: Readonly<Record<string, string>> = {
  "2": "effective",
  "3": "canceled",
  "6": "order_failed",
};

/** Orders have a `state` (and those of spot a `status` beside it), algo orders a `status` alone. */
export function isLegacyOpen({ state, status, algo_id: algoId }: Row): boolean {
  return algoId === undefined ? state === "0" || state === "1" : ["1", "4", "5"].includes(String(status));
}

/** Members that identify an order and that a legacy row has; what v3 had no word for is lost. */
const MEMBERS: Readonly<Record<string, string>> = {
  order_id: "ordId",
  algo_id: "algoId",
  client_oid: "clOrdId",
  instrument_id: "instId",
  price: "px",
  size: "sz",
  side: "side",
  filled_size: "accFillSz",
  filled_qty: "accFillSz",
  fee: "fee",
};

function asOrder(row: CachedRow): CachedRow {
  const order: Record<string, string> = {
    state: endOf(row) ?? (row.state === "1" ? "partially_filled" : "live"),
  };
  for (const [legacy, name] of Object.entries(MEMBERS)) {
    const value = row[legacy];
    if (value !== undefined && value !== "") order[name] = value;
  }
  const changedAt = Date.parse(row.timestamp ?? "");
  return Number.isNaN(changedAt) ? order : { ...order, uTime: String(changedAt) };
}

/** A legacy row of an order of which nothing is known any more says only what it knows; the rest stays as it was. */
export function knownMembers(row: Row): Row {
  if (row.state !== UNKNOWN && row.status !== UNKNOWN) return row;
  return Object.fromEntries(Object.entries(row).filter(([, value]) => value !== "" && value !== undefined));
}
