/**
 * The v5 side of a connection as a state machine: a client's text in, replies out. Codes and texts are those of
 * the official documentation and of recorded traffic.
 */
import type { Arg, MockEndpoint, Push } from "./feeds/feed.ts";
import { findChannel } from "./feeds/channels.ts";
import type { Payload, TopicSpec } from "./hub.ts";
import type { LoginArgs, LoginFault } from "./login.ts";
import { checkLogin, REFUSED_KEYS } from "./login.ts";
import { encodeExact } from "./feeds/exact_json.ts";
import type { Market } from "./market/market.ts";
import type { Reply, Session } from "./session.ts";
import { CONN_COUNT_ERROR, TOO_FREQUENT } from "./faults/faults.ts";
import type { Script } from "./faults/script.ts";

export type V5Options = {
  readonly endpoint: MockEndpoint;
  /** Eight hexadecimal characters that name the connection. */
  readonly connId: string;
  readonly market: Market;
  readonly script: Script;
  /** The number of connections with this private channel, counting this one. */
  readonly connCount?: (channel: string) => number;
  /** Requests an hour; none means no limit. */
  readonly requestsPerHour?: number;
};

const LOGIN_CODES: Readonly<Record<LoginFault, string>> = {
  key: "60005",
  passphrase: "60024",
  timestamp: "60004",
  expired: "60006",
  sign: "60007",
};

const MOVED = "More details can be found at: https://www.okx.com/docs-v5/en/#overview-websocket-overview";

const TEXTS: Readonly<Record<string, string>> = {
  "50101": "APIKey does not match current environment.",
  "50110": "Your IP 127.0.0.1 is not included in your API key's IP whitelist.",
  "60004": "Invalid timestamp",
  "60005": "Invalid apiKey",
  "60006": "Timestamp request expired",
  "60007": "Invalid sign",
  "60009": "Login failed.",
  "60011": "Please log in",
  "60013": "Invalid args",
  "60014": "Requests too frequent",
  "60024": "Wrong passphrase",
  "60032": "API key doesn't exist.",
  "60031": "The WebSocket endpoint does not allow multiple or repeated logins.",
  "64000": "Subscription parameter uly is unavailable anymore. Please replace uly with instFamily. " + MOVED,
  "64001": "This channel has been migrated to the '/business' URL. Please subscribe using the new URL. " +
    MOVED,
  "64002":
    'This channel is not supported by "/business" URL. Please use "/private" URL(for private channels), or ' +
    '"/public" URL(for public channels). ' + MOVED,
  "64003": "Your trading fee tier doesn't meet the requirement to access this channel",
  "64007": "Operation failed due to internal error. Please try again later.",
};

/** Channels whose connections the exchange counts. */
const COUNTED = [
  "orders",
  "account",
  "positions",
  "balance_and_position",
  "liquidation-warning",
  "account-greeks",
];
const MOST_BYTES = 64 * 1024;
const HOUR_MS = 3_600_000;

export class V5Session implements Session {
  subscribed = false;
  readonly #options: V5Options;
  readonly #topics = new Map<string, Arg>();
  #loggedIn = false;
  #requestTimes: number[] = [];

  constructor(options: V5Options) {
    this.#options = options;
  }

