/**
 * One push on its way to Redis: what every kind of storage is handed, what it may remember between pushes, and how ids
 * and messages are made of rows.
 */
import { escapeId } from "../../okx/escape.ts";
import type { DataFrame, Row } from "../../okx/frame.ts";
import { ROWS_START } from "../../okx/rows_text.ts";
import type { Topic } from "../../okx/topic.ts";
import { idText, type RowVersions } from "../../okx/row_lifecycle.ts";
import type { Absent } from "./absent.ts";
import type { EndedRows } from "./ended_rows.ts";
import type { BackfilledEntries } from "./backfilled_entries.ts";
import type { ExpiringRows } from "./expiring_rows.ts";
import type { UnknownOrders } from "./unknown_orders.ts";
import type { Keys } from "./keys.ts";
import type { CurrentState } from "./current_state.ts";
import type { RowKeys } from "./row_keys.ts";
import type { TradeMembers } from "./trade_members.ts";
import type { Write } from "../write/write.ts";

/** What is remembered of earlier pushes; Redis is never asked. */
export type PushContext = {
  readonly keys: Keys;
  readonly maxRow: number;
  /** Newest candle per series, to know when a bar without a confirm flag is final. */
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
  /** The newest state of what opens and closes. */
  readonly lives: RowVersions;
  /** Orders of which nobody can be asked. */
  readonly unknownOrders: UnknownOrders;
  /** Latest rows that end without a word. */
  readonly fading: ExpiringRows;
  /** What snapshots leave out. */
  readonly absent: Absent;
  /** Which rows have a key of their own. */
  readonly rowKeys: RowKeys;
  /** What is written again when Redis may have lost it. */
  readonly current: CurrentState;
  /** The newest rows that are over. */
  readonly ended: EndedRows;
  /** Which rows of a shared index are whose. */
  readonly members: TradeMembers;
  /** A stream id is never below the one before it, even when the clock steps back. */
  readonly stream: { ms: number; n: number };
  /** Entries of streams that were backfilled. */
  readonly backfilled: BackfilledEntries;
};

/** One push for one topic. */
export type Push = {
  readonly topic: Topic;
  readonly frame: DataFrame;
  readonly rows: readonly Row[];
  readonly at: number;
  /** Of rows that were backfilled: how many newer ones had come before. */
  readonly newer: number;
  /** Ids of rows that were left out as older than what is known, and that are open. */
  readonly standing?: readonly string[];
  /** The exchange's rows, where those above are in another dialect. */
  readonly sources?: readonly Row[];
  /** Rows that say that something is gone, and the rows of the snapshot that left it out. */
  readonly gone?: readonly Row[];
  readonly present?: readonly Row[];
};

/** Returns the next id of a stream: never below the one before it. */
export function nextId(stream: PushContext["stream"], at: number): string {
  if (at > stream.ms) {
    stream.ms = at;
    stream.n = 0;
  }
  return `${stream.ms}-${stream.n++}`;
}

/**
 * Returns what is published for a whole push: as it came, or, where rows were left out of it or converted, in the same
 * form.
 */
export function wholeMessage(
  { asSent, isLegacy, table }: Topic,
  frame: DataFrame,
  rows: readonly Row[],
): string {
  if (asSent && frame.text !== "") return frame.text;
  if (!isLegacy) return JSON.stringify({ arg: frame.arg, data: frame.rows });
  return JSON.stringify({ table, data: asSent ? frame.rows : rows });
}

/**
 * Returns the text of a row to publish. A single native row is cut out of the message as it came, which keeps its text exact
 * and costs no encoding.
 */
export function rowMessage(topic: Topic, frame: DataFrame, row: Row): string {
  const asSent = topic.asSent && topic.expand === undefined && topic.storage !== "candle";
  const { rowsAt = -1 } = frame;
  if (asSent && frame.rows.length === 1 && rowsAt >= 0 && frame.text.endsWith("}]}")) {
    return frame.text.slice(rowsAt + ROWS_START.length, -2);
  }
  return JSON.stringify(row);
}

/** Returns the natural key of a row; undefined where it has none, or one that no name of the exchange is like. */
export function idOf(key: readonly string[], row: Row): string | undefined {
  if (key.length === 0) return undefined;
  if (key.length === 1) return cleanId(row[key[0] as string]);
  const values = key.map((name) => cleanId(row[name])).filter((value) => value !== undefined);
  return values.length === 0 ? undefined : values.join(":");
}

/** Longest id taken; titles of the exchange's announcements are the longest. */
const MAX_ID = 512;

/** Returns an id as it stands in a key, one that is a number as its text; undefined for what is none. */
export function cleanId(id: unknown): string | undefined {
  const value = idText(id);
  if (value === undefined || value.length > MAX_ID) return undefined;
  return escapeId(value);
}

/**
 * Returns whether a write belongs to what a set now has: any other write does, and of its members and their rows these
 * ids.
 */
export function isOfSet(write: Write, key: string, ids: ReadonlySet<string>, rows: string): boolean {
  if (write.kind === "member") return write.key !== key || ids.has(write.member);
  if (write.kind !== "row" || !write.key.startsWith(rows)) return true;
  return ids.has(write.key.slice(rows.length));
}
