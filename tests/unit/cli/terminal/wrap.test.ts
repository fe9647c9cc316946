/** Lines that fit a terminal. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { widthOf } from "../../../../src/cli/terminal/text.ts";
import { longestUnit, wrapLines, wrapText } from "../../../../src/cli/terminal/wrap.ts";
import { shownText } from "../../../support/any_text.ts";

Deno.test("wrapText() fills lines, parts no character, and breaks what is longer than a line", () => {
  assert.deepEqual(wrapText("abcdef", 4), ["abcd", "ef"]);
  assert.deepEqual(wrapText("", 4), [""]);
  assert.deepEqual(wrapText("币安人生", 5), ["币安", "人生"]);
  assert.deepEqual(wrapText("a👩‍👩‍👧b", 2), ["a", "👩‍👩‍👧", "b"]);
});

Deno.test("wrapText() breaks at blanks, and inside no word, figure or URL that fits on a line", () => {
  assert.deepEqual(wrapText("cannot reach redis://127.0.0.1:1 now", 22), [
    "cannot reach",
    "redis://127.0.0.1:1",
    "now",
  ]);
  assert.deepEqual(wrapText("a bc  d", 4), ["a bc", "d"]);
  assert.deepEqual(wrapText("at wss://example.com/x", 10), ["at", "wss://exam", "ple.com/x"]);
  // Marks that close something stay with it, and a URL stays whole beside wide characters.
  assert.deepEqual(wrapText("连不上，请检查", 6), ["连不", "上，请", "检查"]);
  assert.deepEqual(wrapText("连不上（请检查）", 8), ["连不上", "（请检", "查）"]);
  assert.deepEqual(wrapText("连不上 redis://h:1：没有答复", 12), ["连不上", "redis://h:1", "：没有答复"]);
});

Deno.test("wrapText() makes no line too wide and loses nothing but blanks, whatever the text", () => {
  fc.assert(fc.property(shownText(), fc.integer({ min: 2, max: 30 }), (text, columns) => {
    const lines = wrapText(text, columns);
    for (const line of lines) assert.ok(widthOf(line) <= columns, JSON.stringify(line));
    assert.equal(lines.join("").replaceAll(" ", ""), text.replaceAll(" ", ""));
  }));
});

Deno.test("wrapText() counts no colours, and breaks none", () => {
  const red = "\x1b[31mred\x1b[39m";
  assert.deepEqual(wrapText(`${red} ${red}`, 7), [`${red} ${red}`]);
  assert.deepEqual(wrapText(`${red} ${red}`, 6), [red, red]);
  assert.equal(longestUnit(`${red} ab`), 3);
});

Deno.test("wrapLines() keeps the indentation, and commands together as long as they fit", () => {
  const line = "  next: okws check -c okws.yaml, then: npx -y deno@2.9.6 task okws serve -c okws.yaml";
  assert.deepEqual(wrapLines(`short\n${line}`, 56), [
    "short",
    "  next: okws check -c okws.yaml, then:",
    "  npx -y deno@2.9.6 task okws serve -c okws.yaml",
  ]);
  assert.deepEqual(wrapLines("下一步：okws check -c o.yaml，然后：okws serve", 24), [
    "下一步：",
    "okws check -c o.yaml，然",
    "后：okws serve",
  ]);
  assert.deepEqual(wrapLines("see okws client subscribe test tickers:A", 24), [
    "see okws client",
    "subscribe test tickers:A",
  ]);
});
