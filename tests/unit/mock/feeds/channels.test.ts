/** Every channel that the simulated exchange has: members of its rows, how often they come, and who is sent which. */
import assert from "node:assert/strict";
import { channelNames, findChannel } from "../../../../src/mock/feeds/channels.ts";
import { Hub } from "../../../../src/mock/hub.ts";
import type { TopicSpec } from "../../../../src/mock/hub.ts";
import { createMarket } from "../../../../src/mock/market/market.ts";

const START = Date.UTC(2026, 7, 14, 9, 30);

const rows: readonly (readonly [channel: string, arg: Record<string, string>, members: string])[] = [
  [
    "tickers",
    { instId: "BTC-USDT-SWAP" },
    "instType instId last lastSz askPx askSz bidPx bidSz open24h high24h low24h volCcy24h vol24h sodUtc0 sodUtc8 ts",
  ],
  ["trades", { instId: "BTC-USDT" }, "instId tradeId px sz side ts count source seqId"],
  ["trades-all", { instId: "BTC-USDT" }, "instId tradeId px sz side source ts"],
  ["books", { instId: "BTC-USDT" }, "asks bids ts checksum prevSeqId seqId"],
  ["books5", { instId: "BTC-USDT" }, "asks bids instId ts seqId"],
  ["bbo-tbt", { instId: "BTC-USDT" }, "asks bids ts seqId"],
  ["mark-price", { instId: "BTC-USD-SWAP" }, "instType instId markPx ts"],
  ["index-tickers", { instId: "BTC-USD" }, "instId idxPx open24h high24h low24h sodUtc0 sodUtc8 ts"],
  [
    "funding-rate",
    { instId: "BTC-USD-SWAP" },
    "instType instId method formulaType fundingRate fundingTime nextFundingRate nextFundingTime minFundingRate " +
    "maxFundingRate interestRate impactValue settState settFundingRate premium ts",
  ],
  ["open-interest", { instId: "BTC-USD-SWAP" }, "instType instId oi oiCcy oiUsd ts"],
  ["price-limit", { instId: "BTC-USD-SWAP" }, "instId buyLmt sellLmt ts enabled"],
  [
    "opt-summary",
    { instFamily: "BTC-USD" },
    "instType instId uly delta gamma vega theta lever markVol bidVol askVol realVol deltaBS gammaBS thetaBS vegaBS " +
    "ts fwdPx volLv",
  ],
  ["status", {}, "title state begin end preOpenBegin href serviceType system scheDesc maintType env ts"],
];
for (const [channel, arg, members] of rows) {
  Deno.test(`a row of ${channel} has the members of the official table and no others`, () => {
    const market = createMarket({ seed: 9, startMs: START });
    const feed = findChannel(channel)!.open(market, { channel, ...arg })!;
    const row = feed.first(START)[0]?.data[0] as Record<string, unknown>;
    assert.deepEqual(Object.keys(row).sort(), members.split(" ").sort());
    const integers = ["seqId", "prevSeqId", "checksum"];
    for (const [member, value] of Object.entries(row)) {
      const kind = integers.includes(member) ? "number" : member === "enabled" ? "boolean" : "string";
      assert.equal(typeof value, ["asks", "bids"].includes(member) ? "object" : kind, member);
    }
  });
}

Deno.test("all 27, 26 and 26 candle channels are there", () => {
  const count = (prefix: string) => channelNames().filter((name) => name.startsWith(prefix)).length;
  assert.deepEqual([count("candle"), count("mark-price-candle"), count("index-candle")], [27, 26, 26]);
});

Deno.test("at ten steps a second a ticker is pushed five to ten times a second", () => {
  const market = createMarket({ seed: 9, startMs: START });
  for (const instId of ["BTC-USDT", "DOGE-USDT", "BTC-USD-SWAP"]) {
    const feed = findChannel("tickers")!.open(market, { channel: "tickers", instId })!;
    feed.first(market.nowMs);
    let pushes = 0;
    const from = market.nowMs;
    for (let step = 1; step <= 600; step++) {
      market.step(from + step * 100);
      pushes += feed.next(market.nowMs).length;
    }
    assert.ok(pushes / 60 >= 5 && pushes / 60 <= 10, `${instId}: ${pushes / 60}`);
  }
});

Deno.test("channels that have nothing to push exist all the same, for instruments that do", () => {
  const market = createMarket({ seed: 9, startMs: START });
  const auction = findChannel("call-auction-details")!;
  assert.deepEqual(
    auction.open(market, { channel: "call-auction-details", instId: "BTC-USDT" })?.first(START),
    [],
  );
  assert.equal(auction.open(market, { channel: "call-auction-details", instId: "BTC-XYZ" }), undefined);
  assert.deepEqual([findChannel("orders")?.endpoint, findChannel("orders")?.login], ["private", true]);
  assert.equal(findChannel("deposit-info")?.endpoint, "business");
});

Deno.test("instruments push nothing at first and a change now and then", () => {
  const market = createMarket({ seed: 9, startMs: START });
  const feed = findChannel("instruments")!.open(market, { channel: "instruments", instType: "SWAP" })!;
  assert.deepEqual(feed.first(START), []);
  assert.deepEqual(feed.next(START + 119_000), []);
  const [push] = feed.next(START + 120_000);
  assert.equal((push?.data[0] as { instType: string }).instType, "SWAP");
});

Deno.test("a newcomer's first row is not taken for the others' push", () => {
  const market = createMarket({ seed: 9, startMs: START });
  const feed = findChannel("mark-price")!.open(market, { channel: "mark-price", instId: "BTC-USDT-SWAP" })!;
  feed.first(START);
  let step = 1;
  while (
    market.listings.get("BTC-USDT-SWAP")!.markTicks(START) ===
      market.listings.get("BTC-USDT-SWAP")!.markTicks(START + step * 150)
  ) step++;
  feed.first(START + step * 150);
  assert.equal(feed.next(START + step * 150 + 200).length, 1);
});

Deno.test("a push is encoded once for all subscribers, and books leave in the official order", () => {
  const market = createMarket({ seed: 9, startMs: START });
  const hub = new Hub();
  let encoded = 0;
  const spec = (channel: string): TopicSpec => ({
    key: channel,
    channel,
    filter: "BTC-USDT",
    rank: findChannel(channel)!.rank,
    open: () => findChannel(channel)!.open(market, { channel, instId: "BTC-USDT" })!,
    encode: () => {
      encoded++;
      return channel;
    },
  });
  const order: string[] = [];
  const first = (_: unknown, { channel }: TopicSpec) => order.push(channel) > 0;
  const second = () => true;
  for (const channel of ["books5", "books", "bbo-tbt"]) hub.subscribe(spec(channel), first, { nowMs: START });
  hub.subscribe(spec("books"), second, { nowMs: START });
  order.length = encoded = 0;
  while (new Set(order).size < 3) {
    order.length = encoded = 0;
    market.step(market.nowMs + 100);
    hub.turn(market.nowMs);
  }
  assert.deepEqual(order, ["bbo-tbt", "books", "books5"]);
  assert.equal(encoded, 3);
  hub.unsubscribe("books", first);
  assert.deepEqual([...hub.watched()], ["BTC-USDT"]);
  assert.equal((hub.lastSent("books", "BTC-USDT") as { asks: unknown[] }).asks.length, 400);
});
