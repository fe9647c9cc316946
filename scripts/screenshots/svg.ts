/**
 * A captured screen as an SVG picture: characters in cells of one size, with the colours that their SGR sequences
 * (ECMA-48 8.3.117) give them. Pure; knows as much of them as okws uses.
 */
import { widthOf } from "../../src/cli/terminal/text.ts";

/** How a run of characters looks. */
type Look = {
  readonly bold: boolean;
  readonly dim: boolean;
  readonly reverse: boolean;
  readonly colour: number | undefined;
};

/** Characters that look alike. */
export type Run = { readonly text: string; readonly column: number; readonly look: Look };

const PLAIN: Look = { bold: false, dim: false, reverse: false, colour: undefined };

/** The eight colours on a dark ground; each has a contrast of at least 4.5 to it (WCAG 2 AA). */
const COLOURS = ["#8b949e", "#ff7b72", "#56d364", "#e3b341", "#79c0ff", "#d2a8ff", "#56d4dd", "#e6edf3"];

const GROUND = "#0d1117";
const TEXT = "#c9d1d9";
const FAINT = "#8b949e";

/** Size of one cell and of the frame around the screen, in pixels. */
const CELL = { width: 8.4, height: 18 };
const FRAME = { left: 14, top: 38, bottom: 12 };

// deno-lint-ignore no-control-regex
const SGR = /\x1b\[([\d;]*)m/g;

/** The runs of each line; as on a terminal, a look holds until another is said, also in the next line. */
export function parseScreen(lines: readonly string[]): Run[][] {
  let look = PLAIN;
  return lines.map((line) => {
    const parsed = parseLine(line, look);
    look = parsed.look;
    return parsed.runs;
  });
}

function parseLine(line: string, before: Look): { runs: Run[]; look: Look } {
  const runs: Run[] = [];
  let look = before;
  let column = 0;
  let at = 0;
  const add = (text: string) => {
    if (text !== "") runs.push({ text, column, look });
    column += widthOf(text);
  };
  for (const found of line.matchAll(SGR)) {
    add(line.slice(at, found.index));
    at = found.index + found[0].length;
    for (const code of (found[1] as string).split(";")) look = lookAfter(look, Number(code));
  }
  add(line.slice(at));
  return { runs, look };
}

/** A picture of a screen with a title above it. */
export function renderSvg(lines: readonly string[], columns: number, title: string): string {
  const width = Math.ceil(columns * CELL.width + 2 * FRAME.left);
  const height = Math.ceil(lines.length * CELL.height + FRAME.top + FRAME.bottom);
  const rows = parseScreen(lines).map((runs, i) => renderLine(runs, FRAME.top + (i + 0.75) * CELL.height))
    .filter((row) => row !== "");
  const family = "ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace";
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" ` +
    `role="img" aria-label="${escapeXml(title)}">`,
    `<rect width="${width}" height="${height}" rx="8" fill="${GROUND}"/>`,
    ...["#ff5f57", "#febc2e", "#28c840"].map((fill, i) =>
      `<circle cx="${18 + i * 18}" cy="16" r="5.5" fill="${fill}"/>`
    ),
    `<g font-family="${family}" font-size="14" fill="${TEXT}" xml:space="preserve">`,
    `<text x="${width / 2}" y="21" text-anchor="middle" fill="${FAINT}">${escapeXml(title)}</text>`,
    ...rows,
    "</g>",
    "</svg>",
    "",
  ].join("\n");
}

function renderLine(runs: readonly Run[], y: number): string {
  const parts = runs.flatMap(({ text, column, look }) => {
    const shown = look.reverse ? text : text.trimEnd();
    if (shown.trim() === "") return [];
    // Blanks at the start would be lost in some viewers.
    const blanks = shown.length - shown.trimStart().length;
    const from = column + (look.reverse ? 0 : blanks);
    const word = look.reverse ? shown : shown.trimStart();
    const x = FRAME.left + from * CELL.width;
    const length = widthOf(word) * CELL.width;
    const style = styleOf(look);
    return [
      `<text x="${round(x)}" y="${round(y)}" textLength="${round(length)}"${style}>${
        // Viewers draw several blanks as one.
        escapeXml(word).replaceAll(" ", "\u00a0")}</text>`,
    ];
  });
  return parts.join("");
}

function styleOf({ bold, dim, colour }: Look): string {
  const fill = colour !== undefined ? COLOURS[colour] : dim ? FAINT : undefined;
  return `${fill === undefined ? "" : ` fill="${fill}"`}${bold ? ' font-weight="bold"' : ""}`;
}

function lookAfter(look: Look, code: number): Look {
  if (code === 0) return PLAIN;
  if (code === 1) return { ...look, bold: true };
  if (code === 2) return { ...look, dim: true };
  if (code === 7) return { ...look, reverse: true };
  if (code === 22) return { ...look, bold: false, dim: false };
  if (code === 27) return { ...look, reverse: false };
  if (code === 39) return { ...look, colour: undefined };
  if (code >= 30 && code <= 37) return { ...look, colour: code - 30 };
  return code >= 90 && code <= 97 ? { ...look, colour: code - 90 } : look;
}

function escapeXml(text: string): string {
  return text.replace(/[&<>"]/g, (char) => `&#${char.charCodeAt(0)};`);
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
