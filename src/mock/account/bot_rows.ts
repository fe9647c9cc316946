/** Rows of contract grids, their positions and orders, and recurring buys, with the members of the official documentation. */
import type { Row } from "./journal.ts";
import type { Begun } from "./other_rows.ts";
import { emptied } from "./venue.ts";

const FIRST_GRID_ID = 571_039_869_070_475_264n;
const FIRST_SUB_ORDER_ID = 449_518_234_142_904_321n;
const FIRST_RECURRING_ID = 644_497_312_047_435_776n;

export function contractGridRow({ number, state, bornMs, nowMs }: Begun): Row {
  return {
    actualLever: "2.34",
    activeOrdNum: state === "running" ? "10" : "0",
    algoClOrdId: "",
    algoId: contractGridId(number),
    algoOrdType: "contract_grid",
    annualizedRate: "0",
    arbitrageNum: "0",
    availEq: "52.3",
    basePos: true,
    cTime: String(bornMs),
    cancelType: "0",
    direction: "long",
    eq: "108.79",
    floatProfit: "8.79",
    gridNum: "10",
    gridProfit: "0",
    instId: "BTC-USDT-SWAP",
    instType: "SWAP",
    investment: "100",
    lever: "5",
    liqPx: "16370.4",
    maxPx: "90000",
    minPx: "40000",
    ordFrozen: "5.38",
    pTime: String(nowMs),
    perMaxProfitRate: "0.1687",
    perMinProfitRate: "0.1263",
    pnlRatio: "0.0879",
    rebateTrans: [{ rebate: "0", rebateCcy: "USDT" }],
    runPx: "64000",
    runType: "1",
    singleAmt: "1",
    slTriggerPx: "",
    state,
    stopResult: "0",
    stopType: state === "stopped" ? "1" : "0",
    sz: "100",
    tag: "",
    totalAnnualizedRate: "38.52",
    totalPnl: "8.79",
    tpTriggerPx: "",
    tradeNum: "9",
    triggerParams: [{
      triggerAction: "start",
      delaySeconds: "0",
      triggerStrategy: "instant",
      triggerType: "auto",
      triggerTime: "",
    }],
    uTime: String(nowMs),
    ...emptied("profitSharingRatio tpRatio slRatio fee fundingFee"),
    copyType: "0",
    tradeQuoteCcy: "USDT",
  };
}

export function gridPositionRow({ number, state, bornMs, nowMs }: Begun): Row {
  const held = state === "running";
  return {
    adl: "1",
    algoClOrdId: "",
    algoId: contractGridId(number),
    avgPx: "64000",
    cTime: String(bornMs),
    ccy: "USDT",
    imr: "20.8",
    instId: "BTC-USDT-SWAP",
    instType: "SWAP",
    last: "64010",
    lever: "5",
    liqPx: "16370.4",
    markPx: "64008.1",
    mgnMode: "cross",
    mgnRatio: "217.7",
    mmr: "0.4",
    notionalUsd: "104.3",
    pTime: String(nowMs),
    pos: held ? "1" : "0",
    posSide: "net",
    uTime: String(nowMs),
    upl: "0.08",
    uplRatio: "0.001",
  };
}

export function gridSubOrderRow({ number, state, bornMs, nowMs }: Begun): Row {
  const filled = state === "filled";
  return {
    accFillSz: filled ? "1" : "0",
    algoClOrdId: "",
    algoId: contractGridId(number),
    algoOrdType: "contract_grid",
    avgPx: filled ? "63000" : "0",
    cTime: String(bornMs),
    ctVal: "0.01",
    fee: filled ? "-0.126" : "0",
    feeCcy: "USDT",
    groupId: "-1",
    instId: "BTC-USDT-SWAP",
    instType: "SWAP",
    lever: "5",
    ordId: String(FIRST_SUB_ORDER_ID + BigInt(number)),
    ordType: "limit",
    pTime: String(nowMs),
    pnl: "",
    posSide: "net",
    px: "63000",
    rebate: "0",
    rebateCcy: "USDT",
    side: "buy",
    state,
    sz: "1",
    tag: "",
    tdMode: "cross",
    uTime: String(nowMs),
  };
}

export function recurringRow({ number, state, bornMs, nowMs }: Begun): Row {
  return {
    algoClOrdId: "",
    algoId: String(FIRST_RECURRING_ID + BigInt(number)),
    algoOrdType: "recurring",
    amt: "100",
    cTime: String(bornMs),
    cycles: "0",
    instType: "SPOT",
    investmentAmt: "0",
    investmentCcy: "USDC",
    mktCap: "0",
    nextInvestTime: String(bornMs + 3_600_000),
    pTime: String(nowMs),
    period: "hourly",
    pnlRatio: "0",
    recurringDay: "",
    recurringHour: "1",
    recurringList: [["BTC", "0.2"], ["ETH", "0.8"]].map(([ccy, ratio]) => ({
      avgPx: "0",
      ccy,
      profit: "0",
      px: "0",
      ratio,
      minPx: "",
      maxPx: "",
      totalAmt: "0",
    })),
    recurringTime: "12",
    state,
    stgyName: `stg${number}`,
    tag: "",
    timeZone: "8",
    totalAnnRate: "0",
    totalPnl: "0",
    uTime: String(nowMs),
    tradeQuoteCcy: "USDT",
  };
}

function contractGridId(number: number): string {
  return String(FIRST_GRID_ID + BigInt(number));
}
