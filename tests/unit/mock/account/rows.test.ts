/** Rows of the simulated account against the official tables of members. */
import assert from "node:assert/strict";
import type { SimulatedTrader } from "../../../../src/mock/account/simulated_trader.ts";
import type { TraderActionName } from "../../../../src/mock/account/trader_action_names.ts";
import { PRIVATE_CHANNELS } from "../../../../src/mock/account/channels.ts";
import type { Push } from "../../../../src/mock/feeds/feed.ts";
import { createMarket } from "../../../../src/mock/market/market.ts";

const START = Date.UTC(2026, 7, 14, 9, 30);
type Row = Record<string, unknown>;

/** The contract grid of the first \`begin\`. */
const FIRST_GRID = "571039869070975264";

/** The members that the official documentation lists, and the moves after which there is a row. */
const TABLES: readonly (readonly [channel: string, moves: readonly TraderActionName[], members: string])[] = [
  [
    "account",
    [],
    "uTime totalEq isoEq adjEq availEq ordFroz imr mmr borrowFroz mgnRatio notionalUsd notionalUsdForBorrow " +
    "notionalUsdForSwap notionalUsdForFutures notionalUsdForOption upl delta deltaLever deltaNeutralStatus details",
  ],
  [
    "positions",
    [],
    "instType instId mgnMode posId posSide pos hedgedPos posCcy availPos avgPx nonSettleAvgPx upl uplRatio uplLastPx " +
    "uplRatioLastPx lever liqPx markPx imr margin mgnRatio mmr liab liabCcy interest tradeId notionalUsd optVal " +
    "pendingCloseOrdLiabVal adl bizRefId bizRefType ccy last idxPx usdPx bePx deltaBS deltaPA gammaBS gammaPA thetaBS " +
    "thetaPA vegaBS vegaPA spotInUseAmt spotInUseCcy clSpotInUseAmt maxSpotInUseAmt realizedPnl pnl fee fundingFee " +
    "liqPenalty settledPnl closeOrderAlgo cTime uTime pTime " +
    "baseBal quoteBal baseBorrowed baseInterest quoteBorrowed quoteInterest",
  ],
  ["balance_and_position", [], "pTime eventType balData posData trades"],
  [
    "orders",
    ["place"],
    "instType instId ordId clOrdId tag ccy tgtCcy tradeQuoteCcy px pxUsd pxVol pxType sz notionalUsd ordType side posSide " +
    "tdMode lever state accFillSz avgPx fillPx tradeId fillSz fillPnl fillTime fillFee fillFeeCcy fillPxVol fillPxUsd " +
    "fillMarkVol fillFwdPx fillMarkPx fillIdxPx execType fillNotionalUsd fee feeCcy rebate rebateCcy pnl lastPx category " +
    "source cancelSource amendSource amendResult reqId reduceOnly stpMode stpId code msg algoId algoClOrdId " +
    "attachAlgoClOrdId attachAlgoOrds linkedAlgoOrd tpTriggerPx tpTriggerPxType tpOrdPx slTriggerPx slTriggerPxType " +
    "slOrdPx isTpLimit quickMgnType outcome cTime uTime",
  ],
  ["fills", ["fill"], "instId fillSz fillPx side ts ordId clOrdId tradeId execType count"],
  [
    "liquidation-warning",
    ["warn"],
    "instType instId mgnMode posId posSide pos posCcy lever markPx mgnRatio ccy cTime uTime pTime",
  ],
  ["account-greeks", [], "ccy deltaBS deltaPA gammaBS gammaPA thetaBS thetaPA vegaBS vegaPA ts"],
  [
    "orders-algo",
    ["algo"],
    "instType instId algoId algoClOrdId ordId ordIdList subAlgoIdList clOrdId ccy tag tdMode tgtCcy tradeQuoteCcy lever " +
    "side posSide sz closeFraction reduceOnly ordType state tpTriggerPx tpTriggerPxType tpOrdPx slTriggerPx " +
    "slTriggerPxType slOrdPx triggerPx triggerPxType ordPx advanceOrdType advChaseParams chaseType chaseVal maxChaseType " +
    "maxChaseVal last actualSz actualPx actualSide notionalUsd triggerTime failCode reqId amendResult " +
    "amendPxOnTriggerType attachAlgoOrds linkedOrd isTradeBorrowMode quickMgnType cTime uTime",
  ],
  [
    "algo-advance",
    ["algo", "algo"],
    "instType instId algoId algoClOrdId ordId clOrdId ccy tag tdMode tgtCcy tradeQuoteCcy lever side posSide sz reduceOnly " +
    "ordType state pxVar pxSpread szLimit pxLimit timeInterval count callbackRatio callbackSpread activePx moveTriggerPx " +
    "tpTriggerPx tpOrdPx slTriggerPx slOrdPx triggerPx ordPx actualSz actualPx actualSide notionalUsd triggerTime " +
    "failCode isTradeBorrowMode cTime pTime",
  ],
  [
    "grid-orders-spot",
    [],
    "algoId algoClOrdId algoOrdType instType instId state cTime uTime pTime maxPx minPx gridNum runType runPx singleAmt " +
    "investment baseSz quoteSz curBaseSz curQuoteSz profit gridProfit floatProfit totalPnl pnlRatio annualizedRate " +
    "totalAnnualizedRate perMaxProfitRate perMinProfitRate tradeNum arbitrageNum activeOrdNum tpTriggerPx slTriggerPx " +
    "cancelType stopType stopResult triggerParams rebateTrans profitSharingRatio copyType tradeQuoteCcy tag",
  ],
  [
    "grid-orders-contract",
    ["begin"],
    "algoId algoClOrdId algoOrdType instType instId state cTime uTime pTime maxPx minPx gridNum runType runPx singleAmt " +
    "investment gridProfit floatProfit totalPnl pnlRatio annualizedRate totalAnnualizedRate perMaxProfitRate " +
    "perMinProfitRate tradeNum arbitrageNum activeOrdNum tpTriggerPx slTriggerPx cancelType stopType stopResult " +
    "triggerParams rebateTrans profitSharingRatio copyType tradeQuoteCcy tag direction basePos sz lever actualLever liqPx " +
    "ordFrozen availEq eq tpRatio slRatio fee fundingFee",
  ],
  [
    "grid-positions",
    ["begin"],
    "algoId algoClOrdId instType instId cTime uTime pTime avgPx ccy lever liqPx posSide pos mgnMode mgnRatio imr mmr upl " +
    "uplRatio last notionalUsd adl markPx",
  ],
  [
    "grid-sub-orders",
    ["begin"],
    "algoId algoClOrdId algoOrdType instType instId groupId ordId ordType tdMode side posSide state px sz avgPx accFillSz fee " +
    "feeCcy rebate rebateCcy pnl ctVal lever tag cTime uTime pTime",
  ],
  [
    "algo-recurring-buy",
    ["begin"],
    "algoId algoClOrdId algoOrdType instType state stgyName cTime uTime pTime period recurringDay recurringHour " +
    "recurringTime timeZone amt investmentAmt investmentCcy nextInvestTime totalPnl totalAnnRate pnlRatio mktCap cycles tag " +
    "tradeQuoteCcy recurringList",
  ],
  [
    "sprd-trades",
    ["begin", "end"],
    "sprdId tradeId ordId clOrdId tag fillPx fillSz side state execType code msg ts legs",
  ],
  [
    "rfqs",
    ["rfq"],
    "rfqId clRfqId state cTime uTime validUntil traderCode counterparties flowType allowPartialExecution tag groupId " +
    "acctAlloc legs",
  ],
  [
    "quotes",
    ["rfq"],
    "quoteId clQuoteId rfqId clRfqId state reason quoteSide traderCode validUntil tag cTime uTime legs",
  ],
  [
    "sprd-orders",
    ["spread"],
    "sprdId ordId clOrdId tag px sz ordType side state fillSz fillPx tradeId accFillSz pendingFillSz pendingSettleSz " +
    "canceledSz avgPx cancelSource code msg reqId amendResult cTime uTime",
  ],
  [
    "deposit-info",
    ["deposit"],
    "depId uid subAcct ccy chain amt from areaCodeFrom to txId state fromWdId actualDepBlkConfirm ts pTime",
  ],
  [
    "withdrawal-info",
    ["withdraw"],
    "wdId clientId uid subAcct ccy chain nonTradableAsset amt from areaCodeFrom to areaCodeTo toAddrType tag pmtId memo " +
    "addrEx txId fee feeCcy state note ts pTime",
  ],
];
for (const [channel, moves, members] of TABLES) {
  Deno.test(`every row of ${channel} has the members of the official table and no others`, () => {
    const rows = reported(channel, moves);
    assert.ok(rows.length > 0);
    for (const row of rows) assert.deepEqual(Object.keys(row).sort(), members.split(" ").sort());
  });
}

