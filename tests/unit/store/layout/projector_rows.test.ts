/**
 * Rows of every kind of channel as writes. The file is long because each way in which rows are kept is a few short
 * tests over the same projector.
 */
import assert from "node:assert/strict";
import type { DataFrame } from "../../../../src/okx/frame.ts";
import { decodeV5 } from "../../../../src/okx/v5.ts";
import type { SessionEvent } from "../../../../src/model/events.ts";
import { Projector } from "../../../../src/store/layout/projector.ts";
import { AT, only, published, rowsOf, seedOf, stateOf } from "./events.ts";
import { topicOf } from "../../../support/topics.ts";

const P = "okex/test";
const KEEP = 3;
const UP: SessionEvent = { kind: "up", connection: "business", at: AT };
const DOWN: SessionEvent = { kind: "down", connection: "business", at: AT, reason: "lost", desired: true };

function projector(): Projector {
  return new Projector({ keyPrefix: "okex", server: "test", maxRow: KEEP });
}

/** A native candle with its opening minute; `confirm` undefined gives an array of before November 2022. */
function bar(minute: number, confirm: "0" | "1" | undefined, close = "3"): string[] {
  const old = [String(AT + minute * 60_000), "1", "4", "0.5", close, "10", "20"];
  return confirm === undefined ? old : [...old, "30", confirm];
}

/** Messages on a candle key itself: the bars that are announced as final. */
function finals(project: Projector, events: readonly SessionEvent[], key: string): unknown[] {
  return events.flatMap((event) => published(project.project(event)))
    .filter(([channel]) => channel === key)
    .map(([, message]) => JSON.parse(message) as unknown);
}

Deno.test("project() keeps the latest row whole at its path and publishes it as it came", () => {
  const event = rowsOf("tickers:ETH-USDT", [{ instId: "ETH-USDT", last: "1.50", ts: String(AT) }]);
  const writes = projector().project(event);
  const key = `${P}/tickers:ETH-USDT`;
  const row = { instId: "ETH-USDT", last: "1.50", ts: String(AT) };
  assert.deepEqual(only(writes, "row"), [{ kind: "row", key, row, whole: true }]);
  const text = event.kind === "rows" ? event.frame.text : "";
  assert.deepEqual(published(writes), [[key, JSON.stringify(row)], [`${P}/tickers`, text]]);
});

Deno.test("project() keeps a legacy row under its legacy path with v3 members", () => {
  const writes = projector().project(rowsOf("spot/ticker:ETH-USDT", [{ instId: "ETH-USDT", last: "1" }]));
  const [write] = only(writes, "row");
  assert.equal(write?.key, `${P}/spot/ticker:ETH-USDT`);
  assert.deepEqual([write?.row.instrument_id, write?.row.last], ["ETH-USDT", "1"]);
  const [, [channel, message]] = published(writes) as [[string, string], [string, string]];
  assert.equal(channel, `${P}/spot/ticker`);
  const whole = JSON.parse(message) as { table: string; data: Record<string, string>[] };
  assert.deepEqual([whole.table, whole.data[0]?.instrument_id], ["spot/ticker", "ETH-USDT"]);
});

Deno.test("project() writes a push for two topics once for each of them", () => {
  const native = topicOf("tickers:ETH-USDT");
  const event = rowsOf("tickers:ETH-USDT", [{ instId: "ETH-USDT", last: "1" }]);
  assert.ok(event.kind === "rows");
  const writes = projector().project({ ...event, topics: [native, topicOf("spot/ticker:ETH-USDT")] });
  assert.deepEqual(only(writes, "row").map(({ key }) => key), [
    `${P}/tickers:ETH-USDT`,
    `${P}/spot/ticker:ETH-USDT`,
  ]);
});

Deno.test("project() keys the rows of one subscription by what makes each of them unique", async (t) => {
  const table: [string, Record<string, string>[], string[]][] = [
    ["opt-summary:BTC-USD", [{ instId: "BTC-USD-261225-60000-C" }, { instId: "BTC-USD-261225-60000-P" }], [
      "opt-summary:BTC-USD-261225-60000-C",
      "opt-summary:BTC-USD-261225-60000-P",
    ]],
    ["estimated-price:FUTURES:BTC-USD", [{ instId: "BTC-USD-261225", settleType: "delivery" }], [
      "estimated-price:BTC-USD-261225:delivery",
    ]],
    ["adl-warning:SWAP", [{ instType: "SWAP", instFamily: "BTC-USD" }], ["adl-warning:SWAP:BTC-USD"]],
    ["event-contract-markets:EVENTS", [{ instId: "BTC-ABOVE-DAILY-260224-1600-65000" }], [
      "event-contract-markets:BTC-ABOVE-DAILY-260224-1600-65000",
    ]],
  ];
  for (const [path, rows, keys] of table) {
    await t.step(path, () => {
      const written = only(projector().project(rowsOf(path, rows)), "row").map(({ key }) => key);
      assert.deepEqual(written, keys.map((key) => `${P}/${key}`));
    });
  }
});

