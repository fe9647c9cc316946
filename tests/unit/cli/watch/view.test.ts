/** What is known of a server's paths in, lines on a terminal out. */
import assert from "node:assert/strict";
import { renderFrame } from "../../../../src/cli/terminal/live/frame.ts";
import { createPaint } from "../../../../src/cli/terminal/live/style.ts";
import { FIRST_UI, type Ui } from "../../../../src/cli/terminal/live/ui.ts";
import {
  addRow,
  createWatchState,
  MAX_ENTRIES,
  setRedisStatus,
  type WatchState,
} from "../../../../src/cli/watch/watch_state.ts";
import { watchView } from "../../../../src/cli/watch/view.ts";
import { widthOf } from "../../../../src/cli/terminal/text.ts";
import type { SubRecord } from "../../../../src/store/layout/subscription_record.ts";

/** Any moment. */
const NOW = Date.parse("2026-11-22T12:00:00Z");

type Row = Record<string, unknown>;

const TICKER = { instId: "BTC-USDT", last: "101", bidPx: "100.9", askPx: "101.1", open24h: "100", ts: "1" };

function boardOf(
  rows: Record<string, Row[]>,
  more: { state?: string; receivedAt?: number } = {},
): WatchState {
  const watch = createWatchState("test", Object.keys(rows), NOW - 60_000);
  const record = { since: NOW - 9000, receivedAt: NOW - 400, exchangeAt: 0, rows: 1, error: null };
  for (const [path, list] of Object.entries(rows)) {
    for (const row of list) addRow(watch, path, row, { cached: false, now: NOW - 300 });
    watch.records = new Map([...watch.records, [path, { ...record, state: "live", ...more } as SubRecord]]);
  }
  watch.status = "ON_DATA";
  setRedisStatus(watch, "up", "", NOW - 50_000);
  return watch;
}

function draw(watch: WatchState, columns = 160, rows = 30, ui: Partial<Ui> = {}, colours = false): string[] {
  const paint = createPaint(colours);
  const view = watchView(watch, NOW, paint);
  const { lines } = renderFrame(view, { size: { columns, rows }, ui: { ...FIRST_UI, ...ui }, paint });
  return [...lines];
}

/** The line with this text. */
function lineWith(lines: readonly string[], text: string): string {
  const line = lines.find((each) => each.includes(text));
  assert.ok(line !== undefined, `no line with ${text}:\n${lines.join("\n")}`);
  return line;
}

Deno.test("a ticker has its price, both sides, its change over a day, its age and its state", () => {
  const lines = draw(boardOf({ "tickers:BTC-USDT": [TICKER] }));
  assert.match(lineWith(lines, "instrument"), /last +bid +ask +change +age +\/s +last prices +state/);
  assert.match(
    lineWith(lines, "BTC-USDT"),
    /^BTC-USDT +101 +100\.9 +101\.1 +\+1\.00% 24h +300 ms +\S+ +▅ +live$/,
  );
});

Deno.test("a legacy ticker is shown like a native one", () => {
  const row = { instrument_id: "ETH-USDT", last: "90", best_bid: "89", best_ask: "91", open_24h: "100" };
  assert.match(
    lineWith(draw(boardOf({ "spot/ticker:ETH-USDT": [row] })), "ETH-USDT"),
    /^ETH-USDT +90 +89 +91 +-10\.00% 24h/,
  );
});

Deno.test("a price without yesterday's is compared with the first one seen", () => {
  const rows = [{ instId: "X", markPx: "100" }, { instId: "X", markPx: "102" }];
  assert.match(lineWith(draw(boardOf({ "mark-price:X": rows })), "X "), /\+2\.00% run/);
});

Deno.test("what is not live is in red with its state", () => {
  const watch = boardOf({ "tickers:BTC-USDT": [TICKER] }, { state: "stale" });
  const line = lineWith(draw(watch, 160, 30, {}, true), "BTC-USDT");
  assert.ok(line.includes("\x1b[1;31mstale"), line);
  assert.ok(line.includes("\x1b[1;31m 300 ms"), line);
});

Deno.test("the age of one row is what Redis says of its subscription, also from before the view", () => {
  const watch = createWatchState("test", ["tickers:BTC-USDT"], NOW);
  addRow(watch, "tickers:BTC-USDT", TICKER, { cached: true, now: NOW });
  const record = { state: "live", since: 1, receivedAt: NOW - 75_000, exchangeAt: 0, rows: 1, error: null };
  watch.records = new Map([["tickers:BTC-USDT", record as SubRecord]]);
  setRedisStatus(watch, "up", "", NOW);
  assert.match(lineWith(draw(watch), "BTC-USDT"), / 1 min +0 +▅ +live/);
});

