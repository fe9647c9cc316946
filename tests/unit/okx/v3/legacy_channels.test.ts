/** Rows of v5 as v3 had them, member for member. */
import assert from "node:assert/strict";
import type { Row } from "../../../../src/okx/frame.ts";
import { decodeV5 } from "../../../../src/okx/v5.ts";
import { findLegacy, legacyTables } from "../../../../src/okx/v3/legacy_channels.ts";
import { parseTopic } from "../../../../src/okx/topic.ts";

const TS = "1576031500436";
const ISO = "2019-12-11T02:31:40.436Z";

/** The row that a legacy path keeps of a v5 row. */
function convert(path: string, row: unknown): Row {
  const topic = parseTopic(path);
  assert.ok(topic.kind === "topic" && !topic.asSent, path);
  return topic.convert(row, topic.arg);
}

function tickerV5(): Record<string, string> {
  return {
    instType: "SPOT",
    instId: "ETH-USDT",
    last: "146.24",
    lastSz: "0.082483",
    askPx: "146.25",
    askSz: "80.541709",
    bidPx: "146.24",
    bidSz: "0.006822",
    open24h: "147.17",
    high24h: "147.48",
    low24h: "143.88",
    volCcy24h: "17159427.21",
    vol24h: "117387.58",
    sodUtc0: "146.9",
    sodUtc8: "147.0",
    ts: TS,
  };
}

Deno.test("a spot ticker becomes the documented v3 row, member for member", () => {
  assert.deepEqual(convert("spot/ticker:ETH-USDT", tickerV5()), {
    instrument_id: "ETH-USDT",
    last: "146.24",
    last_qty: "0.082483",
    best_bid: "146.24",
    best_bid_size: "0.006822",
    best_ask: "146.25",
    best_ask_size: "80.541709",
    open_24h: "147.17",
    high_24h: "147.48",
    low_24h: "143.88",
    open_utc0: "146.9",
    open_utc8: "147.0",
    base_volume_24h: "117387.58",
    quote_volume_24h: "17159427.21",
    timestamp: ISO,
  });
});

Deno.test("a derivative's ticker has contracts and coin instead of base and quote volumes", async (t) => {
  const ids = { futures: "BTC-USD-210625", swap: "BTC-USD-SWAP", option: "BTC-USD-210604-30000-P" };
  for (const [product, instId] of Object.entries(ids)) {
    await t.step(product, () => {
      const row = convert(`${product}/ticker:${instId}`, {
        ...tickerV5(),
        instId,
        vol24h: "5",
        volCcy24h: "7",
      });
      assert.deepEqual([row.volume_24h, row.volume_token_24h, row.instrument_id], ["5", "7", instId]);
      assert.ok(!("base_volume_24h" in row) && !("quote_volume_24h" in row));
    });
  }
});

Deno.test("a trade has size for spot and swap and qty for futures and option", async (t) => {
  const v5 = { instId: "X", tradeId: "42", px: "1.50", sz: "3", side: "sell", ts: TS, count: "2", seqId: 7 };
  const common = { instrument_id: "X", trade_id: "42", price: "1.50", side: "sell", timestamp: ISO };
  for (const product of ["spot", "swap"]) {
    await t.step(product, () => {
      assert.deepEqual(convert(`${product}/trade:X`, v5), { ...common, size: "3" });
    });
  }
  for (const product of ["futures", "option"]) {
    await t.step(product, () => {
      assert.deepEqual(convert(`${product}/trade:X`, v5), { ...common, qty: "3" });
    });
  }
});

Deno.test("a depth5 level has three members for spot and four for the others", () => {
  const v5 = {
    asks: [["8476.98", "415", "0", "13"]],
    bids: [["8476.97", "256", "0", "12"], ["8475", "1", "0", "2"]],
    instId: "X",
    ts: TS,
    seqId: 5,
  };
  assert.deepEqual(convert("spot/depth5:X", v5), {
    asks: [["8476.98", "415", "13"]],
    bids: [["8476.97", "256", "12"], ["8475", "1", "2"]],
    instrument_id: "X",
    timestamp: ISO,
  });
  assert.deepEqual(convert("swap/depth5:X", v5), {
    asks: v5.asks,
    bids: v5.bids,
    instrument_id: "X",
    timestamp: ISO,
  });
});

Deno.test("a depth5 row names its instrument where the v5 row does not", () => {
  assert.equal(convert("spot/depth5:BTC-USDT", { asks: [], bids: [], ts: TS }).instrument_id, "BTC-USDT");
});

