/** What a server's paths have lost, as it is recorded. */
import assert from "node:assert/strict";
import type { SessionEvent } from "../../../../src/model/events.ts";
import { createKeys } from "../../../../src/store/layout/keys.ts";
import { LossRecords } from "../../../../src/store/layout/loss_records.ts";
import { StoredSeries } from "../../../../src/store/layout/stored_series.ts";
import type { Write } from "../../../../src/store/write/write.ts";
import { AT, only } from "./events.ts";
import { topicOf } from "../../../support/topics.ts";

const TRADES = topicOf("trades:X");
const { path } = TRADES;
const KEY = "okex/test/trades:X";

/** The losses of a server that has queued `rows` trades since `AT`. */
function start(rows: number) {
  const keys = createKeys("okex", "test");
  const series = new StoredSeries(keys, 100);
  series.note(TRADES, rows, AT);
  series.count(path, rows);
  const losses = new LossRecords(keys, {
    series,
    write: (row, at) => [{ kind: "append", key: keys.gaps, id: `${at}-0`, row, bytes: 0, kept: true }],
    toRedisTime: (at) => at,
  });
  const missing = (length: number) => losses.missing(path, { added: losses.series()[0]?.added ?? 0, length });
  return { losses, missing, series };
}

const said = (writes: readonly Write[]) =>
  only(writes, "append").map(({ row: { from, to, outcome, rows, missing } }) => [
    ...[Number(from) - AT, Number(to) - AT, outcome, rows, missing],
  ]);

Deno.test("a series that is gone is recorded as a whole, handed out once, and counted again from nothing", () => {
  const { losses } = start(7);
  const [span] = losses.series();
  assert.ok(span !== undefined);
  assert.deepEqual(said(losses.recordSeries(span, AT + 50)), [[0, 50, "not", 7, ""]]);
  assert.deepEqual(losses.series(), []);
  assert.deepEqual(losses.takeLost(), [span]);
  assert.deepEqual(losses.takeLost(), []);
});

Deno.test("of a series with rows of an earlier process nobody knows since when there were any", () => {
  const { losses, series } = start(7);
  series.resumeFrom(path);
  const [span] = losses.series();
  assert.ok(span !== undefined);
  const beginning = (writes: readonly Write[]) => only(writes, "append").map(({ row }) => row.from);
  assert.deepEqual(beginning(losses.recordSome(span, 2, AT + 50)), [0]);
  assert.deepEqual(
    beginning(losses.recordEntries([{ key: KEY, after: undefined, upTo: `${AT + 40}-3` }], AT + 50)),
    [
      0,
    ],
  );
  assert.deepEqual(beginning(losses.recordSeries(span, AT + 50)), [0]);
  // What comes after that is of this process alone.
  series.note(TRADES, 1, AT + 60);
  const [next] = losses.series();
  assert.ok(next !== undefined);
  assert.deepEqual(beginning(losses.recordSeries(next, AT + 70)), [AT + 60]);
});

Deno.test("entries that are gone for good are recorded from the last one that is there to the last one that was taken", () => {
  const lost = (after: string | undefined) => {
    const { losses } = start(7);
    const writes = losses.recordEntries([
      { key: KEY, after, upTo: `${AT + 40}-3` },
      { key: "okex/other/trades:X", after, upTo: `${AT}-1` },
    ], AT + 50);
    return said(writes);
  };
  assert.deepEqual(lost(`${AT + 10}-2`), [[10, 40, "not", 0, ""]]);
  assert.deepEqual(lost(undefined), [[0, 40, "not", 0, ""]]);
  assert.deepEqual(lost(`${AT + 90}-0`), [[90, 90, "not", 0, ""]]);
});

Deno.test("rows that were dropped are recorded for the server that they are of, and are not missed a second time", () => {
  const { losses, missing } = start(7);
  const drops = [
    { name: KEY, from: AT + 10, to: AT + 20, rows: 3 },
    { name: "okex/test2/trades:X", from: AT, to: AT + 20, rows: 5 },
  ];
  assert.deepEqual(said(losses.recordDrops(drops, AT + 50)), [[10, 20, "dropped", 3, 3]]);
  assert.equal(missing(4), 0);
  assert.equal(missing(3), 1);
});

Deno.test("a backfilled row that is not kept makes the record of its gap say less, and is not missed a second time", () => {
  const { losses, missing } = start(7);
  const gap: SessionEvent & { kind: "gap" } = {
    ...{ kind: "gap", topic: TRADES, from: AT + 10, to: AT + 20, at: AT + 50 },
    ...{ outcome: "filled", rows: 2, missing: 0 },
  };
  assert.deepEqual(losses.onGap(gap), []);
  losses.noteUnkept(KEY);
  losses.noteUnkept("okex/other/trades:X");
  assert.deepEqual([losses.isSettled, losses.awaits(path)], [false, true]);
  losses.offer();
  assert.deepEqual(said(losses.acknowledge()), [[10, 20, "partly", 1, 1]]);
  assert.deepEqual([losses.isSettled, losses.awaits(path)], [true, false]);
  assert.equal(missing(6), 0);
});

Deno.test("records are remembered, those of an earlier process behind one's own", () => {
  const { losses } = start(7);
  const [span] = losses.series();
  assert.ok(span !== undefined);
  losses.recordSeries(span, AT + 50);
  losses.resumeRecords([{ id: "1-0", row: { path: "old", from: "1", to: "2", outcome: "not" } }]);
  assert.deepEqual(only(losses.records(10), "append").map(({ row }) => row.path), ["old", path]);
  assert.deepEqual(only(losses.records(1), "append").map(({ row }) => row.path), [path]);
});
