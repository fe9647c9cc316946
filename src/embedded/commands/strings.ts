/** String commands: SET and its relatives, counters, many keys at once. */
import {
  arg,
  arityError,
  type Call,
  type Command,
  CommandFault,
  commandGroup,
  lookup,
  NOT_AN_INTEGER,
  OK,
  SYNTAX,
  toInteger,
  word,
} from "./command.ts";
import { DEADLINE_UNITS, toDeadline } from "../deadline.ts";
import { addInt64, type Int64, INT64_MIN, parseInt64 } from "../number.ts";
import type { RespValue } from "../resp.ts";

export const stringCommands: Command[] = commandGroup("string", [
  ["get", 2, "readonly fast", (call) => textAt(call, arg(call, 1)) ?? null],
  ["set", -3, "write denyoom", set],
  ["setex", 4, "write denyoom", (call) => setWithDeadline(call, "setex")],
  ["psetex", 4, "write denyoom", (call) => setWithDeadline(call, "psetex")],
  ["setnx", 3, "write denyoom fast", setnx],
  ["mset", -3, "write denyoom", mset, [1, -1, 2]],
  ["msetnx", -3, "write denyoom", msetnx, [1, -1, 2]],
  ["mget", -2, "readonly fast", mget, [1, -1, 1]],
  ["getset", 3, "write denyoom fast", getset],
  ["getdel", 2, "write fast", getdel],
  ["getex", -2, "write fast", getex],
  ["incr", 2, "write denyoom fast", (call) => add(call, 1)],
  ["decr", 2, "write denyoom fast", (call) => add(call, -1)],
  ["incrby", 3, "write denyoom fast", (call) => add(call, toInteger(arg(call, 2)))],
  ["decrby", 3, "write denyoom fast", decrby],
  ["append", 3, "write denyoom fast", append],
  ["strlen", 2, "readonly fast", (call) => (textAt(call, arg(call, 1)) ?? "").length],
]);

type SetOptions = {
  condition?: string;
  get: boolean;
  keep: boolean;
  persist: boolean;
  deadline?: [string, string];
};

function set(call: Call): RespValue {
  const options = readOptions(call, 3, "set");
  const key = arg(call, 1);
  const deadline = deadlineOf(call, options, "set");
  const old = options.get ? textAt(call, key) ?? null : OK;
  const found = call.space.get(key) !== undefined;
  if (options.condition === (found ? "NX" : "XX")) return options.get ? old : null;
  call.space.set(key, { kind: "string", text: arg(call, 2) }, { keepDeadline: options.keep });
  if (deadline !== undefined) call.space.setDeadline(key, deadline);
  return old;
}

function readOptions(call: Call, from: number, command: "set" | "getex"): SetOptions {
  const options: SetOptions = { get: false, keep: false, persist: false };
  for (let at = from; at < call.args.length; at++) {
    const option = word(call, at);
    const others = options.keep || options.persist;
    if (
      command === "set" && (option === "NX" || option === "XX") && (options.condition ?? option) === option
    ) {
      options.condition = option;
    } else if (command === "set" && option === "GET") {
      options.get = true;
    } else if (command === "set" && option === "KEEPTTL" && options.deadline === undefined) {
      options.keep = true;
    } else if (command === "getex" && option === "PERSIST" && options.deadline === undefined) {
      options.persist = true;
    } else if (
      Object.hasOwn(DEADLINE_UNITS, option) && !others && (options.deadline?.[0] ?? option) === option &&
      at + 1 < call.args.length
    ) {
      options.deadline = [option, arg(call, ++at)];
    } else {
      throw new CommandFault(SYNTAX);
    }
  }
  return options;
}

function deadlineOf(call: Call, options: SetOptions, command: string): number | undefined {
  const [unit, text] = options.deadline ?? [];
  const rule = unit === undefined ? undefined : DEADLINE_UNITS[unit];
  if (rule === undefined || text === undefined) return undefined;
  return toDeadline(call, text, { ...rule, command, positive: true });
}

function setWithDeadline(call: Call, command: "setex" | "psetex"): RespValue {
  const unit = { seconds: command === "setex", absolute: false };
  const deadline = toDeadline(call, arg(call, 2), { ...unit, command, positive: true });
  call.space.set(arg(call, 1), { kind: "string", text: arg(call, 3) });
  call.space.setDeadline(arg(call, 1), deadline);
  return OK;
}

function setnx(call: Call): RespValue {
  if (call.space.get(arg(call, 1)) !== undefined) return 0;
  call.space.set(arg(call, 1), { kind: "string", text: arg(call, 2) });
  return 1;
}

function mset(call: Call): RespValue {
  if (call.args.length % 2 === 0) throw new CommandFault(arityError("mset"));
  setPairs(call);
  return OK;
}

function msetnx(call: Call): RespValue {
  if (call.args.length % 2 === 0) throw new CommandFault(arityError("msetnx"));
  for (let at = 1; at < call.args.length; at += 2) {
    if (call.space.get(arg(call, at)) !== undefined) return 0;
  }
  setPairs(call);
  return 1;
}

function setPairs(call: Call): void {
  for (let at = 1; at < call.args.length; at += 2) {
    call.space.set(arg(call, at), { kind: "string", text: arg(call, at + 1) });
  }
}

function mget(call: Call): RespValue {
  return call.args.slice(1).map((key) => {
    const value = call.space.get(key);
    return value?.kind === "string" ? value.text : null;
  });
}

function getset(call: Call): RespValue {
  const old = textAt(call, arg(call, 1)) ?? null;
  call.space.set(arg(call, 1), { kind: "string", text: arg(call, 2) });
  return old;
}

function getdel(call: Call): RespValue {
  const old = textAt(call, arg(call, 1));
  if (old !== undefined) call.space.delete(arg(call, 1));
  return old ?? null;
}

function getex(call: Call): RespValue {
  const key = arg(call, 1);
  const options = readOptions(call, 2, "getex");
  const text = textAt(call, key);
  if (text === undefined) return null;
  const deadline = deadlineOf(call, options, "getex");
  if (deadline !== undefined && deadline <= call.engine.now()) call.space.delete(key);
  else if (deadline !== undefined) call.space.setDeadline(key, deadline);
  else if (options.persist) call.space.clearDeadline(key);
  return text;
}

function decrby(call: Call): RespValue {
  const step = toInteger(arg(call, 2));
  if (step === INT64_MIN) throw new CommandFault("ERR decrement would overflow");
  return add(call, typeof step === "number" ? -step : -step);
}

function add(call: Call, step: Int64): RespValue {
  const key = arg(call, 1);
  const value = lookup(call.space, key, "string");
  const before = parseInt64(value?.text ?? "0");
  if (before === undefined) throw new CommandFault(NOT_AN_INTEGER);
  const after = addInt64(before, step);
  if (after === undefined) throw new CommandFault("ERR increment or decrement would overflow");
  call.space.set(key, { kind: "string", text: String(after) }, { keepDeadline: true });
  return after;
}

function append(call: Call): RespValue {
  const text = (textAt(call, arg(call, 1)) ?? "") + arg(call, 2);
  call.space.set(arg(call, 1), { kind: "string", text }, { keepDeadline: true });
  return text.length;
}

function textAt(call: Call, key: string): string | undefined {
  return lookup(call.space, key, "string")?.text;
}
