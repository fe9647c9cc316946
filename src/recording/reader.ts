/**
 * Reads a recording, or a file of bare frames: entry by entry, the oldest first, never more of it in memory than a piece of
 * one file. What a crash or a copy has damaged is passed over and said.
 */
import { type Message, message } from "../shared/messages/message.ts";
import { RecordingError } from "../shared/errors.ts";
import { fileReason } from "../shared/file_reason.ts";
import { bareFrames } from "./bare_frames.ts";
import { type Packing, packingOf, parseEntry, type RecordedEntry } from "./format.ts";
import { listFiles, readManifest } from "./folder.ts";
import { unpack } from "./packing.ts";

/** What is read of a recording. */
export type ReadOptions = {
  /** Unix milliseconds of the first and of the last frame to export. */
  readonly from?: number | undefined;
  readonly to?: number | undefined;
  /** Called with what cannot be read. */
  readonly onNote: (note: Message) => void;
  /** Frames a second of a file that says no times. */
  readonly rate?: number | undefined;
};

/** `isAlone`: it is all that was named, so that it has to be one. */
type Source = { readonly path: string; readonly packing: Packing; readonly isAlone?: true };

/** Longest line that is read; the longest frame that okws takes is far below it. */
const MAX_LINE = 128 * 1024 * 1024;

/** Entries of a folder, or of one file. Throws RecordingError where there is nothing that could be read. */
export async function* readRecording(path: string, options: ReadOptions): AsyncGenerator<RecordedEntry> {
  const { from = -Infinity, to = Infinity } = options;
  for (const source of await findSources(path)) {
    for await (const entry of readFile(source, options)) {
      if (entry.at > to && entry.kind === "frame") continue;
      // What was open before the first frame has to be known.
      if (entry.at < from && (entry.kind === "frame" || entry.kind === "missing")) continue;
      yield entry;
    }
  }
}

async function findSources(path: string): Promise<readonly Source[]> {
  let info: Deno.FileInfo;
  try {
    info = await Deno.stat(path);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw unreadable(path, error);
    throw new RecordingError(message("recording.no_such", { path }));
  }
  if (info.isFile) return [{ path, packing: packingOf(path), isAlone: true }];
  if (!info.isDirectory) {
    const expected = message("recording.expected");
    throw new RecordingError(message("recording.no_file", { path, expected }));
  }
  try {
    const isRecording = await readManifest(path);
    const files = await listFiles(path);
    if (files.length > 0) return files;
    throw new RecordingError(message(isRecording ? "recording.empty" : "recording.none", { path }));
  } catch (error) {
    throw error instanceof RecordingError ? error : unreadable(path, error);
  }
}

function unreadable(path: string, error: unknown): RecordingError {
  return new RecordingError(message("file.cannot_read", { path, reason: fileReason(error, "read") }));
}

async function* readFile(
  { path, packing, isAlone }: Source,
  options: ReadOptions,
): AsyncGenerator<RecordedEntry> {
  const { onNote, rate = 10 } = options;
  let unread = 0;
  let isEnded = false;
  let hasEntries = false;
  let bare: ReturnType<typeof bareFrames> | undefined;
  const lines = readLines(path, packing);
  let damage: Damage | undefined;
  try {
    while (true) {
      const { done, value } = await lines.next();
      if (done) {
        damage = value;
        break;
      }
      if (value === "") continue;
      const entry = bare === undefined ? parseEntry(value) : undefined;
      if (entry !== undefined) {
        hasEntries = true;
        isEnded = entry.kind === "end";
        yield entry;
        continue;
      }
      if (!hasEntries) bare ??= bareFrames(value, rate);
      const frames = bare?.(value) ?? [];
      if (frames.length === 0) unread += 1;
      yield* frames;
    }
  } finally {
    await lines.return(undefined);
  }
  const file = path;
  if (isAlone && !hasEntries && bare === undefined) {
    if (damage?.fault !== undefined) throw unreadable(path, damage.fault);
    throw new RecordingError(
      message("recording.no_frames", { path, expected: message("recording.expected") }),
    );
  }
  if (unread > 0) onNote(message("recording.lines", { file, count: unread }));
  if (damage?.fault !== undefined) {
    onNote(message("recording.damaged", { file, reason: damage.fault }));
  } else if (damage !== undefined || (hasEntries && !isEnded)) {
    const count = damage?.torn ?? 0;
    onNote(
      count === 0 ? message("recording.not_ended", { file }) : message("recording.torn", { file, count }),
    );
  }
}

/** How a file ends: characters of a line that has no end, and what was wrong with the packing. */
type Damage = { readonly torn: number; readonly fault?: string | undefined };

async function* readLines(path: string, packing: Packing): AsyncGenerator<string, Damage | undefined> {
  const decoder = new TextDecoder();
  const pieces = unpack(await openFile(path), packing);
  // A line that is long comes in many pieces; put together at each of them it would take the square of its length.
  let rest: string[] = [];
  let length = 0;
  try {
    while (length <= MAX_LINE) {
      const { done, value } = await pieces.next();
      if (done) {
        const last = rest.join("") + decoder.decode();
        // Files of others may do without the last line break.
        if (value === undefined && parseEntry(last) === undefined && bareFrames(last, 1) !== undefined) {
          yield last;
          return undefined;
        }
        return endOf(last, value);
      }
      const [first = "", ...parts] = decoder.decode(value, { stream: true }).split("\n");
      rest.push(first);
      length += first.length;
      const next = parts.pop();
      if (next === undefined) continue;
      yield rest.join("");
      yield* parts;
      rest = [next];
      length = next.length;
    }
    return { torn: length, fault: `a line of more than ${MAX_LINE} characters` };
  } finally {
    await pieces.return(undefined);
  }
}

/** Nothing may be left at the end. That the packing stops in the middle is what a crash leaves. */
function endOf(rest: string, fault: string | undefined): Damage | undefined {
  if (fault === undefined && rest === "") return undefined;
  return { torn: rest.length, fault: fault === TORN ? undefined : fault };
}

/** What zlib says of a packed file that stops before its end. */
const TORN = "unexpected end of file";

async function openFile(path: string): Promise<AsyncIterable<Uint8Array>> {
  try {
    return (await Deno.open(path)).readable;
  } catch (error) {
    throw unreadable(path, error);
  }
}
