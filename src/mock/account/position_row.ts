/** The row of `positions`, with exactly the members that the official documentation lists. */
import { formatAmount, formatSteps } from "../market/decimal.ts";
import { dollarValue, profit, settleCcy, settleValue } from "./contracts.ts";
import type { Row } from "./journal.ts";
import type { Position } from "./ledger.ts";
import type { Venue } from "./venue.ts";
import { emptied, listingOf } from "./venue.ts";

/** Returns the row of a position. `pos` is `0` for a position that has just been closed. */
export function positionRow(venue: Venue, position: Position, nowMs: number): Row {
  const { instrument, lots, ticks, lever } = position;
  const listing = listingOf(venue, instrument.instId);
  const { price, lot } = instrument;
  const option = instrument.strike !== undefined;
  const mark = listing.markTicks(nowMs);
  const held = lots !== 0;
  const upl = profit(instrument, lots, ticks, mark);
  const value = settleValue(listing, lots, mark);
  const index = venue.fair.index(instrument.indexId, nowMs);
  const ratio = value === 0 ? 0 : upl * lever / value;
  const shown = (text: string) => held ? text : "";
  const liquidation = Math.max(1, Math.round(ticks * (1 - Math.sign(lots) * 0.9 / lever)));
  return {
    instType: instrument.instType,
    instId: instrument.instId,
    mgnMode: "cross",
    posId: position.posId,
    posSide: "net",
    pos: formatSteps(lots, lot),
    hedgedPos: "",
    posCcy: "",
    availPos: option ? shown(formatSteps(Math.abs(lots), lot)) : "",
    avgPx: shown(formatAmount(ticks * price.size)),
    nonSettleAvgPx: "",
    upl: shown(formatAmount(upl, 10)),
    uplRatio: shown(formatAmount(ratio, 10)),
    uplLastPx: shown(formatAmount(upl, 10)),
    uplRatioLastPx: shown(formatAmount(ratio, 10)),
    lever: option ? "" : String(lever),
    liqPx: option ? "" : shown(formatSteps(liquidation, price)),
    markPx: formatSteps(mark, price),
    imr: shown(formatAmount(value / lever, 10)),
    margin: "",
    mgnRatio: shown("35.7"),
    mmr: shown(formatAmount(value * 0.004, 10)),
    ...emptied("liab liabCcy"),
    interest: "",
    tradeId: position.tradeId,
    notionalUsd: shown(formatAmount(dollarValue(venue, listing, { lots, ticks: mark, nowMs }))),
    optVal: option ? shown(formatAmount(Math.sign(lots) * value, 10)) : "",
    pendingCloseOrdLiabVal: "0",
    adl: shown("1"),
    ...emptied("bizRefId bizRefType"),
    ccy: settleCcy(instrument),
    last: formatSteps(mark, price),
    idxPx: formatAmount(index, 4),
    usdPx: "",
    bePx: shown(formatAmount(ticks * price.size)),
    ...greeks(venue, position, nowMs),
    ...emptied("spotInUseAmt spotInUseCcy clSpotInUseAmt maxSpotInUseAmt"),
    realizedPnl: formatAmount(position.realized, 10),
    pnl: formatAmount(position.realized - position.fee, 10),
    fee: formatAmount(position.fee, 10),
    fundingFee: "0",
    liqPenalty: "0",
    settledPnl: "",
    closeOrderAlgo: [],
    cTime: String(position.createdMs),
    uTime: String(position.changedMs),
    pTime: String(nowMs),
    ...emptied("baseBal quoteBal baseBorrowed baseInterest quoteBorrowed quoteInterest"),
  };
}

/** Returns the part of a position's row that `balance_and_position` has. */
export function posDataRow(row: Row): Row {
  const names =
    "posId tradeId instId instType mgnMode avgPx ccy posSide pos posCcy nonSettleAvgPx settledPnl uTime";
  return Object.fromEntries(names.split(" ").map((name) => [name, row[name]]));
}

/** Only options have them. */
function greeks(venue: Venue, { instrument, lots }: Position, nowMs: number): Row {
  if (instrument.strike === undefined || lots === 0) {
    return emptied("deltaBS deltaPA gammaBS gammaPA thetaBS thetaPA vegaBS vegaPA");
  }
  const size = lots * instrument.lot.size * instrument.contractValue;
  const forward = venue.fair.index(instrument.indexId, nowMs);
  const { delta, gamma, vega, theta, price } = venue.fair.option(instrument, nowMs);
  return {
    deltaBS: formatAmount(size * delta, 10),
    deltaPA: formatAmount(size * (delta - price), 10),
    gammaBS: formatAmount(size * gamma, 10),
    gammaPA: formatAmount(size * gamma * forward, 10),
    thetaBS: formatAmount(size * theta, 10),
    thetaPA: formatAmount(size * theta / forward, 10),
    vegaBS: formatAmount(size * vega, 10),
    vegaPA: formatAmount(size * vega / forward, 10),
  };
}
