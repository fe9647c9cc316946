/** Where the rows of a push stand in its text, so that they can be cut out of it as they came. */
import type { Row } from "./frame.ts";

/** What stands before the rows of a push. */
export const ROWS_START = '"data":[';

/**
 * Returns where {@link ROWS_START} begins, when the text begins with `start` (what the push is of), its rows end it, and
 * nothing but simple members stands between: the form that the exchange writes, without white space. -1 for any other
 * form. Members of a parsed value come in the order of its text.
 */
export function findRows(value: Row, text: string, start: string): number {
  if (!text.startsWith(start) || !text.endsWith("]}")) return -1;
  let last = "";
  for (const name in value) {
    last = name;
    // Inside it could be something that looks like the rows.
    if (typeof value[name] === "object" && name !== "arg" && name !== "data") return -1;
  }
  return last === "data" ? text.indexOf(ROWS_START, start.length) : -1;
}
