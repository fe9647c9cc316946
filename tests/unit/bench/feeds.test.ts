/** What the stand-in exchange of the benchmark sends, read as a program reads it. */
import assert from "node:assert/strict";
import { findStamp } from "../../../scripts/bench/clock.ts";
import { createBook, DEPTH } from "../../../scripts/bench/exchange/books.ts";
import type { Feed } from "../../../scripts/bench/exchange/feed.ts";
import { instrumentList, instrumentNames } from "../../../scripts/bench/exchange/instruments.ts";
import { createTickers } from "../../../scripts/bench/exchange/tickers.ts";
import { type Level, PlainBook } from "../../../scripts/bench/programs/plain_book.ts";

const START = 1_795_855_200_000_001;
const decoder = new TextDecoder();

Deno.test("tickers are rows of about 350 bytes that differ, each with the time of sending", () => {
  const feed = createTickers("COIN007-USDT");
  const texts = Array.from({ length: 25 }, (_, i) => textOf(feed.next(START + i)));
  for (const [i, text] of texts.entries()) {
    const { arg, data: [row] } = JSON.parse(text);
    assert.deepEqual(arg, { channel: "tickers", instId: "COIN007-USDT" });
    assert.equal(row.instId, "COIN007-USDT");
    assert.equal(row.ts, "1795855200000");
    assert.equal(findStamp(text), START + i);
    assert.ok(text.length > 300 && text.length < 450, String(text.length));
  }
  assert.equal(new Set(texts.map((text) => JSON.parse(text).data[0].last)).size, 20);
});

Deno.test("increments of a book follow each other by their sequence, and keep it whole", () => {
  const feed = createBook("COIN001-USDT", 0);
  const snapshot = rowOf(feed.first[0] as Uint8Array);
  assert.equal(snapshot.prevSeqId, -1);
  const book = new PlainBook();
  book.apply(snapshot);
  let seqId = snapshot.seqId;
  const depths = new Set<number>();
  for (let i = 0; i < 3200; i++) {
    const frame = feed.next(START + i);
    const row = rowOf(frame);
    assert.equal(row.prevSeqId, seqId);
    assert.ok(row.seqId > seqId);
    seqId = row.seqId;
    book.apply(row);
    assert.equal(findStamp(textOf(frame)), START + i);
    assert.ok(frame.length > 300 && frame.length < 500, String(frame.length));
    if (i % 16 > 1) continue;
    const { bids, asks } = book.top(DEPTH + 1);
    assert.ok(Number(bids[0]?.[0]) < Number(asks[0]?.[0]));
    depths.add(bids.length).add(asks.length);
  }
  // One level of each side goes and comes back.
  assert.deepEqual([...depths].toSorted(), [DEPTH - 1, DEPTH]);
});

Deno.test("books do not share what differs from one to the other", () => {
  const [one, other] = [createBook("COIN001-USDT", 0), createBook("COIN002-USDT", 1)];
  const first = textOf(one.next(START));
  other.next(START + 5);
  const second = rowOf(one.next(START + 10));
  assert.equal(JSON.parse(first).arg.instId, "COIN001-USDT");
  assert.equal(second.prevSeqId, JSON.parse(first).data[0].seqId);
});

Deno.test("PlainBook keeps levels sorted, replaces one by its price and removes what has no size", () => {
  const book = new PlainBook();
  book.apply({ bids: [["1", "5"], ["3", "5"], ["2", "5"]], asks: [["9", "1"], ["8", "1"]] });
  book.apply({ bids: [["2", "7"], ["3", "0"], ["4", "0"]], asks: [["8.5", "2"]] });
  assert.deepEqual(book.top(9), {
    bids: [["2", "7"], ["1", "5"]],
    asks: [["8", "1"], ["8.5", "2"], ["9", "1"]],
  });
});

Deno.test("REST lists the instruments that are subscribed, and none of other kinds", () => {
  const { data } = instrumentList(3, "SPOT") as { data: { instId: string }[] };
  assert.deepEqual(data.map(({ instId }) => instId), instrumentNames(3));
  assert.deepEqual(instrumentList(3, "SWAP"), { code: "0", msg: "", data: [] });
});

type BookRow = { bids: Level[]; asks: Level[]; prevSeqId: number; seqId: number };

function rowOf(frame: Uint8Array): BookRow {
  return JSON.parse(textOf(frame)).data[0];
}

/** The payload of a frame: these are longer than 125 bytes. */
function textOf(frame: ReturnType<Feed["next"]>): string {
  return decoder.decode(frame.subarray(frame[1] === 126 ? 4 : 10));
}
