/**
 * The exchange echoes requests in some of its errors, a login among them. Whatever it sends is cleaned of secrets
 * before it goes anywhere.
 */
import type { Row } from "./frame.ts";

const NAMES = "apiKey|api_key|passphrase|secret|sign|token";

const SECRET_NAME = new RegExp(`^(?:${NAMES})$`, "i");

/**
 * A quoted value goes to its own closing quote, however often JSON has escaped it, since a passphrase may hold spaces,
 * commas and braces; a text that was cut off has none, and nothing after it is shown.
 */
const SECRET = new RegExp(
  `((?:${NAMES})[\\\\"']*\\s*[:=]\\s*)(?:(\\\\*["']).*?((?<!\\\\)\\2|$)|[^"'\\\\,}\\s]+)`,
  "gis",
);

/** A login of v3 has no names: key, passphrase and signature are a list, of which nothing is shown. */
const V3_LOGIN = /(\\*["']op\\*["']\s*:\s*\\*["']login\\*["'][^[]*\[)\s*\\*["'].*/gs;

/** Masks the values of secret members inside a text, quoted or not. */
export function redactText(text: string): string {
  return text.replace(V3_LOGIN, "$1***").replace(
    SECRET,
    (_, name: string, open = "", close = "") => `${name}${open}***${close}`,
  );
}

/** A control event with every secret masked. */
export function redactEvent(event: Row): Row {
  const clean = redactValue(event) as Row;
  return JSON.stringify(clean) === JSON.stringify(event) ? event : clean;
}

function redactValue(value: unknown): unknown {
  if (typeof value === "string") return redactText(value);
  if (Array.isArray(value)) return value.map(redactValue);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map((
      [name, member],
    ) => [name, SECRET_NAME.test(name) ? "***" : redactValue(member)]),
  );
}
