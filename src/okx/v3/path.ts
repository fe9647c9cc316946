/**
 * Paths of v3 servers. Only legacy paths exist there, and they are the exchange's own arguments; rows come
 * in the shape in which they are kept, under the same keys as those of legacy paths over v5.
 */
import { type Message, message } from "../../shared/messages/message.ts";
import { escapeId } from "../escape.ts";
import type { Arg } from "../frame.ts";
import {
  exampleOf,
  fault,
  filterOfPath,
  isPlainText,
  pathFault,
  show,
  type TopicFault,
} from "../path_text.ts";
import { withSuggestion } from "../suggest.ts";
import { findV3Channel, type V3Channel, v3Tables } from "./channels.ts";

/** A path of a v3 server and what it names. */
export type V3Path = {
  readonly kind: "path";
  /** In its canonical spelling. */
  readonly path: string;
  readonly table: string;
  /** What stands behind the colon; undefined: the channel is subscribed by its name alone. */
  readonly filter: string | undefined;
  readonly channel: V3Channel;
};

/** Returns the path of an argument of v3. */
export function formatPathV3({ channel, instId = "" }: Arg): string {
  return instId === "" ? channel : `${channel}:${instId}`;
}

/** Reads a path of a v3 server. */
export function parsePathV3(input: unknown): V3Path | TopicFault {
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
  return pathFault(path) ?? { kind: "path", path, table, filter, channel };
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
