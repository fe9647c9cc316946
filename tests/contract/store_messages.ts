/** The part of the suite for messages: who is handed which, in which order, and when listening ends. */
import assert from "node:assert/strict";
import type { ChannelMessage } from "../../src/store/store.ts";
import { withTimeout } from "../support/wait.ts";
import type { StoreTest } from "./store_writes.ts";

/**
 * Each case has channels of its own, in one slot: a cluster passes messages between its nodes without waiting, so that
 * one of an earlier case may arrive during the next, and only those of one node keep their order.
 */
export function messageTests(test: StoreTest): void {
  test("listen() receives its channels and patterns, in order, from the moment it resolves", async (store) => {
    const { signal } = new AbortController();
    await using messages = await store.listen(["{order}/a", "{order}/test/*"], signal);
    const reader = (messages as AsyncIterable<ChannelMessage>)[Symbol.asyncIterator]();
    assert.equal(await store.publish("{order}/a", "1"), 1);
    await store.apply([
      { kind: "publish", channel: "{order}/test/tickers:A", message: "2" },
      { kind: "publish", channel: "{order}/b", message: "nobody" },
      { kind: "publish", channel: "{order}/other", message: "nobody" },
      { kind: "publish", channel: "{order}/test/x", message: "3" },
    ]);
    const received = [await reader.next(), await reader.next(), await reader.next()];
    assert.deepEqual(received.map(({ value }) => value), [
      { channel: "{order}/a", message: "1" },
      { channel: "{order}/test/tickers:A", message: "2" },
      { channel: "{order}/test/x", message: "3" },
    ]);
  });

  test("publish() answers how many received it", async (store) => {
    assert.equal(await store.publish("{count}/a", "x"), 0);
    await using _ = await store.listen(["{count}/a"], new AbortController().signal);
    assert.equal(await store.publish("{count}/a", "x"), 1);
  });

  test("listen() gives each listener its own messages", async (store) => {
    const { signal } = new AbortController();
    await using one = await store.listen(["{each}/a"], signal);
    await using two = await store.listen(["{each}/a", "{each}/b"], signal);
    const first = (one as AsyncIterable<ChannelMessage>)[Symbol.asyncIterator]();
    const second = (two as AsyncIterable<ChannelMessage>)[Symbol.asyncIterator]();
    await store.publish("{each}/b", "1");
    await store.publish("{each}/a", "2");
    assert.deepEqual((await first.next()).value, { channel: "{each}/a", message: "2" });
    assert.deepEqual((await second.next()).value, { channel: "{each}/b", message: "1" });
    assert.deepEqual((await second.next()).value, { channel: "{each}/a", message: "2" });
  });

  test("listen() ends with its signal, with its disposal and with the store", async (store) => {
    const controller = new AbortController();
    const messages = await store.listen(["{end}/a"], controller.signal);
    const reader = (messages as AsyncIterable<ChannelMessage>)[Symbol.asyncIterator]();
    const next = reader.next();
    controller.abort();
    assert.equal((await withTimeout("the end of a listener", Promise.resolve(next))).done, true);
    const other = await store.listen(["{end}/a"], new AbortController().signal);
    await other[Symbol.asyncDispose]();
    assert.equal((await (other as AsyncIterable<ChannelMessage>)[Symbol.asyncIterator]().next()).done, true);
    const last = await store.listen(["{end}/a"], new AbortController().signal);
    await store[Symbol.asyncDispose]();
    assert.equal((await (last as AsyncIterable<ChannelMessage>)[Symbol.asyncIterator]().next()).done, true);
  });

  test("listen() that is drained gives all that was delivered before its end was taken note of", async (store) => {
    const ended = new AbortController();
    const messages = await store.listen(["{drained}/a"], ended.signal, { isDrained: true });
    const publishing = Array.from({ length: 20 }, (_, i) => store.publish("{drained}/a", String(i)));
    ended.abort();
    const received: string[] = [];
    for await (const { message } of messages as AsyncIterable<ChannelMessage>) received.push(message);
    const counts = await Promise.all(publishing);
    assert.deepEqual(received, counts.flatMap((count, i) => count === 1 ? [String(i)] : []));
  });

  test("listen() with an aborted signal receives nothing and ends", async (store) => {
    const messages = await store.listen(["{aborted}/a"], AbortSignal.abort());
    assert.equal(
      (await (messages as AsyncIterable<ChannelMessage>)[Symbol.asyncIterator]().next()).done,
      true,
    );
  });
}
