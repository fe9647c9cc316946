/** Commands on the connection itself: the client's name, which protocol, which database; and CLIENT. */
import type { Client } from "../client.ts";
import {
  arg,
  type Call,
  type Command,
  commandContainer,
  CommandFault,
  commandGroup,
  OK,
  SYNTAX,
  toInteger,
  untilNul,
  word,
} from "./command.ts";
import { parseInt64 } from "../number.ts";
import type { RespValue } from "../resp.ts";

/** The version whose behaviour this store follows. */
export const REDIS_VERSION = "7.0.15";

export const connectionCommands: Command[] = [
  ...commandGroup("connection", [
    ["ping", -1, "fast", ping],
    ["echo", 2, "fast", (call) => arg(call, 1)],
    ["auth", -2, "no_auth fast", auth],
    ["hello", -1, "no_auth fast", hello],
    ["select", 2, "fast", select],
    ["quit", -1, "no_auth fast", (call) => (call.client.closing = true, OK)],
    ["reset", 1, "no_auth fast", reset],
  ]),
  commandContainer("connection", "client", [
    ["id", 2, "", (call) => call.client.id],
    ["info", 2, "", (call) => ({ kind: "verbatim", text: `${describeClient(call, call.client)}\n` })],
    ["list", -2, "", list],
    ["getname", 2, "", (call) => call.client.name || null],
    ["setname", 3, "", (call) => (setName(call.client, arg(call, 2)), OK)],
    ["setinfo", 4, "", setInfo],
    ["no-evict", 3, "", onOff],
    ["kill", -3, "", kill],
  ]),
];

function ping(call: Call): RespValue {
  if (call.args.length > 2) throw new CommandFault("ERR wrong number of arguments for 'ping' command");
  if (call.client.subscriptions > 0 && call.client.protocol === 2) return ["pong", call.args[1] ?? ""];
  return call.args[1] ?? { kind: "status", text: "PONG" };
}

function auth(call: Call): RespValue {
  if (call.args.length > 3) throw new CommandFault(SYNTAX);
  const { password } = call.engine;
  if (call.args.length === 2 && password === undefined) {
    throw new CommandFault(
      "ERR AUTH <password> called without any password configured for the default user. Are you sure your configuration is correct?",
    );
  }
  const named = call.args.length === 3;
  logIn(call, named ? arg(call, 1) : "default", arg(call, named ? 2 : 1));
  return OK;
}

function logIn(call: Call, user: string, password: string): void {
  const expected = call.engine.password;
  if (user !== "default" || (expected !== undefined && password !== expected)) {
    throw new CommandFault("WRONGPASS invalid username-password pair or user is disabled.");
  }
  call.client.authenticated = true;
}

function hello(call: Call): RespValue {
  const { client } = call;
  const wanted = call.args.length > 1 ? Number(readVersion(arg(call, 1))) : undefined;
  if (wanted !== undefined && wanted !== 2 && wanted !== 3) {
    throw new CommandFault("NOPROTO unsupported protocol version");
  }
  for (let at = 2; at < call.args.length; at++) {
    const more = call.args.length - 1 - at;
    if (word(call, at) === "AUTH" && more >= 2) logIn(call, arg(call, ++at), arg(call, ++at));
    else if (word(call, at) === "SETNAME" && more >= 1) setName(client, arg(call, ++at));
    else throw new CommandFault(`ERR Syntax error in HELLO option '${untilNul(arg(call, at))}'`);
  }
  if (!client.authenticated) {
    throw new CommandFault(
      "NOAUTH HELLO must be called with the client already authenticated, otherwise the HELLO <proto> AUTH <user> <pass> option can be used to authenticate the client and select the RESP protocol version at the same time",
    );
  }
  if (wanted !== undefined) client.protocol = wanted;
  return {
    kind: "map",
    items: [
      ...["server", "redis", "version", REDIS_VERSION, "proto", client.protocol, "id", client.id],
      ...["mode", "standalone", "role", "master", "modules", []],
    ],
  };
}

function readVersion(text: string): number | bigint {
  const version = parseInt64(text);
  if (version === undefined) {
    throw new CommandFault("ERR Protocol version is not an integer or out of range");
  }
  return version;
}

function select(call: Call): RespValue {
  const index = Number(toInteger(arg(call, 1)));
  if (Math.abs(index) > 0x7fffffff) throw new CommandFault("ERR value is not an integer or out of range");
  if (call.engine.spaces[index] === undefined) throw new CommandFault("ERR DB index is out of range");
  call.client.database = index;
  return OK;
}

function reset(call: Call): RespValue {
  const { client, engine } = call;
  client.leaveTransaction();
  engine.pubsub.remove(client);
  client.releaseNames();
  client.database = 0;
  client.protocol = 2;
  client.name = "";
  client.authenticated = engine.password === undefined;
  return { kind: "status", text: "RESET" };
}

