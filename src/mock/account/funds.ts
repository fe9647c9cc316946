/** Coins that come to the demo account and leave it: deposits, withdrawals and transfers. */
import { formatAmount } from "../market/decimal.ts";
import type { Books } from "./account_row.ts";
import { balDataRow } from "./account_row.ts";
import type { Journal, Row } from "./journal.ts";
import { depositRow, withdrawalRow } from "./other_rows.ts";

/** What the account has at the start; three currencies are one page of a snapshot. */
export const FIRST_BALANCES: readonly (readonly [ccy: string, amount: number])[] = [
  ["USDT", 10_000],
  ["BTC", 0.5],
  ["ETH", 4],
  ["SOL", 40],
  ["XRP", 2500],
  ["USDC", 1200],
  ["LTC", 15],
];

export class Funds {
  readonly #books: Books;
  readonly #journal: Journal;
  #deposits = 0;
  #withdrawals = 0;

  constructor(books: Books, journal: Journal) {
    this.#books = books;
    this.#journal = journal;
    for (const [ccy, amount] of FIRST_BALANCES) books.ledger.pay(ccy, amount, books.venue.startMs);
  }

  /** Seen first, then credited. */
  deposit(ccy: string, amount: number, nowMs: number): string {
    const number = this.#deposits++;
    const row = (state: string) =>
      depositRow({ number, state, bornMs: nowMs, nowMs }, ccy, formatAmount(amount, 10));
    this.#journal.record({ timeMs: nowMs, rows: [["deposit-info", row("0")]] });
    const done = row("2");
    this.#move(ccy, amount, { nowMs, rows: [["deposit-info", done]] });
    return String(done["depId"]);
  }

  /** Waiting first, then sent. */
  withdraw(ccy: string, amount: number, nowMs: number): string {
    const number = this.#withdrawals++;
    const row = (state: string) =>
      withdrawalRow({ number, state, bornMs: nowMs, nowMs }, ccy, formatAmount(amount, 10));
    this.#journal.record({ timeMs: nowMs, rows: [["withdrawal-info", row("0")]] });
    const done = row("2");
    this.#move(ccy, -amount, { nowMs, rows: [["withdrawal-info", done]] });
    return String(done["wdId"]);
  }

  /** Takes all of a currency away, to another account of the same user. */
  empty(ccy: string, nowMs: number): void {
    this.#move(ccy, -this.#books.ledger.balance(ccy).cash, { nowMs, rows: [] });
  }

  #move(
    ccy: string,
    amount: number,
    about: { nowMs: number; rows: readonly (readonly [string, Row])[] },
  ): void {
    const { ledger } = this.#books;
    ledger.pay(ccy, amount, about.nowMs);
    this.#journal.record({
      timeMs: about.nowMs,
      cause: "transferred",
      currencies: [ccy],
      balances: [balDataRow(ledger, ccy)],
      rows: about.rows,
    });
  }
}
