/** A book that is no longer kept up says so, and nothing that waited to be written takes it back. */
import assert from "node:assert/strict";
import { createBookWriter } from "../../../../src/store/layout/books.ts";
import { createKeys } from "../../../../src/store/layout/keys.ts";
import { AT } from "./events.ts";
import { topicOf } from "../../../support/topics.ts";

Deno.test("a change that waits for its turn does not make a book live that was marked as stale", () => {
  const topic = topicOf("books:A-B");
  const writer = createBookWriter(createKeys("okex", "test", false), { depth: 5, intervalMs: 100 });
  const view = (size: string) =>
    ({
      bids: [["100", "1"], ["99", size]],
      asks: [["101", "1"]],
      ts: "1",
      seqId: size,
      state: "live",
    }) as const;
  writer.onBook([topic], undefined, view("1"), AT);
  // Within the interval, and not at the best price: it is written later.
  assert.deepEqual(writer.onBook([topic], undefined, view("2"), AT + 10), []);
  const [marked] = writer.mark(topic, "stale");
  assert.equal(marked?.kind === "row" && marked.row.state, "stale");
  assert.equal(marked?.kind === "row" && marked.row.seqId, "2");
  assert.deepEqual(writer.due(AT + 200), []);
  const [again] = writer.onBook([topic], undefined, view("3"), AT + 300);
  assert.equal(again?.kind === "row" && again.row.state, "live");
});
