/** Set commands. A set that loses its last member is gone. */
import {
  arg,
  type Call,
  type Command,
  CommandFault,
  commandGroup,
  lookup,
  SYNTAX,
  toCount,
} from "./command.ts";
import { toPositive } from "./command.ts";
import { scanCollection } from "./scan.ts";
import type { RespValue } from "../resp.ts";

/** SRANDMEMBER with a negative count repeats members; the answer must stay within memory. */
const MAX_REPEATED = 1_000_000;

export const setCommands: Command[] = commandGroup("set", [
  ["sadd", -3, "write denyoom fast", sadd],
  ["srem", -3, "write fast", srem],
  ["smembers", 2, "readonly", (call) => asSet(membersAt(call) ?? [])],
  ["sismember", 3, "readonly fast", (call) => membersAt(call)?.has(arg(call, 2)) ? 1 : 0],
  ["smismember", -3, "readonly fast", smismember],
  ["scard", 2, "readonly fast", (call) => membersAt(call)?.size ?? 0],
  ["spop", -2, "write fast", spop],
  ["srandmember", -2, "readonly", srandmember],
  ["sinter", -2, "readonly", (call) => combine(call, (first, rest) => rest.every((set) => set.has(first))), [
    1,
    -1,
    1,
  ]],
  ["sdiff", -2, "readonly", (call) => combine(call, (first, rest) => !rest.some((set) => set.has(first))), [
    1,
    -1,
    1,
  ]],
  ["sunion", -2, "readonly", (call) => asSet(new Set(setsOf(call).flatMap((set) => [...set]))), [1, -1, 1]],
  ["sscan", -3, "readonly", sscan],
]);

function sadd(call: Call): RespValue {
  let members = membersAt(call);
  if (members === undefined) {
    members = new Set();
    call.space.set(arg(call, 1), { kind: "set", members });
  }
  const before = members.size;
  for (let at = 2; at < call.args.length; at++) members.add(arg(call, at));
  if (members.size > before) call.space.touch(arg(call, 1));
  return members.size - before;
}

function srem(call: Call): RespValue {
  const members = membersAt(call);
  return members === undefined ? 0 : remove(call, members, call.args.slice(2));
}

function smismember(call: Call): RespValue {
  const members = membersAt(call);
  return call.args.slice(2).map((member) => members?.has(member) ? 1 : 0);
}

function spop(call: Call): RespValue {
  if (call.args.length > 3) throw new CommandFault(SYNTAX);
  const count = call.args.length === 3 ? toPositive(arg(call, 2)) : undefined;
  const members = membersAt(call);
  if (members === undefined) return count === undefined ? null : asSet([]);
  const taken = pickDistinct(call, [...members], count ?? 1);
  remove(call, members, taken);
  return count === undefined ? taken[0] ?? null : asSet(taken);
}

function srandmember(call: Call): RespValue {
  if (call.args.length > 3) throw new CommandFault(SYNTAX);
  const count = call.args.length === 3 ? toCount(arg(call, 2)) : undefined;
  const members = [...membersAt(call) ?? []];
  if (count === undefined) return pickDistinct(call, members, 1)[0] ?? null;
  if (count >= 0) return pickDistinct(call, members, count);
  if (members.length === 0) return [];
  if (-count > MAX_REPEATED) throw new CommandFault("ERR value is out of range");
  return Array.from(
    { length: -count },
    () => members[Math.floor(call.engine.random() * members.length)] ?? null,
  );
}

function sscan(call: Call): RespValue {
  return scanCollection(call, () => {
    const members = membersAt(call);
    return members === undefined ? undefined : [...members].map((member) => [member]);
  });
}

/** Members of the first set that `keep` accepts, given the other sets. */
function combine(call: Call, keep: (member: string, rest: Set<string>[]) => boolean): RespValue {
  const [first = new Set<string>(), ...rest] = setsOf(call);
  return asSet([...first].filter((member) => keep(member, rest)));
}

function setsOf(call: Call): Set<string>[] {
  return call.args.slice(1).map((key) => lookup(call.space, key, "set")?.members ?? new Set());
}

function pickDistinct(call: Call, members: string[], count: number): string[] {
  const wanted = Math.min(count, members.length);
  for (let i = 0; i < wanted; i++) {
    const other = i + Math.floor(call.engine.random() * (members.length - i));
    const swapped = members[other];
    if (swapped !== undefined) [members[i], members[other]] = [swapped, members[i] ?? swapped];
  }
  return members.slice(0, wanted);
}

function remove(call: Call, members: Set<string>, gone: readonly string[]): number {
  let removed = 0;
  for (const member of gone) if (members.delete(member)) removed++;
  if (members.size === 0) call.space.delete(arg(call, 1));
  else if (removed > 0) call.space.touch(arg(call, 1));
  return removed;
}

function membersAt(call: Call): Set<string> | undefined {
  return lookup(call.space, arg(call, 1), "set")?.members;
}

function asSet(members: Iterable<string>): RespValue {
  return { kind: "set", items: [...members] };
}
