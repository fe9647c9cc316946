/** What a stream keeps when rows that were missed come late: its newest rows, by their ids and not by when they came. */
import assert from "node:assert/strict";
import fc from "fast-check";
import type { SessionEvent } from "../../../../src/model/events.ts";
import { GapTracker } from "../../../../src/session/recovery/gap_tracker.ts";
import { backfilled } from "../../../../src/store/layout/backfilled_entries.ts";
import { Projector } from "../../../../src/store/layout/projector.ts";
import type { Write } from "../../../../src/store/write/write.ts";
import { AT, frameOf } from "./events.ts";
import { topicOf } from "../../../support/topics.ts";

const TOPIC = topicOf("trades:X");
const row = (id: number) => ({ instId: "X", tradeId: String(id), count: "1", ts: String(AT + id) });

/** A series of trades from the socket to its stream, which keeps `keep` rows. */
function start(keep: number) {
  const create = () => new Projector({ keyPrefix: "okex", server: "test", maxRow: keep });
  let projector = create();
  let stream: { readonly id: string; readonly number: number }[] = [];
  const records: (SessionEvent & { kind: "gap" })[] = [];
  const apply = (write: Write) => {
    if (write.kind === "append" && write.key.endsWith("trades:X")) {
      stream.push({ id: write.id, number: Number(write.row.tradeId) });
    }
    if (write.kind === "erase") stream = stream.filter(({ id }) => !write.ids.includes(id));
    if (write.kind === "trimStream" && write.key.endsWith("trades:X")) stream = stream.slice(-keep);
  };
  const emit = (event: SessionEvent) => {
    if (event.kind === "gap") records.push(event);
    projector.project(event).forEach(apply);
  };
  const backfill = new GapTracker({ emit, clock: () => AT, onGap: () => {}, maxRow: keep });
  backfill.want(TOPIC);
  backfill.onLive(TOPIC);
  const came: number[] = [];
  return {
    records,
    came,
    /** Another process goes on with what is there. */
    restart() {
      projector = create();
      const entries = stream.map(({ id, number }) => ({ id, row: row(number) }));
      projector.resumeBackfilled(TOPIC.path, backfilled(entries));
    },
    ids: () => stream.map(({ number }) => number),
    push(id: number) {
      const frame = backfill.onRows(TOPIC, frameOf(TOPIC, [row(id)]), AT + id);
      if (frame !== undefined) emit({ kind: "rows", topics: [TOPIC], frame, at: AT + id });
      came.push(id);
    },
    /** REST has everything that is missing, of the newest gap or of all. */
    fill(which: "newest" | "all") {
      const gaps = backfill.openGaps(TOPIC.upstream)?.gaps ?? [];
      const found = gaps.slice(which === "all" ? 0 : -1).flatMap(({ missing = [] }) => missing)
        .flatMap(([first, last]) => Array.from({ length: last - first + 1 }, (_, i) => first + i))
        .map((number) => ({ number, row: row(number) }));
      backfill.onFetched(TOPIC.upstream, found);
      backfill.resolve(TOPIC.upstream, ({ missing }) => missing?.length === 0 ? "filled" : undefined);
      for (const { number } of found) came.push(number);
    },
  };
}

Deno.test("a stream keeps its newest rows whenever those that were missed come", () => {
  const op = fc.oneof(
    fc.record({ op: fc.constant("push" as const), n: fc.integer({ min: 1, max: 12 }) }),
    fc.record({ op: fc.constant("skip" as const), n: fc.integer({ min: 1, max: 12 }) }),
    fc.record({
      op: fc.constantFrom("newest" as const, "all" as const, "restart" as const),
      n: fc.constant(0),
    }),
  );
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 15 }), fc.array(op, { maxLength: 25 }), (keep, ops) => {
      const series = start(keep);
      let id = 1;
      for (const { op, n } of ops) {
        if (op === "skip") id += n;
        else if (op === "push") { for (let i = 0; i < n; i++) series.push(id++); }
        else if (op === "restart") series.restart();
        else series.fill(op);
        const newest = series.came.toSorted((a, b) => a - b).slice(-keep);
        assert.deepEqual(series.ids().toSorted((a, b) => a - b), newest);
      }
    }),
    { numRuns: 300 },
  );
});

Deno.test("what finds no room is no row of the gap, and is counted as missing", () => {
  const series = start(10);
  for (let id = 1; id <= 5; id++) series.push(id);
  for (let id = 31; id <= 36; id++) series.push(id);
  series.fill("all");
  assert.deepEqual(series.ids().toSorted((a, b) => a - b), [27, 28, 29, 30, 31, 32, 33, 34, 35, 36]);
  assert.deepEqual(series.records.map(({ outcome, rows, missing }) => [outcome, rows, missing]), [
    ["partly", 4, 21],
  ]);
  for (let id = 37; id <= 39; id++) series.push(id);
  assert.deepEqual(series.ids().toSorted((a, b) => a - b), [30, 31, 32, 33, 34, 35, 36, 37, 38, 39]);
});
