/** What the service says in English, in the reader's language. Sentences that are not known stay as they are. */
import { createFindSentence } from "../src/shared/messages/sentences.ts";

/** English and the other language, by key. */
export type Pairs = Readonly<Record<string, readonly [english: string, other: string]>>;

/** Returns what translates a sentence by these. */
export function createSentences(pairs: Pairs): (sentence: string) => string {
  const column = (i: 0 | 1) => Object.fromEntries(Object.entries(pairs).map(([key, pair]) => [key, pair[i]]));
  const find = createFindSentence(column(0));
  const texts = column(1);
  const translate = (sentence: string): string => find(sentence, texts, show);
  // What is called a reason is itself a sentence; every other value is a name or a number.
  const show = (value: unknown, name: string) =>
    name.startsWith("reason") ? translate(String(value)) : String(value);
  return translate;
}
