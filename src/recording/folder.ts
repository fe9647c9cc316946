/** The folder of a recording: its manifest, its files in order, and how much they take together. */
import { message } from "../shared/messages/message.ts";
import { RecordingError } from "../shared/errors.ts";
import { LOCK } from "./folder_lock.ts";
import { checkManifest, formatManifest, MANIFEST, type Packing, parseFileName } from "./format.ts";

/** One file of frames. */
export type RecordingFile = {
  readonly path: string;
  readonly name: string;
  readonly number: number;
  readonly packing: Packing;
  readonly bytes: number;
};

/** Returns the files of a folder, the oldest first. */
export async function listFiles(folder: string): Promise<RecordingFile[]> {
  const files: RecordingFile[] = [];
  for await (const { name, isFile } of Deno.readDir(folder)) {
    const parsed = isFile ? parseFileName(name) : undefined;
    if (parsed === undefined) continue;
    const path = `${folder}/${name}`;
    files.push({ path, name, ...parsed, bytes: (await Deno.stat(path)).size });
  }
  return files.sort((a, b) => a.number - b.number);
}

/**
 * Makes a folder ready to be recorded into: a new one, an empty one, or a recording that goes on. Throws RecordingError where
 * something else is in it.
 */
export async function prepareFolder(folder: string, nowMs: number): Promise<void> {
  await Deno.mkdir(folder, { recursive: true, mode: 0o700 });
  if (await readManifest(folder)) return;
  for await (const { name } of Deno.readDir(folder)) {
    if (parseFileName(name) !== undefined || name === LOCK) continue;
    throw new RecordingError(message("recording.not_empty", { folder, name }));
  }
  // Frames of an account are nobody else's business.
  const manifest = `${folder}/${MANIFEST}`;
  try {
    await Deno.writeTextFile(manifest, formatManifest(nowMs), { mode: 0o600 });
  } catch (error) {
    // Half of one, as a full disk leaves it, would be taken for that of something else at the next attempt.
    await Deno.remove(manifest).catch(() => {});
    throw error;
  }
}

/** Returns whether there is a manifest; throws RecordingError where it is of something else. */
export async function readManifest(folder: string): Promise<boolean> {
  let text: string;
  try {
    text = await Deno.readTextFile(`${folder}/${MANIFEST}`);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
  checkManifest(folder, text);
  return true;
}

/** Removes the oldest files until all take no more than `maxBytes`, never the newest one. Returns what was removed. */
export async function removeOldest(files: RecordingFile[], maxBytes: number): Promise<RecordingFile[]> {
  let total = files.reduce((sum, { bytes }) => sum + bytes, 0);
  const removed: RecordingFile[] = [];
  while (total > maxBytes && files.length > 1) {
    const oldest = files[0] as RecordingFile;
    await Deno.remove(oldest.path).catch((error) => {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    });
    files.shift();
    total -= oldest.bytes;
    removed.push(oldest);
  }
  return removed;
}
