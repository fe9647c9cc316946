/** The table of measured faults against the faults that there are, and how many the pages speak of. */
import assert from "node:assert/strict";
import { CASES } from "../../scripts/faults/cases/all.ts";
import { BEGIN, END } from "../../scripts/faults/page.ts";

/** Where a page says how many there are. */
const COUNTS = {
  "README.md": /\*\*Proof\.\*\* (\d+) faults/,
  "docs/README.md": /what (\d+) faults cost/,
  "README.zh-CN.md": /(\d+) 种故障/,
  "docs/README.zh-CN.md": /(\d+) 种故障/,
};

Deno.test("docs/faults.md has a row for every fault, in their order", async () => {
  const page = await read("docs/faults.md");
  const table = page.slice(page.indexOf(BEGIN), page.indexOf(END));
  const titles = [...table.matchAll(/^\| ((?:[^|\\]|\\.)+) \|/gm)].map(([, title = ""]) =>
    title.replaceAll("\\|", "|")
  );
  assert.deepEqual(
    titles.filter((title) => title !== "fault" && title !== "---"),
    CASES.map(({ title }) => title),
    "measure what is missing: deno task faults --markdown docs/faults.md",
  );
});

for (const [page, count] of Object.entries(COUNTS)) {
  Deno.test(`${page} says how many faults are measured`, async () => {
    assert.equal(count.exec(await read(page))?.[1], String(CASES.length), `${page}: ${count}`);
  });
}

function read(page: string): Promise<string> {
  return Deno.readTextFile(new URL(`../../${page}`, import.meta.url));
}
