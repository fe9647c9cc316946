/**
 * The embedded store against a real Redis: random commands over a few keys, valid and broken, go to both over raw
 * RESP, and every reply must mean the same. Only what is unordered, random or the time is made comparable first. A
 * failure prints its seed; OKWS_SEED and OKWS_RUNS choose others. The file is long because the arguments of every
 * command have a generator here, all from the same few keys and values.
 */
import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import fc from "fast-check";
import { startEmbedded } from "../../src/embedded/server.ts";
import { isReferenceRedis } from "../support/redis_program.ts";
import { redisTest, startRedis } from "../support/redis_server.ts";
import { waitFor, withTimeout } from "../support/wait.ts";

const seed = Number(Deno.env.get("OKWS_SEED") ?? 20261122);
const runs = Number(Deno.env.get("OKWS_RUNS") ?? 400);

/** A reply with its type mark, so that a status is not a string and a set is not an array. */
type Parsed = { mark: string; text?: string; items?: Parsed[] };
type Words = string[];

/** Commands as text in, replies as trees out; knows nothing of what they mean. */
class RawClient {
  readonly #socket: Deno.TcpConn;
  #buffer = Buffer.alloc(0);
  #at = 0;

  constructor(socket: Deno.TcpConn) {
    this.#socket = socket;
    socket.setNoDelay(true);
  }

  async send(commands: Words[]): Promise<void> {
    const text = commands.map((words) =>
      `*${words.length}\r\n` + words.map((word) => `$${word.length}\r\n${word}\r\n`).join("")
    ).join("");
    const bytes = Buffer.from(text, "latin1");
    for (let done = 0; done < bytes.length;) done += await this.#socket.write(bytes.subarray(done));
  }

  async call(commands: Words[]): Promise<Parsed[]> {
    await this.send(commands);
    const replies: Parsed[] = [];
    while (replies.length < commands.length) replies.push(await this.read());
    return replies;
  }

  async read(): Promise<Parsed> {
    const line = await this.#line();
    const mark = line[0] ?? "";
    const rest = line.slice(1);
    const size = Number(rest);
    if ("$=".includes(mark) && size >= 0) return { mark, text: await this.#take(size) };
    if ("*~>%".includes(mark) && size >= 0) {
      const items: Parsed[] = [];
      for (let i = 0; i < size * (mark === "%" ? 2 : 1); i++) items.push(await this.read());
      return { mark, items };
    }
    return { mark, text: rest };
  }

  close(): void {
    this.#socket.close();
  }

  async #line(): Promise<string> {
    let end = this.#buffer.indexOf("\r\n", this.#at, "latin1");
    while (end < 0) {
      await this.#more();
      end = this.#buffer.indexOf("\r\n", this.#at, "latin1");
    }
    const line = this.#buffer.toString("latin1", this.#at, end);
    this.#at = end + 2;
    return line;
  }

  async #take(size: number): Promise<string> {
    while (this.#buffer.length < this.#at + size + 2) await this.#more();
    const text = this.#buffer.toString("latin1", this.#at, this.#at + size);
    this.#at += size + 2;
    return text;
  }

  async #more(): Promise<void> {
    const chunk = Buffer.alloc(64 * 1024);
    const size = await withTimeout("a reply", this.#socket.read(chunk), 5000);
    if (size === null) throw new Error("Connection closed while a reply was awaited");
    this.#buffer = Buffer.concat([this.#buffer.subarray(this.#at), chunk.subarray(0, size)]);
    this.#at = 0;
  }
}

async function connect(port: number): Promise<RawClient> {
  return new RawClient(await Deno.connect({ hostname: "127.0.0.1", port }));
}

// ---- what is sent ----

