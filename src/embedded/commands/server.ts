/** Commands on the server: INFO, CONFIG, COMMAND, TIME. They say as much as clients look at, and that it is not Redis. */
import {
  arg,
  type Call,
  type Command,
  commandContainer,
  CommandFault,
  commandGroup,
  OK,
  SYNTAX,
  untilNul,
} from "./command.ts";
import { REDIS_VERSION } from "./connection.ts";
import { matchGlob } from "../glob.ts";
import type { RespValue } from "../resp.ts";

export const serverCommands: Command[] = [
  ...commandGroup("server", [
    ["info", -1, "", info],
    ["time", 1, "fast", time],
    ["lolwut", -1, "fast", () => `okws embedded store, speaking as Redis ver. ${REDIS_VERSION}\n`],
  ]),
  commandContainer("server", "config", [
    ["get", -3, "", configGet],
    ["set", -4, "", configSet],
    ["resetstat", 2, "", resetStats],
  ]),
  commandContainer("server", "command", [
    ["count", 2, "", (call) => call.engine.table.size],
    ["docs", -2, "", docs],
    [
      "info",
      -2,
      "",
      (call) => chosen(call).map((command) => command === undefined ? null : describe(command)),
    ],
    ["list", -2, "", (call) => [...call.engine.table.keys()]],
    ["getkeys", -4, "", getKeys],
  ], { arity: -1, run: (call) => [...call.engine.table.values()].map(describe) }),
];

function time(call: Call): RespValue {
  const now = call.engine.now();
  return [String(Math.floor(now / 1000)), String(Math.floor(now % 1000) * 1000)];
}

function info(call: Call): RespValue {
  const asked = new Set(call.args.slice(1).map((name) => name.toLowerCase()));
  const all = asked.size === 0 || ["all", "default", "everything"].some((name) => asked.has(name));
  const sections = Object.entries(infoSections(call))
    .filter(([name]) => all || asked.has(name.toLowerCase()))
    .map(([name, rows]) => [`# ${name}\r\n`, ...rows.map(([key, value]) => `${key}:${value}\r\n`)].join(""));
  return { kind: "verbatim", text: sections.join("\r\n") };
}

function infoSections(call: Call): Record<string, [string, string | number][]> {
  const { engine } = call;
  const clients = [...engine.clients.values()];
  const upSeconds = Math.floor((engine.now() - engine.startedAt) / 1000);
  const used = engine.usedMemory();
  return {
    Server: [
      ["redis_version", REDIS_VERSION],
      ["redis_mode", "standalone"],
      ["okws_store", "embedded in the okws process, in memory only; this is not a Redis server"],
      ["arch_bits", 64],
      ["run_id", engine.runId],
      ["tcp_port", engine.port()],
      ["uptime_in_seconds", upSeconds],
      ["uptime_in_days", Math.floor(upSeconds / 86_400)],
    ],
    Clients: [
      ["connected_clients", clients.length],
      ["maxclients", engine.settings.get("maxclients") ?? ""],
      ["blocked_clients", engine.waiting.count],
      ["pubsub_clients", clients.filter((client) => client.subscriptions > 0).length],
    ],
    Memory: [
      ["used_memory", used],
      ["used_memory_human", `${(used / 1024 / 1024).toFixed(2)}M`],
      ["maxmemory", 0],
      ["maxmemory_policy", "noeviction"],
    ],
    Persistence: [["loading", 0], ["rdb_bgsave_in_progress", 0], ["aof_enabled", 0]],
    Stats: [
      ["total_connections_received", engine.counters.connections],
      ["total_commands_processed", engine.counters.commands],
      ["rejected_connections", engine.counters.refused],
      ["expired_keys", engine.counters.expired],
      ["client_output_buffer_limit_disconnections", engine.counters.cutOff],
      ["pubsub_channels", engine.pubsub.channelCount],
      ["pubsub_patterns", engine.pubsub.patternCount],
    ],
    Replication: [["role", "master"], ["connected_slaves", 0], ["master_repl_offset", 0]],
    Cluster: [["cluster_enabled", 0]],
    Keyspace: engine.spaces.flatMap((space, index): [string, string][] =>
      space.size === 0 ? [] : [[`db${index}`, `keys=${space.size},expires=${space.expiring},avg_ttl=0`]]
    ),
  };
}

