/**
 * Recorded frames in place of the market: a subscriber gets those of its channel and argument, in the order of
 * the recording, at a steady rate. Lines are v5 frames, v3 frames, or v3 frames as they were on the wire
 * (`frameBase64`).
 */
import type { Arg, Feed, Push } from "./feeds/feed.ts";

/** Finds the recorded frames for a v5 argument or, as `{channel: "spot/ticker", instId}`, for a v3 one. */
export type Replay = (arg: Arg) => Feed | undefined;

type Recorded = { readonly arg: Arg; readonly push: Push };

/** `rate` frames a second for every subscription; with `loop` the recording begins again at its end. */
export function createReplay(text: string, rate: number, loop = false): Replay {
  const frames = text.split("\n").flatMap((line) => parseLine(line) ?? []);
  return (arg) => {
    const mine = frames.filter((frame) => matches(frame.arg, arg));
    return mine.length === 0 ? undefined : replayFeed(mine.map(({ push }) => push), rate, loop);
  };
}

function replayFeed(pushes: readonly Push[], rate: number, loop: boolean): Feed {
  let startMs: number | undefined;
  let sent = 0;
  return {
    first(nowMs) {
      startMs ??= nowMs;
      return [];
    },
    next(nowMs) {
      const reached = Math.floor((nowMs - (startMs ?? nowMs)) / 1000 * rate);
      const until = loop ? reached : Math.min(reached, pushes.length);
      const due: Push[] = [];
      for (; sent < until; sent++) due.push(pushes[sent % pushes.length]!);
      return due;
    },
  };
}

/** Frames that are no pushes (acknowledgements, errors) and unreadable lines say nothing here. */
function parseLine(line: string): Recorded | undefined {
  const value = parseObject(line);
  if (value === undefined) return undefined;
  const { frameBase64, text } = value;
  if (typeof frameBase64 === "string" && typeof text === "string") {
    return parsePush(text, Uint8Array.from(atob(frameBase64), (char) => char.charCodeAt(0)));
  }
  return parsePush(line, line.trim());
}

function parsePush(text: string, raw: string | Uint8Array<ArrayBuffer>): Recorded | undefined {
  const { arg, table, data, action } = parseObject(text) ?? {};
  if (!Array.isArray(data)) return undefined;
  const members = typeof action === "string" ? { members: { action } } : {};
  const push: Push = { data, raw, ...members };
  if (typeof table === "string") return { arg: { channel: table, instId: instrumentOf(data[0]) }, push };
  if (typeof arg !== "object" || arg === null) return undefined;
  const texts = Object.entries(arg).filter((one): one is [string, string] => typeof one[1] === "string");
  return { arg: Object.fromEntries(texts), push };
}

/**
 * A push may add members (`uid`) and older ones lack some, so only what both have is compared; a v3 channel
 * without a filter takes every instrument.
 */
function matches(recorded: Arg, wanted: Arg): boolean {
  return recorded["channel"] === wanted["channel"] &&
    Object.entries(wanted).every(([name, value]) =>
      value === "" || [undefined, value].includes(recorded[name])
    );
}

function instrumentOf(row: unknown): string {
  if (typeof row !== "object" || row === null || !("instrument_id" in row)) return "";
  return typeof row.instrument_id === "string" ? row.instrument_id : "";
}

function parseObject(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? { ...value } : undefined;
  } catch {
    return undefined;
  }
}
