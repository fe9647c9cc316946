/**
 * The balances of the simulated demo account, as the `account` channel tells of them: a snapshot at first and
 * every five seconds. They never change, because nobody trades on it.
 */
import { formatAmount } from "./decimal.ts";
import type { Arg, Feed, Push } from "./feed.ts";
import type { Market } from "./market.ts";

const UID = "77982378738415879";
const REGULAR_MS = 5000;

const BALANCES: readonly (readonly [ccy: string, amount: string])[] = [
  ["USDT", "10000"],
  ["BTC", "0.5"],
  ["ETH", "4"],
];

/** `eventType`, `curPage` and `lastPage` as on snapshots since 2025-03-12. */
export function accountFeed(market: Market, arg: Arg): Feed | undefined {
  const balances = BALANCES.filter(([ccy]) => arg["ccy"] === undefined || arg["ccy"] === ccy);
  const regular = !(arg["extraParams"] ?? "").includes('"updateInterval":"0"');
  let sentMs = 0;
  const push = (nowMs: number): Push[] => {
    sentMs = nowMs;
    return [{
      arg: { uid: UID },
      members: { eventType: "snapshot", curPage: 1, lastPage: true },
      data: [accountRow(market, balances, nowMs)],
    }];
  };
  return {
    first: (nowMs) => sentMs === 0 ? push(nowMs) : push(sentMs),
    next: (nowMs) => regular && nowMs - sentMs >= REGULAR_MS ? push(nowMs) : [],
  };
}

function accountRow(market: Market, balances: typeof BALANCES, nowMs: number): Record<string, unknown> {
  const dollars = (ccy: string) => ccy === "USDT" ? 1 : market.fair.index(`${ccy}-USD`, nowMs);
  const total = BALANCES.reduce((sum, [ccy, amount]) => sum + Number(amount) * dollars(ccy), 0);
  return {
    uTime: String(nowMs),
    totalEq: formatAmount(total, 10),
    ...emptied("isoEq adjEq availEq ordFroz imr mmr borrowFroz mgnRatio notionalUsd notionalUsdForBorrow"),
    ...emptied("notionalUsdForSwap notionalUsdForFutures notionalUsdForOption upl delta deltaLever"),
    ...emptied("deltaNeutralStatus"),
    details: balances.map(([ccy, amount]) => ({
      ccy,
      eq: amount,
      cashBal: amount,
      uTime: String(market.startMs),
      ...emptied("isoEq availEq disEq fixedBal"),
      availBal: amount,
      frozenBal: "0",
      ordFrozen: "0",
      ...emptied(
        "liab upl uplLiab crossLiab isoLiab rewardBal mgnRatio imr mmr interest twap frpType maxLoan",
      ),
      eqUsd: formatAmount(Number(amount) * dollars(ccy), 10),
      ...emptied("borrowFroz notionalLever"),
      coinUsdPrice: formatAmount(dollars(ccy), 5),
      ...emptied("stgyEq isoUpl spotInUseAmt clSpotInUseAmt maxSpotInUseAmt spotIsoBal smtSyncEq"),
      ...emptied("spotCopyTradingEq"),
      spotBal: amount,
      ...emptied("openAvgPx accAvgPx spotUpl spotUplRatio totalPnl totalPnlRatio colRes"),
      colBorrAutoConversion: "0",
      collateralRestrict: false,
      collateralEnabled: false,
      ...emptied("autoLendStatus autoLendMtAmt"),
    })),
  };
}

function emptied(names: string): Record<string, string> {
  return Object.fromEntries(names.split(" ").map((name) => [name, ""]));
}
