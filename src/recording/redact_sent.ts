/** What okws sends has a login in it now and then; of that nothing but the fact is recorded. Pure. */

/** Returns a request without the arguments of a login, over v5 and v3. */
export function redactSent(text: string): string {
  if (!text.includes("login")) return text;
  try {
    const request = JSON.parse(text);
    if (request?.op !== "login") return text;
    return JSON.stringify({ ...request, args: "***" });
  } catch {
    return '"***"';
  }
}
