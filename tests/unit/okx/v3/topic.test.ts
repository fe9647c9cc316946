/** Paths of servers that speak v3 themselves. */
import assert from "node:assert/strict";
import {
  parseAnyTopic,
  parseTopic,
  parseTopicOf,
  parseTopicV3,
  type Topic,
} from "../../../../src/okx/topic.ts";
import { storageOfTable } from "../../../../src/okx/table_storage.ts";
import { findV3Channel, v3Tables } from "../../../../src/okx/v3/channels.ts";

function topic(path: string): Topic {
  const parsed = parseTopicV3(path);
  assert.equal(parsed.kind, "topic", JSON.stringify(parsed));
  return parsed as Topic;
}

function faultOf(input: unknown): string {
  const parsed = parseTopicV3(input);
  assert.equal(parsed.kind, "fault", JSON.stringify(input));
  return (parsed as { message: string }).message;
}

Deno.test("the table has the 51 channels of v3, those with candles in twelve lengths", () => {
  const names = new Set(v3Tables().map((table) => table.replace(/candle\d+s/, "candle<N>s")));
  assert.equal(names.size, 51);
  assert.equal(v3Tables().filter((table) => table.startsWith("index/candle")).length, 12);
});

Deno.test("parseTopicV3() gives the exchange's own argument, on the one socket, without conversion", () => {
  const { kind, path, table, endpoint, login, arg, storage, key, asSent } = topic("spot/ticker:ETH-USDT");
  assert.deepEqual({ kind, path, table, endpoint, login, arg, storage, key, asSent }, {
    kind: "topic",
    path: "spot/ticker:ETH-USDT",
    table: "spot/ticker",
    endpoint: "v3",
    login: false,
    arg: { channel: "spot/ticker", instId: "ETH-USDT" },
    storage: "latest",
    key: ["instrument_id"],
    asSent: true,
  });
  assert.deepEqual(topic("futures/instruments").arg, { channel: "futures/instruments" });
});

Deno.test("parseTopicV3() knows how the rows of each channel are kept", async (t) => {
  const cases: readonly (readonly [string, string, string, boolean])[] = [
    ["spot/trade:A-B", "trades", "trade_id", false],
    ["spot/candle60s:A-B", "candle", "instrument_id", false],
    ["swap/depth5:A-B-SWAP", "bookSnapshot", "instrument_id", false],
    ["futures/depth:A-B-210625", "book", "instrument_id", false],
    ["spot/depth_l2_tbt:A-B", "book", "instrument_id", false],
    ["spot/account:USDT", "latest", "currency", true],
    ["spot/margin_account:A-B", "latest", "instrument_id", true],
    ["spot/order:A-B", "trades", "order_id", true],
    ["swap/order_algo:A-B-SWAP", "trades", "algo_id", true],
    ["futures/account:BTC", "latest", "", true],
    ["swap/account:A-B-SWAP", "latest", "instrument_id", true],
    ["option/account:BTC-USD", "latest", "underlying", true],
    ["futures/position:A-B-210625", "latest", "instrument_id", true],
    ["option/position:BTC-USD", "latest", "instrument_id", true],
    ["option/summary:BTC-USD", "latest", "instrument_id", false],
    ["option/instruments:BTC-USD", "instruments", "instrument_id", false],
    ["index/ticker:BTC-USD", "latest", "instrument_id", false],
    ["system/status", "latest", "title start_time", false],
  ];
  for (const [path, storage, key, login] of cases) {
    await t.step(path, () => {
      const found = topic(path);
      assert.deepEqual([found.storage, found.key.join(" "), found.login], [storage, key, login]);
    });
  }
});

