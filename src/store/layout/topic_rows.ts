/** The rows of a push that belong to a topic, as they are written: without older states, in the dialect of the topic. */
import { type DataFrame, isRow, type Row } from "../../okx/frame.ts";
import { partLifecycle } from "../../okx/row_lifecycle.ts";
import type { Topic } from "../../okx/topic.ts";
import { namedCells } from "./candles.ts";
import type { Push, PushContext } from "./push.ts";
import { rowTimeOf } from "../../okx/row_time.ts";

/** Returns the rows of a push that belong to a topic, as the exchange sent them. */
function partsOf({ keep, expand }: Topic, frame: DataFrame): readonly unknown[] {
  const parts = expand === undefined ? frame.rows : frame.rows.flatMap(expand);
  return keep === undefined ? parts : parts.filter((row) => isRow(row) && keep(row));
}

/** Returns the exchange's rows beside their legacy forms. */
export function sourcesOf(topic: Topic, frame: DataFrame): Partial<Push> {
  if (topic.storage !== "instruments" || topic.asSent) return {};
  return { sources: partsOf(topic, frame).filter(isRow) };
}

/** Returns what a snapshot leaves out, in the dialect of the topic. */
export function missing({ absent }: PushContext, topic: Topic, frame: DataFrame): Partial<Push> {
  if (topic.absent === undefined) return {};
  const { gone, present } = absent.take(topic, frame, partsOf(topic, frame).filter(isRow));
  const converted = (rows: readonly Row[]) => rows.map((row) => topic.convert(row, frame.arg));
  return { gone: converted(gone), present: converted(present) };
}

/** Returns the rows of a push that belong to a topic, without those that are older than what is known of them. */
export function newParts({ lives }: PushContext, topic: Topic, frame: DataFrame): readonly unknown[] {
  const parts = partsOf(topic, frame);
  const { path, partId } = topic;
  if (partId === undefined) return parts;
  return parts.filter((row) => isRow(row) && lives.take(partLifecycle(path, partId), row));
}

/** Returns rows as objects, in the dialect of the topic. */
export function inDialect(topic: Topic, frame: DataFrame, parts: readonly unknown[]): readonly Row[] {
  if (!topic.asSent) return parts.map((row) => topic.convert(row, frame.arg));
  if (topic.shape.isList) return parts.map((row) => namedCells(topic, row));
  return parts.filter(isRow);
}

/** Returns the newest time that any of these rows carries; 0: none. */
export function newestTime(rows: readonly unknown[]): number {
  let newest = 0;
  for (const row of rows) {
    const ts = isRow(row) ? rowTimeOf(row) : 0;
    if (ts > newest) newest = ts;
  }
  return newest;
}
