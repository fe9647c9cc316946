/** What is said of events that overload cost: reports, marks and records. */
import assert from "node:assert/strict";
import { DroppedEventLog, isGapMark } from "../../../../src/store/write/dropped_events.ts";
import type { Write } from "../../../../src/store/write/write.ts";

const entry = (key: string, id: string): Write => ({ kind: "append", key, id, row: {}, bytes: 1, of: key });
const message = (of: string | undefined): Write => {
  return { kind: "publish", channel: "c", message: "m", ...(of === undefined ? {} : { of }) };
};

Deno.test("a report says of each path how many rows of which time it lost", () => {
  const drops = new DroppedEventLog();
  drops.tick(1000, 2);
  drops.tick(2000, 4);
  drops.note(entry("P/trades:A", "1000-0"), 0);
  drops.note(message("P/tickers:B"), 1);
  drops.note(message(undefined), 2);
  drops.note(entry("P/trades:A", "2000-0"), 3);
  assert.deepEqual(drops.report(0, false), [
    { name: "P/trades:A", from: 1000, to: 2000, rows: 2 },
    { name: "P/tickers:B", from: 1000, to: 1000, rows: 1 },
  ]);
  assert.deepEqual(drops.report(10_000, true), []);
});

Deno.test("a report covers the rows' own times, where they were received late, but no time of another clock", () => {
  const drops = new DroppedEventLog();
  drops.tick(100_000, 2);
  drops.tick(101_000, 4);
  drops.note(entry("P/trades:A", "97500-0"), 0);
  drops.note(entry("P/trades:B", "3-0"), 1);
  drops.note(entry("P/trades:A", "101500-0"), 3);
  assert.deepEqual(drops.report(0, false), [
    { name: "P/trades:A", from: 97_500, to: 101_500, rows: 2 },
    { name: "P/trades:B", from: 100_000, to: 100_000, rows: 1 },
  ]);
  const mark = drops.marks()[0];
  assert.ok(mark?.kind === "append");
  assert.deepEqual([mark.row.from, mark.row.to], ["97500", "101500"]);
});

Deno.test("reports while events go on being dropped are few, and the last comes at once", () => {
  const drops = new DroppedEventLog();
  const lose = () => drops.note(message("P/tickers:A"), 0);
  lose();
  assert.equal(drops.report(0, false).length, 1);
  lose();
  assert.deepEqual(drops.report(4999, false), []);
  assert.equal(drops.report(4999, true)[0]?.rows, 1);
  lose();
  assert.equal(drops.report(10_000, false).length, 1);
});

Deno.test("a mark has the id of the last entry that its stream lost, and is given once", () => {
  const drops = new DroppedEventLog();
  for (const id of ["5-0", "5-1", "6-0"]) drops.note(entry("P/trades:A", id), 0);
  drops.note(message("P/tickers:B"), 0);
  const [mark, ...more] = drops.marks();
  assert.deepEqual(more, []);
  assert.ok(mark?.kind === "append");
  assert.deepEqual([mark.key, mark.id, mark.row.gap, mark.row.rows], ["P/trades:A", "6-0", "dropped", "3"]);
  assert.deepEqual(drops.marks(), []);
});

Deno.test("a report names no more than two hundred paths, those that lost most", () => {
  const drops = new DroppedEventLog();
  for (let i = 0; i < 300; i++) drops.note(message(`P/tickers:${i}`), 0);
  for (let i = 0; i < 10; i++) drops.note(message("P/tickers:299"), 0);
  const report = drops.report(0, true);
  assert.equal(report.length, 200);
  assert.deepEqual([report[0]?.name, report[0]?.rows], ["P/tickers:299", 11]);
  assert.equal(drops.report(10_000, true).length, 100, "the others follow");
  assert.deepEqual(drops.report(20_000, true), []);
});

Deno.test("a record of what is missing is given back for the next batch, before what is left of its stream", () => {
  const drops = new DroppedEventLog();
  const record: Write = {
    kind: "append",
    key: "P/gaps",
    id: "1-0",
    row: { path: "trades:A" },
    bytes: 1,
    kept: true,
  };
  drops.note(record, 0);
  assert.deepEqual(drops.marks(), [record]);
  assert.deepEqual(drops.marks(), []);
  assert.deepEqual(drops.report(0, true), [], "it is no row of any path");
});

Deno.test("a row of the exchange that has a member of the mark's name is no mark", () => {
  const drops = new DroppedEventLog();
  drops.note(entry("P/trades:A", "1000-0"), 0);
  const [mark] = drops.marks();
  assert.ok(mark?.kind === "append");
  assert.ok(isGapMark(mark.row as Record<string, string>));
  for (const row of [{}, { gap: "" }, { gap: "dropped", instId: "A" }, { ...mark.row as object, px: "1" }]) {
    assert.ok(!isGapMark(row as Record<string, string>), JSON.stringify(row));
  }
});
