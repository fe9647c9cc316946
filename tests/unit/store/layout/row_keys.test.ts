/** Names of rows in keys: clean, and no more than there is room for. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { cleanId, idOf } from "../../../../src/store/layout/push.ts";
import { RowKeys } from "../../../../src/store/layout/row_keys.ts";
import { anyText } from "../../../support/any_text.ts";

Deno.test("RowKeys admits 50,000 rows of a path and makes room for those that are over", () => {
  const refused: string[] = [];
  const keys = new RowKeys((path) => void refused.push(path));
  for (let i = 0; i < 50_000; i++) assert.ok(keys.admit("p", `${i}`));
  assert.equal(keys.admit("p", "more"), false);
  assert.deepEqual(refused, ["p"]);
  assert.ok(keys.admit("p", "7"), "what has a key keeps it");
  assert.ok(keys.admit("q", "more"), "another path has room of its own");
  keys.release("p", "7");
  keys.release("p", "never there");
  assert.ok(keys.admit("p", "more"));
  assert.equal(keys.admit("p", "7"), false);
});

Deno.test("RowKeys admits 200,000 rows in all and forgets a path with its rows", () => {
  const keys = new RowKeys(() => {});
  for (const path of ["a", "b", "c", "d"]) for (let i = 0; i < 50_000; i++) keys.admit(path, `${i}`);
  assert.equal(keys.admit("e", "0"), false);
  keys.forget("b");
  assert.ok(keys.admit("e", "0"));
});

Deno.test("cleanId() leaves the exchange's own names as they are", () => {
  for (
    const id of [
      "BTC-USDT",
      "BTC-USD-261225-60000-C",
      "66-7-4cdb0d73a-0",
      "312269865356374016",
      "BTC-USDT_BTC-USDT-SWAP",
    ]
  ) {
    assert.equal(cleanId(id), id);
  }
});

Deno.test("cleanId() makes of any text one that has no meaning in a key, and of two texts never the same", () => {
  fc.assert(fc.property(anyText({ minLength: 1, maxLength: 60 }), (text) => {
    const id = cleanId(text);
    assert.match(id ?? "", /^[A-Za-z0-9_.~@#$&+=,;|<>^()!%-]+$/);
    if (text.isWellFormed()) assert.equal(decodeURIComponent(id ?? ""), text);
  }));
});

Deno.test("idOf() joins clean parts, and leaves out a row whose name is too long or neither text nor number", () => {
  assert.equal(idOf(["a", "b"], { a: "x:y", b: "z" }), "x%3Ay:z");
  assert.equal(idOf(["a"], { a: 7 }), idOf(["a"], { a: "7" }));
  assert.notEqual(idOf(["a", "b"], { a: "x:y", b: "z" }), idOf(["a", "b"], { a: "x", b: "y:z" }));
  for (const value of [undefined, null, 1.5, {}, [], "", "x".repeat(513)]) {
    assert.equal(idOf(["a"], { a: value }), undefined);
  }
});
