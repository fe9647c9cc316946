/** Times as the exchange writes them: v5 in milliseconds, v3 in ISO 8601. */

/** Returns the Unix milliseconds of such a text; NaN: it is none. */
export function parseTime(text: string): number {
  if (text === "") return NaN;
  const ms = Number(text);
  return Number.isFinite(ms) ? ms : Date.parse(text);
}
