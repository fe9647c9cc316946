/** Which table shows a path in `okws watch`. */
import assert from "node:assert/strict";
import { isIncremental, type Kind, kindOf } from "../../../../src/cli/watch/kind.ts";

Deno.test("kindOf() finds the table for paths in either spelling", async (t) => {
  const table: [string, Kind][] = [
    ["tickers:BTC-USDT", "quotes"],
    ["spot/ticker:ETH-USDT", "quotes"],
    ["index-tickers:BTC-USDT", "quotes"],
    ["mark-price:BTC-USDT-SWAP", "quotes"],
    ["swap/mark_price:BTC-USDT-SWAP", "quotes"],
    ["books:BTC-USDT", "books"],
    ["bbo-tbt:BTC-USDT", "books"],
    ["spot/depth5:ETH-USDT", "books"],
    ["trades:BTC-USDT", "tape"],
    ["spot/trade:ETH-USDT", "tape"],
    ["liquidation-orders:SWAP", "tape"],
    ["fills", "tape"],
    ["candle1m:BTC-USDT", "candles"],
    ["index-candle1m:BTC-USDT", "candles"],
    ["spot/candle60s:ETH-USDT", "candles"],
    ["account", "balances"],
    ["spot/account:USDT", "balances"],
    ["balance_and_position", "balances"],
    ["positions:SWAP", "positions"],
    ["swap/position:BTC-USDT-SWAP", "positions"],
    ["orders:SPOT", "orders"],
    ["orders-algo:SPOT", "orders"],
    ["spot/order:ETH-USDT", "orders"],
    ["funding-rate:BTC-USDT-SWAP", "rows"],
    ["block-tickers:BTC-USDT", "rows"],
    ["instruments:SPOT", "rows"],
    ["opt-summary:BTC-USD", "rows"],
  ];
  for (const [path, kind] of table) await t.step(path, () => assert.equal(kindOf(path), kind));
});

Deno.test("isIncremental() is so of books that come as a snapshot with changes", () => {
  const paths = ["books:A-B", "spot/depth_l2_tbt:A-B", "books5:A-B", "bbo-tbt:A-B", "tickers:A-B"];
  assert.deepEqual(paths.map(isIncremental), [true, true, false, false, false]);
});
