/** A hash with its version: what is a change of others, and what is a loss. */
import assert from "node:assert/strict";
import { parseVersion, VersionedHash } from "../../../src/control/versioned_hash.ts";
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
  assert.deepEqual(textsOf(hash.change([["a", undefined]])), ["unfield a", "version true"]);
  assert.ok(hash.version as number > before);
  assert.deepEqual(textsOf(hash.all()), ["field b", "version true"]);
});

Deno.test("what is read under the same version are changes of others, but nothing at all is a loss", () => {
  const hash = create({ a: "1", b: "2" });
  const { version } = hash;
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
  const version = hash.version as number;
  for (const older of [version - 1, undefined]) {
    assert.deepEqual(hash.take({ fields: { old: "1" }, version: older }), { changes: [], isLost: true });
  }
  assert.deepEqual(textsOf(hash.strangers({ fields: { a: "", old: "1" }, version: undefined })), [
    "unfield old",
  ]);
  assert.equal(hash.take({ fields: {}, version: version + 5 }).isLost, false);
  assert.equal(hash.fields.size, 0);
  assert.equal(hash.version, version + 5);
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
  assert.equal(parseVersion("1795363200000"), 1_795_363_200_000);
  for (const text of [undefined, "", "x", "-1", "1e3", "9007199254740991"]) {
    assert.equal(parseVersion(text), undefined);
  }
});

Deno.test("names of members of objects are fields like others", () => {
  const hash = create({ constructor: "1" });
  const { version } = hash;
  const taken = hash.take({ fields: { other: "1" }, version });
  assert.deepEqual(taken.changes.map(({ field, after }) => [field, after]), [
    ["constructor", undefined],
    ["other", "1"],
  ]);
});
