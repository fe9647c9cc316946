/** What any path has to be as a text, whatever its spelling, and how it is said that something is none. */
import { type Message, message } from "../shared/messages/message.ts";
import { findChannel } from "./channels.ts";
import { escapeId, unescapeId } from "./escape.ts";
import type { Arg } from "./frame.ts";

/** Why something is not a topic, in words for the user. */
export type TopicFault = { readonly kind: "fault"; readonly message: string; readonly text: Message };

/** Longest path taken; OKX's longest real one is below 80 characters. */
export const MAX_PATH = 200;

/** Returns the canonical path of an argument object. */
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

/** Returns why a text cannot be a path in any spelling; undefined: it may be one. */
export function pathFault(path: string): TopicFault | undefined {
  if (path.length > MAX_PATH) return fault(message("path.too_long", { most: MAX_PATH, value: show(path) }));
  if (path === "" || /\s/.test(path) || !isPlainText(path)) {
    return fault(message("path.characters", { value: show(path) }));
  }
  return undefined;
}

/** Returns the name in front of the arguments of a path: of `tickers:BTC-USDT` it is `tickers`. */
export function tableOf(path: string): string {
  return path.split(":", 1)[0] as string;
}

/** Returns the instrument, underlying or currency that a legacy path names, as the exchange spells it. */
export function filterOfPath(path: string): string | undefined {
  const at = path.indexOf(":");
  return at < 0 ? undefined : unescapeId(path.slice(at + 1));
}

/** Returns whether a text may be the exchange's: no control characters, no half characters. */
export function isPlainText(text: string): boolean {
  // deno-lint-ignore no-control-regex
  return text.isWellFormed() && !/[\u0000-\u001f\u007f]/.test(text);
}

/** Returns a fault in words for the user. */
export function fault(text: Message): TopicFault {
  return { kind: "fault", message: text.english, text };
}

/** Renders a value for a message, of an object the names alone: what is no argument object may be a login that went astray. */
export function show(value: unknown): string {
  const isObject = typeof value === "object" && value !== null;
  const text = isObject ? `{${Object.keys(value).join(", ")}}` : JSON.stringify(value) ?? String(value);
  return text.length > 80 ? `${text.slice(0, 80)}…` : text;
}

/** Returns an instrument that a legacy table may have, for a message. */
export function exampleOf(table: string): string {
  const product = table.split("/")[0];
  if (product === "spot") return "ETH-USDT";
  if (product === "swap") return "BTC-USDT-SWAP";
  if (product === "futures") return "BTC-USDT-261225";
  return "BTC-USD";
}
