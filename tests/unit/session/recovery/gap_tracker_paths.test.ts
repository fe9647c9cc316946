/** Several paths of one subscription, of which one is not wanted for a while: each gets reports of what it misses itself. */
import assert from "node:assert/strict";
import type { SessionEvent } from "../../../../src/model/events.ts";
import type { DataFrame } from "../../../../src/okx/frame.ts";
import { parseTopic, type Topic } from "../../../../src/okx/topic.ts";
import { GapTracker } from "../../../../src/session/recovery/gap_tracker.ts";

const [A, B] = ["trades:X", "spot/trade:X"].map((path) => parseTopic(path) as Topic) as [Topic, Topic];
const EVENTS = ["liquidation-orders:SWAP"].map((path) => parseTopic(path) as Topic)[0] as Topic;

type Reported = SessionEvent & { kind: "gap" | "gaps" | "rows" };

function start(topics: readonly Topic[], before?: GapTracker) {
  const events: SessionEvent[] = [];
  const backfill = new GapTracker(
    { emit: (event) => events.push(event), clock: Date.now, onGap: () => {} },
    before,
  );
  for (const topic of topics) backfill.want(topic);
  for (const topic of topics) backfill.onLive(topic);
  const pathsOf = (event: Reported) =>
    event.kind === "rows" ? event.topics.map(({ path }) => path) : [event.topic.path];
  const reported = <Kind extends Reported["kind"]>(kind: Kind, topic: Topic) =>
    events.filter((event): event is SessionEvent & { kind: Kind } =>
      event.kind === kind && pathsOf(event as Reported).includes(topic.path)
    );
  return {
    backfill,
    push: (...ids: number[]) => {
      const rows = ids.map((id) => ({ instId: "X", tradeId: String(id), px: "1", ts: String(1e12 + id) }));
      const frame: DataFrame = { kind: "data", arg: A.arg, rows, action: undefined, text: "" };
      backfill.onRows(A, frame, Date.now());
    },
    fetch: (...ids: number[]) =>
      backfill.onFetched(A.upstream, ids.map((number) => ({ number, row: { tradeId: String(number) } }))),
    settle: () => backfill.resolve(A.upstream, ({ missing }) => missing?.length === 0 ? "filled" : undefined),
    rows: (topic: Topic) =>
      reported("rows", topic).flatMap(({ frame }) =>
        frame.rows.map((row) => Number((row as { tradeId: string }).tradeId))
      ),
    records: (topic: Topic) => reported("gap", topic).map(({ outcome, missing }) => [outcome, missing]),
    open: (topic: Topic) => reported("gaps", topic).at(-1)?.open.map(({ ranges }) => ranges) ?? [],
    spans: (topic: Topic) => reported("gap", topic).map(({ from, to }) => [from, to]),
  };
}

Deno.test("what came while a path was away is recorded for it alone, from when it left", () => {
  const { backfill, push, records, spans } = start([A, B]);
  push(7, 8);
  const before = Date.now();
  backfill.forget(A);
  push(9, 10, 11, 12);
  backfill.want(A);
  push(13);
  assert.deepEqual(records(A), [["not", 4]]);
  assert.deepEqual(records(B), []);
  const [[from = 0, to = 0] = []] = spans(A);
  assert.ok(from >= before && to >= from && to <= Date.now());
});

Deno.test("a path that joins does not get what others had missed before, nor is it reported to it as filled", () => {
  const { backfill, push, fetch, settle, records, open, rows } = start([A, B]);
  push(7, 8);
  backfill.forget(A);
  push(9, 12);
  backfill.want(A);
  push(13);
  assert.deepEqual([open(A), open(B)], [[], [[[10, 11]]]]);
  fetch(10, 11);
  settle();
  assert.deepEqual([rows(A), rows(B)], [[], [10, 11]]);
  assert.deepEqual([records(A), records(B)], [[["not", 4]], [["filled", 0]]]);
  push(15);
  fetch(14);
  settle();
  assert.deepEqual([rows(A), rows(B)], [[14], [10, 11, 14]], "what is missed from then on is its own");
  assert.deepEqual(records(A), [["not", 4], ["filled", 0]]);
});