function configGet(call: Call): RespValue {
  const patterns = call.args.slice(2).map((pattern) => pattern.toLowerCase());
  const items = [...call.engine.settings]
    .filter(([name]) => patterns.some((pattern) => matchGlob(pattern, name))).flat();
  return { kind: "map", items };
}

/** Known names are taken and given back, so that clients that set them at start carry on; none of them acts. */
function configSet(call: Call): RespValue {
  if (call.args.length % 2 === 1) throw new CommandFault(SYNTAX);
  const pairs: [string, string][] = [];
  for (let at = 2; at < call.args.length; at += 2) {
    pairs.push([arg(call, at).toLowerCase(), arg(call, at + 1)]);
  }
  for (const [name] of pairs) {
    if (!call.engine.settings.has(name)) {
      throw new CommandFault(
        `ERR Unknown option or number of arguments for CONFIG SET - '${untilNul(name)}'`,
      );
    }
    if (FIXED_SETTINGS.includes(name)) {
      throw new CommandFault(
        `ERR CONFIG SET failed (possibly related to argument '${name}') - can't set immutable config`,
      );
    }
  }
  for (const [name, value] of pairs) call.engine.settings.set(name, value);
  return OK;
}

const FIXED_SETTINGS = ["databases", "port", "bind", "maxclients"];

function resetStats(call: Call): RespValue {
  Object.assign(call.engine.counters, {
    connections: 0,
    refused: 0,
    cutOff: 0,
    full: 0,
    foreign: 0,
    expired: 0,
  });
  return OK;
}

function chosen(call: Call): (Command | undefined)[] {
  if (call.args.length === 2) return [...call.engine.table.values()];
  return call.args.slice(2).map((name) => find(call, name));
}

function find(call: Call, name: string): Command | undefined {
  const [parent = "", child] = name.toLowerCase().split("|");
  const command = call.engine.table.get(parent);
  return child === undefined ? command : command?.subcommands?.get(child);
}

/** As COMMAND lists a command: name, arity, flags, keys, and four lists that stay empty but for the subcommands. */
function describe(command: Command): RespValue {
  const flags: RespValue = {
    kind: "set",
    items: command.flags.map((text): RespValue => ({ kind: "status", text })),
  };
  const children = [...command.subcommands?.values() ?? []].map(describe);
  const none = (): RespValue => ({ kind: "set", items: [] });
  return [command.name, command.arity, flags, ...command.keys, none(), [], [], children];
}

function docs(call: Call): RespValue {
  const items = chosen(call).flatMap((command): RespValue[] =>
    command === undefined ? [] : [command.name, docsOf(command)]
  );
  return { kind: "map", items };
}

function docsOf(command: Command): RespValue {
  const items: RespValue[] = ["summary", "As in Redis", "since", "1.0.0", "group", command.group];
  const children = [...command.subcommands?.values() ?? []];
  if (children.length > 0) {
    items.push("subcommands", {
      kind: "map",
      items: children.flatMap((child): RespValue[] => [child.name, docsOf(child)]),
    });
  }
  return { kind: "map", items };
}

function getKeys(call: Call): RespValue {
  const words = call.args.slice(2);
  const command = find(call, words[0] ?? "");
  if (command === undefined) throw new CommandFault("ERR Invalid command specified");
  if (command.arity > 0 ? words.length !== command.arity : words.length < -command.arity) {
    throw new CommandFault("ERR Invalid number of arguments specified for command");
  }
  const keys = command.name === "xread" ? streamKeys(words) : keysAt(words, command.keys);
  if (keys.length === 0) throw new CommandFault("ERR The command has no key arguments");
  return keys;
}

function keysAt(words: string[], [first, last, step]: Command["keys"]): string[] {
  if (first === 0) return [];
  const end = last < 0 ? words.length + last : last;
  return words.filter((_, place) => place >= first && place <= end && (place - first) % step === 0);
}

function streamKeys(words: string[]): string[] {
  const rest = words.slice(words.findIndex((word) => word.toUpperCase() === "STREAMS") + 1);
  return rest.slice(0, rest.length / 2);
}
