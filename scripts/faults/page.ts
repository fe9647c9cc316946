/** Puts measured figures into a page between two marks, so that words and figures can live in one file. */

/** What stands around the figures. */
export const BEGIN = "<!-- figures: written by deno task faults --markdown -->";
export const END = "<!-- end of figures -->";

/** The page with other figures; a page without the marks becomes the figures alone. */
export function replaceFigures(page: string, figures: string): string {
  const begin = page.indexOf(BEGIN);
  const end = page.indexOf(END);
  if (begin < 0 || end < begin) return `${figures}\n`;
  return `${page.slice(0, begin + BEGIN.length)}\n\n${figures}\n\n${page.slice(end)}`;
}

/**
 * The page with these rows of a table beside those that are there, which begin with another title, in the order of `titles`; rows
 * of other titles go. What is said below the table stays.
 */
export function replaceRows(page: string, rows: readonly string[], titles: readonly string[]): string {
  const begin = page.indexOf(BEGIN);
  const end = page.indexOf(END);
  const lines = page.slice(begin, end).split("\n").filter((line) => line.startsWith("| "));
  const of = (title: string) => (line: string) => line.startsWith(`| ${title.replaceAll("|", "\\|")} |`);
  const table = titles.flatMap((title) => rows.find(of(title)) ?? lines.find(of(title)) ?? []);
  const [, words = ""] = /\n\n(?!\|)(.+)\n*$/s.exec(page.slice(begin, end)) ?? [];
  return replaceFigures(page, `${[...lines.slice(0, 2), ...table].join("\n")}\n\n${words.trimEnd()}`);
}
