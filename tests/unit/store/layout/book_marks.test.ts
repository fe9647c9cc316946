/** A book that is no longer kept up says so, and nothing that waited to be written takes it back. */
import assert from "node:assert/strict";
import { createBookWriter } from "../../../../src/store/layout/books.ts";
import { createKeys } from "../../../../src/store/layout/keys.ts";
import type { Write } from "../../../../src/store/write/write.ts";
import { viewOf } from "../../../support/book_view.ts";
import { AT } from "./events.ts";
import { topicOf } from "../../../support/topics.ts";

Deno.test("a change that waits for its turn does not make a book live that was marked as stale", () => {
  const topic = topicOf("books:A-B");
  const options = { depth: 5, top: 5, full: false, intervalMs: 100 };
  const writer = createBookWriter(createKeys("okex", "test", false), options);
  const view = (size: string) => {
    const [bids, asks] = [[["100", "1"], ["99", size]], [["101", "1"]]];
    return viewOf({ bids, asks, ts: "1", seqId: size, state: "live" });
  };
  const state = (write: Write | undefined) => write?.kind === "book" && write.book.row().state;
  take(writer.onBook([topic], undefined, view("1"), AT));
  // Within the interval, and not at the best price: it is written later.
  assert.deepEqual(writer.onBook([topic], undefined, view("2"), AT + 10), []);
  const [marked] = writer.mark(topic, "stale");
  assert.equal(state(marked), "stale");
  assert.match(take([marked as Write]), /seqId,2.*state,stale/);
  assert.deepEqual(writer.due(AT + 200), []);
  const [again] = writer.onBook([topic], undefined, view("3"), AT + 300);
  assert.equal(state(again), "live");
});

/** What is sent of books. */
function take(writes: readonly Write[]): string {
  return writes.flatMap((write) => write.kind === "book" ? write.book.take(false) : [])
    .map(({ set }) => set.join()).join();
}
