/**
 * The members that lists in REST have, from the sample answer of each page in the official documentation. They are not those of
 * the pushes: some have more, most have fewer.
 */
import type { Row } from "./journal.ts";

export const ORDER_ROW =
  "accFillSz algoClOrdId algoId attachAlgoClOrdId attachAlgoOrds avgPx cTime cancelSource cancelSourceReason category ccy " +
  "clOrdId fee feeCcy fillPx fillSz fillTime instId instType isTpLimit lever linkedAlgoOrd ordId ordType pnl posSide px " +
  "pxType pxUsd pxVol quickMgnType rebate rebateCcy reduceOnly side slOrdPx slTriggerPx slTriggerPxType source state stpId " +
  "stpMode sz tag tdMode tgtCcy tpOrdPx tpTriggerPx tpTriggerPxType tradeId tradeQuoteCcy uTime";

export const ALGO_ROW =
  "activePx actualPx actualSide actualSz algoClOrdId algoId amendPxOnTriggerType attachAlgoOrds cTime callbackRatio " +
  "callbackSpread ccy chaseType chaseVal clOrdId closeFraction failCode instId instType isTradeBorrowMode last lever " +
  "linkedOrd maxChaseType maxChaseVal moveTriggerPx ordId ordIdList ordPx ordType posSide pxLimit pxSpread pxVar " +
  "quickMgnType reduceOnly side slOrdPx slTriggerPx slTriggerPxType state sz szLimit tag tdMode tgtCcy timeInterval tpOrdPx " +
  "tpTriggerPx tpTriggerPxType tradeQuoteCcy triggerPx triggerPxType triggerTime uTime";

export const GRID_ROW =
  "actualLever algoClOrdId algoId algoOrdType arbitrageNum availEq basePos baseSz cTime cancelType copyType direction fee " +
  "feeCcy floatProfit fundingFee gridNum gridProfit instFamily instId instType investment lever liqPx maxPx minPx ordFrozen " +
  "pnlRatio profitSharingRatio quoteSz rebateTrans runType slTriggerPx state stopType sz tag totalPnl tpTriggerPx " +
  "tradeQuoteCcy triggerParams uTime uly";

export const GRID_SUB_ROW =
  "accFillSz algoClOrdId algoId algoOrdType avgPx cTime ccy ctVal fee feeCcy groupId instId instType lever ordId ordType pnl " +
  "posSide px rebate rebateCcy side state sz tag tdMode uTime";

export const RECURRING_ROW =
  "algoClOrdId algoId algoOrdType amt cTime cycles instType investmentAmt investmentCcy mktCap period pnlRatio recurringDay " +
  "recurringHour recurringList recurringTime state stgyName tag timeZone totalAnnRate totalPnl tradeQuoteCcy uTime";

export const SPREAD_ORDER_ROW =
  "accFillSz avgPx cTime canceledSz cancelSource clOrdId fillPx fillSz ordId ordType pendingFillSz pendingSettleSz px side " +
  "sprdId state sz tag tradeId uTime";

export const RFQ_ROW =
  "acctAlloc allowPartialExecution cTime clRfqId counterparties flowType groupId legs rfqId state tag traderCode uTime validUntil";

export const QUOTE_ROW =
  "cTime clQuoteId clRfqId legs quoteId quoteSide reason rfqId state tag traderCode uTime validUntil";

export const DEPOSIT_ROW =
  "actualDepBlkConfirm amt areaCodeFrom ccy chain depId from fromWdId state to ts txId";

export const WITHDRAWAL_ROW =
  "amt areaCodeFrom areaCodeTo ccy chain clientId fee feeCcy from nonTradableAsset note state to toAddrType ts txId wdId";

/** Members whose value is not a text when there is none. */
const EMPTY: Readonly<Record<string, unknown>> = {
  attachAlgoOrds: [],
  basePos: false,
  linkedOrd: { ordId: "" },
  ordIdList: [],
};

/** Returns a pushed row as a list of REST has it. */
export function restRow(row: Row, members: string): Row {
  return Object.fromEntries(members.split(" ").map((name) => [name, row[name] ?? valueOf(row, name)]));
}

function valueOf(row: Row, name: string): unknown {
  // What has no `uTime` in its channel has a push time, which is as good.
  if (name === "uTime") return row["pTime"] ?? "";
  return EMPTY[name] ?? "";
}
