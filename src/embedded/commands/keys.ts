/** Commands on keys whatever their value: delete, expire, look around, rename, flush. */
import {
  arg,
  type Call,
  type Command,
  commandContainer,
  CommandFault,
  commandGroup,
  NO_SUCH_KEY,
  OK,
  SYNTAX,
  untilNul,
  waitingName,
  word,
} from "./command.ts";
import { readScanOptions, toCursor } from "./scan.ts";
import { type DeadlineUnit, toDeadline } from "../deadline.ts";
import { matchGlob } from "../glob.ts";
import type { Value } from "../keyspace.ts";
import { parseInt64 } from "../number.ts";
import type { RespValue } from "../resp.ts";

const EVERY_KEY = [1, -1, 1] as const;

export const keyCommands: Command[] = [
  ...commandGroup("generic", [
    [
      "del",
      -2,
      "write",
      (call) => countKeys(call, (key) => isLive(call, key) && call.space.delete(key)),
      EVERY_KEY,
    ],
    [
      "unlink",
      -2,
      "write fast",
      (call) => countKeys(call, (key) => isLive(call, key) && call.space.delete(key)),
      EVERY_KEY,
    ],
    ["exists", -2, "readonly fast", (call) => countKeys(call, (key) => isLive(call, key)), EVERY_KEY],
    ["touch", -2, "readonly fast", (call) => countKeys(call, (key) => isLive(call, key)), EVERY_KEY],
    ["expire", -3, "write fast", (call) => expire(call, { seconds: true, absolute: false })],
    ["pexpire", -3, "write fast", (call) => expire(call, { seconds: false, absolute: false })],
    ["expireat", -3, "write fast", (call) => expire(call, { seconds: true, absolute: true })],
    ["pexpireat", -3, "write fast", (call) => expire(call, { seconds: false, absolute: true })],
    ["ttl", 2, "readonly fast", (call) => inSeconds(deadlineOf(call, call.engine.now()))],
    ["pttl", 2, "readonly fast", (call) => deadlineOf(call, call.engine.now())],
    ["expiretime", 2, "readonly fast", (call) => inSeconds(deadlineOf(call, 0))],
    ["pexpiretime", 2, "readonly fast", (call) => deadlineOf(call, 0)],
    [
      "persist",
      2,
      "write fast",
      (call) => isLive(call, arg(call, 1)) && call.space.clearDeadline(arg(call, 1)) ? 1 : 0,
    ],
    [
      "type",
      2,
      "readonly fast",
      (call) => ({ kind: "status", text: call.space.get(arg(call, 1))?.kind ?? "none" }),
    ],
    ["scan", -2, "readonly", scan, [0, 0, 0]],
    ["keys", 2, "readonly", keys, [0, 0, 0]],
    ["randomkey", 1, "readonly", (call) => call.space.randomKey(call.engine.random) ?? null, [0, 0, 0]],
    ["rename", 3, "write", (call) => (rename(call), OK), [1, 2, 1]],
    [
      "renamenx",
      3,
      "write fast",
      (call) => isLive(call, arg(call, 1)) && isLive(call, arg(call, 2)) ? 0 : (rename(call), 1),
      [1, 2, 1],
    ],
  ]),
  ...commandGroup("server", [
    ["dbsize", 1, "readonly fast", (call) => call.space.size, [0, 0, 0]],
    ["flushdb", -1, "write", (call) => flush(call, [call.space]), [0, 0, 0]],
    ["flushall", -1, "write", (call) => flush(call, call.engine.spaces), [0, 0, 0]],
  ]),
  commandContainer("generic", "object", [
    ["encoding", 3, "readonly", (call) => encodingOf(call.space.get(arg(call, 2))), [2, 2, 1]],
    ["refcount", 3, "readonly", (call) => call.space.get(arg(call, 2)) === undefined ? null : 1, [2, 2, 1]],
    ["idletime", 3, "readonly", (call) => call.space.get(arg(call, 2)) === undefined ? null : 0, [2, 2, 1]],
  ]),
  commandContainer("server", "memory", [
    ["usage", -3, "readonly", (call) => sizeOf(call, arg(call, 2)), [2, 2, 1]],
  ]),
];

function isLive(call: Call, key: string): boolean {
  return call.space.get(key) !== undefined;
}

function countKeys(call: Call, happens: (key: string) => boolean): number {
  let count = 0;
  for (let at = 1; at < call.args.length; at++) if (happens(arg(call, at))) count++;
  return count;
}

