/** What happens at the exchange and goes out on its sockets, one thing at a time. */
import { balance, isOpen, movePosition, moveSomeOrder, openOrder } from "./account.ts";
import { change, type Increment, snapshot } from "./book.ts";
import { type Market, ROW_FEEDS, split, SPOT } from "./market.ts";
import { type Feed, makeRow, replaces, type Row } from "./rows.ts";
import { closeBars, type Happened, liquidation, moveBar, optionTrade, trade } from "./series.ts";
import type { Arg, Sockets } from "./sockets.ts";
import type { Random } from "../random.ts";

export type Kind = "trade" | "bar" | "book";

export type Stage = {
  market: Market;
  sockets: Sockets;
  random: Random;
  /** How many of the next pushes of a kind get lost on the way while the connection lives. */
  lose: Record<Kind, number>;
  /** Feeds that nothing is sent of until a time. */
  muted: Map<Feed, number>;
};

/** One moment of an ordinary market. */
export function step(stage: Stage): void {
  const { random } = stage;
  const lot = random.next();
  if (lot < 0.32) pushRow(stage, random.pick(ROW_FEEDS));
  else if (lot < 0.57) pushTrade(stage, random.pick(SPOT.slice(0, 3)));
  else if (lot < 0.78) pushBook(stage, random.pick(["A-USDT", "C-USDT"]));
  else if (lot < 0.86) pushSomeOrder(stage);
  else if (lot < 0.92) pushPosition(stage);
  else if (lot < 0.95) pushBalance(stage);
  else if (lot < 0.975) pushLiquidation(stage);
  else pushOptionTrade(stage);
  tickBars(stage);
}

export function pushRow(stage: Stage, feed: Feed, spell?: (message: object) => string): void {
  const { market, random } = stage;
  const [channel, instId] = split(feed);
  const now = Date.now();
  if (now < (stage.muted.get(feed) ?? 0)) return;
  const row = makeRow(channel, instId, now, random);
  market.current.set(feed, row);
  sendRow(stage, feed, row, (frame) => stage.sockets.push({ channel, instId }, frame, spell));
}

function sendRow(stage: Stage, feed: Feed, row: Row, send: (frame: object) => number | boolean): void {
  // The time is taken before sending, so that nobody can have the row earlier.
  const at = Date.now();
  if (!send({ data: [row] })) return;
  const list = stage.market.sent.get(feed) ?? [];
  list.push({ at, row });
  if (list.length > 4000) list.splice(0, 2000);
  stage.market.sent.set(feed, list);
}

export function pushTrade(stage: Stage, instId: string): Happened {
  const happened = trade(stage.market.tapes.get(`trades|${instId}`)!, instId, Date.now(), stage.random);
  if (stage.lose.trade > 0) stage.lose.trade--;
  else sendTrade(stage, instId, happened);
  return happened;
}

export function sendTrade(stage: Stage, instId: string, ...list: Happened[]): void {
  sendHappened(stage, { channel: "trades", instId }, list);
}

export function pushLiquidation(stage: Stage): void {
  const happened = liquidation(
    stage.market.tapes.get("liquidation-orders|SWAP")!,
    "A-USDT-SWAP",
    Date.now(),
    stage.random,
  );
  sendHappened(stage, { channel: "liquidation-orders", instType: "SWAP" }, [happened]);
}

export function pushOptionTrade(stage: Stage): void {
  const happened = optionTrade(stage.market.tapes.get("option-trades|A-USD")!, Date.now(), stage.random);
  sendHappened(stage, { channel: "option-trades", instType: "OPTION", instFamily: "A-USD" }, [happened]);
}

function sendHappened(stage: Stage, about: Arg, list: Happened[]): void {
  const at = Date.now();
  if (stage.sockets.push(about, { data: list.map((item) => item.row) }) === 0) return;
  for (const item of list) item.sentAt ??= at;
}

export function pushBook(stage: Stage, instId: string): void {
  const book = stage.market.books.get(instId)!;
  const increment = change(book, stage.random, Date.now());
  if (stage.lose.book > 0) stage.lose.book--;
  else sendIncrement(stage, instId, increment);
}

/** Sends an increment of a book as it is, or made unreadable on the way. */
export function sendIncrement(
  stage: Stage,
  instId: string,
  increment: Increment,
  spoil: (increment: Increment) => object = (whole) => whole,
): void {
  const book = stage.market.books.get(instId)!;
  const at = Date.now();
  const count = stage.sockets.push({ channel: "books", instId }, {
    action: "update",
    data: [spoil(increment)],
  });
  if (count > 0) book.sent.push({ seqId: increment.seqId, at });
}

