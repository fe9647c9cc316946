/** "Did you mean" for a word that is not among the known ones. */
import { closest, distance } from "fastest-levenshtein";

/** The nearest of `names` as the end of a sentence; empty when none is near enough to be meant. */
export function suggest(word: string, names: readonly string[]): string {
  if (names.length === 0) return "";
  const near = closest(word.toLowerCase(), names.map((name) => name.toLowerCase()));
  const name = names.find((each) => each.toLowerCase() === near) ?? near;
  return distance(word.toLowerCase(), near) <= Math.max(2, word.length / 3) ? `; did you mean ${name}?` : "";
}
