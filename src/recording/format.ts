/**
 * The format of a recording: a folder with a manifest and numbered files of JSON lines, each of which can be read without
 * the others. docs/recording.md describes it for programs. Pure.
 */
import { parseObject } from "../shared/json_object.ts";
import { DEFAULT_PROTOCOL, isProtocol, type Protocol } from "../okx/codec.ts";
import { message } from "../shared/messages/message.ts";
import { RecordingError } from "../shared/errors.ts";
import { VERSION } from "../shared/version.ts";

/** The name of the manifest inside a folder. */
export const MANIFEST = "recording.json";

const FORMAT = "okws-recording";

/** Raised where an older reader would misunderstand a file. */
const FORMAT_VERSION = 1;

/** How files are packed, with the ends of their names. */
export const PACKINGS = { gzip: ".gz", zstd: ".zst", none: "" } as const;
export type Packing = keyof typeof PACKINGS;

/** Two clocks: Unix milliseconds, which may jump, and milliseconds since the start of the process, which do not. */
export type ClockReadings = { readonly at: number; readonly mono: number };

/** One socket to the exchange. */
export type RecordedConnection = {
  readonly server: string;
  /** Its name within the server, such as `public#2`. */
  readonly connection: string;
  readonly url: string;
  readonly protocol: Protocol;
};

/** Frames that were received and are not in the recording. */
export type Missing = { readonly frames: number; readonly bytes: number; readonly since: number };

/** What a line says. `conn` numbers the sockets of one run. */
export type RecordedEntry =
  | ClockReadings & { readonly kind: "frame"; readonly conn: number; readonly isSent: boolean } & FrameData
  | ClockReadings & { readonly kind: "open"; readonly conn: number; readonly of: RecordedConnection }
  | ClockReadings & { readonly kind: "close"; readonly conn: number; readonly reason: string }
  | ClockReadings & { readonly kind: "missing"; readonly missing: Missing; readonly reason: string }
  | ClockReadings & {
    readonly kind: "begin";
    readonly run: string;
    readonly open: readonly [number, RecordedConnection][];
  }
  | ClockReadings & { readonly kind: "end" };

/** A frame as it was on the wire: a text, or bytes in Base64. */
export type FrameData = { readonly text: string } | { readonly base64: string };

/** Returns an entry as a line. */
export function formatEntry(entry: RecordedEntry): string {
  const { at, mono } = entry;
  const clocks = { at, mono: Math.round(mono * 1000) / 1000 };
  switch (entry.kind) {
    case "frame": {
      const { conn, isSent } = entry;
      const data = "text" in entry ? { text: entry.text } : { base64: entry.base64 };
      return JSON.stringify({ ...clocks, conn, dir: isSent ? "out" : "in", ...data });
    }
    case "open":
      return JSON.stringify({ ...clocks, conn: entry.conn, open: entry.of });
    case "close":
      return JSON.stringify({ ...clocks, conn: entry.conn, close: entry.reason });
    case "missing":
      return JSON.stringify({ ...clocks, missing: entry.missing, reason: entry.reason });
    case "begin": {
      const open = entry.open.map(([conn, of]) => ({ conn, ...of }));
      return JSON.stringify({ ...clocks, format: FORMAT, version: FORMAT_VERSION, run: entry.run, open });
    }
    case "end":
      return JSON.stringify({ ...clocks, end: true });
  }
}

/** Reads a line; undefined where it is none of this format. */
export function parseEntry(line: string): RecordedEntry | undefined {
  const value = parseObject(line);
  if (value === undefined) return undefined;
  const { at, mono, conn } = value;
  if (typeof at !== "number" || typeof mono !== "number") return undefined;
  const clocks = { at, mono };
  if (value.end === true) return { ...clocks, kind: "end" };
  if (value.format === FORMAT && typeof value.run === "string" && Array.isArray(value.open)) {
    const open = value.open.flatMap((each: unknown) => {
      const of = connectionOf(each);
      return of === undefined
        ? []
        : [[Number((each as { conn: unknown }).conn), of] as [number, RecordedConnection]];
    });
    return { ...clocks, kind: "begin", run: value.run, open };
  }
  const missing = missingOf(value.missing);
  if (missing !== undefined) return { ...clocks, kind: "missing", missing, reason: String(value.reason) };
  if (typeof conn !== "number") return undefined;
  const of = connectionOf(value.open);
  if (of !== undefined) return { ...clocks, kind: "open", conn, of };
  if (typeof value.close === "string") return { ...clocks, kind: "close", conn, reason: value.close };
  if (value.dir !== "in" && value.dir !== "out") return undefined;
  const frame = { ...clocks, kind: "frame", conn, isSent: value.dir === "out" } as const;
  if (typeof value.text === "string") return { ...frame, text: value.text };
  return typeof value.base64 === "string" ? { ...frame, base64: value.base64 } : undefined;
}

/** Returns the manifest of a new recording. */
export function formatManifest(nowMs: number): string {
  const createdAt = new Date(nowMs).toISOString();
  return `${
    JSON.stringify({ format: FORMAT, version: FORMAT_VERSION, createdAt, okws: VERSION }, null, 2)
  }\n`;
}

/** Throws RecordingError where a manifest is of something else, or of a version that is not known here. */
export function checkManifest(folder: string, text: string): void {
  const { format, version } = parseObject(text) ?? {};
  if (format !== FORMAT || typeof version !== "number") {
    throw new RecordingError(message("recording.foreign_manifest", { file: `${folder}/${MANIFEST}` }));
  }
  if (version > FORMAT_VERSION) {
    throw new RecordingError(message("recording.newer", { folder, version, known: FORMAT_VERSION }));
  }
}

/** Returns the name of a file: its number, and when it was begun. */
export function formatFileName(number: number, nowMs: number, packing: Packing): string {
  const time = new Date(nowMs).toISOString().replace(/[-:]|\.\d+/g, "");
  return `frames-${String(number).padStart(8, "0")}-${time}.jsonl${PACKINGS[packing]}`;
}

/** Returns the number and packing of a file by its name; undefined: it is none of a recording. */
export function parseFileName(
  name: string,
): { readonly number: number; readonly packing: Packing } | undefined {
  const [, number, end] = /^frames-(\d{8,15})-\w+\.jsonl(\.gz|\.zst)?$/.exec(name) ?? [];
  return number === undefined ? undefined : { number: Number(number), packing: packingOf(end ?? "") };
}

/** Returns the packing of a file by the end of its name. */
export function packingOf(name: string): Packing {
  return name.endsWith(PACKINGS.gzip) ? "gzip" : name.endsWith(PACKINGS.zstd) ? "zstd" : "none";
}

function connectionOf(value: unknown): RecordedConnection | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  const { server, connection, url, protocol } = value as Record<string, unknown>;
  if (typeof server !== "string" || typeof connection !== "string" || typeof url !== "string") {
    return undefined;
  }
  return { server, connection, url, protocol: isProtocol(protocol) ? protocol : DEFAULT_PROTOCOL };
}

function missingOf(value: unknown): Missing | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  const { frames, bytes, since } = value as Record<string, unknown>;
  if (typeof frames !== "number" || typeof bytes !== "number" || typeof since !== "number") return undefined;
  return { frames, bytes, since };
}
