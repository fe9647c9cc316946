/** What the pages ask of the store, answered by its readers and by what is on its way to it. */
import { readMessage, watchOf } from "../client/watch.ts";
import { rowKeyOf } from "../client/row_key.ts";
import { kindOfTopic } from "../client/table_kind.ts";
import type { RowKind, RowsPort, ShownRow } from "../http/rows.ts";
import { parseAnyTopic, type Topic } from "../okx/topic.ts";
import { createKeys, escapeGlob, INDEXED, type Keys } from "../store/layout/keys.ts";
import { readCached } from "../store/read/rows.ts";
import type { Store } from "../store/store.ts";
import type { RowBroadcast } from "../store/write/row_broadcast.ts";

const KINDS: Readonly<Record<Topic["storage"], RowKind>> = {
  candle: "candle",
  events: "rows",
  trades: "trades",
  book: "book",
  bookSnapshot: "book",
  latest: "row",
  instruments: "rows",
  open: "rows",
  balances: "rows",
};

/** Rows looked through for those of one instrument, where a product shares an index. */
const MOST_READ = 1000;

/** Connects the pages with one store. */
export function createDashboardRows(store: Store, broadcast: RowBroadcast, keyPrefix: string): RowsPort {
  return {
    describe(server, path) {
      const topic = parseAnyTopic(path);
      const keys = createKeys(keyPrefix, server, store.clustered);
      if (topic.kind === "fault") {
        return { kind: "row", table: "rows", login: true, command: `HGETALL ${quote(keys.path(path))}` };
      }
      const isTape = topic.storage === "events" && topic.hasTradeIds;
      return {
        kind: isTape ? "trades" : KINDS[topic.storage],
        table: kindOfTopic(topic),
        // A channel that the table does not know may be one of an account.
        login: topic.login || !topic.isKnown,
        command: commandOf(keys, topic),
      };
    },
    keyOf: rowKeyOf,
    async read(server, path, n) {
      const topic = parseAnyTopic(path);
      const isBook = topic.kind === "topic" && KINDS[topic.storage] === "book";
      const cached = await readCached(store, createKeys(keyPrefix, server, store.clustered), path, {
        ...(isBook ? {} : { n }),
        most: MOST_READ,
      });
      const found = cached === undefined ? [] : Array.isArray(cached) ? cached : [cached];
      if (topic.kind === "fault" || topic.storage !== "balances") return found;
      // Beside the account's own row there is one of each currency.
      const keys = createKeys(keyPrefix, server, store.clustered);
      const currencies = (await store.members(keys.open(topic.path))).sort().slice(0, n);
      const balances = await store.rows(currencies.map((id) => keys.row(topic.table, id)));
      return [...found, ...balances.filter((row) => Object.keys(row).length > 0)];
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
      if (kind === "book") {
        return broadcast.listen(server, {
          ...filter,
          holds: (name) => name === key,
        }, onRow);
      }
      if (kind !== "candle") return broadcast.listen(server, filter, onRow);
      return broadcast.listen(server, { ...filter, holds: (name) => name.startsWith(bars) }, onRow);
    },
    listenAll(server, paths, onRow) {
      const keys = createKeys(keyPrefix, server, store.clustered);
      const [candles, published] = [new Map<string, string>(), new Map<string, string>()];
      const stops: (() => void)[] = [];
      for (const path of paths) {
        const topic = parseAnyTopic(path);
        if (topic.kind === "fault" || KINDS[topic.storage] === "book") continue;
        const key = keys.path(topic.path);
        if (topic.storage === "candle") candles.set(key, path);
        else if (topic.isOneRow || topic.storage === "events") published.set(key, path);
        else stops.push(this.listen(server, path, (row) => onRow(path, row)));
      }
      const indexOf = (key: string) => key.slice(0, Math.max(0, key.lastIndexOf(INDEXED)));
      const pass = (path: string | undefined, row: ShownRow) => path !== undefined && onRow(path, row);
      const none = { isChannel: () => false, read: () => undefined };
      if (candles.size > 0) {
        const filter = { ...none, holds: (key: string) => candles.has(indexOf(key)) };
        stops.push(broadcast.listen(server, filter, (row, key) => pass(candles.get(indexOf(key)), row)));
      }
      if (published.size > 0) {
        const filter = { isChannel: (channel: string) => published.has(channel), read: readMessage };
        stops.push(broadcast.listen(server, filter, (row, channel) => pass(published.get(channel), row)));
      }
      return () => {
        for (const stop of stops) stop();
      };
    },
  };
}

/** Names of instruments that a page may suggest. */
const MAX_INSTRUMENTS = 5000;

/** Reads the names of the instruments that these paths of a server list; of other paths nothing. */
export function createInstrumentNames(
  store: Pick<Store, "members" | "clustered">,
  keyPrefix: string,
): (server: string, paths: readonly string[]) => Promise<string[]> {
  return async (server, paths) => {
    const keys = createKeys(keyPrefix, server, store.clustered);
    const names = new Set<string>();
    for (const path of paths) {
      const topic = parseAnyTopic(path);
      if (topic.kind === "fault" || topic.storage !== "instruments") continue;
      for (const name of await store.members(keys.path(topic.path))) names.add(name);
      if (names.size >= MAX_INSTRUMENTS) break;
    }
    return [...names].sort().slice(0, MAX_INSTRUMENTS);
  };
}

/** How redis-cli reads the rows of a topic: a command, or the pattern of their keys. */
function commandOf(keys: Keys, topic: Topic): string {
  const key = keys.path(topic.path);
  const scan = (start: string) => `--scan --pattern ${quote(`${escapeGlob(start)}*`)}`;
  switch (topic.storage) {
    case "candle":
    case "trades":
      return `ZREVRANGE ${quote(key)} 0 9`;
    case "events":
      return `XREVRANGE ${quote(key)} + - COUNT 10`;
    case "instruments":
      return `SMEMBERS ${quote(key)}`;
    case "open":
      return `SMEMBERS ${quote(keys.open(topic.path))}`;
    case "latest":
      return topic.isOneRow ? `HGETALL ${quote(key)}` : scan(keys.row(topic.table, ""));
    default:
      return `HGETALL ${quote(key)}`;
  }
}

/** Returns a word as a shell takes it. */
function quote(word: string): string {
  return /^[\w./:@%+,-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