const key = fc.constantFrom("a", "b", "c", "d", "e", "", "x\xff\r\n\0");
const member = fc.constantFrom("m", "n", "o", "p", "", "1", "2", "30", "\xfe\n", "longer member with blanks");
const text = fc.constantFrom("v", "", "10", "-7", "3.5", "0", "9223372036854775807", "\0\xff", "hello");
const integer = fc.oneof(
  { weight: 6, arbitrary: fc.integer({ min: -12, max: 12 }).map(String) },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      ...[
        "9223372036854775807",
        "-9223372036854775808",
        "9223372036854775808",
        "9007199254740993",
        "abc",
        "",
      ],
      ...["1.5", " 1", "+1", "-0", "007", "1e3"],
    ),
  },
);
const score = fc.oneof(
  { weight: 5, arbitrary: fc.integer({ min: -5, max: 5 }).map(String) },
  { weight: 2, arbitrary: fc.double({ noNaN: true }).map(String).filter((one) => !one.includes("Inf")) },
  {
    weight: 2,
    arbitrary: fc.constantFrom(
      ...[
        "0.1",
        "1e300",
        "1.5",
        "-2.25",
        "inf",
        "-inf",
        "+inf",
        "Infinity",
        "nan",
        "x",
        "",
        " 1",
        "1 ",
        "0x10",
      ],
      ...[
        "1e400",
        "1e-400",
        "-0",
        "1e17",
        "123456789012345678",
        "3.0e-5",
        "0.0001",
        "2.98023223876953125e-8",
        ".",
      ],
    ),
  },
);
const scoreEnd = fc.oneof(score, score.map((one) => `(${one}`));
const lexEnd = fc.oneof(
  { weight: 5, arbitrary: fc.constantFrom("-", "+") },
  { weight: 5, arbitrary: fc.tuple(fc.constantFrom("[", "("), member).map((parts) => parts.join("")) },
  { weight: 1, arbitrary: fc.constantFrom("", "m", "-x", "+x") },
);
const id = fc.oneof(
  { weight: 6, arbitrary: fc.tuple(fc.nat(6), fc.nat(3)).map((parts) => parts.join("-")) },
  { weight: 2, arbitrary: fc.nat(6).map((ms) => `${ms}-*`) },
  {
    weight: 2,
    arbitrary: fc.constantFrom(
      ...[
        "*",
        "5",
        "-",
        "+",
        "0",
        "0-0",
        "18446744073709551615-18446744073709551614",
        "1-",
        "-1",
        "x",
        "1-1-1",
      ],
      ...[
        "18446744073709551616",
        "",
        "$",
        ">",
        "007-1",
        "*-1",
        "1-**",
        "18446744073709551615-18446744073709551615",
      ],
    ),
  },
);
const rangeId = fc.oneof(id, id.map((one) => `(${one}`), fc.constantFrom("-", "+"));
const glob = fc.constantFrom(
  "*",
  "?",
  "[a-c]",
  "[^a]",
  "m*",
  "*\\n",
  "",
  "**",
  "[",
  "a[",
  "[c-a]",
  "\\a",
  "[\\a]",
);
const seconds = fc.constantFrom("100", "100", "5000", "-1", "0", "x", "9223372036854775807", "1.5");
const moment = fc.constantFrom("4102444800", "4102444800", "1", "0", "-5", "9223372036854775807", "y");
const milliseconds = fc.constantFrom("100000", "500000", "-1", "0", "9223372036854775807", "x");
const momentMs = fc.constantFrom("4102444800000", "4102444800500", "1", "0", "z");
// GT and LT go with absolute times only: two relative ones may fall into one millisecond here and two there.
const presence = fc.constantFrom("NX", "XX", "QQ");
const condition = fc.constantFrom("NX", "XX", "GT", "LT", "gt", "QQ");

type Part = string | fc.Arbitrary<string> | fc.Arbitrary<Words>;

/** A command from fixed words and generated ones. */
function cmd(...parts: Part[]): fc.Arbitrary<Words> {
  return fc.tuple(
    ...parts.map((part) => typeof part === "string" ? fc.constant(part) : part as fc.Arbitrary<unknown>),
  )
    .map((words) => words.flat() as Words);
}

function some(one: fc.Arbitrary<string> | fc.Arbitrary<Words>, min = 1, max = 4): fc.Arbitrary<Words> {
  return fc.array(one as fc.Arbitrary<string | Words>, { minLength: min, maxLength: max }).map((all) =>
    all.flat()
  );
}

const maybe = (one: fc.Arbitrary<string> | fc.Arbitrary<Words>) => some(one, 0, 2);
const deadline = fc.oneof(
  cmd("EX", seconds),
  cmd("px", milliseconds),
  cmd("EXAT", moment),
  cmd("PXAT", momentMs),
);
const setOption = fc.oneof(
  deadline,
  cmd("NX"),
  cmd("xx"),
  cmd("GET"),
  cmd("KEEPTTL"),
  cmd("PERSIST"),
  cmd("EX"),
);
const addOption = fc.constantFrom("NX", "XX", "GT", "LT", "CH", "incr", "ch");
const rangeOption = fc.oneof(
  ...[
    cmd("WITHSCORES"),
    cmd("LIMIT", integer, integer),
    cmd("REV"),
    cmd("BYSCORE"),
    cmd("BYLEX"),
    cmd("limit", "1"),
  ],
);
const trimOption = fc.oneof(
  ...[cmd("MAXLEN", integer), cmd("maxlen", "~", integer), cmd("MAXLEN", "=", integer), cmd("MINID", id)],
  ...[cmd("MINID", "~", id), cmd("LIMIT", integer), cmd("NOMKSTREAM")],
);
const scanOption = fc.oneof(
  cmd("MATCH", glob),
  cmd("COUNT", fc.constantFrom("1000", "0", "x")),
  cmd("COUNT"),
);

