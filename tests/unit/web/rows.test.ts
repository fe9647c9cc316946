/** Candles, trades and books as the dashboard reads them, native and legacy. */
import assert from "node:assert/strict";
import { readBar, readBook, readTrade } from "../../../web/rows.ts";

Deno.test("readBar() reads native and legacy candles", () => {
  const bar = { time: 1_795_363_200, open: 1, high: 2.5, low: 0.5, close: 2, volume: 7, decimals: 1 };
  const native = {
    ts: "1795363200000",
    open: "1",
    high: "2.5",
    low: "0.5",
    close: "2",
    vol: "7",
    confirm: "0",
  };
  assert.deepEqual(readBar(native), bar);
  const { ts: _, vol: __, ...prices } = native;
  assert.deepEqual(readBar({ ...prices, timestamp: "2026-11-22T16:00:00.000Z", volume: "7" }), bar);
  assert.deepEqual(readBar({ ...native, vol: undefined }), { ...bar, volume: 0 });
});

Deno.test("readBar() leaves out what is no candle", () => {
  for (const row of [{}, { ts: "x", open: "1" }, { ts: "1", open: "1", high: "<b>", low: "1", close: "1" }]) {
    assert.equal(readBar(row), undefined);
  }
});

Deno.test("readTrade() reads native and legacy trades, and distinguishes them", () => {
  const trade = { id: "9", at: 1_795_363_200_123, side: "sell", price: "1.50", size: "3" } as const;
  assert.deepEqual(
    readTrade({ tradeId: "9", ts: "1795363200123", side: "sell", px: "1.50", sz: "3" }),
    trade,
  );
  const legacy = {
    trade_id: "9",
    timestamp: "2026-11-22T16:00:00.123Z",
    side: "sell",
    price: "1.50",
    size: "3",
  };
  assert.deepEqual(readTrade(legacy), trade);
  assert.equal(readTrade({ ts: "1", px: "abc" }), undefined);
});

Deno.test("readBook() reads texts and lists, sums the sizes and keeps the finest price", () => {
  const row = {
    bids: '[["10.5","2","0","1"],["10","3","0","1"]]',
    asks: [["10.55", "1.25"], ["oops"], "x", ["11", "n"]],
    ts: "1795363200000",
    state: "syncing",
  };
  const book = readBook(row);
  assert.deepEqual(book.bids, [{ price: "10.5", size: 2, total: 2 }, { price: "10", size: 3, total: 5 }]);
  assert.deepEqual(book.asks, [{ price: "10.55", size: 1.25, total: 1.25 }]);
  assert.deepEqual([book.priceDecimals, book.sizeDecimals, book.state], [2, 2, "syncing"]);
  assert.deepEqual(readBook({ bids: "{", asks: 5 }).bids, []);
});
