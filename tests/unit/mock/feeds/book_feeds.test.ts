/** Simulated books: snapshots and updates that chain, resets, liveness, and what changed between two sides. */
import assert from "node:assert/strict";
import type { Level } from "../../../../src/mock/market/book.ts";
import { diffSide } from "../../../../src/mock/market/book.ts";
import { bookFeed, topFeed } from "../../../../src/mock/feeds/book_feeds.ts";
import type { Push } from "../../../../src/mock/feeds/feed.ts";
import { createMarket } from "../../../../src/mock/market/market.ts";
import { bookEntries } from "../../../../src/mock/feeds/rows.ts";

type BookRow = { asks: string[][]; bids: string[][]; seqId: number; prevSeqId: number; checksum: number };

const START = Date.UTC(2026, 7, 14, 9, 30);

for (const instId of ["BTC-USDT", "DOGE-USDT-SWAP", "BTC-USD-260925-70000-C"]) {
  Deno.test(`the book of ${instId} is never crossed and its sequence only grows, over 4000 steps`, () => {
    const market = createMarket({ seed: 11, startMs: START });
    const { book } = market.listings.get(instId)!;
    let seqId = book.seqId;
    for (let step = 1; step <= 4000; step++) {
      // Every 50th step jumps, as after a machine's pause.
      market.step(START + step * 100 + Math.floor(step / 50) * 60_000, new Set([instId]));
      assert.ok(book.seqId >= seqId);
      seqId = book.seqId;
      const bid = book.bids[0]?.px ?? -Infinity;
      const ask = book.asks[0]?.px ?? Infinity;
      assert.ok(bid < ask, `${bid} and ${ask} at step ${step}`);
      assert.ok(book.asks.length <= 400 && book.bids.length <= 400);
    }
    assertOrdered(book.asks, 1);
    assertOrdered(book.bids, -1);
  });
}

for (const depth of [400, 50]) {
  Deno.test(`a client that merges the updates of ${depth} levels has the book, and the numbers chain`, () => {
    const market = createMarket({ seed: 12, startMs: START });
    const listing = market.listings.get("BTC-USDT-SWAP")!;
    const feed = bookFeed(listing, depth);
    const [first] = feed.first(START);
    const snapshot = rowOf(first!);
    assert.equal(snapshot.prevSeqId, -1);
    assert.equal(snapshot.checksum, 0);
    const asks = new Map(snapshot.asks.map((entry) => [entry[0], entry]));
    const bids = new Map(snapshot.bids.map((entry) => [entry[0], entry]));
    let { seqId } = snapshot;
    for (let step = 1; step <= 3000; step++) {
      market.step(START + step * 100);
      for (const push of feed.next(market.nowMs)) {
        const row = rowOf(push);
        assert.equal(row.prevSeqId, seqId);
        assert.ok(row.seqId >= seqId);
        seqId = row.seqId;
        merge(asks, row.asks);
        merge(bids, row.bids);
      }
    }
    const top = (levels: readonly Level[]) => bookEntries(listing, levels.slice(0, depth));
    assert.deepEqual([...asks.values()].sort((a, b) => Number(a[0]) - Number(b[0])), top(listing.book.asks));
    assert.deepEqual([...bids.values()].sort((a, b) => Number(b[0]) - Number(a[0])), top(listing.book.bids));
  });
}

Deno.test("a second subscriber's snapshot has the number that the first one's updates go on from", () => {
  const market = createMarket({ seed: 12, startMs: START });
  const feed = bookFeed(market.listings.get("ETH-USDT")!, 400);
  feed.first(START);
  market.step(START + 100);
  feed.next(START + 100);
  const late = rowOf(feed.first(START + 150)[0]!);
  market.step(START + 200);
  assert.equal(rowOf(feed.next(START + 200)[0]!).prevSeqId, late.seqId);
});

Deno.test("after a reset the numbers are small and the chain still holds", () => {
  const market = createMarket({ seed: 12, startMs: START });
  const feed = bookFeed(market.listings.get("ETH-USDT")!, 400);
  let { seqId } = rowOf(feed.first(START)[0]!);
  const before = seqId;
  market.resetSequences();
  for (let step = 1; step <= 20; step++) {
    market.step(START + step * 100);
    for (const row of feed.next(market.nowMs).map(rowOf)) {
      assert.equal(row.prevSeqId, seqId);
      seqId = row.seqId;
    }
  }
  assert.ok(seqId < before && seqId < 1000);
});

Deno.test("a book without a change for a minute says that it is alive", () => {
  const market = createMarket({ seed: 12, startMs: START });
  const feed = bookFeed(market.listings.get("ETH-USDT")!, 400);
  const { seqId } = rowOf(feed.first(START)[0]!);
  assert.deepEqual(feed.next(START + 59_000), []);
  const heartbeat = rowOf(feed.next(START + 60_000)[0]!);
  assert.deepEqual([heartbeat.asks, heartbeat.bids], [[], []]);
  assert.deepEqual([heartbeat.prevSeqId, heartbeat.seqId], [seqId, seqId]);
});

Deno.test("books5 repeats its five levels only when one of them changed", () => {
  const market = createMarket({ seed: 12, startMs: START });
  const listing = market.listings.get("ETH-USDT")!;
  const feed = topFeed(listing, 5);
  let last = JSON.stringify(rowOf(feed.first(START)[0]!).asks.concat(rowOf(feed.first(START)[0]!).bids));
  for (let step = 1; step <= 500; step++) {
    market.step(START + step * 100);
    for (const push of feed.next(market.nowMs)) {
      const { asks, bids } = rowOf(push);
      assert.deepEqual([asks.length, bids.length], [5, 5]);
      assert.notEqual(JSON.stringify(asks.concat(bids)), last);
      last = JSON.stringify(asks.concat(bids));
    }
  }
});

Deno.test("diffSide() returns new, changed and vanished levels in order", () => {
  const level = (px: number, lots: number): Level => ({ px, lots, orders: 1 });
  const kept = level(2, 5);
  assert.deepEqual(diffSide([level(1, 1), kept, level(3, 1)], [kept, level(3, 9), level(4, 2)], 1), [
    { px: 1, lots: 0, orders: 0 },
    level(3, 9),
    level(4, 2),
  ]);
  assert.deepEqual(diffSide([level(9, 1)], [level(10, 1), level(9, 1)], -1), [level(10, 1)]);
});

function rowOf(push: Push): BookRow {
  return push.data[0] as BookRow;
}

function merge(side: Map<string | undefined, string[]>, entries: string[][]): void {
  for (const entry of entries) {
    if (Number(entry[1]) === 0) assert.ok(side.delete(entry[0]), `unknown price ${entry[0]}`);
    else side.set(entry[0], entry);
  }
}

function assertOrdered(levels: readonly Level[], sign: 1 | -1): void {
  for (let index = 1; index < levels.length; index++) {
    assert.ok((levels[index]!.px - levels[index - 1]!.px) * sign > 0);
  }
}

Deno.test("a book with RPI orders says how much of a level is for everybody, and has no checksum", () => {
  const market = createMarket({ seed: 4, startMs: START });
  const [snapshot] = bookFeed(market.listings.get("BTC-USDT")!, 400, { rpi: true }).first(START);
  const row = snapshot?.data[0] as { asks: string[][]; bids: string[][] };
  assert.equal("checksum" in row, false);
  const levels = [...row.asks, ...row.bids];
  assert.ok(levels.every(([, size, open]) => Number(open) <= Number(size)));
  assert.ok(levels.some(([, size, open]) => open !== size));
});
