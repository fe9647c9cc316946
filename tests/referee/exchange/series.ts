/** What happens once and is to be kept: trades, events, bars that have closed. */
import { amount, type Row } from "./rows.ts";
import type { Random } from "../random.ts";

/** One thing that happened at the exchange, by the clock of this machine. */
export type Happened = {
  id: string;
  at: number;
  row: Row;
  /** When it went out on a socket that was subscribed; undefined: it never did. */
  sentAt?: number;
};

export type Tape = { next: number; list: Happened[] };

export function createTape(first: number): Tape {
  return { next: first, list: [] };
}

/** The next trade of an instrument. Ids are consecutive but where `tape.next` is set to something else. */
export function trade(tape: Tape, instId: string, now: number, random: Random): Happened {
  const id = String(tape.next++);
  const row = {
    instId,
    tradeId: id,
    px: amount(random, 90, 110),
    sz: amount(random, 0.1, 9),
    side: random.pick(["buy", "sell"]),
    ts: String(now),
    count: "1",
    source: "0",
    seqId: now,
  };
  return add(tape, { id, at: now, row });
}

export function liquidation(tape: Tape, instId: string, now: number, random: Random): Happened {
  const id = String(tape.next++);
  const detail = {
    bkLoss: "0",
    bkPx: amount(random, 90, 110),
    ccy: "",
    posSide: random.pick(["long", "short"]),
    side: random.pick(["buy", "sell"]),
    sz: id,
    ts: String(now),
  };
  const row = { instType: "SWAP", instId, instFamily: "A-USDT", uly: "A-USDT", details: [detail] };
  return add(tape, { id, at: now, row });
}

export function optionTrade(tape: Tape, now: number, random: Random): Happened {
  const id = String(tape.next++);
  const row = {
    instId: "A-USD-271231-100-C",
    instFamily: "A-USD",
    tradeId: id,
    px: amount(random, 0.01, 0.2),
    sz: String(random.int(1, 9)),
    side: random.pick(["buy", "sell"]),
    optType: "C",
    fillVol: "0.5",
    fwdPx: amount(random, 90, 110),
    idxPx: amount(random, 90, 110),
    markPx: "0.1",
    ts: String(now),
  };
  return add(tape, { id, at: now, row });
}

export function fill(tape: Tape, instId: string, now: number, random: Random): Happened {
  const id = String(tape.next++);
  const row = {
    instId,
    fillSz: amount(random, 0.1, 9),
    fillPx: amount(random, 90, 110),
    side: "buy",
    ts: String(now),
    ordId: `9${id}`,
    clOrdId: "0",
    tradeId: id,
    execType: "T",
    count: "1",
  };
  return add(tape, { id, at: now, row });
}

function add(tape: Tape, happened: Happened): Happened {
  tape.list.push(happened);
  return happened;
}

export type Bars = { ms: number; current: string[]; closed: Happened[] };

/** A series of bars with some history, as if the exchange had run before. */
export function createBars(ms: number, history: number, now: number, random: Random): Bars {
  const start = Math.floor(now / ms) * ms;
  const closed: Happened[] = [];
  for (let index = history; index > 0; index--) {
    const ts = start - index * ms;
    closed.push({ id: String(ts), at: ts + ms, row: { bar: bar(ts, "1", random) } });
  }
  return { ms, current: bar(start, "0", random), closed };
}

/** Closes the bars whose time is over; each comes back in order. */
export function closeBars(bars: Bars, now: number, random: Random): Happened[] {
  const done: Happened[] = [];
  while (Number(bars.current[0]) + bars.ms <= now) {
    const ts = Number(bars.current[0]);
    const final = [...bars.current.slice(0, -1), "1"];
    const happened: Happened = { id: String(ts), at: ts + bars.ms, row: { bar: final } };
    bars.closed.push(happened);
    done.push(happened);
    bars.current = bar(ts + bars.ms, "0", random);
  }
  return done;
}

/** Something changes within the bar that is still open. */
export function moveBar(bars: Bars, random: Random): void {
  bars.current = [bars.current[0]!, ...bar(0, "0", random).slice(1)];
}

function bar(ts: number, confirm: string, random: Random): string[] {
  const close = amount(random, 99, 101);
  return [String(ts), "100.0", "110.00", "90", close, amount(random, 1, 9), "1", "1", confirm];
}
