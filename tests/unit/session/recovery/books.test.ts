/** Order books: the chain of updates, gaps, snapshots that are late or missing, silence. */
import assert from "node:assert/strict";
import { snapshotCall } from "../../../../src/okx/book_channels.ts";
import type { DataFrame, Row } from "../../../../src/okx/frame.ts";
import { OrderBooks } from "../../../../src/session/recovery/books.ts";

const KEY = "books BTC-USDT";
const ARG = { channel: "books", instId: "BTC-USDT" };
const TIMING = { snapshotMs: 3000, silentMs: 75_000 };

function row(prevSeqId: number, seqId: number, bid = "100", size = "1"): Row {
  return { bids: [[bid, size, "0", "1"]], asks: [["101", "1", "0", "1"]], ts: "1", prevSeqId, seqId };
}

function push(action: string, ...rows: Row[]): DataFrame {
  return { kind: "data", arg: ARG, rows, action, text: "" };
}

/** A live book at sequence number 10. */
function liveBook(): OrderBooks {
  const books = new OrderBooks(TIMING);
  assert.equal(books.onFrame(KEY, push("snapshot", row(-1, 10)), 0).view.state, "live");
  return books;
}

Deno.test("Books follows the documented chain: update, liveness, reset, update", () => {
  const books = liveBook();
  const chain: [number, number][] = [[10, 15], [15, 15], [15, 3], [3, 5]];
  for (const [before, seqId] of chain) {
    const { broken, view } = books.onFrame(KEY, push("update", row(before, seqId)), 1);
    assert.equal(broken, undefined);
    assert.equal(view.seqId, String(seqId));
  }
});

Deno.test("Books is syncing after a gap, passes nothing on, and is live with the next snapshot", () => {
  const books = liveBook();
  const { broken, view, applied } = books.onFrame(KEY, push("update", row(12, 13)), 1);
  assert.deepEqual([broken, view.state, applied], ["gap", "syncing", false]);
  assert.equal(books.onFrame(KEY, push("update", row(13, 14)), 2).applied, false);
  const again = books.onFrame(KEY, push("snapshot", row(-1, 20)), 3);
  assert.deepEqual([again.broken, again.view.state, again.view.seqId], [undefined, "live", "20"]);
});

Deno.test("Books leaves out an increment that comes twice", () => {
  const books = liveBook();
  books.onFrame(KEY, push("update", row(10, 11)), 1);
  const { broken, applied, view } = books.onFrame(KEY, push("update", row(10, 11)), 2);
  assert.deepEqual([broken, applied, view.state], [undefined, false, "live"]);
});

Deno.test("Books takes a crossed increment for a fault, and a crossed snapshot for the exchange's own", () => {
  const books = liveBook();
  assert.equal(books.onFrame(KEY, push("update", row(10, 11, "102")), 1).broken, "crossed");
  const opening = new OrderBooks(TIMING);
  assert.equal(opening.onFrame(KEY, push("snapshot", row(-1, 1, "102")), 0).view.state, "live");
  assert.equal(opening.onFrame(KEY, push("update", row(1, 2, "103")), 1).broken, undefined);
});

Deno.test("Books applies increments that came before their late snapshot", () => {
  const books = new OrderBooks(TIMING);
  assert.equal(books.onFrame(KEY, push("update", row(10, 11)), 0).applied, false);
  books.onFrame(KEY, push("update", row(11, 12, "99")), 1);
  const { view } = books.onFrame(KEY, push("snapshot", row(-1, 10)), 2);
  assert.deepEqual([view.state, view.seqId, view.bids.length], ["live", "12", 2]);
});

Deno.test("Books asks for a REST snapshot when no snapshot comes, and starts with the increment that reaches across it", () => {
  const books = new OrderBooks(TIMING);
  books.expect(KEY, ARG, 0);
  books.onFrame(KEY, push("update", row(10, 12)), 1);
  books.onFrame(KEY, push("update", row(12, 15, "99")), 2);
  assert.deepEqual(books.snapshotsDue(2999), []);
  assert.deepEqual(books.snapshotsDue(3000), [{ key: KEY, arg: ARG }]);
  assert.deepEqual(books.snapshotsDue(3001), [], "once per waiting time");
  const verdict = books.onRestSnapshot(KEY, { ...row(0, 11), prevSeqId: undefined }, 3100);
  assert.deepEqual([verdict?.view.state, verdict?.view.seqId], ["live", "15"]);
});

