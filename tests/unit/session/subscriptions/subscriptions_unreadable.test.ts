/** What a row that cannot be read makes of its subscription. */
import assert from "node:assert/strict";
import type { Arg } from "../../../../src/okx/frame.ts";
import { parseTopic, type Topic } from "../../../../src/okx/topic.ts";
import { missingRows } from "../../../../src/session/subscriptions/rejections.ts";
import { Subscriptions } from "../../../../src/session/subscriptions/subscriptions.ts";
import type { Upstream } from "../../../../src/session/subscriptions/upstream.ts";

const CHUNK = { chunk: (args: readonly Arg[]) => args.length === 0 ? [] : [[...args]] };

function start(path: string) {
  const topic = parseTopic(path) as Topic;
  const subscriptions = new Subscriptions(Date.now);
  subscriptions.onUp();
  subscriptions.add(topic);
  const { requests } = subscriptions.due(0, CHUNK);
  const ack = { kind: "ack", op: "subscribe", arg: topic.arg, id: requests[0]?.id, event: {} } as const;
  subscriptions.onAck(ack, 0);
  for (const key of subscriptions.takeUnlisted()) subscriptions.onWhole(key);
  const frame = { kind: "data", arg: topic.arg, rows: [], action: undefined, text: "" } as const;
  const upstream = subscriptions.route(frame) as Upstream;
  const stands = () => [upstream.state, upstream.refusal?.code];
  return { subscriptions, upstream, stands, key: topic.upstream };
}

Deno.test("a latest row that cannot be read is said, until one comes that can", () => {
  const { subscriptions, upstream, stands } = start("tickers:A");
  assert.deepEqual(stands(), ["live", undefined]);
  assert.equal(subscriptions.onUnreadable(upstream, 1).length, 1);
  assert.deepEqual(subscriptions.onUnreadable(upstream, 2), [], "once");
  assert.deepEqual(stands(), ["live", "unreadable"]);
  subscriptions.onPush(upstream, 1, 3);
  assert.deepEqual(stands(), ["live", undefined]);
});

Deno.test("a small book is live with its first row, not with the answer; one that cannot be read says so", () => {
  for (const path of ["books5:A", "bbo-tbt:A", "spot/depth5:A"]) {
    const { subscriptions, upstream, stands } = start(path);
    assert.deepEqual(stands(), ["syncing", undefined], path);
    assert.equal(subscriptions.onUnreadable(upstream, 1).length, 1);
    assert.deepEqual(subscriptions.onUnreadable(upstream, 2), [], "once");
    assert.deepEqual(stands(), ["syncing", "unreadable"]);
    subscriptions.onPush(upstream, 0, 3);
    assert.equal(upstream.state, "syncing", "a push without a row");
    subscriptions.onPush(upstream, 1, 4);
    assert.deepEqual(stands(), ["live", undefined]);
    assert.equal(subscriptions.onUp().length, 0);
    subscriptions.onDown({ code: "closed", message: "" });
    assert.equal(upstream.state, "stale");
  }
});

Deno.test("a small book that cannot be read is syncing, is not asked for again, and is renewed when it stays silent", () => {
  const { subscriptions, upstream, stands } = start("books5:A");
  subscriptions.onPush(upstream, 1, 0);
  subscriptions.onUnreadable(upstream, 1);
  assert.deepEqual(stands(), ["syncing", "unreadable"]);
  assert.deepEqual(subscriptions.due(2, CHUNK).requests, []);
  subscriptions.renew(3, 1.5);
  assert.equal(subscriptions.renew(90_004, 1.5).changes.length, 1);
  assert.equal(upstream.state, "stale");
  subscriptions.onPush(upstream, 1, 5);
  assert.deepEqual(stands(), ["live", undefined]);
});

Deno.test("what is open is listed again after a row that cannot be read, and not more than once a minute", () => {
  const { subscriptions, upstream, stands, key } = start("orders:ANY");
  assert.deepEqual(stands(), ["live", undefined]);
  subscriptions.onUnreadable(upstream, 1000);
  assert.deepEqual([stands(), subscriptions.takeUnlisted()], [["syncing", "unreadable"], [key]]);
  subscriptions.onPush(upstream, 1, 3);
  assert.equal(upstream.state, "syncing", "another row says nothing of that one");
  subscriptions.onWhole(key);
  assert.deepEqual(stands(), ["live", undefined]);

  subscriptions.onUnreadable(upstream, 2000);
  assert.deepEqual([stands(), subscriptions.takeUnlisted()], [["syncing", "unreadable"], []]);
  subscriptions.onWhole(key);
  assert.equal(upstream.state, "syncing", "a list from before");
  subscriptions.renew(60_999, 1.5);
  assert.deepEqual(subscriptions.takeUnlisted(), []);
  subscriptions.renew(61_000, 1.5);
  assert.deepEqual(subscriptions.takeUnlisted(), [key]);
  subscriptions.onWhole(key);
  assert.deepEqual(stands(), ["live", undefined]);
});

Deno.test("what is open is listed again after a snapshot with a missing page, where it was live", () => {
  const { subscriptions, upstream, stands, key } = start("positions:ANY");
  assert.equal(subscriptions.onTorn(upstream, 1000).length, 1);
  assert.deepEqual([stands(), subscriptions.takeUnlisted()], [["syncing", "unreadable"], [key]]);
  assert.deepEqual([subscriptions.onTorn(upstream, 2000), subscriptions.takeUnlisted()], [[], []]);
  subscriptions.onWhole(key);
  assert.deepEqual(stands(), ["live", undefined]);
});

Deno.test("what is live is in doubt when a list lacks what is known, and not when a list cannot be had", () => {
  const { subscriptions, stands, key } = start("orders:ANY");
  assert.deepEqual(subscriptions.onTrouble(key, { code: "502", message: "" }), []);
  assert.deepEqual(stands(), ["live", undefined]);
  subscriptions.onTrouble(key, missingRows(1));
  assert.deepEqual([stands(), subscriptions.takeUnlisted()], [["syncing", "missing"], []]);
  assert.deepEqual(subscriptions.due(2, CHUNK).requests, []);
  subscriptions.onWhole(key);
  assert.deepEqual(stands(), ["live", undefined]);
});

Deno.test("a path that joins while what is open is in doubt has it listed for itself", () => {
  const { subscriptions, stands, key } = start("orders:ANY");
  subscriptions.onTrouble(key, missingRows(1));
  const other = { ...parseTopic("orders:ANY") as Topic, path: "other" };
  assert.deepEqual(subscriptions.add(other).map(({ state }) => state), ["syncing"]);
  assert.deepEqual([stands(), subscriptions.takeUnlisted()], [["syncing", "missing"], [key]]);
});

Deno.test("a snapshot of which a page is missing says nothing of a subscription that is ended", () => {
  const { subscriptions, upstream } = start("positions:ANY");
  subscriptions.remove("positions:ANY");
  assert.deepEqual([subscriptions.onTorn(upstream, 1000), subscriptions.takeUnlisted()], [[], []]);
});

Deno.test("what is open is listed again when more of it is known than at its start, and latest rows are not", () => {
  const { subscriptions, stands, key } = start("orders:ANY");
  subscriptions.onRecalled(key, 1000);
  assert.deepEqual([stands(), subscriptions.takeUnlisted()], [["syncing", "recalled"], [key]]);
  subscriptions.onWhole(key);
  assert.deepEqual(stands(), ["live", undefined]);
  const other = start("tickers:A");
  assert.deepEqual(other.subscriptions.onRecalled(other.key, 1000), []);
});
