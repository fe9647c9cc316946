/** Rows of `orders` and `fills`, with exactly the members that the official documentation lists. */
import { formatAmount, formatSteps } from "../market/decimal.ts";
import type { Listing } from "../market/listing.ts";
import type { Row } from "./journal.ts";
import { emptied } from "./venue.ts";

export type Order = {
  readonly ordId: string;
  readonly clOrdId: string;
  readonly listing: Listing;
  readonly side: "buy" | "sell";
  readonly ordType: "limit" | "market";
  readonly lots: number;
  readonly createdMs: number;
  /** The trigger order behind it, if any. */
  readonly algoId: string;
  ticks: number;
  filled: number;
  /** Ticks times lots of all fills. */
  worth: number;
  fee: number;
  pnl: number;
  state: "live" | "partially_filled" | "filled" | "canceled";
};

export type OrderFill = {
  readonly tradeId: string;
  readonly ticks: number;
  readonly lots: number;
  readonly fee: number;
  readonly feeCcy: string;
  readonly pnl: number;
  readonly usd: number;
};

/** What one push has beyond the order itself. */
export type OrderNews = {
  readonly nowMs: number;
  readonly usd: number;
  readonly feeCcy: string;
  readonly fill?: OrderFill;
  readonly reqId?: string;
};

export function orderRow(order: Order, news: OrderNews): Row {
  const { instrument } = order.listing;
  const { price, lot } = instrument;
  const { fill, nowMs } = news;
  const spot = instrument.instType === "SPOT";
  return {
    instType: instrument.instType,
    instId: instrument.instId,
    ordId: order.ordId,
    clOrdId: order.clOrdId,
    tag: "",
    ccy: "",
    tgtCcy: spot && order.ordType === "market" ? "base_ccy" : "",
    tradeQuoteCcy: spot ? instrument.quote : "",
    px: order.ordType === "market" ? "" : formatSteps(order.ticks, price),
    ...emptied("pxUsd pxVol pxType"),
    sz: formatSteps(order.lots, lot),
    notionalUsd: formatAmount(news.usd),
    ordType: order.ordType,
    side: order.side,
    posSide: spot ? "" : "net",
    tdMode: spot ? "cash" : "cross",
    lever: spot ? "0" : "10",
    state: order.state,
    accFillSz: formatSteps(order.filled, lot),
    avgPx: order.filled === 0 ? "0" : formatAmount(order.worth / order.filled * price.size),
    fillPx: fill === undefined ? "" : formatSteps(fill.ticks, price),
    tradeId: fill?.tradeId ?? "",
    fillSz: formatSteps(fill?.lots ?? 0, lot),
    fillPnl: formatAmount(fill?.pnl ?? 0),
    fillTime: fill === undefined ? "" : String(nowMs),
    fillFee: formatAmount(fill?.fee ?? 0),
    fillFeeCcy: fill?.feeCcy ?? "",
    ...emptied("fillPxVol fillPxUsd fillMarkVol fillFwdPx"),
    fillMarkPx: fill === undefined || spot ? "" : formatSteps(order.listing.markTicks(nowMs), price),
    fillIdxPx: "",
    execType: fill === undefined ? "" : execType(order),
    fillNotionalUsd: fill === undefined ? "" : formatAmount(fill.usd),
    fee: formatAmount(order.fee),
    feeCcy: news.feeCcy,
    rebate: "0",
    rebateCcy: spot ? instrument.quote : news.feeCcy,
    pnl: formatAmount(order.pnl),
    lastPx: formatSteps(order.listing.markTicks(nowMs), price),
    category: "normal",
    source: order.algoId === "" ? "" : "6",
    cancelSource: order.state === "canceled" ? "1" : "",
    amendSource: news.reqId === undefined ? "" : "1",
    amendResult: news.reqId === undefined ? "" : "0",
    reqId: news.reqId ?? "",
    reduceOnly: "false",
    ...emptied("stpMode stpId"),
    code: "0",
    msg: "",
    algoId: order.algoId,
    ...emptied("algoClOrdId attachAlgoClOrdId"),
    attachAlgoOrds: [],
    linkedAlgoOrd: { algoId: "" },
    ...emptied("tpTriggerPx tpTriggerPxType tpOrdPx slTriggerPx slTriggerPxType slOrdPx"),
    isTpLimit: "false",
    ...emptied("quickMgnType outcome"),
    cTime: String(order.createdMs),
    uTime: String(nowMs),
  };
}

/** Returns the row of `fills`. A client's own id is given only when it is a number, else `0`. */
export function fillRow(order: Order, fill: OrderFill, nowMs: number): Row {
  const { instrument } = order.listing;
  return {
    instId: instrument.instId,
    fillSz: formatSteps(fill.lots, instrument.lot),
    fillPx: formatSteps(fill.ticks, instrument.price),
    side: order.side,
    ts: String(nowMs),
    ordId: order.ordId,
    clOrdId: /^[1-9]\d{0,17}$/.test(order.clOrdId) ? order.clOrdId : "0",
    tradeId: fill.tradeId,
    execType: execType(order),
    count: "1",
  };
}

/** Limit orders of the simulated trader wait in the book, so they make; market orders take. */
function execType({ ordType }: Order): string {
  return ordType === "market" ? "T" : "M";
}
