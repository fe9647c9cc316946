/**
 * The exchange echoes requests in some of its errors, a login among them. Whatever it sends is cleaned of secrets
 * before it goes anywhere: by the names that stand before them, and by their values where the login is known.
 */
import { ExactNumber } from "./exact_json.ts";
import type { Row } from "./frame.ts";

/** Takes what must not be shown out of a text. */
export type Mask = (text: string) => string;

/** Longest text of an event that is shown; what follows is cut off. */
const MAX_SHOWN = 4096;

const NAMES = "apiKey|api[_-]key|access[_-]key|passphrase|password|secret|sign|token";

const SECRET_NAME = new RegExp(`^(?:${NAMES})$`, "i");

/**
 * A quoted value goes to its own closing quote, however often JSON has escaped it, since a passphrase may hold spaces,
 * commas and braces; a text that was cut off has none, and nothing after it is shown.
 */
const SECRET = new RegExp(
  `((?:${NAMES})[\\\\"']*\\s*[:=]\\s*)(?:(\\\\*["']).*?((?<!\\\\)\\2|$)|[^"'\\\\,}\\s]+)`,
  "gis",
);

/** As {@link SECRET}, but for quoted members of a login alone, and never past their closing quote. */
const LOGIN_WORDS =
  /((?<=["'])(?:apiKey|passphrase|password|secret|sign)\\*["']\s*:\s*)(\\*["'])[^]*?((?<!\\)\2)/gi;

/**
 * A login of v3 has no names: key, passphrase and signature are a list, of which nothing is shown. Only the first of
 * several backslashes starts a match, or a text full of them would take the square of its length.
 */
const V3_LOGIN = /((?<!\\)\\*["']op\\*["']\s*:\s*\\*["']login\\*["'][^[]*\[)\s*\\*["'].*/gs;

/** The login of a URL. */
const URL_LOGIN = /(?<=:\/\/[^\s/:@]{0,200}:)[^\s/@]{1,500}(?=@)/g;

/** Masks the values of secret members inside a text, quoted or not, and what `mask` knows; cuts what is too long. */
export function redactText(text: string, mask: Mask = unmasked): string {
  const clean = mask(text);
  const short = clean.length > MAX_SHOWN ? clean.slice(0, MAX_SHOWN) : clean;
  const shown = short.replace(V3_LOGIN, "$1***").replace(URL_LOGIN, "***").replace(
    SECRET,
    (_, name: string, open = "", close = "") => `${name}${open}***${close}`,
  );
  return short === clean ? shown : `${shown}…`;
}

/** Redacts as {@link redactText} does, for a line of a log, whose length is bounded elsewhere and which keeps its end. */
export function redactLine(line: string): string {
  return line.replace(URL_LOGIN, "***").replace(
    LOGIN_WORDS,
    (_, name: string, open = "", close = "") => `${name}${open}***${close}`,
  );
}

/** Returns a control event with every secret masked. */
export function redactEvent(event: Row, mask: Mask = unmasked): Row {
  const clean = redactValue(event, mask) as Row;
  return JSON.stringify(clean) === JSON.stringify(event) ? event : clean;
}

/**
 * Masks the values of a login wherever they stand, with or without a name: as they are, inside JSON, percent-coded and
 * in Base64, also where only their beginning is shown. Values of fewer than four characters are left to their names:
 * they occur by chance.
 */
export function createMask(values: readonly string[]): Mask {
  const forms = values.filter((value) => value.length >= 4).flatMap(formsOf);
  // The longest first, since one form may begin another.
  const known = [...new Set(forms)].sort((a, b) => b.length - a.length);
  const groups = [...Map.groupBy(known, (form) => form.slice(0, PART))];
  return (text) => {
    const shown = groups.reduce((shown, [part, alike]) => maskForms(shown, part, alike), text);
    return shown.includes("\\") ? maskEscaped(shown, groups) : shown;
  };
}

/** JSON in JSON in JSON is as deep as the exchange quotes. */
const MOST_ESCAPED = 3;

/** Masks what only shows once the escapes of JSON are read, of which there are many for one character: `\/`, `\u002f`. */
function maskEscaped(text: string, groups: readonly (readonly [string, readonly string[]])[]): string {
  let plain = text;
  /** Where each character of `plain` begins in `text`, and where the last one ends. */
  let positions = Array.from({ length: text.length + 1 }, (_, i) => i);
  const found: [number, number][] = [];
  for (let depth = 0; depth < MOST_ESCAPED && plain.includes("\\"); depth++) {
    [plain, positions] = unescaped(plain, positions);
    for (const [part, forms] of groups) {
      for (let at = plain.indexOf(part); at >= 0; at = plain.indexOf(part, at + 1)) {
        const length = Math.max(...forms.map((form) => sharedLength(plain, at, form)));
        found.push([positions[at] as number, positions[at + length] as number]);
      }
    }
  }
  let shown = "";
  let from = 0;
  for (const [begin, end] of found.sort(([one], [other]) => one - other)) {
    if (begin >= from) shown += `${text.slice(from, begin)}***`;
    from = Math.max(from, end);
  }
  return shown + text.slice(from);
}

/** Returns a text with one layer of escapes read, and the positions of its characters. */
function unescaped(text: string, positions: readonly number[]): [string, number[]] {
  let plain = "";
  const begins: number[] = [];
  for (const { 0: whole, 1: code, 2: sign, index } of text.matchAll(ESCAPE)) {
    plain += code !== undefined
      ? String.fromCharCode(parseInt(code, 16))
      : sign === undefined
      ? whole
      : SIGNS[sign] ?? sign;
    begins.push(positions[index] as number);
  }
  return [plain, [...begins, positions[text.length] as number]];
}

/** An escape of JSON, or any other character. */
const ESCAPE = /\\u([0-9a-fA-F]{4})|\\([^])|[^]/g;

const SIGNS: Readonly<Record<string, string>> = { b: "\b", f: "\f", n: "\n", r: "\r", t: "\t" };

/** As many characters of a value give it away; a text that quotes it may have cut it off behind them. */
const PART = 12;

/** Masks, wherever `part` stands, as much as belongs to any of the forms that begin with it. */
function maskForms(text: string, part: string, forms: readonly string[]): string {
  let shown = "";
  let from = 0;
  for (let at = text.indexOf(part); at >= 0; at = text.indexOf(part, from)) {
    shown += `${text.slice(from, at)}***`;
    from = at + Math.max(...forms.map((form) => sharedLength(text, at, form)));
  }
  return shown + text.slice(from);
}

/** Returns how many characters of the form stand at a position of the text. */
function sharedLength(text: string, at: number, form: string): number {
  let length = 0;
  while (length < form.length && text[at + length] === form[length]) length += 1;
  return length;
}

function formsOf(value: string): string[] {
  const quoted = JSON.stringify(value).slice(1, -1);
  const base64 = btoa(String.fromCharCode(...new TextEncoder().encode(value))).replace(/=+$/, "");
  const coded = value.isWellFormed() ? [encodeURIComponent(value)] : [];
  return [value, quoted, JSON.stringify(quoted).slice(1, -1), base64, ...coded];
}

function redactValue(value: unknown, mask: Mask): unknown {
  if (typeof value === "string") return redactText(value, mask);
  if (Array.isArray(value)) return value.map((each) => redactValue(each, mask));
  if (typeof value !== "object" || value === null || value instanceof ExactNumber) return value;
  return Object.fromEntries(
    Object.entries(value).map((
      [name, member],
    ) => [redactText(name, mask), SECRET_NAME.test(name) ? "***" : redactValue(member, mask)]),
  );
}

function unmasked(text: string): string {
  return text;
}