const strings: fc.Arbitrary<Words>[] = [
  ...[
    cmd("SET", key, text),
    cmd("SET", key, text, maybe(setOption)),
    cmd("GET", key),
    cmd("SETEX", key, seconds, text),
  ],
  ...[cmd("PSETEX", key, milliseconds, text), cmd("SETNX", key, text), cmd("MSET", some(cmd(key, text)))],
  ...[
    cmd("MSETNX", some(cmd(key, text))),
    cmd("MGET", some(key)),
    cmd("GETSET", key, text),
    cmd("GETDEL", key),
  ],
  ...[cmd("GETEX", key, maybe(setOption)), cmd("INCR", key), cmd("DECR", key), cmd("INCRBY", key, integer)],
  ...[cmd("DECRBY", key, integer), cmd("APPEND", key, text), cmd("STRLEN", key)],
];
const hashes: fc.Arbitrary<Words>[] = [
  ...[cmd("HSET", key, some(cmd(member, text))), cmd("HMSET", key, some(cmd(member, text)))],
  ...[cmd("HSETNX", key, member, text), cmd("HGET", key, member), cmd("HMGET", key, some(member))],
  ...[cmd("HGETALL", key), cmd("HDEL", key, some(member)), cmd("HEXISTS", key, member), cmd("HLEN", key)],
  ...[
    cmd("HKEYS", key),
    cmd("HVALS", key),
    cmd("HINCRBY", key, member, integer),
    cmd("HSTRLEN", key, member),
  ],
  cmd("HSCAN", key, fc.constantFrom("0", "0", "x", "-1"), maybe(scanOption)),
];
const zsets: fc.Arbitrary<Words>[] = [
  ...[
    cmd("ZADD", key, some(cmd(score, member))),
    cmd("ZADD", key, some(addOption), some(cmd(score, member), 1, 2)),
  ],
  ...[
    cmd("ZADD", key, some(cmd(fc.constant("0"), member), 2, 5)),
    cmd("ZCARD", key),
    cmd("ZSCORE", key, member),
  ],
  ...[cmd("ZRANGE", key, integer, integer, maybe(rangeOption)), cmd("ZMSCORE", key, some(member))],
  ...[cmd("ZRANGE", key, scoreEnd, scoreEnd, "BYSCORE", maybe(rangeOption)), cmd("ZRANK", key, member)],
  ...[cmd("ZRANGE", key, lexEnd, lexEnd, "BYLEX", maybe(rangeOption)), cmd("ZREVRANK", key, member)],
  ...[cmd("ZREVRANGE", key, integer, integer, maybe(rangeOption)), cmd("ZREM", key, some(member))],
  ...[
    cmd("ZRANGEBYSCORE", key, scoreEnd, scoreEnd, maybe(rangeOption)),
    cmd("ZCOUNT", key, scoreEnd, scoreEnd),
  ],
  ...[
    cmd("ZREVRANGEBYSCORE", key, scoreEnd, scoreEnd, maybe(rangeOption)),
    cmd("ZINCRBY", key, score, member),
  ],
  ...[cmd("ZRANGEBYLEX", key, lexEnd, lexEnd, maybe(rangeOption)), cmd("ZLEXCOUNT", key, lexEnd, lexEnd)],
  ...[
    cmd("ZREVRANGEBYLEX", key, lexEnd, lexEnd, maybe(rangeOption)),
    cmd("ZPOPMIN", key),
    cmd("ZPOPMAX", key),
  ],
  ...[
    cmd("ZPOPMIN", key, integer),
    cmd("ZPOPMAX", key, integer),
    cmd("ZREMRANGEBYRANK", key, integer, integer),
  ],
  ...[cmd("ZREMRANGEBYSCORE", key, scoreEnd, scoreEnd), cmd("ZREMRANGEBYLEX", key, lexEnd, lexEnd)],
  cmd("ZSCAN", key, "0", maybe(scanOption)),
];
const sets: fc.Arbitrary<Words>[] = [
  ...[
    cmd("SADD", key, some(member)),
    cmd("SREM", key, some(member)),
    cmd("SMEMBERS", key),
    cmd("SCARD", key),
  ],
  ...[cmd("SISMEMBER", key, member), cmd("SMISMEMBER", key, some(member)), cmd("SINTER", some(key))],
  ...[cmd("SUNION", some(key)), cmd("SDIFF", some(key)), cmd("SSCAN", key, "0", maybe(scanOption))],
  ...[cmd("SPOP", key, fc.constantFrom("100", "100", "0", "-1", "x")), cmd("SRANDMEMBER", key)],
  cmd("SRANDMEMBER", key, fc.constantFrom("100", "0", "-3", "x", "9223372036854775808")),
];
const streams: fc.Arbitrary<Words>[] = [
  ...[cmd("XADD", key, id, some(cmd(member, text), 1, 2)), cmd("XADD", key, "*", member, text)],
  ...[cmd("XADD", key, maybe(trimOption), id, some(cmd(member, text), 1, 2)), cmd("XLEN", key)],
  ...[cmd("XRANGE", key, rangeId, rangeId), cmd("XREVRANGE", key, rangeId, rangeId)],
  ...[cmd("XRANGE", key, "-", "+", "COUNT", integer), cmd("XREVRANGE", key, "+", "-", "COUNT", integer)],
  ...[cmd("XTRIM", key, some(trimOption, 1, 2)), cmd("XDEL", key, some(id)), cmd("XINFO", "STREAM", key)],
  ...[cmd("XREAD", "STREAMS", key, id), cmd("XREAD", "COUNT", integer, "streams", key, key, id, id)],
  cmd(
    "XREAD",
    fc.constantFrom("COUNT", "BLOCK", "GROUP", "junk"),
    fc.constantFrom("1", "x", "-1"),
    "STREAMS",
    key,
    "0",
  ),
];
const keys: fc.Arbitrary<Words>[] = [
  ...[cmd("DEL", some(key)), cmd("UNLINK", some(key)), cmd("EXISTS", some(key)), cmd("TOUCH", some(key))],
  ...[cmd("EXPIRE", key, seconds, maybe(presence)), cmd("PEXPIRE", key, milliseconds, maybe(presence))],
  ...[cmd("EXPIREAT", key, moment, maybe(condition)), cmd("PEXPIREAT", key, momentMs, maybe(condition))],
  ...[
    cmd("TTL", key),
    cmd("PTTL", key),
    cmd("EXPIRETIME", key),
    cmd("PEXPIRETIME", key),
    cmd("PERSIST", key),
  ],
  ...[
    cmd("TYPE", key),
    cmd("KEYS", glob),
    cmd("RENAME", key, key),
    cmd("RENAMENX", key, key),
    cmd("RANDOMKEY"),
  ],
  ...[
    cmd("SCAN", "0", maybe(scanOption), "COUNT", "1000"),
    cmd("SCAN", "0", "COUNT", "1000", "TYPE", "hash"),
  ],
  ...[
    cmd("FLUSHDB"),
    cmd("FLUSHALL", fc.constantFrom("ASYNC", "SYNC", "x")),
    cmd("SCAN", fc.constantFrom("x", " 1")),
  ],
];
const others: fc.Arbitrary<Words>[] = [
  ...[
    cmd("PING"),
    cmd("PING", text),
    cmd("ECHO", text),
    cmd("SELECT", fc.constantFrom("0", "1", "15", "16", "-1", "x")),
  ],
  ...[
    cmd("MULTI"),
    cmd("MULTI"),
    cmd("EXEC"),
    cmd("EXEC"),
    cmd("DISCARD"),
    cmd("WATCH", some(key)),
    cmd("UNWATCH"),
  ],
  ...[
    cmd("HELLO"),
    cmd("HELLO", fc.constantFrom("2", "3", "4", "x")),
    cmd("HELLO", "3", "SETNAME", text),
    cmd("RESET"),
  ],
  ...[
    cmd("HELLO", "3", "AUTH", "default", text),
    cmd("AUTH", text),
    cmd("AUTH", "default", text),
    cmd("AUTH", "u", "p"),
  ],
  ...[
    cmd("CLIENT", "SETNAME", member),
    cmd("CLIENT", "GETNAME"),
    cmd("CLIENT", "NO-EVICT", "on"),
    cmd("CLIENT", text),
  ],
  ...[
    cmd("CLIENT"),
    cmd("CONFIG", "GET", "appendonly"),
    cmd("CONFIG", "SET", "nothing", "1"),
    cmd("CONFIG", "GET"),
  ],
  ...[cmd("CLIENT", "KILL", "ID", "x"), cmd("CLIENT", "KILL", "1.2.3.4:5"), cmd("CLIENT", "LIST", "junk")],
  ...[
    cmd("PUBLISH", key, text),
    cmd("PUBSUB", "CHANNELS"),
    cmd("PUBSUB", "NUMSUB", maybe(key)),
    cmd("PUBSUB", "NUMPAT"),
  ],
  ...[
    cmd("COMMAND", "GETKEYS", "mset", "a", "1", "b", "2"),
    cmd("COMMAND", "GETKEYS", "xread", "streams", "q", "0"),
  ],
  ...[
    cmd("COMMAND", "GETKEYS", "ping", "x"),
    cmd("COMMAND", "GETKEYS", "nope", "x"),
    cmd("TIME"),
    cmd("OBJECT", "x"),
  ],
  ...[
    cmd("foo", maybe(text)),
    cmd("nope\r\n", text, "y".repeat(200), "z"),
    cmd(text, text),
    cmd("UNSUBSCRIBE"),
  ],
  ...[cmd("MEMORY", "USAGE"), cmd("OBJECT", "REFCOUNT", "none"), cmd("PUNSUBSCRIBE"), cmd("PUBSUB")],
];

