/** Wishes and late answers, and subscriptions that fall silent on a connection that lives. */
import assert from "node:assert/strict";
import type { AckFrame, Arg, DataFrame } from "../../../src/okx/frame.ts";
import { parseTopic, type Topic } from "../../../src/okx/topic.ts";
import { chunkArgs, decodeV5 } from "../../../src/okx/v5.ts";
import { type Request, Subscriptions } from "../../../src/session/subscriptions.ts";

function topicOf(path: string): Topic {
  const parsed = parseTopic(path);
  if (parsed.kind === "fault") throw new SyntaxError(parsed.message);
  return parsed;
}

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
  const upstream = subscriptions.find(frame);
  if (upstream === undefined || subscriptions.isLate(upstream, frame)) return 0;
  subscriptions.onPush(upstream, 1, at);
  return upstream.list.length;
}

/** A mark price comes every 10 s at least. */
const MARK = "mark-price:A";
const MARK_ARG: Arg = { channel: "mark-price", instId: "A" };

Deno.test("a late answer to an older wish does not make a newer one live", () => {
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

Deno.test("a late confirmation of an end does not undo the wish that came after it", () => {
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

Deno.test("renew() says that a silent subscription is stale before it is asked for anew, alone", () => {
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
  subscriptions.onAck(ack(MARK, requests[1]?.id), 16_100);
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
  other.carryOn(topicOf(MARK).upstream, one);
  const [standing] = [...other.list()];
  assert.deepEqual([standing?.rows, standing?.receivedAt], [1, 2345]);
  other.onAck(ack(MARK, ask(other, 0)[0]?.id), 0);
  other.renew(0, 1);
  assert.deepEqual(other.renew(19_999, 1).stuck, []);
  assert.deepEqual(other.renew(20_000, 1).stuck.length, 1);
});
