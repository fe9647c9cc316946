/**
 * Keeps what is not a subscription's row away from it: rows that cannot be read and rows of something else are counted
 * and left out, so that nothing of them passes for news; a row without a readable time is counted and goes on. Of a
 * snapshot that lacks a row nobody may say what it leaves out.
 */
import { roomLogger, sparseWarning } from "../../logging/log.ts";
import type { DataFrame } from "../../okx/frame.ts";
import { fitOf, isCrossedRow, isDated, isReadable, type RowFit } from "../../okx/row_fit.ts";
import type { Stats } from "../../model/stats.ts";
import { PAGE_MS } from "../recovery/snapshot_pages.ts";
import type { Upstream } from "../subscriptions/upstream.ts";
import { hasPassed } from "../../shared/elapsed.ts";

/** A push without the rows that are not of its subscription, and those that are of something else. */
export type CheckedRows = {
  readonly frame: DataFrame;
  readonly foreign: readonly unknown[];
  /** Whether its newest row cannot be read. */
  readonly isBroken: boolean;
  /** Whether any of its rows cannot be read. */
  readonly isSpoiled: boolean;
  /** Whether a page of a snapshot is missing before this one. */
  readonly isTorn: boolean;
};

/** A small book that begins to be crossed and is so for this long is crossed by the exchange itself. */
const CROSSED_MS = 3000;

/** Of a small book: whether it is crossed, since when (Unix milliseconds), and whether that is believed. */
type Crossing = { readonly since: number; readonly isBelieved: boolean };

const log = roomLogger("session");
const NONE: readonly unknown[] = [];

/** Checks the rows of each push before anything is made of them. One for each connection. */
export class RowCheck {
  readonly #stats: Stats;
  readonly #warn = sparseWarning(log);
  /** Small books that are crossed; those that are not have an entry without a time. */
  readonly #crossings = new WeakMap<Upstream, Crossing | "none">();
  /** The page of a snapshot that has to come next; NaN: none will do, because one before it is missing or unreadable. */
  readonly #nextPage = new WeakMap<Upstream, number>();
  /** Of snapshots that are not whole yet: when their last page came. */
  readonly #pageAt = new Map<Upstream, number>();

  constructor(stats: Stats) {
    this.#stats = stats;
  }

  /** Checks the rows of a push. `at`: when it came, in Unix milliseconds. */
  check(upstream: Upstream, frame: DataFrame, at: number): CheckedRows {
    let foreign: unknown[] | undefined;
    let kept: unknown[] | undefined;
    let isBroken = false;
    let isSpoiled = false;
    const { shape, book } = upstream.traits;
    const { rows } = frame;
    for (let i = 0; i < rows.length; i++) {
      const row = rows[i];
      const fit = this.#fitOf(upstream, row, at);
      if (fit !== "foreign") isBroken = fit === "unreadable";
      if (isBroken) isSpoiled = true;
      // What is no row of a book breaks it, which its keeper sees to.
      if (fit === "fits" || (fit === "unreadable" && book)) {
        kept?.push(row);
        if (!isDated(row, shape)) this.#undated(upstream);
        continue;
      }
      kept ??= rows.slice(0, i);
      if (fit === "foreign" && isReadable(row, shape)) (foreign ??= []).push(row);
      this.#leaveOut(upstream, fit);
    }
    const left = kept === undefined ? frame : { ...frame, rows: kept, text: "", rowsAt: -1 };
    const { page } = frame;
    const isLate = page !== undefined && hasPassed(this.#pageAt.get(upstream) ?? at, PAGE_MS + 1, at);
    if (isLate) this.#giveUp(upstream);
    const expected = page === undefined || page.number === 1 ? 1 : this.#nextPage.get(upstream) ?? 1;
    const isTorn = page !== undefined && (isLate || !Number.isNaN(expected)) && page.number !== expected;
    const whole = page === undefined
      ? left
      : this.#paged(upstream, left, page, { isWhole: !isSpoiled && page.number === expected, at });
    return { frame: whole, foreign: foreign ?? NONE, isBroken, isSpoiled, isTorn };
  }

  /**
   * Returns the subscriptions of which the next page of a snapshot has not come in time, each once; then none makes it whole.
   */
  torn(at: number): Upstream[] {
    const late = [...this.#pageAt].filter(([, pageAt]) => hasPassed(pageAt, PAGE_MS + 1, at)).map((
      [upstream],
    ) => upstream);
    for (const upstream of late) this.#giveUp(upstream);
    return late;
  }

  #giveUp(upstream: Upstream): void {
    this.#pageAt.delete(upstream);
    this.#nextPage.set(upstream, NaN);
  }

  /** Returns a page of a snapshot, which is none where it or one before it is missing or cannot be read as a whole. */
  #paged(
    upstream: Upstream,
    frame: DataFrame,
    { number, last }: NonNullable<DataFrame["page"]>,
    { isWhole, at }: { readonly isWhole: boolean; readonly at: number },
  ): DataFrame {
    if (isWhole && !last) this.#pageAt.set(upstream, at);
    else this.#pageAt.delete(upstream);
    this.#nextPage.set(upstream, !isWhole ? NaN : last ? 1 : number + 1);
    if (isWhole) return frame;
    const { page: _, ...rest } = frame;
    return { ...rest, action: "update" };
  }

  /** A small book that was not crossed and is now may be wrong; one that begins crossed, or stays so, is the exchange's. */
  #fitOf(upstream: Upstream, row: unknown, at: number): RowFit {
    const { shape } = upstream.traits;
    const fit = fitOf(row, shape);
    if (fit !== "fits" || shape.content !== "levels") return fit;
    const before = this.#crossings.get(upstream);
    if (!isCrossedRow(row, shape)) {
      if (before !== "none") this.#crossings.set(upstream, "none");
      return "fits";
    }
    const since = before === undefined || before === "none" ? at : before.since;
    const isBelieved = before === undefined || (before !== "none" && before.isBelieved) ||
      hasPassed(since, CROSSED_MS, at);
    this.#crossings.set(upstream, { since, isBelieved });
    return isBelieved ? "fits" : "unreadable";
  }

  #leaveOut({ list: [topic] }: Upstream, fit: "unreadable" | "foreign"): void {
    const path = topic?.path ?? "";
    if (fit === "foreign") {
      this.#stats.unexpected += 1;
      this.#warn("The exchange sent a row of something else on a subscription", { path });
    } else {
      this.#stats.unreadable += 1;
      this.#warn("The exchange sent a row that cannot be read", { path });
    }
  }

  #undated({ list: [topic] }: Upstream): void {
    this.#stats.undated += 1;
    this.#warn("The exchange sent a row whose time is not as documented", { path: topic?.path ?? "" });
  }
}
