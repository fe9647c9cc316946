/** Secrets that stand in a configuration file as they are, instead of coming from the environment. */
import { parse } from "yaml";

/** Names of the members that hold a secret as it is, not as `${NAME}`. */
export function plainSecrets(text: string): string[] {
  let value: unknown;
  try {
    value = parse(text, { maxAliasCount: 1000, merge: true });
  } catch {
    return [];
  }
  const found: string[] = [];
  const isPlain = (each: unknown) =>
    (typeof each === "string" || typeof each === "number") && String(each) !== "" &&
    !/^\$\{\w+\}$/.test(String(each));
  const { settings, servers } = Object(value) as { settings?: unknown; servers?: unknown };
  for (const [name, each] of Object.entries(Object(settings) as Record<string, unknown>)) {
    if (/PASSWORD$/.test(name) && isPlain(each)) found.push(name);
    // redis://user:password@host
    if (
      name === "REDIS_URL" &&
      /\/\/[^/@]*:(?!\$\{\w+\}@)[^/@]+@|[?&](?:sentinel_)?password=(?!\$\{)/.test(String(each))
    ) found.push(name);
  }
  for (const [i, server] of (Array.isArray(servers) ? servers : []).entries()) {
    for (const name of ["apiKey", "apikey", "secret", "password"]) {
      if (isPlain((Object(server) as Record<string, unknown>)[name])) found.push(`servers[${i}].${name}`);
    }
  }
  return found;
}
