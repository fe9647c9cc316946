/** What the exchange does wrong: on its connections, in its answers, in what it sends. */
import { change, heartbeat, reset } from "../exchange/book.ts";
import { isOpen, moveOrder, openOrder } from "../exchange/account.ts";
import {
  pushBook,
  pushLiquidation,
  pushOptionTrade,
  pushRow,
  pushSomeOrder,
  pushTrade,
  sendFinalBar,
  sendIncrement,
  sendOrder,
  sendTrade,
  type Stage,
} from "../exchange/flow.ts";
import { instrument, split } from "../exchange/market.ts";
import { trade } from "../exchange/series.ts";
import type { Endpoint } from "../exchange/sockets.ts";
import { type Environment, later } from "../environment.ts";
import { sleep, until } from "../wait.ts";
import { play } from "./action.ts";

const ENDPOINTS = ["public", "private", "business", "all"] as const;

function connections(environment: Environment, where: Endpoint | "all") {
  return [...environment.exchange.stage.sockets.connections].filter(({ endpoint }) =>
    where === "all" || endpoint === where
  );
}

/** Things that happen while nobody is connected, so that there is something to be missed. */
function happen({ stage }: Environment["exchange"], count: number): void {
  for (let index = 0; index < count; index++) {
    pushTrade(stage, index % 2 === 0 ? "A-USDT" : "B-USDT");
    if (index % 3 === 0) pushSomeOrder(stage);
    if (index % 5 === 0) pushLiquidation(stage);
    if (index % 7 === 0) pushOptionTrade(stage);
  }
}

