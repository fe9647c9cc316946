/** Paths that are suggested while one is typed. */
import assert from "node:assert/strict";
import { suggestPaths } from "../../../web/suggest_paths.ts";

const KNOWN = { instruments: ["ETH-USDT", "BTC-USDT", "BTC-USDT-SWAP"], subscribed: new Set<string>() };

Deno.test("a channel brings the instrument of interest, an instrument the usual channels", () => {
  assert.equal(suggestPaths("tick", KNOWN)[0], "tickers:ETH-USDT");
  assert.deepEqual(suggestPaths("btc-usdt-s", KNOWN), [
    "tickers:BTC-USDT-SWAP",
    "candle1m:BTC-USDT-SWAP",
    "books:BTC-USDT-SWAP",
    "trades:BTC-USDT-SWAP",
  ]);
  assert.ok(suggestPaths("candle15", KNOWN).includes("candle15m:ETH-USDT"));
  assert.ok(suggestPaths("accoun", KNOWN).includes("account"));
});

Deno.test("behind the colon come what the channel takes: instruments, or products", () => {
  assert.deepEqual(suggestPaths("trades:usdt", KNOWN), [
    "trades:ETH-USDT",
    "trades:BTC-USDT",
    "trades:BTC-USDT-SWAP",
  ]);
  assert.deepEqual(suggestPaths("TRADES:BTC", KNOWN), ["trades:BTC-USDT", "trades:BTC-USDT-SWAP"]);
  assert.deepEqual(suggestPaths("instruments:s", KNOWN), [
    "instruments:SPOT",
    "instruments:SWAP",
    "instruments:FUTURES",
  ]);
  assert.deepEqual(suggestPaths("status:", KNOWN), []);
});

Deno.test("what is subscribed already, or typed whole, is not suggested; a list is short enough to be read", () => {
  const subscribed = new Set(["trades:ETH-USDT"]);
  assert.deepEqual(suggestPaths("trades:eth", { ...KNOWN, subscribed }), []);
  assert.deepEqual(suggestPaths("trades:ETH-USDT", KNOWN), []);
  assert.deepEqual(suggestPaths("", { ...KNOWN, instruments: [] }), []);
  const instruments = Array.from({ length: 5000 }, (_, n) => `A${n}-USDT`);
  assert.equal(suggestPaths("tickers:a", { ...KNOWN, instruments }).length, 30);
  assert.equal(suggestPaths("a", { ...KNOWN, instruments }).length, 30);
});
