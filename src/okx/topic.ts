/**
 * Paths and what they mean. A path is what users type and a part of Redis keys: native `tickers:ETH-USDT` or
 * legacy `spot/ticker:ETH-USDT`. The exchange's own argument object is the third spelling and covers every channel.
 */
import { message } from "../shared/messages/message.ts";
import { bookChannel } from "./book_channels.ts";
import { barOf, type ChannelSpec, type Endpoint, findChannel } from "./channels.ts";
import type { Protocol } from "./codec.ts";
import type { Arg, Row } from "./frame.ts";
import { type NativePath, parseArg, parseNativePath } from "./native_path.ts";
import { fault, pathFault, show, type TopicFault } from "./path_text.ts";
import { createShape, type RowShape } from "./row_fit.ts";
import { lifecycleOfChannel, type RowLifecycle } from "./row_lifecycle.ts";
import { filterOf } from "./v3/channels.ts";
import { type LegacyPath, parseLegacyPath } from "./v3/legacy_path.ts";
import { parsePathV3, type V3Path } from "./v3/path.ts";
import { type KeptOrders, LEGACY_ORDERS } from "./v3/order_states.ts";
import { lifecycleOfTable } from "./v3/row_lifecycle.ts";

/** One thing that can be subscribed, fully decided. */
export type Topic = {
  readonly kind: "topic";
  /** Canonical spelling; the same subscription always has the same path. */
  readonly path: string;
  /** `tickers` or `spot/ticker`: names the channel that whole messages are published on. */
  readonly table: string;
  readonly endpoint: Endpoint;
  readonly login: boolean;
  /** Whether its server has one socket for everything, so that no other can be tried, and none is for accounts alone. */
  readonly sharesSocket: boolean;
  /** Whether the table of channels has it: what it does not have is tried everywhere, and may be an account's. */
  readonly isKnown: boolean;
  readonly arg: Arg;
  /** Equal for topics that one upstream subscription serves. */
  readonly upstream: string;
  readonly storage: ChannelSpec["storage"] | "trades";
  /** Whether it is an order book of which a connection carries few. */
  readonly isDeep: boolean;
  /** Whether it is one that takes no other order book of its instrument on its connection. */
  readonly isTickByTick: boolean;
  /** What a pushed row looks like. */
  readonly shape: RowShape;
  /** How rows open and close, as they are pushed; undefined: they do neither. */
  readonly lifecycle: RowLifecycle | undefined;
  /** What kept rows of orders say, where they have the members of v3; undefined: they have not, or are no orders. */
  readonly keptOrders: KeptOrders | undefined;
  /** The bar of a candle channel whose bars can be counted (`1m`); undefined: it is no such channel. */
  readonly bar: string | undefined;
  /** Whether each row is a trade whose id counts up, so that one that is missing shows. */
  readonly hasTradeIds: boolean;
  /** Where what is current is listed, if anywhere: instruments, markets of events, or the lists of an account. */
  readonly listed: "instruments" | "markets" | "account";
  /** What a row of an account holds as its parts; undefined: its rows have none. */
  readonly parts: "balances" | "balancesAndPositions" | undefined;
  /** Members that make a row unique, as rows are kept; empty: the path itself does. */
  readonly key: readonly string[];
  /** The same, as rows are sent. */
  readonly sentKey: readonly string[];
  /** Whether members of rows have the names of v3 as they are kept: legacy paths do, whatever the protocol of their server. */
  readonly isLegacy: boolean;
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
  /** Turns a v5 row into the row that is kept, for legacy paths; what is kept as it is sent (`asSent`) it leaves. */
  readonly convert: (row: unknown, arg: Arg) => Row;
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

/** Reads a path or an argument object. */
export function parseTopic(input: unknown): Topic | TopicFault {
  if (typeof input === "string") return parsePath(input);
  if (typeof input === "object" && input !== null && !Array.isArray(input)) {
    return toTopic(parseArg(input as Row));
  }
  return fault(message("path.needed", { value: show(input) }));
}

/** Reads a path, or an argument object, as a server of this protocol takes it. */
export function parseTopicOf(protocol: Protocol, input: unknown): Topic | TopicFault {
  return PARSERS[protocol](input);
}

const PARSERS = { v5: parseTopic, v3: parseTopicV3 };

/** Reads a path of a server whose protocol is not known: keys are the same in both, but v3 has more legacy paths. */
export function parseAnyTopic(input: unknown): Topic | TopicFault {
  const topic = parseTopic(input);
  if (topic.kind === "topic") return topic;
  const old = parseTopicV3(input);
  return old.kind === "topic" ? old : topic;
}

/** Reads a path of a v3 server. */
export function parseTopicV3(input: unknown): Topic | TopicFault {
  const parsed = parsePathV3(input);
  return parsed.kind === "fault" ? parsed : topicOfV3(parsed);
}

/** Returns whether a row of a topic stays beside those before it. */
export function isSeries({ storage }: Pick<Topic, "storage">): boolean {
  return storage === "candle" || storage === "trades" || storage === "events";
}

/**
 * Returns whether an outage leaves a gap: it does in series, and in orders, of which a new connection pushes nothing; latest rows,
 * books and snapshots are whole again with the next push.
 */
export function canMissRows(topic: Pick<Topic, "storage" | "noInitialSnapshot">): boolean {
  return topic.noInitialSnapshot || isSeries(topic);
}

/** Returns one text for equal argument objects, whatever the order of their members. */
export function topicKey(arg: Arg): string {
  const names = Object.keys(arg).filter((name) => name !== "channel" && arg[name] !== "").sort();
  return [arg.channel, ...names.map((name) => `${name}=${arg[name]}`)].join("\n");
}

function parsePath(path: string): Topic | TopicFault {
  const unfit = pathFault(path);
  if (unfit !== undefined) return unfit;
  const [name, ...args] = path.split(":") as [string, ...string[]];
  if (name.includes("/")) {
    const parsed = parseLegacyPath(path, name, args);
    return parsed.kind === "fault" ? parsed : topicOfLegacy(parsed);
  }
  return toTopic(parseNativePath(path, name, args));
}

function toTopic(parsed: NativePath | TopicFault): Topic | TopicFault {
  if (parsed.kind === "fault") return parsed;
  const { path, spec, arg } = parsed;
  return topicOf(path, arg.channel, spec, arg);
}

function topicOfLegacy({ path, table, legacy, filter }: LegacyPath): Topic {
  const arg = legacy.arg(filter);
  const spec = findChannel(arg.channel) as ChannelSpec;
  const { keep, absent } = legacy;
  const topic = topicOf(path, table, spec, arg);
  return {
    ...topic,
    storage: legacy.storage,
    keptOrders: ordersOf(topic.lifecycle),
    key: legacy.key ?? (legacy.storage === "trades" ? ["trade_id"] : ["instrument_id"]),
    isLegacy: true,
    asSent: false,
    isOneRow: legacy.storage === "latest" && filter !== "",
    columns: LEGACY_COLUMNS,
    convert: legacy.convert,
    expand: legacy.expand,
    partId: legacy.expand === undefined ? undefined : "ccy",
    merge: legacy.merge,
    keep: keep === undefined ? undefined : (row) => keep(row, filter),
    absent: absent === undefined ? undefined : (present, known) => absent(filter, present, known),
  };
}

function topicOf(path: string, table: string, spec: ChannelSpec, arg: Arg): Topic {
  const { channel } = arg;
  const { endpoint, login, storage, key } = spec;
  const cells = spec.columns?.length ?? 0;
  return {
    ...PLAIN,
    ...{ path, table, endpoint, login, arg, storage, key, cells, upstream: topicKey(arg) },
    isKnown: findChannel(channel) !== undefined,
    isDeep: storage === "book",
    isTickByTick: bookChannel(channel).isTickByTick,
    shape: createShape(spec, arg),
    lifecycle: lifecycleOfChannel(channel),
    bar: barOf(channel),
    hasTradeIds: COUNTED.has(channel) && arg.instId !== undefined,
    listed: LISTED.get(channel) ?? "account",
    parts: PARTS.get(channel),
    sentKey: key,
    isOneRow: key.every((name) => arg[name] !== undefined),
    columns: spec.columns ?? [],
    closed: spec.closed,
    noInitialSnapshot: spec.noInitialSnapshot ?? false,
    maxSilenceSeconds: spec.maxSilenceSeconds,
  };
}

/** What most topics have in common. */
const PLAIN = {
  kind: "topic",
  keptOrders: undefined,
  sharesSocket: false,
  isLegacy: false,
  asSent: true,
  hasRest: true,
  pushesWhole: false,
  convert: (row: unknown) => row as Row,
  expand: undefined,
  partId: undefined,
  merge: undefined,
  absent: undefined,
  keep: undefined,
} as const;

/** Channels of trades whose ids count up (OKX v5, "Trades channel", "All trades channel"). */
const COUNTED: ReadonlySet<string> = new Set(["trades", "trades-all"]);

const LISTED: ReadonlyMap<string, Topic["listed"]> = new Map([
  ["instruments", "instruments"],
  ["event-contract-markets", "markets"],
]);

const PARTS: ReadonlyMap<string, Topic["parts"]> = new Map([
  ["account", "balances"],
  ["balance_and_position", "balancesAndPositions"],
]);

function topicOfV3({ path, table, filter, channel }: V3Path): Topic {
  const arg: Arg = { channel: table, ...(filter === undefined ? {} : { instId: filter }) };
  const { storage, login, key } = channel;
  const lifecycle = lifecycleOfTable(table);
  const expand = channel.filter === "member" ? (row: unknown) => Object.values(row as Row) : undefined;
  return {
    ...PLAIN,
    ...{ path, table, endpoint: "v3", login, arg, storage, key, cells: 0, expand, upstream: topicKey(arg) },
    sharesSocket: true,
    isKnown: true,
    isDeep: false,
    isTickByTick: false,
    // Rows are sorted by what they say when they are decoded.
    shape: createShape({ storage }, { channel: table }),
    lifecycle,
    keptOrders: ordersOf(lifecycle),
    bar: undefined,
    hasTradeIds: false,
    listed: storage === "instruments" ? "instruments" : "account",
    parts: undefined,
    sentKey: key,
    isLegacy: true,
    // It is gone, as its host is.
    hasRest: false,
    isOneRow: filter !== undefined && channel.filter !== "underlying",
    // OKEx v3 documentation, "Contract information channel".
    pushesWhole: storage === "instruments" && filter === undefined,
    columns: LEGACY_COLUMNS,
    closed: undefined,
    noInitialSnapshot: false,
    maxSilenceSeconds: undefined,
    // Everywhere else the subscription names the row's own key.
    keep: channel.filter === "underlying" ? (row) => filterOf(channel, row) === filter : undefined,
  };
}

/** Of what has an end of its own, legacy paths have orders alone. */
function ordersOf(lifecycle: RowLifecycle | undefined): KeptOrders | undefined {
  return lifecycle === undefined || lifecycle.reopens ? undefined : LEGACY_ORDERS;
}

/** Names of the cells of a candle in v3. */
const LEGACY_COLUMNS = ["timestamp", "open", "high", "low", "close", "volume", "currency_volume"];
