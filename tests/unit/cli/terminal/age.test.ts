/** Spans of time on a terminal. */
import assert from "node:assert/strict";
import { english, keyed, loadLanguage } from "../../../../src/cli/i18n/translate.ts";
import { ageOf, renderAge } from "../../../../src/cli/terminal/age.ts";

Deno.test("renderAge() says how long ago in the unit that fits", async (t) => {
  const table: [number, string][] = [
    [-5, "0 ms"],
    [0, "0 ms"],
    [340.4, "340 ms"],
    [999, "999 ms"],
    [1000, "1.0 s"],
    [1234, "1.2 s"],
    [59_900, "59.9 s"],
    [60_000, "1 min"],
    [3_599_999, "59 min"],
    [3_600_000, "1 h"],
    [86_400_000, "1 d"],
    [10 * 86_400_000, "10 d"],
  ];
  for (const [ms, text] of table) await t.step(text, () => assert.equal(renderAge(ms, english), text));
});

Deno.test("renderAge() never shows sixty seconds or a thousand milliseconds", () => {
  assert.notEqual(renderAge(999.7, english), "1000 ms");
  assert.notEqual(renderAge(59_999, english), "60.0 s");
});

Deno.test("renderAge() has the units of the reader's language", async () => {
  const zh = await loadLanguage("zh");
  const spans = [39, 1234, 600_000, 7_200_000, 3 * 86_400_000];
  assert.deepEqual(spans.map((ms) => renderAge(ms, zh)), ["39 毫秒", "1.2 秒", "10 分钟", "2 小时", "3 天"]);
  // As a part of a sentence, too.
  assert.equal(zh(keyed("top.up", { time: ageOf(600_000) })), "已运行 10 分钟");
});