export const EXCHANGE_PLAYS = {
  "drop": play(
    (random) => ({ where: random.pick(ENDPOINTS), hard: random.chance(0.5), missed: random.int(0, 40) }),
    (environment, { where, hard, missed }) => {
      for (const { socket } of connections(environment, where)) {
        if (hard) socket.destroy();
        else socket.close(1001);
      }
      happen(environment.exchange, missed);
    },
  ),
  "refuse dials": play(
    (random) => ({ ms: random.int(500, 5000), missed: random.int(0, 60) }),
    (environment, { ms, missed }) => {
      environment.exchange.stage.sockets.manners.dialsRefusedUntil = Date.now() + ms;
      for (const { socket } of connections(environment, "all")) socket.destroy();
      happen(environment.exchange, missed);
    },
  ),
  "silence": play(
    (random) => ({ ms: random.chance(0.8) ? random.int(500, 4000) : 32_000 }),
    (environment, { ms }) => {
      const { manners } = environment.exchange.stage.sockets;
      manners.silentUntil = Math.max(manners.silentUntil, Date.now() + ms);
      // What was not sent never comes: the connections end.
      later(environment, async () => {
        await until(40_000, () => Date.now() >= manners.silentUntil);
        for (const { socket } of connections(environment, "all")) socket.destroy();
      });
    },
  ),
  "lose": play(
    (random) => ({ kind: random.pick(["trade", "bar", "book"] as const), count: random.int(1, 6) }),
    ({ exchange }, { kind, count }) => {
      exchange.stage.lose[kind] += count;
    },
  ),
  "repeat": play(
    (random) => ({
      what: random.pick(["trade", "trades", "order", "bar", "liquidation", "heartbeat"] as const),
    }),
    ({ exchange: { stage } }, { what }) => {
      const { market } = stage;
      if (what === "trade" || what === "trades") {
        const sent = market.tapes.get("trades|A-USDT")!.list.filter((item) => item.sentAt !== undefined);
        sendTrade(stage, "A-USDT", ...sent.slice(what === "trade" ? -1 : -8));
      } else if (what === "order") {
        const order = [...market.account.orders.values()].findLast((row) => !isOpen(row));
        if (order) sendOrder(stage, order);
      } else if (what === "bar") {
        const last = market.bars.get("candle1s|A-USDT")!.closed.at(-1);
        if (last?.sentAt !== undefined) sendFinalBar(stage, "candle1s", "A-USDT", last);
      } else if (what === "liquidation") {
        const last = market.tapes.get("liquidation-orders|SWAP")!.list.at(-1);
        const about = { channel: "liquidation-orders", instType: "SWAP" };
        if (last?.sentAt !== undefined) stage.sockets.push(about, { data: [last.row] });
      } else {
        sendIncrement(stage, "A-USDT", heartbeat(market.books.get("A-USDT")!, Date.now()));
      }
    },
  ),
  "disorder": play(
    (random) => ({ what: random.pick(["trade", "order", "ended order", "bar"] as const) }),
    ({ exchange: { stage } }, { what }) => disorder(stage, what),
  ),
  "burst": play(
    (random) => ({ count: random.int(20, 300) }),
    ({ exchange: { stage } }, { count }) => {
      for (let index = 0; index < count; index++) {
        pushTrade(stage, "A-USDT");
        pushBook(stage, "A-USDT");
      }
    },
  ),
  "trade ids": play(
    (random) => ({ how: random.pick(["restart", "absurd", "skip"] as const) }),
    ({ exchange: { stage } }, { how }) => {
      const tape = stage.market.tapes.get("trades|A-USDT")!;
      const { next } = tape;
      if (how === "skip") pushLost(stage);
      else if (how === "restart") tape.next = Math.floor(next / 10_000_000) * 10_000_000 - 20_000_000;
      else {
        // Each of them once, or they could not be told apart.
        tape.next = 9_000_000_000_000_000 + tape.list.length;
        pushTrade(stage, "A-USDT");
        tape.next = next;
      }
    },
  ),
  "spoiled book": play(
    (random) => ({ how: random.pick(["no seqId", "text", "level", "reset"] as const) }),
    ({ exchange: { stage } }, { how }) => {
      const book = stage.market.books.get("A-USDT")!;
      if (how === "reset") return sendIncrement(stage, "A-USDT", reset(book, stage.random, Date.now()));
      const increment = change(book, stage.random, Date.now());
      sendIncrement(
        stage,
        "A-USDT",
        increment,
        ({ seqId, prevSeqId, ...rest }) =>
          how === "no seqId"
            ? rest
            : how === "text"
            ? { ...rest, seqId: "soon", prevSeqId: "late" }
            : { ...rest, asks: [["n/a", "1", "0", "1"]], bids: [["99.10"]], seqId, prevSeqId },
      );
    },
  ),
  "garbage": play(
    (random) => ({ what: random.pick(["html", "cut", "null", "other", "foreign", "empty"] as const) }),
    ({ exchange: { stage: { sockets } } }, { what }) => {
      sockets.raw(
        {
          html: "<html>502</html>",
          cut: '{"arg":{"channel":"tickers","instId":"A-USDT"},"data":[{"instId":"A-US',
          null: '{"arg":null,"data":null}',
          other:
            '{"arg":{"channel":"tickers","instId":"Z-USDT"},"data":[{"instId":"Z-USDT","last":"666","ts":"1"}]}',
          foreign:
            '{"arg":{"channel":"tickers","instId":"A-USDT"},"data":[{"instId":"Z-USDT","last":"666","ts":"1"}]}',
          empty: '{"arg":{"channel":"tickers","instId":"A-USDT"},"data":[]}',
        }[what],
      );
    },
  ),
  "spelling": play(
    (random) => ({ how: random.pick(["numbers", "order", "spaces"] as const) }),
    ({ exchange: { stage } }, { how }) => {
      for (const feed of ["tickers|A-USDT", "tickers|B-USDT", "mark-price|A-USDT-SWAP"]) {
        pushRow(stage, feed, (message) => spell(message, how));
      }
    },
  ),
  "refuse login": play(
    (random) => ({ ms: random.int(500, 2000) }),
    (environment, { ms }) => {
      environment.exchange.stage.sockets.manners.loginsRefusedUntil = Date.now() + ms;
      for (const { socket } of connections(environment, "private")) socket.destroy();
    },
  ),
  "announced end": play(
    (random) => ({
      where: random.pick(["public", "private", "business"] as const),
      ms: random.int(2000, 6000),
    }),
    (environment, { where, ms }) => {
      const { sockets } = environment.exchange.stage;
      const ending = connections(environment, where);
      const msg = "The connection will soon be closed for a service upgrade. Please reconnect.";
      sockets.raw(JSON.stringify({ event: "notice", code: "64008", msg, connId: "c0" }), where);
      later(environment, async () => {
        await sleep(ms);
        for (const { socket } of ending) socket.close(1001);
      });
    },
  ),
  "bad answers": play(
    (random) => ({ how: random.pick(["late", "lost", "busy"] as const), ms: random.int(1000, 5000) }),
    (environment, { how, ms }) => {
      const { manners } = environment.exchange.stage.sockets;
      manners.answers = { how, until: Date.now() + ms };
      for (const { socket } of connections(environment, "all")) socket.destroy();
    },
  ),
  "refuse path": play(
    (random) => ({ ms: random.int(1000, 4000) }),
    (environment, { ms }) => {
      const refused = { channel: "tickers", instId: "B-USDT", until: Date.now() + ms };
      environment.exchange.stage.sockets.manners.refused = refused;
      for (const { socket } of connections(environment, "public")) socket.destroy();
    },
  ),
  "instrument": play(
    (random) => ({ what: random.pick(["new", "expired", "changed"] as const), away: random.chance(0.5) }),
    (environment, { what, away }) => {
      const { market, sockets } = environment.exchange.stage;
      if (away) { for (const { socket } of connections(environment, "public")) socket.destroy(); }
      const others = [...market.instruments.keys()].filter((id) => !/^[A-D]-/.test(id));
      const instId = what === "new" ? `N${market.instruments.size}${Date.now() % 1000}-USDT` : others[0];
      if (!instId) return;
      const row = instrument(
        instId,
        what === "expired" ? "expired" : what === "changed" ? "suspend" : "live",
      );
      if (what === "expired") market.instruments.delete(instId);
      else market.instruments.set(instId, row);
      sockets.push({ channel: "instruments", instType: "SPOT" }, { data: [row] });
    },
  ),
  "rest": play(
    (random) => {
      const path = random.pick([
        ...["/market/trades", "/market/history-trades", "/market/candles", "/market/history-candles"],
        ...["/trade/orders-pending", "/trade/orders-history", "/public/instruments", "/market/books"],
      ]);
      // A short list of what is open cannot be told from a whole one; a series has ids and times that tell.
      const series = /trades|candles/.test(path);
      const lies = ["lag", "clamp", "empty", "unsorted", ...(path.includes("trades") ? ["foreign"] : [])];
      const how = random.pick([
        "slow",
        "html",
        "429",
        "500",
        "hang up",
        ...(series ? [...lies, ...lies] : []),
      ]);
      const extra = how === "lag" || how === "slow"
        ? { ms: random.int(500, 4000) }
        : how === "clamp"
        ? { rows: random.int(5, 60) }
        : {};
      return {
        path,
        fault: { how, ...extra },
        forMs: random.int(1000, 12_000),
        drop: random.chance(0.8),
        missed: random.int(5, 150),
      };
    },
    (environment, { path, fault, forMs, drop, missed }) => {
      const until = Date.now() + forMs;
      environment.exchange.faults.push(
        { ...fault, path, until } as Environment["exchange"]["faults"][number],
      );
      environment.restBadUntil.set(path, Math.max(until, environment.restBadUntil.get(path) ?? 0));
      if (!drop) return;
      for (const { socket } of connections(environment, "all")) socket.destroy();
      happen(environment.exchange, missed);
    },
  ),
};

