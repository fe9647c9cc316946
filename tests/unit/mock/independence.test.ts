import assert from "node:assert/strict";

const MOCK = new URL("../../../src/mock/", import.meta.url);

Deno.test("the stand-in shares nothing with the code that it checks", () => {
  const found = new Set<string>();
  for (const file of sourcesBelow(MOCK)) {
    for (const [, name] of Deno.readTextFileSync(file).matchAll(/from "(\.[^"]+)"/g)) {
      const { href } = new URL(name as string, file);
      if (!href.startsWith(MOCK.href)) found.add(href.slice(new URL("../", MOCK).href.length));
    }
  }
  assert.deepEqual([...found], []);
});

function sourcesBelow(folder: URL): URL[] {
  return [...Deno.readDirSync(folder)].flatMap(({ name, isDirectory }) => {
    const entry = new URL(isDirectory ? `${name}/` : name, folder);
    return isDirectory ? sourcesBelow(entry) : [entry];
  });
}