Deno.test("what a path misses is settled when it leaves, and nothing of it stays open", () => {
  const { backfill, push, records, open } = start([A, B]);
  push(1, 5);
  assert.deepEqual([open(A), open(B)], [[[[2, 4]]], [[[2, 4]]]]);
  backfill.forget(A);
  assert.deepEqual([records(A), open(A)], [[["not", 3]], []]);
  assert.deepEqual([records(B), open(B)], [[], [[[2, 4]]]]);
  backfill.want(A);
  assert.deepEqual(records(A), [["not", 3]], "nothing came meanwhile");
  backfill.forget(B);
  assert.deepEqual([records(B), open(B)], [[["not", 3]], []]);
  assert.equal(backfill.openGaps(A.upstream), undefined, "what is left concerns nobody");
});

Deno.test("an outage that goes on when a path joins is its outage, too", () => {
  const { backfill, push, fetch, settle, records, rows } = start([A, B]);
  push(1);
  backfill.forget(A);
  backfill.onLost([B], Date.now());
  backfill.want(A);
  backfill.onLive(B);
  push(4);
  fetch(2, 3);
  settle();
  assert.deepEqual([rows(A), records(A), records(B)], [[2, 3], [["filled", 0]], [["filled", 0]]]);
});

Deno.test("a path without ids that was away has a record that cannot say how much", () => {
  const other = { ...EVENTS, path: `${EVENTS.path}:2` };
  const { backfill, records } = start([EVENTS, other]);
  backfill.forget(other);
  backfill.want(other);
  assert.deepEqual([records(other), records(EVENTS)], [[["not", undefined]], []]);
});

Deno.test("paths go on as they were where a server takes the place of another", () => {
  const { backfill: before, push } = start([A, B]);
  push(1, 5);
  const { fetch, settle, records, open } = start([A, B], before);
  assert.deepEqual([open(A), open(B)], [[[[2, 4]]], [[[2, 4]]]]);
  fetch(2, 3, 4);
  settle();
  assert.deepEqual([records(A), records(B)], [[["filled", 0]], [["filled", 0]]]);
});

Deno.test("paths of an earlier process miss what it did, all of them", () => {
  const { backfill, records, open } = start([]);
  const seen = { at: 5, rows: [{ tradeId: "7", ts: "1" }], bars: [], gaps: [] };
  for (const topic of [A, B]) backfill.want(topic, seen);
  assert.deepEqual([open(A), open(B)], [[[[8, null]]], [[[8, null]]]]);
  assert.deepEqual([records(A), records(B)], [[], []]);
});

Deno.test("what is fetched for a gap of before a path joined is not among what that path should have", () => {
  const { backfill, push, fetch, settle, records, rows } = start([A]);
  push(1, 2, 3, 7);
  backfill.want(B);
  push(8);
  assert.equal(fetch(4, 5, 6), 3);
  settle();
  assert.deepEqual(rows(A), [4, 5, 6]);
  assert.deepEqual([rows(B), records(B)], [[], []]);
  const names = (topic: Topic) => backfill.named(topic)?.map(({ name }) => name).sort();
  assert.deepEqual(names(A), ["1", "2", "3", "4", "5", "6", "7", "8"]);
  assert.deepEqual(names(B), ["8"]);
});

Deno.test("what came for another path is recorded for one that was away, also when nobody was there for a while", () => {
  const { backfill, push, records } = start([A, B]);
  push(1, 2, 3);
  backfill.forget(A);
  push(4, 5);
  backfill.forget(B);
  backfill.want(A);
  assert.deepEqual(records(A), [["not", undefined]], "4 and 5 came for the other");
  push(9);
  backfill.want(B);
  assert.deepEqual(records(B), [["not", undefined]], "9 came for the other");
  push(10);
  assert.deepEqual([records(A).length, records(B).length], [1, 1]);
});

Deno.test("a path that alone was away and back has missed nothing that anybody had", () => {
  const { backfill, push, records } = start([A, B]);
  push(1, 2, 3);
  backfill.forget(A);
  backfill.forget(B);
  backfill.want(B);
  backfill.want(A);
  push(7);
  assert.deepEqual([records(A), records(B)], [[], []]);
});
