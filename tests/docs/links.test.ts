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

for (const index of ["docs/README.md", "docs/README.zh-CN.md"]) {
  Deno.test(`${index} says of each page what it is for and who reads it`, async () => {
    const rows = [
      ...(await readPage(index)).matchAll(/^\| \[[^\]]+\]\(([^)]+)\)[^|]*\| [^|]+ \| [^|]+ \|$/gm),
    ];
    const listed = rows.map(([, target = ""]) => `docs/${target}`).filter((page) => !page.includes(".."));
    const all = (await pages()).filter((page) => page.startsWith("docs/") && !page.startsWith("docs/README"));
    const isChinese = index.endsWith(".zh-CN.md");
    // Where there are two, each index has the one of its language.
    const own = all.filter((page) => {
      const other = isChinese
        ? page.replace(/(?<!\.zh-CN)\.md$/, ".zh-CN.md")
        : page.replace(".zh-CN.md", ".md");
      return page === other || !all.includes(other);
    });
    assert.ok(own.length > 15);
    assert.deepEqual(listed.sort(), own.sort());
  });
}

/** READMEs, the other pages of the root, and everything below docs/. */
async function pages(): Promise<string[]> {
  const found = ["README.md", "README.zh-CN.md", "CONTRIBUTING.md", "CHANGELOG.md", ".github/SECURITY.md"];
  for (const folders = ["docs/"]; folders.length > 0;) {
    const folder = folders.shift() as string;
    const entries = (await Array.fromAsync(Deno.readDir(new URL(folder, ROOT)))).sort((a, b) =>
      a.name < b.name ? -1 : 1
    );
    for (const { name, isDirectory } of entries) {
      if (isDirectory) folders.push(`${folder}${name}/`);
      else if (name.endsWith(".md")) found.push(`${folder}${name}`);
    }
  }
  return found;
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
