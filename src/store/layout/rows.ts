/** How the rows of one push become writes, by kind of storage; candles, books and what is open have modules of their own. */
import type { Row } from "../../okx/frame.ts";
import type { Topic } from "../../okx/topic.ts";
import { tradeScore } from "../../okx/trade_row.ts";
import { writeCandles } from "./candles.ts";
import { writeInstruments } from "./instruments.ts";
import { knownMembers } from "./open_orders.ts";
import { writeBalances, writeOpen } from "./open_rows.ts";
import { idOf, nextId, type Push, type PushContext, rowMessage } from "./push.ts";
import { rowTimeOf } from "../../okx/row_time.ts";
import type { Write } from "../write/write.ts";

/** Adds the writes of the rows of one push, by kind of storage. */
export const ROW_WRITERS: Readonly<
  Record<Topic["storage"], (context: PushContext, push: Push, writes: Write[]) => void>
> = {
  latest: writeLatest,
  candle: writeCandles,
  events: writeEvents,
  bookSnapshot: writeView,
  // A book with increments comes as the book it makes, not as rows.
  book: () => {},
  instruments: writeInstruments,
  open: writeOpen,
  balances: writeBalances,
  trades: writeTrades,
};

function writeLatest(
  { keys, merged, rowKeys, current, fading }: PushContext,
  { topic, frame, rows, at, gone = [], present = [] }: Push,
  writes: Write[],
): void {
  const of = keys.path(topic.path);
  for (const part of gone) {
    const id = idOf(topic.key, part);
    const key = id === undefined ? of : keys.row(topic.table, id);
    const row = [part, ...present].reduce(
      (before, next) => topic.merge?.(before, next) ?? part,
      merged.get(key) ?? {},
    );
    const known = current.get(topic.path, key);
    if (known?.kind === "row" && JSON.stringify(known.row) === JSON.stringify(row)) continue;
    if (topic.merge !== undefined) merged.set(key, row);
    const write: Write = { kind: "row", key, row, whole: true };
    current.keep(topic.path, key, write);
    writes.push(write, { kind: "publish", channel: key, message: JSON.stringify(row), of });
  }
  for (const part of rows) {
    const id = idOf(topic.key, part);
    if (id !== undefined && !rowKeys.admit(topic.path, id)) continue;
    const key = id === undefined ? of : keys.row(topic.table, id);
    const row = topic.merge === undefined ? part : topic.merge(merged.get(key), part);
    if (topic.merge !== undefined) merged.set(key, row);
    const write: Write = { kind: "row", key, row, whole: true };
    fading.note(topic, { key, id: id ?? topic.path }, row, at);
    current.keep(topic.path, key, write);
    writes.push(write);
    writes.push({ kind: "publish", channel: key, message: rowMessage(topic, frame, row), of });
  }
}

function writeEvents(context: PushContext, { topic, frame, rows, at, newer }: Push, writes: Write[]): void {
  const { keys, stream, maxRow, backfilled } = context;
  const key = keys.path(topic.path);
  const added: { id: string; row: Row }[] = [];
  for (const row of rows) {
    const id = nextId(stream, at);
    added.push({ id, row });
    const message = rowMessage(topic, frame, row);
    const backfilled = frame.action === "backfill";
    writes.push({
      ...{ kind: "append", key, id, row, bytes: message.length, of: key },
      ...(backfilled ? { backfilled } : {}),
    });
    writes.push({ kind: "publish", channel: key, message });
  }
  if (frame.action === "backfill") backfilled.fill(key, added, newer);
  else backfilled.push(key, added.length);
  const ids = backfilled.over(key, maxRow);
  if (ids.length > 0) writes.push({ kind: "erase", key, ids });
  writes.push({ kind: "trimStream", key, keep: maxRow });
}

function writeView({ keys, views }: PushContext, { topic, frame, rows }: Push, writes: Write[]): void {
  const key = keys.path(topic.path);
  for (const row of rows) {
    const live = { ...row, state: "live" };
    views.set(key, live);
    writes.push({ kind: "row", key, row: live, whole: true });
    writes.push({ kind: "publish", channel: key, message: rowMessage(topic, frame, row), of: key });
  }
}

/** Rows of all instruments of a product in one index, by id; each path has an index of its own, by time, which is trimmed. */
function writeTrades(
  { keys, maxRow, members, unknownOrders }: PushContext,
  { topic, frame, rows, at }: Push,
  writes: Write[],
): void {
  const key = keys.path(topic.table);
  const of = keys.path(topic.path);
  const filter = topic.path.slice(topic.table.length + 1);
  for (const row of rows) {
    const id = idOf(topic.key, row);
    // Orders of v3 swaps have ids such as 66-7-4cdb0d73a-0; their time keeps them in order.
    const score = /^\d+$/.test(id ?? "") ? Number(id) : rowTimeOf(row);
    if (id === undefined || score === 0) continue;
    const member = members.nameOf(key, topic.path, { id, filter });
    const rowKey = keys.indexed(key, member);
    writes.push({ kind: "row", key: rowKey, row: knownMembers(row), whole: false });
    unknownOrders.note(topic, rowKey, row);
    writes.push({ kind: "score", key, score, member });
    writes.push({ kind: "score", key: of, score: tradeScore(id, rowTimeOf(row) || at), member });
    writes.push({ kind: "publish", channel: rowKey, message: rowMessage(topic, frame, row), of });
  }
  writes.push({ kind: "trim", key: of, keep: maxRow, rows: keys.indexed(key, ""), also: key });
}
