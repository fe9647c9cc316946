/** Candle series: an index by opening time, a row per candle, and one announcement when a candle is final. */
import { scalarText } from "../../okx/exact_json.ts";
import type { Row } from "../../okx/frame.ts";
import type { Topic } from "../../okx/topic.ts";
import type { Push, PushContext } from "./push.ts";
import type { Write } from "../write/write.ts";

/** Adds the writes of a push of candles. */
export function writeCandles(context: PushContext, { topic, frame, rows }: Push, writes: Write[]): void {
  const { keys, bars, current, maxRow } = context;
  const key = keys.path(topic.path);
  for (const [i, source] of rows.entries()) {
    const row = topic.isLegacy ? candleFields(topic, source) : source;
    const member = scalarText(row[topic.columns[0] as string]);
    if (member === undefined || !TIME.test(member)) continue;
    const score = candleSeconds(member);
    if (Number.isNaN(score)) continue;
    const rowKey = keys.indexed(key, member);
    const last = bars.get(key);
    const confirm = confirmOf(topic, frame.rows[i]);
    const write: Write = { kind: "row", key: rowKey, row, whole: false };
    const indexing: Write = { kind: "score", key, score, member };
    writes.push(write, indexing);
    writes.push({ kind: "publish", channel: rowKey, message: JSON.stringify(row), of: key });
    if (last === undefined || last.member !== member) {
      writes.push({ kind: "trim", key, keep: maxRow, rows: keys.indexed(key, "") });
    }
    if (confirm === "1") announceFinal(context, key, row, member, writes);
    if (last !== undefined && score < candleSeconds(last.member)) continue;
    // Frames from before November 2022 have no confirm flag: there a later bar closes the one before it.
    if (confirm === undefined && last !== undefined && last.member !== member) {
      announceFinal(context, key, last.row, last.member, writes);
    }
    // What was fetched is not the newest, but it may be the end of the bar that is kept.
    const kept = current.get(topic.path, key);
    if (frame.action === "backfill" && !(kept?.kind === "row" && kept.key === rowKey)) continue;
    if (frame.action !== "backfill") bars.set(key, { member, row });
    current.keep(topic.path, key, write);
    current.keep(topic.path, `${key}\n`, indexing);
  }
}

/** Publishes of each candle once that it is final. */
function announceFinal(
  { finals }: PushContext,
  key: string,
  candle: Row,
  timestamp: string,
  writes: Write[],
): void {
  const known = finals.get(key) ?? [];
  if (known.includes(timestamp)) return;
  known.push(timestamp);
  if (known.length > FINALS_KEPT) known.shift();
  finals.set(key, known);
  writes.push({ kind: "publish", channel: key, message: JSON.stringify({ candle, timestamp }) });
}

/** Announced candles remembered per series; a fetched page that overlaps the live feed overlaps by a few. */
const FINALS_KEPT = 64;

/** Recordings from before November 2022 have fewer elements and no confirm flag. */
export function namedCells(topic: Topic, row: unknown): Row {
  const cells = Array.isArray(row) ? row : [];
  const result: Record<string, unknown> = {};
  for (const [i, name] of topic.columns.entries()) {
    if (name !== "confirm" && cells[i] !== undefined) result[name] = cells[i];
  }
  const confirm = confirmOf(topic, row);
  if (confirm !== undefined) result.confirm = confirm;
  return result;
}

function confirmOf(topic: Topic, row: unknown): string | undefined {
  return Array.isArray(row) && row.length === topic.cells ? scalarText(row.at(-1)) : undefined;
}

function candleFields(topic: Topic, row: Row): Row {
  const cells = Array.isArray(row.candle) ? row.candle : [];
  const result: Record<string, unknown> = {};
  for (const [i, name] of topic.columns.entries()) if (cells[i] !== undefined) result[name] = cells[i];
  return result;
}

/** Returns the score of a bar by when it opened, in Unix milliseconds. */
export function barScore(openedAt: number): number {
  return openedAt / 1000;
}

/** Milliseconds or ISO 8601: the time becomes a part of a key. */
const TIME = /^(\d{1,16}|[\dTZ:.+-]{10,40})$/;

function candleSeconds(member: string): number {
  return barScore(/^\d+$/.test(member) ? Number(member) : Date.parse(member));
}