const anyValid = fc.oneof(
  { weight: 4, arbitrary: fc.oneof(...strings) },
  { weight: 4, arbitrary: fc.oneof(...hashes) },
  { weight: 6, arbitrary: fc.oneof(...zsets) },
  { weight: 3, arbitrary: fc.oneof(...sets) },
  { weight: 4, arbitrary: fc.oneof(...streams) },
  { weight: 4, arbitrary: fc.oneof(...keys) },
  { weight: 3, arbitrary: fc.oneof(...others) },
);
/** A word too few or too many, or another case of the name. */
const anyCommand = fc.tuple(anyValid, fc.nat(39), text).map(([words, change, extra]): Words => {
  if (change === 0 && words.length > 1) return words.slice(0, -1);
  if (change === 1) return [...words, extra];
  if (change === 2) return [(words[0] ?? "").toLowerCase(), ...words.slice(1)];
  return words;
});
/** One family on one key most of the time, so that commands meet what others left. */
const sequence = fc.array(anyCommand, { minLength: 20, maxLength: 60 });

// ---- what is compared ----

const UNORDERED = new Set([
  "SMEMBERS",
  "SINTER",
  "SUNION",
  "SDIFF",
  "KEYS",
  "HKEYS",
  "HVALS",
  "SPOP",
  "SRANDMEMBER",
]);
const TIMES: Record<string, number> = { TTL: 1000, PTTL: 1, EXPIRETIME: 1000, PEXPIRETIME: 1 };

