/** What the pages ask of the store, answered by its readers and by what is on its way to it. */
import { readMessage, watchOf } from "../client/watch.ts";
import type { RowKind, RowsPort } from "../http/rows.ts";
import { findChannel } from "../okx/channels.ts";
import type { Topic } from "../okx/topic.ts";
import { parseAnyTopic } from "../okx/v3/topic.ts";
import { createKeys } from "../store/layout/keys.ts";
import { readCached } from "../store/read/rows.ts";
import type { Store } from "../store/store.ts";
import type { RowBroadcast } from "../store/write/row_broadcast.ts";

const KINDS: Readonly<Record<Topic["storage"], RowKind>> = {
  candle: "candle",
  events: "rows",
  trades: "trades",
  book: "book",
  view: "book",
  latest: "row",
  instruments: "rows",
  open: "rows",
  balances: "rows",
};

/** Rows looked through for those of one instrument, where a product shares an index. */
const MOST_READ = 1000;

/** Connects the pages with one store. */
export function createDashboardRows(store: Store, tap: RowBroadcast, keyPrefix: string): RowsPort {
  return {
    describe(_, path) {
      const topic = parseAnyTopic(path);
      if (topic.kind === "fault") return { kind: "row", login: true };
      const isTape = topic.storage === "events" && /^(trades|trades-all)$/.test(topic.arg.channel);
      // A channel that the table does not know may be one of an account.
      const isUnknown = topic.endpoint !== "v3" && findChannel(topic.arg.channel) === undefined;
      return { kind: isTape ? "trades" : KINDS[topic.storage], login: topic.login || isUnknown };
    },
    async read(server, path, n) {
      const topic = parseAnyTopic(path);
      const isBook = topic.kind === "topic" && KINDS[topic.storage] === "book";
      const cached = await readCached(store, createKeys(keyPrefix, server, store.clustered), path, {
        ...(isBook ? {} : { n }),
        most: MOST_READ,
      });
      if (cached === undefined) return [];
      return Array.isArray(cached) ? cached : [cached];
    },
    listen(server, path, onRow) {
      const keys = createKeys(keyPrefix, server, store.clustered);
      const topic = parseAnyTopic(path);
      if (topic.kind === "fault") return () => {};
      const watch = watchOf(keys, path);
      const kind = KINDS[topic.storage];
      const [key, bars] = [keys.path(topic.path), keys.indexed(keys.path(topic.path), "")];
      const read = (message: string) => {
        const row = readMessage(message);
        return row !== undefined && watch.keeps(row) ? row : undefined;
      };
      const filter = { isChannel: watch.isChannel, read };
      // Books publish what changed, and old candles have no names: what is written to their hashes is whole.
      if (kind === "book") return tap.listen(server, { ...filter, holds: (name) => name === key }, onRow);
      if (kind !== "candle") return tap.listen(server, filter, onRow);
      return tap.listen(server, { ...filter, holds: (name) => name.startsWith(bars) }, onRow);
    },
  };
}
