/** Colours of the live views, by what they say; without colours every text stays as it is. */

/** What a text is to a reader. */
export type Style = "plain" | "title" | "dim" | "good" | "bad" | "warn" | "key" | "up" | "down" | "chosen";

/** Puts a style on a text. */
export type Paint = (style: Style, text: string) => string;

/** Select Graphic Rendition (ECMA-48 8.3.117): start of each style. */
const STARTS: Readonly<Record<Style, string>> = {
  plain: "",
  title: "\x1b[1m",
  dim: "\x1b[2m",
  good: "\x1b[32m",
  bad: "\x1b[1;31m",
  warn: "\x1b[33m",
  key: "\x1b[36m",
  up: "\x1b[32m",
  down: "\x1b[31m",
  chosen: "\x1b[7m",
};

/**
 * Creates the functions that colour a text; `colours` is false where NO_COLOR is set (https://no-color.org) or nobody looks.
 */
export function createPaint(colours: boolean): Paint {
  if (!colours) return (_, text) => text;
  return (style, text) => STARTS[style] === "" || text === "" ? text : `${STARTS[style]}${text}\x1b[0m`;
}

/** Returns whether this environment asks for colours. */
export function wantsColours(environment: Readonly<Record<string, string>>): boolean {
  return (environment.NO_COLOR ?? "") === "";
}
