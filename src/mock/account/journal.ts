/**
 * What happened to the demo account, in order: every feed reads on from where it stopped, so that all private
 * channels tell the same story. Rows are made when something happens, not when they are sent.
 */

export type Row = Readonly<Record<string, unknown>>;

export type Change = {
  readonly timeMs: number;
  /** `eventType` of `balance_and_position`; none when neither cash nor a position changed. */
  readonly cause?: string;
  /** Currencies whose row in `account` changed. */
  readonly currencies?: readonly string[];
  /** `balData` rows. */
  readonly balances?: readonly Row[];
  /** Rows of `positions`. */
  readonly positions?: readonly Row[];
  /** Positions that ended and that `positions` does not tell of. */
  readonly vanished?: readonly Row[];
  readonly trades?: readonly { readonly instId: string; readonly tradeId: string }[];
  /** Rows of all other channels. */
  readonly rows?: readonly (readonly [channel: string, row: Row])[];
};

/** The member that names a row, by channel. */
const KEYS: Readonly<Record<string, string>> = {
  "account-greeks": "ccy",
  positions: "posId",
  "liquidation-warning": "posId",
  orders: "ordId",
  fills: "tradeId",
  "orders-algo": "algoId",
  "algo-advance": "algoId",
  "grid-orders-spot": "algoId",
  rfqs: "rfqId",
  quotes: "quoteId",
  "sprd-orders": "ordId",
  "deposit-info": "depId",
  "withdrawal-info": "wdId",
};
/** States after which a row changes no more; deposits and withdrawals have numbers. */
const ENDED = new Set(
  ("filled canceled mmp_canceled effective order_failed partially_failed stopped expired traded_away failed " +
    "2 -1 -2").split(" "),
);
const KEPT = 1000;

export class Journal {
  /** The number of changes so far. */
  length = 0;
  #changes: Change[] = [];
  readonly #open = new Map<string, Map<string, Row>>();

  record(change: Change): void {
    this.length++;
    this.#changes.push(change);
    if (this.#changes.length > 2 * KEPT) this.#changes = this.#changes.slice(-KEPT);
    for (const [channel, row] of change.rows ?? []) this.#note(channel, row);
  }

  /** The changes after the first `count`, oldest first. */
  after(count: number): readonly Change[] {
    return this.length === count ? [] : this.#changes.slice(-(this.length - count));
  }

  /** The last rows of what is still open, such as live orders. */
  open(channel: string): Row[] {
    return [...this.#open.get(channel)?.values() ?? []];
  }

  /** The newest row of everything that changed lately in a channel, by key. */
  newest(channel: string): Map<string, Row> {
    const rows = new Map<string, Row>();
    for (const change of this.#changes) {
      for (const [name, row] of change.rows ?? []) if (name === channel) rows.set(keyOf(channel, row), row);
    }
    return rows;
  }

  #note(channel: string, row: Row): void {
    if (typeof row["state"] !== "string") return;
    let open = this.#open.get(channel);
    if (open === undefined) this.#open.set(channel, open = new Map<string, Row>());
    if (ENDED.has(row["state"])) open.delete(keyOf(channel, row));
    else open.set(keyOf(channel, row), row);
  }
}

export function keyOf(channel: string, row: Row): string {
  return String(row[KEYS[channel] ?? "instId"] ?? "");
}