Deno.test("parseTopicV3() keeps rows as the same legacy path over v5 does, under the same names", () => {
  for (const table of v3Tables()) {
    const path = findV3Channel(table)?.filter === undefined ? table : `${table}:BTC-USD`;
    const old = topic(path);
    assert.equal(old.path, path);
    const now = parseTopic(path);
    if (now.kind === "fault") continue;
    assert.deepEqual([old.storage, old.table, old.login], [now.storage, now.table, now.login], path);
    if (old.storage === "trades") assert.deepEqual(old.key, now.key, path);
    if (old.storage === "candle") assert.deepEqual(old.columns, now.columns, path);
  }
});

Deno.test("parseTopicV3() refuses what a v3 server does not have, and says why", async (t) => {
  const cases: readonly (readonly [unknown, RegExp])[] = [
    ["tickers:ETH-USDT", /v3 server takes legacy paths only.*tickers:ETH-USDT/],
    ["account", /v3 server takes legacy paths only/],
    [{ channel: "tickers", instId: "ETH-USDT" }, /v3 server takes paths such as/],
    [7, /v3 server takes paths such as/],
    ["spot/tickr:ETH-USDT", /no v3 channel "spot\/tickr"; did you mean spot\/ticker\?/],
    ["spot/candle61s:ETH-USDT", /no v3 channel/],
    ["spot/ticker", /spot\/ticker needs an instrument, as in spot\/ticker:ETH-USDT/],
    ["spot/ticker:", /product\/channel:instrument/],
    ["spot/account", /needs a currency, as in spot\/account:USDT/],
    ["option/summary", /needs an underlying, as in option\/summary:BTC-USD/],
    ["option/ticker", /as in option\/ticker:BTC-USD-\d{6}-\d+-C/],
    ["futures/instruments:BTC-USD", /takes no instrument: write futures\/instruments/],
    ["spot/ticker:ETH USDT", /no spaces/],
    [`spot/ticker:${"A".repeat(200)}`, /at most 200 characters/],
  ];
  for (const [input, pattern] of cases) {
    await t.step(JSON.stringify(input).slice(0, 40), () => assert.match(faultOf(input), pattern));
  }
});

Deno.test("parseTopicOf() reads a path as the protocol takes it", () => {
  const endpoint = (protocol: "v5" | "v3", path: string) => {
    const parsed = parseTopicOf(protocol, path);
    return parsed.kind === "topic" ? parsed.endpoint : parsed.kind;
  };
  assert.equal(endpoint("v5", "spot/ticker:ETH-USDT"), "public");
  assert.equal(endpoint("v3", "spot/ticker:ETH-USDT"), "v3");
  assert.equal(endpoint("v5", "tickers:ETH-USDT"), "public");
  assert.equal(endpoint("v3", "tickers:ETH-USDT"), "fault");
});

Deno.test("parseAnyTopic() reads what either protocol has, and gives the fault of v5", () => {
  const kinds = ["tickers:A-B", "spot/ticker:A-B", "system/status", "option/summary:BTC-USD"].map((path) =>
    parseAnyTopic(path).kind
  );
  assert.deepEqual(kinds, ["topic", "topic", "topic", "topic"]);
  assert.deepEqual(parseAnyTopic("tickrs"), parseTopic("tickrs"));
});

Deno.test("a v3 topic of an underlying distinguishes its rows from those of others", () => {
  const { keep } = topic("option/order:BTC-USD");
  assert.equal(keep?.({ instrument_id: "BTC-USD-210604-30000-P" }), true);
  assert.equal(keep?.({ instrument_id: "ETH-USD-210604-3000-P" }), false);
  assert.equal(topic("spot/ticker:ETH-USDT").keep, undefined);
});

