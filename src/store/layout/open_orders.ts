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
  const { lifecycle: life, keptOrders } = topic;
  if (life === undefined) return [];
  const own = keptOrders === undefined ? rows : rows.filter(keptOrders.isOpen).map(keptOrders.toV5);
  return own.filter((row) => !life.isOver(row) && row.state !== UNKNOWN && row[life.id] !== undefined);
}

/** Returns those of the rows of a path of which nobody knew what had become of them, as if they were open. */
export function forgottenRows(topic: Topic, rows: readonly CachedRow[]): readonly CachedRow[] {
  const unknown = rows.filter(({ state }) => state === UNKNOWN);
  return openRows(topic, unknown.map(({ state: _, ...row }) => row));
}

/** Returns those of the rows of a path that are known to be over. */
export function endedRows(topic: Topic, rows: readonly CachedRow[]): readonly CachedRow[] {
  const { lifecycle: life, keptOrders } = topic;
  if (life === undefined || life.reopens) return [];
  const isAsPushed = keptOrders === undefined || topic.asSent;
  const own = isAsPushed ? rows : rows.filter(keptOrders.isOver).map(keptOrders.toV5);
  return own.filter((row) => life.isOver(row) && row[life.id] !== undefined);
}

/** Returns the members that a legacy row of an order has when nothing is known of it any more; the rest stays as it was. */
export function knownMembers(row: Row): Row {
  if (row.state !== UNKNOWN && row.status !== UNKNOWN) return row;
  return Object.fromEntries(Object.entries(row).filter(([, value]) => value !== "" && value !== undefined));
}
