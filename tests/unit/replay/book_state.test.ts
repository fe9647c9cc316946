/** The book at a place in a recording. */
import assert from "node:assert/strict";
import type { RecordedPush } from "../../../src/recording/frames.ts";
import { CODECS, type Protocol } from "../../../src/okx/codec.ts";
import { isBook, ReplayedBook } from "../../../src/replay/book_state.ts";

async function pushOf(text: string, protocol: Protocol = "v5"): Promise<RecordedPush> {
  const [frame] = await CODECS[protocol].decode(text);
  assert.ok(frame?.kind === "data");
  return {
    kind: "push",
    at: 0,
    time: 0,
    server: "test",
    protocol,
    key: "",
    arg: frame.arg,
    frame,
    raw: text,
  };
}

function book(action: string, asks: unknown, bids: unknown, seqId: string): string {
  const row = { asks, bids, ts: `${seqId}00`, checksum: 0, prevSeqId: 1, seqId: 0 };
  return JSON.stringify({ arg: { channel: "books", instId: "A-B" }, action, data: [row] })
    .replace('"seqId":0', `"seqId":${seqId}`);
}

Deno.test("a book in the middle is the last whole one with every change since, in the exchange's own texts", async () => {
  const state = new ReplayedBook();
  const pushes = await Promise.all([
    book("update", [["9", "1"]], [], "1"),
    book("snapshot", [["10.10", "1", "0", "2"], ["11", "2", "0", "1"]], [["9.5", "3", "0", "1"]], "2"),
    book(
      "update",
      [["10.10", "0", "0", "0"], ["10.5", "7.00", "0", "4"]],
      [["9.60", "1", "0", "1"]],
      "90071992547409931",
    ),
  ].map((text) => pushOf(text)));
  state.apply(pushes[0]!);
  assert.equal(state.snapshot(pushes[0]!), undefined, "nothing is known before a whole one");
  state.apply(pushes[1]!);
  state.apply(pushes[2]!);
  const text = state.snapshot(pushes[2]!)!;
  // More digits than a double has.
  assert.ok(text.includes('"seqId":90071992547409931'), text);
  const { arg, action, data: [row] } = JSON.parse(text);
  assert.deepEqual([arg, action], [{ channel: "books", instId: "A-B" }, "snapshot"]);
  assert.deepEqual(row.asks, [["10.5", "7.00", "0", "4"], ["11", "2", "0", "1"]]);
  assert.deepEqual(row.bids, [["9.60", "1", "0", "1"], ["9.5", "3", "0", "1"]]);
  assert.equal(row.prevSeqId, -1);
});

Deno.test("a book of v3 is a partial one of its table", async () => {
  const state = new ReplayedBook();
  const push = await pushOf(
    '{"table":"spot/depth","action":"partial","data":[{"instrument_id":"A-B","asks":[["2","1","0","1"]],"bids":[],"checksum":7}]}',
    "v3",
  );
  state.apply(push);
  assert.deepEqual(JSON.parse(state.snapshot(push)!), {
    table: "spot/depth",
    action: "partial",
    data: [{ instrument_id: "A-B", asks: [["2", "1", "0", "1"]], bids: [], checksum: 7 }],
  });
});

Deno.test("what has levels and says neither whole nor change is no book of this kind", async () => {
  const text = '{"arg":{"channel":"books5","instId":"A-B"},"data":[{"asks":[],"bids":[]}]}';
  assert.equal(isBook(await pushOf(text)), false);
  assert.equal(isBook(await pushOf(book("update", [], [], "1"))), true);
});
