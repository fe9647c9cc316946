/**
 * The v3 wire, which old servers and recordings use: texts out, raw-deflate binary frames in, each complete in
 * itself. Decoding never throws or rejects: whatever cannot be read is an `unknown` frame with its reason, to be
 * counted. Source: OKEx v3 documentation, WebSocket overview.
 */
import { scalarOrEmpty } from "../exact_json.ts";
import { type Arg, type DataFrame, type Frame, isRow, type Row } from "../frame.ts";
import { MAX_EVENT_CHARS, MAX_FRAME_CHARS, shapeFault, sizeFault } from "../frame_limits.ts";
import { findRows } from "../rows_text.ts";
import { filterOf, findV3Channel } from "./channels.ts";
import { formatPathV3 } from "./path.ts";

/** Longest request that the exchange takes, in bytes. */
export const MAX_V3_REQUEST = 4096;

/** Largest text that one frame may inflate to; the list of all contracts is far below it. */
export const MAX_INFLATED = MAX_FRAME_CHARS;

/**
 * Compressed bytes handed over at once. The runtime inflates each piece whole, and deflate grows a piece to 1032 times
 * its size at most, so that a frame made to blow up is seen after 4 MB more than it may have.
 */
const PIECE_BYTES = 4096;

/** Decodes one WebSocket message; a push of several instruments becomes a frame for each. */
export function decodeV3(raw: string | ArrayBuffer): Frame[] | Promise<Frame[]> {
  return typeof raw === "string" ? decodeText(raw) : decodeBinary(raw);
}

/** Returns the text of one binary frame, or why there is none. */
export async function inflateFrame(
  bytes: Uint8Array<ArrayBuffer>,
  maxBytes: number = MAX_INFLATED,
): Promise<{ readonly text: string } | { readonly reason: string }> {
  const { readable, writable } = new DecompressionStream("deflate-raw");
  const reader = readable.getReader();
  const writing = writePieces(writable, bytes);
  // What is wrong with the bytes is reported by the reading side too.
  writing.catch(() => {});
  const decoder = new TextDecoder("utf-8", { fatal: true });
  let text = "";
  let size = 0;
  try {
    while (true) {
      const { done, value } = await reader.read();
      if (done) break;
      size += value.length;
      if (size > maxBytes) {
        await reader.cancel();
        return { reason: `inflates to more than ${maxBytes} bytes` };
      }
      text += decoder.decode(value, { stream: true });
    }
    await writing;
    return { text: text + decoder.decode() };
  } catch (error) {
    await reader.cancel().catch(() => {});
    return { reason: `not raw deflate: ${error instanceof Error ? error.message : String(error)}` };
  }
}

/** Returns a subscribe or unsubscribe request. v3 has no request ids: each arg is answered by its own name. */
export function encodeV3Request(op: "subscribe" | "unsubscribe", args: readonly Arg[]): string {
  return JSON.stringify({ op, args: args.map(formatPathV3) });
}

/** Cuts a list of args into lists whose requests stay below the exchange's size limit. */
export function chunkV3Args(args: readonly Arg[], maxBytes: number = MAX_V3_REQUEST): Arg[][] {
  const empty = encodeV3Request("unsubscribe", []).length;
  const chunks: Arg[][] = [];
  let bytes = Infinity;
  for (const arg of args) {
    const size = new TextEncoder().encode(JSON.stringify(formatPathV3(arg))).length + 1;
    if (bytes + size >= maxBytes) {
      chunks.push([]);
      bytes = empty;
    }
    chunks.at(-1)?.push(arg);
    bytes += size;
  }
  return chunks;
}

/** Returns a login request from the args that a signer made: v3 takes them as a list, signed as in v5. */
export function encodeV3Login(signed: Readonly<Record<string, string>>): string {
  const { apiKey, passphrase, timestamp, sign } = signed;
  return JSON.stringify({ op: "login", args: [apiKey, passphrase, timestamp, sign] });
}

async function decodeBinary(raw: ArrayBuffer): Promise<Frame[]> {
  const tooLarge = sizeFault(raw.byteLength);
  if (tooLarge !== undefined) return [{ kind: "unknown", reason: tooLarge }];
  const inflated = await inflateFrame(new Uint8Array(raw));
  return "reason" in inflated ? [{ kind: "unknown", reason: inflated.reason }] : decodeText(inflated.text);
}

