/**
 * The v5 wire: JSON text frames in, request texts out. Decoding never throws: whatever cannot be read is an
 * `unknown` frame with its reason, to be counted. Source: OKX v5 documentation, WebSocket overview.
 */
import { type Arg, type DataFrame, type Frame, isRow, type Row } from "./frame.ts";
import { needsExact, reviveExact, scalarOrEmpty, scalarText } from "./exact_json.ts";
import { findRows } from "./rows_text.ts";
import { MAX_EVENT_CHARS, readShape, sizeFault } from "./frame_limits.ts";

/** All args of one request together must stay within 64 KB (documentation, "Subscribe"); we keep a margin. */
export const MAX_REQUEST_BYTES = 60_000;

/** The text that the exchange answers with `pong`. It is not JSON and has no quotes. */
export const PING = "ping";

/** Decodes one frame, of whatever kind: `unknown` with a reason where it is none. Never throws. */
export function decodeV5(text: string): Frame {
  if (text === "pong") return { kind: "pong" };
  const tooLarge = sizeFault(text.length);
  if (tooLarge !== undefined) return { kind: "unknown", reason: tooLarge };
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { kind: "unknown", reason: "not JSON" };
  }
  if (!isRow(value)) return { kind: "unknown", reason: "not an object" };
  const shape = readShape(value, text.length);
  if (shape.fault !== undefined) return { kind: "unknown", reason: shape.fault };
  return decodeObject(needsExact(text, shape) ? reviveExact(text) as Row : value, text);
}

/** Returns a subscribe or unsubscribe request; `id` (1 to 32 letters and digits) comes back in each answer. */
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

/** Returns a login request from the args that a signer made. */
export function encodeLogin(args: Readonly<Record<string, string>>): string {
  return JSON.stringify({ op: "login", args: [args] });
}

function decodeObject(value: Row, text: string): Frame {
  if (typeof value.event === "string") {
    if (text.length > MAX_EVENT_CHARS) {
      return { kind: "unknown", reason: `an event of ${text.length} characters` };
    }
    return decodeEvent(value.event, value);
  }
  const { data } = value;
  const arg = argOf(value.arg);
  if (arg === undefined || !Array.isArray(data)) return { kind: "unknown", reason: "neither event nor push" };
  // Account channels call it eventType: `snapshot` or `event_update`.
  const action = value.action ?? value.eventType;
  const frame: DataFrame = {
    kind: "data",
    arg,
    rows: data,
    action: typeof action === "string" ? action : undefined,
    text,
    rowsAt: arg === value.arg ? findRows(value, text, ARG_START) : -1,
  };
  if (typeof value.curPage !== "number") return frame;
  return { ...frame, page: { number: value.curPage, last: value.lastPage === true } };
}

const ARG_START = '{"arg":{';

function decodeEvent(event: string, value: Row): Frame {
  const id = typeof value.id === "string" ? value.id : undefined;
  switch (event) {
    case "subscribe":
    case "unsubscribe":
      return decodeAck(event, id, value);
    case "error":
      return {
        kind: "error",
        code: scalarOrEmpty(value.code),
        message: scalarOrEmpty(value.msg),
        id,
        event: value,
      };
    case "login":
      return { kind: "login", event: value };
    default:
      return {
        kind: "notice",
        code: scalarOrEmpty(value.code),
        message: scalarOrEmpty(value.msg),
        event: value,
      };
  }
}

function decodeAck(op: "subscribe" | "unsubscribe", id: string | undefined, event: Row): Frame {
  const arg = argOf(event.arg);
  return arg === undefined
    ? { kind: "unknown", reason: `${op} without arg` }
    : { kind: "ack", op, arg, id, event };
}

/** Returns an argument: numbers in it count as their text, and what is neither text nor number is left out. */
function argOf(value: unknown): Arg | undefined {
  if (!isRow(value) || typeof value.channel !== "string") return undefined;
  for (const name in value) if (typeof value[name] !== "string") return toTexts(value);
  return value as Arg;
}

function toTexts(value: Row): Arg {
  const members = Object.entries(value).flatMap(([name, member]) => {
    const text = scalarText(member);
    return text === undefined ? [] : [[name, text]];
  });
  return Object.fromEntries(members) as Arg;
}
