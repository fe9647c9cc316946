/**
 * How the rows of one push become writes, by kind of storage. What is decided here is decided from the push and
 * from what this module remembers of earlier pushes; Redis is never asked.
 */
import type { DataFrame, Row } from "../okx/frame.ts";
import type { Topic } from "../okx/topic.ts";
import type { Keys } from "./keys.ts";
import type { Write } from "./write.ts";

/** Turns pushes into writes for one server. */
export type RowWriter = {
  /** Adds the writes of one push for one topic; answers the newest exchange time among its rows (0: none). */
  write(topic: Topic, frame: DataFrame, at: number, writes: Write[]): number;
  /** The writes that say of a topic's order book that it is no longer kept up. */
  mark(topic: Topic, state: "stale" | "closed"): Write[];
  /** Adds a record to the stream of holes, and says it on the channel of the same name. */
  record(hole: Row, at: number): Write[];
  /** Forgets what only holds within one connection. */
  reset(): void;
};

type Context = {
  readonly keys: Keys;
  readonly maxRow: number;
  /** Newest candle per series, to tell when a bar without a confirm flag is final. */
  readonly bars: Map<string, { member: string; row: Row }>;
  /** Final candles already announced per series, the newest few: a fetched one may have been pushed too. */
  readonly finals: Map<string, string[]>;
  /** Last whole row per small order book, to write it again with another state. */
  readonly views: Map<string, Row>;
  /** Known ids per instrument set, from the last seed. */
  readonly sets: Map<string, Set<string>>;
  /** A stream id is never below the one before it, even when the clock steps back. */
  readonly stream: { ms: number; n: number };
};

type Rows = {
  readonly topic: Topic;
  readonly frame: DataFrame;
  readonly rows: readonly Row[];
  readonly at: number;
};

/** `maxRow`: members kept per index and stream. */
export function createRowWriter(keys: Keys, maxRow: number): RowWriter {
  const context: Context = {
    keys,
    maxRow,
    bars: new Map(),
    finals: new Map(),
    views: new Map(),
    sets: new Map(),
    stream: { ms: 0, n: 0 },
  };
  return {
    write(topic, frame, at, writes) {
      const rows = rowsOf(topic, frame);
      WRITERS[topic.storage](context, { topic, frame, rows, at }, writes);
      writes.push({
        kind: "publish",
        channel: keys.table(topic.table),
        message: wholeMessage(topic, frame, rows),
      });
      return topic.storage === "candle" ? 0 : newestTime(frame.rows);
    },
    mark(topic, state) {
      const key = keys.path(topic.path);
      const row = context.views.get(key);
      if (row === undefined) return [];
      const marked = { ...row, state };
      context.views.set(key, marked);
      return [{ kind: "row", key, row: marked, whole: true }];
    },
    record(hole, at) {
      const message = JSON.stringify(hole);
      return [
        { kind: "append", key: keys.gaps, id: nextId(context.stream, at), row: hole, bytes: message.length },
        { kind: "publish", channel: keys.gaps, message },
        { kind: "trimStream", key: keys.gaps, keep: maxRow },
      ];
    },
    reset() {
      context.bars.clear();
    },
  };
}

const WRITERS: Readonly<Record<Topic["storage"], (context: Context, rows: Rows, writes: Write[]) => void>> = {
  latest: writeLatest,
  candle: writeCandles,
  events: writeEvents,
  view: writeView,
  // A book with increments comes as the book it makes, not as rows.
  book: () => {},
  instruments: writeInstruments,
  trades: writeTrades,
};

function writeLatest({ keys }: Context, { topic, frame, rows }: Rows, writes: Write[]): void {
  for (const row of rows) {
    const id = idOf(topic.key, row);
    const key = id === undefined ? keys.path(topic.path) : keys.row(topic.table, id);
    writes.push({ kind: "row", key, row, whole: true });
    writes.push({ kind: "publish", channel: key, message: rowMessage(topic, frame, row) });
  }
}

function writeCandles(context: Context, { topic, frame, rows }: Rows, writes: Write[]): void {
  const { keys, bars, maxRow } = context;
  const key = keys.path(topic.path);
  for (const [i, source] of rows.entries()) {
    const row = topic.convert === undefined && topic.cells > 0 ? source : candleFields(topic, source);
    const member = String(row[topic.columns[0] as string]);
    const score = candleSeconds(member);
    if (Number.isNaN(score)) continue;
    const rowKey = keys.indexed(key, member);
    const last = bars.get(key);
    const confirm = confirmOf(topic, frame.rows[i]);
    writes.push({ kind: "row", key: rowKey, row, whole: false });
    writes.push({ kind: "score", key, score, member });
    writes.push({ kind: "publish", channel: rowKey, message: rowMessage(topic, frame, source) });
    if (last === undefined || last.member !== member) writes.push({ kind: "trim", key, keep: maxRow });
    if (confirm === "1") announceFinal(context, key, row, member, writes);
    if (last !== undefined && score < candleSeconds(last.member)) continue;
    // Frames from before November 2022 have no confirm flag: there a later bar closes the one before it.
    if (confirm === undefined && last !== undefined && last.member !== member) {
      announceFinal(context, key, last.row, last.member, writes);
    }
    if (frame.action !== "fill") bars.set(key, { member, row });
  }
}

