/** Recordings in tests: a folder that goes with the test, a recorder that runs, and what is read back. */
import type { RecordedEntry } from "../../src/recording/format.ts";
import { readRecording } from "../../src/recording/reader.ts";
import { Recorder, type RecorderEvents, type RecorderOptions } from "../../src/recording/recorder.ts";

/** A folder of its own, removed when it is disposed of. */
export async function tempFolder(): Promise<AsyncDisposable & { readonly path: string }> {
  const path = await Deno.makeTempDir({ prefix: "okws-recording-" });
  return { path, [Symbol.asyncDispose]: () => Deno.remove(path, { recursive: true }).catch(() => {}) };
}

/** What a recorder said. */
export type Said = {
  readonly troubles: string[];
  readonly missing: number[];
  readonly removed: string[];
  recovered: number;
};

/** A recorder that runs until it is stopped. */
export type RunningRecorder = AsyncDisposable & {
  readonly recorder: Recorder;
  readonly said: Said;
  stop(): Promise<void>;
};

/** Starts one that writes every 5 ms. */
export function startRecorder(folder: string, own: Partial<RecorderOptions> = {}): RunningRecorder {
  const said: Said = { troubles: [], missing: [], removed: [], recovered: 0 };
  const events: RecorderEvents = {
    onTrouble: (error) => said.troubles.push(String(error)),
    onRecovered: () => said.recovered += 1,
    onMissing: ({ frames }) => said.missing.push(frames),
    onRemoved: (files) => said.removed.push(...files.map(({ name }) => name)),
  };
  const recorder = new Recorder({
    ...{ folder, packing: "gzip", maxBytes: 1e9, fileBytes: 1e8, fileMs: 3_600_000, events },
    ...own,
    limits: { flushMs: 5, retryMs: 5, ...own.limits },
  });
  const controller = new AbortController();
  const running = recorder.run(controller.signal);
  const stop = () => {
    controller.abort();
    return running;
  };
  return { recorder, said, stop, [Symbol.asyncDispose]: stop };
}

/** A connection that was opened at a recorder. */
export const CONNECTION = {
  server: "test",
  connection: "public",
  url: "ws://127.0.0.1/ws/v5/public",
  protocol: "v5",
  mask: (text: string) => text,
} as const;

/** All entries, and what was said about them. */
export async function readAll(
  path: string,
  options: { readonly from?: number; readonly to?: number } = {},
): Promise<{ readonly entries: RecordedEntry[]; readonly notes: string[]; readonly texts: string[] }> {
  const notes: string[] = [];
  const entries = await Array.fromAsync(
    readRecording(path, { ...options, onNote: ({ english }) => notes.push(english) }),
  );
  const texts = entries.flatMap((entry) => entry.kind === "frame" && "text" in entry ? [entry.text] : []);
  return { entries, notes, texts };
}
