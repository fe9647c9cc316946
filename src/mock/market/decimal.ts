/**
 * Prices and sizes as whole numbers of the instrument's smallest step, so that sums stay exact, and their
 * exchange-style text (no trailing zeros, `63921` beside `63921.1`).
 */

/** The steps an instrument's prices or sizes come in: one step is `step` units of 10^-`decimals`. */
export type Grid = { readonly decimals: number; readonly step: number; readonly size: number };

export function parseGrid(text: string): Grid {
  const decimals = text.includes(".") ? text.length - text.indexOf(".") - 1 : 0;
  return { decimals, step: Math.round(Number(text) * 10 ** decimals), size: Number(text) };
}

/** Formats `count` steps of a grid as a decimal number. */
export function formatSteps(count: number, grid: Grid): string {
  const units = count * grid.step;
  if (grid.decimals === 0) return String(units);
  const digits = String(Math.abs(units)).padStart(grid.decimals + 1, "0");
  const whole = digits.slice(0, -grid.decimals);
  const fraction = trimZeros(digits.slice(-grid.decimals));
  return `${units < 0 ? "-" : ""}${whole}${fraction === "" ? "" : `.${fraction}`}`;
}

/** Returns the text of a number that lies on no grid: a quote amount, a rate, a greek. */
export function formatAmount(value: number, digits = 8): string {
  const text = value.toFixed(digits);
  if (!text.includes(".")) return text;
  const trimmed = trimZeros(text);
  const short = trimmed.endsWith(".") ? trimmed.slice(0, -1) : trimmed;
  return short === "-0" ? "0" : short;
}

function trimZeros(text: string): string {
  let end = text.length;
  while (end > 0 && text.charCodeAt(end - 1) === 48) end--;
  return text.slice(0, end);
}
