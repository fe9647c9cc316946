/** Rows of the account as REST gives them, in the shape in which its channels push them. */
import type { Row } from "../okx/frame.ts";
import type { Topic } from "../okx/topic.ts";

/** What a snapshot of one of the account's channels would have been, of the rows of its lists. */
export function wholeAccount({ arg }: Topic, rows: readonly Row[]): readonly Row[] {
  if (arg.channel === "account") return rows.map((row) => ({ ...row, details: detailsOf(row, arg.ccy) }));
  if (arg.channel !== "balance_and_position") return rows;
  const balances = rows.flatMap((row) => detailsOf(row, undefined));
  const positions = rows.filter(({ posId }) => posId !== undefined);
  return [{
    eventType: "snapshot",
    pTime: String(Math.max(0, ...rows.map(({ uTime }) => Number(uTime) || 0))),
    balData: balances.map(({ ccy, cashBal, uTime }) => ({ ccy, cashBal, uTime })),
    posData: positions.map((row) => Object.fromEntries(POSITION.map((name) => [name, row[name] ?? ""]))),
    trades: [],
  }];
}

/** Members of a position in `balance_and_position` (OKX v5, "Balance and position channel"). */
const POSITION = [
  ...["posId", "tradeId", "instId", "instType", "mgnMode", "posSide", "pos", "ccy", "posCcy", "avgPx"],
  ...["nonSettleAvgPx", "settledPnl", "uTime"],
];

function detailsOf({ details }: Row, ccy: string | undefined): readonly Row[] {
  const rows = (Array.isArray(details) ? details : []) as readonly Row[];
  return rows.filter((row) => ccy === undefined || row.ccy === ccy);
}
