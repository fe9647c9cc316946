/** The table of faults in docs/mock.md against the faults that there are. */
import assert from "node:assert/strict";
import { withFaultTable } from "../../scripts/fault_table.ts";

const PAGE = new URL("../../docs/mock.md", import.meta.url);

Deno.test("docs/mock.md has the faults that there are", async () => {
  const text = await Deno.readTextFile(PAGE);
  assert.ok(
    text === withFaultTable(text),
    "stale; run: deno task gen",
  );
});
