/**
 * The newest rows that are over, which nothing else remembers: one that somebody puts back to an older state would stay so.
 * Of those that are not there any more nothing is said, since most of them were trimmed.
 */
import type { Write } from "../write/write.ts";

/** Rows that are remembered of one server. */
const MAX_ROWS = 100;

/** A row, and the writes that add it to those that are over, and trim them. */
export type EndedRow = readonly [row: Write & { readonly kind: "row" }, ...indexes: readonly Write[]];

/** The newest rows of a server that are over. */
export class EndedRows {
  readonly #rows = new Map<string, { readonly path: string; readonly ended: EndedRow }>();

  /** Notes that a row of a path is over. */
  note(path: string, ended: EndedRow): void {
    const [{ key }] = ended;
    this.#rows.delete(key);
    this.#rows.set(key, { path, ended });
    if (this.#rows.size > MAX_ROWS) this.#rows.delete(this.#rows.keys().next().value as string);
  }

  /** Drops a row that is open again. */
  drop(key: string): void {
    this.#rows.delete(key);
  }

  /** Forgets a path that is no longer desired. */
  forget(path: string): void {
    for (const [key, row] of this.#rows) if (row.path === path) this.#rows.delete(key);
  }

  all(): EndedRow[] {
    return [...this.#rows.values()].map(({ ended }) => ended);
  }
}
