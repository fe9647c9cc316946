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
