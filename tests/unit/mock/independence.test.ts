import assert from "node:assert/strict";

/** What is no fact about the exchange: a key and a text give a signature. */
const SHARED = ["hmac.ts"];

Deno.test("the stand-in shares nothing with the code that it checks but the arithmetic of a signature", () => {
  const found = new Set<string>();
  for (const text of sourcesBelow(new URL("../../../src/mock/", import.meta.url))) {
    for (const [, file] of text.matchAll(/from "(?:\.\.\/)+([^"]+)"/g)) {
      if (file !== undefined && !isOwn(file)) found.add(file);
    }
  }
  assert.deepEqual([...found].sort(), SHARED.map((name) => `okx/${name}`));
});

/** A file of the mock's own folders, as those below `account/` name it. */
function isOwn(file: string): boolean {
  return !file.includes("/");
}

function sourcesBelow(folder: URL): string[] {
  return [...Deno.readDirSync(folder)].flatMap(({ name, isDirectory }) => {
    const entry = new URL(isDirectory ? `${name}/` : name, folder);
    return isDirectory ? sourcesBelow(entry) : [Deno.readTextFileSync(entry)];
  });
}
