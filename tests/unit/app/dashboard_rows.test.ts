/** What a page gets of a path before any row of it: its kind, its table, and how redis-cli reads it. */
import assert from "node:assert/strict";
import { createDashboardRows } from "../../../src/app/dashboard_rows.ts";
import type { Store } from "../../../src/store/store.ts";
import { createRowBroadcast } from "../../../src/store/write/row_broadcast.ts";

function portOf(clustered = false) {
  return createDashboardRows({ clustered } as Store, createRowBroadcast(), "okex");
}

Deno.test("every kind of path has the command that reads its rows", async (t) => {
  const table: [path: string, kind: string, table: string, command: string][] = [
    ["tickers:BTC-USDT", "row", "quotes", "HGETALL okex/main/tickers:BTC-USDT"],
    ["spot/ticker:BTC-USDT", "row", "quotes", "HGETALL okex/main/spot/ticker:BTC-USDT"],
    ["candle1m:BTC-USDT", "candle", "candles", "ZREVRANGE okex/main/candle1m:BTC-USDT 0 9"],
    ["trades:BTC-USDT", "trades", "tape", "XREVRANGE okex/main/trades:BTC-USDT + - COUNT 10"],
    ["spot/trade:BTC-USDT", "trades", "tape", "ZREVRANGE okex/main/spot/trade:BTC-USDT 0 9"],
    ["books:BTC-USDT", "book", "books", "HGETALL okex/main/books:BTC-USDT"],
    ["instruments:SPOT", "rows", "rows", "SMEMBERS okex/main/instruments:SPOT"],
    ["orders:SPOT", "rows", "orders", "SMEMBERS okex/main/orders:SPOT/open"],
    ["positions:SWAP", "rows", "positions", "SMEMBERS okex/main/positions:SWAP/open"],
    ["account", "rows", "balances", "HGETALL okex/main/account"],
    ["opt-summary:BTC-USD", "row", "rows", "--scan --pattern 'okex/main/opt-summary:*'"],
    ["tickers:A|B", "row", "quotes", "HGETALL 'okex/main/tickers:A|B'"],
  ];
  const port = portOf();
  for (const [path, kind, of, command] of table) {
    await t.step(path, () => {
      const found = port.describe("main", path);
      assert.deepEqual([found.kind, found.table, found.command], [kind, of, command]);
    });
  }
  const { command } = portOf(true).describe("main", "tickers:BTC-USDT");
  assert.equal(command, "HGETALL 'okex/{main}/tickers:BTC-USDT'");
});

Deno.test("many paths are listened to at once, each row with its path, until it is over", () => {
  const broadcast = createRowBroadcast();
  const port = createDashboardRows({ clustered: false } as Store, broadcast, "okex");
  const seen: unknown[] = [];
  const paths = ["tickers:A", "candle1m:A", "trades:A", "books:A"];
  const stop = port.listenAll(
    "main",
    paths,
    (path, row) => seen.push([path, row.last ?? row.close ?? row.px]),
  );
  const offer = () =>
    broadcast.offer("main", [
      { kind: "publish", channel: "okex/main/tickers:A", message: '{"last":"1"}' },
      { kind: "publish", channel: "okex/main/tickers:B", message: '{"last":"2"}' },
      { kind: "publish", channel: "okex/main/trades:A", message: '{"px":"3"}' },
      { kind: "row", key: "okex/main/candle1m:A/1700000000000", row: { close: "4" } },
      { kind: "row", key: "okex/main/candle1m:B/1700000000000", row: { close: "5" } },
      // deno-lint-ignore no-explicit-any
    ] as any);
  offer();
  const expected = [["tickers:A", "1"], ["trades:A", "3"], ["candle1m:A", "4"]];
  assert.deepEqual(seen.toSorted(), expected.toSorted());
  broadcast.offer("other", []);
  stop();
  offer();
  assert.equal(seen.length, 3);
});
