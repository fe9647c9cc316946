/**
 * Rows on their way to Redis, for somebody inside this process who watches a path: the same rows that its key and its
 * channel get, without asking Redis. Costs nothing while nobody watches.
 */
import type { Row } from "../../okx/frame.ts";
import type { Write } from "./write.ts";

/** Which writes are the rows of a path. */
export type BroadcastFilter = {
  /** Hashes whose every new state is a row, such as an order book or a candle; without it rows are what is published. */
  readonly holds?: (key: string) => boolean;
  isChannel(channel: string): boolean;
  /** Returns the row in a message, if it is one that is watched. */
  read(message: string): Row | undefined;
};

/** Writes go in, rows come out. */
export type RowBroadcast = {
  offer(server: string, writes: readonly Write[]): void;
  /** Until the answer is called; `name` is the key, or the channel, that a row goes to. */
  listen(server: string, filter: BroadcastFilter, onRow: (row: Row, name: string) => void): () => void;
};

type Listener = {
  readonly server: string;
  readonly filter: BroadcastFilter;
  readonly onRow: (row: Row, name: string) => void;
};

/** Creates a broadcast that nobody listens to yet. */
export function createRowBroadcast(): RowBroadcast {
  const listeners = new Set<Listener>();
  return {
    offer(server, writes) {
      if (listeners.size === 0) return;
      for (const listener of listeners) {
        if (listener.server === server) pass(listener, writes);
      }
    },
    listen(server, filter, onRow) {
      const listener = { server, filter, onRow };
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
}

function pass({ filter, onRow }: Listener, writes: readonly Write[]): void {
  for (const write of writes) {
    if (filter.holds !== undefined) {
      if (write.kind === "row" && filter.holds(write.key)) onRow(write.row, write.key);
      else if (write.kind === "book" && filter.holds(write.key)) onRow(write.book.row(), write.key);
    } else if (write.kind === "publish" && filter.isChannel(write.channel)) {
      const row = filter.read(write.message);
      if (row !== undefined) onRow(row, write.channel);
    }
  }
}
