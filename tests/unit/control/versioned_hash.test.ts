/** A hash with its version: what is a change of others, and what is a loss. */
import assert from "node:assert/strict";
import { type FoundHash, parseVersion, VersionedHash } from "../../../src/control/versioned_hash.ts";
import type { Write } from "../../../src/store/write/write.ts";

function create(fields: Readonly<Record<string, string>> = {}): VersionedHash {
  const hash = new VersionedHash({ key: "h", versionKey: "h/version" });
  hash.change(Object.entries(fields));
  return hash;
}

function textsOf(writes: readonly Write[]): string[] {
  return writes.map((write) =>
    write.kind === "text" ? `version ${write.last}` : "field" in write ? `${write.kind} ${write.field}` : ""
  );
}

Deno.test("each change has a version above the last one, which is written behind it", () => {
  const hash = create();
  assert.deepEqual(textsOf(hash.change([["a", "1"], ["b", "2"]])), ["field a", "field b", "version true"]);
  const before = hash.version as number;
  assert.ok(Math.abs(before - Date.now()) < 60_000);
  assert.deepEqual(hash.change([["a", "1"], ["c", undefined]]), [], "nothing is different");
  assert.equal(hash.version, before);
  assert.deepEqual(textsOf(hash.change([["a", undefined]])), ["unfield a", "field b", "version true"]);
  assert.ok(hash.version as number > before);
  assert.deepEqual(textsOf(hash.all()), ["field b", "version true"]);
});

/** As Redis has it when all was written. */
function foundOf(hash: VersionedHash): FoundHash {
  return {
    fields: Object.fromEntries(hash.fields),
    version: { number: hash.version ?? 0, count: hash.fields.size },
  };
}

Deno.test("what is read under the same version are changes of others, but nothing at all is a loss", () => {
  const hash = create({ a: "1", b: "2" });
  const { version } = foundOf(hash);
  const taken = hash.take({ fields: { b: "3", c: "4" }, version });
  assert.equal(taken.isLost, false);
  assert.deepEqual(taken.changes.map(({ field, before, after }) => [field, before, after]), [
    ["a", "1", undefined],
    ["b", "2", "3"],
    ["c", undefined, "4"],
  ]);
  assert.deepEqual(hash.take({ fields: {}, version }), { changes: [], isLost: true });
  assert.deepEqual([...hash.fields], [["b", "3"], ["c", "4"]]);
});

Deno.test("the higher version counts, also of an empty hash; a lower one, or none, is a loss", () => {
  const hash = create({ a: "1" });
  const number = hash.version as number;
  for (const older of [{ number: number - 1, count: 1 }, undefined]) {
    assert.deepEqual(hash.take({ fields: { old: "1" }, version: older }), { changes: [], isLost: true });
  }
  const { changes, writes } = hash.compare({ fields: { old: "1" }, version: undefined });
  assert.deepEqual([changes, textsOf(writes)], [[], ["unfield old", "field a", "version true"]]);
  const next = (hash.version as number) + 5;
  assert.equal(hash.take({ fields: {}, version: { number: next, count: 0 } }).isLost, false);
  assert.equal(hash.fields.size, 0);
  assert.equal(hash.version, next);
});

Deno.test("a field is taken away by others where all was seen since the last change, else it was lost before", () => {
  const hash = create({ a: "1", b: "2" });
  // The hash was removed, then a change was written.
  const part = { fields: { b: "2" }, version: foundOf(hash).version };
  const lost = hash.compare(part);
  assert.deepEqual([lost.changes, textsOf(lost.writes)], [[], ["field a", "field b", "version true"]]);
  assert.notEqual(hash.version, part.version?.number);
  assert.deepEqual(hash.compare(foundOf(hash)), { changes: [], writes: [] });
  for (const field of ["a", "b"]) {
    const { fields: { [field]: _, ...left }, version } = foundOf(hash);
    const { changes, writes } = hash.compare({ fields: { ...left, [`${field}2`]: "3" }, version });
    assert.deepEqual(changes.map((each) => each.field), [field, `${field}2`]);
    assert.deepEqual(textsOf(writes), ["version true"]);
  }
  hash.change([["c", "3"]]);
  const { fields: { c: _, ...left }, version } = foundOf(hash);
  assert.deepEqual(hash.compare({ fields: left, version }).changes, []);
});

