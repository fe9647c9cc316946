/** Files and functions of `src/` that grow too long to be read, but for catalogues of texts and what is generated. */
import assert from "node:assert/strict";
import { parse } from "@babel/parser";
import * as path from "node:path";

const SRC = new URL("../../../src/", import.meta.url);
const EXEMPT = /^(?:http\/page\/|(?:cli\/i18n|shared\/messages)\/(?:en|zh)\.ts$)/;
const REASON = /\b(?:file|function) is long because\b/;

type Node = {
  type: string;
  loc?: { start: { line: number }; end: { line: number } };
  [key: string]: unknown;
};

function isNode(value: unknown): value is Node {
  return typeof value === "object" && value !== null && typeof (value as Node).type === "string";
}

/** The lines that hold code, and where functions are of how many lines. */
function measure(source: string): { lines: number; functions: { line: number; lines: number }[] } {
  const file = parse(source, { sourceType: "module", plugins: ["typescript", "decorators"], tokens: true });
  const lines = new Set<number>();
  for (const { type, loc, start, end } of file.tokens as unknown as Node[]) {
    // A comment has a name for its type; the end of the file has no length.
    if (typeof type === "string" || loc === undefined || start === end) continue;
    for (let line = loc.start.line; line <= loc.end.line; line++) lines.add(line);
  }
  const functions: { line: number; lines: number }[] = [];
  const visit = (node: Node) => {
    const { start, end } = node.loc ?? { start: { line: 0 }, end: { line: 0 } };
    if (
      /Function|ClassMethod|ClassPrivateMethod|ObjectMethod/.test(node.type) && !node.type.startsWith("TS")
    ) {
      functions.push({ line: start.line, lines: end.line - start.line + 1 });
    }
    for (const value of Object.values(node).flat()) if (isNode(value)) visit(value);
  };
  visit(file.program as unknown as Node);
  return { lines: lines.size, functions };
}

async function* sources(folder: URL): AsyncGenerator<URL> {
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    if (isDirectory) yield* sources(new URL(`${name}/`, folder));
    else if (name.endsWith(".ts")) yield new URL(name, folder);
  }
}

Deno.test("no file has more than 300 lines of code without its reason, no function more than 100", async () => {
  const faults: string[] = [];
  for await (const url of sources(SRC)) {
    const name = path.posix.relative(SRC.pathname, url.pathname);
    if (EXEMPT.test(name)) continue;
    const source = await Deno.readTextFile(url);
    const { lines, functions } = measure(source);
    const head = source.slice(0, source.indexOf("*/"));
    if (REASON.test(head.replace(/\s*\*\s*/g, " "))) continue;
    if (lines > 300) faults.push(`src/${name}: ${lines} lines`);
    for (const each of functions) {
      if (each.lines > 100) faults.push(`src/${name}:${each.line}: a function of ${each.lines} lines`);
    }
  }
  assert.deepEqual(faults, []);
});
