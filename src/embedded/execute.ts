/**
 * From words to a reply: finds the command, makes the checks that come before any command (arity, login, subscriber
 * mode, transaction) in Redis' order, and carries it out or queues it.
 */
import type { Client } from "./client.ts";
import {
  arityError,
  type Call,
  type Command,
  type Engine,
  runCommand,
  untilNul,
} from "./commands/command.ts";
import { commandTable } from "./commands/mod.ts";
import { Keyspace } from "./keyspace.ts";
import { PubSub } from "./pubsub.ts";
import type { RespValue } from "./resp.ts";
import { Waiting } from "./waiting.ts";

export type EngineOptions = {
  now: () => number;
  random?: () => number;
  password?: string | undefined;
  maxClients?: number;
  maxRequestBytes?: number;
  maxQueuedCommands?: number;
  port?: () => number;
  usedMemory?: () => number;
};

const DATABASES = 16;
/** Carried out at once inside MULTI, not queued. */
const NOT_QUEUED = new Set(["exec", "discard", "multi", "watch", "quit", "reset"]);
/** What a queued command costs beside its words. */
const QUEUED_COST = 200;
const ALLOWED_TO_SUBSCRIBERS = new Set([
  ...["subscribe", "unsubscribe", "psubscribe", "punsubscribe", "ping", "quit", "reset"],
]);

export function createEngine(options: EngineOptions): Engine {
  const { now, random = Math.random, maxClients = 1000, maxRequestBytes = 0 } = options;
  return {
    spaces: Array.from({ length: DATABASES }, () => new Keyspace(now)),
    pubsub: new PubSub(),
    waiting: new Waiting(),
    clients: new Map(),
    table: commandTable,
    settings: new Map([
      ...[["databases", String(DATABASES)], ["port", "0"], ["bind", "127.0.0.1"]],
      ...[["maxclients", String(maxClients)], ["maxmemory", "0"], ["maxmemory-policy", "noeviction"]],
      ...[["save", ""], ["appendonly", "no"], ["timeout", "0"], ["notify-keyspace-events", ""]],
      ...[["proto-max-bulk-len", String(maxRequestBytes)], ["slowlog-log-slower-than", "-1"]],
    ] as [string, string][]),
    password: options.password,
    maxQueuedCommands: options.maxQueuedCommands ?? 100_000,
    maxQueuedBytes: maxRequestBytes || 64 * 1024 * 1024,
    full: false,
    counters: { commands: 0, connections: 0, refused: 0, cutOff: 0, full: 0, foreign: 0, expired: 0 },
    runId: Array.from({ length: 40 }, () => Math.floor(random() * 16).toString(16)).join(""),
    startedAt: now(),
    port: options.port ?? (() => 0),
    now,
    random,
    usedMemory: options.usedMemory ?? (() => 0),
  };
}

/** Carries one request out and sends what it answers to the client; then lets those who waited for it look again. */
export function execute(engine: Engine, client: Client, args: readonly string[]): void {
  engine.counters.commands++;
  const reply = dispatch(engine, client, args);
  if (reply !== undefined) client.send(reply);
  if (engine.waiting.count > 0) engine.waiting.serve();
}

function dispatch(engine: Engine, client: Client, args: readonly string[]): RespValue | undefined {
  const found = findCommand(engine, args);
  const refusal = typeof found === "string" ? found : checkAllowed(engine, client, found);
  if (typeof found === "string" || refusal !== undefined) {
    return refuse(client, args, refusal ?? "");
  }
  client.lastCommand = found.name;
  if (client.queue === undefined || NOT_QUEUED.has(found.name)) {
    return runCommand(found, callOf(engine, client, args));
  }
  client.queueBytes += args.reduce((sum, text) => sum + text.length, QUEUED_COST);
  client.queue.push(() => runCommand(found, callOf(engine, client, args)));
  return { kind: "status", text: "QUEUED" };
}

/** A command that cannot even be queued spoils the transaction; EXEC itself ends it. */
function refuse(client: Client, args: readonly string[], text: string): RespValue {
  if (args[0]?.toLowerCase() === "exec") {
    client.leaveTransaction();
    const reason = text.replace(/^ERR /, "");
    return { kind: "error", text: `EXECABORT Transaction discarded because of: ${reason}` };
  }
  if (client.queue !== undefined) client.queueFault = true;
  return { kind: "error", text };
}

function callOf(engine: Engine, client: Client, args: readonly string[]): Call {
  const space = engine.spaces[client.database];
  if (space === undefined) throw new RangeError(`Database must exist: current value is ${client.database}`);
  return { engine, client, space, args };
}

/** Returns the command, or the words of the refusal. */
function findCommand(engine: Engine, args: readonly string[]): Command | string {
  const [name = "", child] = args;
  let command = engine.table.get(name) ?? engine.table.get(name.toLowerCase());
  if (command === undefined) return unknownCommand(args);
  if (command.subcommands !== undefined && child !== undefined) {
    const subcommand = command.subcommands.get(child.toLowerCase());
    if (subcommand === undefined) {
      return `ERR unknown subcommand '${shorten(child)}'. Try ${name.toUpperCase()} HELP.`;
    }
    command = subcommand;
  }
  const { arity } = command;
  const fits = arity >= 0 ? args.length === arity : args.length >= -arity;
  return fits ? command : arityError(command.name);
}

function checkAllowed(engine: Engine, client: Client, command: Command): string | undefined {
  if (!client.authenticated && !command.flags.includes("no_auth")) return "NOAUTH Authentication required.";
  if (client.protocol === 2 && client.subscriptions > 0 && !ALLOWED_TO_SUBSCRIBERS.has(command.name)) {
    return `ERR Can't execute '${command.name}': only (P|S)SUBSCRIBE / (P|S)UNSUBSCRIBE / PING / QUIT / RESET are allowed in this context`;
  }
  if (client.queue !== undefined && !NOT_QUEUED.has(command.name)) {
    const { maxQueuedCommands, maxQueuedBytes } = engine;
    const isFull = client.queue.length >= maxQueuedCommands || client.queueBytes >= maxQueuedBytes;
    if (isFull) return "ERR MULTI queue is full";
  }
  if (engine.full && command.flags.includes("denyoom")) {
    engine.counters.full++;
    return "OOM command not allowed when used memory > 'maxmemory'.";
  }
  return undefined;
}

/** Names the command and the start of its arguments, 128 bytes in all, as Redis cuts them. */
function unknownCommand(args: readonly string[]): string {
  const [name = "", ...rest] = args;
  let shown = "";
  for (const text of rest) {
    if (shown.length >= 128) break;
    shown += `'${untilNul(text).slice(0, 128 - shown.length)}' `;
  }
  return `ERR unknown command '${shorten(name)}', with args beginning with: ${shown}`;
}

function shorten(text: string): string {
  return untilNul(text).slice(0, 128);
}