/** Both clocks are read a moment apart: times that differ by less, in milliseconds, are the same. */
const APART_MS = 20_000;

/** The reply with what may differ from the other one taken out. */
function normalise(words: Words, reply: Parsed, other?: Parsed): unknown {
  const name = (words[0] ?? "").toUpperCase();
  const items = reply.items ?? [];
  if (reply.mark === "-" || reply.mark === "!") return comparableError(reply);
  if (name === "MEMORY") return reply.mark;
  if (name === "TIME" || name === "RANDOMKEY") return [reply.mark, items.length];
  if (name === "SRANDMEMBER" && (words.length === 2 || words[2]?.startsWith("-"))) {
    return [reply.mark, items.length];
  }
  if (name === "INFO" || (name === "CLIENT" && /^(LIST|INFO|ID)$/i.test(words[1] ?? ""))) return reply.mark;
  if (UNORDERED.has(name)) return { ...reply, items: sorted(items.map((item) => [item])) };
  if (name === "HGETALL") return { ...reply, items: sorted(pairs(items)) };
  if (name === "SCAN" || name === "SSCAN") {
    return [items[0], sorted((items[1]?.items ?? []).map((item) => [item]))];
  }
  if (name === "HSCAN" || name === "ZSCAN") return [items[0], sorted(pairs(items[1]?.items ?? []))];
  if (name === "HELLO") {
    return pairs(items).filter(([field]) => !["id", "version", ...SERVER_WORDS].includes(field?.text ?? ""));
  }
  if (name === "XINFO") return pairs(items).filter(([field]) => !field?.text?.startsWith("radix"));
  const unit = TIMES[name];
  if (unit !== undefined) {
    const [mine, theirs] = [Number(reply.text), Number(other?.text)];
    if (mine > 0 && theirs > 0 && Math.abs(mine - theirs) * unit < APART_MS) return [reply.mark, "<time>"];
  }
  return reply;
}

/** Servers of late 2024 leave out the reply to a wrong AUTH in a pipeline behind RESET, and heed SETNAME beside one. */
function portable(commands: readonly Words[]): Words[] {
  if (isReferenceRedis()) return [...commands];
  return commands.filter((words) => {
    const name = words[0]?.toUpperCase();
    return name !== "AUTH" && (name !== "HELLO" || words.length < 3);
  });
}

/**
 * Where a sequence ends to be comparable: newer servers refuse some of what 7.0 carried out, and the other way round.
 * What both carry out until then must mean the same.
 */
