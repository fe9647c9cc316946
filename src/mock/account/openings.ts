/**
 * Things of the account that stay open until they are asked to end: one of each kind that has no life of its own here. What ends
 * while nobody listens is what a client must ask for afterwards.
 */
import { contractGridRow, gridPositionRow, gridSubOrderRow, recurringRow } from "./bot_rows.ts";
import type { Journal, Row } from "./journal.ts";
import { keyOf } from "./journal.ts";
import type { Begun } from "./other_rows.ts";
import { depositRow, quoteRow, rfqRow, spreadOrderRow, spreadTradeRow, withdrawalRow } from "./other_rows.ts";

type Kind = {
  readonly channel: string;
  readonly begun: string;
  readonly ended: string;
  readonly row: (about: Begun) => Row;
};

const KINDS: readonly Kind[] = [
  { channel: "rfqs", begun: "active", ended: "expired", row: rfqRow },
  { channel: "quotes", begun: "active", ended: "expired", row: quoteRow },
  { channel: "sprd-orders", begun: "live", ended: "filled", row: spreadOrderRow },
  { channel: "deposit-info", begun: "0", ended: "2", row: (about) => depositRow(about, "XRP", "0") },
  { channel: "withdrawal-info", begun: "0", ended: "-2", row: (about) => withdrawalRow(about, "XRP", "0") },
  { channel: "grid-orders-contract", begun: "running", ended: "stopped", row: contractGridRow },
  { channel: "grid-positions", begun: "running", ended: "stopped", row: gridPositionRow },
  { channel: "grid-sub-orders", begun: "live", ended: "filled", row: gridSubOrderRow },
  { channel: "algo-recurring-buy", begun: "running", ended: "stopped", row: recurringRow },
];
/** Far from the numbers of those that begin and end at once. */
const FIRST_NUMBER = 500_000;

export class Openings {
  readonly #journal: Journal;
  #open: { readonly number: number; readonly bornMs: number }[] = [];
  #count = 0;

  constructor(journal: Journal) {
    this.#journal = journal;
  }

  /** Gives what began, as `channel id`. */
  begin(nowMs: number): string {
    const begun = { number: FIRST_NUMBER + this.#count++, bornMs: nowMs };
    this.#open.push(begun);
    return KINDS.map((kind) => this.#report(kind, { ...begun, state: kind.begun, nowMs })).join(", ");
  }

  /** Ends everything that began; gives it, as `channel id`. */
  end(nowMs: number): string {
    const ending = this.#open.splice(0);
    const ended = ending.flatMap((begun) =>
      KINDS.map((kind) => this.#report(kind, { ...begun, state: kind.ended, nowMs }))
    );
    for (const begun of ending) {
      const row = spreadTradeRow({ ...begun, state: "filled", nowMs });
      this.#journal.record({ timeMs: nowMs, rows: [["sprd-trades", row]] });
    }
    return ended.length === 0 ? "nothing is open" : ended.join(", ");
  }

  #report({ channel, row }: Kind, about: Begun): string {
    const made = row(about);
    this.#journal.record({ timeMs: about.nowMs, rows: [[channel, made]] });
    return `${channel} ${keyOf(channel, made)}`;
  }
}
