/** What is published of order books: the exchange's own text, and of legacy paths what programs of v3 verify. */
import assert from "node:assert/strict";
import { OrderBook } from "../../../../src/okx/order_book.ts";
import { bookChecksum } from "../../../../src/okx/checksum.ts";
import type { DataFrame } from "../../../../src/okx/frame.ts";
import { decodeV5 } from "../../../../src/okx/v5.ts";
import { Projector } from "../../../../src/store/layout/projector.ts";
import { AT, published } from "./events.ts";
import { topicOf } from "../../../support/topics.ts";

const P = "okex/test";

/** What is published of a snapshot and an increment. */
function messagesOf(path: string, texts: readonly string[]): [string, string][] {
  const topic = topicOf(path);
  const projector = new Projector({ keyPrefix: "okex", server: "test", maxRow: 3 });
  const book = new OrderBook();
  return texts.flatMap((text) => {
    const frame = decodeV5(text) as DataFrame;
    for (const row of frame.rows) book.apply(frame.action, row as Record<string, unknown>);
    const { bids, asks, ts, seqId } = book;
    const view = { bids, asks, ts, seqId, state: "live" } as const;
    return published(projector.project({ kind: "book", topics: [topic], frame, book: view, at: AT }));
  });
}

function push(action: string, numbers: string, bids: string, asks: string): string {
  return `{"arg":{"channel":"books","instId":"A-B"},"action":"${action}","data":[` +
    `{"asks":${asks},"bids":${bids},"ts":"1795786000000",${numbers}}]}`;
}

const TEXTS = [
  push("snapshot", '"seqId":10,"prevSeqId":-1', '[["100","1","0","2"]]', '[["101","3","0","4"]]'),
  push("update", '"seqId":12,"prevSeqId":10', '[["99.50",1.10,"0","1"]]', "[]"),
];

Deno.test("an increment is published as it came, numbers included", () => {
  const messages = messagesOf("books:A-B", TEXTS);
  const row = '{"asks":[],"bids":[["99.50",1.10,"0","1"]],"ts":"1795786000000","seqId":12,"prevSeqId":10}';
  assert.deepEqual(messages.slice(2), [[`${P}/books:A-B`, row], [`${P}/books`, TEXTS[1]]]);
});

Deno.test("a legacy increment is published with the checksum of the book that it makes", () => {
  const messages = messagesOf("spot/depth:A-B", TEXTS);
  const [channel, message = ""] = messages[2] ?? [];
  assert.equal(channel, `${P}/spot/depth:A-B`);
  const { checksum, ...row } = JSON.parse(message);
  assert.equal(checksum, bookChecksum([["100", "1"], ["99.50", "1.10"]], [["101", "3"]]));
  assert.equal(row.timestamp, "2026-11-27T13:26:40.000Z");
  assert.equal(JSON.parse(messages[3]?.[1] ?? "").data[0].checksum, checksum);
});

Deno.test("legacy levels have as many members as v3 sent", () => {
  for (
    const [path, members] of [["spot/depth:A-B", 3], ["spot/depth_l2_tbt:A-B", 4], [
      "swap/depth:A-B",
      4,
    ]] as const
  ) {
    const [, message = ""] = messagesOf(path, TEXTS.slice(0, 1))[0] ?? [];
    assert.equal(JSON.parse(message).bids[0].length, members, path);
  }
});
