/** Changing one's mind again and again costs few requests, and what was desired last is what counts. */
import assert from "node:assert/strict";
import type { AckFrame } from "../../../../src/okx/frame.ts";
import { chunkArgs, decodeV5 } from "../../../../src/okx/v5.ts";
import { RequestPace } from "../../../../src/session/subscriptions/request_pace.ts";
import { type Due, Subscriptions } from "../../../../src/session/subscriptions/subscriptions.ts";
import { topicOf } from "../../../support/topics.ts";

const HOUR = 3_600_000;

function due(
  subscriptions: Subscriptions,
  now: number,
  limits: { room?: number; desireRoom?: number } = {},
): Due {
  return subscriptions.due(now, { chunk: (args) => chunkArgs(args), ...limits });
}

/** What the exchange has subscribed after these requests, which it answers. */
function answer(subscriptions: Subscriptions, { requests }: Due, there: Set<string>, now: number): void {
  for (const { op, args, id } of requests) {
    for (const arg of args) {
      const key = JSON.stringify(arg);
      if (op === "subscribe") there.add(key);
      else there.delete(key);
      subscriptions.onAck(decodeV5(JSON.stringify({ event: op, arg, id })) as AckFrame, now);
    }
  }
}

function connected(...paths: string[]): Subscriptions {
  const subscriptions = new Subscriptions(Date.now);
  for (const path of paths) subscriptions.add(topicOf(path));
  subscriptions.onUp();
  return subscriptions;
}

Deno.test("two clients that change one path for 20 s cost few requests, and the last desire holds soon", () => {
  for (const last of ["add", "remove"] as const) {
    const subscriptions = connected();
    const there = new Set<string>();
    let sent = 0;
    let now = 0;
    const turn = () => {
      const wanted = due(subscriptions, now);
      sent += wanted.requests.length;
      answer(subscriptions, wanted, there, now);
    };
    for (; now < 20_000; now += 5) {
      // An even number of changes between two turns would hide them all.
      if (now % 15 < 10) subscriptions.add(topicOf("tickers:R"));
      else subscriptions.remove("tickers:R");
      turn();
    }
    assert.ok(sent <= 30, `${sent} requests`);
    if (last === "add") subscriptions.add(topicOf("tickers:R"));
    else subscriptions.remove("tickers:R");
    const end = now + 8000;
    for (; now < end; now += 500) turn();
    assert.equal(there.size, last === "add" ? 1 : 0, last);
  }
});

Deno.test("an hour of changing one path leaves most of the requests to others", () => {
  const pace = new RequestPace();
  let sent = 0;
  for (let now = 0; now < HOUR; now += 100) {
    if (!pace.isReady("a", now)) continue;
    pace.note("a", now);
    sent += 1;
  }
  assert.ok(sent < 160, String(sent));
  assert.ok(pace.isReady("b", HOUR));
  assert.ok(pace.isReady("a", 3 * HOUR), "after a quiet hour it begins again");
});

Deno.test("a path that is changed now and then waits for nothing", () => {
  const pace = new RequestPace();
  for (let i = 0; i < 4; i++) {
    assert.ok(pace.isReady("a", i));
    pace.note("a", i);
  }
  assert.equal(pace.isRestless("a", 5), false);
});

Deno.test("what is desired leaves the reserve alone, which mends what breaks", () => {
  const subscriptions = connected("tickers:A");
  answer(subscriptions, due(subscriptions, 0), new Set(), 0);
  subscriptions.add(topicOf("tickers:B"));
  assert.deepEqual(due(subscriptions, 1, { room: 90, desireRoom: 0 }).requests, []);
  assert.deepEqual(subscriptions.waiting(1), [topicOf("tickers:B").upstream]);
  subscriptions.resync(topicOf("tickers:A").upstream, 2, 0);
  const { requests } = due(subscriptions, 3, { room: 90, desireRoom: 0 });
  assert.deepEqual(requests.map(({ op, args }) => [op, args.map(({ instId }) => instId)]), [
    ["unsubscribe", ["A"]],
    ["subscribe", ["A"]],
  ]);
  subscriptions.remove("tickers:A");
  assert.deepEqual(due(subscriptions, 4, { room: 90, desireRoom: 0 }).requests, []);
  assert.equal(due(subscriptions, 5, { room: 90, desireRoom: 5 }).desired, 2);
});

Deno.test("a new connection is asked for everything at once, of the file and of commands", () => {
  const subscriptions = connected("tickers:A", "tickers:B");
  const { requests, desired } = due(subscriptions, 0, { room: 90, desireRoom: 0 });
  assert.deepEqual([requests.length, desired], [1, 0]);
});
