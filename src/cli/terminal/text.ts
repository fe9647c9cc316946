/**
 * Text for a terminal: what comes from outside is made safe first, and then measured by the columns that it takes, which
 * for wide characters and emoji is not their number.
 */
import stringWidth from "string-width";

/**
 * Returns a text from outside that is safe for a terminal: control characters are shown, not obeyed; so are those that nobody
 * sees and that turn the direction of what follows.
 */
export function safeText(text: string): string {
  return text.replace(UNSAFE, (char) => {
    const code = char.codePointAt(0) as number;
    return code <= 0xff ? `\\x${code.toString(16).padStart(2, "0")}` : `\\u{${code.toString(16)}}`;
  });
}

/** Controls, formats (direction marks, joiners, tags), halves of surrogate pairs, line and paragraph separators. */
const UNSAFE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;

/** Renders JSON on one line; on a terminal nothing in it may act either, which JSON can say with escapes. */
export function jsonText(value: unknown, onTerminal: boolean): string {
  const text = JSON.stringify(value);
  if (!onTerminal) return text;
  return text.replace(UNSAFE, (char) => {
    return Array.from(
      { length: char.length },
      (_, i) => `\\u${char.charCodeAt(i).toString(16).padStart(4, "0")}`,
    ).join("");
  });
}

/** Columns that a text takes on a terminal. */
export function widthOf(text: string): number {
  // Most texts are plain, and measuring those properly costs a hundred times as much.
  return /^[ -~]*$/.test(text) ? text.length : stringWidth(text);
}

/** Returns a text that is exactly `columns` wide: filled with blanks, or cut with `…` at its end. */
export function fitText(text: string, columns: number, align: "left" | "right" = "left"): string {
  const cut = cutText(text, columns);
  const space = " ".repeat(Math.max(0, columns - widthOf(cut)));
  return align === "right" ? space + cut : cut + space;
}

/**
 * Returns a text that is at most `columns` wide; what is longer ends with `…`. Characters that belong together are not parted.
 */
export function cutText(text: string, columns: number): string {
  if (widthOf(text) <= columns) return text;
  if (columns <= 0) return "";
  let kept = "";
  let used = 0;
  for (const { segment } of SEGMENTS.segment(text)) {
    const more = widthOf(segment);
    if (used + more > columns - 1) break;
    kept += segment;
    used += more;
  }
  return `${kept}…`;
}

const SEGMENTS = new Intl.Segmenter(undefined, { granularity: "grapheme" });
