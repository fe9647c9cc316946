import assert from "node:assert/strict";
import { deflateRawSync, inflateRawSync } from "node:zlib";
import type { Feed } from "../../../src/mock/feeds/feed.ts";
import { createReplay } from "../../../src/mock/replay.ts";

const V3_TICKER = '{"table":"spot/ticker","data":[{"last":"2","instrument_id":"BTC-USDT"}]}';

const RECORDING = [
  '{"event":"subscribe","arg":{"channel":"trades","instId":"BTC-USDT"},"connId":"ae314bfb"}',
  '{"arg":{"channel":"trades","instId":"BTC-USDT"},"data":[{"instId":"BTC-USDT","tradeId":"1"}]}',
  '{"arg":{"channel":"trades","instId":"ETH-USDT"},"data":[{"instId":"ETH-USDT","tradeId":"7"}]}',
  "cut in the middle {",
  '{"arg":{"channel":"trades","instId":"BTC-USDT"},"data":[{"instId":"BTC-USDT","tradeId":"2"}]}',
  '{"arg":{"channel":"books","instId":"BTC-USDT"},"action":"snapshot","data":[{"asks":[],"bids":[]}]}',
  '{"table":"spot/ticker","data":[{"last":"1","instrument_id":"BTC-USDT"}]}',
  JSON.stringify({
    recvTs: 1618678165.24469,
    frameBase64: deflateRawSync(V3_TICKER).toString("base64"),
    text: V3_TICKER,
  }),
].join("\n");

Deno.test("a subscriber gets the recorded frames of its argument as they were, in order, at the rate", () => {
  const feed = createReplay(RECORDING, 2)({ channel: "trades", instId: "BTC-USDT" })!;
  feed.first(1000);
  assert.deepEqual(raws(feed, 1499), []);
  const lines = RECORDING.split("\n");
  assert.deepEqual(raws(feed, 1500), [lines[1]]);
  assert.deepEqual(raws(feed, 9000), [lines[4]]);
  assert.deepEqual(raws(feed, 99_000), []);
});

Deno.test("two subscribers each get the recording from its beginning", () => {
  const replay = createReplay(RECORDING, 1000);
  for (const atMs of [1000, 5000]) {
    const feed = replay({ channel: "trades", instId: "BTC-USDT" })!;
    feed.first(atMs);
    assert.equal(raws(feed, atMs + 1000).length, 2);
  }
});

Deno.test("a looping recording begins again", () => {
  const feed = createReplay(RECORDING, 1, true)({ channel: "trades", instId: "BTC-USDT" })!;
  feed.first(0);
  const lines = RECORDING.split("\n");
  assert.deepEqual(raws(feed, 3000), [lines[1], lines[4], lines[1]]);
});

Deno.test("book frames keep their action, for faults that look for snapshots", () => {
  const feed = createReplay(RECORDING, 1000)({ channel: "books", instId: "BTC-USDT" })!;
  feed.first(0);
  assert.deepEqual(feed.next(1000)[0]?.members, { action: "snapshot" });
});

Deno.test("v3 frames are found by table and instrument, and wire bytes are sent as they are", () => {
  const feed = createReplay(RECORDING, 1000)({ channel: "spot/ticker", instId: "BTC-USDT" })!;
  feed.first(0);
  const [text, bytes] = raws(feed, 1000);
  assert.equal(text, RECORDING.split("\n")[6]);
  assert.ok(bytes instanceof Uint8Array);
  assert.equal(inflateRawSync(bytes).toString(), V3_TICKER);
});

Deno.test("what was not recorded does not exist", () => {
  assert.equal(createReplay(RECORDING, 1)({ channel: "trades", instId: "XRP-USDT" }), undefined);
});

function raws(feed: Feed, nowMs: number): unknown[] {
  return feed.next(nowMs).map(({ raw }) => raw);
}
