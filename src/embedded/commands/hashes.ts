/** Hash commands. A hash that loses its last field is gone. */
import {
  arg,
  arityError,
  type Call,
  type Command,
  CommandFault,
  commandGroup,
  lookup,
  OK,
  toInteger,
} from "./command.ts";
import { scanCollection } from "./scan.ts";
import { addInt64, parseInt64 } from "../number.ts";
import type { RespValue } from "../resp.ts";

export const hashCommands: Command[] = commandGroup("hash", [
  ["hset", -4, "write denyoom fast", (call) => setFields(call, "hset")],
  ["hmset", -4, "write denyoom fast", (call) => (setFields(call, "hmset"), OK)],
  ["hsetnx", 4, "write denyoom fast", hsetnx],
  ["hget", 3, "readonly fast", (call) => fieldsAt(call)?.get(arg(call, 2)) ?? null],
  ["hmget", -3, "readonly fast", hmget],
  ["hgetall", 2, "readonly", (call) => ({ kind: "map", items: [...fieldsAt(call) ?? []].flat() })],
  ["hdel", -3, "write fast", hdel],
  ["hexists", 3, "readonly fast", (call) => fieldsAt(call)?.has(arg(call, 2)) ? 1 : 0],
  ["hlen", 2, "readonly fast", (call) => fieldsAt(call)?.size ?? 0],
  ["hkeys", 2, "readonly", (call) => [...fieldsAt(call)?.keys() ?? []]],
  ["hvals", 2, "readonly", (call) => [...fieldsAt(call)?.values() ?? []]],
  ["hincrby", 4, "write denyoom fast", hincrby],
  ["hstrlen", 3, "readonly fast", (call) => (fieldsAt(call)?.get(arg(call, 2)) ?? "").length],
  ["hscan", -3, "readonly", (call) => scanCollection(call, () => fieldsAt(call))],
]);

function setFields(call: Call, command: string): number {
  if (call.args.length % 2 === 1) throw new CommandFault(arityError(command));
  const fields = fieldsAt(call) ?? create(call);
  const before = fields.size;
  for (let at = 2; at < call.args.length; at += 2) fields.set(arg(call, at), arg(call, at + 1));
  call.space.touch(arg(call, 1));
  return fields.size - before;
}

function hsetnx(call: Call): RespValue {
  const fields = fieldsAt(call);
  if (fields?.has(arg(call, 2))) return 0;
  (fields ?? create(call)).set(arg(call, 2), arg(call, 3));
  call.space.touch(arg(call, 1));
  return 1;
}

function hmget(call: Call): RespValue {
  const fields = fieldsAt(call);
  return call.args.slice(2).map((field) => fields?.get(field) ?? null);
}

function hdel(call: Call): RespValue {
  const fields = fieldsAt(call);
  if (fields === undefined) return 0;
  let removed = 0;
  for (const field of call.args.slice(2)) if (fields.delete(field)) removed++;
  if (fields.size === 0) call.space.delete(arg(call, 1));
  else if (removed > 0) call.space.touch(arg(call, 1));
  return removed;
}

function hincrby(call: Call): RespValue {
  const step = toInteger(arg(call, 3));
  const fields = fieldsAt(call);
  const before = parseInt64(fields?.get(arg(call, 2)) ?? "0");
  if (before === undefined) throw new CommandFault("ERR hash value is not an integer");
  const after = addInt64(before, step);
  if (after === undefined) throw new CommandFault("ERR increment or decrement would overflow");
  (fields ?? create(call)).set(arg(call, 2), String(after));
  call.space.touch(arg(call, 1));
  return after;
}

function fieldsAt(call: Call): Map<string, string> | undefined {
  return lookup(call.space, arg(call, 1), "hash")?.fields;
}

function create(call: Call): Map<string, string> {
  const fields = new Map<string, string>();
  call.space.set(arg(call, 1), { kind: "hash", fields });
  return fields;
}
