/** The name of this machine, where one may know it. */

/** Returns the name of this host; empty where a program that uses the library may not ask for it. */
export function hostname(): string {
  try {
    return Deno.hostname();
  } catch {
    return "";
  }
}
