/** What happens to positions without an order: the market moves them, options expire, a warning comes. */
import { profit, settleCcy } from "./contracts.ts";
import type { Books } from "./account_row.ts";
import { balDataRow } from "./account_row.ts";
import type { Journal, Row } from "./journal.ts";
import type { Position } from "./ledger.ts";
import { positionRow } from "./position_row.ts";
import { listingOf } from "./venue.ts";

/** A smaller move of the mark price is not worth a push of its own. */
const TOLD_SHARE = 0.0002;
const LOOK_MS = 2000;

export class Holdings {
  readonly #books: Books;
  readonly #journal: Journal;
  #checkedMs: number;

  constructor(books: Books, journal: Journal) {
    this.#books = books;
    this.#journal = journal;
    this.#checkedMs = books.venue.startMs;
  }

  /** Records positions whose mark price has moved. */
  step(nowMs: number): void {
    if (nowMs - this.#checkedMs < LOOK_MS) return;
    this.#checkedMs = nowMs;
    const { venue, ledger } = this.#books;
    const moved = ledger.held.filter((position) => {
      const mark = listingOf(venue, position.instrument.instId).markTicks(nowMs);
      if (Math.abs(mark - position.reportedTicks) < mark * TOLD_SHARE) return false;
      position.reportedTicks = mark;
      return true;
    });
    if (moved.length === 0) return;
    const positions = moved.map((position) => positionRow(venue, position, nowMs));
    this.#journal.record({ timeMs: nowMs, positions });
  }

  /**
   * Settles an option: `positions` does not push its end, it is only missing from the next complete snapshot.
   */
  expire(position: Position, nowMs: number): void {
    const { venue, ledger } = this.#books;
    const { instrument, ticks, lots } = position;
    const ccy = settleCcy(instrument);
    const mark = listingOf(venue, instrument.instId).markTicks(nowMs);
    ledger.pay(ccy, profit(instrument, lots, ticks, mark), nowMs);
    Object.assign(position, { lots: 0, changedMs: nowMs });
    this.#journal.record({
      timeMs: nowMs,
      cause: "exercised",
      currencies: [ccy],
      balances: [balDataRow(ledger, ccy)],
      vanished: [positionRow(venue, position, nowMs)],
    });
    // An option that is bought again after its expiry is another position.
    ledger.positions.delete(instrument.instId);
  }

  warn(position: Position, nowMs: number): void {
    const row = warningRow(positionRow(this.#books.venue, position, nowMs));
    this.#journal.record({ timeMs: nowMs, rows: [["liquidation-warning", row]] });
  }
}

function warningRow(row: Row): Row {
  const names = "instType instId mgnMode posId posSide pos posCcy lever markPx ccy cTime uTime pTime";
  return { ...Object.fromEntries(names.split(" ").map((name) => [name, row[name]])), mgnRatio: "1.8" };
}
