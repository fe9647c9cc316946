/**
 * Order books in Redis: of each its best levels as lists in one hash, at most once per interval, with the best bid and ask
 * at once; all levels as hashes by price, of which only what changed is written; every push is published as it comes.
 */
import type { BookView } from "../../model/events.ts";
import { bookChecksum } from "../../okx/checksum.ts";
import type { DataFrame, Row } from "../../okx/frame.ts";
import type { Topic } from "../../okx/topic.ts";
import { BookHashes, type BookOptions } from "./book_hashes.ts";
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
  /** Returns whether there is a book under a key. */
  holds(key: string): boolean;
  /** Returns what was last written of each book. */
  written(): Write[];
  /** Marks a book as no longer kept up. */
  mark(topic: Topic, state: "stale" | "closed"): Write[];
};

type Entry = { readonly topic: Topic; readonly hashes: BookHashes };

/** Creates a writer that has no books yet. */
export function createBookWriter(keys: Keys, options: BookOptions): BookWriter {
  const entries = new Map<string, Entry>();
  const writeOf = (key: string, { hashes }: Entry): Write => ({ kind: "book", key, book: hashes });
  return {
    onBook(topics, frame, book, at) {
      const writes: Write[] = [];
      for (const topic of topics) {
        const key = keys.path(topic.path);
        let entry = entries.get(key);
        if (entry === undefined) {
          const names = { key, bids: keys.bids(topic.path), asks: keys.asks(topic.path) };
          entries.set(key, entry = { topic, hashes: new BookHashes(topic, names, { book, options }) });
        }
        if (entry.hashes.update(book, frame, at)) writes.push(writeOf(key, entry));
        if (frame !== undefined) writes.push(...publishes(keys, topic, key, frame, book));
      }
      return writes;
    },
    due(at) {
      const writes: Write[] = [];
      for (const [key, entry] of entries) if (entry.hashes.isDue(at)) writes.push(writeOf(key, entry));
      return writes;
    },
    all() {
      return [...entries].map(([key, entry]) => {
        entry.hashes.renew();
        return writeOf(key, entry);
      });
    },
    holds: (key) => entries.has(key),
    written: () =>
      [...entries].flatMap(([key, { hashes }]): Write[] =>
        hashes.written === undefined ? [] : [{ kind: "book", key, book: hashes, row: hashes.written }]
      ),
    mark(topic, state) {
      const key = keys.path(topic.path);
      const entry = entries.get(key);
      if (entry === undefined) return [];
      entry.hashes.mark(state);
      if (state === "closed") entries.delete(key);
      return [writeOf(key, entry)];
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

/**
 * Returns the rows in the dialect of the topic: programs of v3 verify the book after each row, here after the last of a
 * push.
 */
function publishedRows({ asSent, convert }: Topic, frame: DataFrame, book: BookView): readonly Row[] {
  if (asSent) return frame.rows as readonly Row[];
  const checksum = bookChecksum(book.bids, book.asks);
  return frame.rows.map((row, i) => {
    const converted = convert(row, frame.arg);
    return i === frame.rows.length - 1 ? { ...converted, checksum } : converted;
  });
}
