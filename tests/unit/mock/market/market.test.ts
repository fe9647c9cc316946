/** The simulated market from a seed: always the same, with every type of instrument, within its range. */
import assert from "node:assert/strict";
import { instrumentRow } from "../../../../src/mock/market/instruments.ts";
import { createMarket } from "../../../../src/mock/market/market.ts";
import type { Market } from "../../../../src/mock/market/market.ts";
import { bookEntries, tickerRow, tradeRow } from "../../../../src/mock/feeds/rows.ts";

const START = Date.UTC(2026, 7, 14, 9, 30, 12);

Deno.test("two markets of one seed stepped alike are alike, trade by trade", () => {
  const [left, right] = [history(7), history(7)];
  assert.deepEqual(left, right);
});

Deno.test("another seed gives another market", () => {
  assert.notDeepEqual(history(7), history(8));
});

Deno.test("trade ids of an instrument grow without gaps", () => {
  const market = createMarket({ seed: 3, startMs: START });
  const listing = market.listings.get("BTC-USDT-SWAP")!;
  let last = listing.lastTradeId;
  run(market, 2000, () => {
    for (const trade of listing.tradesAfter(last)) {
      assert.equal(trade.lastId - trade.parts.length, last);
      assert.ok(trade.parts.every((lots) => Number.isInteger(lots) && lots > 0));
      last = trade.lastId;
    }
  });
  assert.ok(last > listing.recentTrades()[0]!.lastId);
  assert.equal(listing.recentTrades().length, 500);
});

Deno.test("the thirty-odd instruments cover every type, and dated ones expire in the future", () => {
  const { listings, indexes } = createMarket({ seed: 1, startMs: START });
  const instruments = [...listings.values()].map(({ instrument }) => instrument);
  assert.ok(instruments.length >= 30);
  for (const type of ["SPOT", "SWAP", "FUTURES", "OPTION"]) {
    assert.ok(instruments.some(({ instType }) => instType === type), type);
  }
  assert.ok(["BTC-USDT", "BTC-USD", "ETH-USDT"].every((id) => indexes.has(id)));
  for (const { expiryMs } of instruments) assert.ok(expiryMs === undefined || expiryMs > START);
  assert.ok(listings.has("BTC-USD-260925") && listings.has("BTC-USD-260925-65000-C"));
});

Deno.test("an instrument row has the members of the official table and no others", () => {
  const { listings } = createMarket({ seed: 1, startMs: START });
  const members =
    "instType seriesId instId uly groupId instFamily category baseCcy quoteCcy settleCcy ctVal " +
    "ctMult ctValCcy ctType optType stk listTime contTdSwTime preMktSwTime auctionEndTime openType expTime " +
    "lever tickSz lotSz minSz alias state ruleType maxLmtSz maxMktSz maxLmtAmt maxMktAmt maxTwapSz " +
    "maxIcebergSz maxTriggerSz maxStopSz futureSettlement instIdCode instCategory upcChg";
  const row = instrumentRow(listings.get("BTC-USDT-SWAP")!.instrument, { nowMs: START });
  assert.deepEqual(Object.keys(row).sort(), members.split(" ").sort());
  assert.equal(row["tickSz"], "0.1");
});

Deno.test("prices lie on the tick grid and stay inside the day's range", () => {
  const market = createMarket({ seed: 5, startMs: START });
  run(market, 500, () => {});
  for (const listing of market.listings.values()) {
    const row = tickerRow(listing, market.nowMs);
    const { size } = listing.instrument.price;
    for (const member of ["last", "askPx", "high24h"]) {
      const ticks = Number(row[member]) / size;
      assert.ok(Math.abs(ticks - Math.round(ticks)) < 1e-6, `${row["instId"]} ${member} ${row[member]}`);
    }
    assert.ok(Number(row["last"]) <= Number(row["high24h"]), String(row["instId"]));
    assert.ok(Number(row["last"]) >= Number(row["low24h"]), String(row["instId"]));
  }
});

/** What one market does in a while, as rows. */
function history(seed: number): unknown[] {
  const market = createMarket({ seed, startMs: START });
  const listing = market.listings.get("ETH-USDT")!;
  const seen: unknown[] = [];
  let last = listing.lastTradeId;
  run(market, 300, () => {
    seen.push(...listing.tradesAfter(last).map((trade) => tradeRow(listing, trade)));
    last = listing.lastTradeId;
  });
  return [...seen, bookEntries(listing, listing.book.asks), market.liquidations];
}

function run(market: Market, steps: number, look: () => void): void {
  for (let step = 1; step <= steps; step++) {
    market.step(market.startMs + step * 100);
    look();
  }
}
