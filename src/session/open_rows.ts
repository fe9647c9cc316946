/**
 * The rows that are open in an account as far as they were told, by upstream subscription and across connections: what a
 * list does not have any more has ended while nobody listened, and can be asked for by its id. Instruments are open as long
 * as they are listed.
 */
import type { Row } from "../okx/frame.ts";
import { idText, lifeOf, Lives, UNKNOWN } from "../okx/lives.ts";
import type { Topic } from "../okx/topic.ts";
import { startOf } from "./start.ts";

/** Rows remembered of one subscription; the exchange takes fewer open orders of one account. */
const MAX_ROWS = 50_000;

const NONE: ReadonlyMap<string, Row> = new Map();

/** See the module comment. One for all connections of a server. */
export class OpenRows {
  readonly #rows = new Map<string, Map<string, Row>>();
  readonly #lives = new Lives();

  /**
   * Rows that were told, in order; those that are over or older than what is known are no longer, or not, open. `listed`:
   * the exchange was asked for them. Returns those that are not older than what is known.
   */
  onRows(topic: Topic, rows: readonly unknown[], { listed = false } = {}): readonly unknown[] {
    if (topic.storage === "instruments") return this.#onInstruments(topic, rows as readonly Row[]);
    const life = lifeOf(topic);
    if (life === undefined || startOf(topic) === "none") return rows;
    if (listed) this.#lives.list(life, rows);
    let open = this.#rows.get(topic.upstream);
    const news: unknown[] = [];
    for (const row of rows as readonly Row[]) {
      const id = typeof row === "object" && row !== null ? idText(row[life.id]) : undefined;
      if (id !== undefined && !this.#lives.take(life, row)) continue;
      news.push(row);
      if (id === undefined) continue;
      if (life.isOver(row) || row.state === UNKNOWN) open?.delete(id);
      else if ((open?.size ?? 0) < MAX_ROWS) {
        if (open === undefined) this.#rows.set(topic.upstream, open = new Map());
        open.set(id, row);
      }
    }
    return news;
  }

  /** A whole list takes the place of what is known. */
  replace(topic: Topic, rows: readonly Row[]): void {
    this.#rows.delete(topic.upstream);
    this.onRows(topic, rows);
  }

  /** A push may say a part of a row. */
  #onInstruments({ upstream }: Topic, rows: readonly Row[]): readonly Row[] {
    const known = this.#rows.get(upstream) ?? new Map<string, Row>();
    this.#rows.set(upstream, known);
    for (const row of rows) {
      const id = idText(row?.instId);
      if (id === undefined) continue;
      if (row.state === "expired") known.delete(id);
      else if (known.has(id) || known.size < MAX_ROWS) known.set(id, { ...known.get(id), ...row });
    }
    return rows;
  }

  /**
   * What an earlier process had open, and what it knew to be over; whatever this one was told is newer. Returns whether more
   * is open by that.
   */
  recall(topic: Topic, rows: readonly Row[], ended: readonly Row[] = []): boolean {
    const life = lifeOf(topic);
    if (life === undefined) return false;
    this.#lives.recall(life, ended);
    if (!topic.silentStart) return false;
    const known = this.of(topic.upstream);
    const size = known.size;
    this.onRows(topic, rows.filter((row) => !known.has(idText(row[life.id]) ?? "")));
    return this.of(topic.upstream).size > size;
  }

  /** What is open as far as is known, by id. */
  of(upstream: string): ReadonlyMap<string, Row> {
    return this.#rows.get(upstream) ?? NONE;
  }

  /** No longer wanted. */
  forget(upstream: string): void {
    this.#rows.delete(upstream);
  }
}
