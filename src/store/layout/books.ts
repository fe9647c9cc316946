/**
 * Order books in Redis: the top levels as one hash per book, written when the best bid or ask changes and otherwise at
 * most once per interval; every push is published as it comes.
 */
import type { BookView } from "../../model/events.ts";
import { bookChecksum } from "../../okx/checksum.ts";
import type { DataFrame, Level, Row } from "../../okx/frame.ts";
import type { Topic } from "../../okx/topic.ts";
import type { Keys } from "./keys.ts";
import { rowMessage, wholeMessage } from "./push.ts";
import type { Write } from "../write/write.ts";

/** The books of one server. */
export type BookWriter = {
  onBook(topics: readonly Topic[], frame: DataFrame | undefined, book: BookView, at: number): Write[];
  /** Books that changed since they were written and whose interval is over. */
  due(at: number): Write[];
  /** Every book as it is now, for a Redis that may have lost it. */
  all(): Write[];
  /** Whether there is a book under a key. */
  holds(key: string): boolean;
  /** What was last written of each book. */
  written(): Write[];
  /** Says of a book that it is no longer kept up. */
  mark(topic: Topic, state: "stale" | "closed"): Write[];
};

/** Settings of {@link createBookWriter}. */
export type BookOptions = { readonly depth: number; readonly intervalMs: number };

type Entry = {
  topic: Topic;
  /** The exchange's live lists: read when written, never kept. */
  book: BookView;
  writtenAt: number;
  best: string;
  state: string;
  dirty: boolean;
  written: Write | undefined;
};

/** Starts without books. */
export function createBookWriter(keys: Keys, options: BookOptions): BookWriter {
  const entries = new Map<string, Entry>();
  const write = (key: string, entry: Entry, at: number): Write => {
    entry.writtenAt = at;
    entry.best = bestOf(entry.book);
    entry.state = entry.book.state;
    entry.dirty = false;
    return entry.written = { kind: "row", key, row: rowOf(entry, options.depth), whole: true };
  };
  return {
    onBook(topics, frame, book, at) {
      const writes: Write[] = [];
      for (const topic of topics) {
        const key = keys.path(topic.path);
        const entry = entries.get(key) ??
          { topic, book, writtenAt: -Infinity, best: "", state: "", dirty: true, written: undefined };
        entries.set(key, entry);
        // A book that is being mended keeps its last levels under a state that says so.
        entry.book = book.state === "live" ? book : { ...lastOf(entry), state: book.state };
        entry.dirty = true;
        const urgent = entry.state !== book.state || (book.state === "live" && bestOf(book) !== entry.best);
        if (urgent || at - entry.writtenAt >= options.intervalMs) writes.push(write(key, entry, at));
        if (frame !== undefined) writes.push(...publishes(keys, topic, key, frame, book));
      }
      return writes;
    },
    due(at) {
      const writes: Write[] = [];
      for (const [key, entry] of entries) {
        if (entry.dirty && at - entry.writtenAt >= options.intervalMs) writes.push(write(key, entry, at));
      }
      return writes;
    },
    all() {
      return [...entries].map(([key, entry]) => {
        const row = { ...rowOf(entry, options.depth), state: entry.state };
        return entry.written = { kind: "row", key, row, whole: true };
      });
    },
    holds: (key) => entries.has(key),
    written: () => [...entries.values()].flatMap(({ written }) => written === undefined ? [] : [written]),
    mark(topic, state) {
      const key = keys.path(topic.path);
      const entry = entries.get(key);
      if (entry === undefined) return [];
      const row = { ...rowOf(entry, options.depth), state };
      if (state === "closed") entries.delete(key);
      else {
        entry.state = state;
        // Levels that waited for their turn are in this row, and would be written as live later.
        entry.dirty = false;
      }
      return [entry.written = { kind: "row", key, row, whole: true }];
    },
  };
}

function publishes(keys: Keys, topic: Topic, key: string, frame: DataFrame, book: BookView): Write[] {
  const rows = publishedRows(topic, frame, book);
  const whole = topic.asSent ? wholeMessage(topic, frame, rows) : JSON.stringify({
    table: topic.table,
    action: frame.action === "snapshot" ? "partial" : frame.action,
    data: rows,
  });
  return [
    ...rows.map((row): Write => ({
      ...{ kind: "publish", channel: key, message: rowMessage(topic, frame, row) },
      of: key,
    })),
    { kind: "publish", channel: keys.table(topic.table), message: whole },
  ];
}

/** The rows in the dialect of the topic: programs of v3 verify the book after each row, here after the last of a push. */
function publishedRows({ convert }: Topic, frame: DataFrame, book: BookView): readonly Row[] {
  if (convert === undefined) return frame.rows as readonly Row[];
  const checksum = bookChecksum(book.bids, book.asks);
  return frame.rows.map((row, i) => {
    const converted = convert(row, frame.arg);
    return i === frame.rows.length - 1 ? { ...converted, checksum } : converted;
  });
}

/** Copies the levels: the lists of a live book change under our hands. */
function rowOf({ topic, book }: Entry, depth: number): Row {
  const bids = book.bids.slice(0, depth);
  const asks = book.asks.slice(0, depth);
  const { ts, seqId, state } = book;
  const { arg, dialect, convert } = topic;
  if (dialect === "v5") return { bids, asks, ts, seqId, state };
  const row = convert?.({ bids, asks, ts }, arg) ?? { instrument_id: arg.instId, bids, asks, timestamp: ts };
  // Programs of v3 verify the checksum, which v5 no longer sends.
  return { ...row, checksum: bookChecksum(book.bids, book.asks), state };
}

function lastOf(entry: Entry): BookView {
  const { bids, asks, ts, seqId, state } = entry.book;
  return { bids: [...bids], asks: [...asks], ts, seqId, state };
}

function bestOf({ bids, asks }: BookView): string {
  return `${top(bids)} ${top(asks)}`;
}

function top([level]: readonly Level[]): string {
  return level === undefined ? "" : `${level[0]}:${level[1]}`;
}
