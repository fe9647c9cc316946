/** What the demo account has: coins, and positions in net mode, with cross margin. */
import type { Instrument } from "../market/instruments.ts";
import { profit, settleCcy } from "./contracts.ts";

export type Balance = { readonly ccy: string; cash: number; frozen: number; changedMs: number };

export type Position = {
  /** Stays the same when a closed position is opened again. */
  readonly posId: string;
  readonly instrument: Instrument;
  readonly lever: number;
  /** Negative when short, 0 when closed. */
  lots: number;
  /** The average opening price in ticks, not whole. */
  ticks: number;
  realized: number;
  fee: number;
  tradeId: string;
  createdMs: number;
  changedMs: number;
  /** The mark price of the last row that gave it. */
  reportedTicks: number;
};

export type Fill = {
  readonly instrument: Instrument;
  /** Negative when sold. */
  readonly lots: number;
  readonly ticks: number;
  readonly fee: number;
  readonly tradeId: string;
  readonly nowMs: number;
};

const FIRST_POS_ID = 307173036051017730n;
const LEVER = 10;

export class Ledger {
  readonly balances = new Map<string, Balance>();
  /** By `instId`, closed ones too. */
  readonly positions = new Map<string, Position>();
  #opened = 0n;

  balance(ccy: string): Balance {
    let balance = this.balances.get(ccy);
    if (balance === undefined) {
      this.balances.set(ccy, balance = { ccy, cash: 0, frozen: 0, changedMs: 0 });
    }
    return balance;
  }

  pay(ccy: string, amount: number, nowMs: number): void {
    const balance = this.balance(ccy);
    balance.cash = rounded(balance.cash + amount);
    balance.changedMs = nowMs;
  }

  /** Sets coins aside for an order, or gives them back when negative. */
  freeze(ccy: string, amount: number, nowMs: number): void {
    const balance = this.balance(ccy);
    balance.frozen = Math.max(0, rounded(balance.frozen + amount));
    balance.changedMs = nowMs;
  }

  available(ccy: string): number {
    const balance = this.balances.get(ccy);
    return balance === undefined ? 0 : rounded(balance.cash - balance.frozen);
  }

  /** Returns a fill of contracts: changes the position and pays out what it gained; `gain` is without the fee. */
  trade(fill: Fill): { readonly position: Position; readonly gain: number } {
    const { instrument, lots, ticks, fee, tradeId, nowMs } = fill;
    const position = this.#position(instrument, nowMs);
    const closing = Math.sign(lots) === -Math.sign(position.lots)
      ? Math.sign(position.lots) * Math.min(Math.abs(lots), Math.abs(position.lots))
      : 0;
    const gain = closing === 0 ? 0 : profit(instrument, closing, position.ticks, ticks);
    const kept = position.lots - closing;
    const added = lots + closing;
    if (position.lots === 0) Object.assign(position, { realized: 0, fee: 0, createdMs: nowMs });
    if (added !== 0) position.ticks = (kept * position.ticks + added * ticks) / (kept + added);
    position.lots = kept + added;
    position.realized += gain + fee;
    position.fee += fee;
    position.tradeId = tradeId;
    position.changedMs = nowMs;
    this.pay(settleCcy(instrument), gain + fee, nowMs);
    return { position, gain };
  }

  /** The positions that are open now. */
  get held(): Position[] {
    return [...this.positions.values()].filter(({ lots }) => lots !== 0);
  }

  #position(instrument: Instrument, nowMs: number): Position {
    const known = this.positions.get(instrument.instId);
    if (known !== undefined) return known;
    const position: Position = {
      posId: String(FIRST_POS_ID + this.#opened++),
      instrument,
      lever: instrument.strike === undefined ? LEVER : 1,
      lots: 0,
      ticks: 0,
      realized: 0,
      fee: 0,
      tradeId: "",
      createdMs: nowMs,
      changedMs: nowMs,
      reportedTicks: 0,
    };
    this.positions.set(instrument.instId, position);
    return position;
  }
}

/** Ten decimals, so that sums of prices and sizes end in the digits they should. */
function rounded(amount: number): number {
  return Math.round(amount * 1e10) / 1e10 || 0;
}
