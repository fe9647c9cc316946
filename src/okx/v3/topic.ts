/**
 * Paths of servers that speak v3. Only legacy paths exist there, and they are the exchange's own arguments; rows come
 * in the shape in which they are kept, under the same keys as those of legacy paths over v5.
 */
import type { Protocol } from "../codec.ts";
import type { Arg, Row } from "../frame.ts";
import { escapeId } from "../escape.ts";
import {
  exampleOf,
  fault,
  filterOfPath,
  isPlainText,
  parseTopic,
  pathFault,
  show,
  type Topic,
  type TopicFault,
  topicKey,
} from "../topic.ts";
import { withSuggestion } from "../suggest.ts";
import { filterOf, findV3Channel, type V3Channel, v3Tables } from "./channels.ts";
import { type Message, message } from "../../shared/messages/message.ts";

/** Reads a path, or an argument object, as a server of this protocol takes it. */
export function parseTopicOf(protocol: Protocol, input: unknown): Topic | TopicFault {
  return protocol === "v3" ? parseTopicV3(input) : parseTopic(input);
}

/** Reads a path of a server whose protocol is not known: keys are the same in both, but v3 has more legacy paths. */
export function parseAnyTopic(input: unknown): Topic | TopicFault {
  const topic = parseTopic(input);
  if (topic.kind === "topic") return topic;
  const old = parseTopicV3(input);
  return old.kind === "topic" ? old : topic;
}

/** Reads a path of a v3 server. */
export function parseTopicV3(input: unknown): Topic | TopicFault {
  if (typeof input !== "string") {
    return fault(message("path.v3_form", { value: show(input) }));
  }
  const unfit = pathFault(input);
  if (unfit !== undefined) return unfit;
  const [table] = input.split(":") as [string, ...string[]];
  if (!table.includes("/")) {
    return fault(
      message("path.v3_legacy_only", { value: show(input) }),
    );
  }
  const channel = findV3Channel(table);
  if (channel === undefined) {
    const none = message("path.unknown_v3_channel", { name: show(table) });
    return fault(withSuggestion(none, table, v3Tables()));
  }
  const filter = filterOfPath(input);
  if (input.includes(":") && (filter === undefined || filter === "" || !isPlainText(filter))) {
    return fault(message("path.legacy_form", { value: show(input) }));
  }
  if (channel.filter !== undefined && filter === undefined) {
    return fault(
      message("path.needs", {
        channel: table,
        reason: WORDS[channel.filter],
        example: table,
        argument: exampleFor(table, channel),
      }),
    );
  }
  if (channel.filter === undefined && filter !== undefined) {
    return fault(message("path.legacy_takes_none", { table, name: table }));
  }
  const path = filter === undefined ? table : `${table}:${escapeId(filter)}`;
  return pathFault(path) ?? topicOf(path, table, filter, channel);
}

const WORDS: Readonly<Record<NonNullable<V3Channel["filter"]>, Message>> = {
  instrument_id: message("path.an_instrument"),
  currency: message("path.a_currency"),
  underlying: message("path.an_underlying"),
  member: message("path.a_currency_or_underlying"),
};

function exampleFor(table: string, { filter }: V3Channel): string {
  if (filter === "currency") return "USDT";
  if (filter !== "instrument_id") return "BTC-USD";
  return table.startsWith("option/") ? "BTC-USD-261225-60000-C" : exampleOf(table);
}

function topicOf(path: string, table: string, filter: string | undefined, channel: V3Channel): Topic {
  const arg: Arg = { channel: table, ...(filter === undefined ? {} : { instId: filter }) };
  const { storage, login, key } = channel;
  return {
    kind: "topic",
    path,
    table,
    endpoint: "v3",
    login,
    arg,
    upstream: topicKey(arg),
    storage,
    key,
    sentKey: key,
    dialect: "v3",
    asSent: true,
    // It is gone, as its host is.
    hasRest: false,
    isOneRow: filter !== undefined && channel.filter !== "underlying",
    // OKEx v3 documentation, "Contract information channel".
    pushesWhole: storage === "instruments" && filter === undefined,
    columns: ["timestamp", "open", "high", "low", "close", "volume", "currency_volume"],
    closed: undefined,
    noInitialSnapshot: false,
    maxSilenceSeconds: undefined,
    cells: 0,
    convert: undefined,
    expand: channel.filter === "member" ? (row) => Object.values(row as Row) : undefined,
    partId: undefined,
    merge: undefined,
    absent: undefined,
    // Everywhere else the subscription names the row's own key.
    keep: channel.filter === "underlying" ? (row) => filterOf(channel, row) === filter : undefined,
  };
}
