/** One table in a file: rows are gathered, written in pieces, and the file has its name only when it is whole. */
import type { Columns, TableRow } from "./columns.ts";
import { createEncoder, type ExportFormat } from "./encoders.ts";
import type { TableEncoder } from "./table_encoder.ts";

const NOTHING = new Uint8Array();

/** Rows on their way into a file. */
export class TableFile {
  readonly path: string;
  readonly columns: Columns;
  rows = 0;
  bytes = 0;
  readonly #encoder: TableEncoder;
  #waiting: TableRow[] = [];
  #waitingBytes = 0;
  #hasBegun = false;

  constructor(path: string, format: ExportFormat, columns: Columns) {
    this.path = path;
    this.columns = columns;
    this.#encoder = createEncoder(format, columns);
  }

  /** What waits to be written, at about. */
  get waitingBytes(): number {
    return this.#waitingBytes;
  }

  add(row: TableRow, bytes: number): void {
    this.#waiting.push(row);
    this.#waitingBytes += bytes;
    this.rows += 1;
  }

  /** Writes what waits. The file is open only meanwhile: there may be more tables than a process may have files. */
  async flush(): Promise<void> {
    const rows = this.#waiting;
    this.#waiting = [];
    this.#waitingBytes = 0;
    if (rows.length > 0 || !this.#hasBegun) {
      await this.#write(rows.length === 0 ? NOTHING : this.#encoder.encode(rows));
    }
  }

  /** Ends the file and gives it its name. */
  async finish(): Promise<void> {
    await this.flush();
    await this.#write(this.#encoder.end());
    await Deno.rename(this.#part, this.path);
  }

  /** Removes what there is of a file that is not finished. */
  async discard(): Promise<void> {
    if (this.#hasBegun) await Deno.remove(this.#part).catch(() => {});
  }

  get #part(): string {
    return `${this.path}.part`;
  }

  async #write(bytes: Uint8Array): Promise<void> {
    const options = this.#hasBegun ? { append: true } : { write: true, create: true, truncate: true };
    using file = await Deno.open(this.#part, { ...options, mode: 0o600 });
    const pieces = this.#hasBegun ? [bytes] : [this.#encoder.begin(), bytes];
    this.#hasBegun = true;
    for (const piece of pieces) {
      for (let at = 0; at < piece.length;) at += await file.write(piece.subarray(at));
      this.bytes += piece.length;
    }
  }
}
