/**
 * Rows of the channels about bots, quotes, spreads, deposits and withdrawals, with the members that the official
 * documentation lists. They come now and then and have no part in the account's money, deposits and
 * withdrawals excepted.
 */
import type { Row } from "./journal.ts";
import { emptied } from "./venue.ts";

export const UID = "77982378738415879";

export function gridRow(turn: number, at: { nowMs: number; startMs: number; px: string }): Row {
  const profit = String(turn / 4);
  return {
    algoId: "568028283477164032",
    algoClOrdId: "",
    algoOrdType: "grid",
    instType: "SPOT",
    instId: "BTC-USDT",
    state: "running",
    cTime: String(at.startMs),
    uTime: String(at.nowMs),
    pTime: String(at.nowMs),
    maxPx: "90000",
    minPx: "40000",
    gridNum: "20",
    runType: "1",
    runPx: at.px,
    singleAmt: "0.00101214",
    investment: "1000",
    baseSz: "0",
    quoteSz: "1000",
    curBaseSz: "0.00101214",
    curQuoteSz: "935",
    profit,
    gridProfit: profit,
    floatProfit: "0",
    totalPnl: profit,
    pnlRatio: String(turn / 4000),
    annualizedRate: "0.1",
    totalAnnualizedRate: "0.1",
    perMaxProfitRate: "0.0145",
    perMinProfitRate: "0.0099",
    tradeNum: String(turn),
    arbitrageNum: String(Math.floor(turn / 2)),
    activeOrdNum: "20",
    ...emptied("tpTriggerPx slTriggerPx"),
    cancelType: "0",
    stopType: "2",
    stopResult: "0",
    triggerParams: [{
      triggerAction: "start",
      triggerStrategy: "instant",
      delaySeconds: "0",
      triggerType: "auto",
      triggerTime: "",
    }],
    rebateTrans: [{ rebate: "0", rebateCcy: "BTC" }, { rebate: "0", rebateCcy: "USDT" }],
    profitSharingRatio: "",
    copyType: "0",
    tradeQuoteCcy: "USDT",
    tag: "",
  };
}

/** The state of what a number of steps ago began: the last one is its end. */
export type Begun = {
  readonly number: number;
  readonly state: string;
  readonly bornMs: number;
  readonly nowMs: number;
};

export function rfqRow({ number, state, bornMs, nowMs }: Begun): Row {
  return {
    rfqId: String(22_534 + number),
    clRfqId: "",
    state,
    cTime: String(bornMs),
    uTime: String(nowMs),
    validUntil: String(bornMs + 600_000),
    traderCode: "DEMO",
    counterparties: ["DSK4", "DSK5"],
    flowType: "",
    allowPartialExecution: false,
    tag: "",
    groupId: "",
    acctAlloc: [],
    legs: [{ ...leg(), sz: "25" }],
  };
}

export function quoteRow({ number, state, bornMs, nowMs }: Begun): Row {
  return {
    quoteId: String(25_092 + number),
    clQuoteId: "",
    rfqId: String(22_534 + number),
    clRfqId: "",
    state,
    reason: "",
    quoteSide: "sell",
    traderCode: "DSK4",
    validUntil: String(bornMs + 60_000),
    tag: "",
    cTime: String(bornMs),
    uTime: String(nowMs),
    legs: [{ ...leg(), px: "0.0023", sz: "25" }],
  };
}

export function spreadOrderRow({ number, state, bornMs, nowMs }: Begun): Row {
  const filled = state === "filled";
  return {
    sprdId: "BTC-USDT_BTC-USDT-SWAP",
    ordId: String(312_269_865_356_374_016n + BigInt(number)),
    clOrdId: `b${number}`,
    tag: "",
    px: "12.5",
    sz: "0.03",
    ordType: "limit",
    side: "buy",
    state,
    fillSz: filled ? "0.03" : "0",
    fillPx: filled ? "12.5" : "",
    tradeId: filled ? String(5_000 + number) : "",
    accFillSz: filled ? "0.03" : "0",
    pendingFillSz: state === "live" ? "0.03" : "0",
    pendingSettleSz: "0",
    canceledSz: state === "canceled" ? "0.03" : "0",
    avgPx: filled ? "12.5" : "0",
    cancelSource: state === "canceled" ? "1" : "",
    code: "0",
    msg: "",
    ...emptied("reqId amendResult"),
    cTime: String(bornMs),
    uTime: String(nowMs),
  };
}

/** Returns the fill of a spread order that is filled. */
export function spreadTradeRow(begun: Begun): Row {
  const { sprdId, ordId, clOrdId, tradeId, fillPx, fillSz, side } = spreadOrderRow(begun);
  const legs = [["BTC-USDT", "sell", "64000", 1], ["BTC-USDT-SWAP", "buy", "64012.5", 2]] as const;
  return {
    sprdId,
    tradeId,
    ordId,
    clOrdId,
    tag: "",
    fillPx,
    fillSz,
    side,
    state: "filled",
    execType: "T",
    ts: String(begun.nowMs),
    legs: legs.map(([instId, side, px, nth]) => ({
      instId,
      px,
      sz: "0.03",
      szCont: nth === 2 ? "3" : "",
      side,
      fillPnl: "",
      fee: "",
      feeCcy: "",
      tradeId: String(1_000_000 + 10 * begun.number + nth),
    })),
    code: "",
    msg: "",
  };
}

export function depositRow(begun: Begun, ccy: string, amt: string): Row {
  return {
    depId: String(88_165_462 + begun.number),
    uid: UID,
    subAcct: "",
    ccy,
    chain: `${ccy}-Simulated`,
    amt,
    ...emptied("from areaCodeFrom"),
    to: "SimulatedDepositAddress",
    txId: `0xd${begun.number}`,
    state: begun.state,
    fromWdId: "",
    actualDepBlkConfirm: begun.state === "0" ? "0" : "20",
    ts: String(begun.bornMs),
    pTime: String(begun.nowMs),
  };
}

export function withdrawalRow(begun: Begun, ccy: string, amt: string): Row {
  return {
    wdId: String(63_754_560 + begun.number),
    clientId: "",
    uid: UID,
    subAcct: "",
    ccy,
    chain: `${ccy}-Simulated`,
    nonTradableAsset: false,
    amt,
    ...emptied("from areaCodeFrom"),
    to: "SimulatedWithdrawalAddress",
    areaCodeTo: "",
    toAddrType: "1",
    ...emptied("tag pmtId memo"),
    addrEx: null,
    txId: begun.state === "2" ? `0xe${begun.number}` : "",
    fee: "0",
    feeCcy: ccy,
    state: begun.state,
    note: "",
    ts: String(begun.bornMs),
    pTime: String(begun.nowMs),
  };
}

function leg(): Row {
  return {
    instId: "BTC-USDT-SWAP",
    tdMode: "cross",
    ccy: "USDT",
    side: "buy",
    posSide: "net",
    tgtCcy: "",
    tradeQuoteCcy: "",
  };
}