  /** The announcement that this connection will be closed. */
  get notice(): string {
    const msg = "The connection will soon be closed for a service upgrade. Please reconnect.";
    return JSON.stringify({ event: "notice", code: "64008", msg, connId: this.#options.connId });
  }

  /** The channels this connection is subscribed to. */
  get channels(): string[] {
    return [...this.#topics.values()].map((arg) => arg["channel"] ?? "");
  }

  receive(text: string, nowMs: number): Reply[] {
    if (text === "ping") return [{ kind: "pong", payload: "pong" }];
    if (text.length > MOST_BYTES) return [{ kind: "close", code: 1009, reason: "Max frame length exceeded" }];
    const request = parseRequest(text);
    const id = typeof request?.["id"] === "string" ? request["id"] : undefined;
    const op = request?.["op"];
    const args = request?.["args"];
    const badId = id !== undefined && !/^[A-Za-z0-9]{1,32}$/.test(id);
    if (request === undefined || typeof op !== "string" || !Array.isArray(args) || badId) {
      return [this.#error("60012", `Invalid request: ${text}`)];
    }
    if (!["subscribe", "unsubscribe", "login"].includes(op)) {
      return [this.#error("60019", `Invalid op: ${op}`, id)];
    }
    const tooFrequent = this.#options.script.isOn(TOO_FREQUENT) && op !== "login";
    if (tooFrequent || this.#isOverLimit(nowMs)) return [this.#error("60014", undefined, id)];
    if (args.length === 0) return [this.#error("60013", undefined, id)];
    if (op === "login") return [this.#login(args[0], nowMs, id)];
    return args.flatMap((value: unknown) => {
      const arg = parseArg(value);
      if (arg === undefined) return [this.#error("60013", undefined, id)];
      return op === "subscribe" ? this.#subscribe(arg, id) : this.#unsubscribe(arg, id);
    });
  }

  #login(value: unknown, nowMs: number, id: string | undefined): Reply {
    const refused = this.#options.script.refusal("login");
    if (refused !== undefined) return this.#error(refused === "" ? "60009" : refused, undefined, id);
    if (this.#loggedIn) return this.#error("60031", undefined, id);
    const args = parseArg(value);
    const missing = ["apiKey", "passphrase", "timestamp", "sign"].find((name) => !args?.[name]);
    if (missing !== undefined) return this.#error("60027", `Parameter ${missing} can not be empty`, id);
    const elsewhere = REFUSED_KEYS.find(({ key }) => key === args?.["apiKey"]);
    if (elsewhere !== undefined) return this.#error(elsewhere.socket, undefined, id);
    const fault = checkLogin(args as LoginArgs, nowMs);
    if (fault !== undefined) return this.#error(LOGIN_CODES[fault], undefined, id);
    this.#loggedIn = true;
    return this.#answer({ ...named(id), event: "login", code: "0", msg: "", connId: this.#options.connId });
  }

  #subscribe(arg: Arg, id: string | undefined): Reply[] {
    const { endpoint, script, market } = this.#options;
    const name = arg["channel"] ?? "";
    const filter = filterOf(arg);
    const key = `v5 ${topicText(arg)}`;
    const refused = script.refusal(name, `${name}:${filter}`);
    if (refused !== undefined) return [this.#refuse(refused === "" ? "60018" : refused, arg, id)];
    const channel = findChannel(name);
    if (channel === undefined) return [this.#refuse("60018", arg, id)];
    if (channel.endpoint === "business" && endpoint !== "business") return [this.#refuse("64001", arg, id)];
    if (channel.endpoint !== "business" && endpoint === "business") return [this.#refuse("64002", arg, id)];
    if (endpoint === "private" && !this.#loggedIn) return [this.#refuse("60011", arg, id)];
    if (channel.endpoint !== endpoint) return [this.#refuse("60018", arg, id)];
    if (channel.login && !this.#loggedIn) return [this.#refuse("60011", arg, id)];
    if ("uly" in arg) return [this.#refuse("64000", arg, id)];
    if (this.#isBlockedByTickByTick(arg)) return [this.#refuse("64004", arg, id)];
    const feed = channel.open(market, arg);
    if (feed === undefined) return [this.#refuse("60018", arg, id)];
    const replies: Reply[] = [this.#acknowledge("subscribe", arg, id)];
    if (COUNTED.includes(name) && script.isOn(CONN_COUNT_ERROR)) {
      return [...replies, this.#countConnections("channel-conn-count-error", name, 30)];
    }
    if (!this.#topics.has(key)) {
      this.#topics.set(key, arg);
      this.subscribed = true;
      const topic: TopicSpec = {
        key,
        channel: name,
        filter,
        rank: channel.rank,
        events: channel.events === true,
        open: () => feed,
        encode: (push) => encodePush(arg, push),
      };
      replies.push({ kind: "open", topic });
    }
    if (name === "books-l2-tbt") replies.push(...this.#displaceSlower(arg));
    if (COUNTED.includes(name)) {
      replies.push(this.#countConnections("channel-conn-count", name, this.#options.connCount?.(name) ?? 1));
    }
    return replies;
  }

  #unsubscribe(arg: Arg, id: string | undefined): Reply[] {
    if (findChannel(arg["channel"] ?? "") === undefined) return [this.#refuse("60018", arg, id)];
    const replies: Reply[] = [this.#acknowledge("unsubscribe", arg, id)];
    const key = `v5 ${topicText(arg)}`;
    if (this.#topics.delete(key)) replies.unshift({ kind: "shut", key });
    return replies;
  }

  /** `books` and `books50-l2-tbt` are not allowed beside `books-l2-tbt` of the same instrument. */
  #isBlockedByTickByTick(arg: Arg): boolean {
    if (arg["channel"] !== "books" && arg["channel"] !== "books50-l2-tbt") return false;
    return this.#topics.has(`v5 ${topicText({ ...arg, channel: "books-l2-tbt" })}`);
  }

  /** The other way round the server ends the slower ones by itself and says so. */
  #displaceSlower(arg: Arg): Reply[] {
    return ["books", "books50-l2-tbt"].map((channel) => ({ ...arg, channel }))
      .filter((slower) => this.#topics.has(`v5 ${topicText(slower)}`))
      .flatMap((slower) => this.#unsubscribe(slower, undefined));
  }

  #isOverLimit(nowMs: number): boolean {
    const { requestsPerHour } = this.#options;
    if (requestsPerHour === undefined) return false;
    this.#requestTimes = this.#requestTimes.filter((timeMs) => nowMs - timeMs < HOUR_MS);
    this.#requestTimes.push(nowMs);
    return this.#requestTimes.length > requestsPerHour;
  }

  /** Without `extraParams`, as the samples of the documentation. */
  #acknowledge(event: "subscribe" | "unsubscribe", arg: Arg, id: string | undefined): Reply {
    const { extraParams: _, ...asked } = arg;
    return this.#answer({ ...named(id), event, arg: asked, connId: this.#options.connId });
  }

  #countConnections(event: string, channel: string, count: number): Reply {
    return this.#answer({ event, channel, connCount: String(count), connId: this.#options.connId });
  }

  #refuse(code: string, arg: Arg, id: string | undefined): Reply {
    return this.#error(code, refusalText(code, arg), id);
  }

  #error(code: string, msg = TEXTS[code] ?? "Operation failed", id?: string): Reply {
    return this.#answer({ ...named(id), event: "error", code, msg, connId: this.#options.connId });
  }

  #answer(frame: Record<string, unknown>): Reply {
    return { kind: "answer", payload: JSON.stringify(frame) };
  }
}

/** Returns the instrument of an argument, or whatever stands in its place. */
function filterOf(arg: Arg): string {
  return arg["instId"] ?? arg["sprdId"] ?? arg["instFamily"] ?? arg["instType"] ?? arg["ccy"] ?? "";
}

function encodePush(arg: Arg, push: Push): Payload {
  const frame = {
    arg: push.arg === undefined ? arg : { ...arg, ...push.arg },
    ...push.members,
    data: push.data,
  };
  return push.exact === true ? encodeExact(frame) : JSON.stringify(frame);
}

function refusalText(code: string, arg: Arg): string {
  const { channel = "", ...rest } = arg;
  if (code === "60018") {
    const what = [`channel:${channel}`, ...Object.entries(rest).map(([name, value]) => `${name}:${value}`)];
    return `Wrong URL or ${
      what.join(", ")
    } doesn't exist. Please use the correct URL, channel and parameters ` +
      "referring to API document.";
  }
  if (code === "64004") {
    return `Subscribe to both ${channel} and books-l2-tbt for ${arg["instId"] ?? ""} is not allowed. ` +
      "Unsubscribe books-l2-tbt first.";
  }
  return TEXTS[code] ?? `Operation failed, channel:${channel}`;
}

/** Returns the same for arguments that differ only in the order of their members. */
function topicText(arg: Arg): string {
  return Object.keys(arg).sort().map((name) => `${name}:${arg[name]}`).join(",");
}

function parseRequest(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? { ...value } : undefined;
  } catch {
    return undefined;
  }
}

function parseArg(value: unknown): Arg | undefined {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return undefined;
  const entries: [string, unknown][] = Object.entries(value);
  return entries.every((one): one is [string, string] => typeof one[1] === "string")
    ? Object.fromEntries(entries)
    : undefined;
}

function named(id: string | undefined): { id?: string } {
  return id === undefined ? {} : { id };
}
