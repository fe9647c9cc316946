/** What waits to be written: the newest of each slot, events in order up to a budget, and batches of both. */
import assert from "node:assert/strict";
import { mock } from "node:test";
import { createStats } from "../../../../src/model/stats.ts";
import { FULL_EVENTS, WaitingWrites } from "../../../../src/store/write/waiting_writes.ts";
import { bytesOf, type Write } from "../../../../src/store/write/write.ts";

const row = (key: string, value: string): Write => ({ kind: "row", key, row: { value }, whole: true });
const publish = (message: string): Write => ({ kind: "publish", channel: "c", message, of: "P/trades:A" });
const trim = (key: string): Write => ({ kind: "trim", key, keep: 3, rows: `${key}/` });
const last = (value: string): Write => ({ kind: "field", key: "h", field: "f", value, last: true });
const field = (value: string): Write => ({ kind: "field", key: "h", field: "f", value });
const backfilled: Write & { readonly kind: "append" } = {
  ...{ kind: "append", key: "P/trades:A", id: "1-0", row: {}, bytes: 40, of: "P/trades:A" },
  backfilled: true,
};

function start(options: { maxBytes?: number; makeRoom?: () => void } = {}) {
  const stats = createStats(0);
  const unkept: Write[] = [];
  const waiting = new WaitingWrites({
    ...{ stats, maxBytes: 1e9, onUnkept: (write) => unkept.push(write) },
    ...options,
  });
  return { waiting, stats, unkept };
}

Deno.test("take() gives rows, then events, then what comes last, and leaves nothing", () => {
  const { waiting, stats } = start();
  waiting.add([publish("1"), trim("z"), last("a"), row("k", "1"), publish("2"), row("k", "2")]);
  assert.equal(waiting.isEmpty, false);
  const { batch } = waiting.take();
  assert.deepEqual(batch, [row("k", "2"), publish("1"), publish("2"), trim("z"), last("a")]);
  assert.deepEqual([waiting.isEmpty, waiting.events, waiting.bytes, stats.queuedBytes], [true, 0, 0, 0]);
  assert.deepEqual([stats.replaced, stats.publishes], [1, 2]);
  assert.deepEqual(waiting.take().batch, []);
});

Deno.test("a newer write of a slot takes the place of one that would have come last", () => {
  const { waiting } = start();
  waiting.add([last("old")]);
  waiting.add([field("new")]);
  assert.deepEqual(waiting.take().batch, [field("new")]);
});

Deno.test("addOlder() adds nothing of which something newer waits, wherever it waits", () => {
  const { waiting } = start();
  waiting.add([row("a", "new"), last("new")]);
  waiting.addOlder([row("a", "old"), field("old"), row("b", "old"), trim("z")]);
  assert.deepEqual(waiting.take().batch, [row("a", "new"), row("b", "old"), last("new"), trim("z")]);
});

Deno.test("take() has its caller make what goes first, while isNewer() still knows what waits", () => {
  const { waiting } = start();
  waiting.add([field("1"), last("2"), row("a", "1"), publish("1")]);
  const { batch } = waiting.take((rows) => {
    assert.deepEqual(rows, [field("1"), row("a", "1")]);
    assert.deepEqual(rows.map((write) => waiting.isNewer(write, "h\nf")), [true, true]);
    return [row("first", "1"), ...rows.filter((write) => !waiting.isNewer(write, "a"))];
  });
  assert.deepEqual(batch, [row("first", "1"), row("a", "1"), publish("1"), last("2")]);
});

Deno.test("what Redis has already is left out of the next batches, and of no later ones", () => {
  const { waiting, stats } = start();
  const events = ["1", "2", "3"].map(publish);
  waiting.add([...events, row("k", "1")]);
  waiting.leaveOut((write) => write.kind === "publish" && write.message !== "3");
  assert.deepEqual(waiting.take().batch, [row("k", "1"), publish("3")]);
  assert.deepEqual([waiting.isEmpty, waiting.bytes, stats.queuedBytes, stats.publishes], [true, 0, 0, 1]);
  waiting.add([publish("1")]);
  assert.deepEqual(waiting.take().batch, [publish("1")]);
});

Deno.test("a batch has 5,000 events at most; more than four times as many are a congestion", () => {
  const { waiting } = start();
  for (let n = 0; n < 5000; n++) waiting.add([publish(String(n))]);
  assert.deepEqual([waiting.fitsOneBatch, waiting.isCongested], [true, false]);
  for (let n = 5000; n <= 20_000; n++) waiting.add([publish(String(n))]);
  assert.deepEqual([waiting.fitsOneBatch, waiting.isCongested], [false, true]);
  const sizes: number[] = [];
  const messages: string[] = [];
  while (!waiting.isEmpty) {
    const { batch } = waiting.take();
    sizes.push(batch.length);
    for (const write of batch) if (write.kind === "publish") messages.push(write.message);
  }
  assert.deepEqual(sizes, [...Array(4).fill(5000), 1]);
  assert.deepEqual(messages, Array.from({ length: 20_001 }, (_, n) => String(n)));
});

