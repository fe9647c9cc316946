/** Names of keys and channels. */
import assert from "node:assert/strict";
import calculateSlot from "cluster-key-slot";
import fc from "fast-check";
import { createKeys, escapeGlob, everyKey, replyKey } from "../../../../src/store/layout/keys.ts";

Deno.test("createKeys() spells the documented names", () => {
  const keys = createKeys("okex", "test");
  assert.deepEqual(
    {
      prefix: keys.prefix,
      status: keys.status,
      event: keys.event,
      subs: keys.subs,
      ticker: keys.path("spot/ticker:ETH-USDT"),
      table: keys.table("tickers"),
      row: keys.row("positions", "307173036051017730"),
      candle: keys.indexed(keys.path("candle1m:BTC-USDT"), "1786540440000"),
      trade: keys.indexed(keys.path("spot/trade"), "42"),
      instrument: keys.member(keys.path("instruments:SPOT"), "BTC-USDT"),
    },
    {
      prefix: "okex/test",
      status: "okex/test/status",
      event: "okex/test/event",
      subs: "okex/test/subs",
      ticker: "okex/test/spot/ticker:ETH-USDT",
      table: "okex/test/tickers",
      row: "okex/test/positions:307173036051017730",
      candle: "okex/test/candle1m:BTC-USDT/1786540440000",
      trade: "okex/test/spot/trade/42",
      instrument: "okex/test/instruments:SPOT:BTC-USDT",
    },
  );
});

Deno.test("createKeys() keeps the exchange's status channel apart from the connection status", () => {
  const keys = createKeys("okex", "test");
  assert.notEqual(keys.table("status"), keys.status);
});

Deno.test("replyKey() is the info key and the id", () => {
  assert.equal(replyKey("trade-ws/info", "140234"), "trade-ws/info/140234");
});

Deno.test("everyKey() matches everything under the prefix and nothing beside it", () => {
  assert.equal(everyKey("okex"), "okex/*");
  assert.equal(everyKey("a*b"), "a\\*b/*");
});

Deno.test("escapeGlob() leaves no character with a meaning in a pattern unescaped", () => {
  assert.equal(escapeGlob("okex/test/tickers:ETH-USDT"), "okex/test/tickers:ETH-USDT");
  fc.assert(fc.property(fc.string(), (text) => {
    assert.equal(escapeGlob(text).replace(/\\([\\*?[\]])/g, "$1"), text);
    assert.ok(!/(^|[^\\])(\\\\)*[*?[\]]/.test(escapeGlob(text)));
  }));
});

Deno.test("createKeys() gives all keys and channels of a server one hash tag in a cluster, and only there", () => {
  const keys = createKeys("okex", "test", true);
  const names = [
    ...[keys.status, keys.event, keys.subs, keys.gaps, keys.wanted, keys.path("tickers:BTC-USDT")],
    ...[keys.open("orders:SPOT"), keys.table("tickers"), keys.row("orders", "1")],
    ...[keys.indexed(keys.path("candle1m:BTC-USDT"), "1"), keys.member(keys.path("instruments:SPOT"), "A")],
  ];
  for (const name of names) assert.match(name, /^okex\/\{test\}\//);
  assert.equal(new Set(names.map((name) => calculateSlot(name))).size, 1);
  assert.equal(createKeys("okex", "test").prefix, "okex/test");
});
