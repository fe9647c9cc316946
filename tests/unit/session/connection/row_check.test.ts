/** What of a push is passed on as rows of its subscription. */
import assert from "node:assert/strict";
import type { DataFrame } from "../../../../src/okx/frame.ts";
import { parseTopic, type Topic } from "../../../../src/okx/topic.ts";
import { RowCheck } from "../../../../src/session/connection/row_check.ts";
import { Snapshot } from "../../../../src/session/recovery/snapshot_pages.ts";
import { createUpstream } from "../../../../src/session/subscriptions/upstream.ts";
import { createStats } from "../../../../src/model/stats.ts";

function start(path: string) {
  const topic = parseTopic(path) as Topic;
  const upstream = createUpstream(topic, 0);
  upstream.topics.set(path, topic);
  upstream.list = [topic];
  const stats = createStats(0);
  const check = new RowCheck(stats);
  const push = (rows: readonly unknown[], more: Partial<DataFrame> = {}, at = 0) =>
    check.check(upstream, { kind: "data", arg: topic.arg, rows, action: undefined, text: "", ...more }, at);
  return { stats, check, push };
}

const position = (posId: string) => ({ instType: "SWAP", posId, pos: "1" });

Deno.test("a snapshot in pages is none from the first page on that has a row which cannot be read", () => {
  const { push, stats } = start("positions:SWAP");
  const snapshot = new Snapshot(undefined);
  const page = (number: number, last: boolean, ...rows: unknown[]) => {
    const { frame } = push(rows, { action: "snapshot", page: { number, last } });
    return [frame.action, frame.page?.number, frame.rows.length, snapshot.take(frame, 0)];
  };
  assert.deepEqual(page(1, false, position("1")), ["snapshot", 1, 1, false]);
  assert.deepEqual(page(2, false, position("2"), { posId: "" }), ["update", undefined, 1, false]);
  assert.deepEqual(page(3, true, position("3")), ["update", undefined, 1, false]);
  assert.equal(stats.unreadable, 1);
  assert.deepEqual(page(1, false, position("1")), ["snapshot", 1, 1, false]);
  assert.deepEqual(page(2, true, position("2")), ["snapshot", 2, 1, true]);
});

Deno.test("a snapshot in pages is none from the first page on that does not follow the one before it", () => {
  const { push } = start("positions:SWAP");
  const page = (number: number, last: boolean) => {
    const { frame, isTorn } = push([position(String(number))], {
      action: "snapshot",
      page: { number, last },
    });
    return [frame.action, frame.page?.number, isTorn];
  };
  assert.deepEqual(page(1, false), ["snapshot", 1, false]);
  assert.deepEqual(page(3, false), ["update", undefined, true]);
  assert.deepEqual(page(4, true), ["update", undefined, false], "said once");
  assert.deepEqual([page(1, false), page(2, true)], [["snapshot", 1, false], ["snapshot", 2, false]]);
  assert.deepEqual(page(2, true), ["update", undefined, true], "its first page is missing");
  assert.deepEqual([page(1, false), page(1, false), page(2, false)].map(([, , isTorn]) => isTorn), [
    ...[false, false, false],
  ]);
  assert.deepEqual(page(2, true), ["update", undefined, true], "the same once more");
  assert.deepEqual(page(1, true), ["snapshot", 1, false]);
});

Deno.test("pages of a snapshot belong together when they follow each other soon, and a late one is missing", () => {
  const { push, check } = start("positions:SWAP");
  const page = (number: number, last: boolean, at: number) => {
    const more = { action: "snapshot", page: { number, last } } as const;
    const { frame, isTorn } = push([position(String(number))], more, at);
    return [frame.action, isTorn];
  };
  const torn = (at: number) => check.torn(at).map(({ arg }) => arg.channel);
  assert.deepEqual([page(1, false, 0), page(2, false, 3000), page(3, true, 6000)].map(String), [
    ...["snapshot,false", "snapshot,false", "snapshot,false"],
  ]);
  assert.deepEqual(torn(99_999), [], "it was whole");
  page(1, false, 100_000);
  assert.deepEqual(page(2, true, 112_000), ["update", true], "of another snapshot");
  page(1, false, 200_000);
  assert.deepEqual([torn(203_000), torn(203_001), torn(203_002)], [[], ["positions"], []], "said once");
  assert.deepEqual(page(2, true, 203_003), ["update", false]);
  assert.deepEqual([page(1, false, 203_004), page(2, true, 203_005)].map(String), [
    ...["snapshot,false", "snapshot,false"],
  ]);
});

Deno.test("a snapshot without pages is not joined when a part of it cannot be read", () => {
  const snapshot = new Snapshot("balancesAndPositions");
  const arg = { channel: "balance_and_position" };
  const rows = [{ eventType: "snapshot", balData: [{ ccy: "BTC" }], posData: [] }];
  snapshot.take({ kind: "data", arg, rows, action: undefined, text: "" }, 0);
  assert.equal(snapshot.dueIn(0), 500);
  snapshot.spoil();
  assert.equal(snapshot.dueIn(500), undefined);
});

Deno.test("a small book that begins to be crossed cannot be read, until it is so for a while", () => {
  const { push } = start("books5:A");
  const book = (bid: string, at: number) =>
    push([{ bids: [[bid, "1"]], asks: [["100", "1"]], seqId: 1 }], {}, at).isBroken;
  assert.equal(book("101", 0), false, "crossed from the start, as before an opening");
  assert.equal(book("102", 1), false);
  assert.equal(book("99", 2), false);
  assert.deepEqual([book("100", 3), book("101", 3002), book("99", 3003)], [true, true, false]);
  assert.deepEqual([book("101", 4000), book("101", 6999), book("101", 7000), book("102", 7001)], [
    true,
    true,
    false,
    false,
  ]);
});

Deno.test("a row of something else is filed where it can be read, and left out where it cannot", () => {
  const { push, stats } = start("tickers:A");
  const other = { instId: "B", last: "1", ts: "1" };
  const { frame, foreign, isSpoiled } = push([other, { instId: "B", ts: "1" }]);
  assert.deepEqual([frame.rows, foreign, isSpoiled], [[], [other], false]);
  assert.equal(stats.unexpected, 2);
});
