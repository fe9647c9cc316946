/** Rows about money: `account` with its details, `balData` and `account-greeks`, as the documentation has them. */
import { formatAmount } from "../market/decimal.ts";
import { profit, settleCcy, settleValue } from "./contracts.ts";
import type { Row } from "./journal.ts";
import type { Ledger } from "./ledger.ts";
import type { Venue } from "./venue.ts";
import { dollars, emptied, listingOf } from "./venue.ts";

export type Books = { readonly venue: Venue; readonly ledger: Ledger };

/** Returns the account with the details of some currencies; the totals are of all. */
export function accountRow(books: Books, currencies: readonly string[], nowMs: number): Row {
  const totals = [...books.ledger.balances.keys()]
    .map((ccy) => equity(books, ccy, nowMs).eq * dollars(books.venue, ccy, nowMs));
  const newest = Math.max(...[...books.ledger.balances.values()].map(({ changedMs }) => changedMs));
  return {
    uTime: String(Math.max(newest, nowMs)),
    totalEq: formatAmount(totals.reduce((sum, value) => sum + value, 0), 10),
    isoEq: "0",
    ...emptied("adjEq availEq ordFroz imr mmr borrowFroz mgnRatio notionalUsd notionalUsdForBorrow"),
    ...emptied("notionalUsdForSwap notionalUsdForFutures notionalUsdForOption upl delta deltaLever"),
    ...emptied("deltaNeutralStatus"),
    details: currencies.map((ccy) => detailRow(books, ccy, nowMs)),
  };
}

export function balDataRow(ledger: Ledger, ccy: string): Row {
  const { cash, changedMs } = ledger.balance(ccy);
  return { ccy, cashBal: formatAmount(cash, 10), uTime: String(changedMs) };
}

/** Returns the currencies that a snapshot has: those with equity or cash. */
export function heldCurrencies(books: Books, nowMs: number): string[] {
  return [...books.ledger.balances.values()].filter(({ ccy, cash }) =>
    [cash, equity(books, ccy, nowMs).eq].some((amount) => formatAmount(amount, 10) !== "0")
  ).map(({ ccy }) => ccy);
}

export function greeksRow({ venue, ledger }: Books, ccy: string, nowMs: number): Row {
  const sums = { delta: ledger.balance(ccy).cash, gamma: 0, theta: 0, vega: 0 };
  for (const { instrument, lots } of ledger.held) {
    if (instrument.base !== ccy) continue;
    const size = lots * instrument.lot.size * instrument.contractValue;
    if (instrument.strike === undefined) {
      sums.delta += instrument.inverse ? size / dollars(venue, ccy, nowMs) : size;
      continue;
    }
    const { delta, gamma, theta, vega } = venue.fair.option(instrument, nowMs);
    sums.delta += size * delta;
    sums.gamma += size * gamma;
    sums.theta += size * theta;
    sums.vega += size * vega;
  }
  const price = dollars(venue, ccy, nowMs);
  return {
    ccy,
    deltaBS: formatAmount(sums.delta, 16),
    deltaPA: formatAmount(sums.delta, 16),
    gammaBS: formatAmount(sums.gamma, 16),
    gammaPA: formatAmount(sums.gamma * price, 16),
    thetaBS: formatAmount(sums.theta, 16),
    thetaPA: formatAmount(sums.theta / price, 16),
    vegaBS: formatAmount(sums.vega, 16),
    vegaPA: formatAmount(sums.vega / price, 16),
    ts: String(nowMs),
  };
}

function equity(
  { venue, ledger }: Books,
  ccy: string,
  nowMs: number,
): { eq: number; upl: number; imr: number } {
  let upl = 0;
  let imr = 0;
  for (const { instrument, lots, ticks, lever } of ledger.held) {
    if (settleCcy(instrument) !== ccy) continue;
    const listing = listingOf(venue, instrument.instId);
    const mark = listing.markTicks(nowMs);
    upl += profit(instrument, lots, ticks, mark);
    imr += settleValue(listing, lots, mark) / lever;
  }
  return { eq: ledger.balance(ccy).cash + upl, upl, imr };
}

function detailRow(books: Books, ccy: string, nowMs: number): Row {
  const { cash, frozen, changedMs } = books.ledger.balance(ccy);
  const { eq, upl, imr } = equity(books, ccy, nowMs);
  const price = dollars(books.venue, ccy, nowMs);
  const amount = (value: number) => formatAmount(value, 10);
  return {
    ccy,
    eq: amount(eq),
    cashBal: amount(cash),
    uTime: String(changedMs),
    isoEq: "0",
    availEq: amount(Math.max(0, eq - frozen - imr)),
    disEq: amount(eq * price),
    fixedBal: "0",
    availBal: amount(Math.max(0, cash - frozen - imr)),
    frozenBal: amount(frozen + imr),
    ordFrozen: amount(frozen),
    liab: "",
    upl: amount(upl),
    ...emptied("uplLiab crossLiab isoLiab"),
    rewardBal: "0",
    mgnRatio: "",
    imr: amount(imr),
    mmr: "0",
    interest: "",
    twap: "0",
    frpType: "0",
    maxLoan: "",
    eqUsd: amount(eq * price),
    borrowFroz: "",
    notionalLever: "0",
    coinUsdPrice: formatAmount(price, 5),
    stgyEq: "0",
    isoUpl: "0",
    ...emptied("spotInUseAmt clSpotInUseAmt maxSpotInUseAmt"),
    spotIsoBal: "0",
    smtSyncEq: "0",
    spotCopyTradingEq: "0",
    spotBal: amount(cash),
    ...emptied("openAvgPx accAvgPx spotUpl spotUplRatio totalPnl totalPnlRatio"),
    colRes: "0",
    colBorrAutoConversion: "0",
    collateralRestrict: false,
    collateralEnabled: false,
    autoLendStatus: "off",
    autoLendMtAmt: "0",
  };
}