Deno.test("a row that comes with others is as old as it says, also where no other one is there", () => {
  const watch = createWatchState("test", ["orders:SPOT"], NOW);
  const order = { ordId: "7", instId: "A-B", state: "live", uTime: String(NOW - 75_000) };
  addRow(watch, "orders:SPOT", order, { cached: true, now: NOW });
  const record = { state: "live", since: 1, receivedAt: NOW - 400, exchangeAt: 0, rows: 1, error: null };
  watch.records = new Map([["orders:SPOT", record as SubRecord]]);
  setRedisStatus(watch, "up", "", NOW);
  assert.match(lineWith(draw(watch), "A-B"), / 1 min /);
});

Deno.test("a Redis that is away, and a service that is not there, are said and shown at each line", () => {
  const watch = boardOf({ "tickers:BTC-USDT": [TICKER] });
  setRedisStatus(watch, "lost", "connection refused", NOW - 5000);
  const lost = draw(watch);
  assert.match(lost[1] ?? "", /^Redis is away for 5\.0 s, reconnecting.*connection refused/);
  assert.match(lineWith(lost, "BTC-USDT"), /no Redis$/);
  setRedisStatus(watch, "unserved", "", NOW - 2000);
  const unserved = draw(watch);
  assert.match(unserved[1] ?? "", /^No okws service is running for 2\.0 s/);
  assert.match(lineWith(unserved, "BTC-USDT"), /no service$/);
  setRedisStatus(watch, "up", "", NOW);
  assert.equal(draw(watch)[1], "");
});

Deno.test("a path in lower case that is not subscribed stands there in upper case", () => {
  const watch = boardOf({ "tickers:btc-usdt": [] });
  watch.records = new Map();
  const lines = draw(watch);
  lineWith(lines, "Not subscribed: okws client subscribe test tickers:btc-usdt");
  assert.match(lineWith(lines, "upper case"), /did you mean tickers:BTC-USDT\?$/);
});

