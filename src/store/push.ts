/**
 * One push on its way to Redis: what every kind of storage is handed, what it may remember between pushes, and how ids
 * and messages are made of rows.
 */
import type { DataFrame, Row } from "../okx/frame.ts";
import type { Topic } from "../okx/topic.ts";
import type { Keys } from "./keys.ts";

/** What is remembered of earlier pushes; Redis is never asked. */
export type Context = {
  readonly keys: Keys;
  readonly maxRow: number;
  /** Newest candle per series, to tell when a bar without a confirm flag is final. */
  readonly bars: Map<string, { member: string; row: Row }>;
  /** Final candles already announced per series, the newest few: a fetched one may have been pushed too. */
  readonly finals: Map<string, string[]>;
  /** Last whole row per small order book, to write it again with another state. */
  readonly views: Map<string, Row>;
  /** Last row per key of topics whose rows leave something unsaid. */
  readonly merged: Map<string, Row>;
  /** Known ids per set, from the last full list or snapshot on. */
  readonly sets: Map<string, Set<string>>;
  /** Ids seen so far of a snapshot that comes in pages. */
  readonly pages: Map<string, Set<string>>;
  /** A stream id is never below the one before it, even when the clock steps back. */
  readonly stream: { ms: number; n: number };
};

/** One push for one topic. */
export type Push = {
  readonly topic: Topic;
  readonly frame: DataFrame;
  readonly rows: readonly Row[];
  readonly at: number;
};

/** The next id of a stream: never below the one before it. */
export function nextId(stream: Context["stream"], at: number): string {
  if (at > stream.ms) {
    stream.ms = at;
    stream.n = 0;
  }
  return `${stream.ms}-${stream.n++}`;
}

/** What is published for a whole push. */
export function wholeMessage(topic: Topic, frame: DataFrame, rows: readonly Row[]): string {
  return topic.convert === undefined && frame.text !== "" ? frame.text : JSON.stringify(
    topic.convert === undefined ? { arg: frame.arg, data: frame.rows } : { table: topic.table, data: rows },
  );
}

/** A single native row is cut out of the message as it came, which keeps its text exact and costs no encoding. */
export function rowMessage(topic: Topic, frame: DataFrame, row: Row): string {
  const asSent = topic.convert === undefined && topic.expand === undefined && topic.storage !== "candle";
  if (asSent && frame.rows.length === 1) {
    const start = frame.text.indexOf(DATA_START);
    if (start > 0 && frame.text.endsWith("}]}")) return frame.text.slice(start + DATA_START.length, -2);
  }
  return JSON.stringify(row);
}

const DATA_START = '"data":[';

export function idOf(key: readonly string[], row: Row): string | undefined {
  if (key.length === 0) return undefined;
  if (key.length === 1) {
    const value = row[key[0] as string];
    return typeof value === "string" && value !== "" ? cleanId(value) : undefined;
  }
  const values = key.map((name) => row[name]).filter((value) => typeof value === "string" && value !== "");
  return values.length === 0 ? undefined : cleanId(values.join(":"));
}

/** Texts from the exchange may hold anything; a key must not. */
function cleanId(id: string): string {
  return /^[!-~]+$/.test(id) ? id : encodeURIComponent(id.toWellFormed()).replaceAll("%3A", ":");
}

/** Whether a value is an object with named members. */
export function isRow(value: unknown): value is Row {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
