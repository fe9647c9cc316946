/** Secrets that stand in a configuration file as they are, instead of coming from the environment. */
import { parse } from "yaml";

/** Members that hold one, wherever they stand: in a server, or in what servers take over by an anchor. */
const SECRET_NAME = /^(?:api_?key|secret|passphrase|.*password)$/i;

/** A password inside an address: redis://user:password@host. */
const IN_URL = /\/\/[^/@]*:(?!\$\{\w+\}@)[^/@]+@|[?&](?:sentinel_)?password=(?!\$\{)/;

/** Returns the names of the members that hold a secret as it is, not as `${NAME}`; those of settings by their bare names. */
export function plainSecrets(text: string): string[] {
  let value: unknown;
  try {
    value = parse(text, { maxAliasCount: 1000, merge: true });
  } catch {
    return [];
  }
  const found = new Set<string>();
  const seen = new Set<object>();
  const look = (each: unknown, at: string, name: string) => {
    if (typeof each === "object" && each !== null) {
      // What an alias repeats is found where it stands first.
      if (seen.has(each)) return;
      seen.add(each);
      for (const [key, member] of Object.entries(each)) {
        look(member, Array.isArray(each) ? `${at}[${key}]` : at === "" ? key : `${at}.${key}`, key);
      }
    } else if ((SECRET_NAME.test(name) && isPlain(each)) || IN_URL.test(String(each))) {
      found.add(at.replace(/^settings\./, ""));
    }
  };
  look(value, "", "");
  return [...found];
}

function isPlain(value: unknown): boolean {
  return (typeof value === "string" || typeof value === "number") && String(value) !== "" &&
    !/^\$\{\w+\}$/.test(String(value));
}
