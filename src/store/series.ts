/**
 * Series whose rows are in Redis alone: what is evicted, deleted or lost with a database cannot be written again, only be
 * recorded as missing. Remembers since when each has had rows, and how many.
 */
import type { Topic } from "../okx/topic.ts";
import type { Keys } from "./keys.ts";

/** What a series has had, since it began or was last found missing. Times are Unix milliseconds. */
export type Span = {
  readonly path: string;
  readonly key: string;
  readonly from: number;
  readonly rows: number;
};

/** The series of one server. */
export class Series {
  readonly #keys: Keys;
  readonly #maxRow: number;
  readonly #spans = new Map<string, { key: string; from: number; rows: number }>();

  constructor(keys: Keys, maxRow: number) {
    this.#keys = keys;
    this.#maxRow = maxRow;
  }

  /** Rows of a topic are on their way. */
  note(topic: Topic, rows: number, at: number): void {
    if (!isSeries(topic) || rows === 0) return;
    const known = this.#spans.get(topic.path);
    if (known !== undefined) known.rows += rows;
    else {
      const key = this.#keys.path(topic.storage === "trades" ? topic.table : topic.path);
      this.#spans.set(topic.path, { key, from: at, rows });
    }
  }

  all(): Span[] {
    return [...this.#spans].map(([path, span]) => ({
      path,
      ...span,
      rows: Math.min(span.rows, this.#maxRow),
    }));
  }

  /** A series is no longer wanted, or begins anew. */
  forget(path: string): void {
    this.#spans.delete(path);
  }
}

function isSeries({ storage }: Topic): boolean {
  return storage === "events" || storage === "trades" || storage === "candle";
}
