/**
 * The rows that are open in an account as far as they are known, by upstream subscription and across connections: what a
 * list does not have any more has ended while nobody listened, and can be asked for by its id. Instruments are open as long
 * as they are listed, and of an account that is one row its parts are: what each currency and each position was last.
 */
import type { Row } from "../../okx/frame.ts";
import { idText, type RowLifecycle, RowVersions, UNKNOWN } from "../../okx/row_lifecycle.ts";
import type { Topic } from "../../okx/topic.ts";
import { accountParts, hasParts, isEmptyPart, lifecycleOfPart } from "./account_rows.ts";
import { startOf } from "../subscriptions/start.ts";

/** Rows remembered of one subscription; the exchange takes fewer open orders of one account. */
const MAX_ROWS = 50_000;

const NONE: ReadonlyMap<string, Row> = new Map();

/** The rows that are open, by upstream subscription. One for all connections of a server. */
export class OpenRows {
  readonly #rows = new Map<string, Map<string, Row>>();
  readonly #lives = new RowVersions();
  /** Instruments that were pushed as expired, by upstream subscription. */
  readonly #expired = new Map<string, Set<string>>();

  /**
   * Takes rows that came, in order; those that are over or older than what is known are no longer, or not, open. `listed`:
   * the exchange was asked for them. Returns those that are not older than what is known.
   */
  onRows(topic: Topic, rows: readonly unknown[], { listed = false } = {}): readonly unknown[] {
    if (topic.storage === "instruments") return this.#onInstruments(topic, rows as readonly Row[]);
    if (hasParts(topic)) return this.#onParts(topic, rows, listed);
    const life = topic.lifecycle;
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

  #onParts(topic: Topic, rows: readonly unknown[], listed: boolean): readonly unknown[] {
    const open = this.#rows.get(topic.upstream) ?? new Map<string, Row>();
    this.#rows.set(topic.upstream, open);
    for (const part of accountParts(topic, rows)) {
      const { id, row } = part;
      const life = lifecycleOfPart(topic, id);
      if (listed) this.#lives.list(life, [row]);
      // Another subscription may have brought a newer state of it.
      const isNew = this.#lives.take(life, row) || (!open.has(id) && this.#lives.isOpen(life, nameOf(id)));
      if (!isNew) continue;
      if (life.isOver(row) || isEmptyPart(part)) open.delete(id);
      else if (open.has(id) || open.size < MAX_ROWS) open.set(id, row);
    }
    return rows;
  }

  /** Keeps only what a whole snapshot has: what it leaves out is not open any more. */
  retain(topic: Topic, rows: readonly unknown[]): void {
    const open = this.#rows.get(topic.upstream);
    const life = topic.lifecycle;
    if (open === undefined || (life === undefined && !hasParts(topic))) return;
    const ids = new Set(
      life === undefined
        ? accountParts(topic, rows).map(({ id }) => id)
        : rows.map((row) => idText((row as Row | null)?.[life.id])),
    );
    for (const id of open.keys()) if (!ids.has(id)) open.delete(id);
  }

  /** Replaces what is known by a whole list. */
  replace(topic: Topic, rows: readonly Row[]): void {
    this.#rows.delete(topic.upstream);
    this.onRows(topic, rows);
  }

  /** A push may say a part of a row. */
  #onInstruments({ upstream }: Topic, rows: readonly Row[]): readonly Row[] {
    const known = this.#rows.get(upstream) ?? new Map<string, Row>();
    this.#rows.set(upstream, known);
    const expired = this.#expired.get(upstream) ?? new Set<string>();
    this.#expired.set(upstream, expired);
    for (const row of rows) {
      const id = idText(row?.instId);
      if (id === undefined) continue;
      if (row.state !== "expired") expired.delete(id);
      else if (expired.size < MAX_ROWS) expired.add(id);
      if (row.state === "expired") known.delete(id);
      else if (known.has(id) || known.size < MAX_ROWS) known.set(id, { ...known.get(id), ...row });
    }
    return rows;
  }

  /**
   * Takes what an earlier process had open, and what it knew to be over; whatever this one has received is newer, and a list of
   * the exchange counts more than what was kept. Returns whether more is open by that.
   */
  resumeFrom(topic: Topic, rows: readonly Row[], ended: readonly Row[] = []): boolean {
    const life = topic.lifecycle;
    if (life !== undefined) this.#lives.resumeFrom(life, ended);
    const { upstream } = topic;
    const known = this.of(upstream);
    const size = known.size;
    if (topic.storage === "instruments") {
      const isFresh = (id: string) => !known.has(id) && !this.isExpired(upstream, id);
      this.#onInstruments(topic, rows.filter(({ instId }) => isFresh(idText(instId) ?? "")));
    } else {
      const open = this.#rows.get(upstream) ?? new Map<string, Row>();
      this.#rows.set(upstream, open);
      for (const [id, row, own] of livesOf(topic, rows)) {
        if (open.has(id) || open.size >= MAX_ROWS || own.isOver(row) || row.state === UNKNOWN) continue;
        // One that this process knows to be over.
        if (this.#lives.isOpen(own, nameOf(id)) === false) continue;
        this.#lives.resumeFrom(own, [row]);
        open.set(id, row);
      }
    }
    return this.of(upstream).size > size;
  }

  /** Returns what is open as far as is known, by id. */
  of(upstream: string): ReadonlyMap<string, Row> {
    return this.#rows.get(upstream) ?? NONE;
  }

  /** Returns whether the last that was pushed of an instrument says that it has expired. */
  isExpired(upstream: string, id: string): boolean {
    return this.#expired.get(upstream)?.has(id) === true;
  }

  /** Forgets what is no longer desired. */
  forget(upstream: string): void {
    this.#rows.delete(upstream);
    this.#expired.delete(upstream);
  }
}

/**
 * Returns rows that an earlier process kept, each by its id and with how it lives: of an account by currencies and
 * positions.
 */
function livesOf(topic: Topic, rows: readonly Row[]): readonly (readonly [string, Row, RowLifecycle])[] {
  if (hasParts(topic)) {
    const kept = { balData: rows.filter(({ posId }) => posId === undefined), posData: rows };
    return accountParts(topic, [kept]).map(({ id, row }) => [id, row, lifecycleOfPart(topic, id)]);
  }
  const life = topic.lifecycle;
  if (life === undefined) return [];
  return rows.flatMap((row) => {
    const id = idText(row[life.id]);
    return id === undefined ? [] : [[id, row, life] as const];
  });
}

/** Returns the name that the exchange gives a part. */
function nameOf(id: string): string {
  return id.slice(id.indexOf(":") + 1);
}
