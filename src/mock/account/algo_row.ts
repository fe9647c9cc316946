/** Rows of `orders-algo` and `algo-advance`, with exactly the members that the official documentation lists. */
import { formatAmount, formatSteps } from "../market/decimal.ts";
import type { Listing } from "../market/listing.ts";
import type { Row } from "./journal.ts";
import { emptied } from "./venue.ts";

export type Algo = {
  readonly algoId: string;
  readonly listing: Listing;
  readonly channel: "orders-algo" | "algo-advance";
  readonly side: "buy" | "sell";
  readonly ticks: number;
  readonly lots: number;
  readonly createdMs: number;
};

export type AlgoNews = {
  readonly state: "live" | "effective" | "canceled";
  readonly usd: number;
  readonly nowMs: number;
  /** The order that it became. */
  readonly ordId?: string;
  readonly actualTicks?: number;
};

export function algoRow(algo: Algo, news: AlgoNews): Row {
  return algo.channel === "orders-algo" ? triggerRow(algo, news) : icebergRow(algo, news);
}

function triggerRow(algo: Algo, news: AlgoNews): Row {
  const { instrument } = algo.listing;
  const { price } = instrument;
  return {
    ...shared(algo, news),
    ordIdList: news.ordId === undefined ? [] : [news.ordId],
    subAlgoIdList: [],
    closeFraction: "",
    ordType: "trigger",
    ...emptied("tpTriggerPx tpTriggerPxType tpOrdPx slTriggerPx slTriggerPxType slOrdPx"),
    triggerPx: formatSteps(algo.ticks, price),
    triggerPxType: "last",
    ordPx: "-1",
    advanceOrdType: "",
    advChaseParams: [],
    ...emptied("chaseType chaseVal maxChaseType maxChaseVal"),
    last: formatSteps(algo.listing.markTicks(news.nowMs), price),
    ...emptied("reqId amendResult"),
    amendPxOnTriggerType: "0",
    attachAlgoOrds: [],
    linkedOrd: { ordId: "" },
    isTradeBorrowMode: "",
    quickMgnType: "",
    uTime: String(news.nowMs),
  };
}

function icebergRow(algo: Algo, news: AlgoNews): Row {
  const { price, lot } = algo.listing.instrument;
  return {
    ...shared(algo, news),
    ordType: "iceberg",
    pxVar: "",
    pxSpread: formatSteps(10, price),
    szLimit: formatSteps(Math.max(1, Math.floor(algo.lots / 4)), lot),
    pxLimit: formatSteps(algo.ticks, price),
    timeInterval: "",
    count: "1",
    ...emptied("callbackRatio callbackSpread activePx moveTriggerPx"),
    ...emptied("tpTriggerPx tpOrdPx slTriggerPx slOrdPx triggerPx ordPx"),
    isTradeBorrowMode: false,
    pTime: String(news.nowMs),
  };
}

function shared(algo: Algo, news: AlgoNews): Row {
  const { instrument } = algo.listing;
  const { price, lot } = instrument;
  const spot = instrument.instType === "SPOT";
  const done = news.state === "effective";
  return {
    instType: instrument.instType,
    instId: instrument.instId,
    algoId: algo.algoId,
    algoClOrdId: "",
    ordId: news.ordId ?? "",
    ...emptied("clOrdId ccy tag"),
    tdMode: spot ? "cash" : "cross",
    tgtCcy: spot ? "base_ccy" : "",
    tradeQuoteCcy: spot ? instrument.quote : "",
    lever: spot ? "0" : "10",
    side: algo.side,
    posSide: "net",
    sz: formatSteps(algo.lots, lot),
    reduceOnly: "false",
    state: news.state,
    actualSz: done ? formatSteps(algo.lots, lot) : "0",
    actualPx: news.actualTicks === undefined ? "" : formatSteps(news.actualTicks, price),
    actualSide: "",
    notionalUsd: formatAmount(news.usd),
    triggerTime: done ? String(news.nowMs) : "",
    failCode: "",
    cTime: String(algo.createdMs),
  };
}
