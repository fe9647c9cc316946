/** Every key and channel name in Redis, built here and nowhere else. */
import { escapeId } from "../../okx/escape.ts";
import { type Shard, shardTag } from "../../shared/shard.ts";

/** Names under one server's prefix. */
export type Keys = {
  readonly prefix: string;
  /** Connection status: a key and a channel of the same name. */
  readonly status: string;
  /** The same of this shard alone, a key that nobody but shards reads; without shards it is {@link status}. */
  readonly ownStatus: string;
  /** Exchange events and lifecycle signals: a channel. */
  readonly event: string;
  /** One field per path: what is known of the subscription. */
  readonly subs: string;
  /** What series missed: a stream. */
  readonly gaps: string;
  /** What series miss that is not settled: one field per path. */
  readonly openGaps: string;
  /** One field per path that a command subscribed, so that it is desired again after a restart, or took away of the file. */
  readonly wanted: string;
  /** A number that grows with each change of {@link wanted}. */
  readonly wantedVersion: string;
  /** When everything was last written as a whole, in Unix milliseconds: gone when somebody has emptied Redis. Each shard has one. */
  readonly epoch: string;
  /** A path's own key: latest row, index, stream, set or book. */
  path(path: string): string;
  /** Whether a key, or a channel, is one of these. */
  isOwn(key: string): boolean;
  /** The path whose own key this is. */
  pathOf(key: string): string;
  /** Ids of what a path has open (orders, positions, currencies): a set. */
  open(path: string): string;
  /** All bids of an order book, by price: a hash. */
  bids(path: string): string;
  /** All asks of an order book, by price: a hash. */
  asks(path: string): string;
  /** The channel for whole messages of a table. */
  table(table: string): string;
  /** A latest row, found by the row's natural key. */
  row(table: string, id: string): string;
  /** One row of an index (candles, trades). */
  indexed(indexKey: string, member: string): string;
  /** One row of a set of ids. */
  member(setKey: string, id: string): string;
};

/**
 * Returns the keys of one server, by default under `okex/<name>`. In a cluster the name stands in braces, `okex/{<name>}`: that
 * is its hash tag, which gives all keys of a server one slot, so that rows and their index can be changed together.
 */
export function createKeys(keyPrefix: string, server: string, clustered = false, shard?: Shard): Keys {
  const prefix = `${keyPrefix}/${clustered ? `{${server}}` : server}`;
  const of = ofShard(shard);
  return {
    prefix,
    status: `${prefix}/status`,
    ownStatus: `${prefix}/status${of}`,
    event: `${prefix}/event`,
    subs: `${prefix}/subs`,
    gaps: `${prefix}/gaps`,
    openGaps: `${prefix}/gaps/open`,
    wanted: `${prefix}/wanted`,
    wantedVersion: `${prefix}/wanted/version`,
    epoch: `${prefix}/epoch${of}`,
    // The exchange's own `status` channel must take neither the key nor the channel of connection states.
    path: (path) => `${prefix}/${path === "status" ? SYSTEM_STATUS : path}`,
    isOwn: (key) => key.startsWith(`${prefix}/`),
    pathOf(key) {
      const path = key.slice(prefix.length + 1);
      return path === SYSTEM_STATUS ? "status" : path;
    },
    open: (path) => `${prefix}/${path}/open`,
    bids: (path) => `${prefix}/${path}/bids`,
    asks: (path) => `${prefix}/${path}/asks`,
    table: (table) => `${prefix}/${table === "status" ? SYSTEM_STATUS : table}`,
    row: (table, id) => `${prefix}/${table}:${id}`,
    indexed: (indexKey, member) => `${indexKey}${INDEXED}${member}`,
    member: (setKey, id) => `${setKey}${MEMBER}${id}`,
  };
}

function ofShard(shard: Shard | undefined): string {
  return shard === undefined ? "" : `/${shardTag(shard)}`;
}

const SYSTEM_STATUS = "system/status";

/** What stands between an index and its row's id. */
export const INDEXED = "/";

/** What stands between a set and its row's id. */
const MEMBER = ":";

/** Returns the key of the hash with one field for each server that a command opened without a login. */
export function serversKey(keyPrefix: string): string {
  return `${keyPrefix}/servers`;
}

/**
 * Returns the key of a number that grows with each change of {@link serversKey}; in a cluster its hash tag gives both one slot.
 */
export function serversVersionKey(keyPrefix: string, clustered = false): string {
  const list = serversKey(keyPrefix);
  return clustered && !keyPrefix.includes("{") ? `${keyPrefix}/{${list}}/version` : `${list}/version`;
}

/**
 * Returns the key of who writes what is under a prefix, or this shard's part of it: a text that runs out unless it is renewed.
 * Requests to hand over are published here.
 */
export function leaderKey(keyPrefix: string, shard?: Shard): string {
  return `${keyPrefix}/leader${ofShard(shard)}`;
}

/**
 * Returns the hash with one field for each number of shards that there ever was under a prefix; in a cluster it is where the lease
 * is, so that no other node has to be there for a start.
 */
export function shardsKey(keyPrefix: string, clustered = false): string {
  return clustered && !keyPrefix.includes("{")
    ? `${keyPrefix}/{${leaderKey(keyPrefix)}}/shards`
    : `${keyPrefix}/shards`;
}

/** Returns the key of a permit to dial the exchange, of which there are a few: a text that runs out. */
export function dialKey(keyPrefix: string, number: number): string {
  return `${keyPrefix}/dials/${number}`;
}

/** Returns the key of the hash with one field for each service that stands by. */
export function instancesKey(keyPrefix: string): string {
  return `${keyPrefix}/instances`;
}

/** Returns the key of the number of the last term, and of the last one that ended in order: a hash that stays. */
export function epochKey(keyPrefix: string, shard?: Shard): string {
  return `${keyPrefix}/epoch${ofShard(shard)}`;
}

/** Returns the key and channel of the reply to a command. */
export function replyKey(infoKey: string, id: string | number): string {
  return `${infoKey}/${id}`;
}

/** Matches every key of every server, for clearing. */
export function everyKey(keyPrefix: string): string {
  return `${escapeGlob(keyPrefix)}/*`;
}

/**
 * Returns what a person may mean by a pattern: the keys as they are, and those of ids that are spelled otherwise in keys than
 * at the exchange, as in `okex/test/tickers:A/B`. What has a meaning in patterns keeps it.
 */
export function spellings(pattern: string): string[] {
  const at = pattern.indexOf(":");
  if (at < 0) return [pattern];
  const id = pattern.slice(at + 1).replace(/(?:\\.|[^*?[\]\\])+/g, (plain) => {
    return /%[0-9A-Fa-f]{2}|\\/.test(plain) ? plain : escapeId(plain);
  });
  return [...new Set([pattern, pattern.slice(0, at + 1) + id])];
}

/** Makes a text match only itself in a Redis pattern. */
export function escapeGlob(text: string): string {
  return text.replace(/[\\*?[\]]/g, "\\$&");
}
