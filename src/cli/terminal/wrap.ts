/**
 * Lines that fit a terminal: broken at blanks and between wide characters, inside a word, a figure or a URL only where it
 * is longer than a line.
 */
import { widthOf } from "./text.ts";

/** Wraps a text into lines of at most `columns`. At least one line. */
export function wrapText(text: string, columns: number): string[] {
  const lines = [""];
  let used = 0;
  const put = (part: string, width: number) => {
    lines[lines.length - 1] += part;
    used += width;
  };
  const breakLine = () => {
    lines.push("");
    used = 0;
  };
  let blanks = "";
  for (const unit of unitsOf(text)) {
    if (BLANK.test(unit)) {
      blanks += unit;
      continue;
    }
    const width = widthOf(unit);
    if (used + blanks.length + width <= columns) {
      put(blanks + unit, blanks.length + width);
    } else {
      if (used > 0) breakLine();
      if (width <= columns) put(unit, width);
      else {
        for (const [part, more] of partsOf(unit)) {
          if (used + more > columns && used > 0) breakLine();
          // What is wider than a line is nothing that could be shown.
          if (more <= columns) put(part, more);
        }
      }
    }
    blanks = "";
  }
  return lines;
}

/** Returns the columns of the longest part of a text that {@link wrapText} would rather not break. */
export function longestUnit(text: string): number {
  let longest = 0;
  for (const unit of unitsOf(text)) longest = Math.max(longest, widthOf(unit));
  return longest;
}

/**
 * Wraps what is said to a person, line by line; what goes on stands below the beginning of its line. A command that fits on
 * a line stays together, so that it can be copied.
 */
export function wrapLines(text: string, columns: number): string[] {
  return text.split("\n").flatMap((line) => {
    if (widthOf(line) <= columns) return [line];
    const [indent = ""] = /^ */.exec(line) ?? [];
    const room = columns - indent.length;
    // Too narrow to read anyway: the terminal breaks it.
    if (room < LEAST_ROOM) return [line];
    const joined = line.slice(indent.length).replace(
      COMMAND,
      (command) => widthOf(command) <= room ? command.replaceAll(" ", JOINED) : command,
    );
    return wrapText(joined, room).map((each) => indent + each.replaceAll(JOINED, " "));
  });
}

const LEAST_ROOM = 20;

/** A command of okws with its words, up to a mark of punctuation behind one of them. */
const COMMAND =
  /(?:sudo |npx -y \S+ task |npx )?\bokws(?: [^\s，；：。？！（）]*[^\s,;:.?!)，；：。？！（）])+/g;

/** Stands for a blank that is not to be broken at: a character that no text has. */
const JOINED = "\ue000";

const BLANK = /^ +$/;

/** What must not end a line. */
const OPENING = /[([{（【「『《]$/;

/** What must not begin a line. */
const CLOSING = /^[,.;:!?)\]}，。；：！？、）】」』》…]$/;

/** Returns blanks, words, and wide characters one by one, each with the punctuation that closes it. */
function unitsOf(text: string): string[] {
  const units: string[] = [];
  let isOpen = false;
  for (const [part, width] of partsOf(text)) {
    const last = units.at(-1);
    const isBlank = part === " ";
    const joins: boolean = last !== undefined &&
      (isBlank ? BLANK.test(last) : !BLANK.test(last) &&
        (CLOSING.test(part) || OPENING.test(last) || width === 0 || isOpen && width === 1));
    if (joins) units[units.length - 1] += part;
    else units.push(part);
    isOpen = !isBlank && (width === 1 || width === 0 && (isOpen || !joins));
  }
  return units;
}

/** Returns the characters as they are seen, with their columns; a colour takes none. */
function* partsOf(text: string): Generator<readonly [part: string, width: number]> {
  for (const part of text.split(COLOUR)) {
    if (part.startsWith("\x1b")) yield [part, 0];
    else for (const { segment } of SEGMENTS.segment(part)) yield [segment, widthOf(segment)];
  }
}

const COLOUR = new RegExp("(\x1b\\[[0-9;]*m)");

const SEGMENTS = new Intl.Segmenter(undefined, { granularity: "grapheme" });