Deno.test("a stream is cut with every batch that has events, and what else goes last once", () => {
  const { waiting } = start();
  waiting.add([{ kind: "trimStream", key: "s", keep: 3 }, trim("z")]);
  for (let n = 0; n < 5001; n++) waiting.add([publish(String(n))]);
  const ends = [waiting.take(), waiting.take()].map(({ batch }) =>
    batch.filter(({ kind }) => kind !== "publish").map(({ kind }) => kind)
  );
  assert.deepEqual(ends, [["trimStream", "trim"], ["trimStream"]]);
  assert.ok(waiting.isEmpty);
});

Deno.test("receiving waits where nearly a batch waits, until it is taken", async () => {
  const { waiting } = start();
  for (let n = 0; n < FULL_EVENTS; n++) waiting.add([publish("m")]);
  assert.equal(waiting.room(), undefined);
  waiting.add([publish("m")]);
  const room = waiting.room();
  assert.ok(room !== undefined);
  assert.equal(waiting.room(), room, "every other receiver waits for the same");
  waiting.take();
  await room;
  assert.equal(waiting.room(), undefined);
});

Deno.test("receiving waits for a moment only where batches make no room, and not again before the next one", async () => {
  mock.timers.enable({ apis: ["setTimeout"] });
  try {
    const { waiting } = start();
    for (let n = 0; n <= 3 * FULL_EVENTS; n++) waiting.add([publish("m")]);
    let isOver = false;
    const room = waiting.room()?.then(() => isOver = true);
    mock.timers.tick(99);
    await Promise.resolve();
    assert.equal(isOver, false);
    mock.timers.tick(1);
    await room;
    assert.equal(waiting.room(), undefined);
    waiting.take();
    const next = waiting.room();
    assert.ok(next !== undefined, "there is none still");
    while (waiting.events > FULL_EVENTS) waiting.take();
    await next;
  } finally {
    mock.timers.reset();
  }
});

Deno.test("events beyond the budget are dropped, the oldest first, and reported; rows are not", () => {
  const size = bytesOf(publish("0"));
  const { waiting, stats } = start({ maxBytes: 2 * size });
  for (const [n, at] of [1000, 2000, 3000, 4000].entries()) {
    waiting.add([row(`k${n}`, "v"), publish(String(n))], at);
  }
  assert.deepEqual([waiting.bytes, stats.dropped, waiting.hasDropped], [2 * size, 2, true]);
  assert.equal(waiting.fitsOneBatch, false);
  assert.deepEqual(waiting.take().batch.slice(4), [publish("2"), publish("3")]);
  assert.deepEqual(waiting.reportDrops(true), [{ name: "P/trades:A", from: 1000, to: 2000, rows: 2 }]);
  assert.deepEqual([waiting.hasDropped, waiting.fitsOneBatch], [false, true]);
});

Deno.test("who shares the budget decides what is dropped", () => {
  let asked = 0;
  const { waiting } = start({ maxBytes: 1, makeRoom: () => asked++ });
  waiting.add([publish("1"), publish("2")]);
  assert.deepEqual([asked, waiting.events], [1, 2]);
  waiting.shrink(bytesOf(publish("1")));
  assert.equal(waiting.events, 1);
});

Deno.test("a backfilled row that is dropped or given up is passed on as such, and is in no report", () => {
  const { waiting, unkept } = start();
  waiting.add([backfilled]);
  waiting.shrink(1);
  waiting.giveUp(backfilled);
  assert.deepEqual(unkept, [backfilled, backfilled]);
  assert.equal(waiting.hasDropped, false);
});

Deno.test("change() resolves with the next write, or when somebody is to look again", async () => {
  const { waiting } = start();
  waiting.wake();
  const added = waiting.change();
  waiting.add([row("a", "1")]);
  await added;
  const woken = waiting.change();
  waiting.wake();
  await woken;
});

Deno.test("take() gives when the events of its batch were received, those of later ones later", () => {
  const { waiting } = start();
  for (let n = 0; n < 5001; n++) waiting.add([publish("m")], n < 5000 ? 1000 : 1001);
  const counts = () => waiting.take().marks.counts.reduce((sum, count) => sum + count, 0);
  assert.equal(counts(), 5000);
  assert.equal(counts(), 1);
});
