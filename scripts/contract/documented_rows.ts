/**
 * The members of v5 rows, by channel: what the exchange documents (examples of its documentation of 2026-08-22) and what was
 * received. `[]` marks a list, `{}` an object, `#` a number, `?` a truth value, `-` a text or nothing; everything else is text. A row may lack what
 * stands behind the bar; where few rows were seen, everything does. Channels may get further members at any time.
 */
export const DOCUMENTED_ROWS: Readonly<Record<string, string>> = {
  "tickers":
    "instType instId last lastSz askPx askSz bidPx bidSz open24h high24h low24h volCcy24h vol24h sodUtc0 sodUtc8 ts |",
  "trades": "instId tradeId px sz side ts | count source seqId#",
  "option-trades": "| fillVol fwdPx idxPx instFamily instId markPx optType px side sz tradeId ts",
  "call-auction-details": "| instId unmatchedSz eqPx matchedSz state auctionEndTime ts",
  "books": "asks[] bids[] ts checksum# prevSeqId# seqId# |",
  "books5": "asks[] bids[] instId ts | seqId#",
  "bbo-tbt": "asks[] bids[] ts | seqId#",
  "books-l2-tbt": "asks[] bids[] ts checksum# |",
  "instruments":
    "| alias baseCcy category ctMult ctType ctVal ctValCcy expTime instFamily instId instType lever listTime lotSz maxIcebergSz maxLmtAmt maxLmtSz maxMktAmt maxMktSz maxStopSz maxTriggerSz maxTwapSz minSz optType quoteCcy settleCcy state ruleType stk tickSz uly auctionEndTime contTdSwTime futureSettlement? groupId openType preMktSwTime instIdCode# instCategory upcChg[]",
  "event-contract-markets":
    "| seriesId eventId instId listTime fixTime expTime state outcome floorStrike capStrike settleValue disputed? hitDir",
  "open-interest": "instId instType oi oiCcy ts | oiUsd",
  "funding-rate":
    "fundingTime instId nextFundingRate | formulaType fundingRate impactValue instType interestRate method maxFundingRate minFundingRate nextFundingTime premium settFundingRate settState ts",
  "price-limit": "| instId buyLmt sellLmt ts enabled? instType",
  "opt-summary":
    "instType instId uly delta gamma vega theta lever markVol bidVol askVol realVol deltaBS gammaBS thetaBS vegaBS ts | fwdPx volLv",
  "estimated-price": "| instId instType settlePx settleType ts",
  "mark-price": "instType instId markPx ts |",
  "index-tickers": "instId idxPx high24h low24h open24h sodUtc0 sodUtc8 ts |",
  "liquidation-orders": "| details[] instFamily instId instType uly",
  "adl-warning":
    "| instType instFamily state bal ccy maxBal maxBalTs adlType adlBal adlRecBal ts decRate adlRate adlRecRate",
  "status": "| begin end href preOpenBegin scheDesc serviceType state system maintType env title ts",
  "trades-all": "| instId tradeId px sz side ts source",
  "sprd-tickers": "| sprdId last lastSz askPx askSz bidPx bidSz open24h high24h low24h vol24h ts",
  "sprd-public-trades": "| sprdId tradeId px sz side ts",
  "sprd-books5": "| asks[] bids[] ts seqId#",
  "sprd-books-l2-tbt": "| asks[] bids[] ts checksum# prevSeqId# seqId#",
  "block-tickers": "| instType instId volCcy24h vol24h ts",
  "public-block-trades": "| fillVol fwdPx groupId idxPx instId markPx px side sz tradeId ts",
  "public-struc-block-trades": "| cTime blockTdId groupId legs[]",
  "economic-calendar":
    "| calendarId date region category event refDate actual previous forecast importance prevInitial ccy unit ts",
  "orders-algo":
    "actualPx actualSz algoClOrdId algoId cTime uTime clOrdId instId instType lever ordId ordPx ordType posSide reduceOnly side state sz tag tdMode triggerPx triggerTime | notionalUsd actualSide attachAlgoOrds[] amendResult ccy closeFraction failCode last ordIdList[] quickMgnType reqId slOrdPx slTriggerPx slTriggerPxType tgtCcy tpOrdPx tpTriggerPx tpTriggerPxType tradeQuoteCcy amendPxOnTriggerType linkedOrd{} isTradeBorrowMode triggerPxType",
  "algo-advance":
    "| actualPx actualSide actualSz algoId cTime ccy clOrdId count instId instType lever notionalUsd ordPx ordType pTime posSide pxLimit pxSpread pxVar side slOrdPx slTriggerPx state sz szLimit tdMode timeInterval tpOrdPx tpTriggerPx tag triggerPx triggerTime tradeQuoteCcy callbackRatio callbackSpread activePx moveTriggerPx failCode algoClOrdId reduceOnly isTradeBorrowMode?",
  "grid-orders-spot":
    "| algoClOrdId algoId activeOrdNum algoOrdType annualizedRate arbitrageNum baseSz cTime cancelType curBaseSz curQuoteSz floatProfit gridNum gridProfit instId instType investment maxPx minPx pTime perMaxProfitRate perMinProfitRate pnlRatio profit quoteSz rebateTrans[] runPx runType triggerParams[] singleAmt slTriggerPx state stopResult stopType tag totalAnnualizedRate totalPnl tpTriggerPx tradeNum uTime profitSharingRatio copyType tradeQuoteCcy",
  "grid-orders-contract":
    "| actualLever activeOrdNum algoClOrdId algoId algoOrdType annualizedRate arbitrageNum availEq basePos? cTime cancelType direction eq floatProfit gridNum gridProfit instId instType investment lever liqPx maxPx minPx ordFrozen pTime perMaxProfitRate perMinProfitRate pnlRatio rebateTrans[] runPx runType singleAmt slTriggerPx state stopType sz tag totalAnnualizedRate totalPnl tpTriggerPx tradeNum triggerParams[] uTime profitSharingRatio copyType tpRatio slRatio fee fundingFee",
  "grid-positions":
    "| adl algoClOrdId algoId avgPx cTime ccy imr instId instType last lever liqPx markPx mgnMode mgnRatio mmr notionalUsd pTime pos posSide uTime upl uplRatio",
  "grid-sub-orders":
    "| accFillSz algoClOrdId algoId algoOrdType avgPx cTime ctVal fee feeCcy groupId instId instType lever ordId ordType pTime pnl posSide px rebate rebateCcy side state sz tag tdMode uTime",
  "algo-recurring-buy":
    "| algoClOrdId algoId algoOrdType amt cTime cycles instType investmentAmt investmentCcy mktCap nextInvestTime pTime period pnlRatio recurringDay recurringHour recurringList[] recurringTime state stgyName tag timeZone totalAnnRate totalPnl uTime tradeQuoteCcy",
  "copytrading-lead-notification":
    "| infoType instId instType maxLeadTraderNum minLeadEq posSide side subPosId uniqueCode",
  "rfqs":
    "| cTime uTime traderCode rfqId clRfqId tag state flowType validUntil allowPartialExecution? counterparties[] legs[]",
  "quotes": "| validUntil uTime cTime legs[] quoteId rfqId tag traderCode quoteSide state reason clQuoteId",
  "struc-block-trades":
    "| cTime rfqId clRfqId quoteId clQuoteId blockTdId tag tTraderCode mTraderCode isSuccessful? errorCode legs[]",
  "sprd-orders":
    "| sprdId ordId clOrdId tag px sz ordType side fillSz fillPx tradeId accFillSz pendingFillSz pendingSettleSz canceledSz state avgPx cancelSource uTime cTime code msg reqId amendResult",
  "sprd-trades": "| sprdId tradeId ordId clOrdId tag fillPx fillSz state side execType ts legs[] code msg",
  "deposit-info":
    "| actualDepBlkConfirm amt areaCodeFrom ccy chain depId from fromWdId pTime state subAcct to ts txId uid",
  "withdrawal-info":
    "| addrEx- amt areaCodeFrom areaCodeTo ccy chain clientId fee feeCcy from memo nonTradableAsset? note pTime pmtId state subAcct tag to toAddrType ts txId uid wdId",
  "account":
    "adjEq availEq borrowFroz details[] imr isoEq mgnRatio mmr notionalUsd notionalUsdForBorrow notionalUsdForFutures notionalUsdForOption notionalUsdForSwap ordFroz totalEq uTime upl | delta deltaLever deltaNeutralStatus",
  "positions":
    "adl availPos avgPx cTime ccy deltaBS deltaPA gammaBS gammaPA hedgedPos imr instId instType interest idxPx last lever liab liabCcy liqPx markPx margin mgnMode mgnRatio mmr notionalUsd optVal pTime pendingCloseOrdLiabVal pos baseBorrowed baseInterest quoteBorrowed quoteInterest posCcy posId posSide spotInUseAmt clSpotInUseAmt maxSpotInUseAmt bizRefId bizRefType spotInUseCcy thetaBS thetaPA tradeId uTime upl uplLastPx uplRatio uplRatioLastPx vegaBS vegaPA realizedPnl pnl fee fundingFee liqPenalty nonSettleAvgPx settledPnl closeOrderAlgo[] | usdPx bePx",
  "balance_and_position": "| pTime eventType balData[] posData[] trades[]",
  "orders":
    "accFillSz avgPx cancelSource category ccy clOrdId cTime fee feeCcy fillPx fillSz fillTime instId instType lever ordId ordType pnl posSide px pxUsd pxVol pxType quickMgnType rebate rebateCcy reduceOnly side slOrdPx slTriggerPx slTriggerPxType source state stpId stpMode sz tag tdMode tgtCcy tpOrdPx tpTriggerPx tpTriggerPxType tradeId uTime isTpLimit linkedAlgoOrd{} | execType algoClOrdId algoId amendResult amendSource code fillFee fillFeeCcy fillNotionalUsd fillPnl fillPxVol fillPxUsd fillMarkVol fillFwdPx fillMarkPx fillIdxPx msg notionalUsd reqId attachAlgoClOrdId attachAlgoOrds[] tradeQuoteCcy lastPx cancelSourceReason",
  "fills": "| instId fillSz fillPx side ts ordId clOrdId tradeId execType count",
  "liquidation-warning":
    "| cTime ccy instId instType lever markPx mgnMode mgnRatio pTime pos posCcy posId posSide uTime",
  "account-greeks": "ccy deltaBS deltaPA gammaBS gammaPA thetaBS thetaPA ts vegaBS vegaPA |",
};