Deno.test("project() lets no text of the exchange break a key", () => {
  const rows = [{ system: "unified", serviceType: "0", title: "Upgrade at 10:00\r\nDEL *" }];
  const [write] = only(projector().project(rowsOf("status", rows)), "row");
  assert.match(write?.key ?? "", /^[!-~]+$/);
});

Deno.test("project() keeps a candle as an indexed row with v5 names and publishes it", () => {
  const writes = projector().project(rowsOf("candle1m:BTC-USDT", [bar(0, "0")]));
  const key = `${P}/candle1m:BTC-USDT`;
  const row = {
    ts: String(AT),
    open: "1",
    high: "4",
    low: "0.5",
    close: "3",
    vol: "10",
    volCcy: "20",
    volCcyQuote: "30",
    confirm: "0",
  };
  assert.deepEqual(only(writes, "row"), [{ kind: "row", key: `${key}/${AT}`, row, whole: false }]);
  assert.deepEqual(only(writes, "score"), [{ kind: "score", key, score: AT / 1000, member: String(AT) }]);
  assert.deepEqual(only(writes, "trim"), [{ kind: "trim", key, keep: KEEP, rows: `${key}/` }]);
  assert.equal(published(writes)[0]?.[0], `${key}/${AT}`);
});

Deno.test("project() names the elements of every candle family", async (t) => {
  const table = [
    ["index-candle1m:BTC-USD", ["1", "2", "3", "4", "5", "1"], "ts open high low close confirm"],
    ["mark-price-candle1m:BTC-USDT", ["1", "2", "3", "4", "5", "0"], "ts open high low close confirm"],
    ["sprd-candle1m:A_B", ["1", "2", "3", "4", "5", "6", "0"], "ts open high low close vol confirm"],
    ["candle1m:BTC-USDT", bar(0, undefined), "ts open high low close vol volCcy"],
  ] as const;
  for (const [path, cells, names] of table) {
    await t.step(path, () => {
      const [write] = only(projector().project(rowsOf(path, [cells])), "row");
      assert.deepEqual(Object.values(write?.row ?? {}), cells);
      assert.deepEqual(Object.keys(write?.row ?? {}), names.split(" "));
    });
  }
});

Deno.test("project() keeps a legacy candle by its ISO time with v3 names", async (t) => {
  const iso = new Date(AT).toISOString();
  const names = ["timestamp", "open", "high", "low", "close", "volume"];
  for (
    const [path, extra] of [["spot/candle60s:X", []], ["swap/candle60s:X", ["currency_volume"]]] as const
  ) {
    await t.step(path, () => {
      const writes = projector().project(rowsOf(path, [bar(0, "0")]));
      const key = `${P}/${path}`;
      assert.deepEqual(only(writes, "score"), [{ kind: "score", key, score: AT / 1000, member: iso }]);
      const [write] = only(writes, "row");
      assert.equal(write?.key, `${key}/${iso}`);
      assert.deepEqual(Object.keys(write?.row ?? {}), [...names, ...extra]);
      assert.equal(write?.row.timestamp, iso);
      const reported = published(writes).filter(([channel]) => channel === write?.key);
      assert.deepEqual(reported.map(([, message]) => JSON.parse(message)), [write?.row]);
    });
  }
});

Deno.test("project() announces a bar as final when it is confirmed, once", () => {
  const key = `${P}/candle1m:X`;
  const rows = (row: string[]) => rowsOf("candle1m:X", [row]);
  const events = [rows(bar(0, "0")), rows(bar(0, "1", "9")), rows(bar(0, "1", "9")), rows(bar(1, "0"))];
  const announced = finals(projector(), events, key) as { candle: { close: string }; timestamp: string }[];
  assert.deepEqual(announced.map(({ candle, timestamp }) => [candle.close, timestamp]), [["9", String(AT)]]);
});

