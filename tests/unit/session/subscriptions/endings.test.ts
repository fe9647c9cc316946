/** Pushes of what was given up are late until the exchange has confirmed the end. */
import assert from "node:assert/strict";
import type { DataFrame } from "../../../../src/okx/frame.ts";
import { Endings } from "../../../../src/session/subscriptions/endings.ts";
import { createUpstream, type Upstream } from "../../../../src/session/subscriptions/upstream.ts";
import { topicOf } from "../../../support/topics.ts";

function ending(): { endings: Endings; upstream: Upstream; push: (action?: string) => boolean } {
  const endings = new Endings();
  const upstream = createUpstream(topicOf("books:A"), 0);
  endings.add(upstream, false);
  const push = (action?: string) => {
    const frame = { kind: "data", arg: upstream.arg, rows: [], action, text: "" } as DataFrame;
    return endings.isLate(upstream, frame);
  };
  return { endings, upstream, push };
}

function sendAll(endings: Endings, now: number): void {
  for (const each of [...endings.due()]) endings.onSent(each, now);
}

Deno.test("a push is late from the decision to end until the end is confirmed", () => {
  const { endings, upstream, push } = ending();
  assert.equal(push(), true);
  sendAll(endings, 0);
  assert.deepEqual([endings.has(upstream.key), endings.isUnconfirmed(upstream.key), push()], [
    ...[false, true, true],
  ]);
  assert.deepEqual([endings.onConfirmed(upstream.key), endings.onConfirmed(upstream.key)], [true, false]);
  assert.equal(push(), false);
});

Deno.test("a snapshot of what is asked for again overtakes the answers, and ends the wait", () => {
  const { endings, upstream, push } = ending();
  sendAll(endings, 0);
  assert.equal(push("snapshot"), true, "it has not been asked for again");
  upstream.state = "sent";
  assert.equal(push("update"), true);
  assert.equal(push("snapshot"), false);
  assert.equal(push("update"), false);
});

Deno.test("an end that is not confirmed is forgotten in time, with the connection, or when it is cancelled", () => {
  const { endings, upstream, push } = ending();
  sendAll(endings, 0);
  endings.expire(10, 10);
  assert.equal(push(), true);
  endings.expire(11, 10);
  assert.equal(push(), false);
  endings.add(upstream, true);
  assert.deepEqual([endings.cancel(upstream.key), endings.cancel(upstream.key)], [true, false]);
  endings.add(upstream, true);
  endings.onUp();
  assert.equal(push(), false);
});

Deno.test("each end that was asked for has an answer of its own, and a later answer settles all of them", () => {
  const { endings, upstream } = ending();
  sendAll(endings, 0);
  endings.add(upstream, false);
  sendAll(endings, 1);
  const confirm = () => endings.onConfirmed(upstream.key);
  assert.deepEqual([confirm(), confirm(), confirm()], [true, true, false], "the third is the exchange's own");
  for (const at of [2, 3]) {
    endings.add(upstream, false);
    sendAll(endings, at);
  }
  endings.onPassed(upstream.key);
  assert.equal(confirm(), false);
});
