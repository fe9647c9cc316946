/** From messages to frames: in order, whatever takes longer; unread where a newer one replaces them. */
import assert from "node:assert/strict";
import { createStats } from "../../../../src/model/stats.ts";
import { type Codec, CODECS } from "../../../../src/okx/codec.ts";
import type { Frame } from "../../../../src/okx/frame.ts";
import { FrameReader } from "../../../../src/session/connection/frame_reader.ts";

/** A reader whose texts are frames by themselves; `a1` and `a2` are of one slot, `x` is of none. */
function start(decode?: Codec["decode"]) {
  const stats = createStats(0);
  const read: string[] = [];
  const state = { isCongested: false, floods: 0 };
  const named = (text: unknown): Frame => ({ kind: "unknown", reason: String(text) });
  const reader = new FrameReader({
    codec: { ...CODECS.v5, decode: decode ?? ((raw) => [named(raw)]) },
    stats,
    congested: () => state.isCongested,
    conflationKey: (text) => text.startsWith("x") ? undefined : text[0],
    pipeline: {
      onFrames: (frames) => frames.forEach((frame) => read.push((frame as { reason: string }).reason)),
    },
    onFlood: () => state.floods += 1,
    act: (action) => action(),
  });
  return { reader, read, stats, state, named };
}

Deno.test("messages are counted and read at once, in their order", () => {
  const { reader, read, stats } = start();
  for (const text of ["a1", "x", "b12"]) reader.take(text);
  assert.deepEqual(read, ["a1", "x", "b12"]);
  assert.deepEqual([stats.messages, stats.characters], [3, 6]);
});

Deno.test("while Redis is behind, of each slot the newest text alone is kept, and read when there is room", () => {
  const { reader, read, stats, state } = start();
  state.isCongested = true;
  for (const text of ["a1", "b1", "a2", "a3"]) reader.take(text);
  assert.deepEqual([read, stats.skipped], [[], 2]);
  reader.ease();
  assert.deepEqual(read, [], "there is no room yet");
  state.isCongested = false;
  reader.ease();
  assert.deepEqual(read, ["a3", "b1"]);
});

Deno.test("what counts by itself is read while Redis is behind, after what was kept before it", () => {
  const { reader, read, state } = start();
  state.isCongested = true;
  for (const text of ["a1", "x1", "a2"]) reader.take(text);
  assert.deepEqual(read, ["a1", "x1"]);
  let isDone = false;
  reader.finish(() => isDone = true);
  assert.deepEqual([read, isDone], [["a1", "x1", "a2"], true], "the end reads what is kept");
});

Deno.test("one after the other is inflated, and the end waits for the last", async () => {
  const waiting = new Map<string, (frames: Frame[]) => void>();
  const { reader, read, named } = start((raw) => new Promise((resolve) => waiting.set(String(raw), resolve)));
  reader.take("a1");
  reader.take("a2");
  const done = Promise.withResolvers<void>();
  reader.finish(done.resolve);
  assert.deepEqual([...waiting.keys()], ["a1"], "the next is begun when the one before it is through");
  waiting.get("a1")?.([named("a1")]);
  while (!waiting.has("a2")) await Promise.resolve();
  assert.deepEqual(read, ["a1"]);
  waiting.get("a2")?.([named("a2")]);
  await done.promise;
  assert.deepEqual(read, ["a1", "a2"]);
});

Deno.test("more than can be inflated ends the connection instead of filling the memory", () => {
  const { reader, state } = start(() => new Promise(() => {}));
  const large = new ArrayBuffer(40 * 1024 * 1024);
  reader.take(large);
  assert.equal(state.floods, 0);
  reader.take(large);
  assert.equal(state.floods, 1);
});
