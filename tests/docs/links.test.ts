/** Links between the pages, and whether the Chinese pages have all that the English ones have. */
import assert from "node:assert/strict";
import { blocksOf, readPage } from "./blocks.ts";

const ROOT = new URL("../../", import.meta.url);

for (const page of await pages()) {
  Deno.test(`${page} links to what is there`, async () => {
    const text = withoutBlocks(await readPage(page));
    for (const [, target = ""] of text.matchAll(/\]\((?!https?:|mailto:)([^)\s]+)\)/g)) {
      const [path = "", anchor] = target.split("#");
      const file = path === "" ? page : new URL(path, new URL(page, ROOT)).href.slice(ROOT.href.length);
      const { isFile } = await Deno.stat(new URL(file, ROOT)).catch(() => ({ isFile: undefined }));
      assert.ok(isFile !== undefined, `${target} leads to no file`);
      if (anchor === undefined || !isFile || !file.endsWith(".md")) continue;
      const anchors = anchorsOf(await readPage(file));
      assert.ok(anchors.includes(decodeURIComponent(anchor)), `${target} leads to no heading of ${file}`);
    }
  });
}

for (const page of (await pages()).filter((each) => each.endsWith(".zh-CN.md"))) {
  const english = page.replace(".zh-CN.md", ".md");
  Deno.test(`${page} has the chapters and tables of ${english}`, async () => {
    const [theirs, ours] = await Promise.all(
      [page, english].map(async (each) => shapeOf(await readPage(each))),
    );
    assert.deepEqual(theirs, ours);
  });
}

/** READMEs, CONTRIBUTING and everything below docs/. */
async function pages(): Promise<string[]> {
  const docs = await Array.fromAsync(Deno.readDir(new URL("docs/", ROOT)));
  return [
    ...["README.md", "README.zh-CN.md", "CONTRIBUTING.md"],
    ...docs.map(({ name }) => `docs/${name}`).filter((name) => name.endsWith(".md")).sort(),
  ];
}

function withoutBlocks(text: string): string {
  return text.replace(/^```[^]*?^```$/gm, "").replace(/`[^`\n]+`/g, "");
}

/** The anchors of its headings, as code hosts make them; one that comes again gets a number. */
function anchorsOf(text: string): string[] {
  const seen = new Map<string, number>();
  return [...withoutBlocks(text.replace(/`/g, "")).matchAll(/^#+ (.+)$/gm)].map(([, title = ""]) => {
    const anchor = title.toLowerCase().replace(/[^\p{L}\p{N}\s_-]/gu, "").trim().replace(/\s/g, "-");
    const before = seen.get(anchor) ?? 0;
    seen.set(anchor, before + 1);
    return before === 0 ? anchor : `${anchor}-${before}`;
  });
}

/** Levels of headings, rows and columns of tables and languages of blocks, in their order. */
function shapeOf(text: string): string[] {
  const languages = blocksOf(text).map(({ language }) => language);
  const lines = text.replace(/^```[^]*?^```$/gm, "```").split("\n");
  return lines.flatMap((line) => {
    if (line === "```") return [`block ${languages.shift()}`];
    if (/^#+ /.test(line)) return [(/^#+/.exec(line) as RegExpExecArray)[0]];
    return line.startsWith("|") ? [`row of ${line.replaceAll("\\|", "").split("|").length - 2}`] : [];
  });
}
