/** Messages that two connections bring are passed on once. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { DuplicateFilter } from "../../../../src/store/redis/duplicate_filter.ts";

const message = (text: string) => ({ channel: "c", message: text });

Deno.test("what both connections bring is passed on once, whichever is first", () => {
  const filter = new DuplicateFilter();
  assert.equal(filter.isNew("c", message("a"), true), true);
  assert.equal(filter.isNew("c", message("a"), false), false);
  assert.equal(filter.isNew("c", message("b"), false), true);
  assert.equal(filter.isNew("c", message("b"), true), false);
});

Deno.test("what is subscribed by a pattern and by name is passed on for both", () => {
  const filter = new DuplicateFilter();
  assert.equal(filter.isNew("c", message("a"), true), true);
  assert.equal(filter.isNew("c*", message("a"), true), true);
});

Deno.test("of equal messages as many are passed on as the connection that brings more of them has", () => {
  const brought = fc.array(fc.record({ text: fc.constantFrom("a", "b"), isOld: fc.boolean() }));
  fc.assert(fc.property(brought, (pieces) => {
    const filter = new DuplicateFilter();
    const passed = pieces.filter(({ text, isOld }) => filter.isNew("c", message(text), isOld));
    for (const text of ["a", "b"]) {
      const of = (isOld: boolean) =>
        pieces.filter((each) => each.text === text && each.isOld === isOld).length;
      assert.equal(passed.filter((each) => each.text === text).length, Math.max(of(true), of(false)));
    }
  }));
});
