/**
 * What a snapshot says by leaving it out, for paths that have one row where the exchange has a list: a position that is
 * closed and a currency of which there is nothing are simply not in it.
 */
import type { DataFrame, Row } from "../../okx/frame.ts";
import type { Topic } from "../../okx/topic.ts";

/** Remembers what was pushed of each path, and the pages of a snapshot that is not whole yet. */
export class Absent {
  readonly #present = new Map<string, Map<string, Row>>();
  readonly #pages = new Map<string, Row[]>();

  /**
   * Takes a push; `parts` are the rows of a push that belong to the topic, as the exchange sent them. Returns those that say
   * that there is nothing any more, and what the whole snapshot had instead; none until its last page.
   */
  take(
    topic: Topic,
    frame: DataFrame,
    parts: readonly Row[],
  ): { gone: readonly Row[]; present: readonly Row[] } {
    const { path, absent } = topic;
    if (absent === undefined) return NOTHING;
    const known = this.#present.get(path) ?? new Map<string, Row>();
    this.#present.set(path, known);
    for (const row of parts) known.set(nameOf(row), row);
    if (frame.action !== "snapshot" || frame.page === undefined) return NOTHING;
    const { number, last } = frame.page;
    const pages = number === 1 ? [] : this.#pages.get(path);
    // A page whose beginning was missed cannot make a whole.
    if (pages === undefined) return NOTHING;
    pages.push(...parts);
    this.#pages.set(path, pages);
    if (!last) return NOTHING;
    this.#pages.delete(path);
    const gone = absent(pages, [...known.values()]);
    known.clear();
    for (const row of pages) known.set(nameOf(row), row);
    return { gone, present: pages };
  }

  /** Forgets a path that is no longer desired. */
  forget(path: string): void {
    this.#present.delete(path);
    this.#pages.delete(path);
  }
}

const NOTHING = { gone: [], present: [] };

function nameOf({ ccy, instId, posId, posSide }: Row): string {
  return JSON.stringify(instId === undefined ? [ccy] : [instId, posId, posSide]);
}
