/** JSON with whole numbers of any length, which `JSON.stringify` cannot write. */

/** What stands for a number until the text is made; nothing else of the mock begins like it. */
const MARK = "\u0000int:";

export function encodeExact(value: unknown): string {
  const text = JSON.stringify(value, (_, one: unknown) => typeof one === "bigint" ? `${MARK}${one}` : one);
  return text.replace(/"\\u0000int:(-?\d+)"/g, "$1");
}
