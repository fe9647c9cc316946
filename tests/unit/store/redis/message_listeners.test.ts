/** Who gets which message, what nobody wants any more, and a listener that does not keep up. */
import assert from "node:assert/strict";
import { MessageListeners } from "../../../../src/store/redis/message_listeners.ts";
import type { ChannelMessage } from "../../../../src/store/store.ts";

const message = (channel: string, text: string): ChannelMessage => ({ channel, message: text });

async function texts(queue: AsyncIterable<ChannelMessage>): Promise<string[]> {
  const all: string[] = [];
  for await (const each of queue) all.push(each.message);
  return all;
}

Deno.test("a message goes to every listener of its channel or its pattern, and what waits is read after the end", async () => {
  const listeners = new MessageListeners(() => assert.fail("nothing is lost"));
  const first = listeners.add(["a", "x*"]);
  const second = listeners.add(["a", "b"]);
  listeners.deliver("a", message("a", "1"));
  listeners.deliver("x*", message("xy", "2"));
  listeners.deliver("b", message("b", "3"));
  listeners.deliver("c", message("c", "4"));
  listeners.close();
  assert.deepEqual([await texts(first.queue), await texts(second.queue)], [["1", "2"], ["1", "3"]]);
});

Deno.test("leave() returns what nobody else wants, once", () => {
  const listeners = new MessageListeners(() => {});
  const first = listeners.add(["a", "b", "x*", "y*"]);
  listeners.add(["a", "y*"]);
  assert.deepEqual(listeners.channels(), { channels: ["a", "b"], patterns: ["x*", "y*"] });
  assert.deepEqual(listeners.leave(first), { channels: ["b"], patterns: ["x*"] });
  assert.deepEqual(listeners.leave(first), { channels: [], patterns: [] });
  assert.deepEqual(listeners.channels(), { channels: ["a"], patterns: ["y*"] });
});

Deno.test("what is on its way to a listener that leaves is delivered until it is removed", async () => {
  const listeners = new MessageListeners(() => assert.fail("nothing is lost"));
  const listener = listeners.add(["a"]);
  listeners.leave(listener);
  listeners.deliver("a", message("a", "1"));
  listeners.remove(listener);
  listeners.deliver("a", message("a", "2"));
  assert.deepEqual(await texts(listener.queue), ["1"]);
});

Deno.test("a listener that has lost messages is reported once, also when it keeps up again", async () => {
  const reported: string[] = [];
  const listeners = new MessageListeners((channel) => reported.push(channel));
  const slow = listeners.add(["a", "b"]);
  const quick = listeners.add(["b"]);
  const half = "x".repeat(32 * 1024 * 1024);
  listeners.deliver("a", message("a", half));
  for (const text of ["1", half, half, "2"]) listeners.deliver("b", message("b", text));
  assert.deepEqual(reported, ["b", "b"]);
  listeners.close();
  assert.deepEqual((await texts(slow.queue)).map((text) => text.length), [half.length, 1, 1]);
  assert.deepEqual((await texts(quick.queue)).map((text) => text.length), [1, half.length, 1]);
});
