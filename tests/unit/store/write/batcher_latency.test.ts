/** What the batcher measures of the way from receipt to Redis. */
import assert from "node:assert/strict";
import { StoreError } from "../../../../src/shared/errors.ts";
import { createStats } from "../../../../src/model/stats.ts";
import { Batcher } from "../../../../src/store/write/batcher.ts";
import type { BatchTarget } from "../../../../src/store/write/batch_sender.ts";
import type { Write } from "../../../../src/store/write/write.ts";
import { waitFor } from "../../../support/wait.ts";

const ROW: Write = { kind: "row", key: "k", row: { a: "1" }, whole: true };
const EVENT: Write = { kind: "publish", channel: "c", message: "m" };

Deno.test("each event received is measured once, when Redis has answered for it", async () => {
  const stats = createStats(0);
  const answers: (() => void)[] = [];
  const target: BatchTarget = {
    apply: (writes) =>
      new Promise((resolve) => answers.push(() => resolve({ commands: writes.length, rejected: 0 }))),
  };
  const batcher = new Batcher(target, { stats, maxBytes: 1e6 });
  const stop = new AbortController();
  batcher.waiting.add([ROW, EVENT], 1000);
  batcher.waiting.add([ROW, EVENT], 1000);
  // Said by ourselves, received from nobody.
  batcher.waiting.add([ROW]);
  const running = batcher.run(stop.signal);
  while (answers.length === 0) await Promise.resolve();
  assert.equal(stats.writtenSeconds.count, 0);
  assert.ok(stats.writingSince > 0);
  batcher.waiting.add([ROW, EVENT], 1001);
  answers.shift()?.();
  while (answers.length === 0) await Promise.resolve();
  assert.equal(stats.writtenSeconds.count, 2);
  assert.deepEqual([stats.batchSize.count, stats.batchSize.sum], [1, 3]);
  stop.abort();
  answers.shift()?.();
  await running;
  assert.equal(stats.writtenSeconds.count, 3);
  assert.equal(stats.batchSeconds.count, 2);
  assert.equal(stats.writingSince, 0);
});

Deno.test("a batch that is sent again keeps the time of its first try, and its events theirs", async () => {
  const stats = createStats(0);
  let tries = 0;
  const seen: number[] = [];
  const target: BatchTarget = {
    apply(writes) {
      seen.push(stats.writingSince);
      return ++tries === 1
        ? Promise.reject(new StoreError("away"))
        : Promise.resolve({ commands: writes.length, rejected: 0 });
    },
  };
  const batcher = new Batcher(target, { stats, maxBytes: 1e6 });
  batcher.waiting.add([EVENT], 5);
  const stop = new AbortController();
  const running = batcher.run(stop.signal);
  await waitFor("the second try", () => stats.batches > 0);
  stop.abort();
  await running;
  assert.equal(tries, 2);
  assert.equal(seen[0], seen[1]);
  assert.equal(stats.writtenSeconds.count, 1);
  assert.ok(stats.batchSeconds.sum <= stats.writtenSeconds.sum);
});
