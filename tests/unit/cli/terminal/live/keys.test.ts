/** Keys of a live view, read from what terminals send. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { decodeKeys, type Key } from "../../../../../src/cli/terminal/live/keys.ts";
import { anyText } from "../../../../support/any_text.ts";

Deno.test("decodeKeys() knows the keys of a live view in every spelling", async (t) => {
  const table: [string, Key][] = [
    ["\x1b[A", "up"],
    ["\x1bOB", "down"],
    ["\x1b[5~", "pageUp"],
    ["\x1b[6~", "pageDown"],
    ["\x1b[H", "home"],
    ["\x1b[4~", "end"],
    ["\x1b", "escape"],
    ["\x03", "interrupt"],
    ["\r", "enter"],
    ["\x7f", "backspace"],
    ["q", { char: "q" }],
    ["交", { char: "交" }],
    ["💱", { char: "💱" }],
  ];
  for (const [text, key] of table) {
    await t.step(JSON.stringify(text), () => assert.deepEqual(decodeKeys(text), { keys: [key], rest: "" }));
  }
});

Deno.test("decodeKeys() takes several keys at once and leaves out those without a meaning", () => {
  assert.deepEqual(decodeKeys("j\x1b[Bk\x1b[1;5Cq").keys, [{ char: "j" }, "down", { char: "k" }, {
    char: "q",
  }]);
});

Deno.test("decodeKeys() keeps the beginning of a sequence for its rest", () => {
  const first = decodeKeys("x\x1b[5");
  assert.deepEqual(first, { keys: [{ char: "x" }], rest: "\x1b[5" });
  assert.deepEqual(decodeKeys(`${first.rest}~`), { keys: ["pageUp"], rest: "" });
});

Deno.test("decodeKeys() ends with any input, and keeps no more of it than a sequence is long", () => {
  fc.assert(fc.property(anyText({ maxLength: 200 }), (text) => {
    assert.ok(decodeKeys(text).rest.length <= 32);
  }));
});