Deno.test("project() announces every bar of a push that holds several", () => {
  const events = [rowsOf("candle1m:X", [bar(0, "1"), bar(1, "1"), bar(2, "0")])];
  const announced = finals(projector(), events, `${P}/candle1m:X`) as { timestamp: string }[];
  assert.deepEqual(announced.map(({ timestamp }) => timestamp), [String(AT), String(AT + 60_000)]);
});

Deno.test("project() announces a legacy bar with v3 names", () => {
  const key = `${P}/spot/candle60s:X`;
  const [announced] = finals(projector(), [rowsOf("spot/candle60s:X", [bar(0, "1")])], key);
  const timestamp = new Date(AT).toISOString();
  const candle = { timestamp, open: "1", high: "4", low: "0.5", close: "3", volume: "10" };
  assert.deepEqual(announced, { candle, timestamp });
});

Deno.test("project() takes a later bar as the end of the one before it where no bar is ever confirmed", () => {
  for (const path of ["candle1m:X", "spot/candle60s:X"]) {
    const rows = (row: string[]) => rowsOf(path, [row]);
    const events = [rows(bar(0, undefined)), rows(bar(0, undefined, "9")), rows(bar(1, undefined))];
    const announced = finals(projector(), events, `${P}/${path}`) as { candle: { close: string } }[];
    assert.deepEqual(announced.map(({ candle }) => candle.close), ["9"]);
  }
});

Deno.test("project() does not take the first bar of a new connection as the end of the last one of the old", () => {
  const events = [
    rowsOf("candle1m:X", [bar(0, undefined)]),
    DOWN,
    UP,
    rowsOf("candle1m:X", [bar(5, undefined)]),
  ];
  assert.deepEqual(finals(projector(), events, `${P}/candle1m:X`), []);
});

Deno.test("project() stores a late bar without taking it for the newest", () => {
  const project = projector();
  project.project(rowsOf("candle1m:X", [bar(1, undefined)]));
  const late = project.project(rowsOf("candle1m:X", [bar(0, undefined)]));
  const key = `${P}/candle1m:X`;
  assert.deepEqual(only(late, "row").map((write) => write.key), [`${key}/${AT}`]);
  assert.deepEqual(published(late).filter(([channel]) => channel === key), []);
  const next = project.project(rowsOf("candle1m:X", [bar(2, undefined)]));
  const announced = published(next).filter(([channel]) => channel === key).map(([, text]) =>
    JSON.parse(text)
  );
  assert.deepEqual(announced.map(({ timestamp }) => timestamp), [String(AT + 60_000)]);
});

Deno.test("project() trims a series whenever it has grown", () => {
  const project = projector();
  for (let minute = 0; minute < 3; minute++) {
    const writes = project.project(rowsOf("candle1m:X", [bar(minute, "0")]));
    const key = `${P}/candle1m:X`;
    assert.deepEqual(only(writes, "trim"), [{ kind: "trim", key, keep: KEEP, rows: `${key}/` }]);
  }
});

Deno.test("project() writes nothing for a candle that is none", () => {
  for (const row of [[], ["soon"], {}, null]) {
    const writes = projector().project(rowsOf("candle1m:X", [row]));
    assert.deepEqual([...only(writes, "row"), ...only(writes, "score")], [], JSON.stringify(row));
  }
});

Deno.test("project() appends an event for each row, under ids that only grow", () => {
  const project = projector();
  const trade = (tradeId: string) => ({ instId: "X", tradeId });
  const at = [AT, AT, AT - 5000, AT + 1];
  const ids = at.flatMap((ms, i) =>
    only(project.project(rowsOf("trades:X", [trade(`${i}a`), trade(`${i}b`)], ms)), "append").map(({ id }) =>
      id
    )
  );
  assert.equal(ids.length, 8);
  const parts = ids.map((id) => id.split("-").map(Number) as [number, number]);
  for (const [i, [ms, n]] of parts.entries()) {
    const [lastMs, lastN] = parts[i - 1] ?? [0, -1];
    assert.ok(ms > lastMs || (ms === lastMs && n > lastN), ids.join(" "));
  }
  assert.equal(parts.at(-1)?.[0], AT + 1);
});

