/** Which writes replace each other, and what they weigh. */
import assert from "node:assert/strict";
import { bytesOf, flatten, isTrim, slotOf, type Write } from "../../../../src/store/write/write.ts";

const row = (key: string): Write => ({ kind: "row", key, row: { a: "1" }, whole: true });
const field = (key: string, name: string): Write => ({ kind: "field", key, field: name, value: "1" });
const score = (key: string, member: string): Write => ({ kind: "score", key, score: 1, member });
const trim = (key: string): Write => ({ kind: "trim", key, keep: 1, rows: `${key}/` });
const publish = (message: string): Write => ({ kind: "publish", channel: "c", message });
const append = (bytes: number): Write => ({ kind: "append", key: "k", id: "1-0", row: {}, bytes });

Deno.test("slotOf() gives one slot to writes of which only the newest matters", () => {
  assert.equal(slotOf(row("a")), slotOf({ kind: "row", key: "a", row: { b: "2" }, whole: false }));
  assert.equal(slotOf(field("a", "x")), slotOf({ kind: "unfield", key: "a", field: "x" }));
  assert.equal(slotOf(score("a", "1")), slotOf({ kind: "score", key: "a", score: 9, member: "1" }));
  assert.equal(slotOf(trim("a")), slotOf({ kind: "trim", key: "a", keep: 5, rows: "a/" }));
});

Deno.test("slotOf() keeps apart what does not replace each other", () => {
  const writes = [
    row("a"),
    row("b"),
    field("a", "x"),
    field("a", "y"),
    score("a", "1"),
    score("a", "2"),
    trim("a"),
  ];
  assert.equal(new Set(writes.map(slotOf)).size, writes.length);
});

Deno.test("slotOf() gives events no slot: each of them counts", () => {
  assert.equal(slotOf(publish("m")), undefined);
  assert.equal(slotOf(append(1)), undefined);
});

Deno.test("isTrim() is true for the three writes that cut down, and for no other", () => {
  assert.ok(isTrim(trim("a")));
  assert.ok(isTrim({ kind: "retain", key: "a", members: [], rows: "a:" }));
  assert.ok(isTrim({ kind: "trimStream", key: "a", keep: 1 }));
  for (const write of [row("a"), field("a", "x"), score("a", "1"), publish("m"), append(1)]) {
    assert.ok(!isTrim(write), write.kind);
  }
});

Deno.test("sizeOf() grows with what an event holds and is nothing for the others", () => {
  assert.ok(bytesOf(publish("x".repeat(500))) >= 500);
  assert.ok(bytesOf(append(900)) >= 900);
  assert.equal(bytesOf(row("a")), 0);
});

Deno.test("flatten() keeps texts exact and writes arrays and objects as JSON", () => {
  const flat = flatten({
    last: "63921.50",
    seqId: 301234567890,
    enabled: false,
    addrEx: null,
    nothing: undefined,
    empty: "",
    legs: [{ px: "1.0" }],
    linked: { ordId: "" },
  });
  assert.deepEqual(flat, [
    ...["last", "63921.50", "seqId", "301234567890", "enabled", "false", "addrEx", "", "nothing", ""],
    ...["empty", "", "legs", '[{"px":"1.0"}]', "linked", '{"ordId":""}'],
  ]);
});
