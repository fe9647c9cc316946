/** What is said of a book that is syncing because all that there is of it is older than what was known. */
import assert from "node:assert/strict";
import type { Arg, Row } from "../../../../src/okx/frame.ts";
import { parseTopic, type Topic } from "../../../../src/okx/topic.ts";
import { BookSync } from "../../../../src/session/recovery/book_sync.ts";
import { BookMarks } from "../../../../src/session/recovery/book_marks.ts";
import { Subscriptions } from "../../../../src/session/subscriptions/subscriptions.ts";
import type { Upstream } from "../../../../src/session/subscriptions/upstream.ts";
import { createStats } from "../../../../src/model/stats.ts";

const TOPIC = parseTopic("books:X-Y") as Topic;
const KEY = TOPIC.upstream;
const CHUNK = { chunk: (args: readonly Arg[]) => args.length === 0 ? [] : [[...args]] };

function row(prevSeqId: number, seqId: number): Row {
  return { bids: [["1", "1"]], asks: [["2", "1"]], ts: String(1000 * seqId), prevSeqId, seqId };
}

/** A connection on which the book is confirmed; `seed` brings the book of REST. */
function connect(marks: BookMarks, timing = { snapshotMs: 60_000, silentMs: 60_000 }) {
  const subscriptions = new Subscriptions(Date.now);
  subscriptions.onUp();
  subscriptions.add(TOPIC);
  const { requests } = subscriptions.due(0, CHUNK);
  subscriptions.onAck({ kind: "ack", op: "subscribe", arg: TOPIC.arg, id: requests[0]?.id, event: {} }, 0);
  const keeper = new BookSync({
    ...{ subscriptions, marks, timing, stats: createStats(0) },
    ...{ emit: () => {}, onChanges: () => {}, requestSnapshot: () => true },
  });
  keeper.expect(KEY);
  const push = (action: string, ...rows: Row[]) => {
    const frame = { kind: "data", arg: TOPIC.arg, rows, action, text: "" } as const;
    const upstream = subscriptions.route(frame) as Upstream;
    keeper.resync(KEY, keeper.onFrame(KEY, frame, subscriptions.onPush(upstream, rows.length, 0)));
  };
  const stands = () => {
    const { state, refusal } = subscriptions.stateOf(KEY) ?? {};
    return [state, refusal?.code];
  };
  return { keeper, push, stands };
}

Deno.test("a book of an older snapshot says why it is syncing, until it has caught up", () => {
  const marks = new BookMarks();
  const first = connect(marks);
  assert.deepEqual(first.stands(), ["syncing", undefined]);
  first.push("snapshot", row(-1, 20));
  assert.deepEqual(first.stands(), ["live", undefined]);
  const next = connect(marks);
  next.push("snapshot", row(-1, 15));
  assert.deepEqual(next.stands(), ["syncing", "behind"]);
  next.push("update", row(15, 19));
  assert.deepEqual(next.stands(), ["syncing", "behind"]);
  next.push("update", row(19, 20));
  assert.deepEqual(next.stands(), ["live", undefined]);
  next.keeper.waitFor(KEY, "25");
  assert.deepEqual(next.stands(), ["syncing", "behind"]);
});

Deno.test("a book that does not catch up, and one with an older seed, say it while they are asked for again", () => {
  const marks = new BookMarks();
  connect(marks).push("snapshot", row(-1, 20));
  const late = connect(marks, { snapshotMs: 0, silentMs: 60_000 });
  late.push("snapshot", row(-1, 15));
  late.keeper.resyncDue();
  assert.deepEqual(late.stands(), ["syncing", "behind"]);
  const seeded = connect(marks, { snapshotMs: 0, silentMs: 60_000 });
  seeded.keeper.resyncDue();
  seeded.keeper.onRestSnapshot(KEY, row(-1, 15));
  assert.deepEqual(seeded.stands(), ["syncing", "behind"]);
  seeded.push("snapshot", row(-1, 20));
  assert.deepEqual(seeded.stands(), ["live", undefined]);
});
