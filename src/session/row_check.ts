/**
 * Keeps what is not a subscription's row away from it: rows that cannot be read and rows of something else are counted
 * and left out, so that nothing of them passes for news; a row without a readable time is counted and goes on.
 */
import { roomLogger, sparseWarning } from "../log.ts";
import type { DataFrame } from "../okx/frame.ts";
import { fitOf, isDated } from "../okx/row_fit.ts";
import type { Stats } from "../stats.ts";
import type { Upstream } from "./upstream.ts";

/** A push without the rows that are not of its subscription, and those that are of something else. */
export type Checked = {
  readonly frame: DataFrame;
  readonly foreign: readonly unknown[];
  /** Whether its newest row cannot be read. */
  readonly isBroken: boolean;
};

const log = roomLogger("session");
const NONE: readonly unknown[] = [];

/** See the module comment. */
export class RowCheck {
  readonly #stats: Stats;
  readonly #warn = sparseWarning(log);

  constructor(stats: Stats) {
    this.#stats = stats;
  }

  check(upstream: Upstream, frame: DataFrame): Checked {
    let foreign: unknown[] | undefined;
    let kept: unknown[] | undefined;
    let isBroken = false;
    const { shape, book } = upstream;
    const { rows } = frame;
    for (let i = 0; i < rows.length; i++) {
      const row = rows[i];
      const fit = fitOf(row, shape);
      if (fit !== "foreign") isBroken = fit === "unreadable";
      // What is no row of a book breaks it, which its keeper sees to.
      if (fit === "fits" || (fit === "unreadable" && book)) {
        kept?.push(row);
        if (!isDated(row, shape)) this.#undated(upstream);
        continue;
      }
      kept ??= rows.slice(0, i);
      if (fit === "foreign") (foreign ??= []).push(row);
      this.#leaveOut(upstream, fit);
    }
    if (kept === undefined) return { frame, foreign: NONE, isBroken };
    return { frame: { ...frame, rows: kept, text: "", rowsAt: -1 }, foreign: foreign ?? NONE, isBroken };
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