Deno.test("a newer hash with fewer fields than its version says is a part: nothing was taken away", () => {
  const hash = create({ a: "1", b: "2" });
  const version = { number: (hash.version as number) + 1, count: 3 };
  assert.deepEqual(hash.take({ fields: { c: "3" }, version }).changes.map(({ field }) => field), ["c"]);
  assert.deepEqual([...hash.fields.keys()], ["a", "b", "c"]);
  // A process that knows nothing yet takes what there is.
  const other = create();
  other.take({ fields: { c: "3" }, version });
  assert.deepEqual([...other.fields.keys()], ["c"]);
});

Deno.test("with a change all of a small hash is written, since the version stands for the whole", () => {
  const hash = create({ a: "1", b: "2" });
  assert.deepEqual(textsOf(hash.change([["c", "3"]])), ["field c", "field a", "field b", "version true"]);
  hash.change(Array.from({ length: 300 }, (_, i) => [`path ${i}`, "1"]));
  assert.deepEqual(textsOf(hash.change([["c", "4"]])), ["field c", "version true"]);
});

Deno.test("a part under the version that is known takes nothing away where not all of it was seen with that", () => {
  const one = create({ a: "1", b: "2" });
  const other = create();
  other.take(foundOf(one));
  // Lost behind the other's back, then a part written with the same version.
  const part = { fields: { a: "1" }, version: foundOf(one).version };
  assert.deepEqual(other.take(part).changes, []);
  assert.deepEqual(textsOf(other.compare(part).writes), ["field a", "field b", "version true"]);
});

Deno.test("after a loss of the connection what is older is written again as it is known, and nothing else is", () => {
  const hash = create({ a: "1", b: "2" });
  const { version: older } = foundOf(hash);
  hash.change([["b", undefined], ["c", "3"]]);
  const again = ["unfield b", "field a", "field c", "version true"];
  assert.deepEqual(textsOf(hash.recover({ fields: { a: "1", b: "2" }, version: older })), again);
  assert.deepEqual(textsOf(hash.recover({ fields: { b: "2" }, version: undefined })), again);
  const { version } = foundOf(hash);
  assert.deepEqual(hash.recover({ fields: { b: "by hand" }, version }), []);
  assert.deepEqual(create().recover({ fields: { a: "1" }, version }), []);
});

Deno.test("what was written before there were versions is taken, and has one with the next change", () => {
  const hash = create();
  assert.deepEqual(hash.all(), []);
  assert.equal(hash.take({ fields: { a: "1" }, version: undefined }).isLost, false);
  assert.equal(hash.version, undefined);
  assert.deepEqual(textsOf(hash.all()), ["field a", "version true"]);
  assert.ok(hash.version !== undefined);
});

Deno.test("a version that is no number, or beyond all time, is none", () => {
  assert.deepEqual(parseVersion("1795363200000-2"), { number: 1_795_363_200_000, count: 2 });
  for (const text of [undefined, "", "x", "5", "-1", "1-x", "1e3-1", "9007199254740991-1"]) {
    assert.equal(parseVersion(text), undefined);
  }
});

Deno.test("names of members of objects are fields like others", () => {
  const hash = create({ constructor: "1" });
  const { version } = foundOf(hash);
  const taken = hash.take({ fields: { other: "1" }, version });
  assert.deepEqual(taken.changes.map(({ field, after }) => [field, after]), [
    ["constructor", undefined],
    ["other", "1"],
  ]);
});
