/** The key of a row, and what a service says of itself. */
import assert from "node:assert/strict";
import { rowKeyOf } from "../../../src/client/row_key.ts";
import { readServiceView } from "../../../src/client/service_view.ts";

Deno.test("rowKeyOf() returns what distinguishes rows of a path, and nothing for events", async (t) => {
  const table: [string, Record<string, unknown>, string | undefined][] = [
    ["tickers:A-B", { instId: "A-B" }, "A-B"],
    ["spot/ticker:A-B", { instrument_id: "A-B" }, "A-B"],
    ["candle1m:A-B", { ts: "60000", close: "1" }, "60000"],
    ["spot/candle60s:A-B", { timestamp: "2026-11-22T00:00:00.000Z" }, "2026-11-22T00:00:00.000Z"],
    ["orders:SPOT", { ordId: "7", instId: "A-B" }, "7"],
    ["account", { ccy: "BTC" }, "BTC"],
    ["account", { totalEq: "1" }, "account"],
    ["books:A-B", { bids: [] }, "books:A-B"],
    ["opt-summary:BTC-USD", { instId: "BTC-USD-1", uly: "BTC-USD" }, "BTC-USD-1"],
    ["trades:A-B", { tradeId: "1" }, undefined],
    ["spot/trade:A-B", { trade_id: "1" }, undefined],
  ];
  for (const [path, row, key] of table) await t.step(path, () => assert.equal(rowKeyOf(path)?.(row), key));
});

Deno.test("readServiceView() takes whatever a service says, and fills in what it does not", () => {
  for (const nothing of [null, 7, "x", [], {}]) {
    const view = readServiceView(nothing);
    assert.deepEqual([view.version, view.servers, view.stats], ["", [], {}]);
  }
  const view = readServiceView({
    stats: { rows: 5, histogram: {}, text: "x" },
    servers: [{
      name: "a",
      connections: [{}],
      subscriptions: [{ path: "p", since: "soon", owners: [1, "file"] }],
    }],
  });
  assert.deepEqual(view.stats, { rows: 5 });
  assert.deepEqual(view.servers[0]?.subscriptions[0], {
    ...{ path: "p", state: "", error: null, since: 0, receivedAt: 0, rows: 0 },
    ...{ owners: ["", "file"], connection: "", everyMs: null },
  });
});
