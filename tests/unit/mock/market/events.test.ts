/** What happens to instruments of the simulated market: listings, renames, ends, warnings. */
import assert from "node:assert/strict";
import type { Arg, Feed } from "../../../../src/mock/feeds/feed.ts";
import { findChannel } from "../../../../src/mock/feeds/channels.ts";
import type { Market } from "../../../../src/mock/market/market.ts";
import { createMarket } from "../../../../src/mock/market/market.ts";
import { createRest } from "../../../../src/mock/rest/rest.ts";

type Row = Record<string, unknown>;

const START = Date.UTC(2026, 7, 14, 9, 30);
const MINUTE = 60_000;

Deno.test("a listing is announced first, can be subscribed five minutes ahead, and begins in time", () => {
  const market = createMarket({ seed: 2, startMs: START });
  const instruments = open(market, { channel: "instruments", instType: "SPOT" });
  const instId = market.events.happen("listing", START, String(10 * MINUTE));
  assert.deepEqual(states(instruments, START), [[instId, "preopen"]]);
  assert.equal(listedState(market, instId), "preopen");
  market.step(START + 5 * MINUTE - 1);
  assert.equal(find(market, { channel: "tickers", instId }), undefined);
  market.step(START + 5 * MINUTE);
  const trades = open(market, { channel: "trades", instId });
  market.step(START + 10 * MINUTE - 100);
  assert.deepEqual(trades.next(market.nowMs), []);
  for (let step = 0; step < 20; step++) market.step(START + 10 * MINUTE + step * 100);
  assert.ok(trades.next(market.nowMs).length > 0);
  // Now and then a size of another instrument changes.
  assert.deepEqual(states(instruments, market.nowMs)[0], [instId, "live"]);
});

Deno.test("a delisted instrument is reported as expired, falls silent and is refused from then on", () => {
  const market = createMarket({ seed: 2, startMs: START });
  const spot = open(market, { channel: "instruments", instType: "SPOT" });
  const margin = open(market, { channel: "instruments", instType: "MARGIN" });
  const ticker = open(market, { channel: "tickers", instId: "BTC-USDT" });
  ticker.first(START);
  market.events.happen("delisting", START, "BTC-USDT");
  assert.deepEqual(states(spot, START), [["BTC-USDT", "expired"]]);
  assert.deepEqual(states(margin, START), [["BTC-USDT", "expired"]]);
  for (let step = 1; step < 50; step++) market.step(START + step * 100);
  assert.deepEqual(ticker.next(market.nowMs), []);
  assert.equal(find(market, { channel: "tickers", instId: "BTC-USDT" }), undefined);
  assert.equal(listedState(market, "BTC-USDT"), undefined);
});

Deno.test("a renamed instrument has its new name in REST alone, and the old one falls silent and is refused", () => {
  const market = createMarket({ seed: 2, startMs: START });
  const spot = open(market, { channel: "instruments", instType: "SPOT" });
  const ticker = open(market, { channel: "tickers", instId: "BTC-USDT" });
  ticker.first(START);
  const instId = market.events.happen("renaming", START, "BTC-USDT");
  assert.equal(instId, "R1-USDT");
  assert.deepEqual(states(spot, START), []);
  assert.deepEqual(["BTC-USDT", instId].map((each) => listedState(market, each)), [undefined, "live"]);
  const renamed = open(market, { channel: "tickers", instId });
  for (let step = 1; step < 50; step++) market.step(START + step * 100);
  assert.deepEqual(ticker.next(market.nowMs), []);
  assert.ok(renamed.next(market.nowMs).length > 0);
  assert.equal(find(market, { channel: "tickers", instId: "BTC-USDT" }), undefined);
  assert.equal(market.events.happen("renaming", market.nowMs, "BTC-USDT"), "no such instrument");
});

Deno.test("a change of an instrument is pushed", () => {
  const market = createMarket({ seed: 2, startMs: START });
  const feed = open(market, { channel: "instruments", instType: "SWAP" });
  assert.equal(market.events.happen("change", START, "ETH-USDT-SWAP"), "ETH-USDT-SWAP");
  assert.deepEqual(states(feed, START), [["ETH-USDT-SWAP", "live"]]);
});

Deno.test("a warning is repeated every second for a while, and then there is silence", () => {
  const market = createMarket({ seed: 2, startMs: START });
  const feed = open(market, { channel: "adl-warning", instType: "SWAP" });
  const other = open(market, { channel: "adl-warning", instType: "SWAP", instFamily: "BTC-USD" });
  assert.deepEqual(feed.first(START), []);
  market.events.happen("adl", START);
  let pushes = 0;
  for (let step = 1; step <= 200; step++) {
    market.step(START + step * 100);
    pushes += feed.next(market.nowMs).length;
    assert.deepEqual(other.next(market.nowMs), []);
  }
  assert.ok(pushes >= 5 && pushes <= 7, String(pushes));
});

Deno.test("an event contract expires in its channel, and its series lists those that live", () => {
  const market = createMarket({ seed: 2, startMs: START });
  const markets = open(market, { channel: "event-contract-markets", instType: "EVENTS" });
  const path = "/public/instruments?instType=EVENTS&seriesId=BTC-ABOVE-DAILY";
  const before = rowsOf(market, path).map(({ instId }) => instId);
  const instId = market.events.happen("expiry", START);
  assert.deepEqual(states(markets, START), [[instId, "expired"]]);
  assert.deepEqual(rowsOf(market, path).map((row) => row["instId"]), before.filter((one) => one !== instId));
});

Deno.test("trades of a family of options are reported one by one, with the family's newest at first", () => {
  const market = createMarket({ seed: 2, startMs: START });
  const feed = open(market, { channel: "option-trades", instType: "OPTION", instFamily: "BTC-USD" });
  assert.equal(feed.first(START).length, 1);
  for (let step = 1; step <= 100; step++) market.step(START + step * 100);
  const rows = feed.next(market.nowMs).map(({ data }) => data[0] as Row);
  assert.ok(new Set(rows.map(({ instId }) => instId)).size > 1);
  assert.equal(new Set(rows.map(({ instId, tradeId }) => `${instId} ${tradeId}`)).size, rows.length);
  assert.equal(find(market, { channel: "option-trades", instType: "OPTION" }), undefined);
});

function open(market: Market, arg: Arg): Feed {
  const feed = find(market, arg);
  assert.ok(feed !== undefined, JSON.stringify(arg));
  return feed;
}

function find(market: Market, arg: Arg): Feed | undefined {
  return findChannel(arg["channel"] ?? "")?.open(market, arg);
}

/** Ids and states of what a feed has to say now. */
function states(feed: Feed, nowMs: number): unknown[][] {
  return feed.next(nowMs).flatMap(({ data }) => (data as Row[]).map(({ instId, state }) => [instId, state]))
    .filter(([, state]) => state !== undefined);
}

function listedState(market: Market, instId: string): unknown {
  return rowsOf(market, "/public/instruments?instType=SPOT").find((row) => row["instId"] === instId)
    ?.["state"];
}

function rowsOf(market: Market, path: string): Row[] {
  const url = new URL(`http://localhost/api/v5${path}`);
  return createRest({ market })(url, { nowMs: market.nowMs, client: "127.0.0.1" }).body.data as Row[];
}