function expire(call: Call, unit: DeadlineUnit): RespValue {
  const options = new Set<string>();
  for (let at = 3; at < call.args.length; at++) {
    if (!["NX", "XX", "GT", "LT"].includes(word(call, at))) {
      throw new CommandFault(`ERR Unsupported option ${untilNul(arg(call, at))}`);
    }
    options.add(word(call, at));
  }
  if (options.has("NX") && options.size > 1) {
    throw new CommandFault("ERR NX and XX, GT or LT options at the same time are not compatible");
  }
  if (options.has("GT") && options.has("LT")) {
    throw new CommandFault("ERR GT and LT options at the same time are not compatible");
  }
  const key = arg(call, 1);
  const at = toDeadline(call, arg(call, 2), { ...unit, command: arg(call, 0).toLowerCase() });
  if (!isLive(call, key)) return 0;
  const current = call.space.deadline(key);
  const refused = (options.has("NX") && current !== undefined) ||
    (options.has("XX") && current === undefined) ||
    (options.has("GT") && at <= (current ?? Infinity)) || (options.has("LT") && at >= (current ?? Infinity));
  if (refused) return 0;
  if (at <= call.engine.now()) call.space.delete(key);
  else call.space.setDeadline(key, at);
  return 1;
}

/** Milliseconds from `origin` to the key's end: -1 when it has none, -2 when there is no such key. */
function deadlineOf(call: Call, origin: number): number {
  if (!isLive(call, arg(call, 1))) return -2;
  const at = call.space.deadline(arg(call, 1));
  return at === undefined ? -1 : Math.max(0, at - origin);
}

function inSeconds(milliseconds: number): number {
  return milliseconds < 0 ? milliseconds : Math.floor((milliseconds + 500) / 1000);
}

function scan(call: Call): RespValue {
  const cursor = toCursor(arg(call, 1));
  const { count, type, accepts } = readScanOptions(call, 2, true);
  const page = call.space.scan(cursor, count);
  const names = page.keys.filter((key) =>
    accepts(key) && (type === undefined || call.space.get(key)?.kind === type)
  );
  return [String(page.cursor), names];
}

function keys(call: Call): RespValue {
  const pattern = arg(call, 1);
  return pattern === "*" ? call.space.keys() : call.space.keys().filter((key) => matchGlob(pattern, key));
}

function rename(call: Call): void {
  const [from, to] = [arg(call, 1), arg(call, 2)];
  const value = call.space.get(from);
  if (value === undefined) throw new CommandFault(NO_SUCH_KEY);
  if (from === to) return;
  const deadline = call.space.deadline(from);
  call.space.delete(from);
  call.space.set(to, value);
  if (deadline !== undefined) call.space.setDeadline(to, deadline);
  call.engine.waiting.markReady(waitingName(call, to));
}

function flush(call: Call, spaces: Call["engine"]["spaces"]): RespValue {
  if (call.args.length > 2 || (call.args.length === 2 && !["SYNC", "ASYNC"].includes(word(call, 1)))) {
    throw new CommandFault(SYNTAX);
  }
  for (const space of spaces) space.clear();
  return OK;
}

/** What Redis would most likely say; here every kind has one form. */
function encodingOf(value: Value | undefined): RespValue {
  switch (value?.kind) {
    case undefined:
      return null;
    case "string":
      return parseInt64(value.text) !== undefined ? "int" : value.text.length <= 44 ? "embstr" : "raw";
    case "zset":
      return value.size <= 128 ? "listpack" : "skiplist";
    case "hash":
      return value.fields.size <= 128 ? "listpack" : "hashtable";
    case "set":
      return "hashtable";
    case "stream":
      return "stream";
  }
}

/** Returns a rough size in bytes: what is stored, with a fixed cost an element. */
function sizeOf(call: Call, key: string): RespValue {
  const value = call.space.get(key);
  if (value === undefined) return null;
  const perElement = 64;
  const sum = (texts: Iterable<string>) =>
    [...texts].reduce((bytes, text) => bytes + text.length + perElement, 0);
  switch (value.kind) {
    case "string":
      return key.length + perElement + value.text.length;
    case "hash":
      return key.length + perElement + sum([...value.fields].flat());
    case "set":
      return key.length + perElement + sum(value.members);
    case "zset":
      return key.length + perElement + sum(value.slice(0, value.size).map(({ member }) => member));
    case "stream":
      return key.length + perElement + sum(value.range(0n, value.lastId).flatMap(({ fields }) => fields));
  }
}
