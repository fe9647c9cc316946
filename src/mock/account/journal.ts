/**
 * What happened to the demo account, in order: every feed reads on from where it stopped, so that all private
 * channels are consistent. Rows are made when something happens, not when they are sent.
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
  /** Positions that ended and that `positions` does not push. */
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
  "grid-orders-contract": "algoId",
  "grid-sub-orders": "ordId",
  "algo-recurring-buy": "algoId",
  rfqs: "rfqId",
  quotes: "quoteId",
  "sprd-orders": "ordId",
  "sprd-trades": "tradeId",
  "grid-positions": "algoId",
  "deposit-info": "depId",
  "withdrawal-info": "wdId",
};
/** States after which a row changes no more; deposits and withdrawals have numbers. */
const ENDED = new Set(
  ("filled canceled mmp_canceled effective order_failed partially_failed stopped expired traded_away failed " +
    "2 -1 -2").split(" "),
);
const KEPT = 1000;
/** Of what has ended, so many rows of each channel are remembered; of each row, so many versions. */
const KEPT_ENDED = 500;
const KEPT_VERSIONS = 5;

/** A row and since when it is what it is. */
type Version = { readonly timeMs: number; readonly row: Row };

export class Journal {
  /** The number of changes so far. */
  length = 0;
  #changes: Change[] = [];
  /** By channel and key, the one that changed last at the end. */
  readonly #rows = new Map<string, Map<string, Version[]>>();

  record(change: Change): void {
    this.length++;
    this.#changes.push(change);
    if (this.#changes.length > 2 * KEPT) this.#changes = this.#changes.slice(-KEPT);
    for (const [channel, row] of change.rows ?? []) this.#note(channel, row, change.timeMs);
  }

  /** The changes after the first `count`, oldest first. */
  after(count: number): readonly Change[] {
    return this.length === count ? [] : this.#changes.slice(-(this.length - count));
  }

  /** Returns the last rows of what is still open, such as live orders. */
  open(channel: string): Row[] {
    return [...this.newest(channel).values()].filter(isOpen);
  }

  /** Returns the newest row of everything that changed lately in a channel, by key. */
  newest(channel: string): Map<string, Row> {
    return this.asOf(channel, Infinity);
  }

  /** Returns the rows of a channel as they were at a time, by key. */
  asOf(channel: string, timeMs: number): Map<string, Row> {
    const rows = new Map<string, Row>();
    for (const [key, versions] of this.#rows.get(channel) ?? []) {
      const version = versions.findLast((one) => one.timeMs <= timeMs);
      if (version !== undefined) rows.set(key, version.row);
    }
    return rows;
  }

  #note(channel: string, row: Row, timeMs: number): void {
    let rows = this.#rows.get(channel);
    if (rows === undefined) this.#rows.set(channel, rows = new Map<string, Version[]>());
    const key = keyOf(channel, row);
    const versions = rows.get(key) ?? [];
    rows.delete(key);
    rows.set(key, [...versions, { timeMs, row }].slice(-KEPT_VERSIONS));
    if (rows.size <= 2 * KEPT_ENDED) return;
    const ended = [...rows].filter(([, all]) => !isOpen(all.at(-1)!.row)).slice(0, -KEPT_ENDED);
    for (const [old] of ended) rows.delete(old);
  }
}

/**
 * Returns whether there is more to come of a row. A bot's position is open while it is not 0; other rows without a state
 * never are.
 */
export function isOpen(row: Row): boolean {
  const { state, algoId, pos } = row;
  if (typeof state === "string") return !ENDED.has(state);
  return algoId !== undefined && pos !== undefined && pos !== "0";
}

export function keyOf(channel: string, row: Row): string {
  return String(row[KEYS[channel] ?? "instId"] ?? "");
}