Deno.test("a path that is not subscribed, or refused, stands there with the reason", () => {
  const watch = boardOf({ "tickers:BTC-USDT": [TICKER], "tickers:NO-USDT": [], "tickers:BAD-USDT": [] });
  const records = new Map(watch.records);
  records.delete("tickers:NO-USDT");
  records.set("tickers:BAD-USDT", {
    ...records.get("tickers:BAD-USDT") as SubRecord,
    state: "refused",
    error: { code: "60018", message: "does not exist\x1b[2J" },
  });
  watch.records = records;
  const lines = draw(watch);
  assert.equal(
    lineWith(lines, "Not subscribed"),
    "Not subscribed: okws client subscribe test tickers:NO-USDT",
  );
  assert.match(
    lineWith(lines, "was refused"),
    /^tickers:BAD-USDT was refused: 60018 does not exist\\x1b\[2J$/,
  );
  assert.match(lineWith(lines, "NO-USDT  "), /^NO-USDT +not subscribed$/);
});

Deno.test("the best levels of a book are shown from Redis' text and from the exchange's lists", () => {
  const native = {
    bids: '[["99","5","0","1"],["98","1","0","1"]]',
    asks: '[["101","7","0","2"]]',
    state: "live",
  };
  const line = lineWith(draw(boardOf({ "bbo-tbt:A-B": [native] })), "A-B");
  assert.match(line, /^A-B +5 +99 +101 +7 +200 bp/);
  const lists = { bids: [["1.5", "5"]], asks: [] };
  assert.match(lineWith(draw(boardOf({ "books5:A-B": [lists] })), "A-B"), /^A-B +5 +1\.5 {2,}/);
  assert.match(
    lineWith(draw(boardOf({ "books5:A-B": [{ bids: "not json", asks: 7 }] })), "A-B"),
    /^A-B +300 ms/,
  );
});

Deno.test("what is received of a book with increments is not taken for its levels", () => {
  const watch = boardOf({ "books:A-B": [] });
  addRow(watch, "books:A-B", { bids: '[["9","1"]]', asks: '[["11","1"]]' }, { cached: true, now: NOW });
  addRow(watch, "books:A-B", { bids: [["5", "1"]], asks: [] }, { cached: false, now: NOW });
  assert.match(lineWith(draw(watch), "A-B"), /^A-B +1 +9 +11 +1/);
  assert.deepEqual([...watch.changedBooks], ["books:A-B"]);
});

Deno.test("trades are a tape with the newest first, bounded", () => {
  const trades = Array.from({ length: 2500 }, (_, i) => ({
    instId: "A-B",
    tradeId: String(i),
    px: "1",
    sz: "2",
    side: i % 2 === 0 ? "buy" : "sell",
    ts: String(NOW),
  }));
  const watch = boardOf({ "trades:A-B": trades });
  assert.ok(watch.tape.length <= 2000);
  const lines = draw(watch).filter((line) => line.includes("A-B"));
  assert.match(lines[0] ?? "", / sell +1 +2 +2499 /);
  assert.match(lines[1] ?? "", / buy +1 +2 +2498 /);
});

Deno.test("one candle path is shown bar by bar, several by their newest bars", () => {
  const bars = [1, 2, 3].map((n) => ({
    ts: String(NOW - n * 60_000),
    ...{ open: "10", high: "12", low: "9", close: "11", vol: String(n), confirm: n === 1 ? "0" : "1" },
  }));
  const one = draw(boardOf({ "candle1m:A-B": bars })).filter((line) => line.startsWith("A-B"));
  assert.equal(one.length, 3);
  assert.match(one[0] ?? "", / 10 +12 +9 +11 +\+10\.00% +1 +open/);
  const both = draw(boardOf({ "candle1m:A-B": bars, "candle1m:C-D": bars }));
  assert.equal(both.filter((line) => /^[AC]-[BD]/.test(line)).length, 2);
});

Deno.test("accounts, positions and orders have tables of their own", () => {
  const lines = draw(boardOf({
    account: [{ totalEq: "900" }, {
      ccy: "BTC",
      eq: "2",
      availBal: "1",
      frozenBal: "1",
      upl: "-3",
      eqUsd: "800",
    }],
    "positions:SWAP": [
      { posId: "7", instId: "P-SWAP", posSide: "long", pos: "5", avgPx: "3", upl: "1.5", lever: "10" },
    ],
    "orders:SPOT": [
      {
        ordId: "42",
        instId: "O-SPOT",
        side: "buy",
        ordType: "limit",
        px: "5",
        sz: "6",
        accFillSz: "1",
        state: "live",
      },
    ],
  }));
  assert.match(lineWith(lines, "all of account"), / 900 /);
  assert.match(lineWith(lines, "BTC  "), /^BTC +2 +1 +1 +-3 +800/);
  assert.match(lineWith(lines, "P-SWAP"), /^P-SWAP +long +5 +3 +1\.5 +10/);
  assert.match(lineWith(lines, "O-SPOT"), /^O-SPOT +buy +limit +5 +6 +1 +live +42/);
});

Deno.test("rows of any other kind are shown with their key and their first members", () => {
  const row = { instId: "F-SWAP", fundingRate: "0.0001", nested: { a: 1 } };
  const lines = draw(boardOf({ "funding-rate:F-SWAP": [row] }));
  assert.match(lineWith(lines, "instrument"), /fundingRate +nested +age/);
  assert.match(lineWith(lines, "F-SWAP"), /^F-SWAP +0\.0001 +\{"a":1\} +300 ms/);
});

Deno.test("rows of many instruments are bounded; the one that came first goes", () => {
  const rows = Array.from({ length: MAX_ENTRIES + 10 }, (_, i) => ({ instId: `I-${i}`, uly: "BTC-USD" }));
  const watch = boardOf({ "opt-summary:BTC-USD": rows });
  assert.equal(watch.entries.size, MAX_ENTRIES);
  assert.ok(!draw(watch, 160, 10_000).some((line) => line.startsWith("I-9 ")));
});

Deno.test("whatever the exchange sends, no control character and no line too wide reaches the terminal", () => {
  const nasty = "\x1b]0;owned\x07\x1b[2J\u009b31m\u202e\r\n";
  const row = {
    instId: `${nasty}💱币安人生`,
    last: nasty,
    bidPx: { x: nasty },
    askPx: [nasty],
    open24h: "1",
  };
  const paths: Record<string, Row[]> = {
    "tickers:BTC-USDT": [row],
    "trades:A-B": [{ ...row, px: nasty, side: nasty, ts: nasty }],
    "books5:A-B": [{ bids: [[nasty, nasty]], asks: [[nasty]] }],
    "orders:SPOT": [{ ordId: nasty, state: nasty }],
    "funding-rate:A-B": [{ [nasty]: nasty }],
  };
  for (const columns of [10, 40, 200]) {
    for (const line of draw(boardOf(paths), columns, 60)) {
      assert.doesNotMatch(line, /[\p{Cc}\p{Cf}]/u);
      assert.ok(widthOf(line) <= columns, `${columns}: ${line}`);
    }
  }
});
