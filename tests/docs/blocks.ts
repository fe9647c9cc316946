/** The fenced blocks of the documentation, with the headings that they stand under. */

/** One block. */
export type Block = {
  /** Headings from the second level down, such as `Python / Latest row, or why not`. */
  readonly heading: string;
  /** What follows the fence: `sh`, `python`, `ts`, `go`, `yaml`; empty for output that is shown. */
  readonly language: string;
  readonly text: string;
  /** 1-based line of its first line in the file. */
  readonly line: number;
};

const ROOT = new URL("../../", import.meta.url);

/** The text of a file of the project, such as `docs/recipes.md`. */
export function readPage(file: string): Promise<string> {
  return Deno.readTextFile(new URL(file, ROOT));
}

/** All fenced blocks of a Markdown text, in their order. Throws where a fence is never closed. */
export function blocksOf(markdown: string): Block[] {
  const blocks: Block[] = [];
  const headings: string[] = [];
  let open: { language: string; lines: string[]; line: number } | undefined;
  for (const [i, line] of markdown.split("\n").entries()) {
    const fence = /^```(\S*)$/.exec(line);
    if (open !== undefined) {
      if (fence?.[1] === "") {
        const { language, lines, line: at } = open;
        blocks.push({
          heading: headings.filter(Boolean).join(" / "),
          language,
          text: lines.join("\n"),
          line: at,
        });
        open = undefined;
      } else open.lines.push(line);
      continue;
    }
    if (fence !== null) open = { language: fence[1] ?? "", lines: [], line: i + 2 };
    const heading = /^(#{2,4}) (.+)$/.exec(line);
    if (heading !== null) {
      const level = (heading[1] as string).length - 2;
      headings.length = level;
      headings[level] = heading[2] as string;
    }
  }
  if (open !== undefined) throw new SyntaxError(`The block of line ${open.line} is never closed`);
  return blocks;
}

/** A block without its comments, docstrings and blank lines: what the pages of two languages have in common. */
export function codeOf({ language, text }: Block): string {
  const comment = language === "ts" || language === "go" ? /(^|\s)\/\/ .*$/ : /(^|\s)# .*$/;
  const bare = language === "python" ? text.replace(/^ *""".*"""$/gm, "") : text;
  return bare.split("\n").map((line) => line.replace(comment, "").trimEnd()).filter((line) => line !== "")
    .join("\n");
}
