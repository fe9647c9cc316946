/**
 * One spelling for what the exchange calls things. An id may hold anything; a path, a key or a pattern must not. Whatever
 * has a meaning in one of those, and all that is not printable ASCII, is percent-coded, in paths and in keys alike, so that
 * the row of an instrument is found under its path and no id can name another row's key.
 */

/** Returns an id as it stands in a path and in a key. */
export function escapeId(text: string): string {
  if (PLAIN.test(text)) return text;
  return [...text.toWellFormed()].map((char) =>
    PLAIN.test(char) ? char : encodeURIComponent(char).replace(/[*'!()]/g, percentOf)
  ).join("");
}

/**
 * Returns the id that a text in a path stands for: coded as above, or as the exchange writes it. A % that begins no code
 * stands for itself. Undefined: the codes are no text.
 */
export function unescapeId(text: string): string | undefined {
  try {
    return decodeURIComponent(text.replace(/%(?![0-9A-Fa-f]{2})/g, "%25"));
  } catch {
    return undefined;
  }
}

const PLAIN = /^[A-Za-z0-9_.~@#$&+,;|<>^()!-]+$/;

function percentOf(char: string): string {
  return `%${char.charCodeAt(0).toString(16).toUpperCase().padStart(2, "0")}`;
}