Deno.test("a candle has as many elements as v3 had for its product", () => {
  const cells = [TS, "1", "4", "0.5", "3", "10", "20", "30", "0"];
  const candleOf = (path: string, row: readonly string[]) => convert(path, row).candle;
  assert.deepEqual(candleOf("spot/candle60s:X", cells), [ISO, "1", "4", "0.5", "3", "10"]);
  for (const product of ["futures", "swap", "option"]) {
    assert.deepEqual(candleOf(`${product}/candle60s:X`, cells), [ISO, "1", "4", "0.5", "3", "10", "20"]);
  }
  assert.deepEqual(candleOf("index/candle60s:X", [TS, "1", "4", "0.5", "3", "1"]), [
    ISO,
    "1",
    "4",
    "0.5",
    "3",
  ]);
  assert.equal(convert("spot/candle60s:ETH-USDT", cells).instrument_id, "ETH-USDT");
});

Deno.test("the single-row channels keep v3's names", async (t) => {
  const table: [string, Row, Row][] = [
    ["swap/funding_rate:X", {
      instId: "X",
      fundingRate: "0.0001",
      nextFundingRate: "",
      interestRate: "0.0002",
      fundingTime: "1617321600000",
      nextFundingTime: "1617350400000",
      ts: TS,
    }, {
      instrument_id: "X",
      funding_rate: "0.0001",
      estimated_rate: "",
      interest_rate: "0.0002",
      funding_time: "2021-04-02T00:00:00.000Z",
      settlement_time: "2021-04-02T08:00:00.000Z",
      timestamp: ISO,
    }],
    ["futures/mark_price:X", { instType: "FUTURES", instId: "X", markPx: "10218.61", ts: TS }, {
      instrument_id: "X",
      mark_price: "10218.61",
      timestamp: ISO,
    }],
    ["swap/price_range:X", { instId: "X", buyLmt: "11", sellLmt: "9", ts: TS, enabled: true }, {
      instrument_id: "X",
      highest: "11",
      lowest: "9",
      timestamp: ISO,
    }],
    ["futures/estimated_price:X", { instId: "X", settlePx: "200", settleType: "delivery", ts: TS }, {
      instrument_id: "X",
      settlement_price: "200",
      timestamp: ISO,
    }],
    ["index/ticker:ETH-USD", {
      instId: "ETH-USD",
      idxPx: "243.11",
      open24h: "237.943",
      high24h: "245.43",
      low24h: "234.661",
      sodUtc0: "1",
      sodUtc8: "2",
      ts: TS,
    }, {
      instrument_id: "ETH-USD",
      last: "243.11",
      open_24h: "237.943",
      high_24h: "245.43",
      low_24h: "234.661",
      timestamp: ISO,
    }],
  ];
  for (const [path, v5, v3] of table) {
    await t.step(path, () => assert.deepEqual({ ...convert(path, v5) }, v3));
  }
});

Deno.test("a funding rate of the days before `ts` still makes a row", () => {
  const v5 = { fundingRate: "1", fundingTime: TS, instId: "X", instType: "SWAP", nextFundingRate: "2" };
  const row = convert("swap/funding_rate:X", v5);
  assert.deepEqual([row.funding_rate, row.funding_time, row.estimated_rate], ["1", ISO, "2"]);
});

Deno.test("a number stays the exchange's own text", () => {
  for (const last of ["146.240", "0.00000001", "12345678901234567890.5", ""]) {
    assert.equal(convert("spot/ticker:X", { ...tickerV5(), last }).last, last);
  }
});

Deno.test("legacyTables() has every market channel of v3 with its candles", () => {
  const tables = new Set(legacyTables());
  const wanted = [
    ...["spot", "futures", "swap", "option"].flatMap((p) => [`${p}/ticker`, `${p}/trade`, `${p}/depth5`]),
    ...["spot", "futures", "swap", "option", "index"].flatMap((p) =>
      [60, 180, 300, 900, 1800, 3600, 7200, 14400, 21600, 43200, 86400, 604800].map((n) => `${p}/candle${n}s`)
    ),
    ...["futures/instruments", "option/instruments", "index/ticker", "swap/funding_rate"],
    ...["futures/estimated_price", "futures/mark_price", "swap/mark_price"],
    ...["futures/price_range", "swap/price_range"],
  ];
  assert.deepEqual(wanted.filter((table) => !tables.has(table)), []);
  for (const table of tables) assert.ok(findLegacy(table) !== undefined, table);
  assert.equal(findLegacy("spot/nothing"), undefined);
});

Deno.test("the documented v5 message of a ticker decodes and becomes the documented v3 one", () => {
  const text = JSON.stringify({ arg: { channel: "tickers", instId: "ETH-USDT" }, data: [tickerV5()] });
  const frame = decodeV5(text);
  assert.equal(frame.kind, "data");
  const rows = frame.kind === "data" ? frame.rows.map((row) => convert("spot/ticker:ETH-USDT", row)) : [];
  assert.deepEqual(rows[0]?.timestamp, ISO);
  assert.equal(rows[0]?.best_ask_size, "80.541709");
});
