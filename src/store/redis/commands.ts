/**
 * Every Redis command that okws ever sends, by who needs it. A batch takes no other (its type says so), and the accounts
 * that `okws redis-acl` prints are made of these lists.
 */

/** What writes need; a trim and a removal ask for members first. */
const WRITES = [
  ...[
    "HSET",
    "HDEL",
    "SET",
    "DEL",
    "ZADD",
    "ZREM",
    "ZRANGE",
    "SADD",
    "SREM",
    "SMEMBERS",
    "XADD",
    "XTRIM",
    "XDEL",
    "XRANGE",
    "XINFO|STREAM",
  ],
  ...["MULTI", "EXEC", "PUBLISH"],
] as const;

/** What readers of the cache need. */
const READS = ["GET", "HGET", "HGETALL", "TYPE", "ZRANGE", "SMEMBERS", "XREVRANGE"] as const;

/**
 * What other programs that read the cache use beside them; none of these changes a key that its account may only read, but
 * for how far a consumer group has come, which somebody with more rights has made.
 */
const PROGRAMS = [
  ...["EXEC", "EXISTS", "HMGET", "HKEYS", "HLEN", "MULTI", "SCARD", "SISMEMBER", "TTL"],
  ...["XINFO|STREAM", "XLEN", "XRANGE", "XREAD", "XREADGROUP"],
  ...["ZCARD", "ZRANGEBYSCORE", "ZREVRANGE", "ZREVRANGEBYSCORE", "ZSCORE"],
] as const;

/** What shows a service that something of a stream is gone, and how much others have put into a hash. */
const COUNTING = ["XLEN", "HLEN"] as const;

/** What finds servers of an earlier process that nobody names any more. It gives names of keys, and nothing else of others. */
const LOOKING_ROUND = ["SCAN"] as const;

/** What clears the cache. */
const CLEARING = ["SCAN", "UNLINK"] as const;

/** What every connection needs, whatever it is for. */
const ALWAYS = ["PING", "INFO", "TIME"] as const;

/** Whether a service listens. */
const LISTENERS = ["PUBSUB|NUMSUB"] as const;

/** What the lease needs, and the end of the connections of its holder before. */
const LEASE = ["GETEX", "PTTL", "WATCH", "HINCRBY", "CLIENT|LIST", "CLIENT|KILL"] as const;

/** Added in a cluster. */
const CLUSTER = ["CLUSTER|SLOTS", "ASKING"] as const;

/** A command's first word, as a batch takes it; of a container with its second word before the bar. */
export type CommandName =
  | (typeof READS | typeof COUNTING | typeof CLEARING | typeof ALWAYS)[number]
  | FirstWord<(typeof WRITES | typeof LISTENERS | typeof LEASE | typeof CLUSTER)[number]>;

type FirstWord<Name extends string> = Name extends `${infer First}|${string}` ? First : Name;

/** One command, name first. */
export type RedisCommand = readonly [CommandName, ...string[]];

/** What the client library sends of itself when it connects and subscribes, besides the login, which nobody may be denied. */
const CONNECTING = ["SELECT", "CLIENT|SETNAME"] as const;
const SUBSCRIBING = ["SUBSCRIBE", "UNSUBSCRIBE", "PSUBSCRIBE", "PUNSUBSCRIBE"] as const;

/** The commands of each account, in the words of an ACL rule without its sign. */
export const COMMANDS_OF = {
  writer: listOf(
    ...[WRITES, READS, COUNTING, LOOKING_ROUND, LISTENERS, LEASE, ALWAYS, CONNECTING, SUBSCRIBING],
  ),
  /** A commander has these too; that it may publish is said for the channel of commands alone. */
  reader: listOf(READS, PROGRAMS, LOOKING_ROUND, LISTENERS, ALWAYS, CONNECTING, SUBSCRIBING),
  cluster: listOf(CLUSTER),
} as const;

function listOf(...lists: readonly (readonly string[])[]): readonly string[] {
  return [...new Set(lists.flat())].map((name) => name.toLowerCase()).sort();
}
