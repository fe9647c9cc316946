/** A machine's clock that is set back, by an hour here, holds nothing up for an hour. */
import assert from "node:assert/strict";
import { OrderBook } from "../../../../src/okx/order_book.ts";
import type { DataFrame, Row } from "../../../../src/okx/frame.ts";
import { decodeV5 } from "../../../../src/okx/v5.ts";
import { hasPassed } from "../../../../src/shared/elapsed.ts";
import { createBookWriter } from "../../../../src/store/layout/books.ts";
import { createKeys } from "../../../../src/store/layout/keys.ts";
import { DroppedEventLog } from "../../../../src/store/write/dropped_events.ts";
import type { Write } from "../../../../src/store/write/write.ts";
import { topicOf } from "../../../support/topics.ts";

const AT = 1_795_786_000_000;
const HOUR_MS = 3_600_000;

Deno.test("a moment that lies ahead has passed", () => {
  assert.deepEqual([99, 100, -1, -HOUR_MS].map((ms) => hasPassed(AT, 100, AT + ms)), [
    false,
    true,
    true,
    true,
  ]);
});

Deno.test("the best levels of a book are written at their interval", () => {
  const options = { depth: 5, top: 5, full: false, intervalMs: 100 };
  const writer = createBookWriter(createKeys("okex", "test", false), options);
  const book = new OrderBook();
  const listsAt = (n: number, at: number) => {
    const text =
      `{"arg":{"channel":"books","instId":"A-B"},"action":"${n === 1 ? "snapshot" : "update"}","data":[` +
      `{"asks":[["${100 + n}","${n}","0","2"]],"bids":[],"ts":"${AT}","seqId":${n},"prevSeqId":${
        n - 1 || -1
      }}]}`;
    const frame = decodeV5(text) as DataFrame;
    book.apply(frame.action, frame.rows[0] as Row);
    const { bids, asks, ts, seqId } = book;
    const view = { bids, asks, ts, seqId, state: "live" } as const;
    const writes = writer.onBook([topicOf("books:A-B")], frame, view, at);
    const changes = writes.flatMap((write: Write) => write.kind === "book" ? write.book.take(false) : []);
    return changes.some(({ set }) => set.includes("asks"));
  };
  const times = [0, HOUR_MS, HOUR_MS + 20, HOUR_MS + 120, 200, 220, 320];
  const written = times.map((ms, i) => listsAt(i + 1, AT + ms));
  assert.deepEqual(written, [true, true, false, true, true, false, true]);
});

Deno.test("what was dropped is recorded", () => {
  const drops = new DroppedEventLog();
  const drop = () => drops.note({ kind: "append", key: "k", id: "1-0", row: {}, bytes: 10, of: "k" }, 0);
  const reports = [HOUR_MS, 0].map((ms) => {
    drop();
    return drops.report(AT + ms, false).length;
  });
  assert.deepEqual(reports, [1, 1]);
});
