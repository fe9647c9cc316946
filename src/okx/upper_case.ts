/** Instruments that were typed in lower case: the exchange has them in upper case, and refuses any other spelling. Pure. */

/**
 * Returns the path with what stands behind its channel in upper case, as the exchange has it; undefined: it is so
 * already, or has members with names, which are no instruments.
 */
export function upperCaseOf(path: string): string | undefined {
  const at = path.indexOf(":");
  const upper = path.slice(0, at) + path.slice(at).toUpperCase();
  return at < 0 || upper === path || path.includes("=") ? undefined : upper;
}
