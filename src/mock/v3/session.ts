/**
 * The v3 side of a connection as a state machine: text requests in, raw-deflate frames out, every one complete
 * in itself, `pong` too. The documentation of the retired API is the source of codes and shapes.
 */
import { deflateRawSync } from "node:zlib";
import { v3NeedsLogin } from "../account/v3_feeds.ts";
import type { Push } from "../feeds/feed.ts";
import type { Payload, TopicSpec } from "../hub.ts";
import type { LoginFault } from "../login.ts";
import { checkLogin } from "../login.ts";
import type { Market } from "../market/market.ts";
import type { Script } from "../faults/script.ts";
import type { Reply, Session } from "../session.ts";
import { openV3Feed } from "./feeds.ts";

export type V3Options = {
  readonly market: Market;
  readonly script: Script;
  readonly connId: string;
};

type Fault = { readonly message: string; readonly errorCode: number };

const LOGIN_FAULTS: Readonly<Record<LoginFault, Fault>> = {
  key: { message: "Invalid OK_ACCESS_KEY", errorCode: 30006 },
  passphrase: { message: "Invalid OK_ACCESS_PASSPHRASE", errorCode: 30015 },
  timestamp: { message: "Invalid OK_ACCESS_TIMESTAMP", errorCode: 30005 },
  expired: { message: "OK_ACCESS_TIMESTAMP request expired", errorCode: 30008 },
  sign: { message: "Invalid Sign", errorCode: 30013 },
};

export class V3Session implements Session {
  subscribed = false;
  readonly #options: V3Options;
  readonly #paths = new Set<string>();
  #loggedIn = false;

  constructor(options: V3Options) {
    this.#options = options;
  }

  receive(text: string, nowMs: number): Reply[] {
    if (text === "ping") return [{ kind: "pong", payload: deflate("pong") }];
    const request = parseRequest(text);
    if (request === undefined) return [errorReply({ message: "Request is not JSON", errorCode: 30021 })];
    const { op, args } = request;
    if (op === "login") return [this.#login(args, nowMs)];
    if (op === "subscribe") return args.flatMap((path) => this.#subscribe(path));
    if (op === "unsubscribe") return args.flatMap((path) => this.#unsubscribe(path));
    return [errorReply({ message: `Invalid op: ${op}`, errorCode: 30024 })];
  }

  #login(args: readonly string[], nowMs: number): Reply {
    const refused = this.#options.script.refusal("login");
    if (refused !== undefined) {
      return errorReply({ message: "login failure", errorCode: refused === "" ? 30027 : Number(refused) });
    }
    const [apiKey = "", passphrase = "", timestamp = "", sign = ""] = args;
    const fault = checkLogin({ apiKey, passphrase, timestamp, sign }, nowMs);
    if (fault !== undefined) return errorReply(LOGIN_FAULTS[fault]);
    this.#loggedIn = true;
    return answer({ event: "login", success: true });
  }

  #subscribe(path: string): Reply[] {
    const { script, market } = this.#options;
    const [table, filter] = splitPath(path);
    const refused = script.refusal(table, path);
    const missing = { message: `Channel ${path} doesn't exist`, errorCode: 30040 };
    if (refused !== undefined) {
      return [errorReply(refused === "" ? missing : { ...missing, errorCode: Number(refused) })];
    }
    if (v3NeedsLogin(table) && !this.#loggedIn) {
      return [
        errorReply({ message: `User not logged in / User must be logged in: ${path}`, errorCode: 30041 }),
      ];
    }
    const feed = openV3Feed(market, table, filter);
    if (feed === undefined) return [errorReply(missing)];
    const acknowledged = answer({ event: "subscribe", channel: path });
    if (this.#paths.has(path)) return [acknowledged];
    this.#paths.add(path);
    this.subscribed = true;
    const topic: TopicSpec = {
      key: `v3 ${path}`,
      channel: table,
      filter,
      rank: 9,
      open: () => feed,
      encode: (push) => encodePush(table, push),
    };
    return [acknowledged, { kind: "open", topic }];
  }

  #unsubscribe(path: string): Reply[] {
    const acknowledged = answer({ event: "unsubscribe", channel: path });
    if (!this.#paths.delete(path)) return [acknowledged];
    return [
      { kind: "shut", key: `v3 ${path}` },
      acknowledged,
    ];
  }
}

function encodePush(table: string, push: Push): Payload {
  return deflate(JSON.stringify({ table, ...push.members, data: push.data }));
}

function answer(frame: Record<string, unknown>): Reply {
  return { kind: "answer", payload: deflate(JSON.stringify(frame)) };
}

function errorReply(fault: Fault): Reply {
  return answer({ event: "error", ...fault });
}

function deflate(text: string): Uint8Array<ArrayBuffer> {
  return new Uint8Array(deflateRawSync(text));
}

function splitPath(path: string): [table: string, filter: string] {
  const at = path.indexOf(":");
  return at < 0 ? [path, ""] : [path.slice(0, at), path.slice(at + 1)];
}

function parseRequest(text: string): { op: string; args: string[] } | undefined {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== "object" || value === null || !("op" in value)) return undefined;
    const args = "args" in value && Array.isArray(value.args) ? value.args.map(String) : [];
    return { op: String(value.op), args };
  } catch {
    return undefined;
  }
}
