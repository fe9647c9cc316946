/** What Redis refuses is tried again, never in place of something newer. */
import assert from "node:assert/strict";
import { createStats } from "../../../../src/model/stats.ts";
import { Batcher } from "../../../../src/store/write/batcher.ts";
import { type RefusedWrite, RefusedWrites } from "../../../../src/store/write/refused_writes.ts";
import type { Write } from "../../../../src/store/write/write.ts";

const row = (key: string, last: string): Write => ({ kind: "row", key, row: { last }, whole: true });
const append = (key: string): Write => ({ kind: "append", key, id: "1-0", row: {}, bytes: 1, of: key });
const no = (write: Write): RefusedWrite => ({ write, reason: "NOPERM no" });

Deno.test("RefusedWrites keeps the newest of each slot until one is taken, and tries no event again", () => {
  const refused = new RefusedWrites();
  const [one, two, event] = [row("k", "1"), row("k", "2"), append("s")];
  assert.equal(refused.update([one], []), false);
  assert.equal(refused.update([one, event], [no(one), no(event)]), true);
  assert.equal(refused.update([two], [no(two)]), false);
  assert.deepEqual([...refused.retries()], [two]);
  assert.ok(refused.has(one));
  assert.equal(refused.update([row("other", "1")], []), false);
  assert.equal(refused.update([row("k", "3"), { kind: "trimStream", key: "s", keep: 1 }], []), true);
  // A stream is as good as its trim only where that was refused, too.
  refused.update([event, { kind: "trimStream", key: "s", keep: 1 }], [
    no(event),
    no({ kind: "trimStream", key: "s", keep: 1 }),
  ]);
  refused.update([{ kind: "trimStream", key: "s", keep: 1 }], []);
  assert.equal(refused.size, 0);
});

Deno.test("a batcher tries again what was refused, never in place of something newer, and says when all is well", async () => {
  let isAllowed = false;
  const batches: Write[][] = [];
  const reported: number[] = [];
  const batcher = new Batcher({
    apply(writes) {
      batches.push([...writes]);
      const refused = isAllowed ? [] : writes.map(no);
      return Promise.resolve({ commands: writes.length, rejected: refused.length, refused });
    },
  }, { stats: createStats(0), maxBytes: 1000, onRefused: (refused) => reported.push(refused.length) });
  const controller = new AbortController();
  const running = batcher.run(controller.signal);
  batcher.waiting.add([row("a", "1"), row("b", "1")]);
  await batcher.idle();
  assert.deepEqual(reported, [2]);
  isAllowed = true;
  batcher.waiting.add([row("a", "2")]);
  batcher.retry();
  await batcher.idle();
  assert.deepEqual(batches.at(-1), [row("a", "2"), row("b", "1")]);
  assert.deepEqual(reported, [2, 0]);
  batcher.retry();
  await batcher.idle();
  assert.equal(batches.length, 2);
  controller.abort();
  await running;
});
