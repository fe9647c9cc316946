/**
 * Paths and what they mean. A path is what users type and a part of Redis keys: native `tickers:ETH-USDT` or
 * legacy `spot/ticker:ETH-USDT`. The exchange's own argument object is the third spelling and covers every channel.
 */
import type { Protocol } from "./codec.ts";
import { channelNames, type ChannelSpec, type Endpoint, findChannel, unknownChannel } from "./channels.ts";
import { escapeId, unescapeId } from "./escape.ts";
import type { Arg, Row } from "./frame.ts";
import { nearest, withSuggestion } from "./suggest.ts";
import { findLegacy, legacyTables, PRODUCTS } from "./v3/legacy_channels.ts";
import type { LegacyChannel } from "./v3/legacy_channel.ts";
import { type Message, message, type Text } from "../shared/messages/message.ts";

/** One thing that can be subscribed, fully decided. */
export type Topic = {
  readonly kind: "topic";
  /** Canonical spelling; the same subscription always has the same path. */
  readonly path: string;
  /** `tickers` or `spot/ticker`: names the channel that whole messages are published on. */
  readonly table: string;
  /** `v3` where the server speaks that protocol, which has one socket for everything. */
  readonly endpoint: Endpoint | "v3";
  readonly login: boolean;
  readonly arg: Arg;
  /** Equal for topics that one upstream subscription serves. */
  readonly upstream: string;
  readonly storage: ChannelSpec["storage"] | "trades";
  /** Members that make a row unique, as rows are kept; empty: the path itself does. */
  readonly key: readonly string[];
  /** The same, as rows are sent. */
  readonly sentKey: readonly string[];
  /** Whose names the members of rows have as they are kept: legacy paths have those of v3, whatever their server speaks. */
  readonly dialect: Protocol;
  /** Whether rows are kept, and messages published, as they are sent. */
  readonly asSent: boolean;
  /** Whether the exchange has a REST beside the socket, where what is missing or open can be asked for. */
  readonly hasRest: boolean;
  /** Whether a subscription brings one row only, whose key is the path. */
  readonly isOneRow: boolean;
  /** Whether each push of a list is the whole list. */
  readonly pushesWhole: boolean;
  readonly columns: readonly string[];
  readonly closed: ChannelSpec["closed"];
  readonly noInitialSnapshot: boolean;
  /** Longest silence that the exchange promises, in seconds; undefined: quiet is normal. */
  readonly maxSilenceSeconds: number | undefined;
  /** Elements of a complete candle array, whose last one is the confirm flag; 0 for other channels. */
  readonly cells: number;
  /** Turns a v5 row into the row that is kept, for legacy paths. */
  readonly convert: ((row: unknown, arg: Arg) => Row) | undefined;
  /** The parts of a pushed row that are kept as rows, for legacy paths. */
  readonly expand: ((row: unknown) => readonly unknown[]) | undefined;
  /** The member that is the id of such a part, where each has a time of its own. */
  readonly partId: "ccy" | undefined;
  /** What a row leaves unsaid of the row before it, for legacy paths. */
  readonly merge: ((before: Row | undefined, row: Row) => Row) | undefined;
  /** The rows that a whole snapshot says are gone, by leaving them out, for legacy paths. */
  readonly absent: ((present: readonly Row[], known: readonly Row[]) => readonly Row[]) | undefined;
  /** Whether a pushed row belongs to this topic; undefined: every one. */
  readonly keep: ((row: Row) => boolean) | undefined;
};

/** Why something is not a topic, in words for the user. */
export type TopicFault = { readonly kind: "fault"; readonly message: string; readonly text: Message };

/** Longest path taken; OKX's longest real one is below 80 characters. */
export const MAX_PATH = 200;

/** Names under a server's prefix that are okws's own: a channel that the exchange may have some day cannot take them. */
export const RESERVED_NAMES: ReadonlySet<string> = new Set([
  ...["subs", "wanted", "epoch", "gaps", "status", "event", "info", "servers"],
]);

/** Every member that an argument of the table has. */
const ARGUMENTS: ReadonlySet<string> = new Set(
  channelNames().flatMap((name) => findChannel(name)?.args ?? []).map((name) => name.replace("?", "")),
);