function endOfCommon(ours: readonly Parsed[], theirs: readonly Parsed[]): number {
  if (isReferenceRedis()) return Infinity;
  const end = ours.findIndex((reply, i) => refusals(reply) !== refusals(theirs[i]));
  return end < 0 ? Infinity : end;
}

function refusals(reply: Parsed | undefined): number {
  if (reply === undefined || "-!".includes(reply.mark)) return -1;
  return reply.mark === "*" ? (reply.items ?? []).filter(({ mark }) => mark === "-").length : 0;
}

/** What HELLO says that only the reference server has in these words. */
const SERVER_WORDS = isReferenceRedis() ? [] : ["server", "availability_zone"];

/**
 * Other servers, and other versions, report the same fault in other words, and of two faults of one command they name
 * either. That the store's callers get the first words they go by is tested in store.ts.
 */
function comparableError(reply: Parsed): unknown {
  return isReferenceRedis() ? reply : ["-"];
}

function pairs(items: Parsed[]): Parsed[][] {
  return Array.from({ length: items.length / 2 }, (_, i) => items.slice(2 * i, 2 * i + 2));
}

function sorted(rows: Parsed[][]): string[] {
  return rows.map((row) => JSON.stringify(row)).sort();
}

/** Every reply of one sequence, comparable; EXEC's by the commands that were queued. */
function normaliseAll(commands: Words[], replies: Parsed[], others: Parsed[]): string[] {
  let queued: Words[] = [];
  return commands.map((words, i) => {
    const reply = replies[i] ?? { mark: "?" };
    const name = (words[0] ?? "").toUpperCase();
    let comparable: unknown = normalise(words, reply, others[i]);
    if (reply.text === "QUEUED") {
      queued.push(words);
      comparable = reply;
    } else if (name === "EXEC" && reply.items !== undefined) {
      const items = reply.items.map((item, index) =>
        normalise(queued[index] ?? [], item, others[i]?.items?.[index])
      );
      comparable = [reply.mark, items];
    }
    // A nested MULTI or a malformed DISCARD is refused and leaves the queue as it was.
    if (
      ["MULTI", "DISCARD", "RESET"].includes(name)
        ? reply.mark === "+" && reply.text !== "QUEUED"
        : name === "EXEC"
    ) queued = [];
    // Ids made from the clock, in replies to XADD and wherever they come back.
    const shown = JSON.stringify(comparable).replace(/\d{13}-\d+/g, "<now>");
    // Versions write one and the same double with more or fewer digits.
    return isReferenceRedis()
      ? shown
      : shown.replace(/(?<=")-?\d+(?:\.\d+)?(?:e[+-]?\d+)?(?=\\*")/g, (digits) => String(Number(digits)));
  });
}

type Pair = { ours: RawClient; theirs: RawClient };

function difference(commands: Words[], ours: Parsed[], theirs: Parsed[]): string | undefined {
  const [left, right] = [normaliseAll(commands, ours, theirs), normaliseAll(commands, theirs, ours)];
  const end = endOfCommon(ours, theirs);
  const index = left.findIndex((one, i) => i < end && one !== right[i]);
  if (index < 0) return undefined;
  return [
    `${JSON.stringify(commands[index])} (command ${index + 1})`,
    `  embedded ${left[index]}`,
    `  redis    ${right[index]}`,
  ].join("\n");
}

async function bothCall(pair: Pair, commands: Words[]): Promise<string | undefined> {
  const [ours, theirs] = await Promise.all([pair.ours.call(commands), pair.theirs.call(commands)]);
  return difference(commands, ours, theirs);
}

async function withBoth(clients: number, use: (pairs: Pair[]) => Promise<void>): Promise<void> {
  await using redis = await startRedis();
  await using embedded = startEmbedded();
  const pairs: Pair[] = [];
  try {
    for (let i = 0; i < clients; i++) {
      pairs.push({ ours: await connect(embedded.port), theirs: await connect(redis.port) });
    }
    await use(pairs);
  } finally {
    for (const pair of pairs) {
      pair.ours.close();
      pair.theirs.close();
    }
  }
}

for (const protocol of ["2", "3"]) {
  redisTest(`the embedded store answers random commands as Redis does (RESP${protocol})`, async () => {
    await withBoth(1, async ([pair]) => {
      assert.ok(pair);
      let compared = 0;
      await fc.assert(
        fc.asyncProperty(sequence.map(portable), async (commands) => {
          const all = [["RESET"], ["FLUSHALL"], ["HELLO", protocol], ...commands];
          compared += all.length;
          assert.equal(await bothCall(pair, all), undefined);
        }),
        { seed, numRuns: runs },
      );
      assert.ok(compared > runs * 15, `only ${compared} commands compared`);
    });
  });
}

