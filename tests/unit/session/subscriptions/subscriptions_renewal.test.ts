/** Requests and late answers, and subscriptions that fall silent on a connection that lives. */
import assert from "node:assert/strict";
import type { AckFrame, Arg, DataFrame } from "../../../../src/okx/frame.ts";
import { chunkArgs, decodeV5 } from "../../../../src/okx/v5.ts";
import type { Request } from "../../../../src/session/subscriptions/request_scheduler.ts";
import { Subscriptions } from "../../../../src/session/subscriptions/subscriptions.ts";
import { topicOf } from "../../../support/topics.ts";

const LOST = { code: "closed", message: "the connection is lost" };

function ask(subscriptions: Subscriptions, now: number): Request[] {
  return subscriptions.due(now, { chunk: (args) => chunkArgs(args) }).requests;
}

function ack(path: string, id: string | undefined, op: AckFrame["op"] = "subscribe"): AckFrame {
  const echo = id === undefined ? {} : { id };
  return decodeV5(
    JSON.stringify({ ...echo, event: op, arg: topicOf(path).arg, connId: "a4d3ae55" }),
  ) as AckFrame;
}

function wanting(...paths: string[]): Subscriptions {
  const subscriptions = new Subscriptions(() => 1000);
  for (const path of paths) subscriptions.add(topicOf(path));
  subscriptions.onUp();
  return subscriptions;
}

function stateOf(subscriptions: Subscriptions, path: string): string | undefined {
  return [...subscriptions.list()].find(({ topic }) => topic.path === path)?.state;
}

function push(subscriptions: Subscriptions, arg: Arg, at = 2000): number {
  const frame = decodeV5(JSON.stringify({ arg, data: [{}] })) as DataFrame;
  const upstream = subscriptions.route(frame);
  if (upstream === undefined || subscriptions.isLate(upstream, frame)) return 0;
  subscriptions.onPush(upstream, 1, at);
  return upstream.list.length;
}

/** A mark price comes every 10 s at least. */
const MARK = "mark-price:A";
const MARK_ARG: Arg = { channel: "mark-price", instId: "A" };

Deno.test("a late answer to an older request does not make a newer one live", () => {
  const subscriptions = wanting("tickers:A");
  const [first] = ask(subscriptions, 0);
  subscriptions.remove("tickers:A");
  const [ending] = ask(subscriptions, 1);
  assert.equal(ending?.op, "unsubscribe");
  subscriptions.add(topicOf("tickers:A"));
  const [second] = ask(subscriptions, 2);
  assert.notEqual(first?.id, second?.id);
  assert.deepEqual(subscriptions.onAck(ack("tickers:A", first?.id), 3), []);
  assert.equal(stateOf(subscriptions, "tickers:A"), "sent");
  subscriptions.onAck(ack("tickers:A", second?.id), 4);
  assert.equal(stateOf(subscriptions, "tickers:A"), "live");
});

Deno.test("a late confirmation of an end does not undo the request that came after it", () => {
  const subscriptions = wanting("tickers:A");
  const [first] = ask(subscriptions, 0);
  subscriptions.onAck(ack("tickers:A", first?.id), 0);
  subscriptions.remove("tickers:A");
  const [ending] = ask(subscriptions, 1);
  subscriptions.add(topicOf("tickers:A"));
  const [second] = ask(subscriptions, 2);
  subscriptions.onAck(ack("tickers:A", second?.id), 3);
  assert.deepEqual(subscriptions.onAck(ack("tickers:A", ending?.id, "unsubscribe"), 4), []);
  assert.equal(stateOf(subscriptions, "tickers:A"), "live");
});

Deno.test("answers without ids are taken as they come", () => {
  const subscriptions = wanting("tickers:A");
  ask(subscriptions, 0);
  subscriptions.onAck(ack("tickers:A", undefined), 1);
  assert.equal(stateOf(subscriptions, "tickers:A"), "live");
});

