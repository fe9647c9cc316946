/** "Did you mean" for a word that is not among the known ones. */
import { closest, distance } from "fastest-levenshtein";
import { type Message, message } from "../shared/messages/message.ts";

/** Returns the nearest of `names`; undefined when none is near enough to be meant. */
export function nearest(word: string, names: readonly string[]): string | undefined {
  if (names.length === 0) return undefined;
  const near = closest(word.toLowerCase(), names.map((name) => name.toLowerCase()));
  const name = names.find((each) => each.toLowerCase() === near) ?? near;
  return isNear(word.toLowerCase(), near) ? name : undefined;
}

/** Of a short word half the letters are no slip any more, but two that changed places are. */
function isNear(word: string, name: string): boolean {
  const most = word.length < 5 ? 1 : Math.max(2, word.length / 3);
  return distance(word, name) <= most || isSwapped(word, name);
}

function isSwapped(word: string, name: string): boolean {
  return [...word].some((_, i) =>
    word.slice(0, i) + word.charAt(i + 1) + word.charAt(i) + word.slice(i + 2) === name
  );
}

/** Returns the sentence with the nearest of `names` at its end, where one is near enough to be meant. */
export function withSuggestion(sentence: Message, word: string, names: readonly string[]): Message {
  const name = nearest(word, names);
  return name === undefined ? sentence : message("join.suggestion", { sentence, name });
}