/** Reads a path or an argument object. */
export function parseTopic(input: unknown): Topic | TopicFault {
  if (typeof input === "string") return parsePath(input);
  if (typeof input === "object" && input !== null && !Array.isArray(input)) return parseArg(input as Row);
  return fault(message("path.needed", { value: show(input) }));
}

/** The canonical path of an argument object. */
export function formatPath(arg: Arg): string {
  const spec = findChannel(arg.channel);
  const parts: string[] = [arg.channel];
  const rest = new Set(Object.keys(arg).filter((name) => name !== "channel" && arg[name] !== ""));
  for (const name of spec?.args ?? []) {
    const plain = name.replace("?", "");
    if (!rest.delete(plain)) break;
    parts.push(escapeId(arg[plain] as string));
  }
  for (const name of [...rest].sort()) parts.push(`${escapeId(name)}=${escapeId(arg[name] as string)}`);
  return parts.join(":");
}

/** One text for equal argument objects, whatever the order of their members. */
export function topicKey(arg: Arg): string {
  const names = Object.keys(arg).filter((name) => name !== "channel" && arg[name] !== "").sort();
  return [arg.channel, ...names.map((name) => `${name}=${arg[name]}`)].join("\n");
}

function parsePath(path: string): Topic | TopicFault {
  const unfit = pathFault(path);
  if (unfit !== undefined) return unfit;
  const [name, ...args] = path.split(":") as [string, ...string[]];
  return name.includes("/") ? parseLegacy(path, name, args) : parseNative(path, name, args);
}

/** Why a text cannot be a path in any spelling; undefined: it may be one. */
export function pathFault(path: string): TopicFault | undefined {
  if (path.length > MAX_PATH) return fault(message("path.too_long", { most: MAX_PATH, value: show(path) }));
  if (path === "" || /\s/.test(path) || !isPlainText(path)) {
    return fault(message("path.characters", { value: show(path) }));
  }
  return undefined;
}

/** The instrument, underlying or currency that a legacy path names, as the exchange spells it. */
export function filterOfPath(path: string): string | undefined {
  const at = path.indexOf(":");
  return at < 0 ? undefined : unescapeId(path.slice(at + 1));
}

function parseLegacy(path: string, table: string, args: readonly string[]): Topic | TopicFault {
  const legacy = findLegacy(table);
  if (legacy === undefined) return unknownLegacy(table);
  const filter = args.length === 0 ? undefined : unescapeId(args.join(":"));
  if (args.length > 0 && (filter === undefined || filter === "" || !isPlainText(filter))) {
    return fault(message("path.legacy_form", { value: show(path) }));
  }
  if (legacy.filter && filter === undefined) {
    return fault(
      message("path.legacy_needs_instrument", { table, example: table, instrument: exampleOf(table) }),
    );
  }
  if (!legacy.filter && filter !== undefined) {
    return fault(message("path.legacy_takes_none", { table, name: table }));
  }
  const canonical = filter === undefined ? table : `${table}:${escapeId(filter)}`;
  const unfit = pathFault(canonical);
  return unfit ?? legacyTopic(canonical, table, legacy, filter ?? "");
}

function legacyTopic(path: string, table: string, legacy: LegacyChannel, filter: string): Topic | TopicFault {
  const arg = legacy.arg(filter);
  const spec = findChannel(arg.channel) as ChannelSpec;
  const { keep, absent } = legacy;
  return {
    ...topicOf(path, table, spec, arg),
    storage: legacy.storage,
    key: legacy.key ?? (legacy.storage === "trades" ? ["trade_id"] : ["instrument_id"]),
    dialect: "v3",
    asSent: false,
    isOneRow: legacy.storage === "latest" && filter !== "",
    columns: ["timestamp", "open", "high", "low", "close", "volume", "currency_volume"],
    convert: legacy.convert,
    expand: legacy.expand,
    partId: legacy.expand === undefined ? undefined : "ccy",
    merge: legacy.merge,
    keep: keep === undefined ? undefined : (row) => keep(row, filter),
    absent: absent === undefined ? undefined : (present, known) => absent(filter, present, known),
  };
}

