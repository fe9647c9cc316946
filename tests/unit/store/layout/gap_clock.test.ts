/** Times of what is missing are by the clock of Redis, as those of subscriptions. */
import assert from "node:assert/strict";
import type { OpenGap, SessionEvent } from "../../../../src/model/events.ts";
import { parseOpenGaps, shiftedGap } from "../../../../src/store/layout/open_gaps.ts";
import { Projector } from "../../../../src/store/layout/projector.ts";
import type { Write } from "../../../../src/store/write/write.ts";
import { AT, only } from "./events.ts";
import { topicOf } from "../../../support/topics.ts";

const AHEAD_MS = 5000;
const topic = topicOf("trades:A-USDT");
const GAP: OpenGap = { from: AT - 2000, to: AT - 1000, ranges: [[4, 6]], missing: 3, rows: 0 };

function timesOf(writes: readonly Write[]): unknown[] {
  return only(writes, "append").map(({ row }) => [row.from, row.to]);
}

Deno.test("gaps, their records and losses are reported by the clock of Redis, and read back by our own", () => {
  const projector = new Projector({
    ...{ keyPrefix: "okex", server: "test", maxRow: 3 },
    toRedisTime: (at) => at + AHEAD_MS,
  });
  const event: SessionEvent = { kind: "gaps", topic, open: [GAP, { ...GAP, to: null }], at: AT };
  const [open] = only(projector.project(event), "field");
  const gaps = parseOpenGaps(open?.value ?? "");
  assert.deepEqual(gaps.map(({ from, to }) => [from, to]), [[AT + 3000, AT + 4000], [AT + 3000, null]]);
  assert.equal((JSON.parse(open?.value ?? "") as { from: number }).from, AT + 3000);
  assert.deepEqual(shiftedGap(gaps[0] as OpenGap, (at) => at - AHEAD_MS), GAP);
  // What is reported again is no further gap, whatever the clocks do meanwhile.
  assert.deepEqual(only(projector.project(event), "field"), []);

  const gap = { from: AT - 2000, to: AT, outcome: "not", rows: 0, missing: 3 } as const;
  const times = [[AT + 3000, AT + 5000]];
  assert.deepEqual(timesOf(projector.project({ kind: "gap", topic, ...gap, at: AT })), times);
  const drop = { name: "okex/test/trades:A-USDT", from: AT - 2000, to: AT, rows: 3 };
  assert.deepEqual(timesOf(projector.losses.recordDrops([drop], AT)), times);
  const span = {
    path: topic.path,
    key: drop.name,
    from: AT - 2000,
    rows: 3,
    storage: topic.storage,
    added: 3,
    keep: 3,
  };
  assert.deepEqual(timesOf(projector.losses.recordSeries(span, AT)), times);
});