export function pushSomeOrder(stage: Stage): void {
  const { market: { account }, random } = stage;
  const open = [...account.orders.values()].filter(isOpen).length;
  const order = open < 2 || (open < 12 && random.chance(0.45))
    ? openOrder(account, Date.now(), random)
    : moveSomeOrder(account, Date.now(), random);
  if (order) sendOrder(stage, order);
}

export function sendOrder(stage: Stage, row: Row): void {
  const about = { channel: "orders", instType: String(row.instType), instId: String(row.instId) };
  stage.sockets.push(about, { data: [row] });
}

export function pushPosition(stage: Stage): void {
  const row = movePosition(stage.market.account, Date.now(), stage.random);
  const about = { channel: "positions", instType: "SWAP", instId: "A-USDT-SWAP" };
  stage.sockets.push(about, { eventType: "event_update", data: [row] });
}

/** A balance changes, or, while nobody listens, a currency comes or goes: then only the next snapshot shows it. */
export function pushBalance(stage: Stage): void {
  const { market: { account }, random, sockets } = stage;
  const received = [...sockets.connections].some((connection) =>
    [...connection.subscriptions.values()].some((arg) => /^account|^balance/.test(arg.channel))
  );
  if (!received && random.chance(0.3) && account.balances.size > 2) {
    account.balances.delete(random.pick([...account.balances.keys()]));
    return;
  }
  const names = received ? [...account.balances.keys()] : ["USDT", "A", "B", "C", "E"];
  const row = balance(account, random.pick(names), Date.now(), random);
  sockets.push({ channel: "account" }, { eventType: "event_update", data: [accountRow([row])] });
  sockets.push({ channel: "balance_and_position" }, { data: [balanceRow("filled", [row])] });
}

/** Bars that are over, each with its final row and the first of the next; now and then a change in between. */
export function tickBars(stage: Stage): void {
  for (const [feed, bars] of stage.market.bars) {
    const [channel, instId] = split(feed);
    const done = closeBars(bars, Date.now(), stage.random);
    for (const happened of done) {
      if (stage.lose.bar > 0) stage.lose.bar--;
      else sendFinalBar(stage, channel, instId, happened);
    }
    if (done.length === 0 && !stage.random.chance(0.05)) continue;
    if (done.length === 0) moveBar(bars, stage.random);
    if (stage.lose.bar === 0) stage.sockets.push({ channel, instId }, { data: [bars.current] });
  }
}

export function sendFinalBar(stage: Stage, channel: string, instId: string, happened: Happened): void {
  const at = Date.now();
  if (stage.sockets.push({ channel, instId }, { data: [happened.row.bar] }) > 0) happened.sentAt ??= at;
}

/** What a new subscription is sent at once: the newest row, a whole book, a snapshot of the account, or what came last. */
export function greet(stage: Stage, arg: Arg, push: (frame: object) => void): void {
  const { market } = stage;
  const { channel } = arg;
  const feed = `${channel}|${arg.instId ?? arg.instFamily ?? arg.instType ?? ""}`;
  const current = market.current.get(feed);
  if (replaces(channel) && current && Date.now() >= (stage.muted.get(feed) ?? 0)) {
    sendRow(stage, feed, current, (frame) => (push(frame), true));
  }
  const last = market.tapes.get(feed)?.list.at(-1);
  if (last) {
    const at = Date.now();
    push({ data: [last.row] });
    last.sentAt ??= at;
  }
  if (market.bars.has(feed)) push({ data: [market.bars.get(feed)!.current] });
  if (channel === "books") {
    const book = market.books.get(arg.instId!)!;
    book.sent.push({ seqId: book.seqId, at: Date.now() });
    push({ action: "snapshot", data: [snapshot(book, Date.now())] });
  }
  const { account } = market;
  const balances = [...account.balances.values()];
  if (channel === "account") {
    push({ eventType: "snapshot", curPage: 1, lastPage: true, data: [accountRow(balances)] });
  }
  if (channel === "balance_and_position") push({ data: [balanceRow("snapshot", balances)] });
  if (channel === "positions") {
    const rows = [...account.positions.values()];
    const pages = Math.max(1, Math.ceil(rows.length / 2));
    for (let page = 1; page <= pages; page++) {
      const data = rows.slice(2 * page - 2, 2 * page);
      push({ eventType: "snapshot", curPage: page, lastPage: page === pages, data });
    }
  }
}

function accountRow(details: Row[]): Row {
  return { uTime: String(Date.now()), totalEq: "4.20", isoEq: "0", adjEq: "", details };
}

function balanceRow(eventType: string, rows: Row[]): Row {
  const balData = rows.map(({ ccy, cashBal, uTime }) => ({ ccy, cashBal, uTime }));
  return { pTime: String(Date.now()), eventType, balData, posData: [], trades: [] };
}
