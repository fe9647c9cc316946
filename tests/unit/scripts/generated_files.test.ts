/** What is said of generated files that are stale, and what is written of them. */
import assert from "node:assert/strict";
import { pathToFileURL } from "node:url";
import { findStale, writeGenerated } from "../../../scripts/generated_files.ts";

const FILES = new Map([["a.md", "one\n"], ["b.json", "{}\n"], ["c.yaml", "c\n"]]);

Deno.test("findStale() names those that differ or are missing, and changes nothing", async () => {
  const folder = await Deno.makeTempDir({ prefix: "okws-generated-" });
  try {
    const root = pathToFileURL(`${folder}/`);
    await Deno.writeTextFile(`${folder}/a.md`, "one\n");
    await Deno.writeTextFile(`${folder}/b.json`, "edited");
    assert.deepEqual(await findStale(FILES, root), ["b.json", "c.yaml"]);
    assert.equal(await Deno.readTextFile(`${folder}/b.json`), "edited");
    const names = (await Array.fromAsync(Deno.readDir(folder))).map(({ name }) => name);
    assert.deepEqual(names.sort(), ["a.md", "b.json"]);

    assert.deepEqual(await writeGenerated(FILES, root), ["b.json", "c.yaml"]);
    assert.deepEqual(await findStale(FILES, root), []);
    assert.deepEqual(await writeGenerated(FILES, root), []);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
