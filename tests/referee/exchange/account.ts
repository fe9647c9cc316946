/** The account of the exchange: orders that open and end, positions, balances. */
import { amount, type Row } from "./rows.ts";
import type { Random } from "../random.ts";

export type Account = {
  nextId: number;
  /** By id, ended ones included; a later change has a later `uTime`. */
  orders: Map<string, Row>;
  positions: Map<string, Row>;
  balances: Map<string, Row>;
};

const OVER = new Set(["filled", "canceled", "mmp_canceled"]);

export function createAccount(now: number, random: Random): Account {
  const account: Account = {
    nextId: 7_000_001,
    orders: new Map(),
    positions: new Map(),
    balances: new Map(),
  };
  for (let count = 0; count < 3; count++) openOrder(account, now, random);
  for (let count = 0; count < 3; count++) movePosition(account, now, random);
  for (const ccy of ["USDT", "A", "B"]) balance(account, ccy, now, random);
  return account;
}

export function isOpen(order: Row): boolean {
  return !OVER.has(String(order.state));
}

export function openOrder(account: Account, now: number, random: Random): Row {
  const ordId = String(account.nextId++);
  const order = {
    ...{ instType: "SPOT", instId: random.pick(["A-USDT", "B-USDT"]), ordId, clOrdId: "", ordType: "limit" },
    ...{ px: amount(random, 90, 110), sz: "5", side: "buy", state: "live", accFillSz: "0", avgPx: "" },
    ...{ tradeId: "", fillSz: "0", fillPx: "", cTime: String(now), uTime: String(now) },
  };
  account.orders.set(ordId, order);
  return order;
}

/** Any open order goes on, at times to its end; undefined when none is open. */
export function moveSomeOrder(account: Account, now: number, random: Random): Row | undefined {
  const open = [...account.orders.values()].filter(isOpen);
  return open.length === 0
    ? undefined
    : moveOrder(account, random.pick(open), now, random, random.chance(0.6));
}

export function moveOrder(account: Account, order: Row, now: number, random: Random, end: boolean): Row {
  const filled = Math.min(4, Number(order.accFillSz) + 1);
  const state = end ? random.pick(["filled", "canceled"]) : "partially_filled";
  const next = {
    ...order,
    state,
    accFillSz: state === "filled" ? "5" : state === "canceled" ? order.accFillSz : String(filled),
    uTime: String(Math.max(now, Number(order.uTime) + 1)),
  };
  account.orders.set(String(order.ordId), next);
  return next;
}

/** A position opens, changes or closes (`pos` "0"); closed ones are forgotten. */
export function movePosition(account: Account, now: number, random: Random): Row {
  const known = [...account.positions.values()];
  const old = known.length > 1 && (known.length > 5 || random.chance(0.7)) ? random.pick(known) : undefined;
  const posId = String(old?.posId ?? account.nextId++);
  const pos = old && random.chance(0.3) ? "0" : amount(random, 1, 9);
  const row = {
    ...{ instType: "SWAP", instId: "A-USDT-SWAP", mgnMode: "cross", posId, posSide: "net", pos },
    ...{ avgPx: amount(random, 90, 110), cTime: String(now), uTime: String(now), pTime: String(now) },
  };
  if (Number(pos) === 0) account.positions.delete(posId);
  else account.positions.set(posId, row);
  return row;
}

export function balance(account: Account, ccy: string, now: number, random: Random): Row {
  const row = { ccy, eq: amount(random, 1, 900), cashBal: amount(random, 1, 900), uTime: String(now) };
  account.balances.set(ccy, row);
  return row;
}