/** Steps of two connections in turn, each awaited, so that WATCH sees the other's writes at the same place. */
const transactionStep = fc.tuple(
  fc.nat(1),
  fc.oneof(
    ...[
      cmd("MULTI"),
      cmd("EXEC"),
      cmd("EXEC"),
      cmd("DISCARD"),
      cmd("UNWATCH"),
      cmd("WATCH", some(key, 1, 2)),
    ],
    ...[
      cmd("SET", key, text),
      cmd("GET", key),
      cmd("INCR", key),
      cmd("DEL", key),
      cmd("HSET", key, member, text),
    ],
    ...[
      cmd("HDEL", key, member),
      cmd("ZADD", key, "1", member),
      cmd("ZADD", key, "XX", "1", member),
      cmd("TTL", key),
    ],
    ...[cmd("EXPIRE", key, "100"), cmd("PERSIST", key), cmd("RENAME", key, key), cmd("SADD", key, member)],
    ...[
      cmd("SREM", key, member),
      cmd("FLUSHDB"),
      cmd("XADD", key, id, member, text),
      cmd("GET"),
      cmd("nope"),
    ],
    ...[
      cmd("SELECT", fc.constantFrom("0", "1")),
      cmd("XREAD", "BLOCK", "0", "STREAMS", key, "9-9"),
      cmd("HGETALL", key),
    ],
    ...[
      cmd("SETNX", key, text),
      cmd("XTRIM", key, "MAXLEN", "0"),
      cmd("APPEND", key, ""),
      cmd("ZINCRBY", key, "0", "m"),
    ],
    ...[cmd("WATCH", key), cmd("MULTI"), cmd("GETEX", key, "PERSIST"), cmd("FLUSHALL"), cmd("XDEL", key, id)],
  ),
);

redisTest("the embedded store runs and refuses transactions as Redis does", async () => {
  await withBoth(2, async (pairs) => {
    await fc.assert(
      fc.asyncProperty(fc.array(transactionStep, { minLength: 10, maxLength: 40 }), async (steps) => {
        for (const pair of pairs) await bothCall(pair, [["RESET"], ["FLUSHALL"]]);
        const sent: Words[][] = [[], []];
        const replies: [Parsed[], Parsed[]][] = [[[], []], [[], []]];
        const inside = [false, false];
        for (const [who, words] of steps) {
          const pair = pairs[who];
          assert.ok(pair);
          // Outside a transaction it would wait, and the steps with it.
          if (words[0] === "XREAD" && !inside[who]) continue;
          if (words[0] === "MULTI") inside[who] = true;
          if (words[0] === "EXEC" || words[0] === "DISCARD") inside[who] = false;
          const [[ours], [theirs]] = await Promise.all([pair.ours.call([words]), pair.theirs.call([words])]);
          assert.ok(ours && theirs);
          sent[who]?.push(words);
          replies[who]?.[0].push(ours);
          replies[who]?.[1].push(theirs);
          assert.equal(difference(sent[who] ?? [], ...(replies[who] ?? [[], []])), undefined);
          if (endOfCommon([ours], [theirs]) === 0) return;
        }
      }),
      { seed, numRuns: Math.ceil(runs / 4) },
    );
  });
});

const channel = fc.constantFrom("news", "newt", "n", "other", "", "\xff");
const pattern = fc.constantFrom("*", "n*", "ne[wx]?", "new[^s]", "?", "other", "");
const pubsubStep = fc.tuple(
  fc.nat(2),
  fc.oneof(
    ...[
      cmd("SUBSCRIBE", some(channel, 1, 3)),
      cmd("PSUBSCRIBE", some(pattern, 1, 2)),
      cmd("PUBLISH", channel, text),
    ],
    ...[
      cmd("UNSUBSCRIBE"),
      cmd("UNSUBSCRIBE", some(channel, 1, 2)),
      cmd("PUNSUBSCRIBE", some(pattern, 1, 2)),
    ],
    ...[cmd("PUBLISH", channel, text), cmd("PUBLISH", channel, text), cmd("GET", key), cmd("PUNSUBSCRIBE")],
    ...[cmd("PUBSUB", "NUMSUB", some(channel)), cmd("PUBSUB", "NUMPAT"), cmd("PUBSUB", "CHANNELS", pattern)],
    ...[
      cmd("PUBSUB", "CHANNELS"),
      cmd("HELLO", fc.constantFrom("2", "3")),
      cmd("RESET"),
      cmd("CLIENT", "GETNAME"),
    ],
  ),
);

