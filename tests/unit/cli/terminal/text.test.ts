/** Texts of strangers on a terminal: shown, not obeyed, and cut to their columns. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { cutText, fitText, jsonText, safeText, widthOf } from "../../../../src/cli/terminal/text.ts";
import { anyText, shownText } from "../../../support/any_text.ts";

Deno.test("safeText() shows control characters instead of obeying them", () => {
  assert.equal(safeText("plain ü 交易 💱"), "plain ü 交易 💱");
  assert.equal(safeText("\u001b[2Jx\r\n\u0007\u009b1m"), "\\x1b[2Jx\\x0d\\x0a\\x07\\x9b1m");
});

Deno.test("safeText() shows what turns the direction of a text, and what nobody sees", () => {
  assert.equal(safeText("a\u202eb\u2066c\u200bd\ufeff"), "a\\u{202e}b\\u{2066}c\\u{200b}d\\u{feff}");
  assert.equal(safeText("\ud800x\u2028"), "\\u{d800}x\\u{2028}");
});

Deno.test("safeText() leaves nothing that a terminal would act on, in any text", () => {
  fc.assert(fc.property(anyText(), (text) => {
    assert.doesNotMatch(safeText(text), /[\p{Cc}\p{Cf}\p{Cs}]/u);
  }));
});

Deno.test("jsonText() means the same on a terminal, and nothing in it acts there", () => {
  const value = { name: "\u001b]0;x\u0007\u009b\u202e💱", list: ["\u007f"] };
  assert.equal(jsonText(value, false), JSON.stringify(value));
  assert.doesNotMatch(jsonText(value, true), /[\p{Cc}\p{Cf}]/u);
  assert.deepEqual(JSON.parse(jsonText(value, true)), value);
});

Deno.test("widthOf() counts the columns that a text takes", () => {
  assert.deepEqual(["abc", "交易", "💱", "e\u0301", "\u001b[31mx\u001b[0m"].map(widthOf), [3, 4, 2, 1, 1]);
});

Deno.test("cutText() and fitText() keep to their columns and part no character", () => {
  assert.equal(cutText("abcdef", 4), "abc…");
  assert.equal(cutText("abcd", 4), "abcd");
  assert.equal(cutText("交易所", 4), "交…");
  assert.equal(cutText("💱💱", 3), "💱…");
  assert.equal(cutText("abc", 0), "");
  assert.equal(fitText("交", 4), "交  ");
  assert.equal(fitText("1.5", 6, "right"), "   1.5");
  fc.assert(fc.property(shownText(), fc.integer({ min: 1, max: 20 }), (text, columns) => {
    assert.ok(widthOf(cutText(text, columns)) <= columns);
    assert.equal(widthOf(fitText(text, columns)), columns);
  }));
});
