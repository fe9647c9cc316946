/** Paths as the old client gave them, completed. */
import assert from "node:assert/strict";
import { completePath } from "../../../src/client/path.ts";

Deno.test("completePath() puts the instrument where the old client names it apart", async (t) => {
  const table: [string, Record<string, string>, string][] = [
    ["spot/ticker", { instrument_id: "ETH-USDT" }, "spot/ticker:ETH-USDT"],
    ["spot/candle60s", { instrument_id: "ETH-USDT" }, "spot/candle60s:ETH-USDT"],
    ["spot/account", { currency: "USDT" }, "spot/account:USDT"],
    ["tickers", { instId: "ETH-USDT" }, "tickers:ETH-USDT"],
    ["tickers", { instrument_id: "ETH-USDT" }, "tickers:ETH-USDT"],
    ["candle1m", { instId: "BTC-USDT" }, "candle1m:BTC-USDT"],
    ["account", { currency: "BTC" }, "account:BTC"],
    ["account", { ccy: "BTC" }, "account:BTC"],
    ["orders", { instType: "SWAP" }, "orders:SWAP"],
    ["orders", { instId: "X", instType: "SWAP" }, "orders:SWAP:instId=X"],
    ["sprd-tickers", { sprdId: "A_B" }, "sprd-tickers:A_B"],
  ];
  for (const [path, members, full] of table) {
    await t.step(`${path} ${JSON.stringify(members)}`, () => {
      assert.deepEqual(completePath(path, members), { path: full, where: {} });
    });
  }
});

Deno.test("completePath() leaves a complete path alone and filters its rows by the members", () => {
  assert.deepEqual(completePath("tickers:ETH-USDT", { instId: "ETH-USDT", last: "1" }), {
    path: "tickers:ETH-USDT",
    where: { instId: "ETH-USDT", last: "1" },
  });
});

Deno.test("completePath() filters by the members that complete nothing", () => {
  assert.deepEqual(completePath("spot/trade", { instrument_id: "A", side: "buy" }), {
    path: "spot/trade:A",
    where: { side: "buy" },
  });
  assert.deepEqual(completePath("futures/instruments", { alias: "quarter" }), {
    path: "futures/instruments",
    where: { alias: "quarter" },
  });
});

Deno.test("completePath() gives a path its canonical spelling", () => {
  assert.equal(completePath("tickers:instId=ETH-USDT", {}).path, "tickers:ETH-USDT");
});

Deno.test("completePath() keeps what it cannot read as it is, and changes nothing it was handed", () => {
  assert.deepEqual(completePath("no such:path", {}), { path: "no such:path", where: {} });
  const members = Object.freeze({ instrument_id: "A", side: "buy" });
  completePath("spot/trade", members);
});