Deno.test("a topic says how its rows are kept, whichever of the two protocols its server speaks", async (t) => {
  const cases: readonly (readonly ["v5" | "v3", string, string])[] = [
    ["v5", "tickers:BTC-USDT", "v5 asSent hasRest isOneRow"],
    ["v5", "candle1m:BTC-USDT", "v5 asSent hasRest isOneRow"],
    ["v5", "instruments:SPOT", "v5 asSent hasRest"],
    ["v5", "positions:SWAP", "v5 asSent hasRest"],
    ["v5", "spot/ticker:BTC-USDT", "v3 hasRest isOneRow"],
    ["v5", "spot/trade:BTC-USDT", "v3 hasRest"],
    ["v5", "spot/account:USDT", "v3 hasRest isOneRow parts:ccy"],
    ["v5", "futures/instruments", "v3 hasRest"],
    ["v3", "spot/ticker:BTC-USDT", "v3 asSent isOneRow"],
    ["v3", "option/summary:BTC-USD", "v3 asSent"],
    ["v3", "futures/account:BTC", "v3 asSent isOneRow"],
    ["v3", "futures/instruments", "v3 asSent pushesWhole"],
    ["v3", "option/instruments:BTC-USD", "v3 asSent"],
  ];
  for (const [protocol, path, expected] of cases) {
    await t.step(`${path} over ${protocol}`, () => {
      const found = parseTopicOf(protocol, path) as Topic;
      const flags = (["asSent", "hasRest", "isOneRow", "pushesWhole"] as const).filter((name) => found[name]);
      const parts = found.partId === undefined ? [] : [`parts:${found.partId}`];
      assert.equal([found.isLegacy ? "v3" : "v5", ...flags, ...parts].join(" "), expected);
    });
  }
});

Deno.test("a row is named by other members as it is sent than as it is kept, where it is converted", () => {
  const keys = (protocol: "v5" | "v3", path: string) => {
    const { key, sentKey } = parseTopicOf(protocol, path) as Topic;
    return [key.join(" "), sentKey.join(" ")];
  };
  assert.deepEqual(keys("v5", "tickers:BTC-USDT"), ["instId", "instId"]);
  assert.deepEqual(keys("v5", "spot/ticker:BTC-USDT"), ["instrument_id", "instId"]);
  assert.deepEqual(keys("v3", "spot/ticker:BTC-USDT"), ["instrument_id", "instrument_id"]);
});

Deno.test("a topic of legacy orders says what their kept rows say, and no other topic does", () => {
  for (const protocol of ["v5", "v3"] as const) {
    const { keptOrders } = parseTopicOf(protocol, "spot/order:BTC-USDT") as Topic;
    const row = { order_id: "7", state: "1", filled_size: "2", timestamp: "2026-11-20T00:00:00.000Z" };
    assert.deepEqual([keptOrders?.isOpen(row), keptOrders?.isOver(row)], [true, false]);
    assert.deepEqual(keptOrders?.toV5(row), {
      ...{ state: "partially_filled", ordId: "7", accFillSz: "2" },
      uTime: String(Date.parse(row.timestamp)),
    });
    const over = { ...row, state: "2" };
    assert.deepEqual([keptOrders?.isOpen(over), keptOrders?.isOver(over)], [false, true]);
    const strange = { ...row, state: "unknown" };
    assert.deepEqual([keptOrders?.isOpen(strange), keptOrders?.isOver(strange)], [false, false]);
    const algo = { algo_id: "8", status: "4" };
    assert.deepEqual([keptOrders?.isOpen(algo), keptOrders?.isOver(algo)], [true, false]);
  }
  for (
    const path of ["orders:SPOT", "swap/position:BTC-USD-SWAP", "spot/trade:BTC-USDT", "tickers:BTC-USDT"]
  ) {
    assert.equal((parseTopicOf("v5", path) as Topic).keptOrders, undefined, path);
  }
});

Deno.test("storageOfTable() knows tables of both protocols", () => {
  assert.equal(storageOfTable("books"), "book");
  assert.equal(storageOfTable("spot/depth"), "book");
  assert.equal(storageOfTable("spot/margin_account"), "latest");
  assert.equal(storageOfTable("spot/order"), "trades");
  assert.equal(storageOfTable("spot/nothing"), undefined);
});
