/** What Redis has taken lately, and what of it is missing afterwards. */
import assert from "node:assert/strict";
import { RecentEntries } from "../../../../src/store/write/recent_entries.ts";
import type { Write } from "../../../../src/store/write/write.ts";

function append(key: string, id: string): Write {
  return { kind: "append", key, id, row: { id }, bytes: 36 };
}

function idsOf(writes: readonly Write[]): string[] {
  return writes.map((write) => write.kind === "append" ? `${write.key} ${write.id}` : write.kind);
}

Deno.test("what came behind the last id is missing, in its order, and says that it was taken", () => {
  const recent = new RecentEntries();
  recent.note(["9-0", "10-0", "10-1"].map((id) => append("a", id)), 0);
  recent.note([append("b", "10-2"), append("a", "11-0")], 1);
  const { writes, lost } = recent.missing(new Map([["a", "10-0"], ["b", undefined]]));
  assert.deepEqual(idsOf(writes), ["a 10-1", "b 10-2", "a 11-0"]);
  assert.ok(writes.every((write) => write.kind === "append" && write.again));
  assert.deepEqual(lost, []);
});

Deno.test("nothing is missing of a stream that has the last id, a later one, or could not be read", () => {
  const recent = new RecentEntries();
  recent.note([append("a", "10-0"), append("b", "10-0"), append("c", "10-0")], 0);
  assert.deepEqual(recent.keys(), ["a", "b", "c"]);
  assert.deepEqual(recent.missing(new Map([["a", "10-0"], ["b", "11-0"]])), { writes: [], lost: [] });
});

Deno.test("what is forgotten is lost, by time and by size", () => {
  const old = new RecentEntries({ keepMs: 100 });
  old.note([append("a", "1-0"), append("a", "2-0")], 0);
  old.note([append("a", "300-0")], 300);
  const { writes, lost } = old.missing(new Map([["a", "1-0"]]));
  assert.deepEqual([idsOf(writes), lost], [["a 300-0"], [{ key: "a", after: "1-0", upTo: "2-0" }]]);
  assert.deepEqual(old.missing(new Map([["a", "2-0"]])).lost, []);
  const small = new RecentEntries({ maxBytes: 250 });
  small.note(["1-0", "2-0", "3-0"].map((id) => append("a", id)), 0);
  assert.deepEqual(small.missing(new Map([["a", undefined]])).lost, [{
    key: "a",
    after: undefined,
    upTo: "1-0",
  }]);
});

Deno.test("entries that were taken out go again, and a stream that was deleted does not come back", () => {
  const recent = new RecentEntries();
  recent.note([append("a", "1-0"), append("a", "2-0"), append("b", "2-1")], 0);
  recent.note(
    [{ kind: "erase", key: "a", ids: ["1-0"] }, { kind: "row", key: "b", row: {}, whole: true }],
    1,
  );
  const { writes } = recent.missing(new Map([["a", undefined], ["b", undefined]]));
  assert.deepEqual(idsOf(writes), ["a 1-0", "a 2-0", "erase"]);
  assert.deepEqual(recent.keys(), ["a"]);
});

Deno.test("what an earlier process has written is lost where Redis ends before it, and ours goes again", () => {
  const recent = new RecentEntries();
  recent.inherit(new Map([["a", "10-2"], ["b", "9-0"], ["c", undefined]]));
  assert.deepEqual(recent.keys(), ["a", "b"]);
  assert.deepEqual(recent.missing(new Map([["a", "10-2"], ["b", "9-0"]])), { writes: [], lost: [] });
  recent.note([append("a", "11-0")], 0);
  const { writes, lost } = recent.missing(new Map([["a", "8-0"], ["b", undefined]]));
  assert.deepEqual(idsOf(writes), ["a 11-0"]);
  assert.deepEqual(lost, [
    { key: "a", after: "8-0", upTo: "10-2" },
    { key: "b", after: undefined, upTo: "9-0" },
  ]);
  assert.deepEqual(recent.missing(new Map([["a", "10-2"], ["b", "9-0"]])).lost, []);
});

Deno.test("of a stream that was read again the later id counts, of one that has taken ours what it has taken", () => {
  const recent = new RecentEntries();
  recent.inherit(new Map([["a", "10-0"], ["b", "10-0"]]));
  recent.note([append("b", "11-0")], 0);
  recent.inherit(new Map([["a", "12-0"], ["b", "12-0"]]));
  recent.inherit(new Map([["a", "11-0"]]));
  const { lost } = recent.missing(new Map([["a", "9-0"], ["b", "10-0"]]));
  assert.deepEqual(lost, [{ key: "a", after: "9-0", upTo: "12-0" }]);
});
