/**
 * JSON whose numbers keep the text in which the exchange wrote them. `JSON.parse` rounds what a double cannot hold and
 * forgets how a number was spelled (`1.10`, `1e-8`); such a number becomes an {@link ExactNumber} here, all others stay
 * plain numbers.
 */

/** A number of JSON as its text. It turns into that text as a string, and into the bare literal inside JSON. */
export class ExactNumber {
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  toString(): string {
    return this.#text;
  }

  toJSON(): unknown {
    return rawJson(this.#text);
  }
}

/** Where numbers stand in a parsed value: as members of objects, as elements of arrays. */
export type NumberPositions = { named: boolean; listed: boolean };

/** Parses a text. Throws SyntaxError where it is not JSON. */
export function parseExact(text: string): unknown {
  return needsExact(text) ? reviveExact(text) : JSON.parse(text);
}

/** Parses as {@link parseExact} does, with the text alone of each number that would lose it: plain data for programs. */
export function parseToTexts(text: string): unknown {
  return needsExact(text) ? JSON.parse(text, asText) : JSON.parse(text);
}

/** Returns whether parsing a text, whose value has numbers at these positions, has changed the text of one of them. */
export function needsExact(text: string, { named, listed }: NumberPositions = EVERYWHERE): boolean {
  if (listed) return INEXACT.test(text);
  return named && hasInexactMember(text);
}

/** Parses a text with every number that would lose its text as an {@link ExactNumber}; some ten times slower. */
export function reviveExact(text: string): unknown {
  return JSON.parse(text, keepText);
}

/** Returns the text of a string or number, however it is kept; undefined for anything else. */
export function scalarText(value: unknown): string | undefined {
  if (typeof value === "string") return value;
  return typeof value === "number" || value instanceof ExactNumber ? String(value) : undefined;
}

/** Returns what {@link scalarText} does, but an empty text for what is neither. */
export function scalarOrEmpty(value: unknown): string {
  return scalarText(value) ?? "";
}

/** Returns the text of a member: what is no scalar becomes JSON, and null the empty text, as v5 writes what does not apply. */
export function fieldText(value: unknown): string {
  if (typeof value === "string") return value;
  if (value === null || value === undefined) return "";
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

const EVERYWHERE: NumberPositions = { named: true, listed: true };

/** A literal that may not come back as it was: with a fraction or an exponent, of 16 digits or more, or -0. */
const INEXACT = /[:,[]\s*-?(?:\d{16}|\d+[.eE]|(?<=-)0)/;

/** As {@link INEXACT} after a colon alone; a text has few colons, and they are found quickly. */
function hasInexactMember(text: string): boolean {
  for (let at = text.indexOf(":"); at >= 0; at = text.indexOf(":", at + 1)) {
    let i = at + 1;
    while (text.charCodeAt(i) <= SPACE) i++;
    const isNegative = text.charCodeAt(i) === MINUS;
    if (isNegative) i++;
    const start = i;
    while (isDigit(text.charCodeAt(i))) i++;
    if (i === start) continue;
    if (i - start >= 16 || (isNegative && text.charCodeAt(start) === ZERO)) return true;
    const next = text.charCodeAt(i) | LOWER_CASE;
    if (next === POINT || next === LETTER_E) return true;
  }
  return false;
}

const SPACE = 0x20;
const MINUS = 0x2d;
const ZERO = 0x30;
const LOWER_CASE = 0x20;
/** Already has the bit of a lower-case letter. */
const POINT = 0x2e;
const LETTER_E = 0x65;

function isDigit(code: number): boolean {
  return code >= 0x30 && code <= 0x39;
}

const keepText = revive((source) => new ExactNumber(source));
const asText = revive((source) => source);

/** What TypeScript knows of a reviver; the third argument is of the proposal "JSON.parse source text access". */
type Reviver = (this: unknown, key: string, value: unknown) => unknown;

function revive(make: (source: string) => unknown): Reviver {
  const reviver = (_key: string, value: unknown, context?: { readonly source?: string }): unknown => {
    if (typeof value !== "number") return value;
    const source = context?.source ?? String(value);
    return source === String(value) ? value : make(source);
  };
  return reviver as Reviver;
}

/** Of the same proposal. */
const { rawJSON: rawJson } = JSON as unknown as { rawJSON: (text: string) => unknown };
