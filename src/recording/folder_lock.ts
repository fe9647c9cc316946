/**
 * One recorder at a time writes into a folder. A file says which one, and is touched while that one runs; what a crash has left
 * counts no longer once it was not touched for a while. Whether the process is there is not asked: of another container it is
 * not seen, and okws has no right to look.
 */
import { message } from "../shared/messages/message.ts";
import { RecordingError } from "../shared/errors.ts";
import { hostname } from "../shared/hostname.ts";
import { parseObject } from "../shared/json_object.ts";

/** The name of the file inside a folder. */
export const LOCK = "recording.lock";

/** How often its owner touches it, and how long a file counts that nobody touches. */
const TOUCH_MS = 5000;
const STALE_MS = 20_000;

/** Who records, as a person looks for it. */
type Holder = { readonly id: string; readonly pid: number; readonly host: string; readonly since: string };

/** The right to write into a folder. */
export class FolderLock {
  readonly #path: string;
  readonly #holder: Holder;
  #touchedAt = performance.now();

  private constructor(path: string, holder: Holder) {
    this.#path = path;
    this.#holder = holder;
  }

  /** Takes it; rejects with RecordingError, which says who has it, where another recorder does. */
  static async take(folder: string): Promise<FolderLock> {
    const path = `${folder}/${LOCK}`;
    const holder: Holder = {
      id: crypto.randomUUID(),
      pid: Deno.pid,
      host: hostname(),
      since: new Date().toISOString(),
    };
    if (!await create(path, holder)) {
      const other = await readHolder(path);
      if (other !== undefined && !other.isGone) {
        const { pid, host, since } = other.holder;
        throw new RecordingError(message("recording.locked", { folder, pid, host, since, file: path }));
      }
      if (other !== undefined) await Deno.remove(path).catch(ignoreMissing);
      // Another one may be as quick.
      if (!await create(path, holder)) throw new RecordingError(message("recording.locked_now", { folder }));
    }
    return new FolderLock(path, holder);
  }

  /** Touches the file when that is due; rejects where it is not ours any more. */
  async keep(): Promise<void> {
    const now = performance.now();
    if (now - this.#touchedAt < TOUCH_MS) return;
    if (!await this.isOwn()) {
      throw new RecordingError(message("recording.lock_lost", { file: this.#path }));
    }
    const date = new Date();
    await Deno.utime(this.#path, date, date);
    this.#touchedAt = now;
  }

  /** Returns whether the file is there and ours. */
  async isOwn(): Promise<boolean> {
    const text = await Deno.readTextFile(this.#path).catch(() => "");
    return parseHolder(text)?.id === this.#holder.id;
  }

  /** Lets another one record; never rejects. */
  async release(): Promise<void> {
    if (await this.isOwn()) await Deno.remove(this.#path).catch(() => {});
  }
}

/** Returns whether there was none. */
async function create(path: string, holder: Holder): Promise<boolean> {
  try {
    await Deno.writeTextFile(path, `${JSON.stringify(holder)}\n`, { createNew: true, mode: 0o600 });
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.AlreadyExists) return false;
    throw error;
  }
}

/** Who has it, and whether that one is gone; undefined: nobody has it. */
async function readHolder(
  path: string,
): Promise<{ readonly holder: Holder; readonly isGone: boolean } | undefined> {
  try {
    const text = await Deno.readTextFile(path);
    const { mtime } = await Deno.stat(path);
    // A clock that was set back makes a file young for ever.
    const ageMs = Math.abs(Date.now() - (mtime?.getTime() ?? 0));
    const holder = parseHolder(text);
    // One that is just being written says nothing yet.
    const unknown = { id: "", pid: 0, host: "", since: mtime?.toISOString() ?? "" };
    return { holder: holder ?? unknown, isGone: ageMs > STALE_MS };
  } catch (error) {
    return ignoreMissing(error);
  }
}

function parseHolder(text: string): Holder | undefined {
  const { id, pid, host, since } = parseObject(text) ?? {};
  if (typeof id !== "string" || typeof pid !== "number" || !Number.isInteger(pid)) return undefined;
  return { id, pid, host: String(host ?? "").slice(0, 100), since: String(since ?? "").slice(0, 40) };
}

function ignoreMissing(error: unknown): undefined {
  if (!(error instanceof Deno.errors.NotFound)) throw error;
}