Deno.test("there is a table for every private channel that the account speaks", () => {
  assert.deepEqual(
    TABLES.map(([channel]) => channel).sort(),
    PRIVATE_CHANNELS.map(({ name }) => name).sort(),
  );
});

Deno.test("details, balData and posData have the members of their tables", () => {
  const [account] = reported("account", []);
  const [both] = reported("balance_and_position", []);
  const members = (value: unknown) => Object.keys((value as Row[])[0] ?? {}).sort();
  const details =
    "ccy eq cashBal uTime isoEq availEq disEq fixedBal availBal frozenBal ordFrozen liab upl uplLiab crossLiab isoLiab " +
    "rewardBal mgnRatio imr mmr interest twap frpType maxLoan eqUsd borrowFroz notionalLever coinUsdPrice stgyEq isoUpl " +
    "spotInUseAmt clSpotInUseAmt maxSpotInUseAmt spotIsoBal smtSyncEq spotCopyTradingEq spotBal openAvgPx accAvgPx " +
    "spotUpl spotUplRatio totalPnl totalPnlRatio colRes colBorrAutoConversion collateralRestrict collateralEnabled " +
    "autoLendStatus autoLendMtAmt";
  assert.deepEqual(members(account?.["details"]), details.split(" ").sort());
  assert.deepEqual(members(both?.["balData"]), ["cashBal", "ccy", "uTime"]);
  const posData =
    "posId tradeId instId instType mgnMode avgPx ccy posSide pos posCcy nonSettleAvgPx settledPnl uTime";
  assert.deepEqual(members(both?.["posData"]), posData.split(" ").sort());
});

