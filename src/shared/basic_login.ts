/** The header of HTTP's basic login (RFC 7617). */

/** Returns the value of `Authorization` for a user and a password, in UTF-8. */
export function basicLogin(user: string, password: string): string {
  const bytes = new TextEncoder().encode(`${user}:${password}`);
  return `Basic ${btoa(String.fromCharCode(...bytes))}`;
}
