/** Which requests are due, in which order, and what fits. */
import assert from "node:assert/strict";
import type { Arg } from "../../../../src/okx/frame.ts";
import { Endings } from "../../../../src/session/subscriptions/endings.ts";
import {
  ANSWER_MS,
  expireAnswer,
  isDue,
  requestNumberOf,
  RequestScheduler,
} from "../../../../src/session/subscriptions/request_scheduler.ts";
import { ACCEPTED, type Upstream } from "../../../../src/session/subscriptions/upstream.ts";
import { upstreamOf } from "../../../support/upstreams.ts";

const awaited = (sentAt: number) => ({ kind: "awaited", id: "k1", sentAt }) as const;
const chunk = (args: readonly Arg[]) => args.length === 0 ? [] : [[...args]];

Deno.test("ends go first, then what is asked for alone, then the others together, each with an id of its own", () => {
  const endings = new Endings();
  endings.add(upstreamOf("tickers:E"), true);
  const scheduler = new RequestScheduler(endings);
  const upstreams = ["tickers:A", "tickers:B", "tickers:C"].map((path) => upstreamOf(path));
  (upstreams[1] as Upstream).retry.alone = true;
  assert.equal(scheduler.nextNumber, 1);
  const { requests, asked, desired } = scheduler.due(upstreams, 0, { chunk });
  assert.deepEqual(requests.map(({ op, args, id }) => [op, args.map(({ instId }) => instId), id]), [
    ["unsubscribe", ["E"], "k1"],
    ["subscribe", ["B"], "k2"],
    ["subscribe", ["A", "C"], "k3"],
  ]);
  assert.deepEqual(asked.map(({ upstream, id }) => [upstream.arg.instId, id]), [["B", "k2"], ["A", "k3"], [
    "C",
    "k3",
  ]]);
  assert.equal(desired, 3);
  assert.deepEqual([
    endings.has(upstreamOf("tickers:E").key),
    requestNumberOf("k3"),
    requestNumberOf(undefined),
  ], [
    ...[false, 3, Infinity],
  ]);
});

Deno.test("desires wait for room of theirs, and repairs take what there is", () => {
  const scheduler = new RequestScheduler(new Endings());
  const desire = upstreamOf("tickers:A");
  const repair = upstreamOf("tickers:B", { desired: false });
  assert.deepEqual(scheduler.due([desire], 0, { chunk, desireRoom: 0 }).requests, []);
  assert.deepEqual(scheduler.waiting([desire, repair], 0), [desire.key]);
  const { asked, desired } = scheduler.due([desire, repair], 0, { chunk, room: 1, desireRoom: 0 });
  assert.deepEqual([asked.map(({ upstream }) => upstream), desired], [[repair], 0]);
  assert.deepEqual(scheduler.due([repair], 0, { chunk, room: 0 }).requests, []);
});

Deno.test("an answer that is overdue has what was asked for sent again, alone", () => {
  const upstream = upstreamOf("tickers:A", { state: "sent", answer: awaited(0) });
  expireAnswer(upstream, ANSWER_MS - 1);
  assert.equal(isDue(upstream, ANSWER_MS - 1), false);
  expireAnswer(upstream, ANSWER_MS);
  assert.deepEqual([isDue(upstream, ANSWER_MS), upstream.retry.alone], [true, true]);
});

Deno.test("what the exchange does not have waits for its listing when it is not answered either", () => {
  const upstream = upstreamOf("tickers:A", { state: "refused", absent: true, answer: awaited(0) });
  expireAnswer(upstream, ANSWER_MS);
  assert.deepEqual([isDue(upstream, ANSWER_MS), isDue(upstream, ANSWER_MS + 600_000)], [false, true]);
});

Deno.test("what is accepted, refused for good or not due yet is not asked for", () => {
  assert.equal(isDue(upstreamOf("tickers:A"), 0), true);
  assert.equal(isDue(upstreamOf("tickers:A", { state: "syncing", answer: ACCEPTED }), 0), false);
  assert.equal(isDue(upstreamOf("tickers:A", { state: "refused" }), 0), false);
  assert.equal(isDue(upstreamOf("tickers:A", { state: "refused", tooMany: 1 }), 0), true);
  const later = upstreamOf("tickers:A");
  later.retry.at = 5;
  assert.deepEqual([isDue(later, 4), isDue(later, 5)], [false, true]);
});
