/**
 * The shape of a command and what commands share: the state they work on, how they refuse, how they read their
 * arguments. The groups of commands build on this file and know nothing of one another.
 */
import type { Client } from "../client.ts";
import type { Keyspace, Value } from "../keyspace.ts";
import { type Int64, parseInt64, parseScore } from "../number.ts";
import type { PubSub } from "../pubsub.ts";
import type { RespValue } from "../resp.ts";
import type { Waiting } from "../waiting.ts";

/** Everything behind the connections. */
export type Engine = {
  readonly spaces: readonly Keyspace[];
  readonly pubsub: PubSub;
  readonly waiting: Waiting;
  readonly clients: Map<number, Client>;
  readonly table: ReadonlyMap<string, Command>;
  readonly settings: Map<string, string>;
  readonly password: string | undefined;
  readonly maxQueuedCommands: number;
  /** Bytes of the commands that one transaction may queue. */
  readonly maxQueuedBytes: number;
  /** There is no memory for more data: what would add some is refused. */
  full: boolean;
  readonly counters: {
    commands: number;
    connections: number;
    refused: number;
    cutOff: number;
    /** Commands refused for want of memory. */
    full: number;
    /** Connections ended because they spoke another protocol. */
    foreign: number;
    expired: number;
  };
  readonly runId: string;
  readonly startedAt: number;
  readonly port: () => number;
  readonly now: () => number;
  readonly random: () => number;
  readonly usedMemory: () => number;
};

/** One command being carried out; `args[0]` is its name. */
export type Call = {
  readonly engine: Engine;
  readonly client: Client;
  readonly space: Keyspace;
  readonly args: readonly string[];
};

/** Undefined means that nothing is to be sent now (the client waits). */
export type Run = (call: Call) => RespValue | undefined;

export type Command = {
  /** In lower case; a subcommand is `parent|child`. */
  readonly name: string;
  /** Words including the name; negative for "at least". */
  readonly arity: number;
  readonly flags: readonly string[];
  /** First key, last key (negative from the end), step; zeros for none. */
  readonly keys: readonly [number, number, number];
  readonly group: string;
  readonly run: Run;
  readonly subcommands?: ReadonlyMap<string, Command>;
};

/** A refusal that becomes an error reply; the text starts with its code. */
export class CommandFault extends Error {
  override readonly name = "CommandFault";
}

export const OK: RespValue = { kind: "status", text: "OK" };
export const SYNTAX = "ERR syntax error";
export const NOT_AN_INTEGER = "ERR value is not an integer or out of range";
const NOT_A_FLOAT = "ERR value is not a valid float";
export const NO_SUCH_KEY = "ERR no such key";
const WRONG_TYPE = "WRONGTYPE Operation against a key holding the wrong kind of value";

export type CommandRow = readonly [
  name: string,
  arity: number,
  flags: string,
  run: Run,
  keys?: readonly [number, number, number],
];

/** Returns a group of commands from rows of name, arity, flags (in one string), function and key positions. */
export function commandGroup(group: string, rows: readonly CommandRow[]): Command[] {
  return rows.map(([name, arity, flags, run, keys]) => ({
    ...{ name, arity, run, group },
    flags: flags === "" ? [] : flags.split(" "),
    keys: keys ?? (/write|readonly/.test(flags) ? [1, 1, 1] : [0, 0, 0]),
  }));
}

/** Returns a command that is only a front for its subcommands; HELP is added. */
export function commandContainer(
  group: string,
  name: string,
  rows: readonly CommandRow[],
  options: { arity?: number; run?: Run } = {},
): Command {
  const help: CommandRow = ["help", 2, "", () =>
    [
      `${name.toUpperCase()} <subcommand> [<arg> [value] [opt] ...]. Subcommands are:`,
      ...rows.map(([child]) => child.toUpperCase()),
      "HELP",
    ].map((text) => ({ kind: "status", text }))];
  const children = commandGroup(group, [...rows, help])
    .map((child) => ({ ...child, name: `${name}|${child.name}` }));
  return {
    ...{ name, group, flags: [], keys: [0, 0, 0] as const },
    arity: options.arity ?? -2,
    run: options.run ?? (() => null),
    subcommands: new Map(children.map((child) => [child.name.slice(name.length + 1), child])),
  };
}

/** Carries a command out; a refusal becomes its error reply. */
export function runCommand(command: Command, call: Call): RespValue | undefined {
  try {
    return command.run(call);
  } catch (error) {
    if (error instanceof CommandFault) return { kind: "error", text: error.message };
    // Such as a string beyond the engine's limit: it must not end the connection, or the process from a timer.
    if (error instanceof Error) return { kind: "error", text: `ERR ${error.name}: ${error.message}` };
    throw error;
  }
}

export function arityError(name: string): string {
  return `ERR wrong number of arguments for '${name}' command`;
}

/** Returns the value under the key when it is of this kind, undefined when there is none, a refusal otherwise. */
export function lookup<K extends Value["kind"]>(
  space: Keyspace,
  key: string,
  kind: K,
): Extract<Value, { kind: K }> | undefined {
  const value = space.get(key);
  if (value === undefined) return undefined;
  if (value.kind !== kind) throw new CommandFault(WRONG_TYPE);
  return value as Extract<Value, { kind: K }>;
}

/** Returns an argument that the arity check has made sure of. */
export function arg(call: Call, index: number): string {
  return call.args[index] ?? "";
}

/** Returns an option word, whatever its case. */
export function word(call: Call, index: number): string {
  return arg(call, index).toUpperCase();
}

export function toInteger(text: string, message = NOT_AN_INTEGER): Int64 {
  const value = parseInt64(text);
  if (value === undefined) throw new CommandFault(message);
  return value;
}

/** Parses a count or a rank, where a value beyond 2^53 may as well be 2^53. */
export function toCount(text: string, message = NOT_AN_INTEGER): number {
  return Number(toInteger(text, message));
}

export function toPositive(text: string): number {
  const message = "ERR value is out of range, must be positive";
  const value = toCount(text, message);
  if (value < 0) throw new CommandFault(message);
  return value;
}

export function toScore(text: string): number {
  const value = parseScore(text);
  if (value === undefined) throw new CommandFault(NOT_A_FLOAT);
  return value;
}

/** Returns what of an argument an error text shows: Redis builds them with C's `%s`. */
export function untilNul(text: string): string {
  const end = text.indexOf("\0");
  return end < 0 ? text : text.slice(0, end);
}

/** Returns the name under which a key's waiting clients are kept. */
export function waitingName(call: Call, key: string): string {
  return `${call.client.database}:${key}`;
}
