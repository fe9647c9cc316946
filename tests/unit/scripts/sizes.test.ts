/** Files that do not say what they are for, and files and functions that grow too long to be read. */
import assert from "node:assert/strict";
import { parse } from "@babel/parser";
import * as path from "node:path";

const ROOT = new URL("../../../", import.meta.url);
const FOLDERS = ["src/", "web/", "scripts/", "tests/"];
/** Catalogues of texts, and what is generated. */
const EXEMPT = /^src\/http\/page\/|^(?:src\/(?:cli\/i18n|shared\/messages)\/|web\/texts_)(?:en|zh)\.ts$/;
/** In a head: a reason for the one is none for the other. */
const LONG_FILE = /\bfile is long because\b/;
const LONG_FUNCTION = /\bfunction is long because\b/;
/** The first comment; directives of tools, and which types a browser has, may stand before it. */
const HEAD = /^(?:#![^\n]*\n|\/\/[^\n]*\n)*\/\*\*([^]*?)\*\//;

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
  for (const { type, loc } of file.tokens as unknown as Node[]) {
    for (
      let line = loc?.start.line ?? 0;
      !type.startsWith?.("Comment") && line <= (loc?.end.line ?? -1);
      line++
    ) {
      lines.add(line);
    }
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

async function* sources(folder: string): AsyncGenerator<string> {
  for await (const { name, isDirectory } of Deno.readDir(new URL(folder, ROOT))) {
    // What a run of tests makes for itself.
    if (name.startsWith(".")) continue;
    if (isDirectory) yield* sources(`${folder}${name}/`);
    else if (name.endsWith(".ts")) yield path.posix.join(folder, name);
  }
}

for (const folder of FOLDERS) {
  Deno.test(`every file of ${folder} says first what it is for, and is long only with its reason`, async () => {
    const faults: string[] = [];
    for await (const name of sources(folder)) {
      if (EXEMPT.test(name)) continue;
      const source = await Deno.readTextFile(new URL(name, ROOT));
      const head = HEAD.exec(source)?.[1];
      if (head === undefined) faults.push(`${name}: begins with no comment that says what it is for`);
      const said = (head ?? "").replace(/\s*\*\s*/g, " ");
      const { lines, functions } = measure(source);
      if (lines > 300 && !LONG_FILE.test(said)) {
        faults.push(`${name}: ${lines} lines of code: part it, or say in its head why not`);
      }
      for (const each of functions) {
        if (each.lines > 100 && !LONG_FUNCTION.test(said)) {
          faults.push(`${name}:${each.line}: a function of ${each.lines} lines: part it`);
        }
      }
    }
    assert.deepEqual(faults, []);
  });
}