Deno.test("numbers of private rows are texts that are numbers", () => {
  for (const [channel, moves] of TABLES) {
    const text = JSON.stringify(reported(channel, moves));
    assert.doesNotMatch(text, /NaN|Infinity|undefined|e[-+]\d/, channel);
  }
});

/** All rows of a channel after some moves, begun from the start. */
function reported(channel: string, moves: readonly TraderActionName[]): Row[] {
  const { trader } = createMarket({ seed: 5, startMs: START });
  const arg = { channel, ...(argsOf(channel)) };
  const feed = PRIVATE_CHANNELS.find(({ name }) => name === channel)?.open(trader, arg);
  assert.ok(feed !== undefined, channel);
  const rows = (pushes: readonly Push[]) => pushes.flatMap(({ data }) => data as readonly Row[]);
  const first = rows(feed.first(START));
  return [...first, ...moves.flatMap((move, index) => after(trader, move, START + index + 1))];

  function after(one: SimulatedTrader, move: TraderActionName, nowMs: number): Row[] {
    one.act(move, nowMs);
    return rows(feed!.next(nowMs));
  }
}

function argsOf(channel: string): Record<string, string> {
  const typed = [
    ...["positions", "orders", "liquidation-warning", "orders-algo", "algo-advance", "grid-orders-spot"],
    ...["grid-orders-contract", "algo-recurring-buy"],
  ];
  if (channel === "grid-positions" || channel === "grid-sub-orders") return { algoId: FIRST_GRID };
  return typed.includes(channel) ? { instType: "ANY" } : {};
}