/** The same message as JSON allows it to be written: numbers as such, members in another order, white space. */
function spell(message: object, how: "numbers" | "order" | "spaces"): string {
  if (how === "spaces") return JSON.stringify(message, undefined, "  ");
  if (how === "order") return JSON.stringify(Object.fromEntries(Object.entries(message).reverse()));
  return JSON.stringify(message).replace(/"(last|markPx|bidPx)":"([0-9.]+)"/g, '"$1":$2');
}

function pushLost(stage: Stage): void {
  stage.lose.trade++;
  pushTrade(stage, "A-USDT");
}

/** What is older comes after what is newer. */
function disorder(stage: Stage, what: "trade" | "order" | "ended order" | "bar"): void {
  const { market, random } = stage;
  if (what === "trade") {
    const tape = market.tapes.get("trades|A-USDT")!;
    const [one, other] = [
      trade(tape, "A-USDT", Date.now(), random),
      trade(tape, "A-USDT", Date.now(), random),
    ];
    sendTrade(stage, "A-USDT", other);
    sendTrade(stage, "A-USDT", one);
  } else if (what === "bar") {
    for (const [feed, bars] of market.bars) {
      const last = bars.closed.at(-1);
      if (last?.sentAt === undefined) continue;
      const [channel, instId] = split(feed);
      const open = [...(last.row.bar as string[]).slice(0, -1), "0"];
      open[4] = "1";
      stage.sockets.push({ channel, instId }, { data: [open] });
    }
  } else {
    const before = openOrder(market.account, Date.now(), random);
    sendOrder(stage, before);
    const after = moveOrder(market.account, before, Date.now() + 5, random, what === "ended order");
    sendOrder(stage, after);
    sendOrder(stage, before);
  }
}
