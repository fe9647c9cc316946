/** Finds the promises that a page makes: sentences with a word that allows no exception. Pure. */

/** Words that make a sentence a promise. */
const PROMISES = /\b(?:never|always|at most|within|at the latest|no more than|exactly once)\b/i;

/** A sentence of a page, without line breaks and marks for emphasis. */
export function promisesOf(page: string): string[] {
  return [...new Set(sentencesOf(page).filter((sentence) => PROMISES.test(sentence)))];
}

/** All sentences, list items and cells of tables. Code is none, nor is a heading. */
function sentencesOf(page: string): string[] {
  const text = page.replace(/^```[^]*?^```$/gm, "").replace(/<!--[^]*?-->/g, "");
  return blocksOf(text).flatMap((block) =>
    block.split(/(?<=[.!?;])\s+(?=[A-Z`*"(\d])/).map((sentence) => sentence.replace(/^[-*\d.]+ /, "").trim())
  ).filter((sentence) => sentence !== "");
}

/** Paragraphs and list items as one line each, and of tables each row. */
function blocksOf(text: string): string[] {
  const blocks: string[] = [];
  let open = "";
  const close = () => {
    if (open !== "") blocks.push(open);
    open = "";
  };
  for (const line of text.split("\n")) {
    const isRow = line.startsWith("|");
    if (line.trim() === "" || line.startsWith("#") || isRow || /^\s*(?:[-*]|\d+\.) /.test(line)) close();
    if (isRow) {
      blocks.push(line.replace(/^\||\|$/g, "").split(/(?<!\\)\|/).map((cell) => cell.trim()).join(" | "));
    } else if (!line.startsWith("#")) open = `${open} ${line.trim()}`.trim();
  }
  close();
  return blocks.map((block) => block.replaceAll("**", ""));
}