Deno.test("project() publishes each event and trims its stream", () => {
  const rows = [{ instId: "X", tradeId: "1" }, { instId: "X", tradeId: "2" }];
  const writes = projector().project(rowsOf("trades:X", rows));
  const key = `${P}/trades:X`;
  assert.deepEqual(
    only(writes, "append").map((write) => [write.key, write.row]),
    rows.map((row) => [key, row]),
  );
  assert.deepEqual(published(writes).slice(0, 2), rows.map((row) => [key, JSON.stringify(row)]));
  assert.deepEqual(only(writes, "trimStream"), [{ kind: "trimStream", key, keep: KEEP }]);
});

Deno.test("project() publishes a row in the exchange's own text", () => {
  const topic = topicOf("trades:X");
  const row = '{"tradeId":"1","px":"1.10","seqId":301234567890123456}';
  const text = `{"arg":{"channel":"trades","instId":"X"},"data":[${row}]}`;
  const frame = decodeV5(text) as DataFrame;
  const writes = projector().project({ kind: "rows", topics: [topic], frame, at: AT });
  assert.deepEqual(published(writes), [[`${P}/trades:X`, row], [`${P}/trades`, text]]);
});

Deno.test("project() keeps a small book whole and live, and marks it when it is no longer kept up", async (t) => {
  const key = `${P}/books5:X`;
  const row = { asks: [["2", "1", "0", "1"]], bids: [["1", "1", "0", "1"]], ts: String(AT), seqId: 5 };
  for (const [state, mark] of [["stale", "stale"], ["gone", "closed"]] as const) {
    await t.step(mark, () => {
      const project = projector();
      const writes = project.project(rowsOf("books5:X", [row]));
      assert.deepEqual(only(writes, "row"), [{
        kind: "row",
        key,
        row: { ...row, state: "live" },
        whole: true,
      }]);
      const marked = only(project.project(stateOf("books5:X", state)), "row");
      assert.deepEqual(marked.map((write) => [write.key, write.row.state]), [[key, mark]]);
      const again = only(project.project(rowsOf("books5:X", [row])), "row");
      assert.deepEqual(again.map((write) => write.row.state), ["live"]);
    });
  }
});

Deno.test("project() marks a small book of which a push could not be read, until the next one", () => {
  const project = projector();
  const row = { asks: [["2", "1", "0", "1"]], bids: [["1", "1", "0", "1"]], ts: String(AT) };
  const states = (event: SessionEvent) =>
    only(project.project(event), "row").map((write) => [write.key, write.row.state]);
  const unreadable = (path: string): SessionEvent => {
    const event = rowsOf(path, []) as SessionEvent & { kind: "rows" };
    return { kind: "unreadable", topics: event.topics, at: AT };
  };
  for (const path of ["books5:X", "bbo-tbt:X", "spot/depth5:X", "sprd-books5:X"]) {
    assert.deepEqual(states(unreadable(path)), [], "there is no book yet");
    states(rowsOf(path, [row]));
    assert.deepEqual(states(unreadable(path)), [[`${P}/${path}`, "syncing"]]);
    assert.deepEqual(states(unreadable(path)), []);
    assert.deepEqual(states(rowsOf(path, [row])), [[`${P}/${path}`, "live"]]);
  }
});

Deno.test("project() publishes a small book as it came, without our state", () => {
  const row = { asks: [], bids: [], ts: String(AT) };
  const [[channel, message]] = published(projector().project(rowsOf("bbo-tbt:X", [row]))) as [
    [string, string],
  ];
  assert.deepEqual([channel, JSON.parse(message)], [`${P}/bbo-tbt:X`, row]);
});

Deno.test("project() has no book to mark where none ever came", () => {
  assert.deepEqual(only(projector().project(stateOf("books5:X", "stale")), "row"), []);
});

Deno.test("project() keeps legacy trades of a product in one index by their ids", () => {
  const v5 = { instId: "X", tradeId: "42", px: "1.5", sz: "3", side: "sell", ts: String(AT) };
  const writes = projector().project(rowsOf("spot/trade:X", [v5, { ...v5, tradeId: "43" }]));
  const key = `${P}/spot/trade`;
  const own = `${key}:X`;
  assert.deepEqual(only(writes, "score").map(({ key, member, score }) => [key, member, score]), [
    [key, "42", 42],
    [own, "42", AT + 0.042],
    [key, "43", 43],
    [own, "43", AT + 0.043],
  ]);
  assert.deepEqual(only(writes, "row").map((write) => [write.key, write.row.trade_id]), [
    [`${key}/42`, "42"],
    [`${key}/43`, "43"],
  ]);
  assert.deepEqual(only(writes, "trim"), [
    { kind: "trim", key: own, keep: KEEP, rows: `${key}/`, also: key },
  ]);
  assert.deepEqual(published(writes).map(([channel]) => channel), [`${key}/42`, `${key}/43`, key]);
});

