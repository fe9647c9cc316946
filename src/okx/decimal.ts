/** Decimal numbers as the exchange writes them, compared without passing through a float where that could matter. */

/** Returns whether a text is a decimal number: digits with an optional sign, fraction and exponent, and nothing else. */
export function isDecimal(text: string): boolean {
  if (text.length > MAX_CHARS) return false;
  let i = text.charCodeAt(0) === MINUS ? 1 : 0;
  const start = i;
  while (isDigit(text.charCodeAt(i))) i++;
  if (i === start) return false;
  // Most numbers end here or have a plain fraction; what is left is rare.
  if (i === text.length) return true;
  return text.charCodeAt(i) === POINT && hasDigitsFrom(text, i + 1) || REST.test(text.slice(i));
}

/** Returns whether a decimal number is zero: it has a digit before its exponent, and none but zeros. */
export function isZero(text: string): boolean {
  let hasDigit = false;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code > ZERO && code <= NINE) return false;
    if (code === ZERO) hasDigit = true;
    else if ((code | LOWER_CASE) === LETTER_E) break;
  }
  return hasDigit;
}

/** Longest number taken, so that none is beyond the range of a float. */
const MAX_CHARS = 64;

/**
 * Compares two decimal numbers exactly: below 0, 0 or above 0, as the first is smaller, equal or greater. `value` is the second
 * as a float, for those who compare it many times.
 */
export function compareDecimals(one: string, other: string, value: number = Number(other)): number {
  if (one === other) return 0;
  const difference = Number(one) - value;
  // Texts of at most 15 digits that differ in value differ as floats.
  return difference !== 0 || (one.length <= SAFE_CHARS && other.length <= SAFE_CHARS)
    ? difference
    : compareExactly(one, other);
}

const SAFE_CHARS = 15;

function compareExactly(one: string, other: string): number {
  const [a, b] = [parse(one), parse(other)];
  const scale = a.exponent < b.exponent ? a.exponent : b.exponent;
  const [left, right] = [shift(a, scale), shift(b, scale)];
  return left < right ? -1 : left > right ? 1 : 0;
}

type Parsed = { readonly digits: bigint; readonly exponent: number };

function parse(text: string): Parsed {
  const [mantissa = "", exponent = "0"] = text.split(/e/i);
  const [whole = "", fraction = ""] = mantissa.split(".");
  return { digits: BigInt(whole + fraction), exponent: Number(exponent) - fraction.length };
}

function shift({ digits, exponent }: Parsed, scale: number): bigint {
  return digits * 10n ** BigInt(exponent - scale);
}

const MINUS = 0x2d;
const POINT = 0x2e;
const ZERO = 0x30;
const NINE = 0x39;
const LETTER_E = 0x65;
/** The bit by which a lower-case letter differs from its capital. */
const LOWER_CASE = 0x20;

/** What may stand behind the whole part. */
const REST = /^(?:\.\d+)?(?:[eE][+-]?\d{1,2})?$/;

function hasDigitsFrom(text: string, start: number): boolean {
  let i = start;
  while (isDigit(text.charCodeAt(i))) i++;
  return i > start && i === text.length;
}

function isDigit(code: number): boolean {
  return code >= ZERO && code <= NINE;
}
