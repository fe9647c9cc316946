/** Glob patterns with the corner cases Redis gives them, for KEYS, SCAN and PSUBSCRIBE. */

/** Returns whether the whole of `text` matches `pattern` (`*`, `?`, `[a-z]`, `[^x]`, backslash). */
export function matchGlob(pattern: string, text: string): boolean {
  // Redis never looks at the stars when there is nothing to match them with.
  if (text === "") return pattern === "";
  let at = 0;
  let read = 0;
  // Only the last star can need another try, so one mark is enough and the cost stays bounded by the product.
  let starAt = -1;
  let starRead = 0;
  while (read < text.length) {
    if (pattern[at] === "*") {
      starAt = at++;
      starRead = read;
      continue;
    }
    const next = at < pattern.length ? matchOne(pattern, at, text.charCodeAt(read)) : -1;
    if (next >= 0) {
      at = next;
      read++;
    } else if (starAt >= 0) {
      at = starAt + 1;
      read = ++starRead;
    } else {
      return false;
    }
  }
  while (pattern[at] === "*") at++;
  return at === pattern.length;
}

/** Returns where the pattern goes on after one character, or -1 when it does not match. */
function matchOne(pattern: string, at: number, code: number): number {
  switch (pattern[at]) {
    case "?":
      return at + 1;
    case "[":
      return matchClass(pattern, at + 1, code);
    case "\\": {
      const literal = at + 1 < pattern.length ? at + 1 : at;
      return pattern.charCodeAt(literal) === code ? literal + 1 : -1;
    }
    default:
      return pattern.charCodeAt(at) === code ? at + 1 : -1;
  }
}

/** A class that is never closed reaches to the end of the pattern, as in Redis. */
function matchClass(pattern: string, from: number, code: number): number {
  const negated = pattern[from] === "^";
  let at = negated ? from + 1 : from;
  let found = false;
  for (; at < pattern.length && pattern[at] !== "]"; at++) {
    if (pattern[at] === "\\" && at + 1 < pattern.length) {
      at++;
      found ||= pattern.charCodeAt(at) === code;
    } else if (pattern[at + 1] === "-" && at + 2 < pattern.length) {
      const ends = [pattern.charCodeAt(at), pattern.charCodeAt(at + 2)];
      found ||= code >= Math.min(...ends) && code <= Math.max(...ends);
      at += 2;
    } else {
      found ||= pattern.charCodeAt(at) === code;
    }
  }
  return found === negated ? -1 : Math.min(at + 1, pattern.length);
}
