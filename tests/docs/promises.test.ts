/** What README.md and docs/ promise without exception, and that a test holds each of it. */
import assert from "node:assert/strict";
import { promisesOf } from "../../scripts/promise_sentences.ts";
import { findPromises, PAGE, promiseFaults, renderPromises } from "../../scripts/promises.ts";

Deno.test("every promise of README.md and docs/ names a test that is there", async () => {
  const found = await findPromises();
  assert.ok(found.length > 40, "the promises are found");
  assert.deepEqual(await promiseFaults(found), []);
});

Deno.test("docs/promises.md is what the pages and the table make of it", async () => {
  const page = await Deno.readTextFile(new URL(`../../${PAGE}`, import.meta.url));
  assert.ok(
    page === renderPromises(await findPromises()),
    "stale; run: deno run --allow-read --allow-write scripts/promises.ts",
  );
});

Deno.test("promiseFaults() finds a promise that no test holds, and words that no page has any more", async () => {
  const faults = await promiseFaults([{ page: "README.md", sentence: "It never ends." }]);
  assert.match(faults[0] ?? "", /^README\.md: no test holds "It never ends\."/);
  assert.ok(faults.some((fault) => /does not say ".+" any more/.test(fault)));
});

Deno.test("promisesOf() finds sentences in paragraphs, lists and tables, and none in code or headings", () => {
  const page = [
    "# Never a heading",
    "",
    "Plain. It **never** ends,",
    "whatever comes. And that.",
    "",
    "- one that is quick",
    "- within 3 s, always",
    "",
    "| never | at most `a|b`? |",
    "```",
    "never",
    "```",
    "Nevertheless an almost everlasting one.",
  ].join("\n");
  assert.deepEqual(promisesOf(page), [
    "It never ends, whatever comes.",
    "within 3 s, always",
    "never | at most `a | b`?",
  ]);
});