Deno.test("project() keeps exactly the instruments of a fetched list", () => {
  const topic = topicOf("instruments:SPOT");
  const key = `${P}/instruments:SPOT`;
  const rows = [{ instType: "SPOT", instId: "A-B" }, { instType: "SPOT", instId: "C-D" }];
  const writes = projector().project(seedOf(topic, rows));
  assert.deepEqual(only(writes, "member").map(({ member }) => member), ["A-B", "C-D"]);
  assert.deepEqual(only(writes, "row").map((write) => write.key), [`${key}:A-B`, `${key}:C-D`]);
  assert.deepEqual(only(writes, "retain"), [{
    kind: "retain",
    key,
    members: ["A-B", "C-D"],
    rows: `${key}:`,
  }]);
});

Deno.test("project() merges a pushed instrument and lets the list grow by a new one", () => {
  const project = projector();
  const topic = topicOf("instruments:SPOT");
  project.project(seedOf(topic, [{ instId: "A-B" }]));
  const changed = project.project(rowsOf("instruments:SPOT", [{ instId: "A-B", state: "suspend" }]));
  assert.deepEqual(only(changed, "row").map(({ whole }) => whole), [false]);
  assert.deepEqual(only(changed, "retain"), []);
  const grown = project.project(rowsOf("instruments:SPOT", [{ instId: "E-F" }]));
  assert.deepEqual(only(grown, "retain").map(({ members }) => members), [["A-B", "E-F"]]);
});

Deno.test("project() removes no instrument while the whole list is not known", () => {
  const writes = projector().project(rowsOf("instruments:SPOT", [{ instId: "A-B" }]));
  assert.deepEqual(only(writes, "member").map(({ member }) => member), ["A-B"]);
  assert.deepEqual(only(writes, "retain"), []);
});

Deno.test("project() forgets an instrument that a newer list no longer has", () => {
  const project = projector();
  const topic = topicOf("instruments:SPOT");
  project.project(seedOf(topic, [{ instId: "A-B" }, { instId: "C-D" }]));
  const writes = project.project(seedOf(topic, [{ instId: "C-D" }]));
  assert.deepEqual(only(writes, "retain").map(({ members }) => members), [["C-D"]]);
});

Deno.test("project() keeps the options of one family for a legacy path", () => {
  const topic = topicOf("option/instruments:BTC-USD");
  const rows = [
    { instType: "OPTION", instFamily: "BTC-USD", instId: "BTC-USD-261225-60000-C" },
    { instType: "OPTION", instFamily: "ETH-USD", instId: "ETH-USD-261225-3000-C" },
  ];
  const writes = projector().project(seedOf(topic, rows));
  assert.deepEqual(only(writes, "retain").map(({ members }) => members), [["BTC-USD-261225-60000-C"]]);
});

Deno.test("project() writes no row for what is none, and does not throw", () => {
  for (const path of ["tickers:X", "trades:X", "books5:X", "spot/ticker:X", "instruments:SPOT"]) {
    for (const rows of [[null], [7], ["x"], []]) {
      const writes = projector().project(rowsOf(path, rows));
      assert.deepEqual(only(writes, "append"), []);
      assert.deepEqual(only(writes, "member"), []);
    }
  }
});

Deno.test("a bar that was fetched as final is not written again as it was pushed before", () => {
  const project = new Projector({ keyPrefix: "okex", server: "test", maxRow: 3 });
  const path = "candle1m:BTC-USDT";
  const bar = (confirm: string) => ["1786540440000", "1", "2", "1", "2", "5", "5", "5", confirm];
  const confirms = () => only(project.written(), "row").map(({ row }) => row.confirm);
  project.project(rowsOf(path, [bar("0")]));
  assert.deepEqual(confirms(), ["0"]);
  // The connection is another one when the end of the bar is fetched.
  project.project({ kind: "up", connection: "business", at: AT });
  const pushed = rowsOf(path, [bar("1")]) as SessionEvent & { kind: "rows" };
  project.project({ ...pushed, frame: { ...pushed.frame, action: "backfill", text: "" } });
  assert.deepEqual(confirms(), ["1"]);
});
