/**
 * The pushes of a recording in the order of their receipt, each once: where two connections brought the same at a time,
 * because one replaced the other, those of the first count until it has ended or was asked to stop.
 */
import { Buffer } from "node:buffer";
import { CODECS, type Protocol } from "../okx/codec.ts";
import type { Arg, DataFrame, Frame } from "../okx/frame.ts";
import { topicKey } from "../okx/topic.ts";
import type { RecordedConnection, RecordedEntry } from "./format.ts";

/** A frame of data with where it came from. `key` is equal for frames of one subscription of one server. */
export type RecordedPush = {
  readonly kind: "push";
  readonly at: number;
  /** Milliseconds of recorded time, which goes on evenly whatever the clock of the machine did. */
  readonly time: number;
  readonly server: string;
  readonly protocol: Protocol;
  readonly key: string;
  readonly arg: Arg;
  readonly frame: DataFrame;
  /** As it was on the wire. */
  readonly raw: string | Uint8Array<ArrayBuffer>;
};

/** What was subscribed, though it may have brought nothing. */
export type RecordedAck = {
  readonly kind: "ack";
  readonly at: number;
  readonly time: number;
  readonly server: string;
  readonly protocol: Protocol;
  readonly key: string;
  readonly arg: Arg;
};

/** Frames that are not there. */
export type RecordedGap = {
  readonly kind: "missing";
  readonly at: number;
  readonly time: number;
  readonly frames: number;
  readonly reason: string;
};

export type Recorded = RecordedPush | RecordedAck | RecordedGap;

/** Two runs are played as if there were no more than this between them. */
const BETWEEN_RUNS_MS = 1000;

/** Reads entries; `server` leaves the others out. */
export async function* readFrames(
  entries: AsyncIterable<RecordedEntry>,
  server?: string,
): AsyncGenerator<Recorded> {
  const open = new Map<string, RecordedConnection>();
  /** Which connection each subscription is taken from. */
  const owners = new Map<string, string>();
  let run = "";
  /** What is added to the clock of a run, to go on where the last one ended. */
  let shift: number | undefined;
  let time = 0;
  const nameOf = (conn: number) => `${run} ${conn}`;
  const release = (conn: string) => {
    for (const [key, owner] of owners) if (owner === conn) owners.delete(key);
  };
  for await (const entry of entries) {
    if (entry.kind === "begin") {
      if (entry.run !== run) {
        shift = undefined;
        open.clear();
        owners.clear();
      }
      run = entry.run;
      for (const [conn, of] of entry.open) open.set(nameOf(conn), of);
      continue;
    }
    if (entry.kind === "open") open.set(nameOf(entry.conn), entry.of);
    if (entry.kind === "close") {
      release(nameOf(entry.conn));
      open.delete(nameOf(entry.conn));
    }
    if (entry.kind !== "frame" && entry.kind !== "missing") continue;
    shift ??= (time === 0 ? 0 : time + BETWEEN_RUNS_MS) - entry.mono;
    time = Math.max(time, entry.mono + shift);
    const { at } = entry;
    if (entry.kind === "missing") {
      yield { kind: "missing", at, time, frames: entry.missing.frames, reason: entry.reason };
      continue;
    }
    const conn = nameOf(entry.conn);
    const from = open.get(conn);
    if (from === undefined || (server !== undefined && from.server !== server)) continue;
    const { protocol } = from;
    if (entry.isSent) {
      for (const arg of unsubscribed(entry)) owners.delete(`${from.server}\n${topicKey(arg)}`);
      continue;
    }
    const raw = "text" in entry ? entry.text : new Uint8Array(Buffer.from(entry.base64, "base64"));
    const frames = await decode(raw, protocol);
    // A push of several instruments over v3 is one message, of which each gets its part.
    const isWhole = frames.length === 1;
    for (const frame of frames) {
      const of = { at, time, server: from.server, protocol };
      if (frame.kind === "ack" && frame.op === "subscribe") {
        yield { kind: "ack", ...of, key: `${from.server}\n${topicKey(frame.arg)}`, arg: frame.arg };
      }
      if (frame.kind !== "data") continue;
      const arg = askedArg(frame.arg);
      const key = `${from.server}\n${topicKey(arg)}`;
      const owner = owners.get(key) ?? conn;
      owners.set(key, owner);
      if (owner === conn) yield { kind: "push", ...of, key, arg, frame, raw: isWhole ? raw : frame.text };
    }
  }
}

/** Returns what was asked for: pushes of an account add whose it is. */
function askedArg({ uid: _, ...arg }: Arg): Arg {
  return arg as Arg;
}

async function decode(raw: string | Uint8Array<ArrayBuffer>, protocol: Protocol): Promise<readonly Frame[]> {
  return await CODECS[protocol].decode(typeof raw === "string" ? raw : raw.buffer);
}

/** Returns the arguments that a request gives up. */
function unsubscribed(entry: RecordedEntry & { readonly kind: "frame" }): Arg[] {
  if (!("text" in entry) || !entry.text.includes('"unsubscribe"')) return [];
  try {
    const request = JSON.parse(entry.text);
    if (request?.op !== "unsubscribe" || !Array.isArray(request.args)) return [];
    return request.args.map((arg: unknown) => {
      if (typeof arg !== "string") return arg;
      const [channel = "", instId] = arg.split(/:(.*)/s);
      return instId === undefined ? { channel } : { channel, instId };
    }).filter((arg: unknown): arg is Arg => typeof (arg as Arg | null)?.channel === "string");
  } catch {
    return [];
  }
}
