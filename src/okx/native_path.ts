/** Native paths, and the exchange's own argument objects: which channel they name with which arguments. */
import { message, type Text } from "../shared/messages/message.ts";
import { channelNames, type ChannelSpec, findChannel, unknownChannel } from "./channels.ts";
import { unescapeId } from "./escape.ts";
import type { Arg, Row } from "./frame.ts";
import { fault, formatPath, isPlainText, MAX_PATH, show, type TopicFault } from "./path_text.ts";
import { withSuggestion } from "./suggest.ts";

/** A path in its canonical spelling, and what it names. */
export type NativePath = {
  readonly kind: "path";
  readonly path: string;
  readonly spec: ChannelSpec;
  readonly arg: Arg;
};

/** Names under a server's prefix that are okws's own: a channel that the exchange may have some day cannot take them. */
export const RESERVED_NAMES: ReadonlySet<string> = new Set([
  ...["subs", "wanted", "epoch", "gaps", "status", "event", "info", "servers"],
]);

/** Every member that an argument of the table has. */
const ARGUMENTS: ReadonlySet<string> = new Set(
  channelNames().flatMap((name) => findChannel(name)?.args ?? []).map((name) => name.replace("?", "")),
);

/** Reads a native path, which was split at its colons. */
export function parseNativePath(
  path: string,
  name: string,
  args: readonly string[],
): NativePath | TopicFault {
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

/** Returns the name and the value of `name=value`. */
function splitNamed(text: string): [string, string] | [undefined, undefined] {
  const [, name, rest] = /^([A-Za-z]+)=(.*)$/s.exec(text) ?? [];
  return name === undefined || rest === undefined ? [undefined, undefined] : [name, rest];
}

/** Returns why an object cannot be an argument, whatever its channel takes; undefined: it may be one. */
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

/** Reads an argument object. */
export function parseArg(value: Row): NativePath | TopicFault {
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

function checkArg(arg: Arg): NativePath | TopicFault {
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
  return { kind: "path", path, spec: known ?? unknownChannel(arg.channel), arg };
}

/** Channels that the exchange has ended, and those that replaced them (OKX v5 changelog, 2026-07-28). */
const ENDED: ReadonlyMap<string, string> = new Map([["books-elp", "books-rpi"]]);

function endedChannel(name: string): TopicFault {
  const successor = ENDED.get(name) ?? "";
  return fault(message("path.ended", { name, successor }));
}

function unknownNative(name: string): TopicFault {
  return fault(withSuggestion(message("path.unknown_channel", { name: show(name) }), name, channelNames()));
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