function parseNative(path: string, name: string, args: readonly string[]): Topic | TopicFault {
  if (ENDED.has(name)) return endedChannel(name);
  const arg: Record<string, string> & { channel: string } = { channel: name };
  const spec = findChannel(name);
  const names = (spec?.args ?? []).map((each) => each.replace("?", ""));
  const required = (spec?.args ?? []).filter((each) => !each.endsWith("?"));
  let last: string | undefined;
  // As many parts as a row's key has: the name of one row among those that the subscription brings, not an id with colons.
  const isRowName = spec !== undefined && args.length > names.length && args.length <= spec.key.length;
  for (const [i, text] of args.entries()) {
    const [written, rest] = splitNamed(text);
    // `X=Y` may be the exchange's id where an id is still to come.
    const isNamed = written !== undefined &&
      (spec === undefined || written === "channel" || ARGUMENTS.has(written) ||
        (/^[a-z]/.test(written) && required.every((each) => arg[each] !== undefined)));
    const key = isNamed ? written : names[i];
    const value = unescapeId(isNamed ? rest : text);
    if (value === undefined) return fault(message("path.percent", { value: show(path) }));
    if (key === undefined && spec === undefined) return unknownNative(name);
    if (key === undefined && (last === undefined || isRowName)) {
      return fault(message("path.takes", { channel: name, reason: countOf(names), value: show(path) }));
    }
    if (value === "" || !isPlainText(value) || (key !== undefined && Object.hasOwn(arg, key))) {
      return fault(message("path.unreadable", { value: show(path) }));
    }
    // What is too much belongs to the id before it, which has a colon of its own.
    if (key === undefined) arg[last as string] += `:${value}`;
    else arg[key] = value;
    last = isNamed ? last : key ?? last;
  }
  if (spec === undefined && args.length === 0) return unknownNative(name);
  return checkArg(arg);
}

/** The name and the value of `name=value`. */
function splitNamed(text: string): [string, string] | [undefined, undefined] {
  const [, name, rest] = /^([A-Za-z]+)=(.*)$/s.exec(text) ?? [];
  return name === undefined || rest === undefined ? [undefined, undefined] : [name, rest];
}

/** Why an object cannot be an argument, whatever its channel takes; undefined: it may be one. */
export function argFault(value: Row): TopicFault | undefined {
  if (typeof value.channel !== "string") {
    return fault(message("path.object_without_channel", { value: show(value) }));
  }
  for (const [name, member] of Object.entries(value)) {
    if (typeof member !== "string") {
      return fault(message("path.member_text", { name: show(name), value: show(value) }));
    }
    if (!isPlainText(member)) return fault(message("path.member_controls", { value: show(value) }));
    if (!/^[A-Za-z]+$/.test(name)) return fault(message("path.member_name", { value: show(name) }));
  }
  return undefined;
}

function parseArg(value: Row): Topic | TopicFault {
  const unfit = argFault(value);
  if (unfit !== undefined) return unfit;
  const given = value as Arg;
  const members = Object.entries(given).filter(([, member]) => member !== "");
  const { channel } = given;
  const arg: Arg = { channel, ...Object.fromEntries(members) };
  if (ENDED.has(channel)) return endedChannel(channel);
  if (!/^[A-Za-z0-9_-]+$/.test(channel)) {
    return fault(message("path.not_a_channel_name", { value: show(channel) }));
  }
  return checkArg(arg);
}

function checkArg(arg: Arg): Topic | TopicFault {
  const known = findChannel(arg.channel);
  if (known === undefined && RESERVED_NAMES.has(arg.channel)) {
    return fault(message("client.reserved_name", { name: show(arg.channel) }));
  }
  const missing = known?.args.find((name) => !name.endsWith("?") && arg[name] === undefined);
  const odd = known === undefined ? undefined : Object.keys(arg).find((name) => !/^[a-z]/.test(name));
  if (odd !== undefined) {
    return fault(message("client.no_argument", { channel: arg.channel, name: show(odd) }));
  }
  if (missing !== undefined) {
    return fault(
      message("path.needs", {
        channel: arg.channel,
        reason: missing,
        example: arg.channel,
        argument: exampleArg(missing),
      }),
    );
  }
  const path = formatPath(arg);
  if (path.length > MAX_PATH) return fault(message("path.too_long", { most: MAX_PATH, value: show(path) }));
  return topicOf(path, arg.channel, known ?? unknownChannel(arg.channel), arg);
}