Deno.test("renew() leaves alone what promises nothing, and what keeps its promise", () => {
  const subscriptions = wanting("tickers:A", MARK);
  const [request] = ask(subscriptions, 0);
  for (const path of ["tickers:A", MARK]) subscriptions.onAck(ack(path, request?.id), 0);
  for (let now = 0; now < 600_000; now += 5000) {
    push(subscriptions, MARK_ARG);
    assert.deepEqual(subscriptions.renew(now, 1.5), { changes: [], stuck: [] });
  }
});

Deno.test("renew() says that a silent subscription is stale before it is asked for again, alone", () => {
  const subscriptions = wanting("tickers:A", MARK);
  const [request] = ask(subscriptions, 0);
  for (const path of ["tickers:A", MARK]) subscriptions.onAck(ack(path, request?.id), 0);
  push(subscriptions, MARK_ARG);
  subscriptions.renew(1000, 1.5);
  assert.deepEqual(subscriptions.renew(15_999, 1.5).changes, []);
  const { changes, stuck } = subscriptions.renew(16_000, 1.5);
  assert.deepEqual(changes.map(({ topic, state }) => [topic.path, state]), [[MARK, "stale"]]);
  assert.deepEqual(stuck, []);
  const requests = ask(subscriptions, 16_000);
  assert.deepEqual(requests.map(({ op, args }) => [op, args]), [
    ["unsubscribe", [MARK_ARG]],
    ["subscribe", [MARK_ARG]],
  ]);
  // A push that was under way belongs to what was given up.
  assert.equal(push(subscriptions, MARK_ARG), 0);
  assert.equal(stateOf(subscriptions, MARK), "stale");
  assert.deepEqual(subscriptions.onAck(ack(MARK, requests[1]?.id), 16_100), []);
  assert.equal(stateOf(subscriptions, MARK), "stale", "an acknowledgement is no row");
  assert.deepEqual(ask(subscriptions, 60_000), []);
  assert.equal(push(subscriptions, MARK_ARG), 1);
  assert.equal(stateOf(subscriptions, MARK), "live");
});

Deno.test("renew() names what stays silent, and waits twice as long each time", () => {
  const subscriptions = wanting(MARK);
  let now = 0;
  const waits: number[] = [];
  const stuck: number[] = [];
  for (let turn = 0; turn < 5; turn++) {
    const request = ask(subscriptions, now).at(-1);
    subscriptions.onAck(ack(MARK, request?.id), now);
    const since = now;
    subscriptions.renew(now, 1.5);
    let found = subscriptions.renew(now, 1.5);
    while (found.changes.length === 0) found = subscriptions.renew(now += 500, 1.5);
    waits.push(now - since);
    stuck.push(found.stuck.length);
  }
  assert.deepEqual(waits, [15_000, 30_000, 60_000, 120_000, 240_000]);
  assert.deepEqual(stuck, [0, 1, 1, 1, 1]);
});

Deno.test("carryOn() goes on counting on another connection", () => {
  const one = wanting(MARK);
  one.onAck(ack(MARK, ask(one, 0)[0]?.id), 0);
  push(one, MARK_ARG, 2345);
  one.renew(0, 1);
  one.renew(20_000, 1);
  const other = wanting(MARK);
  assert.deepEqual(
    other.takeOverFrom(topicOf(MARK).upstream, one).map(({ topic, state }) => [topic.path, state]),
    [[MARK, "stale"]],
  );
  const [standing] = [...other.list()];
  assert.deepEqual([standing?.rows, standing?.receivedAt], [1, 2345]);
  other.onAck(ack(MARK, ask(other, 0)[0]?.id), 0);
  other.renew(0, 1);
  assert.deepEqual(other.renew(19_999, 1).stuck, []);
  assert.deepEqual(other.renew(20_000, 1).stuck.length, 1);
});

