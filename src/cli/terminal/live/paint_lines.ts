/** What to send to a terminal so that it shows other lines than before: the changed ones alone, in one piece. */
import { widthOf } from "../text.ts";

/** Begin and end of a synchronized update; terminals that do not know it ignore it. */
const BEGIN = "\x1b[?2026h";
const END = "\x1b[?2026l";

/**
 * Returns what turns the lines on a terminal into others; empty when nothing changed. `before` is undefined where the screen
 * may show anything (start, another size).
 */
export function paintLines(
  before: readonly string[] | undefined,
  lines: readonly string[],
  columns: number,
): string {
  const changed: string[] = [];
  const count = Math.max(lines.length, before?.length ?? 0);
  for (let i = 0; i < count; i++) {
    const line = lines[i] ?? "";
    if (before !== undefined && before[i] === line) continue;
    // Erasing after a line that ends in the last column would erase its last character.
    const width = widthOf(plainOf(line));
    changed.push(`\x1b[${i + 1};1H${line}${width < columns ? "\x1b[K" : ""}`);
  }
  if (before === undefined) return `${BEGIN}\x1b[2J${changed.join("")}${END}`;
  return changed.length === 0 ? "" : `${BEGIN}${changed.join("")}${END}`;
}

/** Returns a line without its styles. */
export function plainOf(line: string): string {
  return line.replace(STYLE, "");
}

// deno-lint-ignore no-control-regex
const STYLE = /\x1b\[[0-9;]*m/g;
