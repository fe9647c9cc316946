/** Every setting is read by something: one that nobody reads would be taken, documented and without effect. */
import assert from "node:assert/strict";
import { parse } from "@babel/parser";
import { settingsSchema } from "../../../src/config/shapes.ts";

const ROOT = new URL("../../../", import.meta.url);
/** Where settings take effect; the rooms below are handed values. */
const READERS = ["src/app/", "src/cli/", "src/config/"];

type Node = { readonly type: string; readonly [key: string]: unknown };

Deno.test("every setting is read somewhere in src/app, src/cli or src/config", async () => {
  const names = Object.keys(settingsSchema.shape);
  const read = new Set<string>();
  for (const folder of READERS) {
    for await (const file of sources(folder)) {
      const source = await Deno.readTextFile(new URL(file, ROOT));
      if (!names.some((name) => !read.has(name) && source.includes(name))) continue;
      const { program } = parse(source, { sourceType: "module", plugins: ["typescript", "decorators"] });
      collect(program as unknown as Node, read);
    }
  }
  for (const name of names) {
    assert.ok(read.has(name), `${name} of src/config/shapes.ts is read nowhere in ${READERS.join(", ")}`);
  }
});

/** Adds the names that are taken out of an object: `settings.NAME`, and `{ NAME }` on the left of an assignment. */
function collect(node: Node, names: Set<string>): void {
  if (/^(Optional)?MemberExpression$/.test(node.type) && !node.computed) names.add(nameOf(node.property));
  if (node.type === "ObjectPattern") {
    for (const property of node.properties as readonly Node[]) names.add(nameOf(property.key));
  }
  for (const value of Object.values(node).flat()) if (isNode(value)) collect(value, names);
}

function nameOf(node: unknown): string {
  return isNode(node) && typeof node.name === "string" ? node.name : "";
}

function isNode(value: unknown): value is Node {
  return typeof value === "object" && value !== null && typeof (value as Node).type === "string";
}

async function* sources(folder: string): AsyncGenerator<string> {
  for await (const { name, isDirectory } of Deno.readDir(new URL(folder, ROOT))) {
    if (isDirectory) yield* sources(`${folder}${name}/`);
    else if (name.endsWith(".ts")) yield `${folder}${name}`;
  }
}