/** Says once of each candle that it is final. */
function announceFinal(
  { finals }: Context,
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

function writeEvents(context: Context, { topic, frame, rows, at }: Rows, writes: Write[]): void {
  const { keys, stream, maxRow } = context;
  const key = keys.path(topic.path);
  for (const row of rows) {
    const id = nextId(stream, at);
    const message = rowMessage(topic, frame, row);
    writes.push({ kind: "append", key, id, row, bytes: message.length });
    writes.push({ kind: "publish", channel: key, message });
  }
  writes.push({ kind: "trimStream", key, keep: maxRow });
}

function nextId(stream: Context["stream"], at: number): string {
  if (at > stream.ms) {
    stream.ms = at;
    stream.n = 0;
  }
  return `${stream.ms}-${stream.n++}`;
}

function writeView({ keys, views }: Context, { topic, frame, rows }: Rows, writes: Write[]): void {
  const key = keys.path(topic.path);
  for (const row of rows) {
    const live = { ...row, state: "live" };
    views.set(key, live);
    writes.push({ kind: "row", key, row: live, whole: true });
    writes.push({ kind: "publish", channel: key, message: rowMessage(topic, frame, row) });
  }
}

function writeTrades({ keys, maxRow }: Context, { topic, frame, rows }: Rows, writes: Write[]): void {
  const key = keys.path(topic.table);
  for (const row of rows) {
    const id = idOf(topic.key, row);
    const score = Number(id);
    if (id === undefined || !Number.isFinite(score)) continue;
    const rowKey = keys.indexed(key, id);
    writes.push({ kind: "row", key: rowKey, row, whole: false });
    writes.push({ kind: "score", key, score, member: id });
    writes.push({ kind: "publish", channel: rowKey, message: rowMessage(topic, frame, row) });
  }
  writes.push({ kind: "trim", key, keep: maxRow });
}

function writeInstruments({ keys, sets }: Context, { topic, frame, rows }: Rows, writes: Write[]): void {
  const key = keys.path(topic.path);
  const known = frame.action === "seed" ? new Set<string>() : sets.get(key);
  let grown = frame.action === "seed";
  for (const row of rows) {
    const id = String(row.instrument_id ?? row.instId ?? "");
    if (id === "") continue;
    const rowKey = keys.member(key, id);
    writes.push({ kind: "row", key: rowKey, row, whole: false });
    writes.push({ kind: "member", key, member: id });
    writes.push({ kind: "publish", channel: rowKey, message: rowMessage(topic, frame, row) });
    if (known !== undefined && !known.has(id)) {
      known.add(id);
      grown = true;
    }
  }
  if (known !== undefined && grown) {
    sets.set(key, known);
    writes.push({ kind: "retain", key, members: [...known] });
  }
}

/** The rows of a push as objects, in the dialect of the topic. */
function rowsOf(topic: Topic, frame: DataFrame): readonly Row[] {
  const { convert, keep } = topic;
  const mine = keep === undefined ? frame.rows : frame.rows.filter((row) => isRow(row) && keep(row));
  if (convert !== undefined) return mine.map((row) => convert(row, frame.arg));
  if (topic.storage === "candle") return mine.map((row) => namedCells(topic, row));
  return mine.filter(isRow);
}

/** Recordings from before November 2022 have fewer elements and no confirm flag. */
function namedCells(topic: Topic, row: unknown): Row {
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
  return Array.isArray(row) && row.length === topic.cells ? String(row.at(-1)) : undefined;
}

function candleFields(topic: Topic, row: Row): Row {
  const cells = Array.isArray(row.candle) ? row.candle : [];
  const result: Record<string, unknown> = {};
  for (const [i, name] of topic.columns.entries()) if (cells[i] !== undefined) result[name] = cells[i];
  return result;
}

function candleSeconds(member: string): number {
  return (/^\d+$/.test(member) ? Number(member) : Date.parse(member)) / 1000;
}

function wholeMessage(topic: Topic, frame: DataFrame, rows: readonly Row[]): string {
  return topic.convert === undefined && frame.text !== "" ? frame.text : JSON.stringify(
    topic.convert === undefined ? { arg: frame.arg, data: frame.rows } : { table: topic.table, data: rows },
  );
}

/** A single native row is cut out of the message as it came, which keeps its text exact and costs no encoding. */
function rowMessage(topic: Topic, frame: DataFrame, row: Row): string {
  if (topic.convert === undefined && frame.rows.length === 1 && topic.storage !== "candle") {
    const start = frame.text.indexOf(DATA_START);
    if (start > 0 && frame.text.endsWith("}]}")) return frame.text.slice(start + DATA_START.length, -2);
  }
  return JSON.stringify(row);
}

const DATA_START = '"data":[';

function idOf(key: readonly string[], row: Row): string | undefined {
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

function newestTime(rows: readonly unknown[]): number {
  let newest = 0;
  for (const row of rows) {
    const ts = isRow(row) ? Number(row.ts ?? row.uTime ?? 0) : 0;
    if (ts > newest) newest = ts;
  }
  return newest;
}

function isRow(value: unknown): value is Row {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
