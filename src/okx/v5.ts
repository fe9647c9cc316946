/**
 * The v5 wire: JSON text frames in, request texts out. Decoding never throws: whatever cannot be read is an
 * `unknown` frame with its reason, to be counted. Source: OKX v5 documentation, WebSocket overview.
 */
import type { Arg, Frame, Row } from "./frame.ts";
import { MAX_EVENT_CHARS, shapeFault, sizeFault } from "./frame_limits.ts";

/** All args of one request together must stay within 64 KB (documentation, "Subscribe"); we keep a margin. */
export const MAX_REQUEST_BYTES = 60_000;

/** The text that the exchange answers with `pong`. It is not JSON and has no quotes. */
export const PING = "ping";

/** Names one frame. */
export function decodeV5(text: string): Frame {
  if (text === "pong") return { kind: "pong" };
  const tooLarge = sizeFault(text.length);
  if (tooLarge !== undefined) return { kind: "unknown", reason: tooLarge };
  let value: unknown;
  try {
    value = JSON.parse(needsExactIntegers(text) ? quoteIntegers(text) : text);
  } catch {
    return { kind: "unknown", reason: "not JSON" };
  }
  if (!isRow(value)) return { kind: "unknown", reason: "not an object" };
  const unfit = shapeFault(value, text.length);
  if (unfit !== undefined) return { kind: "unknown", reason: unfit };
  if (typeof value.event === "string") {
    if (text.length > MAX_EVENT_CHARS) {
      return { kind: "unknown", reason: `an event of ${text.length} characters` };
    }
    return decodeEvent(value.event, value);
  }
  if (isArg(value.arg) && Array.isArray(value.data)) {
    // Account channels call it eventType: `snapshot` or `event_update`.
    const action = value.action ?? value.eventType;
    return {
      kind: "data",
      arg: value.arg,
      rows: value.data,
      action: typeof action === "string" ? action : undefined,
      ...(typeof value.curPage === "number"
        ? { page: { number: value.curPage, last: value.lastPage === true } }
        : {}),
      text,
    };
  }
  return { kind: "unknown", reason: "neither event nor push" };
}

/** A subscribe or unsubscribe request; `id` (1 to 32 letters and digits) comes back in each answer. */
export function encodeRequest(op: "subscribe" | "unsubscribe", args: readonly Arg[], id: string): string {
  return JSON.stringify({ id, op, args });
}

/** Cuts a list of args into lists whose requests stay below the exchange's size limit. */
export function chunkArgs(args: readonly Arg[], maxBytes: number = MAX_REQUEST_BYTES): Arg[][] {
  const chunks: Arg[][] = [];
  let bytes = Infinity;
  for (const arg of args) {
    const size = new TextEncoder().encode(JSON.stringify(arg)).length + 1;
    if (bytes + size > maxBytes) {
      chunks.push([]);
      bytes = 0;
    }
    chunks.at(-1)?.push(arg);
    bytes += size;
  }
  return chunks;
}

/** A login request from the args that a signer made. */
export function encodeLogin(args: Readonly<Record<string, string>>): string {
  return JSON.stringify({ op: "login", args: [args] });
}

function decodeEvent(event: string, value: Row): Frame {
  const id = typeof value.id === "string" ? value.id : undefined;
  switch (event) {
    case "subscribe":
    case "unsubscribe":
      if (!isArg(value.arg)) return { kind: "unknown", reason: `${event} without arg` };
      return { kind: "ack", op: event, arg: value.arg, id, event: value };
    case "error":
      return { kind: "error", code: textOf(value.code), message: textOf(value.msg), id, event: value };
    case "login":
      return { kind: "login", event: value };
    default:
      return { kind: "notice", code: textOf(value.code), message: textOf(value.msg), event: value };
  }
}

/**
 * Sequence numbers of spread books are above 2^53, where JSON.parse rounds; those frames get their integers
 * quoted first. Nothing else in v5 has integers that large.
 */
function needsExactIntegers(text: string): boolean {
  return text.startsWith('{"arg":{"channel":"sprd-');
}

function quoteIntegers(text: string): string {
  return text.replace(/"(seqId|prevSeqId)":(-?\d+)/g, '"$1":"$2"');
}

function isRow(value: unknown): value is Row {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isArg(value: unknown): value is Arg {
  return isRow(value) && typeof value.channel === "string";
}

function textOf(value: unknown): string {
  return typeof value === "string" || typeof value === "number" ? String(value) : "";
}