async function writePieces(
  writable: WritableStream<BufferSource>,
  bytes: Uint8Array<ArrayBuffer>,
): Promise<void> {
  const writer = writable.getWriter();
  for (let at = 0; at < bytes.length; at += PIECE_BYTES) {
    await writer.write(bytes.subarray(at, at + PIECE_BYTES));
  }
  await writer.close();
}

function decodeText(text: string): Frame[] {
  if (text === "pong") return [{ kind: "pong" }];
  const tooLarge = sizeFault(text.length);
  if (tooLarge !== undefined) return [{ kind: "unknown", reason: tooLarge }];
  const value = parseRow(text);
  if (value === undefined) return [{ kind: "unknown", reason: "not a JSON object" }];
  const unfit = shapeFault(value, text.length);
  if (unfit !== undefined) return [{ kind: "unknown", reason: unfit }];
  if (typeof value.event === "string") {
    const tooLong = text.length > MAX_EVENT_CHARS;
    if (tooLong) return [{ kind: "unknown", reason: `an event of ${text.length} characters` }];
    return [decodeEvent(value.event, value)];
  }
  if (typeof value.table === "string" && Array.isArray(value.data)) {
    return splitPush(
      value.table,
      BARE_NUMBER.test(text) ? parseRow(text, keepNumberText) ?? value : value,
      text,
    );
  }
  return [{ kind: "unknown", reason: "neither event nor push" }];
}

function decodeEvent(event: string, value: Row): Frame {
  switch (event) {
    case "subscribe":
    case "unsubscribe":
      if (typeof value.channel !== "string") return { kind: "unknown", reason: `${event} without channel` };
      return { kind: "ack", op: event, arg: argOf(value.channel), id: undefined, event: value };
    case "error":
      return errorOf(value, "");
    case "login":
      // A sample of the documentation has the text "true".
      return String(value.success) === "true"
        ? { kind: "login", event: value }
        : errorOf(value, LOGIN_FAILED);
    default:
      return {
        kind: "notice",
        code: scalarOrEmpty(value.errorCode),
        message: scalarOrEmpty(value.message),
        event: value,
      };
  }
}

/** The exchange's code for a login that failed (OKEx v3 documentation, error codes). */
const LOGIN_FAILED = "30027";

function errorOf(event: Row, otherwise: string): Frame {
  const code = scalarOrEmpty(event.errorCode) || otherwise;
  return { kind: "error", code, message: scalarOrEmpty(event.message), id: undefined, event };
}

const TABLE_START = '{"table":"';

/** Returns the rows by what a subscription names, each list in the order of the push. */
function splitPush(table: string, push: Row, text: string): Frame[] {
  const channel = findV3Channel(table);
  const rowsAt = findRows(push, text, TABLE_START);
  const parts = new Map<string, Row[]>();
  const add = (filter: string, row: Row) => {
    const rows = parts.get(filter) ?? [];
    parts.set(filter, rows);
    rows.push(row);
  };
  // The list of futures came as a list inside the list.
  for (const row of (push.data as unknown[]).flat()) {
    if (!isRow(row)) continue;
    if (channel?.filter !== "member") add(filterOf(channel, row) ?? "", row);
    else for (const [name, member] of Object.entries(row)) add(name, { [name]: member });
  }
  return [...parts].map(([instId, rows]): DataFrame => ({
    kind: "data",
    // An empty name, where a row does not say its own, fits those channels only that are subscribed without one.
    arg: { channel: table, instId },
    rows,
    action: typeof push.action === "string" ? push.action : undefined,
    text: parts.size === 1 ? text : JSON.stringify({ ...push, data: rows }),
    rowsAt: parts.size === 1 ? rowsAt : -1,
  }));
}

/** A number that is not a text already, other than the checksum, as some channels had them in 2019. */
const BARE_NUMBER = /(?<!"checksum)"\s*:\s*-?\d|[,[]\s*-?\d/;

/** Numbers keep the exchange's own text; the checksum is compared as a number. */
function keepNumberText(key: string, value: unknown, context?: { readonly source?: string }): unknown {
  return typeof value === "number" && key !== "checksum" ? context?.source ?? String(value) : value;
}

function parseRow(text: string, revive?: typeof keepNumberText): Row | undefined {
  try {
    const value: unknown = JSON.parse(
      text,
      revive as ((this: unknown, key: string, value: unknown) => unknown) | undefined,
    );
    return isRow(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function argOf(path: string): Arg {
  const at = path.indexOf(":");
  return at < 0 ? { channel: path } : { channel: path.slice(0, at), instId: path.slice(at + 1) };
}