/** A mark price that came once, fell silent, and was renewed at 16 s. */
function renewed(): Subscriptions {
  const subscriptions = wanting(MARK);
  subscriptions.onAck(ack(MARK, ask(subscriptions, 0)[0]?.id), 0);
  push(subscriptions, MARK_ARG);
  subscriptions.renew(1000, 1.5);
  subscriptions.renew(16_000, 1.5);
  return subscriptions;
}

Deno.test("a first subscription is live with the acknowledgement", () => {
  const subscriptions = wanting(MARK);
  subscriptions.onAck(ack(MARK, ask(subscriptions, 0)[0]?.id), 0);
  assert.equal(stateOf(subscriptions, MARK), "live");
});

Deno.test("what was renewed for silence is never live, however often it is acknowledged, until a row comes", () => {
  const subscriptions = renewed();
  const seen = new Set<string | undefined>();
  for (let now = 16_000; now < 1_000_000; now += 500) {
    for (const { op, id } of ask(subscriptions, now)) {
      seen.add(stateOf(subscriptions, MARK));
      subscriptions.onAck(ack(MARK, id, op), now);
    }
    subscriptions.renew(now, 1.5);
    seen.add(stateOf(subscriptions, MARK));
  }
  assert.deepEqual([...seen], ["stale"]);
  assert.equal(push(subscriptions, MARK_ARG), 1);
  assert.equal(stateOf(subscriptions, MARK), "live");
});

Deno.test("a push without rows does not make a renewed subscription live", () => {
  const subscriptions = renewed();
  for (const { op, id } of ask(subscriptions, 16_000)) subscriptions.onAck(ack(MARK, id, op), 16_000);
  const upstream = subscriptions.route(decodeV5(JSON.stringify({ arg: MARK_ARG, data: [{}] })) as DataFrame);
  assert.deepEqual(upstream && subscriptions.onPush(upstream, 0, 3000), []);
  assert.equal(stateOf(subscriptions, MARK), "stale");
});

Deno.test("another connection and another acknowledgement do not make a silent subscription live", () => {
  const subscriptions = renewed();
  subscriptions.onDown(LOST);
  subscriptions.onUp();
  assert.equal(stateOf(subscriptions, MARK), "stale");
  const [again] = ask(subscriptions, 20_000);
  assert.deepEqual(subscriptions.onAck(ack(MARK, again?.id), 20_000), []);
  assert.equal(stateOf(subscriptions, MARK), "stale");

  const moved = wanting(MARK);
  moved.takeOverFrom(topicOf(MARK).upstream, subscriptions);
  const [first] = ask(moved, 0);
  moved.onAck(ack(MARK, first?.id), 0);
  assert.equal(stateOf(moved, MARK), "stale");
  push(moved, MARK_ARG);
  assert.equal(stateOf(moved, MARK), "live");
  // It keeps its promise again: a later acknowledgement counts as it did at first.
  moved.renew(1000, 1.5);
  moved.onDown(LOST);
  moved.onUp();
  moved.onAck(ack(MARK, ask(moved, 2000)[0]?.id), 2000);
  assert.equal(stateOf(moved, MARK), "live");
});

Deno.test("a renewal that is not answered is asked for again, and a refusal of it is reported", () => {
  const subscriptions = renewed();
  assert.equal(ask(subscriptions, 16_000).length, 2);
  assert.deepEqual(ask(subscriptions, 25_999), []);
  const [again] = ask(subscriptions, 26_000);
  assert.deepEqual([again?.op, again?.args], ["subscribe", [MARK_ARG]]);
  const refusal = decodeV5(JSON.stringify({
    event: "error",
    id: again?.id,
    code: "60018",
    msg: "Wrong URL or channel:mark-price,instId:A doesn't exist",
  }));
  assert.equal(refusal.kind, "error");
  if (refusal.kind === "error") subscriptions.onError(refusal, 26_100);
  assert.equal(stateOf(subscriptions, MARK), "refused");
});
