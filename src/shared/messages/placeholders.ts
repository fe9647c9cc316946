/** Names in braces, for which something is filled into a text. */

const PLACEHOLDER = /\{([a-z]\w*)\}/g;

/** Returns the names of the placeholders of a text, each once. */
export function placeholdersOf(text: string): string[] {
  return [...new Set([...text.matchAll(PLACEHOLDER)].map(([, name]) => name as string))];
}

/** Puts what `show` returns for each placeholder into a text. */
export function fillText(text: string, show: (name: string) => string): string {
  return text.replace(PLACEHOLDER, (_, name: string) => show(name));
}
