/** Reads of the newest rows of many paths, a few at the same time: data goes first. */
import { withDeadline } from "../shared/async/with_deadline.ts";
import type { RowsPort, ShownRow } from "./rows.ts";

/** Paths read at the same time when the first page opens. */
const MAX_READS = 2;

const READ_MS = 5000;

/** What is to be read; what fails is tried again with the next {@link start}. */
export class ReadQueue {
  readonly #rows: Pick<RowsPort, "read">;
  readonly #count: number;
  readonly #onRow: (server: string, path: string, row: ShownRow) => void;
  #waiting: [server: string, path: string][] = [];
  #reading = 0;
  #generation = 0;

  /** `count` rows of each path are read. */
  constructor(
    rows: Pick<RowsPort, "read">,
    count: number,
    onRow: (server: string, path: string, row: ShownRow) => void,
  ) {
    this.#rows = rows;
    this.#count = count;
    this.#onRow = onRow;
  }

  add(server: string, path: string): void {
    this.#waiting.push([server, path]);
  }

  /** Nothing is to be read any more, and results of reads under way are ignored. */
  clear(): void {
    this.#waiting = [];
    this.#generation += 1;
  }

  start(): void {
    while (this.#reading < MAX_READS) {
      const next = this.#waiting.shift();
      if (next === undefined) return;
      void this.#read(...next, this.#generation);
    }
  }

  async #read(server: string, path: string, begun: number): Promise<void> {
    this.#reading += 1;
    try {
      const found = await withDeadline(this.#rows.read(server, path, this.#count), READ_MS, () => {
        throw new Error("Redis did not answer in time");
      });
      if (begun !== this.#generation) return;
      for (const row of found) this.#onRow(server, path, row);
    } catch {
      // What Redis does not say now it may say then.
      if (begun === this.#generation) this.add(server, path);
      return;
    } finally {
      this.#reading -= 1;
    }
    this.start();
  }
}
