/** Spreads of the simulated market: books with numbers beyond 2^53, trades, candles. */
import assert from "node:assert/strict";
import { bookChecksum } from "../../../../src/mock/v3/checksum.ts";
import type { Push } from "../../../../src/mock/feeds/feed.ts";
import { encodeExact } from "../../../../src/mock/feeds/exact_json.ts";
import { findChannel } from "../../../../src/mock/feeds/channels.ts";
import type { Market } from "../../../../src/mock/market/market.ts";
import { createMarket } from "../../../../src/mock/market/market.ts";
import { createRest } from "../../../../src/mock/rest/rest.ts";

const START = Date.UTC(2026, 7, 14, 9, 30);
const SPREAD = "BTC-USDT_BTC-USDT-SWAP";

type Book = {
  readonly asks: string[][];
  readonly bids: string[][];
  readonly checksum: number;
  readonly seqId: bigint;
  readonly prevSeqId: bigint;
};

Deno.test("a client that merges the updates of a spread has its book, and the numbers chain beyond 2^53", () => {
  const market = createMarket({ seed: 3, startMs: START });
  const feed = openFeed(market, "sprd-books-l2-tbt");
  const sides = { asks: new Map<string, string>(), bids: new Map<string, string>() };
  let last = -1n;
  const take = ({ data }: Push) => {
    const book = data[0] as Book;
    assert.equal(book.prevSeqId, last);
    last = book.seqId;
    for (const side of ["asks", "bids"] as const) {
      for (const [px = "", sz = ""] of book[side]) {
        sz === "0" ? sides[side].delete(px) : sides[side].set(px, sz);
      }
    }
    const sorted = (side: "asks" | "bids", sign: 1 | -1) =>
      [...sides[side]].sort(([a], [b]) => sign * (Number(a) - Number(b)));
    assert.equal(book.checksum, bookChecksum(sorted("bids", -1), sorted("asks", 1)));
  };
  feed.first(START).forEach(take);
  for (let step = 1; step <= 200; step++) {
    market.step(START + step * 100);
    feed.next(market.nowMs).forEach(take);
  }
  assert.ok(last > 2n ** 53n);
});

Deno.test("numbers that no double holds are written out, and texts that look like them stay texts", () => {
  assert.equal(
    encodeExact({ seqId: 1724294007352168321n, prevSeqId: -1n, text: "int:5", px: "1" }),
    '{"seqId":1724294007352168321,"prevSeqId":-1,"text":"int:5","px":"1"}',
  );
});

Deno.test("the trades of a spread come once each and make its candles", () => {
  const market = createMarket({ seed: 3, startMs: START });
  const feed = openFeed(market, "sprd-public-trades");
  const rows: { tradeId: string; sz: string }[] = [];
  for (let step = 1; step <= 590; step++) {
    market.step(START + step * 100);
    for (const { data } of feed.next(market.nowMs)) rows.push(data[0] as typeof rows[number]);
  }
  assert.ok(rows.length > 50);
  assert.equal(new Set(rows.map(({ tradeId }) => tradeId)).size, rows.length);
  const [candle] = rowsOf(market, `/market/sprd-candles?sprdId=${SPREAD}&limit=1`) as string[][];
  assert.equal(candle?.length, 7);
  const total = rows.reduce((sum, { sz }) => sum + Math.round(Number(sz) * 1000), 0);
  assert.equal(Math.round(Number(candle?.[5]) * 1000), total);
});

Deno.test("the quick call has 300 bars a page and the history 100, whatever is asked for", () => {
  const market = createMarket({ seed: 3, startMs: START });
  const count = (call: string) => rowsOf(market, `/market/${call}?sprdId=${SPREAD}&limit=1000`).length;
  assert.deepEqual([count("sprd-candles"), count("sprd-history-candles")], [300, 100]);
});

Deno.test("a spread that does not exist is refused", () => {
  const market = createMarket({ seed: 3, startMs: START });
  assert.equal(
    findChannel("sprd-tickers")?.open(market, { channel: "sprd-tickers", sprdId: "A_B" }),
    undefined,
  );
  assert.equal(answer(market, "/market/sprd-candles?sprdId=A_B").body.code, "51001");
  assert.equal(answer(market, "/market/sprd-candles").body.code, "50014");
});

function openFeed(market: Market, channel: string) {
  const feed = findChannel(channel)?.open(market, { channel, sprdId: SPREAD });
  assert.ok(feed !== undefined);
  return feed;
}

function rowsOf(market: Market, path: string): readonly unknown[] {
  return answer(market, path).body.data;
}

function answer(market: Market, path: string) {
  const url = new URL(`http://localhost/api/v5${path}`);
  return createRest({ market })(url, { nowMs: market.nowMs, client: "127.0.0.1" });
}