Deno.test("Books waits for another seed when one is older than the increments it holds", () => {
  const books = new OrderBooks(TIMING);
  books.onFrame(KEY, push("update", row(10, 12)), 0);
  books.snapshotsDue(3000);
  assert.equal(books.onRestSnapshot(KEY, { ...row(0, 7), prevSeqId: undefined }, 3100), undefined);
  assert.equal(books.snapshotsDue(100_000).length, 1);
  assert.equal(
    books.onRestSnapshot(KEY, { ...row(0, 12), prevSeqId: undefined }, 100_001)?.view.state,
    "live",
  );
});

Deno.test("Books does not take a REST snapshot that was asked for before the book was given up", () => {
  const books = new OrderBooks(TIMING);
  books.onFrame(KEY, push("update", row(10, 12)), 0);
  books.snapshotsDue(3000);
  books.onFrame(KEY, push("snapshot", row(-1, 20)), 3001);
  books.onFrame(KEY, push("update", row(25, 26)), 3002);
  assert.equal(books.onRestSnapshot(KEY, { ...row(0, 30), prevSeqId: undefined }, 3003), undefined);
});

Deno.test("Books names a book on which nothing came for longer than the exchange is silent", () => {
  const books = liveBook();
  assert.deepEqual(books.silent(74_999), []);
  const [found] = books.silent(75_000);
  assert.deepEqual([found?.key, found?.verdict.broken, found?.verdict.view.state], [
    KEY,
    "silent",
    "syncing",
  ]);
  assert.deepEqual(books.silent(75_001), [], "once");
});

Deno.test("Books waits longer with each trouble, and not at all again after a quiet minute", () => {
  const books = liveBook();
  const delays: number[] = [];
  for (let i = 0; i < 9; i++) {
    books.onFrame(KEY, push("update", row(98, 99)), i);
    delays.push(books.resyncDelay(KEY));
    books.onFrame(KEY, push("snapshot", row(-1, 100)), i);
  }
  assert.deepEqual(delays, [0, 1000, 2000, 4000, 8000, 16_000, 32_000, 60_000, 60_000]);
  books.onFrame(KEY, push("update", row(101, 102)), 100_000);
  assert.equal(books.resyncDelay(KEY), 0);
});

Deno.test("Books keeps a bounded number of increments for a book that never comes", () => {
  const books = new OrderBooks(TIMING);
  for (let i = 0; i < 5000; i++) books.onFrame(KEY, push("update", row(i, i + 1)), 0);
  books.snapshotsDue(10_000);
  // What was dropped from the front is missing: only a REST snapshot within the kept ones fits.
  assert.equal(books.onRestSnapshot(KEY, { ...row(0, 1000), prevSeqId: undefined }, 10_001), undefined);
  books.snapshotsDue(1_000_000);
  assert.equal(
    books.onRestSnapshot(KEY, { ...row(0, 4000), prevSeqId: undefined }, 1_000_001)?.view.seqId,
    "5000",
  );
});

Deno.test("seedCall() names the call of each channel that has one", () => {
  assert.equal(snapshotCall(ARG)?.path, "/market/books");
  assert.equal(snapshotCall({ channel: "books50-l2-tbt", instId: "A" })?.query.sz, "50");
  assert.equal(snapshotCall({ channel: "books-rpi", instId: "A" })?.path, "/market/books-rpi");
  assert.equal(snapshotCall({ channel: "sprd-books-l2-tbt", sprdId: "A_B" }), undefined);
});

Deno.test("a book that waits for a number is syncing until it has reached it", () => {
  const books = liveBook();
  const stateOf = (before: number, seqId: number, now: number) =>
    books.onFrame(KEY, push("update", row(before, seqId)), now).view.state;
  assert.equal(books.waitFor(KEY, ARG, "20", 0)?.view.state, "syncing");
  assert.deepEqual([stateOf(10, 15, 1), stateOf(15, 22, 2), stateOf(22, 23, 3)], ["syncing", "live", "live"]);
  assert.equal(books.waitFor(KEY, ARG, "23", 4), undefined);
  const early = new OrderBooks(TIMING);
  assert.equal(early.waitFor(KEY, ARG, "20", 0), undefined);
  const frames = [push("snapshot", row(-1, 15)), push("update", row(15, 20)), push("update", row(20, 21))];
  // What was passed on before is not passed on again.
  assert.deepEqual(
    frames.map((frame) => early.onFrame(KEY, frame, 1)).map(({ view, applied }) => [view.state, applied]),
    [["syncing", false], ["live", false], ["live", true]],
  );
});
