/**
 * Files of bare frames, as other programs keep them: each line a frame of v5 or v3, or `{"frameBase64", "text", "recvTs"}` of
 * one that was packed. They become entries of one connection. Pure.
 */
import { parseObject } from "../shared/json_object.ts";
import type { Protocol } from "../okx/codec.ts";
import type { RecordedEntry } from "./format.ts";

/** The connection that bare frames are said to come from. */
const CONN = 1;

/** Reads lines one after the other, beginning with `first`; undefined where that is no frame. */
export function bareFrames(first: string, rate: number): ((line: string) => RecordedEntry[]) | undefined {
  const found = readLine(first);
  if (found === undefined) return undefined;
  const of = { server: "frames", connection: found.protocol, url: "", protocol: found.protocol };
  let count = 0;
  return (line) => {
    const frame = readLine(line);
    if (frame === undefined) return [];
    const at = frame.at ?? count * 1000 / rate;
    const clocks = { at, mono: at };
    const begin: RecordedEntry[] = count === 0
      ? [{ ...clocks, kind: "begin", run: "frames", open: [] }, { ...clocks, kind: "open", conn: CONN, of }]
      : [];
    count += 1;
    return [...begin, { ...clocks, kind: "frame", conn: CONN, isSent: false, ...frame.data }];
  };
}

type Line = {
  readonly protocol: Protocol;
  readonly at: number | undefined;
  readonly data: { readonly text: string } | { readonly base64: string };
};

function readLine(line: string): Line | undefined {
  const value = parseObject(line);
  if (value === undefined) return undefined;
  const { recvTs, frameBase64, text, arg, table, event } = value;
  const at = typeof recvTs === "number" ? recvTs * 1000 : undefined;
  if (typeof frameBase64 === "string") return { protocol: "v3", at, data: { base64: frameBase64 } };
  if (typeof text === "string") return { protocol: protocolOf(text), at, data: { text } };
  if (arg === undefined && table === undefined && event === undefined) return undefined;
  return { protocol: protocolOf(line), at, data: { text: line.trim() } };
}

/** v3 names a table, or a channel in full, where v5 has an argument. */
function protocolOf(text: string): Protocol {
  const { table, channel } = parseObject(text) ?? {};
  return typeof table === "string" || (typeof channel === "string" && channel.includes("/")) ? "v3" : "v5";
}
