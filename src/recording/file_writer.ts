/** One file that is written: what was written is whole lines, or nothing of them. */
import { formatFileName, type Packing } from "./format.ts";
import { createPacker, type Packer } from "./packing.ts";
import type { RecordingFile } from "./folder.ts";

/** A file under way. */
export class FileWriter {
  readonly name: string;
  readonly path: string;
  readonly number: number;
  readonly packing: Packing;
  readonly openedAt: number;
  readonly #file: Deno.FsFile;
  readonly #packer: Packer;
  #bytes = 0;
  #isClosed = false;

  private constructor(parts: { file: Deno.FsFile; folder: string; name: string; packer: Packer } & NewFile) {
    this.#file = parts.file;
    this.#packer = parts.packer;
    this.name = parts.name;
    this.path = `${parts.folder}/${parts.name}`;
    this.number = parts.number;
    this.packing = parts.packing;
    this.openedAt = parts.nowMs;
  }

  /** Creates the file; rejects where there is one of that name. */
  static async create(folder: string, wanted: NewFile): Promise<FileWriter> {
    const packer = createPacker(wanted.packing);
    const name = formatFileName(wanted.number, wanted.nowMs, wanted.packing);
    const file = await Deno.open(`${folder}/${name}`, { write: true, createNew: true, mode: 0o600 });
    return new FileWriter({ ...wanted, file, folder, name, packer });
  }

  get bytes(): number {
    return this.#bytes;
  }

  get entry(): RecordingFile {
    const { path, name, number, packing, bytes } = this;
    return { path, name, number, packing, bytes };
  }

  /**
   * Writes lines, so that they can be read whatever comes after them. Where that fails, nothing of them is left; and it fails
   * where the file was taken away, since what is written then is nowhere.
   */
  async write(lines: string): Promise<void> {
    await Deno.stat(this.path);
    await this.#append(await this.#packer.flush(lines));
  }

  /** Ends the file with its last lines. */
  async close(lines: string): Promise<void> {
    try {
      const last = await this.#packer.flush(lines);
      await this.#append(last);
      await this.#append(await this.#packer.end());
    } finally {
      this.#close();
    }
  }

  /** Gives the file up after a failure; one without anything in it is removed. */
  async abandon(): Promise<void> {
    const wasClosed = this.#isClosed;
    this.#close();
    if (!wasClosed) await this.#packer.end().catch(() => {});
    if (this.#bytes === 0) await Deno.remove(this.path).catch(() => {});
  }

  #close(): void {
    if (!this.#isClosed) this.#file.close();
    this.#isClosed = true;
  }

  async #append(bytes: Uint8Array): Promise<void> {
    try {
      for (let at = 0; at < bytes.length;) at += await this.#file.write(bytes.subarray(at));
      this.#bytes += bytes.length;
    } catch (error) {
      // What was written of it would be read, and be written again.
      await this.#file.truncate(this.#bytes).catch(() => {});
      throw error;
    }
  }
}

/** What a new file is. */
export type NewFile = { readonly number: number; readonly nowMs: number; readonly packing: Packing };