function setName(client: Client, name: string): void {
  if (!/^[!-~]*$/.test(name)) {
    throw new CommandFault("ERR Client names cannot contain spaces, newlines or special characters.");
  }
  client.name = name;
}

function setInfo(call: Call): RespValue {
  const option = word(call, 2);
  const value = arg(call, 3);
  if (option !== "LIB-NAME" && option !== "LIB-VER") {
    throw new CommandFault(`ERR Unrecognized option '${untilNul(arg(call, 2))}'`);
  }
  if (!/^[!-~]*$/.test(value)) {
    throw new CommandFault(
      `ERR ${option.toLowerCase()} cannot contain spaces, newlines or special characters.`,
    );
  }
  call.client.library[option === "LIB-NAME" ? "name" : "version"] = value;
  return OK;
}

function onOff(call: Call): RespValue {
  if (word(call, 2) !== "ON" && word(call, 2) !== "OFF") throw new CommandFault(SYNTAX);
  return OK;
}

function list(call: Call): RespValue {
  let clients = [...call.engine.clients.values()];
  const option = call.args.length > 3 ? word(call, 2) : "";
  if (option === "ID") {
    const ids = new Set(call.args.slice(3).map((text) => Number(toInteger(text, "ERR Invalid client ID"))));
    clients = clients.filter((client) => ids.has(client.id));
  } else if (option === "TYPE" && call.args.length === 4) {
    const type = readType(arg(call, 3));
    clients = clients.filter((client) => typeOf(client) === type);
  } else if (call.args.length > 2) {
    throw new CommandFault(SYNTAX);
  }
  return { kind: "verbatim", text: clients.map((client) => `${describeClient(call, client)}\n`).join("") };
}

function readType(text: string): string {
  const type = text.toLowerCase();
  if (["normal", "master", "replica", "slave", "pubsub"].includes(type)) return type;
  throw new CommandFault(`ERR Unknown client type '${untilNul(text)}'`);
}

function typeOf(client: Client): string {
  return client.subscriptions > 0 ? "pubsub" : "normal";
}

function kill(call: Call): RespValue {
  const old = call.args.length === 3;
  const tests: ((client: Client) => boolean)[] = [];
  let skipMe = !old;
  if (old) tests.push((client) => client.address === arg(call, 2));
  for (let at = 2; !old && at < call.args.length; at += 2) {
    const value = arg(call, at + 1);
    const option = at + 1 < call.args.length ? word(call, at) : "";
    if (option === "ID") {
      const id = Number(toInteger(value, "ERR client-id should be greater than 0"));
      if (id < 1) throw new CommandFault("ERR client-id should be greater than 0");
      tests.push((client) => client.id === id);
    } else if (option === "ADDR") tests.push((client) => client.address === value);
    else if (option === "LADDR") tests.push((client) => client.localAddress === value);
    else if (option === "TYPE") tests.push(((type) => (client) => typeOf(client) === type)(readType(value)));
    else if (option === "SKIPME" && /^(yes|no)$/i.test(value)) skipMe = /^yes$/i.test(value);
    else throw new CommandFault(SYNTAX);
  }
  const victims = [...call.engine.clients.values()]
    .filter((client) => !(skipMe && client === call.client) && tests.every((test) => test(client)));
  for (const victim of victims) {
    if (victim === call.client) victim.closing = true;
    else victim.kill();
  }
  if (!old) return victims.length;
  if (victims.length === 0) throw new CommandFault("ERR No such client");
  return OK;
}

function describeClient(call: Call, client: Client): string {
  const now = call.engine.now();
  const flags = (client.subscriptions > 0 ? "P" : "") + (client.queue !== undefined ? "x" : "") +
    (client.blocked !== undefined ? "b" : "");
  const fields = {
    ...{ id: client.id, addr: client.address, laddr: client.localAddress, fd: client.id, name: client.name },
    age: Math.floor((now - client.connectedAt) / 1000),
    idle: Math.floor((now - client.lastSeenAt) / 1000),
    ...{
      flags: flags || "N",
      db: client.database,
      sub: client.channels.size,
      psub: client.patterns.size,
      ssub: 0,
    },
    ...{
      multi: client.queue?.length ?? -1,
      qbuf: 0,
      "qbuf-free": 0,
      "argv-mem": 0,
      "multi-mem": 0,
      rbs: 0,
      rbp: 0,
    },
    ...{ obl: 0, oll: 0, omem: client.outputBytes, "tot-mem": client.outputBytes, events: "r" },
    ...{ cmd: client.lastCommand, user: "default", redir: -1, resp: client.protocol },
    ...{ "lib-name": client.library.name, "lib-ver": client.library.version },
  };
  return Object.entries(fields).map(([name, value]) => `${name}=${value}`).join(" ");
}
