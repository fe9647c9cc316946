/** Patterns of the embedded store, against what Redis matches. */
import assert from "node:assert/strict";
import { matchGlob } from "../../../src/embedded/glob.ts";

Deno.test("matchGlob matches as Redis does", async (t) => {
  const rows: [pattern: string, text: string, matches: boolean][] = [
    ["*", "anything", true],
    ["*", "", false],
    ["", "", true],
    ["", "a", false],
    ["h?llo", "hello", true],
    ["h?llo", "hllo", false],
    ["h*llo", "heeeello", true],
    ["h*llo*", "hllo", true],
    ["*a*b*c", "xxaxxbxxc", true],
    ["*a*b*c", "xxaxxcxxb", false],
    ["h[ae]llo", "hallo", true],
    ["h[^e]llo", "hello", false],
    ["h[a-c]llo", "hbllo", true],
    ["h[c-a]llo", "hbllo", true],
    ["[]", "]", false],
    ["[^]", "x", true],
    ["[abc", "c", true],
    ["[\\]]", "]", true],
    ["[a-]", "^", true],
    ["\\*", "*", true],
    ["\\*", "a", false],
    ["a\\", "a\\", true],
    ["ticker:*-USDT", "ticker:ETH-USDT", true],
    ["caf\xe9*", "caf\xe9s", true],
  ];
  for (const [pattern, text, matches] of rows) {
    await t.step(`${pattern} on ${text}`, () => assert.equal(matchGlob(pattern, text), matches));
  }
});

Deno.test("matchGlob answers a pattern of many stars in little time", () => {
  const start = performance.now();
  assert.equal(matchGlob("a*".repeat(30) + "b", "a".repeat(3000)), false);
  assert.ok(performance.now() - start < 30_000);
});
