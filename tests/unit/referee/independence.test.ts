/**
 * The referee shares no assumption with what it judges. What it imports shows in its sources alone, which the check of
 * imports does not look at, since they are tests.
 */
import assert from "node:assert/strict";

const FOLDER = new URL("../../referee/", import.meta.url);

Deno.test("the referee imports nothing but its own files, node's builtins and ioredis", async () => {
  const files = await filesBelow(FOLDER);
  assert.ok(files.length > 30, `only ${files.length} files found`);
  for (const file of files) {
    const source = await Deno.readTextFile(file);
    for (const [, name] of source.matchAll(/(?:from|import)\s*\(?\s*"([^"]+)"/g)) {
      const local = name!.startsWith(".") && new URL(name!, file).href.startsWith(FOLDER.href);
      assert.ok(local || /^(node:|ioredis$)/.test(name!), `${file.pathname} imports ${name}`);
    }
  }
});

async function filesBelow(folder: URL): Promise<URL[]> {
  const found: URL[] = [];
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    if (isDirectory) found.push(...await filesBelow(new URL(`${name}/`, folder)));
    else if (name.endsWith(".ts")) found.push(new URL(name, folder));
  }
  return found;
}
