/** Bars of the simulated market: where they begin and end, and that they are the sum of its trades. */
import assert from "node:assert/strict";
import { barEnd, barOpen, BARS } from "../../../../src/mock/market/bars.ts";
import { findChannel } from "../../../../src/mock/feeds/channels.ts";
import type { Trade } from "../../../../src/mock/market/listing.ts";
import { createMarket } from "../../../../src/mock/market/market.ts";
import { candleRow } from "../../../../src/mock/feeds/rows.ts";

const MINUTE = 60_000;
const START = Date.UTC(2026, 7, 14, 15, 57, 3);

Deno.test("there are 27 bars", () => {
  assert.equal(BARS.size, 27);
});

Deno.test("bars from six hours up begin at UTC+8 boundaries, their utc variants at UTC ones", () => {
  const at = Date.UTC(2026, 7, 14, 17, 30);
  const opens = (name: string) => new Date(barOpen(BARS.get(name)!, at)).toISOString();
  assert.equal(opens("1H"), "2026-08-14T17:00:00.000Z");
  assert.equal(opens("4H"), "2026-08-14T16:00:00.000Z");
  assert.equal(opens("6H"), "2026-08-14T16:00:00.000Z");
  assert.equal(opens("6Hutc"), "2026-08-14T12:00:00.000Z");
  assert.equal(opens("1D"), "2026-08-14T16:00:00.000Z");
  assert.equal(opens("1Dutc"), "2026-08-14T00:00:00.000Z");
  assert.equal(opens("1W"), "2026-08-09T16:00:00.000Z");
  assert.equal(opens("1M"), "2026-07-31T16:00:00.000Z");
  assert.equal(opens("3Mutc"), "2026-07-01T00:00:00.000Z");
});

Deno.test("every bar ends where the next begins", () => {
  for (const bar of BARS.values()) {
    const open = barOpen(bar, START);
    assert.ok(open <= START && START < barEnd(bar, open), bar.name);
    assert.equal(barOpen(bar, barEnd(bar, open)), barEnd(bar, open), bar.name);
    assert.equal(barOpen(bar, barEnd(bar, open) - 1), open, bar.name);
  }
});

Deno.test("a finished minute equals its trades", () => {
  const market = createMarket({ seed: 2, startMs: START });
  const listing = market.listings.get("SOL-USDT")!;
  const trades: Trade[] = [];
  let last = listing.lastTradeId;
  for (let ms = 100; ms < 5 * MINUTE; ms += 100) {
    market.step(START + ms);
    trades.push(...listing.tradesAfter(last));
    last = listing.lastTradeId;
  }
  const bar = BARS.get("1m")!;
  for (let openMs = barOpen(bar, START) + MINUTE; openMs + MINUTE <= market.nowMs; openMs += MINUTE) {
    const mine = trades.filter(({ timeMs }) => timeMs >= openMs && timeMs < openMs + MINUTE);
    const prices = mine.map(({ px }) => px);
    const candle = listing.candles.bar(bar, openMs, market.nowMs)!;
    assert.deepEqual([candle.open, candle.high, candle.low, candle.close, candle.lots], [
      prices[0],
      Math.max(...prices),
      Math.min(...prices),
      prices.at(-1),
      mine.flatMap(({ parts }) => parts).reduce((sum, lots) => sum + lots, 0),
    ]);
  }
});

Deno.test("a longer bar is the sum of its minutes, across the start too", () => {
  const market = createMarket({ seed: 2, startMs: START });
  const { candles } = market.listings.get("BTC-USDT")!;
  for (let ms = 100; ms < 4 * MINUTE; ms += 100) market.step(START + ms);
  const openMs = barOpen(BARS.get("15m")!, START);
  const whole = candles.bar(BARS.get("15m")!, openMs, market.nowMs)!;
  const minutes = Array.from(
    { length: 15 },
    (_, index) => candles.bar(BARS.get("1m")!, openMs + index * MINUTE, market.nowMs)!,
  );
  assert.equal(whole.lots, minutes.reduce((sum, { lots }) => sum + lots, 0));
  assert.equal(whole.high, Math.max(...minutes.filter(({ lots }) => lots > 0).map(({ high }) => high)));
  assert.equal(whole.close, minutes.at(-1)!.close);
});

Deno.test("a candle channel closes each bar once, in time, with its final values", () => {
  const market = createMarket({ seed: 2, startMs: START });
  const listing = market.listings.get("BTC-USDT")!;
  const feed = findChannel("candle1m")!.open(market, { channel: "candle1m", instId: "BTC-USDT" })!;
  const rows = feed.first(START).flatMap(({ data }) => data) as string[][];
  const confirmedAt = new Map<string, number>();
  for (let ms = 100; ms < 4 * MINUTE; ms += 100) {
    market.step(START + ms);
    for (const row of feed.next(market.nowMs).flatMap(({ data }) => data) as string[][]) {
      rows.push(row);
      if (row.at(-1) === "1") confirmedAt.set(row[0]!, market.nowMs);
    }
  }
  assert.deepEqual(
    [...confirmedAt.keys()].map(Number),
    [0, 1, 2, 3].map((index) => barOpen(BARS.get("1m")!, START) + index * MINUTE),
  );
  for (const [ts, atMs] of confirmedAt) {
    assert.ok(atMs - Number(ts) - MINUTE < 100);
    const candle = listing.candles.bar(BARS.get("1m")!, Number(ts), market.nowMs)!;
    assert.deepEqual(rows.filter((row) => row[0] === ts).at(-1), candleRow(listing, candle, true));
  }
  assert.ok(rows.every((row) => row.length === 9));
});

Deno.test("a minute without a trade repeats the last close with no volume", () => {
  const market = createMarket({ seed: 2, startMs: START });
  const { candles } = market.listings.get("BTC-USDT")!;
  market.step(START + 3 * MINUTE, new Set());
  const quiet = candles.bar(BARS.get("1m")!, barOpen(BARS.get("1m")!, START) + 2 * MINUTE, market.nowMs)!;
  const { open, high, low, close, lots } = quiet;
  assert.deepEqual([open, high, low, close, lots], [
    candles.last,
    candles.last,
    candles.last,
    candles.last,
    0,
  ]);
});