/** Everything a connection has been sent up to the answer to a marked PING, in no order. */
async function drain(client: RawClient, marker: string): Promise<string[]> {
  await client.send([["PING", marker]]);
  const seen: string[] = [];
  while (true) {
    const reply = await client.read();
    const list = reply.items ?? [];
    if (reply.text === marker || (list.length === 2 && list[1]?.text === marker)) return seen.sort();
    const [first, ...rest] = list;
    const isNames = first?.text !== undefined && !/subscribe|message/.test(first.text) && reply.mark === "*";
    const ordered = isNames && list.every((item) => item.mark === "$")
      ? [...list].sort((a, b) => (a.text ?? "") < (b.text ?? "") ? -1 : 1)
      : [first, ...rest];
    const words = /^server$/.test(first?.text ?? "") ? ["HELLO"] : [""];
    const shown = JSON.stringify(
      reply.mark === "-" || words[0] === "HELLO"
        ? normalise(words, reply)
        : { ...reply, ...(reply.items ? { items: ordered } : {}) },
    );
    // UNSUBSCRIBE of everything names the channels in any order, so the name and the count after it do not compare.
    const all = /unsubscribe/.test(first?.text ?? "");
    seen.push(all ? JSON.stringify([reply.mark, first]) : shown);
  }
}

redisTest("the embedded store delivers messages as Redis does", async () => {
  await withBoth(3, async (pairs) => {
    let step = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(pubsubStep, { minLength: 10, maxLength: 30 }), async (steps) => {
        for (const pair of pairs) {
          for (const client of [pair.ours, pair.theirs]) await client.call([["RESET"]]);
        }
        for (const [who, words] of steps) {
          const pair = pairs[who];
          assert.ok(pair);
          await Promise.all([pair.ours.send([words]), pair.theirs.send([words])]);
          step++;
          const order = [pair, ...pairs.filter((other) => other !== pair)];
          for (const other of order) {
            const marker = `mark-${step}`;
            const [ours, theirs] = await Promise.all([
              drain(other.ours, marker),
              drain(other.theirs, marker),
            ]);
            // As in endOfCommon, of what is here text.
            const refused = [ours, theirs].map((list) =>
              list.filter((each) => each.startsWith('["-"')).length
            );
            if (!isReferenceRedis() && refused[0] !== refused[1]) return;
            assert.deepEqual(ours, theirs, `after ${JSON.stringify(words)}`);
          }
        }
      }),
      { seed, numRuns: Math.ceil(runs / 8) },
    );
  });
});

redisTest("SCAN finds every key that stays, whatever comes and goes meanwhile, as in Redis", async () => {
  await withBoth(1, async ([pair]) => {
    assert.ok(pair);
    for (const client of [pair.ours, pair.theirs]) {
      await client.call(Array.from({ length: 500 }, (_, i) => ["SET", `stay:${i}`, "1"]));
      await client.call(Array.from({ length: 500 }, (_, i) => ["SET", `go:${i}`, "1"]));
      const found = new Set<string>();
      let cursor = "0";
      let turn = 0;
      do {
        const [reply] = await client.call([["SCAN", cursor, "COUNT", "7", "MATCH", "stay:*"]]);
        cursor = reply?.items?.[0]?.text ?? "0";
        for (const item of reply?.items?.[1]?.items ?? []) found.add(item.text ?? "");
        await client.call([["DEL", `go:${turn}`], ["SET", `new:${turn++}`, "1"]]);
      } while (cursor !== "0" && turn < 2000);
      assert.equal(found.size, 500);
    }
  });
});

redisTest("XREAD BLOCK wakes for the entry it waits for, in both", async () => {
  await withBoth(2, async ([reader, writer]) => {
    assert.ok(reader && writer);
    await Promise.all(
      [reader.ours, reader.theirs].map((client) =>
        client.send([["XREAD", "BLOCK", "20", "STREAMS", "s", "$"], [
          "XREAD",
          "BLOCK",
          "0",
          "STREAMS",
          "s",
          "$",
        ], ["PING"]])
      ),
    );
    assert.deepEqual(await reader.ours.read(), await reader.theirs.read());
    for (const client of [writer.ours, writer.theirs]) {
      await waitFor("the reader to wait", async () => {
        const [info] = await client.call([["INFO", "clients"]]);
        return info?.text?.includes("blocked_clients:1");
      });
    }
    const add = ["XADD", "s", "5-5", "f", "v"];
    assert.equal(await bothCall(writer, [["MULTI"], add, ["GET", "s"], ["EXEC"]]), undefined);
    for (let i = 0; i < 2; i++) assert.deepEqual(await reader.ours.read(), await reader.theirs.read());
  });
});
