/**
 * Numbers as Redis reads and writes them: strict 64-bit integers, C doubles, and scores with 17 significant digits.
 * An integer is a `number` while that is exact and a `bigint` beyond.
 */

export type Int64 = number | bigint;

export const INT64_MAX = 2n ** 63n - 1n;
export const INT64_MIN = -(2n ** 63n);

/** Returns an integer in its one canonical spelling (no plus, no leading zeros, no blanks), or undefined. */
export function parseInt64(text: string): Int64 | undefined {
  const length = text.length;
  if (length === 0 || length > 20) return undefined;
  let at = 0;
  if (text.charCodeAt(0) === 45) at = 1;
  const first = text.charCodeAt(at);
  if (first === 48) return length === 1 ? 0 : undefined;
  let value = 0;
  for (let i = at; i < length; i++) {
    const digit = text.charCodeAt(i) - 48;
    if (digit < 0 || digit > 9) return undefined;
    value = value * 10 + digit;
  }
  if (length === at) return undefined;
  if (length < 16) return at === 1 ? -value : value;
  const exact = BigInt(text);
  return exact > INT64_MAX || exact < INT64_MIN ? undefined : narrow(exact);
}

/** Returns the sum, or undefined when it leaves the 64-bit range. */
export function addInt64(left: Int64, right: Int64): Int64 | undefined {
  if (typeof left === "number" && typeof right === "number") {
    const sum = left + right;
    if (Number.isSafeInteger(sum)) return sum;
  }
  const sum = BigInt(left) + BigInt(right);
  return sum > INT64_MAX || sum < INT64_MIN ? undefined : narrow(sum);
}

function narrow(value: bigint): Int64 {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}

/** Returns a double that fills the whole text and neither overflows nor vanishes; undefined otherwise. */
export function parseScore(text: string): number | undefined {
  if (text === "" || /^[ \t\n\v\f\r]/.test(text)) return undefined;
  const read = readDouble(text);
  if (read === undefined || read.outOfRange || Number.isNaN(read.value)) return undefined;
  return read.value;
}

/** Parses the end of a range more loosely than a score: leading blanks, nothing at all (zero) and overflow to infinity pass. */
export function parseBound(text: string): number | undefined {
  const read = readDouble(text.replace(/^[ \t\n\v\f\r]+/, ""));
  return read === undefined || Number.isNaN(read.value) ? undefined : read.value;
}

/** Formats a score as C's `%.17g` does. */
export function formatScore(value: number): string {
  if (Number.isSafeInteger(value)) return Object.is(value, -0) ? "-0" : String(value);
  if (!Number.isFinite(value)) return value > 0 ? "inf" : value < 0 ? "-inf" : "nan";
  const [digits = "", power = "0"] = roundTo17(value).split("e");
  const sign = digits.startsWith("-") ? "-" : "";
  const figures = digits.replace("-", "").replace(".", "");
  const exponent = Number(power);
  if (exponent < -4 || exponent >= 17) {
    const tail = trimZeros(`${figures[0]}.${figures.slice(1)}`);
    return `${sign}${tail}e${exponent < 0 ? "-" : "+"}${String(Math.abs(exponent)).padStart(2, "0")}`;
  }
  if (exponent < 0) return trimZeros(`${sign}0.${"0".repeat(-exponent - 1)}${figures}`);
  return trimZeros(`${sign}${figures.slice(0, exponent + 1)}.${figures.slice(exponent + 1)}`);
}

/** Formats a score as ZSCAN does: Redis keeps whole ones as 64-bit integers and gives back every digit. */
export function formatStoredScore(value: number): string {
  return Number.isInteger(value) && Math.abs(value) <= 2 ** 62 ? String(BigInt(value)) : formatScore(value);
}

/** JavaScript rounds an exact tie up, C to even: 2^-25 has eighteen digits and ends in 5. */
function roundTo17(value: number): string {
  const exact = value.toExponential(60);
  const up = value.toExponential(16);
  if (!/^-?\d\.\d{16}50*e/.test(exact)) return up;
  const down = exact.replace(/^(-?\d\.\d{16})\d*(e.*)$/, "$1$2");
  return Number(/(\d)e/.exec(down)?.[1]) % 2 === 0 ? down : up;
}

function trimZeros(text: string): string {
  return text.includes(".") ? text.replace(/\.?0*$/, "") : text;
}

function readDouble(text: string): { value: number; outOfRange: boolean } | undefined {
  if (text === "") return { value: 0, outOfRange: false };
  if (/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text)) {
    const value = Number(text);
    const vanished = value === 0 && /[1-9]/.test(text.replace(/e.*$/i, ""));
    return { value, outOfRange: vanished || !Number.isFinite(value) };
  }
  const word = /^([+-]?)(inf|infinity|nan|nan\(\w*\))$/i.exec(text);
  if (word !== null) {
    const size = /^inf/i.test(word[2] ?? "") ? Infinity : NaN;
    return { value: word[1] === "-" ? -size : size, outOfRange: false };
  }
  const hex = /^([+-]?)0x(?=[0-9a-f.])([0-9a-f]*)\.?([0-9a-f]*)(?:p([+-]?\d+))?$/i.exec(text);
  if (hex === null || (hex[2] ?? "") + (hex[3] ?? "") === "") return undefined;
  const mantissa = Number(`0x${hex[2]}${hex[3]}`);
  const value = mantissa * 2 ** (Number(hex[4] ?? 0) - 4 * (hex[3] ?? "").length);
  const outOfRange = !Number.isFinite(value) || (value === 0 && mantissa !== 0);
  return { value: hex[1] === "-" ? -value : value, outOfRange };
}
