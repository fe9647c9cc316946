/**
 * The exchange echoes requests in some of its errors, a login among them. Whatever it sends is cleaned of secrets
 * before it goes anywhere.
 */
import type { Row } from "./frame.ts";

const SECRET = /((?:apiKey|api_key|passphrase|secret|sign|token)[\\"']*\s*[:=]\s*[\\"']*)[^"'\\,}\s]+/gi;

/** Masks the values of secret members inside a text, quoted or not. */
export function redactText(text: string): string {
  return text.replace(SECRET, "$1***");
}

/** A control event with every secret masked. */
export function redactEvent(event: Row): Row {
  const text = JSON.stringify(event);
  const clean = redactText(text);
  return clean === text ? event : JSON.parse(clean) as Row;
}
