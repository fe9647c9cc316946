/**
 * Rows of the account as REST gives them, in the shape in which its channels push them, and the parts of such a row: each
 * currency, and each position, comes and goes by itself.
 */
import { isRow, type Row } from "../../okx/frame.ts";
import { idText, partLifecycle, type RowLifecycle } from "../../okx/row_lifecycle.ts";
import type { Topic } from "../../okx/topic.ts";

/** Returns what a snapshot of one of the account's channels would have been, of the rows of its lists. */
export function wholeAccount({ arg, parts }: Topic, rows: readonly Row[]): readonly Row[] {
  if (parts === "balances") return rows.map((row) => ({ ...row, details: detailsOf(row, arg.ccy) }));
  if (parts === undefined) return rows;
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

/** A currency or a position; no two of an account have one id. */
export type Part = { readonly id: string; readonly row: Row };

/** The lists of a row that hold its parts, with the member that names each. */
const PARTS = [["details", "ccy"], ["balData", "ccy"], ["posData", "posId"]] as const;

/** Returns whether the rows of a topic have parts. */
export function hasParts({ parts }: Topic): boolean {
  return parts !== undefined;
}

/** Returns the parts of rows of an account. */
export function accountParts({ arg }: Topic, rows: readonly unknown[]): readonly Part[] {
  return rows.filter(isRow).flatMap((row) =>
    PARTS.flatMap(([list, name]) =>
      listOf(row, list).map((part) => ({ id: partId(name, part), row: part }))
        .filter(({ id, row: { ccy } }) => id !== "" && (arg.ccy === undefined || ccy === arg.ccy))
    )
  );
}

/** Returns how a part of the account opens and closes, by its id. */
export function lifecycleOfPart({ arg: { channel } }: Topic, id: string): RowLifecycle {
  return partLifecycle(channel, id.startsWith("ccy:") ? "ccy" : "posId");
}

/** Returns whether a part is a currency of which there is nothing, which lists leave out. */
export function isEmptyPart({ id, row }: Part): boolean {
  const amounts = AMOUNTS.map((name) => row[name]).filter((amount) => amount !== undefined && amount !== "");
  return id.startsWith("ccy:") && amounts.length > 0 && amounts.every((amount) => Number(amount) === 0);
}

const AMOUNTS = ["eq", "cashBal", "availBal", "frozenBal", "ordFrozen", "liab", "upl"];

/** Returns the rows of an account with some of their parts, and with more of them. */
export function withParts(
  rows: readonly unknown[],
  isKept: (id: string) => boolean,
  more: readonly Part[] = [],
): readonly Row[] {
  return rows.filter(isRow).map((row, i) => {
    const lists = PARTS.filter(([list]) => Array.isArray(row[list])).map(([list, name]) => {
      const added = i > 0 ? [] : more.filter(({ id }) => id.startsWith(`${name}:`)).map((part) => part.row);
      return [list, [...listOf(row, list).filter((part) => isKept(partId(name, part))), ...added]];
    });
    return { ...row, ...Object.fromEntries(lists) };
  });
}

function listOf(row: Row, name: string): readonly Row[] {
  const list = row[name];
  return Array.isArray(list) ? list.filter(isRow) : [];
}

function partId(name: string, part: Row): string {
  const id = idText(part[name]);
  return id === undefined ? "" : `${name}:${id}`;
}