function topicOf(path: string, table: string, spec: ChannelSpec, arg: Arg): Topic {
  return {
    kind: "topic",
    path,
    table,
    endpoint: spec.endpoint,
    login: spec.login,
    arg,
    upstream: topicKey(arg),
    storage: spec.storage,
    key: spec.key,
    sentKey: spec.key,
    dialect: "v5",
    asSent: true,
    hasRest: true,
    isOneRow: spec.key.every((name) => arg[name] !== undefined),
    pushesWhole: false,
    columns: spec.columns ?? [],
    closed: spec.closed,
    noInitialSnapshot: spec.noInitialSnapshot ?? false,
    maxSilenceSeconds: spec.maxSilenceSeconds,
    cells: spec.columns?.length ?? 0,
    convert: undefined,
    expand: undefined,
    partId: undefined,
    merge: undefined,
    absent: undefined,
    keep: undefined,
  };
}

/** Channels that the exchange has ended, and those that took their place (OKX v5 changelog, 2026-07-28). */
const ENDED: ReadonlyMap<string, string> = new Map([["books-elp", "books-rpi"]]);

function endedChannel(name: string): TopicFault {
  const successor = ENDED.get(name) ?? "";
  return fault(message("path.ended", { name, successor }));
}

function unknownNative(name: string): TopicFault {
  return fault(withSuggestion(message("path.unknown_channel", { name: show(name) }), name, channelNames()));
}

function unknownLegacy(table: string): TopicFault {
  const [product = "", name = ""] = table.split("/");
  if (!PRODUCTS.includes(product)) {
    if (nearest(product, PRODUCTS) === undefined) {
      return fault(message("path.unknown_product_of", { name: show(product), list: PRODUCTS.join(", ") }));
    }
    return fault(withSuggestion(message("path.unknown_product", { name: show(product) }), product, PRODUCTS));
  }
  const successor = SUCCESSORS.get(name);
  if (successor !== undefined) {
    return fault(message("path.not_served_legacy", { table, successor }));
  }
  const none = message("path.unknown_legacy_channel", { name: show(table) });
  return fault(withSuggestion(none, table, legacyTables()));
}

/** Legacy names without a v3-shaped row, and the native channel that carries the same data. */
const SUCCESSORS: ReadonlyMap<string, string> = new Map([
  ["margin_account", "account and positions:MARGIN"],
  ["order_algo", "orders-algo:OPTION"],
]);

/** An instrument that a legacy table may have. */
export function exampleOf(table: string): string {
  const product = table.split("/")[0];
  if (product === "spot") return "ETH-USDT";
  if (product === "swap") return "BTC-USDT-SWAP";
  if (product === "futures") return "BTC-USDT-261225";
  return "BTC-USD";
}

function exampleArg(name: string): string {
  if (name === "instType") return "SWAP";
  if (name === "sprdId") return "BTC-USDT_BTC-USDT-SWAP";
  if (name === "instFamily") return "BTC-USD";
  return name === "algoId" ? "448965992920907776" : "BTC-USDT";
}

function countOf(names: readonly string[]): Text {
  return names.length === 0 ? message("path.no_argument") : names.join(", ");
}

/** Whether a text may be the exchange's: no control characters, no half characters. */
export function isPlainText(text: string): boolean {
  // deno-lint-ignore no-control-regex
  return text.isWellFormed() && !/[\u0000-\u001f\u007f]/.test(text);
}

/** A fault in words for the user. */
export function fault(text: Message): TopicFault {
  return { kind: "fault", message: text.english, text };
}

/** Of an object the names alone: what is no argument object may be a login that went astray. */
export function show(value: unknown): string {
  const isObject = typeof value === "object" && value !== null;
  const text = isObject ? `{${Object.keys(value).join(", ")}}` : JSON.stringify(value) ?? String(value);
  return text.length > 80 ? `${text.slice(0, 80)}…` : text;
}
