/** Server-sent events: their form, how many readers there may be, and one that does not read. */
import assert from "node:assert/strict";
import { createStreams } from "../../../src/http/streams.ts";

const LIMITS = { maxStreams: 2, maxBytes: 4000, heartbeatMs: 60_000 };

Deno.test("a reader gets events in the form of server-sent events, and the end", async () => {
  using streams = createStreams(LIMITS);
  const stream = streams.open();
  assert.ok(stream !== undefined);
  assert.match(stream.response.headers.get("content-type") ?? "", /^text\/event-stream/);
  stream.send("tick", JSON.stringify({ text: "two\nlines" }));
  stream.close();
  stream.send("tick", "{}");
  assert.equal(await stream.response.text(), 'retry: 1000\n\nevent: tick\ndata: {"text":"two\\nlines"}\n\n');
  assert.equal(streams.size, 0);
});

Deno.test("there are no more readers than allowed, and one that goes makes room", async () => {
  using streams = createStreams(LIMITS);
  const [first, second] = [streams.open(), streams.open()];
  assert.ok(first !== undefined && second !== undefined);
  assert.equal(streams.open(), undefined);
  let closed = 0;
  first.onClose(() => closed += 1);
  await first.response.body?.cancel();
  assert.equal(closed, 1);
  assert.equal(streams.size, 1);
  assert.notEqual(streams.open(), undefined);
});

Deno.test("a reader that does not read is cut off, the others go on", async () => {
  using streams = createStreams(LIMITS);
  const [slow, good] = [streams.open(), streams.open()];
  assert.ok(slow !== undefined && good !== undefined);
  const reader = good.response.body?.getReader();
  let reported = false;
  slow.onClose(() => reported = true);
  for (let i = 0; i < 50 && !reported; i++) {
    slow.send("tick", JSON.stringify("x".repeat(200)));
    good.send("tick", JSON.stringify(i));
    await reader?.read();
  }
  assert.ok(reported);
  assert.equal(streams.size, 1);
  await assert.rejects(slow.response.text(), /keep up/);
  slow.onClose(() => reported = false);
  assert.equal(reported, false, "a stream that comes late gets it at once");
  await reader?.cancel();
});

Deno.test("a request that comes while the service stops opens no stream that nobody would close", () => {
  const streams = createStreams(LIMITS);
  streams[Symbol.dispose]();
  assert.equal(streams.open(), undefined);
});
